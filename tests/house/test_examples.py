"""What stands in contracts/examples works as it stands there."""

import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generations_contract import cli
from tests import ROOT

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
