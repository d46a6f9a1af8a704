"""Reports of a comparison: six formats of the same review, and hostile content that stays content."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from jsonschema import Draft202012Validator

from generations_contract.api.usage import UsageError
from generations_contract.cli import main
from generations_contract.regression.report import showing
from generations_contract.regression.sources import load
from generations_contract.regression.verdicts import accepted
from generations_contract.regression.verdicts.accepted import Acceptance
from generations_contract.regression.verdicts.review import Review, review
from generations_contract.regression.versions.document import Contract
from tests import ROOT
from tests.regression.test_request_edits import INPUT, OLD, REQUEST, SOUND, edited

HOSTILE = "\x1b[31m</details>```|`a`\n::error::x\r\u2028\u202e%0A@everyone<script>"


def reviewed(edits: dict[str, Any], entries: list[Acceptance] | None = None) -> Review:
    """The review of an edit of the request schema."""
    return review(OLD, edited(REQUEST, edits), formats=True, accepted=entries)


RESPONSE = "generation-response.schema.json"
READ: list[tuple[str, str, str, Any]] = [
    ("null", RESPONSE, "/properties/id/type", ["string", "null"]),
    ("value", RESPONSE, "/properties/status/enum/5", "expired"),
    ("member", RESPONSE, "/properties/provider", {"type": "string"}),
]
REWORDED = {"/properties/n/description": "How many."}
LOWERED = reviewed({SOUND: 4000, f"{INPUT}/style": {"type": "string"}} | REWORDED)


def hostile() -> Review:
    """A review whose every text is hostile."""
    old = Contract(
        "old", {"a-request.json": {"properties": {HOSTILE: {"type": "string"}}, "enum": [{HOSTILE: HOSTILE}]}}
    )
    new = Contract(
        HOSTILE, {"a-request.json": {"properties": {HOSTILE: {"type": "string"}}, "enum": [HOSTILE]}}
    )
    return review(old, new, formats=True)


def test_terminal_shows_change_place_and_witness() -> None:
    """Each change is named, located and shown, long strings cut and counted."""
    text = showing.terminal(LOWERED)
    assert f"✗ breaking  request-max-length-lowered  {REQUEST}#{SOUND}" in text
    assert "8000 → 4000  — breaks senders" in text
    assert "(4001 characters)" in text
    assert text.endswith("1 breaking, 1 policy, 1 safe; version step: major\n")


def test_json_holds_witnesses_whole() -> None:
    """The JSON has stable keys, and witnesses that can be sent as they are."""
    data = json.loads(showing.as_json(LOWERED))
    assert data["counts"] == {"breaking": 1, "undecided": 0, "policy": 1, "safe": 1, "ignored": 0}
    change = data["changes"][0]
    assert len(change["breaks"]["senders"]["input"]["prompt"]) == 4001
    assert (change["old_pointer"], change["text"], len(change["fingerprint"])) == (SOUND, "8000 → 4000", 12)


def test_markdown_has_a_row_a_change_and_a_folded_witness() -> None:
    """A pull request sees one table; the witness folds out."""
    text = showing.FORMATS["markdown"](LOWERED)
    assert text.count("\n| ") == 1 + len(LOWERED.changes)
    assert "<summary><code>request-max-length-lowered</code> a request that was accepted" in text
    assert text.startswith("## Contract changes: breaking, version step **major**\n")
    assert text.count("<details>") == text.count("</details>") == 2


def test_markdown_folds_many_safe_changes() -> None:
    """What nobody notices does not stand before what breaks; every change is still there."""
    wider = {f"{INPUT}/field_{place}": {"type": "string"} for place in range(6)}
    text = showing.FORMATS["markdown"](reviewed({SOUND: 4000} | wider))
    shown, _, folded = text.partition("6 safe changes that no reader notices")
    assert (shown.count("\n| "), folded.count("\n| ")) == (2, 7)
    assert text.count("<details>") == text.count("</details>") == 3


def test_junit_counts_failures() -> None:
    """Breaking changes fail, the rest are cases that pass."""
    suite = ElementTree.fromstring(showing.junit(LOWERED))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert len(suite.findall("testsuite/testcase/failure")) == 1


def test_github_annotations_are_one_line_each() -> None:
    """Breaking is an error, policy a notice; what is safe is not annotated."""
    lines = showing.FORMATS["github"](LOWERED).splitlines()
    assert [line.split(" ")[0] for line in lines[:-1]] == ["::error", "::notice"]
    assert f"file={REQUEST},title=request-max-length-lowered::" in lines[0]


def test_github_annotation_stands_at_the_line_of_the_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The path is that of the repository, the line that of the keyword; what is gone is where it was held."""
    monkeypatch.chdir(tmp_path)
    Path("api").mkdir()
    old: dict[str, Any] = {"type": "object", "properties": {"a": {"maxLength": 9}, "b": {"type": "string"}}}
    Path("api/a-request.json").write_text(json.dumps(old, indent=1), "utf-8")
    before = load("api")
    new = old | {"properties": {"a": {"maxLength": 5}}, "additionalProperties": False}
    Path("api/a-request.json").write_text(json.dumps(new, indent=1), "utf-8")
    lines = showing.FORMATS["github"](review(before, load("api"), formats=True)).splitlines()
    text = Path("api/a-request.json").read_text("utf-8").splitlines()
    at = {
        line.split("title=")[1].split("::")[0]: int(line.split("line=")[1].split(",")[0])
        for line in lines[:-1]
    }
    assert all(line.startswith("::error file=api/a-request.json,line=") for line in lines[:-1])
    assert '"maxLength": 5' in text[at["request-max-length-lowered"] - 1]
    assert '"properties"' in text[at["request-property-removed"] - 1]
    assert '"additionalProperties"' in text[at["request-unknown-properties-forbidden"] - 1]


