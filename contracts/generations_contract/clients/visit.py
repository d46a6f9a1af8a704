"""One request on its way through a door: what it says, how it is answered, and what came of it."""

import asyncio
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Final

from generations_contract.exchange.exchange import Failure
from generations_contract.gateway import Reply, Request
from generations_contract.gateway.doors.asgi import Message, Receive, Send
from generations_contract.gateway.wire import Headers

# SO_LINGER: what is closed is gone at once.
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class GoneError(Exception):
    """The client hung up."""


@dataclass
class Visit:
    """One request on its way: what it says, and what came of it."""

    scope: Message
    receive: Receive
    send: Send
    request: Request = field(default_factory=lambda: Request("", ""))
    sent_at: float = 0.0
    answered_at: float = 0.0
    reply: Reply | None = None
    failure: Failure | None = None

    @property
    def transport(self) -> asyncio.Transport:
        """The connection itself."""
        transport: asyncio.Transport = self.scope["generations.transport"]
        return transport

    async def reset(self) -> None:
        """Cut the connection, so that the client sees a reset."""
        self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        self.transport.abort()
        await asyncio.sleep(0.01)  # until the server has seen it too, and adds no answer of its own

    async def hold_until(self, moment: float, clock: Callable[[], float]) -> None:
        """Wait until then; raises as soon as the client hangs up."""
        while (left := moment - clock()) > 0:
            try:
                async with asyncio.timeout(min(left, 3600.0)):
                    while (await self.receive())["type"] != "http.disconnect":
                        pass
            except TimeoutError:
                continue
            raise GoneError

    async def begin(self, status: int, headers: Headers, size: int | None = None) -> None:
        """Send the head, with a length where the body has one."""
        fields = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers]
        if size is not None and not any(name.lower() == b"content-length" for name, _ in fields):
            fields.append((b"Content-Length", str(size).encode()))
        fields.append((b"Date", formatdate(usegmt=True).encode()))
        await self.send({"type": "http.response.start", "status": status, "headers": fields})

    async def answer(self, reply: Reply, clock: Callable[[], float], *, sized: bool = True) -> None:
        """Send all of it."""
        self.answered_at = clock()
        self.reply = reply
        await self.begin(reply.status, reply.headers, len(reply.body) if sized else None)
        await self.send({"type": "http.response.body", "body": reply.body})
