"""Content codings: undone as HTTP has them, within a bound, and never further than was offered."""

import gzip
import time
import zlib

import pytest

from generations_contract.wire.decoding import TooLargeError, UndecodableError, decoded

TEXT = b"a lighthouse " * 50
BARE = zlib.compress(TEXT)[2:-4]
MOST = 10_000


@pytest.mark.parametrize(
    ("body", "codings"),
    [
        (TEXT, ""),
        (TEXT, "identity"),
        (gzip.compress(TEXT, mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0), "GZIP"),
        (gzip.compress(TEXT, mtime=0), "x-gzip"),
        (gzip.compress(TEXT[:99], mtime=0) + gzip.compress(TEXT[99:], mtime=0), "gzip"),
        (gzip.compress(TEXT, mtime=0) + b"\0" * 9, "gzip"),
        (zlib.compress(TEXT), "deflate"),
        (BARE, "deflate"),
        (gzip.compress(zlib.compress(TEXT), mtime=0), "deflate, gzip"),
    ],
)
def test_coding_is_undone(body: bytes, codings: str) -> None:
    """Every coding that was offered, in every spelling, in the order in which it was applied."""
    assert decoded(body, codings, MOST) == TEXT


@pytest.mark.parametrize("codings", ["gzip", "deflate", "gzip, deflate", "identity"])
def test_nothing_is_nothing_in_any_coding(codings: str) -> None:
    """An answer without a body has none, whatever its header says."""
    assert decoded(b"", codings, MOST) == b""


@pytest.mark.parametrize(
    ("body", "codings", "why"),
    [
        (b"x", "br", "was not offered"),
        (b"x", "gzip, zstd", "was not offered"),
        (b"x", "gzip,gzip,gzip,gzip", "4 layers"),
        (b"no gzip at all", "gzip", "damaged"),
        (gzip.compress(TEXT, mtime=0)[:-9], "gzip", "cut off"),
        (gzip.compress(TEXT, mtime=0)[:-2], "gzip", "cut off"),
        (gzip.compress(TEXT, mtime=0)[:-8] + b"\0" * 8, "gzip", "damaged"),
        (gzip.compress(b"") * 65, "gzip", "more than 64 members"),
    ],
)
def test_what_cannot_be_undone_is_told(body: bytes, codings: str, why: str) -> None:
    """A coding nobody asked for, a damaged stream and one that is cut off have a reason each."""
    with pytest.raises(UndecodableError, match=why):
        decoded(body, codings, MOST)


@pytest.mark.parametrize("layers", [1, 2, 3])
def test_bomb_goes_off_within_the_bound(layers: int) -> None:
    """Gigabytes in kilobytes are refused as soon as the bound is passed, in no time."""
    body = b"\0" * 30_000_000
    for _ in range(layers):
        body = gzip.compress(body)
    began = time.process_time()
    with pytest.raises(TooLargeError):
        decoded(body, ", ".join(["gzip"] * layers), MOST)
    assert time.process_time() - began < 1


def test_bound_itself_is_allowed() -> None:
    """Exactly so many bytes are not too many, over all members together."""
    body = gzip.compress(b"a" * 600) + gzip.compress(b"b" * 400)
    assert len(decoded(body, "gzip", 1000)) == 1000
    with pytest.raises(TooLargeError):
        decoded(body, "gzip", 999)
