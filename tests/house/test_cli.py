"""The console script: lists, exit codes, and one line for wrong usage."""

import json
import subprocess
import sys

import pytest

from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.cli import main
from generations_contract.gateway.tampers import FAULTS, VARIANTS
from tests.support.stages import ROOT

ALL = CLAUSES | CLIENT_CLAUSES


def test_clauses_are_listed_one_on_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Id, level and sentence of every clause."""
    assert main(["clauses"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(ALL)
    assert all(ALL[line.split()[0]].says in line for line in lines)


def test_clauses_are_listed_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    """The same as JSON."""
    assert main(["clauses", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {row["id"]: row["level"] for row in rows} == {each.id: each.level for each in ALL.values()}


def test_faults_are_listed_with_what_they_break(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault breaks something, a variant nothing."""
    assert main(["faults", "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)}
    assert rows.keys() == FAULTS.keys() | VARIANTS.keys()
    assert all(rows[name]["breaks"] == sorted(FAULTS[name].breaks) != [] for name in FAULTS)
    assert all(rows[name]["breaks"] == [] for name in VARIANTS)
    assert main(["faults"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(rows)


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        ([], 4, "generations-contract: the following arguments are required: COMMAND (see --help)"),
        (["claused"], 4, "generations-contract: argument COMMAND: invalid choice: 'claused' (choose from"),
        (["clauses", "--xml"], 4, "generations-contract: unrecognized arguments: --xml (see --help)"),
        (
            ["serve", "--port", "many"],
            4,
            "generations-contract serve: argument --port: invalid int value: 'many'",
        ),
        (["serve", "--port", "0", "--fault", "no-such-lie"], 4, "gateway: there is no fault 'no-such-lie'"),
        (["serve", "--port", "99999"], 4, "gateway: cannot listen on 127.0.0.1 port 99999"),
    ],
)
def test_wrong_usage_is_one_line(
    arguments: list[str], code: int, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What to change, on standard error, and an exit code that is not 0."""
    try:
        returned = main(arguments)
    except SystemExit as ended:
        returned = int(ended.code or 0)
    shown = capsys.readouterr()
    assert returned == code
    assert shown.err.startswith(line)
    assert len(shown.err.splitlines()) == 1
    assert shown.out == ""


@pytest.mark.parametrize(
    ("arguments", "code", "line"),
    [
        (["--help"], 0, "--clause ID"),
        (["--depth", "free", "--", "--collect-only", "-q", "-k", "not_found"], 0, "tests collected"),
        (["--clause", "wait.wake"], 4, "ERROR: clause wait.wake: is unknown; did you mean wait.wakes?"),
        (["--fault", "no-such-lie"], 4, "ERROR: fault no-such-lie: is unknown"),
        (["-k", "wait"], 4, "generations-contract: unrecognized arguments: -k"),
    ],
)
def test_check_has_short_options_and_hands_the_rest_to_pytest(
    arguments: list[str], code: int, line: str
) -> None:
    """Its own options have no prefix; what stands after `--` is pytest's; the rest is wrong usage."""
    command = [sys.executable, "-m", "generations_contract.cli", "check", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert line in done.stdout + done.stderr


def test_check_of_one_clause_plays_what_means_to_exercise_it() -> None:
    """Few probes of many are played; all other clauses are told as not asked for."""
    command = [sys.executable, "-m", "generations_contract.cli", "check", "--clause", "wait.get-default"]
    done = subprocess.run(
        [*command, "--stage", "direct"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "wait.get-default                MUST    held" in done.stdout
    assert "not exercised: left out: only wait.get-default was asked for" in done.stdout


def test_output_may_be_cut_off() -> None:
    """`generations-contract clauses | head -1` ends without a traceback."""
    pipeline = f"{sys.executable} -m generations_contract.cli clauses --json | head -1"
    done = subprocess.run(["bash", "-c", pipeline], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout == "[\n"
    assert done.stderr == ""
