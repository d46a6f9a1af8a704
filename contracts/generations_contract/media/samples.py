"""How many samples an MP4 claims to have: counted before libav, which makes an index of all of them at once.

A few bytes can claim eighty million samples of one byte each; that index would take gigabytes.
"""

from collections.abc import Iterator
from typing import Final

# Hours of picture and sound. Uncompressed sound is not counted: its samples are read in chunks.
SAMPLES_MAX: Final = 2_000_000
_BOXES_MAX: Final = 200_000
_HOLDERS: Final = frozenset(b"moov trak mdia minf stbl moof traf edts mvex udta dinf wave clip tref".split())
_DEEPEST: Final = 10
_NEAR: Final = 1_000_000


def too_many(data: bytes) -> bool:
    """Whether the file claims more samples, or has more boxes, than a clip needs, or hides them compressed."""
    claimed = 0
    for count, (kind, start, end) in enumerate(_boxes(data, 0, len(data), 0)):
        if kind in (b"stsz", b"stz2") and not _in_chunks(data, start, end):
            claimed += _number(data, start + 8)
        elif kind == b"trun":
            claimed += _number(data, start + 4)
        if claimed > SAMPLES_MAX or count > _BOXES_MAX or kind == b"cmov":
            return True
    return False


def _boxes(data: bytes, start: int, end: int, depth: int) -> Iterator[tuple[bytes, int, int]]:
    """(kind, start of the content, end of the box) of all boxes in a part of the file, holders first."""
    while start + 8 <= end:
        size, kind, head = _number(data, start), data[start + 4 : start + 8], 8
        if size == 1:
            size, head = int.from_bytes(data[start + 8 : start + 16], "big"), 16
        stop = end if size == 0 else min(end, start + size)
        if stop < start + head:
            return
        yield kind, start + head, stop
        if kind in _HOLDERS and depth < _DEEPEST:
            yield from _boxes(data, start + head, stop, depth + 1)
        start = stop


def _in_chunks(data: bytes, start: int, end: int) -> bool:
    """Whether these are sizes of uncompressed sound: one for all, and each sample one tick long.

    The handler of the track and the table of times stand shortly before the table of sizes.
    """
    handler, times = (data.rfind(kind, max(0, start - _NEAR), end) for kind in (b"hdlr", b"stts"))
    sound = handler >= 0 and data[handler + 12 : handler + 16] == b"soun"
    ticks = times >= 0 and _number(data, times + 8) == _number(data, times + 16) == 1
    return sound and ticks and _number(data, start + 4) > 0


def _number(data: bytes, at: int) -> int:
    return int.from_bytes(data[at : at + 4], "big")
