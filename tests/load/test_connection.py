"""`generations_load.transport.connection`: what is on the wire becomes the same response that geventhttpclient reads, or none.

`Reader` alone, and beside the client that locust ships, in a process of its own: gevent patches its sockets.
"""

import gzip
import json
import subprocess
import sys
from typing import Any

import pytest
from httptools import HttpParserError

from generations_contract.wire.decoding import TooLargeError, UndecodableError
from generations_load.transport.connection import Reader
from tests import ROOT

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
ANSWER = HEAD + b'Content-Length: 7\r\n\r\n{"a":1}'
CHUNKED = HEAD + b'Transfer-Encoding: chunked\r\n\r\n3\r\n{"a\r\n4\r\n":1}\r\n0\r\n\r\n'
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"
UNTIL_CLOSED = HEAD + b'\r\n{"a":1}'
EMPTY = b"HTTP/1.1 204 No Content\r\nX-Empty:\r\nX-Full: 1\r\n\r\n"
PACKED = gzip.compress(b'{"a":1}')
ZIPPED = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(PACKED) + PACKED
WHOLE = {
    "plain": ANSWER,
    "chunked": CHUNKED,
    "after an interim answer": INTERIM + ANSWER,
    "until the end of the connection": UNTIL_CLOSED,
    "no content, an empty header": EMPTY,
    "gzip": ZIPPED,
    "twice the same header": HEAD + b"X-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\n{}",
}
SCRIPT = """
from gevent import monkey
monkey.patch_all()
import json, sys
from geventhttpclient.response import HTTPResponse
read = {}
for name, data in json.load(sys.stdin).items():
    answer = HTTPResponse()
    answer.feed(data.encode("latin-1"))
    if not answer.message_complete:
        answer.feed(b"")
    fields = [[key, value] for key, value in answer.items()]
    read[name] = [answer.get_code(), sorted(fields), answer._body_buffer.decode("latin-1")]
print(json.dumps(read))
"""


@pytest.fixture(scope="module")
def shipped() -> dict[str, Any]:
    """What geventhttpclient reads."""
    given = json.dumps({name: data.decode("latin-1") for name, data in WHOLE.items()})
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], input=given, capture_output=True, text=True, cwd=ROOT,
        check=True,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def read(data: bytes, pieces: int = 1) -> tuple[Reader, bool]:
    """A reader that was fed these bytes in so many pieces, then the end if it wants it."""
    reader, size, whole = Reader(), max(1, -(-len(data) // pieces)), False
    for start in range(0, len(data), size):
        whole = reader.feed(data[start : start + size])
    return reader, whole or reader.feed(b"")


@pytest.mark.parametrize("pieces", [1, 2, 1_000])
@pytest.mark.parametrize("name", WHOLE)
def test_reader_reads_what_the_shipped_client_reads(shipped: dict[str, Any], name: str, pieces: int) -> None:
    """Status, header fields and body, however the bytes are cut; a gzipped body is unpacked here."""
    response = read(WHOLE[name], pieces)[0].response()
    fields = [[key.lower(), value] for key, value in response.headers]
    status, expected, body = shipped[name]
    assert response.status == status
    assert sorted(fields) == sorted([key.lower(), value] for key, value in expected)
    assert response.body == (b'{"a":1}' if name == "gzip" else body.encode("latin-1"))


@pytest.mark.parametrize(
    ("data", "kept"),
    [
        (ANSWER, True),
        (CHUNKED, True),
        (UNTIL_CLOSED, False),
        (HEAD + b"Connection: close\r\nContent-Length: 2\r\n\r\n{}", False),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}", False),
        (ANSWER + ANSWER, False),  # the second one belongs to nobody
    ],
)
def test_connection_is_kept_where_both_sides_agree(data: bytes, kept: bool) -> None:
    """HTTP/1.1 with a framed body and nothing behind it."""
    reader, whole = read(data)
    assert whole
    assert reader.keep_alive is kept
    assert reader.response().status == 200


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", ConnectionResetError),
        (b"HTTP/1.1 200", ConnectionResetError),
        (INTERIM, ConnectionResetError),
        (ANSWER[:-1], ConnectionResetError),
        (CHUNKED[:-3], ConnectionResetError),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", HttpParserError),
        (HEAD + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", HttpParserError),
        (HEAD + b"Content-Length: -1\r\n\r\n{}", HttpParserError),
    ],
)
def test_half_an_answer_is_none(data: bytes, error: type[Exception]) -> None:
    """What ends early, and what is no HTTP, is an error and never a response."""
    with pytest.raises(error):
        read(data)


def test_answer_of_endless_length_is_given_up() -> None:
    """Beyond 16 MB nothing more is kept."""
    reader = Reader()
    reader.feed(HEAD + b"\r\n")
    with pytest.raises(TooLargeError):
        for _ in range(17):
            reader.feed(b"x" * 1024 * 1024)


def test_endless_head_is_given_up() -> None:
    """Beyond 128 KB of headers nothing more is read."""
    reader = Reader()
    reader.feed(HEAD)
    with pytest.raises(TooLargeError):
        for number in range(200):
            reader.feed(b"X-%d: %s\r\n" % (number, b"x" * 1_000))


def test_damaged_body_is_no_response() -> None:
    """A coding that was not offered, and gzip that is none."""
    for coding in (b"br", b"gzip"):
        reader = Reader()
        assert reader.feed(HEAD + b"Content-Encoding: %s\r\nContent-Length: 2\r\n\r\n{}" % coding)
        with pytest.raises(UndecodableError):
            reader.response()


def test_interrupt_within_the_parser_is_an_interrupt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C may come while a header field is read: it ends the run, and is no broken answer."""

    def interrupted(*_: bytes) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Reader, "on_header", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Reader().feed(ANSWER)


def test_reader_serves_again() -> None:
    """After a response it is as new: nothing of one answer is seen in the next."""
    reader = Reader()
    for _ in range(3):
        assert reader.feed(ANSWER)
        response = reader.response()
        assert (response.status, len(response.headers.fields), response.body) == (200, 2, b'{"a":1}')


def test_answer_to_head_ends_with_its_head() -> None:
    """The length stands for the body that a GET would bring."""
    reader = Reader()
    assert reader.feed(HEAD + b"Content-Length: 7\r\n\r\n", head_only=True)
    assert reader.response().body == b""
