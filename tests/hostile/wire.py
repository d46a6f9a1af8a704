"""A server on a real socket that can be taught to do anything: what the rows of `tests.hostile` are made of.

No row stands here. A manner is a function of one connection: it may read the request, and sends bytes as it
likes. Every connection ends with the block that serves it, whatever its manner has in mind.
"""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from generations_contract.exchange.exchange import Headers
from tests import ROOT

# Certificates with their keys, of no use but here, and the authority that signed all but one of them.
CERTIFICATES = {
    name: ROOT / "tests" / "data" / f"hostile_{name}.pem"
    for name in ("good", "expired", "future", "other", "unsigned")
}
AUTHORITY = ROOT / "tests" / "data" / "hostile_authority.pem"
TICK_S = 0.02


@dataclass
class Seen:
    """A request as the server read it."""

    method: str
    target: str
    headers: Headers
    body: bytes


@dataclass
class Server:
    """Where it listens, and every request that it has read, in order."""

    url: str
    over: threading.Event = field(default_factory=threading.Event)
    requests: list[Seen] = field(default_factory=list)


@dataclass
class Connection:
    """One connection of a client."""

    socket: socket.socket
    server: Server

    def read(self) -> Seen:
        """The next request of the client, whole; raises `OSError` when it hangs up instead."""
        data = self._until(b"\r\n\r\n")
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        method, target, _ = first.split(" ")
        pairs = (line.partition(":") for line in lines)
        headers = Headers(tuple((name, value.strip()) for name, _, value in pairs))
        while len(body) < int(headers.get("content-length") or 0):
            body += self._some()
        seen = Seen(method, target, headers, body)
        self.server.requests.append(seen)
        return seen

    def send(self, *pieces: bytes) -> None:
        """Send bytes."""
        for piece in pieces:
            self.socket.sendall(piece)

    def flood(self, piece: bytes, every_s: float = 0.0) -> None:
        """Send the same bytes for ever: until the client hangs up or the row is over."""
        while not self.server.over.wait(every_s):
            self.socket.sendall(piece)

    def reset(self) -> None:
        """Make the end of the connection a reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")

    def wait(self, seconds: float = 60.0) -> None:
        """Say nothing for a while."""
        self.server.over.wait(seconds)

    def _until(self, end: bytes) -> bytes:
        data = b""
        while end not in data:
            data += self._some()
        return data

    def _some(self) -> bytes:
        some = self.socket.recv(65536)
        if not some:
            raise ConnectionError
        return some


Manner = Callable[[Connection], None]


READ_AT = format_datetime(datetime.now(UTC), usegmt=True)


def message(
    body: bytes | Mapping[str, Any] = b"",
    status: str = "200 OK",
    *,
    length: int | None = None,
    **headers: str,
) -> bytes:
    """An HTTP answer; `headers` with underscores for hyphens, an empty value leaves one out."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = len(content) if length is None else length
    given = {"Content_Type": "application/json", "Content_Length": str(size), "Cache_Control": "no-store"}
    # The rows are made when they are read, and may be played much later: their moments are of this clock.
    given["Date"] = READ_AT
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in (given | headers).items() if value]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + content


def saying(*pieces: bytes) -> Manner:
    """Read a request, send these bytes, hang up."""

    def manner(connection: Connection) -> None:
        connection.read()
        connection.send(*pieces)

    return manner


@contextmanager
def serving(manner: Manner, tls: str = "") -> Iterator[Server]:
    """The server while the block runs; each connection has a thread of its own. `tls`: a certificate's name."""
    threads: list[threading.Thread] = []
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(TICK_S)
        port = listener.getsockname()[1]
        server = Server(f"https://localhost:{port}" if tls else f"http://127.0.0.1:{port}")
        threads.append(threading.Thread(target=_accept, args=(listener, server, manner, tls, threads)))
        threads[0].start()
        try:
            yield server
        finally:
            server.over.set()
            for thread in threads:
                thread.join()


def _accept(
    listener: socket.socket, server: Server, manner: Manner, tls: str, threads: list[threading.Thread]
) -> None:
    while not server.over.is_set():
        with suppress(TimeoutError):
            client, _ = listener.accept()
            threads.append(threading.Thread(target=_converse, args=(client, server, manner, tls)))
            threads[-1].start()


def _converse(client: socket.socket, server: Server, manner: Manner, tls: str) -> None:
    client.settimeout(10)
    with suppress(OSError, ValueError):
        secured = _context(tls).wrap_socket(client, server_side=True) if tls else client
        with secured:
            manner(Connection(secured, server))
    client.close()


def _context(certificate: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATES[certificate])
    return context
