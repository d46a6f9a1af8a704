"""Proves at every start, on loopback and within a quarter of a second, that each repair of `client` took.

A new release of locust, gevent or geventhttpclient may rename what a repair replaces; then the run would go
on with figures that are wrong in silence. So each check drives the real client against a tiny server and
names the repair that failed. Only the locustfile imports this module.
"""

import gc
import os
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import gevent
import locust.stats
from gevent.server import StreamServer

from generations_contract.api.process_limits import open_files
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Failure, Request
from generations_load.transport import client
from generations_load.transport.client import Transport
from generations_load.transport.wire import Sending
from generations_load.under_locust import gc_tuning as collecting

_ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"


def problems() -> list[str]:
    """What does not work as it must, each with the name of the repair; empty when all is well."""
    found = []
    for name, check in CHECKS.items():
        try:
            complaint = check()
        except Exception as error:
            complaint = f"{type(error).__name__}: {error}"
        if complaint:
            found.append(f"{name}: {complaint}")
    return found


def keep_alive() -> str | None:
    """A connection whose descriptor is above 1023 is used again."""
    limit = open_files()
    ballast = [os.open(os.devnull, os.O_RDONLY) for _ in range(1_100 if limit > 1_300 else 0)]
    opens: list[float] = []
    client.opened.append(opens.append)
    try:
        with _server(_polite) as (transport, _):
            outcomes: list[Any] = [transport.send(_get()) for _ in range(3)]
            outcomes += [_failed(transport.session.get("/", name="self-test")) for _ in range(3)]
    finally:
        client.opened.remove(opens.append)
        for descriptor in ballast:
            os.close(descriptor)
    if any(isinstance(each, Failure) for each in outcomes):
        return f"a request failed: {outcomes}"
    # One of our transport, and one of locust's own client, for scenarios that use it.
    return None if len(opens) == 2 else f"2 x 3 requests opened {len(opens)} connections instead of 2"


def hang_up_seen() -> str | None:
    """A connection that the server closed while idle is replaced before the next request."""
    with _server(_closes_when_idle) as (transport, _):
        first = transport.send(_get())
        gevent.sleep(0.02)
        second = transport.send(_get())
    failed = [each for each in (first, second) if isinstance(each, Failure)]
    return f"the request after it failed: {failed[0].detail}" if failed else None


def no_resend() -> str | None:
    """A poll whose connection breaks reaches the server once, by our transport and by locust's client."""
    for through in ("transport", "locust"):
        with _server(_drops) as (transport, seen):
            if through == "transport":
                transport.send(_get())
            else:
                transport.session.get("/", name="self-test")
            gevent.sleep(0.01)
            if len(seen) != 1:
                return f"the server saw {len(seen)} requests instead of 1 ({through})"
    return None


def patience() -> str | None:
    """No read timeout at or below the longest window, and a deadline that holds for each request."""
    with _server(_silent) as (transport, _):
        timeout = transport._pool.network_timeout
        if timeout <= WAIT_MAX_S:
            return f"the connections' read timeout is {timeout:g} s, the longest window {WAIT_MAX_S} s"
        outcome = transport.send(_get(timeout_s=0.05))
    return None if isinstance(outcome, Failure) and outcome.kind == "timeout" else f"got {outcome}"


def unfinished() -> str | None:
    """A killed greenlet ends its request by GreenletExit, which the caller records, and frees the socket."""
    with _server(_silent) as (transport, _):
        ended: list[str] = []

        def poll() -> None:
            try:
                transport.send(_get())
            except gevent.GreenletExit:
                ended.append("unfinished")
                raise

        greenlet = gevent.spawn(poll)
        gevent.sleep(0.02)
        greenlet.kill()
    return None if ended else "a poll killed in flight did not end by GreenletExit"


def tls_verified() -> str | None:
    """An https connection checks the certificate and the host name."""
    context = _SelfTestTransport("https://127.0.0.1:9")._pool.ssl_context
    checked = context.check_hostname and context.verify_mode == ssl.CERT_REQUIRED
    return None if checked else "certificates or host names are not checked"


def digits() -> str | None:
    """Locust's own table shows 58,600 ms as such."""
    stats = locust.stats.RequestStats()
    stats.log_request("GET", "self-test", 58_600, 0)
    shown = stats.get("self-test", "GET").get_response_time_percentile(0.99)
    return None if shown == 58_600 else f"58600 ms is shown as {shown} ms"


def garbage() -> str | None:
    """What exists can be taken out of the collector's sight."""
    collecting.freeze()
    return None if gc.get_freeze_count() else "gc.freeze() freezes nothing"


CHECKS: dict[str, Callable[[], str | None]] = {
    "keep-alive above descriptor 1023": keep_alive,
    "hang-up of an idle connection": hang_up_seen,
    "no silent re-send": no_resend,
    "read timeout above the window": patience,
    "unfinished polls recorded": unfinished,
    "TLS verified": tls_verified,
    "response times with three digits": digits,
    "garbage collection frozen": garbage,
}


def _failed(answer: Any) -> Failure | None:
    """What locust's own client says of a request that failed (status 0)."""
    return None if answer.status_code else Failure("reset", "locust's own client got no answer")


def _get(timeout_s: float = 5.0) -> Sending:
    data = b"GET / HTTP/1.1\r\nHost: self-test\r\n\r\n"
    return Sending("other", "GET", data, Request("GET", "/", "/"), timeout_s)


class _SelfTestTransport(Transport):
    def __init__(self, host: str) -> None:
        self.session = client.session(host, SimpleNamespace(fire=lambda **_: None))
        super().__init__(self.session, host)


@contextmanager
def _server(behave: Callable[[Any], None]) -> Iterator[tuple[_SelfTestTransport, list[bytes]]]:
    """A loopback server that behaves so with each request it reads, and a transport towards it."""
    seen: list[bytes] = []

    def serve(sock: Any, _address: Any) -> None:
        while data := sock.recv(4096):
            seen.append(data)
            behave(sock)

    server = StreamServer(("127.0.0.1", 0), serve)
    server.start()
    transport = _SelfTestTransport(f"http://127.0.0.1:{server.server_port}")
    try:
        yield transport, seen
    finally:
        transport.close()
        transport._pool.close()
        server.stop(timeout=0)


def _polite(sock: Any) -> None:
    sock.sendall(_ANSWER)


def _closes_when_idle(sock: Any) -> None:
    sock.sendall(_ANSWER)
    gevent.sleep(0.005)
    sock.shutdown(2)


def _drops(sock: Any) -> None:
    sock.shutdown(2)


def _silent(_sock: Any) -> None:
    gevent.sleep(1)
