"""Text that came from a gateway, made safe to print: no control characters, no bidi tricks, no floods."""

import unicodedata

# Format characters (Cf) can reorder or hide text; the joiners are part of ordinary words and emoji.
_HARMLESS_FORMAT = frozenset("\u200c\u200d")


def printable(text: str, longest: int = 2000) -> str:
    """The text on one line: control, format and unassigned characters escaped, cut to `longest`."""
    cut = f"…({len(text) - longest} more)" if len(text) > longest else ""
    return "".join(map(_shown, text[:longest])) + cut


def _shown(character: str) -> str:
    if character.isprintable() or character in _HARMLESS_FORMAT:
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")
