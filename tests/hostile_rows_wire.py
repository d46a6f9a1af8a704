"""Rows of the hostile table: connections, framing, time and size. What HTTP itself can do to a client."""

import gzip
import zlib

from tests.hostile_play import Row, fetching
from tests.hostile_wire import Connection, Manner, message, saying, serving

RUNNING = {
    "id": "gen_1",
    "object": "generation",
    "status": "running",
    "model": "flux-1.1-pro",
    "created_at": "2026-04-18T12:00:00Z",
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


def _flooding(head: bytes, piece: bytes) -> Manner:
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

FRAMING = [
    Row("Content-Length too long", saying(message(RUNNING, length=9000)), "reset; nothing broken"),
    Row("Content-Length too short", saying(message(RUNNING, length=40)), "200; broken response.schema"),
    Row("a second answer behind the first", saying(GOOD + message({"id": "smuggled"})), "200, 200; nothing broken", fetching(None, None)),
    Row("two Content-Lengths", saying(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), "garbage; nothing broken"),
    Row("negative Content-Length", saying(HEAD + b"Content-Length: -1\r\n\r\n{}"), "garbage; nothing broken"),
    Row("Content-Length beside chunks", saying(HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), "200; broken lifecycle.identity response.schema"),
    Row("chunked body cut off", saying(CHUNKED + b"5\r\n{\"id\"\r\n"), "reset; nothing broken"),
    Row("chunk size that is none", saying(CHUNKED + b"zz\r\n{}\r\n"), "garbage; nothing broken"),
    Row("chunk of 2^64 bytes", _flooding(CHUNKED + b"10000000000000000\r\n", b" " * 65536), "too-large; nothing broken"),
    Row("HTTP/1.0 until the end", saying(b"HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n" + b'{"error":{"code":"not_found","message":"no"}}'), "404; nothing broken"),
    Row("HTTP/0.9", saying(b'{"id": "gen_1"}'), "reset; nothing broken"),
    Row("another protocol", saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "garbage; nothing broken"),
    Row("HTTP/2 without being asked", saying(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18), "garbage; nothing broken"),
    Row("status 999", saying(message(b"{}", "999 Odd")), "999; broken errors.envelope errors.no-server-error"),
    Row("status of two digits", saying(b"HTTP/1.1 20 OK\r\n\r\n"), "garbage; nothing broken"),
    Row("204 with nothing", saying(b"HTTP/1.1 204 No Content\r\n\r\n"), "204; broken response.json response.schema"),
]  # fmt: skip

SIZES = [
    Row("1 GB announced", _flooding(HEAD + b"Content-Length: 1073741824\r\n\r\n", b" " * 65536), "too-large; nothing broken"),
    Row("1 GB in chunks", _flooding(CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"), "too-large; nothing broken"),
    Row("1 GB until the end", _flooding(HEAD + b"\r\n", b" " * 65536), "too-large; nothing broken"),
    Row("Content-Length of 5000 digits", saying(HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n"), "garbage; nothing broken"),
    Row("a header of 1 MB", saying(HEAD + b"X: " + b"x" * 1_000_000 + b"\r\n\r\n"), "too-large; nothing broken"),
    Row("headers for ever", _flooding(HEAD, b"X-Y: z\r\n" * 1000), "too-large; nothing broken"),
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
