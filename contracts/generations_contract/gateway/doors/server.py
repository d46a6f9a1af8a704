"""uvicorn, made safe to hold ten thousand polls: limits on heads, slow heads timed out, a stop that stops.

Nothing about the API stands here. uvicorn does the HTTP; what it lacks is a limit on the size and duration
of a request's head, and a shutdown that does not wait for the clients it holds.
"""

import asyncio
import gc
import socket
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from generations_contract.gateway.answers import encode
from generations_contract.gateway.wire import Problem

HEAD_BYTES_MAX = 64 * 1024
HEAD_S = 20.0
IDLE_S = 75  # a kept-alive connection without a request: longer than any window
BACKLOG = 8192


class GuardedProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1 protocol with a head that must be small and must come."""

    _head_bytes = 0
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start waiting for the first head."""
        super().connection_made(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing any more."""
        self._head_complete()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser unless the head has grown beyond all measure."""
        if self._head_timer is not None:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._head_timer is not None and self._head_bytes > HEAD_BYTES_MAX:
            self._head_complete()
            self.send_400_response(f"The request's head is longer than {HEAD_BYTES_MAX} bytes.")

    def on_message_begin(self) -> None:
        """A head has begun: from here its time counts."""
        if self._head_timer is None:
            self._expect_head()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._head_complete()
        super().on_headers_complete()

    def send_400_response(self, msg: str) -> None:
        """What is no HTTP is answered in the document's envelope too."""
        self._head_complete()
        body = encode(Problem("invalid_input", msg).envelope())
        lines = (
            b"HTTP/1.1 400 Bad Request",
            b"content-type: application/json",
            b"cache-control: no-store",
            b"content-length: %d" % len(body),
            b"connection: close",
        )
        self.transport.write(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        self.transport.close()

    def _expect_head(self) -> None:
        self._head_bytes = 0
        self._head_timer = self.loop.call_later(HEAD_S, self.timeout_keep_alive_handler)

    def _head_complete(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


class OpenProtocol(GuardedProtocol):
    """The same, for an application that may also cut the connection: `scope["generations.transport"]`."""

    def on_message_begin(self) -> None:
        """A head has begun; its scope has the connection."""
        super().on_message_begin()
        self.scope["generations.transport"] = self.transport  # type: ignore[typeddict-unknown-key]


async def open_door(app: Any, listener: socket.socket) -> asyncio.Server:
    """Serve an application at a socket, in the running loop, until the server is closed."""
    config = uvicorn.Config(
        app, http=OpenProtocol, ws="none", lifespan="off", log_config=None, log_level="critical",
        access_log=False, proxy_headers=False, server_header=False, timeout_keep_alive=IDLE_S,
    )  # fmt: skip
    config.load()
    state = uvicorn.server.ServerState()

    def protocol() -> OpenProtocol:
        return OpenProtocol(config=config, server_state=state, app_state={})

    return await asyncio.get_running_loop().create_server(protocol, sock=listener, backlog=BACKLOG)


class Server(uvicorn.Server):
    """A uvicorn server that says when it listens, and stops at once."""

    def __init__(self, app: Any, listening: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=GuardedProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",  # a client's nonsense is the client's affair
            access_log=False,
            proxy_headers=False,
            server_header=False,
            backlog=BACKLOG,
            timeout_keep_alive=IDLE_S,
            timeout_graceful_shutdown=2,
        )
        super().__init__(config)
        self._listening = listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to accept, then say so."""
        await super().startup(sockets)
        # What exists now stays for good: the collector need not look at it, nor often at the many held polls.
        gc.freeze()
        gc.set_threshold(50_000, 20, 50)
        self._listening()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """A signal is the ordinary way to end; uvicorn would raise it again afterwards, and exit by it."""
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Hang up on everybody, held polls too: their windows are not over, so there is nothing to answer."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await super().shutdown(sockets)
