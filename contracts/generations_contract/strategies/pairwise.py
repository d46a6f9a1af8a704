"""Every pair of values of any two fields together in at least one request: a small covering array.

Never here: limits of a single field (`boundaries`). Decision: the array is computed greedily at import, in a
fixed order, so that ids and rows are the same in every run; a test proves that it covers.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final, TypeAlias

from generations_contract.oracle.fields import OPTIONAL
from generations_contract.strategies.base import Base, Members, plain
from generations_contract.strategies.boundaries import DOCUMENTED, IGNORED, Row
from generations_contract.strategies.values import legal, ranges

ABSENT: Final = "absent"


def _levels(name: str) -> Iterator[tuple[str, Any]]:
    """Both ends of a range, a fraction, the longest text (from right to left), one value of each other type; none."""
    yield ABSENT, None
    given = list(legal(name).items())
    told: set[str] = set()
    for values in ranges(name):
        told.update(map(repr, values))
        if isinstance(values[-1], str):
            yield "longest", max(values, key=lambda text: (len(text), "\u0590" <= text[0] <= "\u06ff"))
            continue
        fractions = [value for value in values if isinstance(value, float) and not value.is_integer()]
        shortest = next((value for value in values if value != []), values[0])
        for value in dict.fromkeys((repr(shortest), *map(repr, fractions[:1]), repr(values[-1]))):
            yield next((label, one) for label, one in given if repr(one) == value)
    types: set[type] = set()
    for label, value in given:
        if repr(value) not in told and type(value) not in types and plain(value) == value:
            types.add(type(value))
            yield label, value


# By field: its levels, by name.
LEVELS: Final[Mapping[str, Mapping[str, Any]]] = {name: dict(_levels(name)) for name in (*OPTIONAL, "prompt")}

Level: TypeAlias = tuple[str, str]
Pair: TypeAlias = frozenset[Level]


def all_pairs() -> Iterator[Pair]:
    """Yield every pair of levels of two fields, in a fixed order."""
    for first, second in combinations(LEVELS, 2):
        for one in LEVELS[first]:
            for other in LEVELS[second]:
                yield frozenset({(first, one), (second, other)})


def _gain(choice: Mapping[str, str], level: Level, missing: Mapping[Pair, None]) -> int:
    return sum(frozenset({level, chosen}) in missing for chosen in choice.items())


def _next_choice(missing: Mapping[Pair, None]) -> dict[str, str]:
    """Begin with a pair still missing, then give each other field the level that covers most."""
    choice = dict(sorted(next(iter(missing))))
    for field, levels in LEVELS.items():
        if field not in choice:
            choice[field] = max(levels, key=lambda name: _gain(choice, (field, name), missing))
    return {field: choice[field] for field in LEVELS}


def _covering_array() -> Iterator[dict[str, str]]:
    missing = dict.fromkeys(all_pairs())
    while missing:
        choice = _next_choice(missing)
        for pair in combinations(choice.items(), 2):
            missing.pop(frozenset(pair), None)
        yield choice


def _members(choice: Mapping[str, str], _base: Base) -> Members:
    return {field: LEVELS[field][name] for field, name in choice.items() if name != ABSENT}


def _row(choice: Mapping[str, str]) -> Row:
    name = "+".join(f"{field}={level}" for field, level in choice.items() if level != ABSENT)
    return Row(f"pair:{name or 'least'}", lambda base: _members(choice, base), (DOCUMENTED, IGNORED))


CHOICES: Final = tuple(_covering_array())
PAIRWISE: Final = tuple(_row(choice) for choice in CHOICES)
