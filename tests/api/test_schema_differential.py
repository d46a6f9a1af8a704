"""Two validators, one meaning: whatever is done to an example, both give the same verdict."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.schema import NAMES, accepts, accepts_by_reference, explain, load

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
