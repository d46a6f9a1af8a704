"""A deadline for a whole answer: a server that drips its answer must not hold the suite up for ever.

Nothing of the API lives here. httpx's read timeout counts from one piece of an answer to the next, so an
answer that comes byte by byte never runs into it. Here every read and write of a connection also looks at the
deadline of the request that this thread is about, and a new connection at where that request may lead.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

from generations_contract.wire.allowed_hosts import Reach

_answer_by: ContextVar[float] = ContextVar("answer_by", default=float("inf"))
_leading: ContextVar[Reach | None] = ContextVar("leading", default=None)


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything that this thread reads from a patient transport in here must have come after `seconds`."""
    token = _answer_by.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _answer_by.reset(token)


def begin(seconds: float) -> None:
    """The time of the block of `within` counts anew: from now on, and so long."""
    _answer_by.set(time.monotonic() + seconds)


@contextmanager
def leading(reach: Reach) -> Iterator[None]:
    """Connections that this thread makes in here must not lead out of reach (`OutOfReachError`)."""
    token = _leading.set(reach)
    try:
        yield
    finally:
        _leading.reset(token)


def install(client: httpx.Client) -> None:
    """Let every connection that the client makes from now on, through proxies too, keep the deadline.

    httpx hands no network backend on to the pools that take one, so it is put in afterwards.
    """
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Backend(direct=transport is client._transport)


_PIECE_BYTES = 64 * 1024


def _left_s(timeout: float | None) -> float:
    """What is left of a timeout and of the deadline; raises when the latter is over."""
    left_s = _answer_by.get() - time.monotonic()
    if left_s <= 0:
        raise httpcore.ReadTimeout("the answer is not complete")
    return left_s if timeout is None else min(timeout, left_s)


class _Backend(httpcore.SyncBackend):
    """Connects as httpcore does; `direct`: to the host that a URL names, and to no proxy."""

    def __init__(self, *, direct: bool) -> None:
        self._direct = direct

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        stream = super().connect_tcp(host, port, timeout, local_address, socket_options)
        reach = _leading.get()
        # Through a proxy the connection leads to the proxy: where it goes from there is the proxy's decision.
        if reach is not None and self._direct:
            try:
                reach.check_peer(host.lower().rstrip("."), stream.get_extra_info("server_addr")[0])
            except Exception:
                stream.close()
                raise
        return _Stream(stream)


class _Stream(httpcore.NetworkStream):
    """A connection that reads and writes only as long as the deadline allows."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left_s(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        # In pieces, because the deadline must also end a request that a server reads byte by byte.
        view = memoryview(buffer)
        for start in range(0, len(view), _PIECE_BYTES):
            self._stream.write(bytes(view[start : start + _PIECE_BYTES]), _left_s(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
