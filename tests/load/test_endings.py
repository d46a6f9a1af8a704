"""Load runs that are ended from outside, and locust used as people use it: tags, users of one's own, plans.

Whole runs, at the same time, once for this module; nothing here rests on times.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from generations_contract.api.usage import UsageError
from generations_load.plan.options import check_no_proxy
from generations_load.verdict.slo import ExitCode
from tests.load.load_helpers import ROOT, Finished, finish, load_run

SHORT = ("load", "--users", "6", "--time", "400s", "--load-report")
# What is sent, to the command alone or to its whole process group as a terminal and `timeout` do.
SIGNALS: dict[str, tuple[tuple[str, ...], Sequence[signal.Signals], bool]] = {
    "terminated": ((), [signal.SIGTERM], False),
    "hung up": ((), [signal.SIGHUP], False),
    "interrupted": ((), [signal.SIGINT], False),
    "Ctrl-C twice": ((), [signal.SIGINT, signal.SIGINT], True),
    "timeout": (("--processes", "2"), [signal.SIGTERM, signal.SIGTERM], True),
    "killed": ((), [signal.SIGKILL], False),
}


@dataclass
class Signalled:
    """How a command ended that was sent a signal: its code, what it printed, its report, what it left behind."""

    code: int
    printed: str
    reports: list[str]
    left: list[psutil.Process]


def _family(process: "subprocess.Popen[str]") -> list[psutil.Process]:
    return psutil.Process(process.pid).children(recursive=True)


@pytest.fixture(scope="module")
def signalled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Signalled]:
    """Every run of the table, sent its signals once it told of its progress."""
    root = tmp_path_factory.mktemp("signals")
    with ExitStack() as stack:
        runs = {name: stack.enter_context(_started(root, name)) for name in SIGNALS}
        return {name: _signal(process, root, name) for name, process in runs.items()}


@contextmanager
def _started(root: Path, name: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "generations_contract.cli", *SHORT, str(root / name), *SIGNALS[name][0]]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


def _signal(process: "subprocess.Popen[str]", root: Path, name: str) -> Signalled:
    """Send the signals once it told of its progress; without any it ends by itself, after its minute."""
    assert process.stdout is not None
    printed = []
    for line in process.stdout:
        printed.append(line)
        if "polls held" in line:
            break
    family = psutil.Process(process.pid).children(recursive=True)
    _, numbers, group = SIGNALS[name]
    for number in numbers:
        (os.killpg if group else os.kill)(process.pid, number)
    rest, _ = process.communicate(timeout=150)
    _, left = psutil.wait_procs(family, timeout=60)
    reports = sorted(each.name for each in (root / name).iterdir()) if (root / name).is_dir() else []
    return Signalled(process.returncode, "".join([*printed, rest]), reports, left)


@pytest.mark.parametrize("name", SIGNALS)
def test_signal_ends_the_run_with_its_reports(signalled: dict[str, Signalled], name: str) -> None:
    """Interrupted is a verdict of its own, the last thing said; the reports are written, and nobody is left."""
    run = signalled[name]
    assert run.left == []
    assert run.reports == ["junit.xml", "load.json", "report.html"]
    last = run.printed.strip().splitlines()[-1]
    assert last.startswith("load: INTERRUPTED (interrupted after ")
    assert last.endswith("exit code 2")
    assert run.code == (-signal.SIGKILL if name == "killed" else ExitCode.INTERRUPTED)
    assert "Traceback" not in run.printed


OWN = """
from locust import HttpUser, constant, task
from generations_load.under_locust.locustfile import Arrivals, LongPolls


class Visitor(HttpUser):
    wait_time = constant(0.5)

    @task
    def look(self):
        self.client.get("/healthz", name="a page of mine")
