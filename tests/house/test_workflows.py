"""The CI of this repository: valid YAML, least rights, and commands that exist here."""

from pathlib import Path

import pytest
import yaml

from tests import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_workflow_is_one_that_github_reads(path: Path) -> None:
    """Jobs with a runner, a time limit and steps; rights to read only; actions with a version."""
    workflow = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["runs-on"] == "ubuntu-latest"
        assert job["timeout-minutes"] <= 30
        for step in job["steps"]:
            assert ("run" in step) != ("uses" in step)
            assert "@v" in step.get("uses", "@v")


def test_workflows_call_what_is_there() -> None:
    """The script that CI runs exists and may be executed."""
    assert WORKFLOWS
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert any(".ci/run" in path.read_text(encoding="utf-8") for path in WORKFLOWS)
