"""The reference gateway is safe to serve: nothing that is sent makes it slow, large, chatty or curious."""

import hmac
import re
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from itertools import pairwise
from statistics import median

import pytest

from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.gateway import Gateway, default_catalogue
from tests.gateway.gateway_helpers import ORIGIN, Desk, code, media, read
from tests.gateway.test_serve import HEAD, answer, post, raw, served

FLOOD_PER_S, FLOOD_S, WINDOW_S = 1000, 3.0, 2.5
LINES = b"POST /v1/generations HTTP/1.1\r\n" + HEAD
MALFORMED = [
    LINES + b"Content-Length: 9\r\n\r\n{\"model\":",
    LINES + b"Content-Length: 15\r\n\r\n[[[[[[[[[[[[[[[",
    LINES + b"Content-Length: 4\r\n\r\n\xff\xfe\xfd\xfc",
    b"GET /v1/generations/%00?wait=1e999 HTTP/1.1\r\n" + HEAD + b"\r\n",
    b"GET /v1/generations/../../etc/passwd?wait=x HTTP/1.1\r\nHost: x\r\n\r\n",
]  # fmt: skip
PATHS = [
    "/etc/passwd",
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd",
    "a.png/../../x",
    "\x00.png",
    "~root",
    "C:\\x",
]
HARD = {
    "deep arrays": b'{"model": ' + b"[" * 400_000,
    "deep objects": b'{"a":' * 150_000,
    "a number of a million digits": b'{"n": ' + b"9" * 1_000_000 + b"}",
    "a hundred thousand keys": b"{" + b",".join(b'"k%d":0' % n for n in range(80_000)) + b"}",
    "one key again and again": b"{" + b",".join([b'"n":1'] * 160_000) + b"}",
    "a ratio of digits": b'{"model":"flux-1.1-pro","input":{"prompt":"x","aspect_ratio":"' + b"1" * 900_000 + b':"}}',
    "a size of digits": b'{"model":"flux-1.1-pro","input":{"prompt":"x","size":"' + b"9" * 900_000 + b'x1"}}',
    "a duration of digits": b'{"model":"veo-3","input":{"prompt":"x","duration":"' + b"9" * 900_000 + b'"}}',
    "two hundred thousand pictures": b'{"model":"flux-1.1-pro","input":{"prompt":"x","images":[' + b"0," * 400_000 + b"0]}}",
    "a prompt of escapes": b'{"model":"flux-1.1-pro","input":{"prompt":"' + b"\\ud800" * 150_000 + b'"}}',
}  # fmt: skip
BUSY_S = 0.5

_heard: list[str] = []
_listening = threading.Event()


def _audited(event: str, _: object) -> None:
    if _listening.is_set() and event.split(".")[0] in (
        "open",
        "os",
        "subprocess",
        "socket",
        "shutil",
        "exec",
    ):
        _heard.append(event)


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """One served gateway for this module."""
    with served() as url:
        yield url


@pytest.mark.parametrize("body", HARD.values(), ids=HARD)
def test_hard_body_is_answered_in_little_time(body: bytes) -> None:
    """No body within the limit takes more than a moment, however it is nested or repeated, nor a 5xx."""
    desk = Desk()
    began = time.process_time()
    reply = desk.send("POST", GENERATIONS_PATH, body)
    assert time.process_time() - began < BUSY_S
    assert reply.status < 500
    assert len(reply.body) < 10_000


@pytest.mark.parametrize(
    "wait", ["9" * 60_000, "1e" + "9" * 60_000, "0." + "0" * 60_000 + "x", "%00", "%d9%a1"]
)
def test_hard_wait_is_refused_in_little_time(wait: str) -> None:
    """So is a query, whatever stands for the number."""
    desk = Desk()
    id_ = read(desk.create(wait=0))["id"]
    began = time.process_time()
    assert code(desk.fetch(id_, wait, now=0.0)) == "invalid_input"
    assert time.process_time() - began < BUSY_S


