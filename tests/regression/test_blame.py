"""Several edits at once: whom each is to blame for, and what they break only together."""

from typing import Any

from generations_contract.regression.verdicts.change import BREAKING, SAFE, Change
from generations_contract.regression.verdicts.review import Review, review
from generations_contract.regression.versions.document import Contract

ANSWER = "a-response.json"
SENT = "a-request.json"


def compared(old: Any, new: Any, file: str = ANSWER) -> Review:
    """The review of one schema."""
    return review(Contract("old", {file: old}), Contract("new", {file: new}), formats=True)


def only(found: Review, identity: str) -> Change:
    """The change of this id."""
    (change,) = [one for one in found.changes if one.id == identity]
    return change


def test_redundant_promises_dropped_together_break() -> None:
    """Either promise alone could go, because the other says the same; without both, readers break."""
    name = {"type": "string", "minLength": 1, "pattern": "^[\\s\\S]"}
    found = compared({"properties": {"id": name}}, {"properties": {"id": {"type": "string"}}})
    assert {(change.id, change.level) for change in found.changes} == {
        ("response-min-length-removed", BREAKING),
        ("response-pattern-removed", BREAKING),
    }
    assert all(change.witness == {"id": ""} for change in found.changes)
    assert all("together with another change" in change.reason for change in found.changes)
    assert found.step == "major"


def test_edits_that_break_only_as_a_majority_are_all_named() -> None:
    """Two of three edits suffice to let the document through: undoing one saves nobody, and none is innocent."""
    pairs = [[{"$ref": f"#/$defs/{one}"} for one in names] for names in ("ab", "ac", "bc")]
    whole = {"anyOf": [{"allOf": pair} for pair in pairs]}
    old = whole | {"$defs": {name: {"enum": [0]} for name in "abc"}}
    new = whole | {"$defs": {name: {"enum": [0, 1]} for name in "abc"}}
    found = compared(old, new)
    assert [change.level for change in found.changes] == [BREAKING] * 3
    assert all(change.witness == 1 for change in found.changes)


def test_edits_that_mask_each_other_have_witnesses_of_their_own() -> None:
    """What either limit refuses alone is shown for it, though no prompt is left that the new version accepts."""
    found = compared({"minLength": 1, "maxLength": 8000}, {"minLength": 5000, "maxLength": 4000}, SENT)
    lowered, raised = only(found, "request-max-length-lowered"), only(found, "request-min-length-raised")
    assert len(lowered.witness) > 4000
    assert len(raised.witness) < 5000
    assert lowered.reason == raised.reason == "witness"


def test_witness_is_accepted_by_the_new_version_as_a_whole() -> None:
    """A promise that is loosened, not dropped, is shown by what the new version really answers."""
    found = compared({"const": "generation"}, {"type": "string"})
    assert isinstance(only(found, "response-const-removed").witness, str)
    assert only(found, "response-type-added").level == SAFE


def test_edits_in_schemas_of_one_address_are_told_apart() -> None:
    """Both versions have the same `$id`s and embed each other's files; references still lead home."""
    part = {"$id": "https://e.example/part", "type": "object", "properties": {"a": {"type": "string"}}}
    whole = {"$id": "https://e.example/whole", "$ref": "part", "required": ["a"], "maxProperties": 2}
    old = {"whole-request.json": whole, "part-request.json": part}
    new = {
        "whole-request.json": {**whole, "maxProperties": 1},
        "part-request.json": {**part, "properties": {"a": {"type": "string", "maxLength": 3}}},
    }
    found = review(Contract("old", old), Contract("new", new), formats=True)
    assert [change.level for change in found.changes] == [BREAKING, BREAKING]
    assert only(found, "request-max-length-added").witness == {"a": "aaaa"}
    assert len(only(found, "request-max-properties-lowered").witness) == 2


def test_new_operation_on_an_old_schema_breaks_nobody() -> None:
    """Who calls an operation that is new relied on nothing; who has called the old one did."""

    def described(limit: int, *paths: str) -> Contract:
        body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}
        operation = {"requestBody": body, "responses": {"200": {"description": "done"}}}
        schemas = {"A": {"type": "string", "maxLength": limit}}
        document = {
            "openapi": "3.1.0",
            "info": {"title": "a", "version": "1"},
            "paths": {path: {"post": operation} for path in paths},
            "components": {"schemas": schemas},
        }
        return Contract("a", {"openapi.yaml": document})

    found = review(described(5, "/a"), described(4, "/a", "/b"), formats=True)
    assert {(change.id, change.level) for change in found.changes} == {
        ("request-max-length-lowered", BREAKING),
        ("operation-added", "policy"),
    }


def test_changes_that_differ_late_in_a_long_value_have_fingerprints_of_their_own() -> None:
    """Who accepts one long pattern has not accepted another that begins like it."""
    patterns = [f"^({'a|' * 100}{last})$" for last in "xyz"]
    first, second = (
        compared({"pattern": patterns[0]}, {"pattern": pattern}).changes[0] for pattern in patterns[1:]
    )
    assert first.text == second.text
    assert first.fingerprint != second.fingerprint


def test_fingerprint_stays_whatever_else_changes() -> None:
    """A change keeps its fingerprint beside other changes, of its own schema too."""
    old: dict[str, Any] = {"type": "string", "maxLength": 9, "description": "a"}
    alone = only(compared(old, {**old, "maxLength": 5}, SENT), "request-max-length-lowered")
    new = {"minLength": 2, "description": "b", "maxLength": 5, "type": "string"}
    assert only(compared(old, new, SENT), "request-max-length-lowered").fingerprint == alone.fingerprint


def test_branch_that_comes_is_not_blamed_for_one_that_changed() -> None:
    """Beside a branch that was edited in place, a branch more is safe: undoing it undoes nothing else."""
    number = {"type": "number"}
    old = {"anyOf": [number, {"type": "string", "const": "auto"}]}
    new = {"anyOf": [number, {"type": "string", "const": "default"}, {"type": "null"}]}
    found = compared(old, new, SENT)
    assert {(change.id, change.level) for change in found.changes} == {
        ("request-const-changed", BREAKING),
        ("request-alternative-added", SAFE),
    }
    assert only(found, "request-alternative-added").text == '{"type":"null"} added'
