"""`generations-contract client -- CMD`: what stands on the terminal, the exit codes, the reports."""

import json
import sys
from pathlib import Path

import psutil
import pytest
from jsonschema import Draft202012Validator

from generations_contract.cli import main
from generations_contract.clients.play import KEY
from generations_contract.clients.process import trace_in, wanted_variable
from generations_contract.clients.report import public
from tests import ROOT

HABITS = str(ROOT / "tests" / "clients" / "habits.py")
QUICK = ("video", "poll-reset", "creation-lost", "quota", "additions")


def _judged(*command: str, scenarios: tuple[str, ...] = QUICK, report: Path | None = None) -> int:
    chosen = [word for name in scenarios for word in ("--scenario", name)]
    told = ["--report", str(report)] if report else []
    return main(["client", *chosen, *told, "--", *command])


def test_careful_client_is_told_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 0; clauses that were met are held, those that nothing showed are not exercised."""
    assert _judged(sys.executable, HABITS) == 0
    told = capsys.readouterr().out
    assert "BROKEN" not in told
    assert "client.no-duplicate-creation   MUST    held ×1" in told
    assert "client.asset-in-time" in told
    assert "not exercised" in told


def test_second_creation_is_told_with_its_price(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Generations made and dollars billed, by the gateway's own ledger; and how to mend it."""
    assert _judged(sys.executable, HABITS, "creates-again-when-lost", report=tmp_path) == 1
    told = capsys.readouterr().out
    assert "2 generations made, 0.08 USD billed by the gateway's ledger" in told
    assert "  mend      Send a creation once." in told
    assert "creation-lost: client.no-duplicate-creation\n" in told
    content = json.loads((tmp_path / "verdicts.json").read_text("utf-8"))
    schema = json.loads((ROOT / "schemas" / "verdicts.schema.json").read_text("utf-8"))
    assert list(Draft202012Validator(schema).iter_errors(content)) == []
    [lost] = [each for each in content["scenarios"] if each["name"] == "creation-lost"]
    assert (lost["generations"], lost["billed_usd"]) == (2, 0.08)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "junit.xml", "report.html", "summary.md", "traffic.har", "verdicts.json",
    ]  # fmt: skip
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "How to mend it" in page
    assert 'id="scenario-creation-lost"' in page
    for path in tmp_path.iterdir():
        assert KEY not in path.read_text("utf-8"), path


@pytest.mark.parametrize(
    ("command", "code", "line"),
    [
        (("no-such-program-here",), 4, "no-such-program-here: no such program"),
        ((), 4, "no client: write its command after --"),
        ((sys.executable, "-c", "import os; os.environ['MY_SERVICE_TOKEN']"), 4,
         "needs the environment variable MY_SERVICE_TOKEN"),
        ((sys.executable, "-c", "raise SystemExit('no network here')"), 4, "its last words: no network here"),
        ((sys.executable, "-c", "pass"), 6, "nothing to judge: no request came"),
    ],
)  # fmt: skip
def test_client_that_cannot_be_judged_is_one_line(
    command: tuple[str, ...], code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What to change, and an exit code that is neither good nor found."""
    got = _judged(*command, scenarios=("video",))
    shown = capsys.readouterr()
    assert (got, line in shown.err + shown.out) == (code, True) or (
        got == 6 and line in shown.out + shown.err
    )


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("node", "a.mjs", "--api-key", "sk-1", "-v"), ["node", "a.mjs", "--api-key", "***", "-v"]),
        (("a", "--token=abc", "--model", "x"), ["a", "--token=***", "--model", "x"]),
        (("bash", "key.sh", "x"), ["bash", "key.sh", "x"]),
    ],
)
def test_secrets_of_a_command_stay_out_of_reports(command: tuple[str, ...], told: list[str]) -> None:
    """An option whose name says so has its value hidden; a file's name is none."""
    assert public(command) == told


def test_unknown_scenario_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Exit code 4, and which there are."""
    assert _judged(sys.executable, HABITS, scenarios=("vidoe",)) == 4
    assert "--scenario vidoe: is unknown; there are: plain, video" in capsys.readouterr().err


def test_children_end_with_the_client(tmp_path: Path) -> None:
    """What a client leaves running in its process group is ended."""
    script, pids = tmp_path / "client.py", tmp_path / "pids"
    script.write_text(
        "import subprocess, sys\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'a').write(f'{{child.pid}}\\n')\n"
        f"sys.argv = ['x']\nexec(open({HABITS!r}).read())\n"
    )
    assert _judged(sys.executable, str(script), scenarios=("video",)) == 0
    children = [int(line) for line in pids.read_text().splitlines()]
    assert len(children) == 2
    alive = [psutil.Process(pid).status() for pid in children if psutil.pid_exists(pid)]
    assert set(alive) <= {psutil.STATUS_ZOMBIE}


@pytest.mark.parametrize(
    ("output", "trace"),
    [
        ("Traceback (most recent call last):\n  File x\nKeyError: 'status'\n", "KeyError: 'status'"),
        (
            "file:///x/a.mjs:3\nTypeError: fetch failed\n    at node:internal/deps/undici:1:2\n",
            "TypeError: fetch failed",
        ),
        (
            "panic: runtime error: index out of range\n\ngoroutine 1 [running]:\n",
            "panic: runtime error: index",
        ),
        ("PHP Fatal error:  Uncaught TypeError: x\n", "PHP Fatal error:  Uncaught"),
        ("failed: content_policy\n", ""),
        ("TypeError: not a trace, a message\n", ""),
    ],
)
def test_stack_traces_are_told_from_messages(output: str, trace: str) -> None:
    """Of the usual languages, by how an uncaught error is printed."""
    assert trace_in(output).startswith(trace)
    assert bool(trace_in(output)) == bool(trace)


@pytest.mark.parametrize(
    ("output", "name"),
    [
        ("KeyError: 'OPENAI_API_KEY'", "OPENAI_API_KEY"),
        ("client.sh: line 3: MODEL_ID: unbound variable", "MODEL_ID"),
        ("Error: FAL_KEY is not set", "FAL_KEY"),
        ("KeyError: 'status'", ""),
    ],
)
def test_variable_that_a_client_misses_is_named(output: str, name: str) -> None:
    """In the words of Python, a shell, and people."""
    assert wanted_variable(output) == name
