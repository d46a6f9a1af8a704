"""Documents near a given one, and values near the bounds that schemas name.

Nothing is judged here. What is tried first is what an API's own examples become when one member is deleted,
replaced, resized or added: those witnesses read best, and they reach deep into large objects.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice, zip_longest
from typing import Any, Final

from generations_contract.api.subschemas import walk
from generations_contract.containment.regex.strings import GENERAL_SAMPLES
from generations_contract.containment.values import Json, freeze

_NONE: Final = object()
TEXT_MAX: Final = 20_000
PLACES_MAX: Final = 4_000  # of a larger document, the first so many
LARGEST: Final = 1e300  # beyond, a multiple of a float may be no number
Path = tuple[str | int, ...]
_BASIC: Final[tuple[Json, ...]] = (None, True, False, 0, 1, -1, 0.5, "", "a", [], {}, 100, 1e3)
_NUMERIC: Final = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_LENGTHS: Final = ("minLength", "maxLength")
_COUNTS: Final = ("minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains")


@dataclass
class Pool:
    """Values and names that the schemas under comparison mention, and their neighbours."""

    values: list[Json] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)


def pool_of(*schemas: Json) -> Pool:
    """The pool of these schemas, without repetitions."""
    values: list[Json] = [*_BASIC]
    names: dict[str, None] = {}
    counts: dict[int, None] = {}
    for schema in schemas:
        for inner in walk(schema):
            values += inner.get("enum", []) if isinstance(inner.get("enum"), list) else []
            values += [inner[key] for key in ("const", "default") if key in inner]
            values += inner.get("examples", []) if isinstance(inner.get("examples"), list) else []
            values += [near for key in _NUMERIC for near in _near(inner.get(key))]
            values += [text for key in _LENGTHS for text in _lengths(inner.get(key))]
            counts |= {n: None for key in _COUNTS for n in _neighbours(inner.get(key))}
            names |= dict.fromkeys([*inner.get("properties", ()), *inner.get("required", ())])
            names |= dict.fromkeys([*inner.get("dependentRequired", ()), *inner.get("dependentSchemas", ())])
    values += GENERAL_SAMPLES
    unique = {freeze(value): value for value in values}
    return Pool(list(unique.values()), [*names, "unexpected_field"], list(counts))


def _near(bound: Any) -> list[Json]:
    if isinstance(bound, bool) or not isinstance(bound, int | float):
        return []
    if abs(bound) > LARGEST:
        return [bound, -bound]
    return [bound, bound + 1, bound - 1, bound + 0.5, bound - 0.5, bound * 2, bound * 3, -bound]


def _neighbours(bound: Any) -> list[int]:
    if isinstance(bound, bool) or not isinstance(bound, int | float) or bound > TEXT_MAX:
        return []
    return [n for n in (int(bound) - 1, int(bound), int(bound) + 1) if n >= 0]


def _lengths(bound: Any) -> list[str]:
    return ["a" * length for length in _neighbours(bound)]


def locations(document: Json, path: Path = ()) -> Iterator[tuple[Path, Json]]:
    """Every value in a document with its path, outermost first."""
    yield path, document
    items = (
        document.items()
        if isinstance(document, dict)
        else enumerate(document)
        if isinstance(document, list)
        else ()
    )
    for key, value in items:
        yield from locations(value, (*path, key))


def replaced(document: Json, path: Path, value: Json) -> Json:
    """The document with another value at the path; a member need not be there before."""
    if not path:
        return value
    copy = document.copy()
    copy[path[0]] = value if len(path) == 1 else replaced(copy[path[0]], path[1:], value)
    return copy


def removed(document: Json, path: Path) -> Json:
    """The document without the member or item at the path."""
    copy = document.copy()
    if len(path) == 1:
        del copy[path[0]]
    else:
        copy[path[0]] = removed(copy[path[0]], path[1:])
    return copy


def mutants(document: Json, pool: Pool) -> Iterator[Json]:
    """The document changed at one location, every location in turn."""
    places = islice(locations(document), PLACES_MAX)
    turns = [_changed(document, path, value, pool) for path, value in places]
    yield from (one for turn in zip_longest(*turns, fillvalue=_NONE) for one in turn if one is not _NONE)


def _changed(document: Json, path: Path, value: Json, pool: Pool) -> Iterator[Json]:
    if path:
        yield removed(document, path)
    if isinstance(value, dict):
        yield from (replaced(document, path, {**value, n: "a"}) for n in pool.names if n not in value)
    elif isinstance(value, list):
        yield from (replaced(document, path, resized) for resized in _resized(value, pool))
    elif isinstance(value, str):
        yield from (replaced(document, path, text) for text in _stretched(value, pool))
    yield from (replaced(document, path, other) for other in pool.values)
    if isinstance(value, dict):
        missing = [name for name in pool.names if name not in value]
        yield from (
            replaced(document, path, {**value, n: extra}) for extra in pool.values[:60] for n in missing
        )


def _resized(value: list[Json], pool: Pool) -> Iterator[list[Json]]:
    filler = value or ["a"]
    for count in {*pool.counts, len(value) + 1, max(len(value) - 1, 0)}:
        if count <= 1_000:
            yield [filler[place % len(filler)] for place in range(count)]
    yield [*value, *value[:1]]
    yield from ([*value, extra] for extra in pool.values[:20])


def _stretched(value: str, pool: Pool) -> Iterator[str]:
    yield value + "a"
    yield value[:-1]
    yield value.upper()
    yield from (
        (value * (len(other) // max(len(value), 1) + 1))[: len(other)]
        for other in pool.values
        if isinstance(other, str) and len(other) > 20
    )


def random_documents(pool: Pool, chance: random.Random) -> Iterator[Json]:
    """Pool values, then small documents nested out of them, without end."""
    yield from pool.values
    while True:
        yield _nested(pool, chance, 3)


def _nested(pool: Pool, chance: random.Random, depth: int) -> Json:
    shape = chance.random() if depth else 0.0
    if shape < 0.3:
        return chance.choice(pool.values)
    if shape < 0.5:
        return [_nested(pool, chance, depth - 1) for _ in range(chance.choice((0, 1, 1, 2, 2, 3, 4)))]
    count = min(chance.choice((0, 1, 1, 2, 2, 3, 4)), len(pool.names))
    names = chance.sample(pool.names, count)
    return {name: _nested(pool, chance, depth - 1) for name in names}
