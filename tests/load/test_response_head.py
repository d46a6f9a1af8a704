"""`generations_load.transport.response_head`: what is made of a known head is what the parser makes of the same bytes, or nothing is."""

from random import Random

import pytest
from httptools import HttpParserError

from generations_contract.exchange.exchange import Response
from generations_load.transport.connection import Reader
from generations_load.transport.response_head import Heads

LINES = [
    b"Content-Type: application/json", b"Cache-Control: no-store", b"Retry-After: 1", b"Date: Wed, 25 Nov 2026",
    b"Server-Timing: hold;dur=12.5", b"Server-Timing: hold;dur=4000.1, late;dur=20", b"server-timing: x;dur=1",
    b"Server-Timing:  padded ", b"Server-Timing:", b"Server-Timing: a\x01b", b"Server-Timing: a\r\n folded",
    b"Connection: close", b"Connection: keep-alive", b"Content-Length: 2", b"Content-Length: 3",
    b"Content-Encoding: gzip", b"Transfer-Encoding: chunked", b"X-A: \xe9", b"X-Empty:", b"X-Tail: b ",
]  # fmt: skip
STARTS = [b"HTTP/1.1 200 OK", b"HTTP/1.1 202 Accepted", b"HTTP/1.0 200 OK", b"HTTP/1.1 204 No Content"]
BODIES = [b"{}", b"[1]", b"", b"{}{}", b"{}HTTP/1.1 200 OK\r\n\r\n"]


def parsed(data: bytes) -> tuple[Response, bool] | None:
    """What the parser makes of bytes that came at once: the answer, and whether the connection stays open."""
    reader = Reader()
    try:
        whole, kept = reader.feed(data), reader.keep_alive
        return (reader.response(), kept) if whole else None
    except (HttpParserError, ValueError, OSError):
        return None


def exact(response: Response) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """All of it, fields in their order and spelling."""
    return response.status, response.headers.fields, response.body


def odd(random: Random) -> bytes:
    """An answer of odd lines, in one piece; most are right, and plain."""
    lines = [random.choice(STARTS[: random.choice([1, 4])])]
    lines += random.sample(LINES[: random.choice([5, 14, 20])], random.randrange(5))
    lines += [b"Content-Length: 2"] if random.random() < 0.8 else []
    return b"\r\n".join(lines) + b"\r\n\r\n" + random.choice(BODIES[: random.choice([1, 5])])


@pytest.mark.parametrize("seed", range(4))
def test_known_heads_say_what_the_parser_says(seed: int) -> None:
    """Ten thousand odd answers: each that is taken from memory is the parser's, on an open connection."""
    random, heads, remembered = Random(seed), Heads(), 0  # noqa: S311
    answers = [odd(random) for _ in range(400)]
    for _ in range(10_000):
        data = random.choice(answers).replace(b"4000.1", b"%d" % random.randrange(9))
        expected, known = parsed(data), heads.response(data)
        if known is not None:
            assert expected is not None
            assert exact(known) == exact(expected[0])
            assert expected[1]
            remembered += 1
        elif expected is not None and expected[1]:
            heads.learn(data, expected[0])
    assert remembered > 1_000


def test_stamp_may_differ_and_nothing_else() -> None:
    """Another hold is no other head; another length, a second stamp or half a body is."""
    head = b"HTTP/1.1 200 OK\r\nServer-Timing: hold;dur=%s\r\nContent-Length: 2\r\n\r\n"
    heads, first = Heads(), parsed(head % b"1" + b"{}")
    assert first is not None
    heads.learn(head % b"1" + b"{}", first[0])
    found = heads.response(head % b"4000.25" + b"[]")
    assert found is not None
    assert found.headers.get("server-timing") == "hold;dur=4000.25"
    assert found.body == b"[]"
    for data in (head % b"1" + b"{", head % b"1" + b"{} ", head % b"1\r\nServer-Timing: 2" + b"{}"):
        assert heads.response(data) is None


def test_heads_that_never_come_again_are_left_alone() -> None:
    """Where each head has an id of its own, remembering stops, and what is kept stays small."""
    heads = Heads()
    for number in range(3_000):
        data = b"HTTP/1.1 200 OK\r\nX-Request-Id: %d\r\nContent-Length: 2\r\n\r\n{}" % number
        assert heads.response(data) is None
        answer = parsed(data)
        assert answer is not None
        heads.learn(data, answer[0])
    assert len(heads._known) <= 512
    assert heads._rest > 0
