"""A deadline for a whole answer: a server that drips its answer must not hold the suite up for ever.

Nothing of the API lives here. httpx's read timeout counts from one piece of an answer to the next, so an
answer that comes byte by byte never runs into it. Here every read of a connection also looks at the deadline
of the request that this thread is about.
"""

import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import httpcore
import httpx

_answer_by: ContextVar[float] = ContextVar("answer_by", default=float("inf"))


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """Everything that this thread reads from a patient transport in here must have come after `seconds`."""
    token = _answer_by.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _answer_by.reset(token)


def install(client: httpx.Client) -> None:
    """Let every connection that the client makes from now on, through proxies too, keep the deadline.

    httpx hands no network backend on to the pools that take one, so it is put in afterwards.
    """
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            transport._pool._network_backend = _Backend()


class _Backend(httpcore.SyncBackend):
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        return _Stream(super().connect_tcp(host, port, timeout, local_address, socket_options))


class _Stream(httpcore.NetworkStream):
    """A connection that reads only as long as the deadline allows."""

    def __init__(self, stream: httpcore.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left_s = _answer_by.get() - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout("the answer is not complete")
        return self._stream.read(max_bytes, left_s if timeout is None else min(timeout, left_s))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._stream.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