def test_every_key_is_compared_in_constant_time_with_all_accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A right key takes as many comparisons as a wrong one, each by `hmac.compare_digest`."""
    compared: list[int] = []
    original = hmac.compare_digest
    monkeypatch.setattr(hmac, "compare_digest", lambda one, two: compared.append(1) or original(one, two))
    counts = set()
    for account in default_catalogue().accounts:
        compared.clear()
        Desk(account=account).fetch("gen_never", now=0.0)
        counts.add(len(compared))
    assert counts == {len(default_catalogue().accounts)}


def test_input_never_reaches_the_file_system() -> None:
    """Ids, models, prompts, picture names and signatures with paths in them open no file and start nothing."""
    desk = Desk()
    done = read(desk.create(wait=60, model="instant-image"))
    picture = media(desk.fetch(done["id"], now=99.0))[0]["url"]
    desk.download(picture, now=99.0)  # whatever is imported late, is by now
    sys.addaudithook(_audited)
    _listening.set()
    try:
        for path in PATHS:
            desk.create(model=path, input={"images": [path, f"file://{path}"], "size": path})
            desk.create(input={"prompt": path, "resolution": path})
            desk.fetch(path, now=0.0)
            desk.send("GET", f"/media/{path}")
            desk.download(re.sub(r"(?<=/media/)[^?]*", lambda _, path=path: path, picture), now=99.0)  # type: ignore[misc]
    finally:
        _listening.clear()
    assert _heard == []


def test_ids_cannot_be_guessed() -> None:
    """Ids of one moment share nothing but their time: without the secret the next one is 80 random bits."""
    gateways = [Gateway(origin=ORIGIN, secret=secrets.token_bytes(32)) for _ in range(2)]
    ids = [read(Desk(each).create(wait=0))["id"] for each in gateways for _ in range(200)]
    tails = [int(each[-16:], 36) for each in ids]
    assert len(set(ids)) == len(ids)
    steps = {second - first for first, second in pairwise(tails)}
    assert len(steps) == len(tails) - 1
    for place in range(-16, 0):
        assert len({each[place] for each in ids}) > 16, f"character {place} of {ids[0]}"


def test_two_framings_of_one_body_are_refused(base_url: str) -> None:
    """Content-Length beside chunks is how requests are smuggled past a proxy: refused, and the connection closed."""
    data = LINES + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\n\r\n"
    told = answer(raw(base_url, data))
    assert told.startswith(b"HTTP/1.1 400 ")
    assert told.count(b"HTTP/1.1 ") == 1


def test_many_idle_and_slow_clients_keep_nobody_waiting(base_url: str) -> None:
    """Three hundred connections that say nothing, or half a request, leave an ordinary one as quick as ever."""
    pieces = [b"", b"GET /v1/gener", LINES + b"Content-Length: 900\r\n\r\n{"]
    slow = [raw(base_url, pieces[n % 3]) for n in range(300)]
    took = []
    for _ in range(5):
        began = time.perf_counter()
        assert post(base_url).status_code == 200
        took.append(time.perf_counter() - began)
    assert median(took) < 1.0
    for connection in slow:
        connection.close()


def test_flood_of_malformed_requests_leaves_held_polls_on_time(base_url: str) -> None:
    """While a thousand malformed requests a second come in, polls are answered at their windows' end."""
    holds: list[float] = []
    id_ = post(base_url, model="marathon-video", wait=0).json()["id"].encode()
    line = b"GET /v1/generations/%b?wait=%g HTTP/1.1\r\n%bConnection: close\r\n\r\n" % (id_, WINDOW_S, HEAD)

    def hold() -> None:
        told = answer(raw(base_url, line))
        found = re.search(rb"(?i)server-timing: hold;dur=([0-9.]+)", told)
        holds.append(float(found[1]) / 1000 if found else float("inf"))

    polls = [threading.Thread(target=hold) for _ in range(20)]
    for poll in polls:
        poll.start()
    sent, refused = _flood(base_url)
    for poll in polls:
        poll.join()
    assert len(holds) == 20
    assert max(holds) < WINDOW_S + 0.5
    assert min(holds) >= WINDOW_S
    assert refused == sent == FLOOD_PER_S * FLOOD_S


def _flood(base_url: str) -> tuple[int, int]:
    """(requests sent, refusals received): batches on one connection, at the pace of the flood."""
    batch = b"".join(MALFORMED * 10)
    size, sent, refused = len(MALFORMED) * 10, 0, 0
    began = time.perf_counter()
    with closing(raw(base_url, b"")) as connection:
        while sent < FLOOD_PER_S * FLOOD_S:
            connection.sendall(batch)
            sent += size
            refused += _refusals(connection, size)
            time.sleep(max(0.0, began + sent / FLOOD_PER_S - time.perf_counter()))
    return sent, refused


def _refusals(connection: socket.socket, count: int) -> int:
    """How many of the answers that come are refusals, each in the envelope."""
    data = b""
    while data.count(b'"message"') < count:
        some = connection.recv(1 << 20)
        assert some, data[-300:]
        data += some
    return len(re.findall(rb"HTTP/1.1 4\d\d ", data))
