"""The terminal's own encoding: what it cannot write is replaced, whichever command writes it.

Output that is piped on Windows is cp1252 or cp932, under `LANG=C` it may be ASCII. Our signs have a plain
spelling; every other character becomes its JSON escape, so that JSON stays JSON. Files are UTF-8 always and
do not come here.
"""

import codecs
from typing import IO, Final

_HANDLER: Final = "generations-contract"
_PLAIN: Final = {
    "✗": "x", "✕": "x", "✓": "+", "→": "->", "…": "...", "–": "-", "—": "-", "−": "-", "×": "x", "·": ".",
    "“": "'", "”": "'", "\u2018": "'", "\u2019": "'",
}  # fmt: skip


def _replaced(error: UnicodeError) -> tuple[str, int]:
    """A codec's error handler: the text to write instead, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(plain, error.object[error.start : error.end])), error.end


def plain(character: str) -> str:
    """A character in ASCII: our signs as people write them without, all others as JSON escapes them."""
    units = character.encode("utf-16-be", "surrogatepass")
    escaped = "".join(f"\\u{int.from_bytes(units[at : at + 2], 'big'):04x}" for at in range(0, len(units), 2))
    return _PLAIN.get(character, escaped)


def write_what_can_be_written(*streams: IO[str]) -> None:
    """Let these streams replace what their encoding lacks, instead of ending the command with a traceback."""
    codecs.register_error(_HANDLER, _replaced)
    for stream in streams:
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_HANDLER)
