"""Every pair of values of any two fields together in at least one request: a small covering array.

Never here: limits of a single field (`boundaries`). Decision: the array is computed greedily at import, in a
fixed order, so that ids and rows are the same in every run; a test proves that it covers.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any, Final, TypeAlias

from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    EXAMPLE_DURATIONS,
    EXAMPLE_RESOLUTIONS,
    EXAMPLE_SIZES,
    IMAGES_MAX,
    N_MAX,
    N_MIN,
    PROMPT_LENGTH_MAX,
    WAIT_AUTO,
    WAIT_MAX_S,
    WAIT_MIN_S,
)
from generations_contract.strategies.base import Base, Members
from generations_contract.strategies.boundaries import DOCUMENTED, IGNORED, Row
from generations_contract.strategies.texts import SAMPLES, tiled
from generations_contract.strategies.usual import FURTHER, LEGAL

ABSENT: Final = "absent"

# By field: its levels, by name. `images` counts; the pictures come from the base.
LEVELS: Final[Mapping[str, Mapping[str, Any]]] = {
    "wait": {"0": WAIT_MIN_S, "0.5": 0.5, "60": WAIT_MAX_S, "auto": WAIT_AUTO, ABSENT: None},
    "n": {ABSENT: None, "1": N_MIN, "10": N_MAX},
    "images": {ABSENT: None, "1": 1, "8": IMAGES_MAX},
    "duration": {ABSENT: None, "8": EXAMPLE_DURATIONS[0], "text-8": EXAMPLE_DURATIONS[1]},
    "prompt": {
        ABSENT: None,
        "longest": tiled(SAMPLES["right-to-left"], PROMPT_LENGTH_MAX),
    },
    "aspect_ratio": {ABSENT: None, "16:9": EXAMPLE_ASPECT_RATIOS[0]},
    "size": {ABSENT: None, "given": EXAMPLE_SIZES[0]},
    "resolution": {ABSENT: None, "1080p": EXAMPLE_RESOLUTIONS[1]},
    "seed": {ABSENT: None, "42": 42},
    "negative_prompt": {ABSENT: None, "given": "blurry"},
    **{name: {ABSENT: None, "given": LEGAL[name]} for name in FURTHER},
}

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


def _members(choice: Mapping[str, str], base: Base) -> Members:
    given = {field: LEVELS[field][name] for field, name in choice.items() if name != ABSENT}
    return {**given, "images": [base.reference_image] * given["images"]} if "images" in given else given


def _row(choice: Mapping[str, str]) -> Row:
    name = "+".join(f"{field}={level}" for field, level in choice.items() if level != ABSENT)
    return Row(f"pair:{name or 'least'}", lambda base: _members(choice, base), (DOCUMENTED, IGNORED))


CHOICES: Final = tuple(_covering_array())
PAIRWISE: Final = tuple(_row(choice) for choice in CHOICES)
