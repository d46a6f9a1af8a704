"""What stands in contracts/examples works as it stands there."""

import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generations_contract import cli
from tests import ROOT

UNFIT = 5  # a load run on a machine that other tests keep busy says so, and says no more
EXAMPLES = ROOT / "contracts" / "examples"


def test_clients_own_tests_pass(tmp_path: Path) -> None:
    """In a directory of their own, with no more than what an installation brings."""
    for path in EXAMPLES.glob("*.py"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:locust"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert " passed" in ran.stdout


def played(place: Path, example: str, *options: str) -> subprocess.CompletedProcess[str]:
    """An example, run by pytest in a directory of its own."""
    directory = place / example
    if not directory.exists():
        shutil.copytree(EXAMPLES / example, directory, ignore=shutil.ignore_patterns("__pycache__", ".*"))
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:locust", "--strict-markers", *options],
        cwd=directory, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_clause_of_ones_own_is_judged_and_can_be_broken(tmp_path: Path) -> None:
    """Of a section of its own: asked for by name, in the table, in every report, by parallel workers; and broken."""
    own = ("--contract-clause", "house.hold-is-stamped")
    held = played(tmp_path, "own_clause", *own, "-n", "2", "--contract-report", "held")
    assert held.returncode == 0, held.stdout + held.stderr
    assert re.search(r"house\.hold-is-stamped +MUST +held ×[1-9]", held.stdout)
    broken = played(
        tmp_path, "own_clause", "--contract-fault", "house-unstamped", "--contract-report", "broken"
    )
    assert broken.returncode == 1, broken.stdout + broken.stderr
    assert (
        "  expected  Server-Timing: hold;dur=MILLISECONDS\n  actual    Server-Timing: absent\n"
        in broken.stdout
    )
    assert re.search(r"house\.hold-is-stamped +MUST +BROKEN ×[1-9]", broken.stdout)
    for run, state in (("held", "held"), ("broken", "broken")):
        report = tmp_path / "own_clause" / run
        clauses = json.loads((report / "verdicts.json").read_text("utf-8"))["clauses"]
        assert (clauses[-1]["id"], clauses[-1]["state"]) == ("house.hold-is-stamped", state)
        for form in ("report.html", "junit.xml"):
            assert "house.hold-is-stamped" in (report / form).read_text("utf-8")
    assert "house.hold-is-stamped" in (tmp_path / "own_clause/broken/summary.md").read_text("utf-8")


def test_unknown_clause_of_ones_own_section_is_wrong_usage(tmp_path: Path) -> None:
    """A misspelt one is told in one line, with the one that was meant."""
    wrong = played(tmp_path, "own_clause", "--contract-clause", "house.hold-is-stampd")
    assert wrong.returncode == pytest.ExitCode.USAGE_ERROR
    assert wrong.stderr.strip() == (
        "ERROR: clause house.hold-is-stampd: is unknown; did you mean house.hold-is-stamped?"
    )


def test_random_requests_of_ones_own_pass_and_find_a_fault(tmp_path: Path) -> None:
    """Documented requests are accepted and violations refused; a lie about the latter is shown as one request."""
    passed = played(tmp_path, "own_requests")
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "2 passed" in passed.stdout
    failed = played(tmp_path, "own_requests", "--contract-fault", "strict-nested-dropped")
    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "1 failed, 1 passed" in failed.stdout
    request = next(line for line in failed.stdout.splitlines() if line.startswith("  request   "))
    assert json.loads(request.removeprefix("  request   "))["input"]["prompt"] == "a"


def test_scenario_of_ones_own_is_played_and_judged(tmp_path: Path) -> None:
    """In a locustfile of one's own, chosen by its name; the verdict is about its polls."""
    shutil.copy(EXAMPLES / "own_scenario" / "locustfile.py", tmp_path)
    command = [
        sys.executable,
        "-m",
        "locust",
        "-f",
        "locustfile.py",
        "--headless",
        "-u",
        "3",
        "-r",
        "3",
        "-t",
        "8s",
    ]
    ran = subprocess.run(
        [*command, "--scenario", "phone-in-pocket", "--load-report", "load"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode in (0, UNFIT), ran.stdout + ran.stderr
    report = json.loads((tmp_path / "load" / "load.json").read_text("utf-8"))
    assert "phone-in-pocket" in json.dumps(report)
    assert "0 breaches" in ran.stderr + ran.stdout


def test_examples_satisfy_a_strict_type_checker(tmp_path: Path) -> None:
    """What they import is typed: nothing is silenced, and nothing is untyped."""
    pytest.importorskip("mypy")
    shutil.copytree(EXAMPLES, tmp_path / "examples", ignore=shutil.ignore_patterns("__pycache__", ".*"))
    paths = sorted((tmp_path / "examples").rglob("*.py"))
    ran = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--cache-dir", tmp_path / "cache", *paths],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert f"no issues found in {len(paths)} source files" in ran.stdout


def _jobs(name: str) -> list[dict[str, Any]]:
    document = yaml.safe_load((EXAMPLES / name).read_text(encoding="utf-8"))
    jobs = document.get("jobs", {"contract": document.get("contract")})
    return list(jobs.values())


def _lines(name: str) -> list[str]:
    """Every line that a recipe runs."""
    return [
        line
        for job in _jobs(name)
        for line in [*job.get("script", ()), *(step.get("run", "") for step in job.get("steps", ()))]
    ]


@pytest.mark.parametrize("name", ["github-actions.yml", "gitlab-ci.yml"])
def test_recipe_calls_commands_as_they_are(name: str) -> None:
    """The recipe is YAML, and its `check` takes every option that it is given."""
    [check] = [line for line in _lines(name) if line.startswith("generations-contract check")]
    options = cli._parser("check").parse_args(shlex.split(check)[1:])
    assert (options.target, str(options.report), str(options.baseline)) == (
        "staging.toml", "report", "known.toml",
    )  # fmt: skip
    assert (EXAMPLES / options.target).exists()


def test_recipes_bound_time_and_never_run_twice_at_once() -> None:
    """Two runs at a time would spend twice, and a run that hangs must end."""
    github = yaml.safe_load((EXAMPLES / "github-actions.yml").read_text(encoding="utf-8"))
    assert github["concurrency"]
    assert all(job["timeout-minutes"] for job in github["jobs"].values())
    assert all(job["timeout"] and job["resource_group"] for job in _jobs("gitlab-ci.yml"))
