"""A response stream that passes on what it reads, and keeps it: how a watched client's bodies are taken in.

httpx and httpx2 take streams of their own kind only, so the class is made for the library that asks. How long the
reader waited for the network is measured here, because only here it can be told from what it did in between.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any


@dataclass(frozen=True)
class Read:
    """What was read of a body; `waited_s`: how long its reader waited for the network."""

    raw: bytes
    whole: bool
    waited_s: float = 0.0


class _Tee:
    """What the streams of both libraries have in common."""

    def __init__(self, stream: Any, most: int, done: Callable[[Read], None]) -> None:
        self._stream, self._done, self._most = stream, done, most
        self._kept, self._waited_s = bytearray(), 0.0
        self._whole = self._told = False

    def __iter__(self) -> Iterator[bytes]:
        began = time.monotonic()
        for chunk in self._stream:
            self._keep(chunk, began)
            yield chunk
            began = time.monotonic()
        self._end(began)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        began = time.monotonic()
        async for chunk in self._stream:
            self._keep(chunk, began)
            yield chunk
            began = time.monotonic()
        self._end(began)

    def _keep(self, chunk: bytes, began: float) -> None:
        """Keep the bytes, or none at all once they are too many: then the body is not in the recording."""
        self._waited_s += time.monotonic() - began
        self._kept += chunk
        if len(self._kept) > self._most:
            self._kept, self._most = bytearray(), 0

    def _end(self, began: float) -> None:
        self._waited_s += time.monotonic() - began
        self._whole = self._most > 0
        self._tell()

    def close(self) -> None:
        self._stream.close()
        self._tell()

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._done(Read(bytes(self._kept), self._whole, self._waited_s))


@cache
def tee_of(library: ModuleType) -> type:
    """A response stream of this library that also keeps its bytes, and tells when it has ended or is closed."""
    return type("Tee", (_Tee, library.SyncByteStream, library.AsyncByteStream), {})
