"""Plain values and limits of a field that no row is written for: what its schema accepts, and what it does not."""

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from generations_contract.api.schema import REQUEST, accepts
from generations_contract.api.vocabulary import INPUT_KEYS, TOP_LEVEL_KEYS
from generations_contract.strategies.base import with_members
from generations_contract.strategies.usual import LEGAL, beyond, limits

SCHEMAS: list[tuple[dict[str, Any], set[str], set[str]]] = [
    ({"type": "string"}, {"word", "shortest", "longest-ascii", "longest-han"}, set()),
    ({"type": "string", "minLength": 6, "maxLength": 9}, {"shortest", "longest-ascii", "longest-han"}, {"too-long"}),
    ({"type": "string", "enum": ["low", "high"]}, {"low", "high"}, {"not-listed"}),
    ({"type": "integer", "minimum": 2, "maximum": 9}, {"2", "9"}, {"too-small", "too-large"}),
    ({"type": "number", "maximum": 0.5}, {"0", "0.5"}, {"too-large"}),
    ({"type": "integer", "maximum": -3}, {"-3"}, {"too-large"}),
    ({"type": "boolean"}, {"true", "false"}, set()),
    ({"type": "string", "pattern": "^#", "examples": ["#fff"]}, {"#fff"}, set()),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "inside", "outside"), SCHEMAS)
def test_limits_are_accepted_and_what_is_beyond_is_not(
    schema: dict[str, Any], inside: set[str], outside: set[str]
) -> None:
    """The values named are there; the schema accepts each limit, and refuses each value beyond."""
    judge = Draft202012Validator(schema)
    assert (limits(schema).keys(), beyond(schema).keys()) == (inside, outside)
    assert all(map(judge.is_valid, limits(schema).values()))
    assert not any(map(judge.is_valid, beyond(schema).values()))


@pytest.mark.parametrize("schema", [{"type": "string", "pattern": "^#"}, {"type": "object"}])
def test_field_that_nothing_can_be_made_up_for_asks_for_examples(schema: dict[str, Any]) -> None:
    """It is an error that says what to add, not a field without a row."""
    with pytest.raises(ValueError, match="examples"):
        limits(schema)


def test_every_documented_field_has_a_legal_value() -> None:
    """Each key of both levels has one, and all together are accepted."""
    assert LEGAL.keys() == {*TOP_LEVEL_KEYS, *INPUT_KEYS}
    members = {name: value for name, value in LEGAL.items() if name != "input"}
    assert accepts(REQUEST, with_members({"input": {}}, members))
