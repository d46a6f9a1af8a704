"""The oracle of requests against the validators: nothing is called wrong that the schema allows, nor the reverse."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations_contract.api.schema import REQUEST, accepts
from generations_contract.api.vocabulary import Modality
from generations_contract.oracle.fields import FIELDS
from generations_contract.oracle.reading import Reading, read_body, read_field
from generations_contract.strategies import (
    EXAMPLE_BASES,
    documented_requests,
    encode,
    refused_requests,
    violations,
)

IMAGE, VIDEO = (next(base for base in EXAMPLE_BASES if base.modality == name) for name in ("image", "video"))
SEARCHING = settings(
    max_examples=150, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False)
    | st.sampled_from(
        ["", " ", "auto", "AUTO", "16:9", "8", "1024x1024", "720p", "\ud800", "x" * 8001, "🌄" * 4001]
    ),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["prompt", "n", "url"]), inner)
    ),
    max_leaves=4,
)
KEYS = st.sampled_from([*FIELDS, "unknown", "N", ""])
BODIES = st.fixed_dictionaries(
    {"input": st.dictionaries(KEYS, VALUES, max_size=4) | VALUES},
    optional={"model": VALUES, "n": VALUES, "wait": VALUES},
) | st.dictionaries(KEYS, VALUES, max_size=4)


@SEARCHING
@given(BODIES, st.sampled_from(["image", "video", None]), st.sampled_from([(), ("sized",)]))
def test_reading_and_schema_agree_wherever_nothing_is_open(
    body: dict[str, Any], modality: Modality | None, traits: tuple[str, ...]
) -> None:
    """What the schema refuses violates a clause, or something in it is open; what it allows violates nothing.

    But for what holds only on models with a trait, which is no matter of the schema.
    """
    read = read_body(body, modality, traits)
    if accepts(REQUEST, body):
        assert not read.violations.keys() - {"request.size-form"}
    else:
        assert read.violations or read.opens


@pytest.mark.parametrize("base", [IMAGE, VIDEO], ids=["image", "video"])
def test_what_is_drawn_is_read_as_what_it_is(base: Any) -> None:
    """Documented requests are clearly valid; refused ones, and random violations, break the clauses they name."""

    @SEARCHING
    @given(documented_requests(base), refused_requests(base), violations(base))
    def drawn(documented: dict[str, Any], refused: Any, violation: Any) -> None:
        assert read(documented, base).valid
        found = read(violation.body, base)
        assert found.violations.keys() == violation.clauses
        assert not found.opens
        if not any(name.startswith("body:") for name in refused.mutations):
            assert read(refused.body, base).violations.keys() >= refused.clauses

    drawn()


def read(body: Any, base: Any) -> Reading:
    """Read a request as it is sent."""
    return read_body(json.loads(encode(body)), base.modality, base.traits)


@pytest.mark.parametrize(
    ("name", "value", "opens"),
    [
        ("seed", 2**53, "unclear"),
        ("seed", -1, "unclear"),
        ("seed", 7.0, "request.integral-float"),
        ("seed", None, "request.null-optional"),
        ("prompt", "\x00", "unclear"),
        ("prompt", "x" * 8000 + " ", "unclear"),
        ("prompt", "🌄" * 4001, "request.characters"),
        ("negative_prompt", "x" * 1001, "unclear"),
        ("aspect_ratio", " 16:9", "request.unsupported-value"),
        ("duration", 8.0, "request.unsupported-value"),
        ("images", ["/cat.png"], "request.image-urls"),
        ("n", 1.0, "request.integral-float"),
    ],
)
def test_field_leaves_open_what_no_schema_can_say(name: str, value: object, opens: str) -> None:
    """Each by the clause that records it, and nothing is violated."""
    one = FIELDS[name]
    found = read_field(name, value, one.mark.modality or "image", ())
    assert (found.opens.keys(), found.violations) == ({opens}, {})


@pytest.mark.parametrize(
    ("name", "value", "modality", "subject"),
    [
        ("n", 11, "video", "n out of range on a model that ignores it"),
        ("n", "5", "video", "n of another type on a model that ignores it"),
        ("duration", [8], "image", "input.duration of another type on a model that ignores it"),
        ("size", 5, "image", "input.size of another type on a model that ignores it"),
    ],
)
def test_wrong_value_is_open_on_a_model_that_ignores_the_field(
    name: str, value: object, modality: Modality, subject: str
) -> None:
    """Neither accepting nor refusing it is judged there."""
    found = read_field(name, value, modality, ())
    assert [told for subjects in found.opens.values() for told in subjects] == [subject]
    assert found.irrelevant == [FIELDS[name].where]


def test_a_clause_is_violated_at_its_highest_level() -> None:
    """A SHOULD by its annotation, unless the same clause is violated as a MUST as well."""
    ratio = read_field("aspect_ratio", "16x9", "image", ())
    assert ratio.levels == {"request.aspect-ratio-form": "SHOULD"}
    both = Reading()
    for level in ("SHOULD", "MUST"):
        both.violates(type(FIELDS["n"].breaks("type"))("request.n-range", level), "n")
    assert (both.levels, both.violations) == ({}, {"request.n-range": ["n", "n"]})