"""
MIX = "[mix]\nfire-and-forget = 1\n"
USED: dict[str, tuple[str, ...]] = {
    "tags": (
        "-u",
        "4",
        "-r",
        "4",
        "-t",
        "5s",
        "--tags",
        "image-auto",
        "strict",
        "--exclude-tags",
        "strict-input",
    ),
    "mix": (
        "-u",
        "3",
        "-r",
        "3",
        "-t",
        "5s",
        "--load-plan",
        "mix.toml",
        "--csv",
        "stats",
        "--html",
        "page.html",
    ),
    "own": ("-u", "6", "-r", "6", "-t", "6s", "--load-plan", "mix.toml"),
}


@pytest.fixture(scope="module")
def used(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Finished]]:
    """Every run of the table."""
    root = tmp_path_factory.mktemp("used")
    (root / "mix.toml").write_text(MIX, "utf-8")
    (root / "own.py").write_text(OWN, "utf-8")
    with ExitStack() as stack:
        started = {}
        for name, options in USED.items():
            file = root / "own.py" if name == "own" else ROOT / "loadtests" / "locustfile.py"
            started[name] = stack.enter_context(load_run(root / name, *options, locustfile=file))
        yield {name: Finished(*finish(run, root / name), root / name) for name, run in started.items()}


def test_tags_choose_scenarios(used: dict[str, Finished]) -> None:
    """Only what has a wanted tag and no unwanted one is played, and the report says so."""
    run = used["tags"].result["run"]
    assert list(run["mix"]) == ["image-auto"]
    assert run["scenarios left out"]["strict-input"] == "has the tag strict-input, which is excluded"
    played = [each for each in used["tags"].result["counts"] if each.startswith("scenario.")]
    assert played == ["scenario.image-auto"]


def test_plan_with_a_mix_alone_honours_users_and_time(used: dict[str, Finished]) -> None:
    """`-u` and `-t` say how many and how long; locust's own files are written beside ours."""
    run = used["mix"]
    assert (run.result["run"]["users"], run.result["run"]["run_time_s"]) == (3, 5)
    assert list(run.result["run"]["mix"]) == ["fire-and-forget"]
    files = {each.name for each in run.directory.parent.iterdir()}
    assert files >= {"stats_stats.csv", "stats_failures.csv", "page.html"}


def test_rows_of_locust_are_requests(used: dict[str, Finished]) -> None:
    """Locust's total is what was sent: no row stands for anything else."""
    run = used["mix"]
    total = next(line for line in run.printed.splitlines() if "Aggregated" in line)
    assert int(total.split()[1]) == run.result["polls"]["finished"]


def test_users_of_ones_own_run_beside_ours(used: dict[str, Finished]) -> None:
    """A locustfile with ours and another class plays both; what the other asked is told, and judged by nobody."""
    run = used["own"]
    assert run.result["polls"]["finished"] > 0
    (told,) = run.result["run"]["other requests"]
    assert told.startswith("GET a page of mine: ")
    assert "a page of mine" in run.printed


@pytest.mark.parametrize(
    ("environment", "url", "told"),
    [
        (
            {"HTTPS_PROXY": "http://proxy.invalid:3128"},
            "https://gateway.example",
            "HTTPS_PROXY names a proxy",
        ),
        (
            {"https_proxy": "http://proxy.invalid:3128"},
            "https://gateway.example",
            "https_proxy names a proxy",
        ),
        ({"ALL_PROXY": "socks5://127.0.0.1:1080"}, "http://gateway.example", "ALL_PROXY names a proxy"),
        ({"HTTP_PROXY": "http://proxy.invalid:3128"}, "https://gateway.example", None),
        ({"HTTP_PROXY": "http://p:1", "NO_PROXY": "localhost,127.0.0.1"}, "http://127.0.0.1:8080", None),
        ({"HTTPS_PROXY": "http://p:1", "no_proxy": ".example"}, "https://gateway.example", None),
        ({}, "https://gateway.example", None),
    ],
)
def test_proxy_of_the_environment_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], url: str, told: str | None
) -> None:
    """Load goes straight to its target: a proxy that is named for it is told, with the variable."""
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if told is None:
        check_no_proxy(url)
        return
    with pytest.raises(UsageError, match=told):
        check_no_proxy(url)
