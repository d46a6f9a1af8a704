"""Rows of the hostile table: connections, framing, time and size. What HTTP itself can do to a client."""

import gzip
import zlib
from datetime import UTC, datetime

from tests.hostile.play import Row, fetching
from tests.hostile.wire import Connection, Manner, message, saying, serving

RUNNING = {
    "id": "gen_1",
    "object": "generation",
    "status": "running",
    "model": "flux-1.1-pro",
    "created_at": datetime.now(UTC).isoformat(),
}
GOOD = message(RUNNING, Retry_After="1")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
LATE = "timeout; broken wait.get-default"


def _reset_after(*pieces: bytes) -> Manner:
    def manner(connection: Connection) -> None:
        connection.read()
        connection.send(*pieces)
        connection.reset()

    return manner


def _dripping(head: bytes, drop: bytes = b"x") -> Manner:
    def manner(connection: Connection) -> None:
        connection.read()
        connection.send(head)
        connection.flood(drop, every_s=0.05)

    return manner


def flooding(head: bytes, piece: bytes) -> Manner:
    def manner(connection: Connection) -> None:
        connection.read()
        connection.send(head)
        connection.flood(piece)

    return manner


def _silent(connection: Connection) -> None:
    connection.read()
    connection.wait()


def _deaf(connection: Connection) -> None:
    connection.wait()


def _cut_at(age_s: float) -> Manner:
    def manner(connection: Connection) -> None:
        connection.read()
        connection.wait(age_s)

    return manner


def _one_answer_per_connection(connection: Connection) -> None:
    """Promise to keep the connection, and close it after the first answer."""
    connection.read()
    connection.send(message(RUNNING, Retry_After="1", Connection="keep-alive"))


def _kept_alive(connection: Connection) -> None:
    while True:
        connection.read()
        connection.send(GOOD)


def _packed(body: bytes, coding: str) -> bytes:
    return message(body, Content_Encoding=coding)


def _bomb(layers: int) -> bytes:
    body = b"0" * (16 * 1024 * 1024)
    for _ in range(layers):
        body = gzip.compress(body)
    return body


CONNECTIONS = [
    Row("refused", saying(), "refused; nothing broken", url=lambda _: _unused()),
    Row("host name does not exist", saying(), "dns; nothing broken", url=lambda _: "http://nothing.invalid"),
    Row("reset before anything", _reset_after(), "reset; nothing broken"),
    Row("reset in the headers", _reset_after(HEAD), "reset; nothing broken"),
    Row("reset after the headers", _reset_after(HEAD + b"Content-Length: 9\r\n\r\n"), "reset; nothing broken"),
    Row("reset in the body", _reset_after(HEAD + b"Content-Length: 9\r\n\r\n{"), "reset; nothing broken"),
    Row("closed without a word", saying(), "reset; nothing broken"),
    Row("silence", _silent, LATE),
    Row("silence, request never read", _deaf, LATE),
    Row("a byte of the head now and then", _dripping(b"HTTP/1.1 200 OK\r\nX: "), LATE),
    Row("a header now and then", _dripping(HEAD, b"X: y\r\n"), LATE),
    Row("a byte of the body now and then", _dripping(HEAD + b"Content-Length: 9999\r\n\r\n"), LATE),
    Row("a chunk now and then", _dripping(CHUNKED, b"1\r\n \r\n"), LATE),
    Row("103 for ever", _dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), LATE),
    Row("100 and 103 before the answer", saying(b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", GOOD), "200; nothing broken"),
    Row("101 that nobody asked for", saying(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "garbage; nothing broken"),
    Row("kept-alive connection closed between requests", _one_answer_per_connection, "200, 200, 200; nothing broken", fetching(None, None, None)),
    Row("kept-alive connection kept", _kept_alive, "200, 200, 200; nothing broken", fetching(None, None, None)),
    Row("poll cut by an idle time-out", _cut_at(1.2), "reset; nothing broken", fetching(3)),
]  # fmt: skip

SIZES = [
    Row("1 GB announced", flooding(HEAD + b"Content-Length: 1073741824\r\n\r\n", b" " * 65536), "too-large; nothing broken"),
    Row("1 GB in chunks", flooding(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"), "too-large; nothing broken"),
    Row("1 GB until the end", flooding(HEAD + b"\r\n", b" " * 65536), "too-large; nothing broken"),
    Row("Content-Length of 5000 digits", saying(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"), "garbage; nothing broken"),
    Row("a header of 1 MB", saying(HEAD + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n"), "too-large; nothing broken"),
    Row("headers for ever", flooding(HEAD, b"X-Y: z\r\n" * 1000), "too-large; nothing broken"),
    Row("gzip bomb", saying(_packed(_bomb(1), "gzip")), "too-large; nothing broken"),
    Row("gzip bomb in gzip", saying(_packed(_bomb(2), "gzip, gzip")), "too-large; nothing broken"),
    Row("gzip in gzip in gzip in gzip", saying(_packed(_bomb(4), "gzip, gzip, gzip, gzip")), "garbage; nothing broken"),
    Row("gzip of 100,000 empty members", saying(_packed(gzip.compress(b"") * 100_000, "gzip")), "garbage; nothing broken"),
    Row("gzip cut off", saying(_packed(gzip.compress(b'{"a":' + b"1" * 999)[:-9], "gzip")), "garbage; nothing broken"),
    Row("gzip that is none", saying(_packed(b'{"id": "gen_1"}', "gzip")), "garbage; nothing broken"),
    Row("br that was not offered", saying(_packed(b"\x0b\x02\x80{}\n\x03", "br")), "garbage; nothing broken"),
    Row("deflate, bare", saying(message(zlib.compress(b'{"error":{"code":"not_found","message":"no"}}')[2:-4], "404 Not Found", Content_Encoding="deflate")), "404; nothing broken"),
]  # fmt: skip


def _unused() -> str:
    with serving(saying()) as server:
        return server.url
