"""Makes a witness smaller and plainer while it stays a witness.

Deterministic and greedy: the first change that keeps it wins, until none does or the tries are used up.
"""

from collections.abc import Callable, Iterator
from typing import Final

from contracts.regression.containment.mutation import locations, removed, replaced
from contracts.regression.containment.values import Json, compact, type_of

TRIES_MAX: Final = 250


def minimised(witness: Json, still: Callable[[Json], bool], tries_max: int = TRIES_MAX) -> Json:
    """The smallest document found for which `still` holds, starting from one for which it does."""
    tries, improved = 0, True
    while improved and tries < tries_max:
        improved = False
        for smaller in _simpler(witness):
            tries += 1
            if tries > tries_max:
                break
            if still(smaller):
                witness, improved = smaller, True
                break
    return witness


def _simpler(document: Json) -> Iterator[Json]:
    places = list(locations(document))
    for path, _ in places:
        if path:
            yield removed(document, path)
    for path, value in places:
        for other in _plainer(value):
            if _weight(other) < _weight(value):
                yield replaced(document, path, other)


def _plainer(value: Json) -> Iterator[Json]:
    if isinstance(value, str):
        # A halved string finds the least length in few tries, a shortened one ends there exactly.
        yield from ("", "a", value[: len(value) // 2], value[:-1], "a" * len(value))
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield from (0, 1, -1, round(value) if abs(value) < 1e15 else 0, round(value, 1) if abs(value) < 1e15 else 0)
    elif isinstance(value, list) and len(value) > 3:
        yield value[: len(value) // 2]


def _weight(value: Json) -> tuple[int, int, float, str]:
    """Shorter first, then plainer: integers before fractions, small before large, `a` before other letters."""
    text = compact(value)
    kind = type_of(value)
    size = abs(float(value)) if kind in ("integer", "fraction") else 0.0
    return (len(text), kind == "fraction", size, text if value != "a" * len(text) else "")
