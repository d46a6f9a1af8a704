"""A changelog: what each tag, or each release, of a contract added, changed and broke."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generations_contract.cli import main
from tests import ROOT
from tests.regression.jobs_document import GONE, jobs

SIZE = "/components/schemas/NewJob/properties/size/maximum"
STYLE = {"/components/schemas/NewJob/properties/style": {"type": "string"}}
RETRY = {"/paths/~1jobs/post/responses/429/headers": GONE}
# Tag after tag: what the document says, or that it cannot be read, or that it is not touched.
HISTORY: list[tuple[str, dict[str, Any] | str]] = [
    ("v1", {}),
    ("v2", STYLE),
    ("other-package-7", STYLE),
    ("v3", STYLE | RETRY | {SIZE: 4}),
    ("v4", "openapi: [broken"),
    ("v5", STYLE | RETRY | {SIZE: 4, "/info/description": "Slow."}),
]


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with tags; one tag does not touch the document, and at one it is no document."""
    folder = tmp_path_factory.mktemp("history")
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    for day, (tag, said) in enumerate(HISTORY, 1):
        text = said if isinstance(said, str) else json.dumps(jobs(said))
        (folder / "api").mkdir(exist_ok=True)
        (folder / "api" / "openapi.json").write_text(text, "utf-8")
        (folder / "tag").write_text(tag, "utf-8")
        date = f"2026-01-{day:02}T12:00:00"
        named = {f"GIT_{who}_{what}": value for who in ("AUTHOR", "COMMITTER")
                 for what, value in (("NAME", "a"), ("EMAIL", "a@b.c"), ("DATE", date))}  # fmt: skip
        for arguments in (["add", "."], ["commit", "-qm", tag], ["tag", tag]):
            subprocess.run(["git", *arguments], cwd=folder, env={**os.environ, **named}, check=True)
    return folder


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, Any]]:
    """The releases of a changelog, as JSON."""
    capsys.readouterr()
    assert main(["diff", "--changelog", *arguments, "--format", "json"]) == 0
    found: list[dict[str, Any]] = json.loads(capsys.readouterr().out)["releases"]
    return found


@pytest.mark.parametrize(
    ("wanted", "versions"),
    [
        ("v1..v3", ["v3", "v2"]),
        ("v2..v3", ["v3"]),
        ("..v2", ["v2"]),
        ("v3..", ["v5", "v4"]),
        ("v3..HEAD", ["v5", "v4"]),
    ],
)
def test_tags_between_two_are_told_newest_first(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    wanted: str, versions: list[str],
) -> None:  # fmt: skip
    """A tag that did not touch the contract is no release of it; the path is meant from the working folder."""
    monkeypatch.chdir(repository / "api")
    assert [each["version"] for each in told(capsys, wanted)] == versions
    assert [each["version"] for each in told(capsys, wanted, "openapi.json")] == versions


def test_release_says_what_it_added_changed_and_broke(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sorted, counted by rule, dated; what cannot be read is said, and does not keep the others from being told."""
    monkeypatch.chdir(repository)
    found = {each["version"]: each for each in told(capsys, "v1..v5", "api/openapi.json")}
    assert [change["id"] for change in found["v2"]["added"]] == ["request-property-added"]
    assert found["v3"]["rules"] == {"maximum-lowered": 1, "header-removed": 1}
    assert {change["id"] for change in found["v3"]["broke"]} == {
        "request-maximum-lowered",
        "response-header-removed",
    }
    assert (found["v3"]["date"], found["v3"]["step"]) == ("2026-01-04", "major")
    assert (found["v4"]["step"], found["v5"]["step"]) == (None, None)
    assert "is no" in found["v4"]["problem"]
    Draft202012Validator(json.loads((ROOT / "schemas" / "changes.schema.json").read_text())).validate(
        {"releases": list(found.values())}
    )


def test_changelog_is_markdown_too(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A section a release, a list a rule, with what the rule means."""
    monkeypatch.chdir(repository)
    assert main(["diff", "--changelog", "v1..v3", "api/openapi.json", "--format", "markdown"]) == 0
    text = capsys.readouterr().out
    assert text.index("## v3 (2026-01-04)") < text.index("### Broke") < text.index("## v2 (2026-01-02)")
    assert "- `response-header-removed`: Callers that go by the header" in text
    assert "Version step **major**: 2 broke." in text


def test_published_releases_have_a_changelog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A range of days, open at either end; versions are those of the releases."""
    monkeypatch.chdir(tmp_path)
    for day, (edits, step) in enumerate([({}, []), (STYLE, []), (STYLE | RETRY, ["--step", "major"])], 1):
        Path("openapi.json").write_text(json.dumps(jobs(edits)), "utf-8")
        assert main(["publish", "--date", f"2026-05-0{day}", *step]) == 0
    whole = [("2.0.0", "2026-05-03"), ("1.1.0", "2026-05-02")]
    for wanted, expected in (("..", whole), ("2026-05-01..", whole), ("2026-05-01..2026-05-02", whole[1:])):
        assert [(each["version"], each["date"]) for each in told(capsys, wanted)] == expected


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["v1"], "write A..B"),
        (["v1...v2"], "write A..B"),
        (["v1..none", "api/openapi.json"], "none"),
        (["v1..-x", "api/openapi.json"], "is no revision"),
        (["v1..v2", "none.yaml"], "holds no two versions of none.yaml that differ"),
        (["v1..v3", "api/openapi.json", "--format", "junit"], "a changelog has terminal, markdown, json"),
        (["v1..v3", "api/openapi.json", "--report", "r"], "--report does not go with --changelog"),
        (["v1..v3", "a", "b"], "takes one path"),
    ],
)
def test_range_that_is_none_is_one_line(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: list[str], line: str,
) -> None:  # fmt: skip
    """What to change, with exit code 4."""
    monkeypatch.chdir(repository)
    assert main(["diff", "--changelog", *arguments]) == 4
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


def test_history_fails_only_where_that_is_asked_for(
    repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What broke once is told, with 0; `--fail-on` makes it fail as it does elsewhere."""
    monkeypatch.chdir(repository)
    wanted = ["diff", "--changelog", "v1..v3", "api/openapi.json"]
    assert main([*wanted]) == 0
    assert main([*wanted, "--fail-on", "breaking"]) == 1
