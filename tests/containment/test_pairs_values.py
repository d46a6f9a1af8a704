"""Labelled pairs of schemas for scalars, enumerations, patterns and logic: each is asked in both directions."""

from typing import Any

import pytest

from generations_contract.containment.decide import CONTAINED, NOT_CONTAINED, UNSUPPORTED, decide

# The sign says how the documents of the left schema relate to those of the right:
# "<" all of them and the right has more, ">" the other way round, "=" the same, "x" each has its own.
Row = tuple[str, Any, str, Any]
S = {"type": "string"}
INTEGER = {"type": "integer"}
DOTTED = "^[a-z]+(\\.[a-z]+)*$"

ROWS: list[Row] = [
    ("everything", {}, "=", True),
    ("nothing", {"not": {}}, "=", False),
    ("nothing in anything", False, "<", S),
    ("integer and number", INTEGER, "<", {"type": "number"}),
    ("number without integers", {"type": "number", "not": INTEGER}, "<", {"type": "number"}),
    ("integer by multiple", INTEGER, "=", {"type": "number", "multipleOf": 1}),
    ("type list", {"type": ["string", "null"]}, ">", S),
    ("type list as anyOf", {"type": ["string", "null"]}, "=", {"anyOf": [S, {"type": "null"}]}),
    ("all types", {"type": ["null", "boolean", "number", "string", "array", "object"]}, "=", {}),
    ("string or number", S, "x", {"type": "number"}),
    ("true is no 1", {"const": True}, "x", {"const": 1}),
    ("1.0 is 1", {"const": 1.0}, "=", {"const": 1}),
    ("1.0 is an integer", {"const": 1.0}, "<", INTEGER),
    ("enum shrinks", {"enum": ["a", "b"]}, "<", {"enum": ["a", "b", "c"]}),
    ("enum of one", {"enum": [{"a": 1}]}, "=", {"const": {"a": 1.0}}),
    ("enum reordered", {"enum": [1, "a", None]}, "=", {"enum": [None, 1, "a"]}),
    ("boolean by enum", {"enum": [True, False]}, "=", {"type": "boolean"}),
    ("null by const", {"const": None}, "=", {"type": "null"}),
    ("enum cut by type", {"enum": [1, "a"], "type": "string"}, "=", {"const": "a"}),
    ("enum cut by bound", {"enum": [1, 5, 9], "maximum": 5}, "=", {"enum": [1, 5]}),
    ("empty string", {"const": ""}, "=", {"type": "string", "maxLength": 0}),
    ("maximum", {"type": "number", "maximum": 3}, "<", {"type": "number", "maximum": 4}),
    ("maximum of integers", {**INTEGER, "maximum": 3}, "=", {**INTEGER, "exclusiveMaximum": 4}),
    ("exclusive maximum", {"type": "number", "exclusiveMaximum": 3}, "<", {"type": "number", "maximum": 3}),
    ("maximum in fractions", {**INTEGER, "maximum": 3.5}, "=", {**INTEGER, "maximum": 3}),
    ("minimum", {"minimum": 3}, "<", {"minimum": 2.5}),
    ("bounds cross", {"type": "number", "minimum": 3, "maximum": 2}, "=", False),
    ("bounds meet", {**INTEGER, "minimum": 3, "maximum": 3}, "=", {"const": 3}),
    ("no integer between", {**INTEGER, "exclusiveMinimum": 1, "exclusiveMaximum": 2}, "=", False),
    ("range inside", {"type": "number", "minimum": 1, "maximum": 2}, "<", {"minimum": 0}),
    ("few integers", {**INTEGER, "minimum": 1, "maximum": 3}, "=", {"enum": [1, 2, 3]}),
    ("multiple of 6", {"multipleOf": 6}, "<", {"multipleOf": 3}),
    ("multiples of 2 and 3", {"allOf": [{"multipleOf": 2}, {"multipleOf": 3}]}, "=", {"multipleOf": 6}),
    ("multiples apart", {**INTEGER, "multipleOf": 4}, "x", {**INTEGER, "multipleOf": 6}),
    ("halves", {"multipleOf": 1}, "<", {"multipleOf": 0.5}),
    ("tenths", {"multipleOf": 0.5}, "<", {"multipleOf": 0.25}),
    ("multiple in range", {**INTEGER, "multipleOf": 7, "minimum": 1, "maximum": 13}, "=", {"const": 7}),
    ("length", {**S, "maxLength": 3}, "<", {**S, "maxLength": 4}),
    ("length counts characters", {"const": "\U0001f600"}, "<", {**S, "maxLength": 1}),
    ("prompt limit", {**S, "minLength": 1, "maxLength": 8000}, ">", {**S, "minLength": 1, "maxLength": 4000}),
    ("lengths cross", {**S, "minLength": 4, "maxLength": 3}, "=", False),
    ("length says nothing of numbers", {"maxLength": 3}, ">", {"type": "number"}),
    ("plus in star", {**S, "pattern": "^a+$"}, "<", {**S, "pattern": "^a*$"}),
    ("word", {**S, "pattern": "\\bfoo\\b"}, "<", {**S, "pattern": "foo"}),
    ("whole word", {**S, "pattern": "^\\bfoo\\b$"}, "=", {"const": "foo"}),
    ("lookahead on the way", {**S, "pattern": "^a(?!b)[a-z]+$"}, "<", {**S, "pattern": "^a[a-z]+$"}),
    ("lookahead that says nothing", {**S, "pattern": "^[a-z]+(?!-)$"}, "=", {**S, "pattern": "^[a-z]+$"}),
    ("tempered dot", {**S, "pattern": "^((?!foo).)*$"}, "<", {**S, "pattern": "^.*$"}),
    ("tempered dot by negation", {**S, "pattern": "^((?!foo)[^\\n])*$"}, "=", {**S, "pattern": "^.*$", "not": {"pattern": "foo"}}),
    ("lookbehind", {**S, "pattern": "^[a-z]+(?<!x)$"}, "<", {**S, "pattern": "^[a-z]+$"}),
    ("lookbehind searched", {**S, "pattern": "(?<=a)b"}, "=", {**S, "pattern": "ab"}),
    ("slug", {**S, "pattern": "^(?!-)(?!.*--)[a-z0-9-]+(?<!-)$"}, "=", {**S, "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}),
    ("length by lookahead", {**S, "pattern": "^(?=.{1,9}$)[1-9]+:[1-9]+$"}, "=", {**S, "pattern": "^[1-9]+:[1-9]+$", "maxLength": 9}),
    ("bounds of a double", {"type": "number", "maximum": 1e308}, "<", {"type": "number"}),
    ("long text", {**S, "maxLength": 1_000_000}, "<", S),
    ("pattern is searched", {**S, "pattern": "a"}, "=", {**S, "pattern": "^[\\s\\S]*a"}),
    ("pattern respelled", {**S, "pattern": "^(a|b)$"}, "=", {"enum": ["a", "b"]}),
    ("pattern by alternatives", {**S, "pattern": "^a$|^b$"}, "=", {**S, "pattern": "^[ab]$"}),
    ("pattern with length", {**S, "pattern": "^[0-9]+$", "maxLength": 2}, "=", {**S, "pattern": "^[0-9]{1,2}$"}),
    ("ratio", {**S, "pattern": "^[1-9][0-9]*:[1-9][0-9]*$"}, "<", {**S, "pattern": "^[0-9]+:[0-9]+$"}),
    ("dotted names", {**S, "pattern": DOTTED}, "<", {**S, "pattern": "^[a-z.]+$"}),
    ("lookahead", {**S, "pattern": "^(?!x)[a-z]+$"}, "<", {**S, "pattern": "^[a-z]+$"}),
    ("lookaheads as conjuncts", {**S, "pattern": "^(?=[\\s\\S]*a)(?=[\\s\\S]*b)"}, "=", {"allOf": [S, {"pattern": "a"}, {"pattern": "b"}]}),
    ("patterns exclude each other", {**S, "allOf": [{"pattern": "^a"}, {"pattern": "^b"}]}, "=", False),
    ("categories", {**S, "pattern": "^\\p{Lu}$"}, "<", {**S, "pattern": "^\\p{L}$"}),
    ("dollar is the end", {"const": "a\n"}, "x", {**S, "pattern": "^a$"}),
    ("digits are ASCII", {**S, "pattern": "^\\d$"}, "=", {**S, "pattern": "^[0-9]$"}),
    ("format is no assertion", {**S, "format": "date"}, "=", S),
    ("not", {"not": {"type": "string"}}, ">", {"type": "number"}),
    ("not not", {"not": {"not": S}}, "=", S),
    ("not a bound", {"type": "number", "not": {"minimum": 3}}, "=", {"type": "number", "exclusiveMaximum": 3}),
    ("not an enum", {**S, "not": {"enum": ["a"]}}, "<", S),
    ("allOf", {"allOf": [{"minimum": 1}, {"maximum": 2}]}, "=", {"minimum": 1, "maximum": 2}),
    ("anyOf grows", {"anyOf": [S, INTEGER]}, "<", {"anyOf": [S, {"type": "number"}]}),
    ("anyOf covers the line", {"anyOf": [{"minimum": 0}, {"maximum": 1}]}, "=", {}),
    ("oneOf apart", {"oneOf": [S, INTEGER]}, "=", {"anyOf": [S, INTEGER]}),
    ("oneOf overlapping", {"oneOf": [INTEGER, {"type": "number"}]}, "=", {"type": "number", "not": INTEGER}),
    ("oneOf twice the same", {"oneOf": [S, S]}, "=", False),
    ("if then", {"if": S, "then": {"minLength": 1}}, "=", {"minLength": 1}),
    ("if else", {"if": S, "else": {"type": "number"}}, "=", {"type": ["string", "number"]}),
    ("if alone", {"if": {"const": 1}}, "=", {}),
    ("De Morgan", {"not": {"anyOf": [S, INTEGER]}}, "=", {"allOf": [{"not": S}, {"not": INTEGER}]}),
    ("definitions", {"$ref": "#/definitions/a", "definitions": {"a": S}}, "=", S),
    ("chained references", {"$ref": "#/definitions/a", "definitions": {"a": {"$ref": "#/definitions/b"}, "b": S}}, "=", S),
]  # fmt: skip
FORWARD = {"<": CONTAINED, "=": CONTAINED, ">": NOT_CONTAINED, "x": NOT_CONTAINED}
BACKWARD = {"<": NOT_CONTAINED, "=": CONTAINED, ">": CONTAINED, "x": NOT_CONTAINED}


def directions(rows: list[Row]) -> list[Any]:
    """Two questions a row, with the label of each."""
    questions = []
    for name, left, sign, right in rows:
        questions.append(pytest.param(left, right, FORWARD[sign], id=f"{name} {sign}"))
        questions.append(pytest.param(right, left, BACKWARD[sign], id=f"{name} {sign} reversed"))
    return questions


@pytest.mark.parametrize("draft", [7, "2020-12"])
@pytest.mark.parametrize(("first", "second", "label"), directions(ROWS))
def test_pair_of_values_is_settled_as_labelled(first: Any, second: Any, label: str, draft: Any) -> None:
    """Scalars, enumerations, patterns and logic mean the same in both drafts."""
    assert decide(first, second, draft=draft).outcome == label


FORMAT_ROWS: list[Row] = [
    ("date", {**S, "format": "date"}, "<", S),
    ("format said twice", {**S, "format": "date"}, "=", {**S, "allOf": [{"format": "date"}]}),
    ("format of numbers", {"format": "date"}, ">", {"type": "number"}),
    ("a text with a format", {"const": "2026-04-18"}, "<", {**S, "format": "date"}),
    ("a text without a format", {"const": "a"}, "x", {**S, "format": "date"}),
    ("unknown format", {**S, "format": "color-of-my-own"}, "=", S),
]


@pytest.mark.parametrize(("first", "second", "label"), directions(FORMAT_ROWS))
def test_format_refuses_where_it_is_asserted(first: Any, second: Any, label: str) -> None:
    """With `format` asserted, it narrows strings and nothing else."""
    assert decide(first, second, draft="2020-12", formats=True).outcome == label


@pytest.mark.parametrize(
    ("first", "second", "draft"),
    [
        ({"minimum": "1"}, True, 7),
        ({"type": "strin"}, True, "2020-12"),
        ({"$ref": "https://example.com/schema"}, True, 7),
        ({"$ref": "#/definitions/none"}, True, 7),
        ({"pattern": "("}, True, 7),
        (True, 3, 7),
        (True, ["a"], "2020-12"),
        (True, None, 7),
        (True, True, 3),
        (True, True, "draft-99"),
        ({"$schema": "https://example.com/my-dialect"}, True, None),
    ],
)
def test_schema_that_cannot_be_judged_is_unsupported(first: Any, second: Any, draft: Any) -> None:
    """What is no valid, self-contained schema of a known draft is said to be unsupported, with a reason."""
    verdict = decide(first, second, draft=draft)
    assert (verdict.outcome, bool(verdict.reason)) == (UNSUPPORTED, True)
