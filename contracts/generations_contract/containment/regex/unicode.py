"""Sets of characters: ranges of code points, their complements, and Unicode's general categories.

No pattern is parsed here. Categories are those of Python's `unicodedata`; scripts and other properties are
not known. Surrogates are no characters: JSON sent as UTF-8 cannot hold them.
"""

import unicodedata
from functools import cache
from typing import Final, TypeAlias

Intervals: TypeAlias = tuple[tuple[int, int], ...]

LAST: Final = 0x10FFFF
ANY: Final[Intervals] = ((0, 0xD7FF), (0xE000, LAST))
_LONG_NAMES: Final = {
    "Letter": "L", "Mark": "M", "Number": "N", "Punctuation": "P", "Symbol": "S", "Separator": "Z",
    "Other": "C",
    "Uppercase_Letter": "Lu", "Lowercase_Letter": "Ll", "Decimal_Number": "Nd", "Space_Separator": "Zs",
}  # fmt: skip


def normalised(ranges: list[tuple[int, int]]) -> Intervals:
    """The ranges sorted and joined."""
    merged: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if merged and low <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(high, merged[-1][1]))
        else:
            merged.append((low, high))
    return tuple(merged)


def complement(ranges: Intervals) -> Intervals:
    """Every character that is in none of the ranges."""
    gaps, start = [], 0
    for low, high in normalised([*ranges, (0xD800, 0xDFFF), (LAST + 1, LAST + 1)]):
        if start < low:
            gaps.append((start, low - 1))
        start = max(start, high + 1)
    return tuple(gaps)


def each_of(text: str) -> list[tuple[int, int]]:
    """A range for each character."""
    return [(ord(character), ord(character)) for character in text]


@cache
def _categories() -> dict[str, list[tuple[int, int]]]:
    """The runs of every two-letter category: a third of a second, once."""
    runs: dict[str, list[tuple[int, int]]] = {}
    start, current = 0, unicodedata.category("\0")
    for code in range(1, LAST + 2):
        found = unicodedata.category(chr(code)) if code <= LAST else ""
        if found != current:
            runs.setdefault(current, []).append((start, code - 1))
            start, current = code, found
    return runs


@cache
def category(name: str) -> Intervals | None:
    """The characters of a general category, by its short or long name; nothing for what is none."""
    name = name.removeprefix("General_Category=").removeprefix("gc=")
    if name == "Any":
        return ANY
    if name == "ASCII":
        return ((0, 127),)
    short = _LONG_NAMES.get(name, name)
    runs = [
        run for key, found in _categories().items() if key.startswith(short) and key != "Cs" for run in found
    ]
    return normalised(runs) if runs and 0 < len(short) <= 2 else None
