"""Two validators, one meaning: whatever is done to an example, both give the same verdict."""

import json
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from generations_contract.api.schema import (
    FORMAT_CHECKER,
    FORMATS,
    NAMES,
    accepts,
    accepts_by_reference,
    explain,
    load,
)

EXAMPLES = [(name, example) for name in NAMES for example in load(name)["examples"]]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([-1, 0, 1, 1.0, 1.5, 10, 11, 60, 61, -0.0, 1e308, 10**30, float("inf"), float("nan")]),
    st.integers(),
    st.floats(),
    st.sampled_from(["", "auto", "16:9", "16:9\n", "completed", "queued", "failed", "cancelled", "image"]),
    st.sampled_from(["2026-04-18T12:00:00Z", "2026-04-18T12:00:00Z\n", "https://a/b", "http://[::1]/", "/a"]),
    st.text(max_size=5),
)
KEYS = st.sampled_from(["prompt", "images", "code", "message", "media", "type", "url", "cost_usd", "x", ""])
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(KEYS, inner))


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """Draw an example with one to three of its places deleted, replaced or added to."""
    name, example = draw(st.sampled_from(EXAMPLES))
    document = json.loads(json.dumps(example))
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(places(document)))
        key = draw(st.sampled_from([*place, "n", "seed", "error", "output"]))
        if draw(st.booleans()):
            place.pop(key, None)
        else:
            place[key] = draw(VALUES)
    return name, document


def places(node: object) -> list[dict[str, Any]]:
    """Return every object inside a document, itself included."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    here = [node] if isinstance(node, dict) else []
    return here + [place for value in inner for place in places(value)]


@given(mutated())
def test_both_validators_agree_on_mutated_examples(case: tuple[str, Any]) -> None:
    """On examples with places deleted, replaced and added, both validators give one verdict, explained."""
    name, document = case
    assert accepts(name, document) == accepts_by_reference(name, document)
    assert accepts(name, document) == (explain(name, document) == [])


# A text of each format, and one that only looks like it.
OF_FORMAT = {
    "date-time": ("2026-04-18T12:00:00.5+02:00", "2026-04-18 12:00:00"),
    "date": ("2024-02-29", "2026-02-29"),
    "time": ("12:00:00Z", "25:00:00Z"),
    "duration": ("PT1H30M", "1 hour"),
    "email": ("a.b@example.org", "a.b.example.org"),
    "idn-email": ("ä@example.org", "ä"),
    "hostname": ("a.example", "-a.example"),
    "idn-hostname": ("ä.example", "a..example"),
    "ipv4": ("192.0.2.1", "192.0.2.256"),
    "ipv6": ("::1", "12345::"),
    "uri": ("https://a.example/b?c#d", "/b"),
    "uri-reference": ("/b?c", "\\\\a"),
    "iri": ("https://a.example/ä", "/ä"),
    "iri-reference": ("/ä", "\\\\a"),
    "uuid": ("2eb8aa08-aa98-11ea-b4aa-73b441d16380", "2eb8aa08-aa98-11ea-b4aa-73b441d1638"),
    "uri-template": ("https://a.example/{b}", "https://a.example/{b"),
    "json-pointer": ("/a/0", "a/0"),
    "relative-json-pointer": ("1/a", "/a"),
    "regex": ("^a$", "^(a"),
}


@pytest.mark.parametrize("name", FORMATS)
def test_format_is_asserted_by_both_validators(name: str) -> None:
    """Each format of 2020-12 takes a text of its own and refuses one that is not; numbers are no business of it."""
    right, wrong = OF_FORMAT[name]
    fast = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    slow = Draft202012Validator({"format": name}, format_checker=FORMAT_CHECKER)
    for document, expected in ((right, True), (wrong, False), (5, True), (None, True)):
        assert (fast.is_valid(document), slow.is_valid(document)) == (expected, expected), document


@given(
    st.sampled_from(FORMATS), st.text(max_size=12) | st.from_regex(r"[0-9TZ:.+/@#a{}-]{0,12}", fullmatch=True)
)
def test_formats_agree_on_any_text(name: str, text: str) -> None:
    """Whatever the text, both validators say the same of its format."""
    fast = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)
    assert fast.is_valid(text) == Draft202012Validator(
        {"format": name}, format_checker=FORMAT_CHECKER
    ).is_valid(text)
