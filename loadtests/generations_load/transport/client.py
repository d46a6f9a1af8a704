"""The long-poll-safe client: locust's FastHttpUser with what it gets wrong for long polls put right.

Sending and its six repairs live here; only the locustfile imports this module, because importing locust
patches the process. What a request means, and what its outcome is called, is decided elsewhere.

The repairs, each reproduced before it was made:

1. a pooled connection with a file descriptor above 1023 is not thrown away (`select` cannot look at it);
2. a dropped poll is never sent again behind our back (it would be up to 12 polls, or 12 billed generations);
3. the read timeout is the window plus a grace, not the 60 s that equal the longest window;
4. a poll in flight at the stop is recorded as unfinished, with its age;
5. response times keep three digits instead of two, so that 58.6 s is not 59 s;
6. garbage collection does not walk every user's objects (`under_locust.gc_tuning`).

TLS is verified, with one context for all users. `selftest` proves at every start that each repair took.
"""

import select as _select
import socket as _socket
import ssl
import time
from collections.abc import Callable
from functools import cache, cached_property
from math import log10
from typing import Any, Final

import gevent.ssl
import locust.stats
from gevent import getcurrent, monkey
from geventhttpclient.connectionpool import ConnectionPool
from httptools import HttpParserError, HttpParserUpgrade
from locust import FastHttpUser, User
from locust.contrib.fasthttp import FastHttpSession

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Failure, Response
from generations_contract.wire.bounds import BOUNDS
from generations_contract.wire.decoding import TooLargeError
from generations_load.transport.connection import Connection, connected
from generations_load.transport.deadlines import DEADLINES, LateError
from generations_load.transport.wire import MAX_BODY_BYTES, Sending

# Together(...) runs as many requests of one user at a time as a scenario likes.
_CONCURRENCY: Final = 1_000
# Descriptors that a process needs beside its connections.
SPARE_DESCRIPTORS: Final = 200
_POLL = monkey.get_original("select", "poll")

opened: list[Callable[[float], None]] = []  # called with the seconds that each new connection took
reopened: list[Callable[[], None]] = []  # called when one had to be opened although one should be there


def install() -> None:
    """Put the repairs in place, for every client of this process; twice is as good as once."""
    if getattr(ConnectionPool, "_long_poll_safe", False):
        return
    pool: Any = ConnectionPool  # its methods are replaced below
    original_init, original_create = pool.__init__, pool._create_socket

    def initialise(self: Any, *args: Any, **options: Any) -> None:
        original_init(self, *args, **options)
        self.size = -1  # HTTPClient.request tries size + 1 more times

    def create(self: Any) -> Any:
        before = time.perf_counter()
        sock = original_create(self)
        for tell in opened:
            tell(time.perf_counter() - before)
        return sock

    pool.__init__, pool._create_socket, pool._is_socket_alive = initialise, create, _alive
    pool._long_poll_safe = True
    stats: Any = locust.stats
    stats.bucket_response_time = three_digits


