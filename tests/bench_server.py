"""The benchmark's server: holds polls exactly, stamps the true hold, and costs as little as Python can.

`python -m tests.bench_server` prints its port. Not a gateway: the benchmark is about generators, so what they
talk to must not be the limit. Its answers keep the contract, so that judging them finds nothing.
"""

import asyncio
import json
import re
import sys
import time
from typing import Final

CREATED: Final = "2026-04-18T12:00:00Z"
_WAIT = re.compile(rb"[?&]wait=([0-9.]+)")


class Counters:
    """What the server saw; `GET /stats` tells."""

    created = started = completed = held = most_held = opened = late = 0


class Poll(asyncio.Protocol):
    """One connection: requests come one after the other."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._buffer = b""
        self._due: asyncio.TimerHandle | None = None
        Counters.opened += 1

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        """The client is gone, perhaps in the middle of a poll."""
        if self._due is not None and not self._due.cancelled():
            self._due.cancel()
            Counters.held -= 1

    def data_received(self, data: bytes) -> None:
        """Read one request; a body is read and left alone."""
        self._buffer += data
        head, found, rest = self._buffer.partition(b"\r\n\r\n")
        if not found:
            return
        length = re.search(rb"(?i)content-length: *([0-9]+)", head)
        if length and len(rest) < int(length.group(1)):
            return
        self._buffer = b""
        line = head.split(b"\r\n", 1)[0]
        if line.startswith(b"POST"):
            Counters.created += 1
            self._answer(b"202 Accepted", f"gen_bench{Counters.created:08d}".encode(), b"queued", 0.0)
        elif b"/stats" in line:
            self._stats()
        else:
            self._hold(line)

    def _hold(self, line: bytes) -> None:
        wait = _WAIT.search(line)
        window = float(wait.group(1)) if wait else 0.0
        name = line.split(b" ", 2)[1].partition(b"?")[0].rpartition(b"/")[2]
        Counters.started += 1
        Counters.held += 1
        Counters.most_held = max(Counters.most_held, Counters.held)
        received = time.perf_counter()
        self._due = asyncio.get_running_loop().call_later(window, self._release, name, received, window)

    def _release(self, name: bytes, received: float, window: float) -> None:
        self._due = None
        Counters.held -= 1
        Counters.completed += 1
        held = time.perf_counter() - received
        Counters.late += held - window > 0.05
        self._answer(b"200 OK", name, b"running", held)

    def _answer(self, status: bytes, name: bytes, state: bytes, held_s: float) -> None:
        body = (
            b'{"id":"%s","object":"generation","status":"%s","model":"runway-gen4","created_at":"%s",'
            b'"completed_at":null,"output":null,"usage":null,"error":null}' % (name, state, CREATED.encode())
        )
        self._transport.write(
            b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nCache-Control: no-store\r\nRetry-After: 1\r\n"
            b"Server-Timing: hold;dur=%.3f\r\nContent-Length: %d\r\n\r\n%s"
            % (status, held_s * 1000, len(body), body)
        )

    def _stats(self) -> None:
        counters = {name: value for name, value in vars(Counters).items() if isinstance(value, int)}
        body = json.dumps(counters).encode()
        self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))


async def main() -> None:
    """Serve until stopped."""
    server = await asyncio.get_running_loop().create_server(Poll, "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
