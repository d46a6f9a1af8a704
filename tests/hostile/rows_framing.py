"""Rows of the hostile table: how an answer is framed. Where HTTP leaves no doubt the answer is taken as it is."""

import gzip
import json
import zlib

from tests.hostile.play import Row, fetching
from tests.hostile.rows_wire import CHUNKED, GOOD, HEAD, RUNNING, flooding
from tests.hostile.wire import Connection, message, saying

NO = b'{"error":{"code":"not_found","message":"no"}}'
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\n"
HELD = "200; nothing broken"
ABSENT = "404; nothing broken"
GARBAGE = "garbage; nothing broken"


def _chunked(body: bytes, extension: bytes = b"", trailer: bytes = b"") -> bytes:
    pieces = b"".join(b"%x%b\r\n%b\r\n" % (1, extension, body[at : at + 1]) for at in range(len(body)))
    return MISSING + b"Transfer-Encoding: chunked\r\n\r\n" + pieces + b"0\r\n" + trailer + b"\r\n"


def _before_the_request_ends(connection: Connection) -> None:
    """Answer as soon as the first bytes are there."""
    connection.socket.recv(10)
    connection.send(MISSING + b"Content-Length: %d\r\n\r\n" % len(NO) + NO)
    connection.wait(0.2)


def _body(coding: str, body: bytes, **headers: str) -> bytes:
    return message(body, "404 Not Found", Content_Encoding=coding, **headers)


FRAMING = [
    Row("Content-Length too long", saying(message(RUNNING, length=9000)), "reset; nothing broken"),
    Row("Content-Length too short", saying(message(RUNNING, length=40)), "200; broken response.schema"),
    Row("a second answer behind the first", saying(GOOD + message({"id": "smuggled"})), "200, 200; nothing broken", fetching(None, None)),
    Row("two Content-Lengths", saying(HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), "garbage; nothing broken"),
    Row("negative Content-Length", saying(HEAD + b"Content-Length: -1\r\n\r\n{}"), "garbage; nothing broken"),
    Row("Content-Length beside chunks", saying(HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), "200; broken lifecycle.identity response.schema"),
    Row("chunked body cut off", saying(CHUNKED + b"5\r\n{\"id\"\r\n"), "reset; nothing broken"),
    Row("chunk size that is none", saying(CHUNKED + b"zz\r\n{}\r\n"), "garbage; nothing broken"),
    Row("chunk of 2^64 bytes", flooding(CHUNKED + b"10000000000000000\r\n", b" " * 65536), "too-large; nothing broken"),
    Row("HTTP/1.0 until the end", saying(b"HTTP/1.0 404 Not Found\r\nContent-Type: application/json\r\n\r\n" + b'{"error":{"code":"not_found","message":"no"}}'), "404; nothing broken"),
    Row("HTTP/0.9", saying(b'{"id": "gen_1"}'), "reset; nothing broken"),
    Row("another protocol", saying(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "garbage; nothing broken"),
    Row("HTTP/2 without being asked", saying(b"\0\0\x12\4\0\0\0\0\0" + b"\0" * 18), "garbage; nothing broken"),
    Row("status 999", saying(message(b"{}", "999 Odd")), "999; broken errors.envelope errors.no-server-error"),
    Row("status of two digits", saying(b"HTTP/1.1 20 OK\r\n\r\n"), "garbage; nothing broken"),
    Row("204 with nothing", saying(b"HTTP/1.1 204 No Content\r\n\r\n"), "204; broken response.json response.schema"),
    Row("the same Content-Length twice", saying(MISSING + b"Content-Length: 45\r\nContent-Length: 45\r\n\r\n" + NO), ABSENT),
    Row("a list of equal Content-Lengths", saying(MISSING + b"Content-Length: 45, 45\r\n\r\n" + NO), ABSENT),
    Row("Content-Length with a sign", saying(MISSING + b"Content-Length: +45\r\n\r\n" + NO), GARBAGE),
    Row("Content-Length in hexadecimal", saying(MISSING + b"Content-Length: 0x2d\r\n\r\n" + NO), GARBAGE),
    Row("no length, closed at the end", saying(MISSING + b"\r\n" + NO), ABSENT),
    Row("chunks of one byte", saying(_chunked(NO)), ABSENT),
    Row("chunk extensions", saying(_chunked(NO, b";a=b;c")), ABSENT),
    Row("a chunk extension of 1 MB", saying(_chunked(NO, b";" + b"x" * 1_000_000)), "too-large; nothing broken"),
    Row("a trailer behind the chunks", saying(_chunked(NO, trailer=b"X-Checksum: 1\r\n")), ABSENT),
    Row("trailers for ever", flooding(_chunked(NO)[:-2], b"X-Y: z\r\n" * 1000), "too-large; nothing broken"),
    Row("an unknown transfer coding", saying(MISSING + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), GARBAGE),
    Row("HTTP/1.0 that keeps the connection", saying(b"HTTP/1.0 404 Not Found\r\nConnection: keep-alive\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n" + NO), ABSENT),
    Row("HTTP/1.0 with chunks", saying(b"HTTP/1.0" + _chunked(NO)[8:]), ABSENT),
    Row("lines that end with LF only", saying((MISSING + b"Content-Length: 45\r\n\r\n").replace(b"\r", b"") + NO), ABSENT),
    Row("a status line without a reason", saying(b"HTTP/1.1 404\r\nContent-Type: application/json\r\nContent-Length: 45\r\n\r\n" + NO), ABSENT),
    Row("a status line in lower case", saying(b"http/1.1 404 Not Found\r\n\r\n" + NO), GARBAGE),
    Row("a folded header", saying(MISSING + b"X: a\r\n b\r\nContent-Length: 45\r\n\r\n" + NO), ABSENT),
    Row("a header line without a colon", saying(MISSING + b"nonsense\r\n\r\n" + NO), GARBAGE),
    Row("a blank before the colon", saying(MISSING + b"Content-Length : 45\r\n\r\n" + NO), GARBAGE),
    Row("10,000 headers", saying(MISSING + b"X-Y: z\r\n" * 10_000 + b"Content-Length: 45\r\n\r\n" + NO), ABSENT),
    Row("the answer before the request ends", _before_the_request_ends, ABSENT),
    Row("100 in a flood", flooding(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000), "timeout; broken wait.get-default"),
    Row("100 as the only answer", saying(b"HTTP/1.1 100 Continue\r\n\r\n"), "reset; nothing broken"),
    Row("304 that nobody asked for", saying(b"HTTP/1.1 304 Not Modified\r\nETag: x\r\n\r\n"), "304; broken errors.envelope"),
    Row("206 with a part", saying(message(RUNNING, "206 Partial Content", Content_Range="bytes 0-9/999", Retry_After="1")), "206; nothing broken"),
    Row("zstd that was not offered", saying(_body("zstd", b"\x28\xb5\x2f\xfd\0\0")), GARBAGE),
    Row("a coding of 1 MB", saying(_body("x" * 60_000, NO)), GARBAGE),
    Row("identity as a coding", saying(_body("identity", NO)), ABSENT),
    Row("deflate bomb", saying(_body("deflate", zlib.compress(b"0" * (64 * 1024 * 1024)))), "too-large; nothing broken"),
    Row("gzip that says gzip twice", saying(_body("gzip, gzip", gzip.compress(gzip.compress(NO)))), ABSENT),
    Row("JSON with NUL behind it", saying(message(json.dumps(RUNNING).encode() + b"\0", Retry_After="1")), "200; broken response.schema"),
]  # fmt: skip
