"""Text that came from a gateway, made safe to print: no control characters, no bidi tricks, no commands, no floods.

CI runners read what a job prints. Some take a command at the beginning of a line
(`::error::`), older ones anywhere in it (`##[error]`, `##vso[`), so both are spelt out wherever text is printed.
"""

import re
import unicodedata
from typing import Final

# Format characters (Cf) can reorder or hide text; the joiners are part of ordinary words and emoji.
_HARMLESS_FORMAT: Final = frozenset("\u200c\u200d")
_COMMAND: Final = re.compile(r"#(?=#\w*\[)|(?<![^\s]):(?=:)")


def printable(text: str, longest: int | None = 2000) -> str:
    """The text on one line: control, format and unassigned characters escaped, cut to `longest` characters."""
    cut = "" if longest is None or len(text) <= longest else f"…({len(text) - longest} more)"
    shown = "".join(map(_shown, text[:longest]))
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", shown) + cut


def _shown(character: str) -> str:
    if character.isprintable() or character in _HARMLESS_FORMAT:
        return character
    if unicodedata.category(character) == "Zs":
        return " "
    return character.encode("unicode_escape").decode("ascii")
