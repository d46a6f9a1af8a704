"""Labelled pairs of schemas for objects, arrays, references and unevaluated keywords, asked in both directions."""

from typing import Any

import pytest

from generations_contract.containment.decide import CONTAINED, decide
from tests.containment.test_pairs_values import INTEGER, Row, S, directions

OBJECT = {"type": "object"}
ARRAY = {"type": "array"}


def members(**properties: Any) -> dict[str, Any]:
    """An object schema."""
    return {"type": "object", "properties": properties}


BOTH: list[Row] = [
    ("member narrowed", members(a=INTEGER), "<", members(a={"type": "number"})),
    ("member undeclared", members(a=S), "<", OBJECT),
    ("member forbidden", members(a=False), "<", OBJECT),
    ("required", {"required": ["a", "b"], **OBJECT}, "<", {"required": ["a"], **OBJECT}),
    ("required says nothing of strings", {"required": ["a"]}, ">", S),
    ("required and forbidden", {**members(a=False), "required": ["a"]}, "=", False),
    ("closed", {**members(a=S), "additionalProperties": False}, "<", members(a=S)),
    ("closed with more names", {**members(a=S), "additionalProperties": False}, "<",
     {**members(a=S, b=S), "additionalProperties": False}),
    ("others typed", {**members(a=S), "additionalProperties": S}, "=", {**OBJECT, "additionalProperties": S}),
    ("closed by names", {**OBJECT, "properties": {"a": {}}, "additionalProperties": False}, "=",
     {**OBJECT, "propertyNames": {"const": "a"}}),
    ("patterns of names", {**OBJECT, "patternProperties": {"^ab": S}}, ">", {**OBJECT, "patternProperties": {"^a": S}}),
    ("pattern matches a name", {**OBJECT, "patternProperties": {"^a$": S}}, "=", members(a=S)),
    ("name and pattern", {**members(a={"minLength": 1}), "patternProperties": {"a": S}}, "<", members(a=S)),
    ("names by length", {**OBJECT, "propertyNames": {"maxLength": 2}}, "<", {**OBJECT, "propertyNames": {"maxLength": 3}}),
    ("names impossible", {**OBJECT, "propertyNames": False}, "=", {**OBJECT, "maxProperties": 0}),
    ("count", {**OBJECT, "minProperties": 2}, "<", {**OBJECT, "minProperties": 1}),
    ("count by required", {**OBJECT, "required": ["a", "b"]}, "<", {**OBJECT, "minProperties": 2}),
    ("too many required", {**OBJECT, "required": ["a", "b"], "maxProperties": 1}, "=", False),
    ("too few names", {**OBJECT, "minProperties": 2, "propertyNames": {"enum": ["a"]}}, "=", False),
    ("objects and arrays", OBJECT, "x", ARRAY),
    ("tagged union grows", {"oneOf": [members(k={"const": 1}), S]}, "<", {"anyOf": [members(k={"enum": [1, 2]}), S]}),
    ("tagged branches exclude", {**OBJECT, "required": ["k"], "oneOf": [members(k={"const": 1}), members(k={"const": 2})]},
     "=", {**members(k={"enum": [1, 2]}), "required": ["k"]}),
    ("condition on a member", {**OBJECT, "if": {"required": ["a"]}, "then": {"required": ["b"]}}, "<", OBJECT),
    ("items", {**ARRAY, "items": INTEGER}, "<", {**ARRAY, "items": {"type": "number"}}),
    ("no items possible", {**ARRAY, "items": False}, "=", {**ARRAY, "maxItems": 0}),
    ("item count", {**ARRAY, "maxItems": 8}, "<", {**ARRAY, "maxItems": 9}),
    ("many items", {**ARRAY, "maxItems": 20_000}, "<", ARRAY),
    ("many items of a type", {**ARRAY, "items": S, "minItems": 5_000}, "<", {**ARRAY, "items": S, "minItems": 4_999}),
    ("many distinct items", {**ARRAY, "uniqueItems": True, "maxItems": 500}, "<", {**ARRAY, "uniqueItems": True}),
    ("many members", {**OBJECT, "maxProperties": 3_000}, "<", OBJECT),
    ("item counts cross", {**ARRAY, "minItems": 3, "maxItems": 2}, "=", False),
    ("contains", {**ARRAY, "contains": S}, "<", {**ARRAY, "minItems": 1}),
    ("contains narrowed", {**ARRAY, "contains": {"const": 3}}, "<", {**ARRAY, "contains": INTEGER}),
    ("contains against items", {**ARRAY, "items": S, "contains": INTEGER}, "=", False),
    ("not contains", {**ARRAY, "not": {"contains": S}}, "=", {**ARRAY, "items": {"not": S}}),
    ("unique", {**ARRAY, "uniqueItems": True}, "<", ARRAY),
    ("unique when short", {**ARRAY, "maxItems": 1}, "<", {**ARRAY, "uniqueItems": True}),
    ("repeated", {**ARRAY, "not": {"uniqueItems": True}}, "<", {**ARRAY, "minItems": 2}),
    ("nested", members(a={**ARRAY, "items": members(b=INTEGER)}), "<", members(a={**ARRAY, "items": members(b={"type": "number"})})),
    ("const object", {"const": {"a": [1, None]}}, "<", {**members(a={**ARRAY, "contains": {"type": "null"}}), "required": ["a"]}),
    ("not a const object", {**OBJECT, "not": {"const": {}}}, "=", {**OBJECT, "minProperties": 1}),
    ("impossible member makes it absent", members(a={"allOf": [S, INTEGER]}), "=", members(a=False)),
]  # fmt: skip

