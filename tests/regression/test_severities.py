"""Severities: a project's own file says how bad a rule is; a typo in it is one line, and what is unknown is no pass."""

import json
from pathlib import Path
from typing import Any

import pytest

from generations_contract.cli import main
from generations_contract.regression.verdicts.change import Change, Level
from generations_contract.regression.verdicts.review import Review
from generations_contract.regression.verdicts.severities import Severities, ranked
from tests.regression.jobs_document import jobs
from tests.regression.test_rules import ERROR, GET, NEW, POST, Told, reviewed, told


@pytest.mark.parametrize("name", ["default-changed", "parameter-default-changed"])
@pytest.mark.parametrize(
    ("chosen", "level", "code"),
    [("breaking", "breaking", 1), ("policy", "policy", 0), ("ignore", "ignored", 0)],
)
def test_project_says_how_bad_a_rule_is(
    tmp_path: Path, name: str, chosen: str, level: str, code: int
) -> None:
    """A rule is overruled by its name, with or without the role; the version step stays what it was."""
    (tmp_path / "old.json").write_text(json.dumps(jobs()), "utf-8")
    (tmp_path / "new.json").write_text(json.dumps(jobs({f"{GET}/parameters/1/schema/default": 0})), "utf-8")
    (tmp_path / "severities.toml").write_text(f'[rules]\n"{name}" = "{chosen}"\n', "utf-8")
    output = tmp_path / "found.json"
    paths = [str(tmp_path / each) for each in ("old.json", "new.json")]
    options = ["--severities", str(tmp_path / "severities.toml"), "--format", "json", "--output", str(output)]
    assert main(["diff", *paths, *options]) == code
    found = json.loads(output.read_text("utf-8"))
    assert [(each["level"], each["found"]) for each in found["changes"]] == [(level, "breaking")]
    assert found["step"] == "major"


@pytest.mark.parametrize(
    ("edits", "severities", "expected"),
    [
        ({f"{NEW}/properties/size/maximum": 4}, {"maximum-lowered": "policy"}, {"p request-maximum-lowered"}),
        ({f"{NEW}/properties/size/maximum": 4}, {"response-maximum-lowered": "ignore"}, {"b request-maximum-lowered"}),
        ({f"{NEW}/properties/kind/enum": ["image", "video", "sound"]}, {"enum-value-added": "breaking"},
         {"b request-enum-value-added"}),
        ({f"{GET}/deprecated": True}, {"operation-deprecation-changed": "breaking"}, {"b operation-deprecation-changed"}),
        ({f"{GET}/deprecated": True}, {"operation-deprecation-changed": "ignore"}, {"i operation-deprecation-changed"}),
        ({f"{POST}/responses/402": ERROR}, {"status-added": "breaking"}, {"b response-status-added"}),
        ({f"{GET}/parameters/1/schema/default": 0},
         {"default-changed": "breaking", "parameter-default-changed": "ignore"}, {"i parameter-default-changed"}),
    ],
)  # fmt: skip
def test_severities_overrule_whatever_was_found(
    edits: dict[str, Any], severities: Severities, expected: Told
) -> None:
    """Proved or not, for better or for worse; the name with the role wins."""
    assert told(reviewed(jobs(), jobs(edits), severities).changes) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[rules]\n"default-chnaged" = "breaking"\n', "[rules] default-chnaged is no rule; did you mean default-changed?"),
        ('[rules]\n"request-defaults-changed" = "ignore"\n', "did you mean request-default-changed?"),
        ('[rules]\n"qqqq" = "ignore"\n', "qqqq is no rule; `generations-contract rules` lists them"),
        ('[rules]\n"default-changed" = "warn"\n', "[rules] default-changed: Input should be 'breaking', 'policy' or 'ignore'"),
        ('[rule]\n"default-changed" = "ignore"\n', "[rule] is unknown; did you mean rules?"),
        ("[rules", "is no TOML"),
    ],
)  # fmt: skip
def test_typo_in_severities_is_one_line(
    tmp_path: Path, text: str, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A name that no rule has, and a word that is no severity, end with 4 and what was perhaps meant."""
    path = tmp_path / "severities.toml"
    path.write_text(text, "utf-8")
    assert main(["diff", "--severities", str(path)]) == 4
    error = capsys.readouterr().err
    assert line in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("level", ["policy", "undecided"])
def test_part_that_is_not_compared_is_never_a_pass(level: Level) -> None:
    """What changed and was not read ends with 2 by default, whoever told it, and asks for a major step; a file may rule."""
    told_of = Change(
        "not-compared", level, "openapi.yaml", "", "/webhooks", "/webhooks", "webhooks changed", ""
    )
    for severities, expected, code in (({}, "undecided", 2), ({"not-compared": "ignore"}, "ignored", 0)):
        found = Review("old", "new", formats=True, changes=[ranked(told_of, severities)])
        assert [change.level for change in found.changes] == [expected]
        assert found.exit_code(("breaking", "undecided")) == code
        assert found.step == "major"
