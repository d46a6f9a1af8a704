"""Content codings undone within a bound: a few bytes on the wire must not become gigabytes in memory.

Only what the suite offers (`ACCEPTED`) is undone; HTTP's own rule is that a server sends nothing else. httpx
decodes whatever a header names, as far as it goes, and takes a stream that was cut off for a whole one: that
is why this module exists.
"""

import zlib
from collections.abc import Callable
from typing import Final

ACCEPTED: Final = "gzip, deflate"
# gzip may consist of several members; a stream of a million empty ones is no answer but an attack.
_MEMBERS: Final = 64
_LAYERS: Final = 3
_GZIP_MAGIC: Final = b"\x1f\x8b"


class TooLargeError(ValueError):
    """The decoded bytes exceed the bound."""


class UndecodableError(ValueError):
    """The bytes are not what `Content-Encoding` says; the message says why."""


def decoded(body: bytes, codings: str, most: int) -> bytes:
    """The body with the codings of a `Content-Encoding` value undone, of at most `most` bytes.

    Raises `TooLargeError` beyond that, `UndecodableError` for another coding and for a damaged stream.
    """
    names = [name.strip().lower() for name in codings.split(",")]
    layers = [name for name in names if name not in ("", "identity")]
    if len(layers) > _LAYERS:
        raise UndecodableError(f"Content-Encoding of {len(layers)} layers")
    for name in reversed(layers):
        undo = _UNDO.get(name)
        if undo is None:
            raise UndecodableError(f"Content-Encoding {name[:40]} was not offered ({ACCEPTED} were)")
        # No bytes at all are what every coding makes of nothing (a 204, a HEAD).
        body = undo(body, most) if body else body
    return body


def _gunzip(data: bytes, most: int) -> bytes:
    whole = bytearray()
    for _ in range(_MEMBERS):
        member, data = _inflated(data, zlib.MAX_WBITS | 16, most - len(whole))
        whole += member
        if not data.startswith(_GZIP_MAGIC):
            return bytes(whole)
    raise UndecodableError(f"gzip of more than {_MEMBERS} members")


def _undeflate(data: bytes, most: int) -> bytes:
    try:
        return _inflated(data, zlib.MAX_WBITS, most)[0]
    except UndecodableError:
        # What RFC 9110 calls deflate is zlib; some servers send the bare stream, and clients take it.
        return _inflated(data, -zlib.MAX_WBITS, most)[0]


def _inflated(data: bytes, window_bits: int, most: int) -> tuple[bytes, bytes]:
    """(the first stream in the data, inflated; what follows it)."""
    engine = zlib.decompressobj(window_bits)
    try:
        whole = engine.decompress(data, most + 1)
    except zlib.error as error:
        raise UndecodableError(f"damaged Content-Encoding: {error}") from None
    if len(whole) > most:
        raise TooLargeError
    if not engine.eof:
        raise UndecodableError("Content-Encoding: the stream is cut off")
    return whole, engine.unused_data


_UNDO: Final[dict[str, Callable[[bytes, int], bytes]]] = {
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "deflate": _undeflate,
}