MODERN: list[Row] = [
    ("prefix", {**ARRAY, "prefixItems": [S]}, ">", {**ARRAY, "items": S}),
    ("prefix and rest", {**ARRAY, "prefixItems": [S], "items": S}, "=", {**ARRAY, "items": S}),
    ("tuple", {**ARRAY, "prefixItems": [S, INTEGER], "items": False}, "<", {**ARRAY, "maxItems": 2}),
    ("contains twice", {**ARRAY, "contains": S, "minContains": 2}, "<", {**ARRAY, "contains": S}),
    ("contains at most", {**ARRAY, "contains": S, "maxContains": 1}, "<", {**ARRAY, "contains": S, "maxContains": 2}),
    ("contains none", {**ARRAY, "contains": S, "minContains": 0}, "=", ARRAY),
    ("contains never", {**ARRAY, "contains": S, "minContains": 2, "maxContains": 1}, "=", False),
    ("dependent required", {"dependentRequired": {"a": ["b"]}}, "=", {"if": {**OBJECT, "required": ["a"]}, "then": {"required": ["b"]}}),
    ("dependent schemas", {"dependentSchemas": {"a": {"required": ["b"]}}}, "=", {"dependentRequired": {"a": ["b"]}}),
    ("unevaluated by allOf", {**OBJECT, "allOf": [members(a=S)], "unevaluatedProperties": False}, "=",
     {**members(a=S), "additionalProperties": False}),
    ("unevaluated grows", {"allOf": [members(a={})], "unevaluatedProperties": False}, "<",
     {"allOf": [members(a={}, b={})], "unevaluatedProperties": False}),
    ("unevaluated by anyOf", {**OBJECT, "anyOf": [members(a={}), members(b={})], "unevaluatedProperties": False}, "=",
     {**members(a={}, b={}), "additionalProperties": False}),
    ("unevaluated by then", {**OBJECT, "if": {"required": ["a"]}, "then": {"properties": {"a": {}}}, "unevaluatedProperties": False},
     "=", {**members(a={}), "additionalProperties": False}),
    ("unevaluated items", {**ARRAY, "prefixItems": [S], "unevaluatedItems": False}, "=",
     {**ARRAY, "prefixItems": [S], "items": False}),
    ("unevaluated after contains", {**ARRAY, "contains": S, "unevaluatedItems": INTEGER}, "=",
     {**ARRAY, "contains": S, "items": {"type": ["string", "integer"]}}),
    ("reference with siblings", {"$ref": "#/$defs/a", "maxLength": 1, "$defs": {"a": S}}, "=", {**S, "maxLength": 1}),
    ("anchor", {"$ref": "#here", "$defs": {"a": {"$anchor": "here", **S}}}, "=", S),
    ("embedded resource", {"$ref": "https://e.example/a", "$defs": {"a": {"$id": "https://e.example/a", **S}}}, "=", S),
    ("recursive list grows", {"$ref": "#/$defs/l", "$defs": {"l": members(next={"$ref": "#/$defs/l"}, v=INTEGER)}}, "<",
     {"$ref": "#/$defs/l", "$defs": {"l": members(next={"$ref": "#/$defs/l"}, v={"type": "number"})}}),
    ("recursive tree renamed", {"$defs": {"t": {**ARRAY, "items": {"$ref": "#/$defs/t"}}}, "$ref": "#/$defs/t"}, "=",
     {"$defs": {"u": {**ARRAY, "items": {"$ref": "#/$defs/u"}}}, "$ref": "#/$defs/u"}),
    ("recursion without end", {"$ref": "#/$defs/t", "$defs": {"t": {**members(a={"$ref": "#/$defs/t"}), "required": ["a"]}}}, "=", False),
    ("dependencies are unknown", {"dependencies": {"a": ["b"]}}, "=", {}),
]  # fmt: skip

