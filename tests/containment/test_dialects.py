"""What a keyword means in one draft and not in another: pairs that each draft answers in its own way."""

from typing import Any

import pytest

from generations_contract.containment.decide import CONTAINED, NOT_CONTAINED, UNSUPPORTED, decide

LISTED = {"type": "array", "items": [{"type": "integer"}]}
# The draft, both schemas, and whether every document of the first is one of the second.
ROWS: list[tuple[object, Any, Any, str]] = [
    (4, {"minimum": 5, "exclusiveMinimum": True}, {"minimum": 5}, CONTAINED),
    (4, {"minimum": 5}, {"minimum": 5, "exclusiveMinimum": True}, NOT_CONTAINED),
    ("draft-04", {"maximum": 5}, {"maximum": 5, "exclusiveMaximum": False}, CONTAINED),
    (4, {"const": 3}, {"type": "integer"}, NOT_CONTAINED),
    (6, {"const": 3}, {"type": "integer"}, CONTAINED),
    (4, {"type": "number", "multipleOf": 1}, {"type": "integer"}, NOT_CONTAINED),
    (6, {"type": "number", "multipleOf": 1}, {"type": "integer"}, CONTAINED),
    (4, {"id": "http://a.b/", "items": {"$ref": "#/definitions/a"}, "definitions": {"a": {"type": "null"}}},
     {"items": {"type": "null"}}, CONTAINED),
    (6, {"if": {"type": "null"}, "then": False}, {"not": {"type": "null"}}, NOT_CONTAINED),
    (7, {"if": {"type": "null"}, "then": False}, {"not": {"type": "null"}}, CONTAINED),
    ("2019-09", {**LISTED, "additionalItems": False}, {"maxItems": 1}, CONTAINED),
    ("2019-09", {**LISTED, "unevaluatedItems": False}, {"maxItems": 1}, CONTAINED),
    ("2020-12", {"type": "array", "contains": {"const": 1}, "unevaluatedItems": False}, False, NOT_CONTAINED),
    ("2019-09", {"type": "array", "prefixItems": [False]}, {"maxItems": 0}, NOT_CONTAINED),
    ("2019-09", {"dependentRequired": {"a": ["b"]}}, {"dependentSchemas": {"a": {"required": ["b"]}}}, CONTAINED),
    (7, {"dependentRequired": {"a": ["b"]}}, {"dependencies": {"a": ["b"]}}, NOT_CONTAINED),
    ("2020-12", {"$recursiveAnchor": True, "items": {"$recursiveRef": "#"}}, True, CONTAINED),
    (3, {}, {}, UNSUPPORTED),
    (None, {"$schema": "https://example.com/own"}, {}, UNSUPPORTED),
]  # fmt: skip


@pytest.mark.parametrize(("draft", "first", "second", "outcome"), ROWS, ids=range(len(ROWS)))
def test_draft_is_read_by_its_own_rules(draft: object, first: Any, second: Any, outcome: str) -> None:
    """A keyword says what its draft gives it to say, and nothing where the draft does not know it."""
    assert decide(first, second, draft=draft).outcome == outcome
