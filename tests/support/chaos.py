"""A bad network: a TCP proxy in front of a gateway that delays every piece and loses a share of the connections.

Which connection is lost, after how long and how is drawn from a seed, so that a run can be played again: it is reset, or
closed, before the request is through, while it is held, or in the midst of the answer. Nothing of HTTP is known here.
"""

import asyncio
import random
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

_PIECE: Final = 4096
# An option of a socket: no lingering, so that closing it resets the connection.
_RESETTING: Final = b"\x01\0\0\0\0\0\0\0"


@dataclass
class Chaos:
    """How bad: the share of connections that are lost, and what is added each way, in seconds; `lost` counts them.

    `within_s`: by when a connection that is to be lost is lost at the latest. `always`: how requests begin that never
    come through.
    """

    share: float = 0.01
    delay_s: float = 0.08
    jitter_s: float = 0.04
    within_s: float = 8.0
    seed: int = 0
    always: bytes = b""
    lost: int = 0
    url: str = ""
    _random: random.Random = field(default_factory=random.Random, repr=False)

    def __post_init__(self) -> None:
        self._random.seed(self.seed)

    async def serve(self, upstream: str, client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
        """One connection: both ways at once, until one of them ends or the connection is lost."""
        drawn = self._random
        dies, rudely = drawn.random() < self.share, drawn.random() < 0.5
        dies_s = drawn.choice((0.0, drawn.uniform(0, 0.2), drawn.uniform(0, self.within_s)))
        where = urlsplit(upstream)
        gateway, request = await asyncio.open_connection(where.hostname, where.port)
        ways = [
            asyncio.ensure_future(self._way(client, request)),
            asyncio.ensure_future(self._way(gateway, answer, cut=dies)),
        ]
        try:
            await asyncio.wait_for(asyncio.gather(*ways), dies_s if dies else None)
        except (OSError, TimeoutError):
            pass
        finally:
            for way in ways:
                way.cancel()
        self.lost += dies
        if dies and rudely:
            answer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETTING)
        for end in (request, answer):
            with suppress(OSError):
                end.close()

    async def _way(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, cut: bool = False
    ) -> None:
        """Hand on what comes, each piece later than it came, never before the one ahead of it; if `cut`, half."""
        pieces: asyncio.Queue[tuple[float, bytes | None]] = asyncio.Queue()
        clock = asyncio.get_running_loop()

        async def read() -> None:
            due, piece = 0.0, b"first"
            while piece:
                try:
                    piece = await source.read(_PIECE)
                except OSError:
                    piece = b""
                lost = self.always and piece.startswith(self.always)
                delay_s = max(0.0, self.delay_s + self._random.uniform(-self.jitter_s, self.jitter_s))
                due = max(due, clock.time() + delay_s)
                pieces.put_nowait((due, None if lost else piece))

        reading = asyncio.ensure_future(read())
        try:
            while True:
                due, piece = await pieces.get()
                await asyncio.sleep(max(0.0, due - clock.time()))
                if piece is None:
                    raise ConnectionResetError
                if not piece:
                    break
                sink.write(piece[: len(piece) // 2] if cut else piece)
                await sink.drain()
                if cut:
                    raise ConnectionResetError
            if sink.can_write_eof():
                sink.write_eof()
        finally:
            reading.cancel()


@contextmanager
def bad_network(upstream: str, chaos: Chaos) -> Iterator[Chaos]:
    """The proxy, on a free port of this machine (`url`), while the block runs."""
    loop = asyncio.new_event_loop()
    ready = threading.Event()
    serving: set[asyncio.Task[None] | None] = set()

    async def begin() -> asyncio.Server:
        async def serve(client: asyncio.StreamReader, answer: asyncio.StreamWriter) -> None:
            # A loop keeps no task alive by itself.
            serving.add(asyncio.current_task())
            await chaos.serve(upstream, client, answer)
            serving.discard(asyncio.current_task())

        return await asyncio.start_server(serve, "127.0.0.1", 0, backlog=200)

    server = loop.run_until_complete(begin())
    chaos.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    loop.call_soon(ready.set)
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    ready.wait()
    try:
        yield chaos
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.run_until_complete(_end(server))
        loop.close()


async def _end(server: asyncio.Server) -> None:
    """Accept nothing more, and let go of what is still open."""
    server.close()
    open_ones = asyncio.all_tasks() - {asyncio.current_task()}
    for task in open_ones:
        task.cancel()
    await asyncio.gather(*open_ones, return_exceptions=True)
