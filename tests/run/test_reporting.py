"""The report directory of whole runs: passed, broken, interrupted, in parallel, unwritable."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from generations_contract.audit import audit
from generations_contract.forms import github
from generations_contract.recordings.files import read
from generations_contract.report.bundle import FORMS
from tests import ROOT
from tests.run.runs import PROBES_OF_A_RUN, Run, one, run, states

pytest_plugins = ["pytester"]
__all__ = ["run"]


def process(directory: Path, *options: str) -> "subprocess.CompletedProcess[str]":
    """A run in a process of its own, with reports in `directory`/report."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    plugins = ["-p", "generations_contract.plugin", "-p", "no:locust", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", "-q", *plugins, "--contract-report", "report", *options]
    environment["PYTHONPATH"] = str(ROOT)
    return subprocess.run(
        command, cwd=directory, env=environment, capture_output=True, text=True, check=False
    )


def written(directory: Path) -> set[str]:
    """What stands in a report directory."""
    return {path.name for path in directory.iterdir()}


def test_run_leaves_every_form_and_nothing_else(run: Run, pytester: pytest.Pytester) -> None:
    """Every form; the recording that was kept during the run is gone, and its HAR holds every exchange."""
    _, report = run(PROBES_OF_A_RUN)
    directory = pytester.path / "report"
    assert written(directory) == set(FORMS)
    assert report["outcome"] == "passed"
    assert len(json.loads((directory / "traffic.har").read_text())["log"]["entries"]) == report["exchanges"]


def test_run_with_a_fault_is_audited_to_the_same_verdict(run: Run, pytester: pytest.Pytester) -> None:
    """The HAR of a broken run names the same clauses when it is judged again."""
    _, report = run(PROBES_OF_A_RUN, "--contract-fault", "headers-terminal-no-store")
    assert states(report)["headers.cache-terminal"] == "broken"
    made = audit(read(pytester.path / "report" / "traffic.har"))
    broken = {clause for clause, state in states(report).items() if state == "broken"}
    assert {verdict.clause.id for verdict in made.ledger.failing} == broken


def test_interrupted_run_leaves_what_it_has(tmp_path: Path) -> None:
    """Ctrl-C in the midst: every form is written, says so, and has what had been judged by then."""
    body = 'yield Fetch("gen_never", intent="unknown-id")\n    raise KeyboardInterrupt'
    (tmp_path / "test_lifecycle.py").write_text(one('"lifecycle.not-found"', body))
    ran = process(tmp_path, "test_lifecycle.py")
    assert ran.returncode == pytest.ExitCode.INTERRUPTED
    report = tmp_path / "report"
    assert written(report) == set(FORMS)
    assert json.loads((report / "verdicts.json").read_text())["outcome"] == "interrupted"
    assert "interrupted" in (report / "report.html").read_text()
    assert len(json.loads((report / "traffic.har").read_text())["log"]["entries"]) == 1


def test_baseline_of_a_run_accepts_that_run_only(run: Run, pytester: pytest.Pytester) -> None:
    """Accepted with it, broken without it, and stale once the fault is gone: exit codes 0, 1 and 1."""
    from generations_contract.cli import main

    fault = ("--contract-fault", "headers-terminal-no-store")
    _, report = run(PROBES_OF_A_RUN, *fault)
    assert report["outcome"] == "broken"
    command = [
        sys.executable,
        "-m",
        "generations_contract.cli",
        "baseline",
        "report/verdicts.json",
        "--why",
        "ticket 4711",
    ]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    listed = subprocess.run(
        command, cwd=pytester.path, env=environment, capture_output=True, text=True, check=True
    )
    (pytester.path / "known.toml").write_text(listed.stdout)
    accepted, report = run(PROBES_OF_A_RUN, *fault, "--contract-baseline", "known.toml")
    assert (accepted.ret, report["outcome"]) == (0, "passed")
    assert states(report)["headers.cache-terminal"] == "waived"
    healed, report = run(PROBES_OF_A_RUN, "--contract-baseline", "known.toml")
    assert (healed.ret, report["outcome"]) == (1, "broken")
    assert "no longer happens (ticket 4711)" in report["stale"][0]
    assert main(["audit", str(pytester.path / "report" / "traffic.har")]) == 0


def test_directory_that_cannot_be_written_is_told(run: Run, pytester: pytest.Pytester) -> None:
    """A file stands where the directory should: wrong usage, in one line."""
    (pytester.path / "report").write_text("in the way")
    with pytest.raises(NotADirectoryError):
        (pytester.path / "report" / "x").write_text("")
    result = pytester.runpytest_inprocess("-p", "generations_contract.plugin", "--contract-report", "report", "--pyargs", "generations_contract.probes", "-k", "test_auth")  # fmt: skip
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--contract-report report: cannot be written" in result.stderr.str() + result.stdout.str()


def test_parallel_run_is_one_report(tmp_path: Path) -> None:
    """Two workers in virtual time: one recording with a world for each, one verdict, audited to the same one."""
    ran = process(
        tmp_path,
        "-n",
        "2",
        "--contract-depth",
        "free",
        "-k",
        "test_auth or test_errors",
        "--pyargs",
        "generations_contract.probes",
    )
    assert ran.returncode == 0, ran.stdout[-2000:]
    assert written(tmp_path / "report") == set(FORMS)
    entries = read(tmp_path / "report" / "traffic.har")
    assert {entry.own["world"] for entry in entries} == {"gw0", "gw1"}
    made = audit(entries)
    report = json.loads((tmp_path / "report" / "verdicts.json").read_text())
    assert made.ledger.failing == []
    assert len(made.exchanges) == report["exchanges"]


def test_annotations_are_printed_in_actions(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """In GitHub Actions the run prints a line for each broken clause, at the start of a line."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    assert github.wanted(os.environ)
    result, _ = run(PROBES_OF_A_RUN, "--contract-fault", "headers-terminal-no-store")
    assert [
        line for line in result.outlines if line.startswith("::error title=headers.cache-terminal (MUST)")
    ]


def test_report_that_cannot_be_written_is_found_out_at_once(pytester: pytest.Pytester) -> None:
    """One line and exit code 4 before anything is sent, for a file in the way and for a place that takes none."""
    pytester.makefile(".txt", occupied="x")
    for place in ("occupied.txt", "occupied.txt/report", "/proc/report"):
        ran = pytester.runpytest_subprocess("-p", "generations_contract.plugin", "--contract-report", place)
        assert ran.ret == pytest.ExitCode.USAGE_ERROR
        ran.stderr.fnmatch_lines([f"ERROR: --contract-report {place}: cannot be written: *"])
