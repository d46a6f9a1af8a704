"""Load runs that cannot be: wrong usage, places that are taken, workers that do not come. One line each.

They start at the same time, once for this module.
"""

import json
from contextlib import ExitStack
from pathlib import Path
from socket import socket

import pytest

from generations_load.verdict.slo import ExitCode
from tests.load.load_helpers import Finished, finish, load_run


@pytest.mark.parametrize("mode", ["--headless", "--autostart"])
def test_master_without_workers_is_unfit(tmp_path: Path, mode: str) -> None:
    """They do not come in time: one line, and the exit code of a generator that could not measure."""
    options = ("--master", "--expect-workers", "2", "--expect-workers-max-wait", "2", "-t", "5s")
    with socket() as free, socket() as other:
        free.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, web_port = (str(each.getsockname()[1]) for each in (free, other))
    options += ("--master-bind-port", port, "--web-host", "127.0.0.1", "--web-port", web_port)
    with load_run(tmp_path / "r", *options, mode=mode) as process:
        code, printed, _ = finish(process, tmp_path / "r")
    assert code == ExitCode.UNFIT
    assert "load: UNFIT: 0 of 2 workers came within 2 s" in printed
    assert "Traceback" not in printed


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "missing profile": (("--target", "none.toml"), "none.toml: cannot be read"),
    "no url": (("--target", "ftp://x"), "cannot be read"),
    "missing slo": (("--slo", "none.toml"), "none.toml: cannot be read"),
    "scenario": (("--scenario", "nope"), "no scenario is called 'nope'"),
    "tags": (("--tags", "nope"), "no scenario has the tag 'nope'; there are: abandon"),
    "tags that leave nothing": (
        ("--tags", "image-auto", "--exclude-tags", "image"),
        "no scenario is left to run",
    ),
    "unlike run": (("--compare", "earlier.json", "-u", "3"), "--compare earlier.json: the runs are unlike: "),
    "unfit baseline": (("--compare", "unfit.json"), "the baseline is UNFIT"),
    "wait": (("--wait", "61"), "a window is 0 to 60 s"),
    "baseline": (("--compare", "none.json"), "is no load.json"),
    "fault": (("--fault", "nope"), "there is no fault 'nope'"),
    "users": (("-u", "9999999"), "room for"),
    "report": (("--load-report", "/dev/null/report"), "/dev/null/report: cannot be written"),
    "host": (("--host", "http://127.0.0.1:9"), "--host http://127.0.0.1:9: the gateway is named by --target"),
    "web port": (
        ("--headful", "--web-host", "127.0.0.1", "--web-port", "PORT"),
        "locust's page cannot be served there: Address already in use",
    ),
    "workers' port": (
        ("--processes", "1", "--master-bind-port", "PORT", "--master-bind-host", "127.0.0.1"),
        "the workers' port cannot be used, see --master-bind-port",
    ),
    "both": (("--target", "http://127.0.0.1:9", "--fault", "nope"), "leave --target out"),
}


# Of an earlier run what is looked at before the first user.
BASELINE = {
    "fitness": {"verdict": "VALID"},
    "histograms": {},
    "run": {"target": "embedded reference gateway", "plan": "users and time of the command line", "users": 2},
}


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Finished]:
    """Every wrong usage of the table, all at the same time."""
    root = tmp_path_factory.mktemp("wrong")
    (root / "earlier.json").write_text(json.dumps(BASELINE), "utf-8")
    (root / "unfit.json").write_text(json.dumps({**BASELINE, "fitness": {"verdict": "UNFIT"}}), "utf-8")
    found: dict[str, Finished] = {}
    with ExitStack() as stack:
        taken = stack.enter_context(socket())
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        started = {
            name: stack.enter_context(
                load_run(root / name, "-t", "1s", *(each.replace("PORT", port) for each in options))
            )
            for name, (options, _) in WRONG.items()
        }
        for name, process in started.items():
            found[name] = Finished(*finish(process, root / name), root / name)
    return found


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_is_one_line_and_exit_code_4(refusals: dict[str, Finished], name: str) -> None:
    """What cannot be run is named in one line, without a traceback, and nothing is written."""
    run = refusals[name]
    assert run.code == ExitCode.USAGE
    assert WRONG[name][1] in run.printed
    assert "Traceback" not in run.printed
    assert not run.directory.exists()