OLD: list[Row] = [
    ("reference hides siblings", {"$ref": "#/definitions/a", "maxLength": 1, "definitions": {"a": S}}, "=", S),
    ("tuple", {**ARRAY, "items": [S, S], "additionalItems": S}, "=", {**ARRAY, "items": S}),
    ("no tuple, no end", {**ARRAY, "items": True, "additionalItems": S}, "=", ARRAY),
    ("nothing to end", {**ARRAY, "additionalItems": False, "minItems": 1}, "=", {**ARRAY, "minItems": 1}),
    ("tuple end", {**ARRAY, "items": [S], "additionalItems": False}, "<", {**ARRAY, "maxItems": 1}),
    ("dependencies on names", {"dependencies": {"a": ["b"]}}, "=", {"dependencies": {"a": {"required": ["b"]}}}),
    ("dependentRequired is unknown", {"dependentRequired": {"a": ["b"]}}, "=", {}),
    ("prefixItems are unknown", {"prefixItems": [S]}, "=", {}),
    ("content is no assertion", {**S, "contentEncoding": "base64"}, "=", S),
    ("meta-schema", {"$ref": "http://json-schema.org/draft-07/schema#"}, "<", {"type": ["object", "boolean"]}),
    ("a draft named inside", {**members(a={"$schema": "http://json-schema.org/draft-04/schema#", **S})}, "=", members(a=S)),
    ("plain-name fragment", {"$ref": "#here", "definitions": {"a": {"$id": "#here", **S}}}, "=", S),
]  # fmt: skip


@pytest.mark.parametrize("draft", [7, "2020-12"])
@pytest.mark.parametrize(("first", "second", "label"), directions(BOTH))
def test_pair_of_structures_is_settled_as_labelled(first: Any, second: Any, label: str, draft: Any) -> None:
    """Objects and arrays mean the same in both drafts."""
    assert decide(first, second, draft=draft).outcome == label


@pytest.mark.parametrize(("first", "second", "label"), directions(MODERN))
def test_pair_of_2020_12_is_settled_as_labelled(first: Any, second: Any, label: str) -> None:
    """What only 2020-12 has: prefixes, counted contains, dependent and unevaluated keywords, anchors."""
    assert decide(first, second, draft="2020-12").outcome == label


@pytest.mark.parametrize(("first", "second", "label"), directions(OLD))
def test_pair_of_draft_7_is_settled_as_labelled(first: Any, second: Any, label: str) -> None:
    """What only draft-07 has: tuples in `items`, `dependencies`, references that hide their siblings."""
    assert decide(first, second, draft=7).outcome == label


def test_verdict_is_the_same_every_time() -> None:
    """Witnesses are found without chance: the same pair gives the same document."""
    pair = (members(a=S, b=INTEGER), members(a={**S, "maxLength": 3}, b=INTEGER))
    verdicts = {str(decide(*pair, draft="2020-12")) for _ in range(3)}
    assert len(verdicts) == 1
    assert decide(*pair, draft="2020-12").witness == {"a": "aaaa"}


def test_proof_names_who_proved_it() -> None:
    """A proved containment says by whom it was proved."""
    assert decide(S, {}, draft=7).proofs == ("solver", "jsonschema-rs")
    verdict = decide({"pattern": "^a+$"}, {"pattern": "^a*$"}, draft=7)
    assert (verdict.outcome, verdict.proofs) == (CONTAINED, ("solver",))
