"""Where a file ends by its own structure, and what hides behind that end. Nothing is decoded here.

A decoder reads what it needs and stops; whether the file is whole, and only one, is seen from its structure.
Every function is quick and total: it looks at a few marks, or walks from one length to the next.
"""

import re
from collections.abc import Iterator
from typing import Final

# (offset, mark, libav's name of the demuxer)
_CONTAINERS: Final = (
    (0, b"\x1aE\xdf\xa3", "matroska"),
    (8, b"AVI ", "avi"),
    (0, b"OggS", "ogg"),
    (0, b"FLV\x01", "flv"),
    (0, b"0&\xb2u\x8ef\xcf\x11", "asf"),
    (0, b"\0\0\x01\xba", "mpeg"),
    (188, b"G", "mpegts"),
)  # fmt: skip
_UNKNOWN: Final = (
    b"ftypheic", b"ftypheix", b"ftyphevc", b"ftypmif1", b"ftypmsf1", b"ftypavif", b"ftypavis",
    b"\0\0\0\x0cJXL ", b"\xff\x0a",
)  # fmt: skip
# What a file of the ISO family (MP4, AVIF) has at its top level.
_BOXES: Final = frozenset(
    b"ftyp styp moov moof mdat imda meta meco uuid free skip wide pnot udta mfra sidx ssix prft emsg pdin bloc".split()
)
# A picture of many megabytes has some pieces more; the smallest that make sense have some hundred bytes.
PIECES_MAX: Final = 100_000
PIECE_BYTES: Final = 64
_HEAD: Final = 1024
# Other programs look for these anywhere behind a picture: browsers that guess, interpreters that include.
_SCRIPTS: Final = re.compile(rb"<html|<script|<!doctype|<\?php|%pdf-", re.IGNORECASE)
_ARCHIVE: Final = b"PK\x03\x04"
_DIRECTORY_END: Final = b"PK\x05\x06"
_DIRECTORY: Final = b"PK\x01\x02"
_COMMENT_MAX: Final = 65_535


def container(data: bytes) -> str | None:
    """The demuxer for a clip's container, by its name in libav; `None` where the bytes begin like none."""
    if data[4:8] in _BOXES:
        return "mov"
    for offset, mark, name in _CONTAINERS:
        if data.startswith(mark, offset) and (name != "mpegts" or data[:1] == b"G"):
            return name
    return None


def unknown(data: bytes) -> bool:
    """Whether bytes are of a format of assets that has no decoder here."""
    return any(mark in data[:16] for mark in _UNKNOWN) or b"<svg" in data[:_HEAD]


def crumbled(data: bytes) -> bool:
    """Whether a picture has far more pieces than it needs: decoders go from one to the next, and keep some."""
    name = next((name for mark, name in _BEGINNINGS.items() if data.startswith(mark)), None)
    most = PIECES_MAX + len(data) // PIECE_BYTES
    return name is not None and any(count > most for count, _ in enumerate(_PIECES_OF[name](data)))


def cut_off(data: bytes, name: str) -> bool:
    """Whether a file's structure goes beyond its last byte."""
    end = _end(data, name)
    return end is not None and end > len(data)


def stranger(data: bytes, name: str) -> str | None:
    """What another program would take the file for."""
    end = _end(data, name)
    tail = data[end:] if end is not None else b""
    if _archived(data) or tail.lstrip(b"\0").startswith(_ARCHIVE):
        return "an archive"
    found = _SCRIPTS.search(tail)
    if found is None and b"%PDF-" in data[:_HEAD]:
        return "%PDF-"
    return found[0].decode("latin-1") if found else None


def _archived(data: bytes) -> bool:
    """Whether programs that open archives find one: they look at the end, wherever it begins."""
    end = data.rfind(_DIRECTORY_END, max(0, len(data) - _COMMENT_MAX - 22))
    size = int.from_bytes(data[end + 12 : end + 16], "little")
    return end >= 0 and 0 < size <= end and data.startswith(_DIRECTORY, end - size)


def _end(data: bytes, name: str) -> int | None:
    """Where the file ends by its own structure, beyond its bytes where it is cut off; `None`: not looked at."""
    if name in _PIECES_OF:
        return _last(_PIECES_OF[name](data))
    if name in ("webp", "avi") and data[:4] == b"RIFF":
        return 8 + int.from_bytes(data[4:8], "little")
    if name in ("mp4", "avif"):
        return _last(_boxes(data))
    return _ebml_end(data) if name == "webm" else None


def _last(ends: Iterator[int | None]) -> int | None:
    end = None
    for end in ends:  # noqa: B007 - the last one is wanted
        pass
    return end


def _chunks(data: bytes) -> Iterator[int | None]:
    """The end of each chunk of a PNG, up to that of IEND; one more byte where there is none."""
    position = 8
    while position < len(data):
        size, kind = int.from_bytes(data[position : position + 4], "big"), data[position + 4 : position + 8]
        position += 12 + size
        yield position
        if kind == b"IEND":
            return
    yield max(position, len(data)) + 1


def _boxes(data: bytes) -> Iterator[int | None]:
    """The end of each top-level box of an MP4; what follows the last one is no box."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        kind = data[position + 4 : position + 8]
        if size == 0:  # to the end of the file
            size = len(data) - position
        if size < 8 or kind not in _BOXES:
            return
        position += size
        yield position


def _segments(data: bytes) -> Iterator[int | None]:
    """The end of each segment and scan of a JPEG, up to EOI; a thumbnail in a segment has an EOI of its own."""
    position = 2
    while position + 4 <= len(data):
        marker = data[position + 1]
        if data[position] != 0xFF:
            yield None
            return
        if marker == 0xD9:
            break
        position += 1 if marker == 0xFF else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == 0xDA:
            position = _scan_end(data, position)
        yield position
    yield position + 2


_MARKER: Final = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")


def _scan_end(data: bytes, position: int) -> int:
    """Where the compressed data of a scan gives way to a marker."""
    found = _MARKER.search(data, position)
    return found.start() if found else len(data)


def _blocks(data: bytes) -> Iterator[int | None]:
    """The end of each block of a GIF, up to the trailer; one more byte where there is none."""

    def table(flags: int) -> int:
        return 3 << ((flags & 7) + 1) if flags & 0x80 else 0

    position = 13 + table(data[10]) if len(data) > 10 else len(data)
    while position < len(data):
        kind = data[position]
        if kind == 0x3B:
            yield position + 1
            return
        if kind != 0x21 and (kind != 0x2C or position + 9 >= len(data)):
            yield None
            return
        position += 2 if kind == 0x21 else 11 + table(data[position + 9])
        while position < len(data) and data[position]:
            position += 1 + data[position]
            yield position
        position += 1
    yield max(position, len(data)) + 1


def _ebml_end(data: bytes) -> int | None:
    """The end of the segment behind the head of a WebM; `None` where it does not tell (a live stream)."""
    position, end = 0, None
    for _ in range(2):
        if position + 12 > len(data):
            return end
        position += 4
        length = 9 - data[position].bit_length()
        raw = int.from_bytes(data[position : position + length], "big") & ((1 << 7 * length) - 1)
        if length > 8 or raw == (1 << 7 * length) - 1:
            return None
        position += length + raw
        end = position
    return end


_PIECES_OF: Final = {"png": _chunks, "jpeg": _segments, "gif": _blocks}
_BEGINNINGS: Final = {b"\x89PNG": "png", b"\xff\xd8": "jpeg", b"GIF8": "gif"}
