"""Values proposed by keyword: for every schema there are legal ones at both ends, and wrong ones beyond."""

from typing import Any

import pytest

from generations_contract.api.schema import Part
from generations_contract.api.usual import usual
from generations_contract.oracle.fields import FIELDS
from generations_contract.strategies.base import plain
from generations_contract.strategies.fitting import of_branch
from generations_contract.strategies.misfit import beyond
from generations_contract.strategies.values import legal, plain_value, wrong

# A schema; values that must be proposed as legal; values that must be proposed as wrong.
SCHEMAS: list[tuple[dict[str, Any], list[Any], list[Any]]] = [
    ({"type": "integer", "minimum": 2, "maximum": 9}, [2, 3, 8, 9], [1, 10, 1.999, 10**20, "9"]),
    ({"type": "integer", "exclusiveMinimum": 0}, [1, 2**31 - 1], [0, -1, 1.5]),
    ({"type": "integer", "maximum": -3}, [-3, -4], [-2]),
    ({"type": "integer", "minimum": 0, "maximum": 100, "multipleOf": 5}, [0, 100], [7.5, 6]),
    ({"type": "number", "minimum": 0.5, "maximum": 1}, [0.5, 1], [0.499, 1.001]),
    ({"type": "number", "exclusiveMaximum": 1}, [0], [1, 2]),
    ({"type": "string", "minLength": 6, "maxLength": 9}, [], []),
    ({"type": "string", "maxLength": 40}, [], []),
    ({"type": "string", "enum": ["low", "high"]}, ["low", "high"], ["LOW", "High", " low", "hig"]),
    ({"const": "auto"}, ["auto"], ["Auto", "auto "]),
    ({"type": "string", "format": "uri"}, ["https://hooks.example/done"], ["hooks.example/done", ""]),
    ({"type": "string", "format": "date-time"}, ["2026-04-18T12:00:00Z"], ["2026-04-18"]),
    ({"type": "string", "pattern": "^#[0-9a-f]{6}$"}, ["#000000"], [" "]),
    ({"type": "array", "items": {"type": "integer"}, "minItems": 1, "maxItems": 3}, [[0], [0] * 3], [[0] * 4]),
    ({"type": "boolean"}, [True, False], []),
    (
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"const": 1}}, "required": ["b"],
         "additionalProperties": False},
        [{"b": 1}, {"a": 0, "b": 1}],
        [{"a": 0, "b": 1, "unknown": None}],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("schema", "right", "amiss"), SCHEMAS)
def test_both_sides_of_every_keyword_are_proposed(
    schema: dict[str, Any], right: list[Any], amiss: list[Any]
) -> None:
    """Those named are among them; what a keyword allows at its ends is legal, and what lies beyond is wrong."""
    judge = Part(schema)
    fitting = [plain(value) for _, value in of_branch(schema)]
    misfit = [plain(value) for _, value in beyond(schema)]
    assert [value for value in right if value not in fitting or not judge.accepts(value)] == []
    assert [value for value in amiss if value not in misfit or judge.accepts(value)] == []
    assert judge.accepts(usual({**schema, "examples": [right[0]]} if "pattern" in schema else schema))
    assert any(map(judge.accepts, fitting))


@pytest.mark.parametrize("longest", [3, 40, 8000])
def test_text_is_tried_at_its_limit_in_every_script(longest: int) -> None:
    """ASCII, accented, combining, right-to-left and Han texts of exactly the longest length; one more is wrong."""
    schema = {"type": "string", "minLength": 2, "maxLength": longest}
    texts = dict(of_branch(schema))
    for script in ("ascii", "accented", "combining", "right-to-left", "han"):
        assert len(texts[f"{longest}-{script}"]) == longest
        assert len(texts[f"2-{script}"]) == 2
    wrong_lengths = {len(value) for _, value in beyond(schema)}
    assert {1, longest + 1, 2 * longest} <= wrong_lengths


def test_every_documented_field_has_legal_wrong_and_plain_values() -> None:
    """Each key of both levels; all plain values together make a valid request."""
    for name in FIELDS:
        assert legal(name), name
        assert wrong(name), name
        assert plain_value(name, "image") is not None
    assert {"1", "10"} <= legal("n").keys()
    assert {"0", "60", "0.5", "auto", "60.0", "1e1", "-0"} <= legal("wait").keys()
    assert {each.broken.clause for each in wrong("aspect_ratio").values()} == {
        "request.aspect-ratio-form",
        "request.field-types",
    }


def test_a_pattern_without_examples_asks_for_them_where_the_field_is_required() -> None:
    """Every request would need such a value, and nothing can make one up."""
    with pytest.raises(ValueError, match="examples"):
        usual({"type": "string", "pattern": "^#"})
