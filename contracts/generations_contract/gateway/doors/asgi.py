"""The core on a socket: an ASGI application that sleeps until an answer is due.

A real clock and real clients exist from here on outwards; what is answered, and when, is decided in `core`.
Written against ASGI itself, because ten thousand held polls cost what each of them costs: one task that
waits for the client to hang up, with a time-out at the moment the answer is due, and nothing in between.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from generations_contract.gateway.answers import encode, hold_header
from generations_contract.gateway.call import Reply
from generations_contract.gateway.core import Gateway
from generations_contract.gateway.media import MEDIA_PATH
from generations_contract.gateway.wire import Headers, Problem, Request

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_log = logging.getLogger(__name__)
_TIMING = hold_header(0)[0]


class _HungUpError(Exception):
    """The client went away before its request was whole."""


@dataclass(frozen=True, slots=True)
class App:
    """`App(gateway)` is the ASGI application. `clock` gives `now`, in seconds, and never goes back.

    A body has `body_s` seconds to arrive. One that is too large is read to its end within `drain_bytes`, so
    that the client gets to see the 413; beyond that the connection is closed on it.
    """

    gateway: Gateway
    clock: Callable[[], float] = time.monotonic
    body_s: float = 20.0
    drain_bytes: int = 16 * 1024 * 1024

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one HTTP request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"this gateway speaks HTTP only, not {scope['type']}")
        try:
            reply, began = await self._reply(scope, receive)
        except _HungUpError:
            return
        except Exception:  # the last line: a bug here must still be answered in the document's terms
            _log.exception("the gateway failed on %s", scope["path"])
            problem = Problem("internal_error", "A bug on our side.")
            await _send(send, self._outside(problem))
            return
        if reply.at > began and not await self._hold(reply, receive):
            self.gateway.dropped(reply, self.clock())
            return
        await _send(send, reply, began, self.clock())

    async def _reply(self, scope: Message, receive: Receive) -> tuple[Reply, float]:
        try:
            async with asyncio.timeout(self.body_s):
                body, whole = await self._body(receive)
        except TimeoutError:
            problem = Problem("request_timeout", "The body took too long.", headers=_CLOSE)
            return self._outside(problem), self.clock()
        request = request_of(scope, body)
        now = self.clock()
        if request.target.startswith(MEDIA_PATH):  # the only answers that take time to make
            reply = await asyncio.to_thread(self.gateway.receive, request, now)
        else:
            reply = self.gateway.receive(request, now)
        if not whole:
            reply = Reply(reply.at, reply.status, reply.headers + _CLOSE, reply.body, reply.call)
        return reply, now

    async def _body(self, receive: Receive) -> tuple[bytes, bool]:
        """The body, cut one byte above the limit, and whether it was read to its end."""
        limit = self.gateway.state.catalogue.house.body_bytes_max
        message = await receive()
        body, total = message.get("body", b""), 0
        while message["type"] == "http.request" and message.get("more_body"):
            total = total or len(body)
            if total > limit + self.drain_bytes:
                return body[: limit + 1], False
            message = await receive()
            chunk = message.get("body", b"")
            total += len(chunk)
            body = body if len(body) > limit else body + chunk
        if message["type"] != "http.request":
            raise _HungUpError
        return body[: limit + 1], True

    async def _hold(self, reply: Reply, receive: Receive) -> bool:
        """Wait until the answer is due; False as soon as the client hangs up."""
        while (left := reply.at - self.clock()) > 0:
            try:
                async with asyncio.timeout(left):
                    while (await receive())["type"] != "http.disconnect":
                        pass
            except TimeoutError:
                continue
            return False
        return True

    def _outside(self, problem: Problem) -> Reply:
        """A refusal of the adapter's own, in the same envelope."""
        headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *problem.headers)
        return Reply(self.clock(), problem.status, headers, encode(problem.envelope()))


_CLOSE: Headers = (("Connection", "close"),)


async def read_body(receive: Receive) -> bytes:
    """A whole body; raises `ConnectionError` where the client goes away before its end."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ConnectionError
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


def request_of(scope: Message, body: bytes) -> Request:
    """The request, as the gateway takes it."""
    query = scope["query_string"]
    target = scope["raw_path"] + b"?" + query if query else scope["raw_path"]
    headers = tuple([(name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]])
    return Request(scope["method"], target.decode("latin-1"), headers, body)


async def _send(send: Send, reply: Reply, began: float = 0.0, now: float | None = None) -> None:
    """Send it, with the true hold, from `began` to `now`, instead of the planned one."""
    names = {name.lower() for name, _ in reply.headers}
    headers = [
        hold_header(now - began, now - max(began, reply.at))
        if name == _TIMING and now is not None
        else (name, value)
        for name, value in reply.headers
    ]
    if not names & {"content-length", "transfer-encoding"}:
        headers.append(("Content-Length", str(len(reply.body))))
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    await send({"type": "http.response.body", "body": reply.body})
