"""`init`: the recipe that it writes is one that CI reads, and pull requests that break people fail it as run by hand."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from generations_contract.cli import main
from generations_contract.init.command import RECIPES
from tests.regression.jobs_document import GONE, jobs

GET = "/paths/~1jobs~1{id}/get"
POST = "/paths/~1jobs/post"
LIMITED = jobs()["paths"]["/jobs"]["post"]["responses"]["429"]
OWN = "openapi.yaml", "api/openapi.json", "a folder/jobs.yaml", "schemas"


def git(*arguments: str) -> None:
    """Git, in the working folder."""
    named = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *named, *arguments], check=True, capture_output=True)


def written(place: str, document: dict[str, Any]) -> None:
    """The document at its place, or within a directory of schemas."""
    path = Path(place) / "openapi.yaml" if "." not in place else Path(place)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(document), "utf-8")


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty repository, which is the working folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    git("init", "-q", "-b", "main")
    return tmp_path


def begun(ci: str, place: str) -> None:
    """A repository with a document and a recipe, as it stands on the main branch."""
    written(place, jobs())
    assert main(["init", "--ci", ci, "--contract", place]) == 0
    git("add", ".")
    git("commit", "-qm", "a")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    git("switch", "-qc", "change")


def by_hand(ci: str) -> int:
    """The exit code of the step that compares, run as the recipe has it."""
    recipe = yaml.safe_load(RECIPES[ci][0].read_text("utf-8"))
    if ci == "github":
        script = next(
            step["run"] for step in recipe["jobs"]["changes"]["steps"] if " diff " in step.get("run", "")
        )
    else:
        lines = [
            line for line in recipe["contract-changes"]["script"] if "pip" not in line and "fetch" not in line
        ]
        script = "\n".join(lines).replace("FETCH_HEAD", "origin/main")
    return subprocess.run(
        ["bash", "-e", "-c", script], env={**os.environ, "BASE": "main"}, check=False
    ).returncode


PULL_REQUESTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("a default", {f"{GET}/parameters/1/schema/default": 0}, "parameter-default-changed", "60 → 0"),
    ("a status of a code", {f"{POST}/responses/429": GONE, f"{POST}/responses/503": LIMITED},
     "response-status-changed", '"429" → "503"'),
    ("a header gone", {f"{POST}/responses/429/headers": GONE}, "response-header-removed", "429 Retry-After removed"),
    ("a bound", {"/components/schemas/NewJob/properties/size/maximum": 4}, "request-maximum-lowered", "10 → 4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("place", "edits", "rule", "told"),
    [
        *(("openapi.yaml", *row[1:]) for row in PULL_REQUESTS),
        *((place, *PULL_REQUESTS[0][1:]) for place in OWN[1:]),
    ],
)
def test_pull_request_that_breaks_people_fails_the_recipe(
    repository: Path, edits: dict[str, Any], rule: str, told: str, place: str
) -> None:
    """Committed, edited, compared by the recipe's own line: exit code 1, and the Markdown says what broke, and why."""
    begun("github", place)
    written(place, jobs(edits))
    git("commit", "-qam", "b")
    assert by_hand("github") == 1
    summary = Path("report/summary.md").read_text("utf-8")
    assert summary.startswith("## Contract changes: breaking")
    assert f"`{rule}`" in summary
    assert told in summary
    assert "fingerprint = " in summary


@pytest.mark.parametrize("ci", RECIPES)
def test_recipe_passes_what_is_accepted_or_breaks_nobody(repository: Path, ci: str) -> None:
    """Nothing changed, one agreed on, one of a rule that the project ignores: 0 each; what main brought since is no change."""
    begun(ci, "openapi.yaml")
    assert by_hand(ci) == 0
    written("openapi.yaml", jobs(PULL_REQUESTS[0][1]))
    assert by_hand(ci) == 1
    entry = Path("report/summary.md").read_text("utf-8").split("```toml\n")[1].split("```")[0]
    Path("accepted.toml").write_text(entry.replace('reason = ""', 'reason = "agreed"'), "utf-8")
    assert by_hand(ci) == 0
    Path("accepted.toml").write_text("", "utf-8")
    Path("severities.toml").write_text('[rules]\n"default-changed" = "ignore"\n', "utf-8")
    assert by_hand(ci) == 0
    git("switch", "-qc", "elsewhere", "main")
    written("openapi.yaml", jobs({"/servers/0/url": "https://jobs.example/v3"} | PULL_REQUESTS[3][1]))
    git("commit", "-qam", "c")
    git("update-ref", "refs/remotes/origin/main", "HEAD")
    git("switch", "-q", "change")
    assert by_hand(ci) == 0


def test_recipe_is_one_that_github_reads(repository: Path) -> None:
    """Jobs with a runner, a time limit and steps; rights to read only; actions with a version; no text of others in a script."""
    begun("github", "openapi.yaml")
    workflow = yaml.safe_load(Path(".github/workflows/contract.yml").read_text("utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    for job in workflow["jobs"].values():
        assert job["timeout-minutes"] <= 30
        assert all(
            "@v" in step.get("uses", "@v") and "${{" not in step.get("run", "") for step in job["steps"]
        )


def test_nothing_is_written_over(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A recipe that is there stays, in one line and with 4; files of the team's own stay as they are."""
    Path("accepted.toml").write_text("# ours", "utf-8")
    begun("github", "openapi.yaml")
    assert Path("accepted.toml").read_text("utf-8") == "# ours"
    before = Path(".github/workflows/contract.yml").read_text("utf-8")
    capsys.readouterr()
    assert main(["init", "--ci", "github"]) == 4
    assert "is there already, and is not written over" in capsys.readouterr().err
    assert Path(".github/workflows/contract.yml").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--ci", "github"], "here is neither schemas/ nor openapi.yaml"),
        (
            ["--ci", "github", "--contract", "none.yaml"],
            "--contract none.yaml: name a file or directory that is here",
        ),
    ],
)
def test_init_without_a_contract_is_one_line(
    repository: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written where there is nothing to compare."""
    assert main(["init", *arguments]) == 4
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert [path.name for path in repository.iterdir()] == [".git"]


def test_init_wants_the_root_of_the_repository(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A recipe that CI would never find is not written."""
    written("api/openapi.json", jobs())
    monkeypatch.chdir("api")
    assert main(["init", "--ci", "github"]) == 4
    assert "is not the root of the repository" in capsys.readouterr().err
    assert [path.name for path in Path().iterdir()] == ["openapi.json"]
