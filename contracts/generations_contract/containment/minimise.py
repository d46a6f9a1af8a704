"""Makes a witness smaller and plainer while it stays a witness, or likens it to an example.

Deterministic and greedy: a change is kept when the document stays a witness. A witness that comes from an
example keeps the example's values and loses only what does not matter, because that reads best.
"""

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from generations_contract.containment.mutation import Path, locations, removed, replaced
from generations_contract.containment.values import Json, compact, type_of

TRIES_MAX: Final = 600
LOCATIONS_MAX: Final = 4_000  # a larger witness is large because it must be
LONG: Final = 100
Test = Callable[[Json], bool]


def minimised(witness: Json, still: Test, *, keeps_values: bool = False) -> Json:
    """The smallest document found for which `still` holds, starting from one for which it does."""
    tries = 0
    improved = sum(1 for _ in islice(locations(witness), LOCATIONS_MAX + 1)) <= LOCATIONS_MAX
    while improved and tries < TRIES_MAX:
        improved = False
        for path, value in list(locations(witness)):
            for smaller in _simpler(witness, path, value, keeps_values=keeps_values):
                tries += 1
                if tries < TRIES_MAX and still(smaller):
                    witness, improved = smaller, True
                    break
            if improved:
                break  # the paths are no longer those of the list
    return witness


def _simpler(document: Json, path: Path, value: Json, *, keeps_values: bool) -> Iterator[Json]:
    """The document without the value there, or with a plainer one."""
    if path:
        yield removed(document, path)
    if keeps_values and not (isinstance(value, str | list) and len(value) > LONG):
        return
    for other in _plainer(value):
        if _weight(other) < _weight(value):
            yield replaced(document, path, other)


def _plainer(value: Json) -> Iterator[Json]:
    if isinstance(value, str):
        # Halving finds the least length in few tries, shortening ends there exactly.
        yield from (
            "",
            "a",
            value[: len(value) // 2],
            value[: len(value) * 3 // 4],
            value[:-1],
            "a" * len(value),
        )
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int | float):
        yield from (
            0,
            1,
            -1,
            round(value) if abs(value) < 1e15 else 0,
            round(value, 1) if abs(value) < 1e15 else 0,
        )
    elif isinstance(value, list) and len(value) > 3:
        yield value[: len(value) // 2]


def _weight(value: Json) -> tuple[int, int, float, str]:
    """Shorter first, then plainer: integers before fractions, small before large, `a` first."""
    text = compact(value)
    kind = type_of(value)
    size = abs(float(value)) if kind in ("integer", "fraction") else 0.0
    return (len(text), kind == "fraction", size, text if value != "a" * (len(text) - 2) else "")


def likened(witness: Json, examples: tuple[Json, ...], still: Test) -> Json:
    """An example with just enough of the witness in it; else the witness in the examples' words."""
    for example in examples:
        for changed in _grafts(example, witness):
            if still(changed):
                return minimised(changed, still, keeps_values=True)
    witness = minimised(witness, still)
    for example in examples:
        for path, value in list(locations(witness)):
            found, original = _at(example, path)
            if found and not isinstance(value, dict | list) and original != value:
                changed = replaced(witness, path, original)
                witness = changed if still(changed) else witness
    return witness


def _grafts(example: Json, witness: Json) -> Iterator[Json]:
    """The example with one part taken out, or one part of the witness put in."""
    for path, _ in locations(example):
        if path and not _at(witness, path)[0] and _at(witness, path[:-1])[0]:
            yield removed(example, path)
    for path, value in sorted(locations(witness), key=lambda place: -len(place[0])):
        there, parent = _at(example, path[:-1]) if path else (True, example)
        if (path and there and isinstance(parent, dict) and isinstance(path[-1], str)) or (
            path
            and there
            and isinstance(parent, list)
            and isinstance(path[-1], int)
            and path[-1] < len(parent)
        ):
            yield replaced(example, path, value)


def _at(document: Json, path: Path) -> tuple[bool, Json]:
    """Whether there is something at a path, and what."""
    for key in path:
        has_member = isinstance(document, dict) and key in document
        if has_member or (isinstance(document, list) and isinstance(key, int) and key < len(document)):
            document = document[key]
        else:
            return False, None
    return True, document