def test_what_markdown_gives_to_accept_is_accepted_once_it_has_reasons(tmp_path: Path) -> None:
    """The entries can be pasted; without reasons they are refused."""
    entries = showing.FORMATS["markdown"](LOWERED).split("```toml\n")[1].split("```")[0]
    path = tmp_path / "accepted.toml"
    path.write_text(entries, "utf-8")
    with pytest.raises(UsageError, match="needs a reason"):
        accepted.read(path)
    path.write_text(entries.replace('reason = ""', 'reason = "agreed"'), "utf-8")
    found = reviewed({SOUND: 4000} | REWORDED, accepted.read(path))
    assert all(change.accepted == "agreed" for change in found.changes)


def test_readers_of_one_witness_are_told_together() -> None:
    """A document is shown once, with everyone whom it breaks; a reader who copes is said to cope."""
    answers = {
        name: review(OLD, edited(file, {pointer: value}), formats=True) for name, file, pointer, value in READ
    }
    assert "strict and tolerant readers: {" in showing.terminal(answers["null"])
    assert "breaks strict readers, tolerant readers cope" in showing.terminal(answers["value"])
    assert "only readers that refuse undocumented members notice" in showing.terminal(answers["member"])
    assert "breaks" not in showing.terminal(answers["member"])


def test_accepted_change_is_shown_with_its_reason() -> None:
    """An accepted change stays in every report."""
    fingerprint = LOWERED.changes[0].fingerprint
    found = reviewed({SOUND: 4000}, [Acceptance(fingerprint, "agreed on 1 May")])
    assert found.counted("breaking") == []
    assert found.step == "major"  # it still breaks, and publish will ask for the step
    assert "accepted: agreed on 1 May" in showing.terminal(found)
    assert "is accepted: agreed on 1 May" in showing.FORMATS["markdown"](found)
    assert "skipped" in showing.junit(found)


@pytest.mark.parametrize("name", list(showing.FORMATS))
def test_hostile_text_steers_no_reader(name: str) -> None:
    """Control characters, line separators and bidirectional marks are spelled out in every format."""
    text = showing.FORMATS[name](hostile())
    assert not any(character in text for character in "\x1b\r\u2028\u202e")
    assert not any(line.startswith("::error::") for line in text.splitlines())


def test_hostile_text_leaves_markdown_its_shape() -> None:
    """Neither a table row nor a folded witness is ended by what a schema says."""
    text = showing.FORMATS["markdown"](hostile())
    *folded, entries = text.split("<details>")[1:]
    assert "\n```toml\n" in entries
    assert folded
    assert all("\n````json\n" in part and part.rstrip().endswith("</details>") for part in folded)
    rows = [line for line in text.splitlines() if line.startswith("| ✗")]
    assert all(row.count(" | ") == 3 for row in rows)


def test_reports_are_utf_8(tmp_path: Path) -> None:
    """Every format can be written to a file."""
    for name, made in showing.FORMATS.items():
        (tmp_path / name).write_text(made(hostile()), "utf-8")


def test_json_is_what_its_schema_says() -> None:
    """Stable members, described in the repository; also of a review full of hostile text."""
    schema = json.loads((ROOT / "schemas" / "changes.schema.json").read_text("utf-8"))
    for found in (LOWERED, hostile(), reviewed({}), reviewed({"/properties/n/default": 2})):
        Draft202012Validator(schema).validate(json.loads(showing.as_json(found)))


def test_page_is_one_file_without_script() -> None:
    """The verdict first, a card a change, nothing loaded, and no markup of a schema's own."""
    page = showing.FORMATS["html"](LOWERED)
    assert page.index("The change breaks people") < page.index("request-max-length-lowered")
    assert "a request that was accepted and no longer is" in page
    assert "(4001 characters)" in page
    assert 'http-equiv="Content-Security-Policy"' in page
    assert "<script" not in page + showing.FORMATS["html"](hostile())


@pytest.mark.parametrize("name", ["terminal", "markdown", "html", "github"])
def test_break_without_a_witness_says_why(name: str) -> None:
    """Who breaks and how, from the rule, in every form that people read."""
    text = showing.FORMATS[name](reviewed({"/properties/n/default": 2}))
    assert "A sender who leaves the member out gets another behaviour" in text
    assert "senders" in text
    assert "null" not in text.replace("null}", "")


def test_reports_are_written_beside_the_terminals(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--report DIR` writes every form; a place that cannot be written is one line, with 4."""
    written = tmp_path / "made" / "report"
    assert main(["diff", "--report", str(written)]) == 0
    assert {path.name for path in written.iterdir()} == set(showing.REPORTS)
    (tmp_path / "file").write_text("", "utf-8")
    capsys.readouterr()
    assert main(["diff", "--report", str(tmp_path / "file")]) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_accepted_entry_that_meets_nothing_is_told_in_every_form() -> None:
    """Where a person, or a machine, looks for it."""
    found = reviewed({SOUND: 4000}, [Acceptance("0" * 12, "long gone")])
    for name in ("terminal", "markdown", "json", "html", "github"):
        assert "long gone" in showing.FORMATS[name](found), name
