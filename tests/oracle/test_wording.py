"""A schema in words."""

import pytest

from generations_contract.oracle.fields import FIELDS, Field
from generations_contract.oracle.wording import described, ends, unlike


@pytest.mark.parametrize(
    ("name", "words", "limits"),
    [
        ("n", "an integer from 1 to 10", "1 and 10"),
        ("wait", 'a number from 0 to 60 or "auto"', "0 and 60"),
        ("prompt", "a string of 1-8000 characters", "1 and 8000"),
        ("images", "an array of up to 8 strings", "8"),
        ("duration", "a number or a string", ""),
        ("seed", "an integer", ""),
        ("aspect_ratio", "a string that matches ^[1-9][0-9]*:[1-9][0-9]*$", ""),
    ],
)
def test_field_is_described_with_its_limits(name: str, words: str, limits: str) -> None:
    """Type, limits and alternatives, as a sentence goes on; and the ends of its range."""
    assert (described(name), ends(FIELDS[name])) == (words, limits)


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ({"enum": ["low", "high"]}, 'one of "low", "high"'),
        ({"type": "string", "maxLength": 40}, "a string of up to 40 characters"),
        ({"type": "string", "format": "uri"}, "a string in the format uri"),
        ({"type": ["integer", "null"], "minimum": 1}, "an integer of at least 1 or null"),
        ({"type": "boolean"}, "true or false"),
        ({"type": "array", "items": {}, "minItems": 1, "maxItems": 2}, "an array of 1 to 2 entries"),
    ],
)
def test_any_schema_has_words(schema: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that the schemas gain is described as well."""
    monkeypatch.setitem(FIELDS, "new", Field(("input", "new"), schema, required=False))  # type: ignore[arg-type]
    assert unlike(["input.new", "input.new"]) == f"input.new is {words}"


def test_what_is_not_documented_has_no_words() -> None:
    """A field that this version of the schemas does not have."""
    assert described("no-such-field") == ""
