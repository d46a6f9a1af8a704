"""The deadline of a whole answer: a drip does not extend it, and one answer's deadline is not another's."""

import httpx
import pytest

from generations_contract.exchange.exchange import Failure, Response
from generations_contract.wire import deadline as patience
from generations_contract.wire.client import HttpClient, Outgoing
from tests.support import sockets

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
DRIPS = {
    "head": sockets.dripping(b"HTTP/1.1 200 OK\r\nX: "),
    "early hints": sockets.dripping(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"),
    "body": sockets.dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n"),
    "chunks": sockets.dripping(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
}


def _outgoing(url: str, timeout_s: float, *, gives_up: bool = False) -> Outgoing:
    return Outgoing("fetch", "GET", url, (), b"", timeout_s=timeout_s, gives_up=gives_up)


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS)
@pytest.mark.parametrize(("gives_up", "kind"), [(False, "timeout"), (True, "abandoned")])
def test_dripping_answer_ends_at_its_deadline(drip: sockets.Misbehave, gives_up: bool, kind: str) -> None:
    """A server that sends a byte now and then gets as long as one that sends nothing."""
    http = HttpClient()
    with sockets.listening(drip) as url:
        outcome = http.send(_outgoing(url, 0.15, gives_up=gives_up))
        http.close()
    assert isinstance(outcome, Failure)
    assert outcome.kind == kind


def test_deadline_is_of_one_answer_only() -> None:
    """After one answer ran out of time the next one has all of its own."""
    http = HttpClient()
    with sockets.listening(sockets.silent) as url:
        assert isinstance(http.send(_outgoing(url, 0.05)), Failure)
    with sockets.listening(sockets.sending(HEAD + b"hi")) as url:
        assert isinstance(http.send(_outgoing(url, 10)), Response)
    http.close()


def test_outside_a_deadline_httpx_is_itself() -> None:
    """Connections of a patient client work without one, and keep httpx's own timeouts."""
    with httpx.Client() as client:
        patience.install(client)
        with sockets.listening(sockets.sending(HEAD + b"hi")) as url:
            assert client.get(url).text == "hi"
        with sockets.listening(sockets.silent) as url, pytest.raises(httpx.ReadTimeout):
            client.get(url, timeout=0.05)


def test_deadline_holds_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reaches the gateway through a proxy is protected all the same."""
    http_through_proxy = "http://gateway.test/v1/generations/gen_1"
    with sockets.listening(DRIPS["head"]) as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy)
        http = HttpClient()
        outcome = http.send(_outgoing(http_through_proxy, 0.15))
        http.close()
    assert isinstance(outcome, Failure)
    assert outcome.kind == "timeout"
