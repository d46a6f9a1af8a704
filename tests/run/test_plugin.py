"""The plugin in processes of its own: parallel workers, an interrupt, and what merely loading it costs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.stages import ROOT, served

# Many probes that hold polls for a minute: a run that is far from its end when it is interrupted.
HOLDING = '''
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, once

@probe("lifecycle.not-found", depth="free")
def test_free(target):
    """Ends at once."""
    yield Fetch("gen_never", intent="unknown-id")

@probe("wait.never-early", cases={str(turn): turn for turn in range(20)})
def test_holds(target, turn):
    """Holds for a minute."""
    created = yield Create(target.request("marathon-image", wait=0))
    yield Fetch(created.generation_id, wait=60)
'''
# Six generations, one by one.
SIX = """
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create

@probe("wait.zero-create", cases={str(turn): turn for turn in range(6)})
def test_life(target, _):
    yield Create(target.request(wait=0))
"""
COMMAND = [
    sys.executable, "-m", "pytest", "-p", "generations_contract.plugin", "-p", "no:cacheprovider", "-v",
    "--contract-report", "report",
]  # fmt: skip


@contextmanager
def _started(
    directory: Path, probes: str, *options: str, **variables: str
) -> "Iterator[subprocess.Popen[str]]":
    """A contract run in a process of its own, which does not outlive the block."""
    (directory / "test_wait.py").write_text(probes, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1", **variables}
    # Only what is needed: some plugins that may be installed take seconds to import.
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    for name in ("PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    process = subprocess.Popen(
        [*COMMAND, *options], cwd=directory, env=environment, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with process:
        try:
            yield process
        finally:
            process.kill()


def _report(directory: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(
        (directory / "report" / "verdicts.json").read_text(encoding="utf-8")
    )
    return document


def test_parallel_workers_share_one_budget_and_one_table(tmp_path: Path) -> None:
    """Two workers make as many generations as the profile allows, not twice as many; one table adds them up."""
    with served(tmp_path) as target:
        (tmp_path / "profile.toml").write_text(
            f'[target]\nbase_url = "{target.base_url}"\napi_key_env = "LIVE_KEY"\n'
            '[models]\nimage = "instant-image"\n[limits]\nmax_generations = 3\n',
            encoding="utf-8",
        )
        options = ("-p", "xdist", "-n", "2", "--contract-target", "profile.toml", "-rs")
        with _started(tmp_path, SIX, *options, LIVE_KEY=target.keys["main"]) as process:
            output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    assert output.count("PASSED") == 3
    assert "budget: max_generations = 3 is used up" in output
    assert output.count("generations contract: ") == 1
    report = _report(tmp_path)
    assert (report["outcome"], report["generations"]) == ("passed", {"wait": 3})
    (zero,) = [each for each in report["clauses"] if each["id"] == "wait.zero-create"]
    assert (zero["state"], zero["exercised"]) == ("held", 3)


@pytest.mark.parametrize(
    ("sent", "options"),
    [(signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGTERM, ("-p", "xdist", "-n", "2"))],
    ids=["Ctrl-C", "SIGTERM", "SIGTERM to two workers"],
)
def test_interrupted_run_ends_at_once_and_leaves_its_report(
    tmp_path: Path, sent: signal.Signals, options: tuple[str, ...]
) -> None:
    """Ended in the middle of held polls: exit code 2, the table, and a report of what was judged by then."""
    # Whoever was started in the background ignores Ctrl-C, and so would what he starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with served(tmp_path) as target:
        keys = {target.variables[label]: key for label, key in target.keys.items()}
        with _started(
            tmp_path, HOLDING, "--contract-target", str(tmp_path / "served.toml"), *options, **keys
        ) as process:
            assert process.stdout is not None
            seen = []
            for line in process.stdout:
                seen.append(line)
                if "test_free" in line and "PASSED" in line:
                    break
            process.send_signal(sent)
            rest, _ = process.communicate(timeout=60)
    output = "".join(seen) + rest
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert "interrupted: what had been judged by then is here" in output
    report = _report(tmp_path)
    assert report["outcome"] == "interrupted"
    states = {clause["id"]: (clause["state"], clause["reasons"]) for clause in report["clauses"]}
    assert states["lifecycle.not-found"][0] == "held"
    assert states["media.direct-url"] == ("not exercised", ["interrupted"])
    # What the profile promises and nobody had the time to ask for is no promise that was not kept.
    assert "unmet" not in {state for state, _ in states.values()}


def test_loading_the_plugin_costs_next_to_nothing() -> None:
    """An installed plugin is loaded in every repository: it imports nothing of the suite but itself."""
    code = (
        "import sys, generations_contract.plugin; "
        "print(*sorted(m for m in sys.modules if m.startswith('generations_')))"
    )
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert loaded.stdout.split() == [
        "generations_contract", "generations_contract.options", "generations_contract.plugin",
    ]  # fmt: skip


def test_repository_without_probes_sees_nothing_of_the_plugin(tmp_path: Path) -> None:
    """Anybody else's tests run as ever: no table, no report, no import of the suite."""
    other = (
        "import sys\ndef test_other():\n    assert 'generations_contract.run.session' not in sys.modules\n"
    )
    with _started(tmp_path, other) as process:
        output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "generations contract" not in output
    assert not (tmp_path / "report").exists()
