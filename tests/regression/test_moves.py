"""Definitions that move, names that change everywhere: told as what was done."""

import copy
import json
from typing import Any

import pytest

from generations_contract.api import schema as schemas
from generations_contract.api.schema_names import SUFFIX
from generations_contract.regression.verdicts.change import BREAKING, SAFE, Change
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.versions.document import Contract
from tests.regression.test_request_edits import GONE, INPUT, OLD, REQUEST, changes, verdicts

RESPONSE, ERROR = schemas.RESPONSE + SUFFIX, schemas.ERROR + SUFFIX
BOTH = ("strict readers", "tolerant readers")
PROMPT: Any = OLD.files[REQUEST]["$defs"]["input"]["properties"]["prompt"]
OWN: Any = OLD.files[REQUEST]["$defs"]["input"]


@pytest.mark.parametrize(
    "edits",
    [
        {"/$defs/prompt": PROMPT, f"{INPUT}/prompt": {"$ref": "#/$defs/prompt"}},
        {"/$defs/fields": OWN, "/$defs/input": GONE, "/properties/input": {"$ref": "#/$defs/fields"}},
        {"/properties/input": OWN, "/$defs/input": GONE},
    ],
    ids=["split off", "renamed", "inlined"],
)
def test_definition_that_moves_unchanged_is_no_change(edits: dict[str, Any]) -> None:
    """Who sends and who reads cannot tell where a schema stands."""
    assert changes(REQUEST, edits) == []


def test_edit_of_a_definition_that_moves_is_the_edit_alone() -> None:
    """A limit lowered on the way into a definition is a limit lowered, shown at both places."""
    narrower = {**PROMPT, "maxLength": 4000}
    edits = {"/$defs/prompt": narrower, f"{INPUT}/prompt": {"$ref": "#/$defs/prompt"}}
    (found,) = changes(REQUEST, edits)
    assert verdicts([found]) == {("request-max-length-lowered", BREAKING, ("senders",))}
    assert (found.old_pointer, found.new_pointer) == (f"{INPUT}/prompt/maxLength", "/$defs/prompt/maxLength")
    assert len(found.witness["input"]["prompt"]) == 4001


def test_words_beside_a_reference_are_compared_with_those_in_place() -> None:
    """A description that stays beside the reference is no change, whatever the definition says."""
    described = {"description": PROMPT["description"], "$ref": "#/$defs/prompt"}
    words = {**PROMPT, "description": "A prompt."}
    found = changes(REQUEST, {"/$defs/prompt": words, f"{INPUT}/prompt": described})
    assert all(not change.id.endswith("description-changed") for change in found)


def test_definition_with_two_referrers_is_not_looked_through() -> None:
    """Only one of them got the stricter copy: the other is not blamed."""
    old = {"$defs": {"a": {"type": "string"}}, "properties": {key: {"$ref": "#/$defs/a"} for key in "pq"}}
    new = copy.deepcopy(old)
    new["properties"]["p"] = {"type": "string", "maxLength": 3}
    found = review(
        Contract("old", {"a-request.json": old}), Contract("new", {"a-request.json": new}), formats=True
    )
    breaking = [change for change in found.changes if change.level == BREAKING]
    assert breaking
    assert all(set(change.witness) == {"p"} for change in breaking)
    assert all(change.old_pointer.startswith("/properties/p/") for change in breaking)


def test_recursive_definition_renamed_is_no_change() -> None:
    """A tree whose definition gets another name is walked once."""
    old = {"$ref": "#/$defs/tree", "$defs": {"tree": {"items": {"$ref": "#/$defs/tree"}}}}
    new = json.loads(json.dumps(old).replace("tree", "node"))
    found = review(Contract("old", {"a.json": old}), Contract("new", {"a.json": new}), formats=True)
    assert found.changes == []


def _renamed() -> list[Change]:
    text = json.dumps(OLD.files[RESPONSE]).replace('"completed_at"', '"finished_at"')
    new = Contract("new", {**OLD.files, RESPONSE: json.loads(text)})
    return review(OLD, new, formats=True).changes


def test_name_changed_in_several_places_is_one_rename() -> None:
    """The member, and the conditions that speak of it, are one change with one witness for each reader."""
    found = _renamed()
    assert verdicts(found) == {
        ("response-property-renamed", BREAKING, BOTH),
        ("response-examples-changed", SAFE, ()),
    }
    change = found[0]
    assert change.text == "completed_at → finished_at (in 3 places)"
    assert (change.old_pointer, change.new_pointer) == ("/properties/completed_at", "/properties/finished_at")


def test_witness_of_a_rename_is_an_answer_of_the_new_version() -> None:
    """It is the contract's own example, as the new version writes it."""
    witness = _renamed()[0].witness
    assert witness["finished_at"] == "2026-04-18T12:00:09Z"
    assert "completed_at" not in witness


def test_reference_to_a_definition_that_came_with_it_is_decided() -> None:
    """Across files too: the reference is judged with the definition it needs, and not blamed for others."""
    failure: Any = OLD.files[ERROR]["$defs"]["failure"]
    files = copy.deepcopy(OLD.files)
    files[ERROR]["$defs"]["fail"] = files[ERROR]["$defs"].pop("failure")
    assert files[ERROR]["$defs"]["fail"] == failure
    files[RESPONSE] = json.loads(json.dumps(files[RESPONSE]).replace("$defs/failure", "$defs/fail"))
    files[RESPONSE]["properties"]["status"]["enum"].append("expired")
    found = review(OLD, Contract("new", files), formats=True).changes
    assert [change.id for change in found if change.level != SAFE] == ["response-enum-value-added"]
    assert "response-ref-changed" in {change.id for change in found}