def three_digits(response_time_ms: float) -> float:
    """Locust's own tables: three significant digits, and never more than was measured."""
    if response_time_ms < 1:
        return round(response_time_ms, 1)
    if response_time_ms < 1_000:
        return int(response_time_ms)
    if response_time_ms < 10_000:
        return int(response_time_ms // 10 * 10)
    step = 10 ** (int(log10(response_time_ms)) - 2)
    return int(response_time_ms // step * step)


def _alive(_pool: Any, sock: Any) -> bool:
    """Whether an idle pooled connection can be used: no FIN, no stray bytes; any descriptor number."""
    if sock is None or sock.fileno() < 0:
        return False
    if isinstance(sock, ssl.SSLSocket):
        # Session tickets may lie unread in an idle TLS connection: only a hang-up makes it dead.
        poller = _POLL()
        poller.register(sock.fileno(), _select.POLLRDHUP)
        return not poller.poll(0)
    try:
        sock._sock.recv(1, _socket.MSG_PEEK | _socket.MSG_DONTWAIT)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False


trusted: list[str] = []  # certificates (PEM) of the profile, trusted instead of the usual ones


@cache
def _tls_context(pem: str) -> Any:
    return gevent.ssl.create_default_context(cadata=pem or None)


def tls_context(cafile: str | None = None) -> Any:
    """One verifying TLS context for all users: one each would cost 50 ms and half a megabyte."""
    pem = "".join(trusted)
    context = _tls_context(pem)
    if cafile and not pem:
        context.load_verify_locations(cafile=cafile)
    return context


class LongPollUser(FastHttpUser):
    """A FastHttpUser fit for polls of up to a minute.

    Its `client` is made when first asked for: session, cookie jar and pools of its own would take 10 KB and
    a quarter of a millisecond of each of thousands of users, who send by a `Transport`.
    """

    abstract = True
    insecure = False
    network_timeout = WAIT_MAX_S + BOUNDS.grace_s
    connection_timeout = BOUNDS.connect_s
    max_retries = 0
    max_redirects = 0
    concurrency = _CONCURRENCY
    ssl_context_factory = staticmethod(tls_context)

    def __init__(self, environment: Any) -> None:
        User.__init__(self, environment)

    @cached_property
    def client(self) -> FastHttpSession:  # type: ignore[override]
        """Locust's own client, with the repairs, for scenarios that want it."""
        return session(str(self.host), self.environment.events.request, self)


def session(host: str, request_event: Any = None, user: Any = None) -> FastHttpSession:
    """Locust's session for a host, with the bounds of `LongPollUser`."""
    kind = LongPollUser
    return FastHttpSession(
        host,
        request_event,
        user,
        insecure=kind.insecure,
        network_timeout=kind.network_timeout,
        connection_timeout=kind.connection_timeout,
        max_retries=kind.max_retries,
        max_redirects=kind.max_redirects,
        concurrency=kind.concurrency,
        ssl_context_factory=kind.ssl_context_factory,
    )


@cache
def shared_session(host: str) -> FastHttpSession:
    """The session by which all users of a process connect."""
    return session(host)


class Transport:
    """Sends prepared requests over connections of its own, which a session's pools open."""

    def __init__(self, through: FastHttpSession, host: str) -> None:
        self._pools = through.client.clientpool
        self._pool: Any = self._pools.get_client(host)._connection_pool
        self._idle: list[Connection] = []
        self._under_way = self._most = self._broken = self._opens = 0

    def send(self, sending: Sending) -> Response | Failure:
        """The whole answer, or why there is none; a killed greenlet passes through."""
        here, connection = getcurrent(), None
        outcome: Response | Failure | None = None
        DEADLINES.begin(here, sending.timeout_s)
        self._under_way += 1
        if self._under_way > self._most:
            self._most = self._under_way
        try:
            connection = self._connection(sending.url)
            connection.send(sending.data)
            outcome = connection.answer(sending.method)
        except LateError:
            outcome = gave_up(sending)
        except (OSError, HttpParserError, HttpParserUpgrade, RuntimeError, ValueError) as error:
            outcome = failure(error, connecting=connection is None)
        finally:
            DEADLINES.end(here, sending.timeout_s)
            self._under_way -= 1
            if connection is not None:
                self._part(connection, outcome, home=not sending.url)
        return outcome

    def close(self) -> None:
        """Close the connections that are idle."""
        while self._idle:
            self._idle.pop().close()

    def _connection(self, url: str) -> Connection:
        """An idle connection to the target that is alive, else a new one; always a new one to elsewhere."""
        if url:
            return connected(self._pools.get_client(url)._connection_pool._create_socket())
        while self._idle:
            connection = self._idle.pop()
            if connection.alive():
                return connection
            connection.close()
        found = connected(self._pool._create_socket())
        self._opens += 1
        # One more than there were requests at a time, and than broke: it replaces one that the server, or
        # a proxy, closed between polls.
        if self._opens > self._most + self._broken:
            for tell in reopened:
                tell()
        return found

    def _part(self, connection: Connection, outcome: Response | Failure | None, *, home: bool) -> None:
        whole = isinstance(outcome, Response)
        if whole and home and connection.reusable:
            self._idle.append(connection)
            return
        connection.close()
        # A connection that broke, or was given up, is replaced for good reason.
        self._broken += not whole and home


def gave_up(sending: Sending) -> Failure:
    """The failure when there was no answer in time."""
    if sending.gives_up:
        return Failure("abandoned", f"hung up after {sending.timeout_s:g} s")
    return Failure("timeout", f"no answer within {sending.timeout_s:g} s")


def failure(error: Exception, *, connecting: bool) -> Failure:
    """What an error of the connection is called."""
    detail = f"{type(error).__name__}: {error}"
    if isinstance(error, TooLargeError):
        return Failure("too-large", str(error) or f"body of more than {MAX_BODY_BYTES} bytes")
    if isinstance(error, ssl.SSLError):
        return Failure("tls" if connecting else "reset", detail)
    if isinstance(error, _socket.gaierror):
        return Failure("dns", detail)
    if connecting:
        return Failure("refused", detail)
    if isinstance(error, ConnectionError):
        return Failure("reset", detail)
    return Failure("garbage", detail)
