"""What the fuzz tests throw: any JSON, valid documents with a part replaced, and bytes with a part damaged.

No test stands here. A document that is nearly right gets much deeper into a parser than noise does.
"""

import json
import os
from collections.abc import Iterator
from typing import Any, Final

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

# More examples: GENERATIONS_FUZZ=20 python -m pytest tests/test_fuzz_*.py
FUZZ: Final = settings(
    deadline=None,
    max_examples=120 * int(os.environ.get("GENERATIONS_FUZZ", "1")),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)

SCALARS: Final = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from([10**400, -1, 1e308, -0.0, "", "\ud800", "\x00", "\u202e", "GET", "1e999", "2026-13-45", "//"]),
)  # fmt: skip
JSON: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def changed(draw: st.DrawFn, document: Any) -> Any:
    """The document with one to three of its members, at any depth, replaced by anything or left out."""
    copy = json.loads(json.dumps(document))
    for _ in range(draw(st.integers(1, 3))):
        places = list(_places(copy))
        if not places:
            break
        parent, key = draw(st.sampled_from(places))
        if isinstance(parent, dict) and draw(st.booleans()):
            del parent[key]
        else:
            parent[key] = draw(JSON)
    return copy


@st.composite
def damaged(draw: st.DrawFn, data: bytes) -> bytes:
    """The bytes with a stretch of them replaced, doubled, cut off or left out."""
    start = draw(st.integers(0, len(data)))
    end = draw(st.integers(start, min(len(data), start + 40)))
    middle = draw(st.one_of(st.just(b""), st.binary(max_size=12), st.just(data[start:end] * 2)))
    return data[:start] + middle + (b"" if draw(st.booleans()) else data[end:])


def written(document: Any) -> bytes:
    """A document as JSON, in which anything may stand that Python can write."""
    return json.dumps(document).encode()


def _places(document: Any) -> Iterator[tuple[Any, Any]]:
    items = document.items() if isinstance(document, dict) else enumerate(document)
    for key, value in items:
        yield document, key
        if isinstance(value, dict | list):
            yield from _places(value)
