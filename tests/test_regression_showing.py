"""Reports of a comparison: five formats of the same review, and hostile content that stays content."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from contracts.regression import showing
from contracts.regression.accepted import Acceptance
from contracts.regression.contract import Contract
from contracts.regression.review import Review, review
from tests.test_regression_request_edits import INPUT, OLD, REQUEST, SOUND, edited

HOSTILE = "\x1b[31m</details>```|`a`\n::error::x\r\u2028\u202e%0A@everyone<script>"


def reviewed(edits: dict[str, Any], accepted: list[Acceptance] | None = None) -> Review:
    """The review of an edit of the request schema."""
    return review(OLD, edited(REQUEST, edits), formats=True, accepted=accepted)


LOWERED = reviewed({SOUND: 4000, "/properties/n/default": 2, f"{INPUT}/style": {"type": "string"}})


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
    assert data["counts"] == {"breaking": 1, "undecided": 0, "policy": 1, "safe": 1}
    change = data["changes"][0]
    assert len(change["breaks"]["senders"]["input"]["prompt"]) == 4001
    assert (change["old_pointer"], change["text"], len(change["fingerprint"])) == (SOUND, "8000 → 4000", 12)


def test_markdown_has_a_row_a_change_and_a_folded_witness() -> None:
    """A pull request sees one table; the witness folds out."""
    text = showing.markdown(LOWERED)
    assert text.count("\n| ") == 1 + len(LOWERED.changes)
    assert "<summary><code>request-max-length-lowered</code> a request that was accepted" in text
    assert text.count("<details>") == text.count("</details>") == 1


def test_junit_counts_failures() -> None:
    """Breaking changes fail, the rest are cases that pass."""
    suite = ElementTree.fromstring(showing.junit(LOWERED))  # noqa: S314 - our own text
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "0")
    assert len(suite.findall("testcase/failure")) == 1


def test_github_annotations_are_one_line_each() -> None:
    """Breaking is an error, policy a notice; what is safe is not annotated."""
    lines = showing.github(LOWERED).splitlines()
    assert [line.split(" ")[0] for line in lines[:-1]] == ["::error", "::notice"]
    assert f"file=schemas/{REQUEST},title=request-max-length-lowered::" in lines[0]


def test_accepted_change_is_shown_with_its_reason() -> None:
    """An accepted change stays in every report."""
    fingerprint = LOWERED.changes[0].fingerprint
    found = reviewed({SOUND: 4000}, [Acceptance(fingerprint, "agreed on 1 May")])
    assert found.step == "none"
    assert "accepted: agreed on 1 May" in showing.terminal(found)
    assert "is accepted: agreed on 1 May" in showing.markdown(found)
    assert "skipped" in showing.junit(found)


@pytest.mark.parametrize("name", list(showing.FORMATS))
def test_hostile_text_steers_no_reader(name: str) -> None:
    """Control characters, line separators and bidirectional marks are spelled out in every format."""
    text = showing.FORMATS[name](hostile())
    assert not any(character in text for character in "\x1b\r\u2028\u202e")
    assert not any(line.startswith("::error::") for line in text.splitlines())


def test_hostile_text_leaves_markdown_its_shape() -> None:
    """Neither a table row nor a folded witness is ended by what a schema says."""
    text = showing.markdown(hostile())
    folded = text.split("<details>")[1:]
    assert all("\n````json\n" in part and part.rstrip().endswith("</details>") for part in folded)
    rows = [line for line in text.splitlines() if line.startswith("| ✗")]
    assert all(row.count(" | ") == 4 for row in rows)


def test_reports_are_utf_8(tmp_path: Path) -> None:
    """Every format can be written to a file."""
    for name, made in showing.FORMATS.items():
        (tmp_path / name).write_text(made(hostile()), "utf-8")
