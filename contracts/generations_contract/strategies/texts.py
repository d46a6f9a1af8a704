"""Text of an exact length in named classes: what "1-8000 characters" is tried with.

A long text is a short one tiled: cheap to make, quick to shrink, and still text that a provider can read.
Never here: lone surrogates (no UTF-8 can carry them) and control characters (no prompt holds them).
A text begins and ends with a letter, so that a gateway which trims counts the same characters.
"""

from typing import Final

from hypothesis import strategies as st

from generations_contract.api.vocabulary import PROMPT_LENGTH_MAX, PROMPT_LENGTH_MIN

# By class: a sentence to tile in fixed rows. Every code point of all but the last class is in the BMP.
SAMPLES: Final = {
    "ascii": "A beautiful sunset over mountains, ",
    "accented": "Être à l'aube près du château où naît l'été, ",
    "combining": "Be\u0301be\u0301 e\u0300 o\u0308 n\u0303 a\u030a z\u030c u\u0328, ",
    "right-to-left": "שקיעה יפה מעל ההרים، غروب جميل فوق الجبال، ",
    "han": "群山之上美丽的日落。",
    "astral": "🌄🏔🌅𝒜𝓈𝓊𝓃𐍈𠮷🎨",
}
ASTRAL: Final = "astral"
# What careless filters, escapes and columns stumble over, in one text.
MIXED: Final = (
    "A \"sign\" that says <b>1 < 2 & it's 100%</b> -- {x}; SELECT 'sky' FROM ${clouds}, C:\\sun\\u0041\r\n\t"
    "beside שלום, 日落, e\u0301, 👩‍👩‍👧‍👦 and 🌄"
)
# Texts over which filters, escapes and columns stumble, by what is odd about them.
ODD_TEXTS: Final = {
    "astral": SAMPLES[ASTRAL],
    "joined-emoji": "A family 👩‍👩‍👧‍👦 under a 🏳️‍🌈 flag",
    "mixed-direction": "A sign that says שלום beside مرحبا in neon",
    "line-breaks": "A beautiful sunset\n\tover mountains\r\nin autumn",
    "quotes": "A \"quoted\" word, an 'other', a back\\slash, {braces} and <tags>",
    "escape-like": "A literal \\u0041, a %41, an &amp; and a ${variable}",
    "digits": "12345",
}
# A class in which one visible character may be several code points: above the limit, what counts is open.
COMPOSED: Final = "combining"

# By class: what random texts are drawn from; a text begins with one of these and ends with the first.
ALPHABETS: Final = {
    "ascii": "ab zAZ09.,:;!?'\"\\/{}[]<>&%$#@-_",
    "accented": "éàüñßøłžčñåœ æ",
    "combining": "e\u0301o\u0308n\u0303a\u030au\u0328",
    "right-to-left": "שלוםעالسعم غروב",
    "han": "山川日落美丽的云海夜空、。",
    "astral": "🌄🏔🌅🎨👩‍🚀𝒜𐍈𠮷",
}

_TILE_LENGTH_MAX: Final = 12
_FREE_LENGTH_MAX: Final = 40


def tiled(sample: str, length: int) -> str:
    """Return `sample` repeated to exactly `length` code points, its last one the first of the sample."""
    repeated = sample * (length // len(sample) + 1)
    return repeated[: length - 1] + sample[0] if length else ""


def texts(
    shortest: int, longest: int, *, classes: tuple[str, ...] = tuple(ALPHABETS)
) -> st.SearchStrategy[str]:
    """Draw texts of `shortest` to `longest` code points in the classes named.

    Half of them have a length at a limit or beside one; those between stay short.
    """
    edges = sorted({shortest, min(shortest + 1, longest), max(longest - 1, shortest), longest})
    free = range(shortest, min(longest, shortest + _FREE_LENGTH_MAX) + 1)
    lengths = st.sampled_from([*edges * (len(free) // len(edges) + 1), *free])
    tiles = st.sampled_from(classes).flatmap(_TILES.__getitem__)
    return st.builds(tiled, tiles, lengths)


def prompts() -> st.SearchStrategy[str]:
    """Draw prompts of 1-8000 code points, all classes: exactly 8000 astral ones too, which is disputed."""
    return texts(PROMPT_LENGTH_MIN, PROMPT_LENGTH_MAX)


def undisputed(shortest: int, longest: int) -> st.SearchStrategy[str]:
    """Draw texts of so many characters whether code points or UTF-16 units count."""
    plain = texts(shortest, longest, classes=tuple(name for name in ALPHABETS if name != ASTRAL))
    half = longest // 2
    return plain | texts(shortest, half, classes=(ASTRAL,)) if half >= shortest else plain


def undisputed_prompts() -> st.SearchStrategy[str]:
    """Draw prompts that have 1-8000 characters whether code points or UTF-16 units count."""
    return undisputed(PROMPT_LENGTH_MIN, PROMPT_LENGTH_MAX)


def _tiles(alphabet: str) -> st.SearchStrategy[str]:
    return st.text(alphabet, max_size=_TILE_LENGTH_MAX).map(lambda text: alphabet[0] + text)


_TILES: Final = {name: _tiles(alphabet) for name, alphabet in ALPHABETS.items()}
