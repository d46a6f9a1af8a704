"""The long-poll-safe client: locust's FastHttpUser with what it gets wrong for long polls put right.

Sending and its six repairs live here; only the locustfile imports this module, because importing locust
patches the process. What a request means, and what its outcome is called, is decided elsewhere.

The repairs, each reproduced before it was made:

1. a pooled connection with a file descriptor above 1023 is not thrown away (`select` cannot look at it);
2. a dropped poll is never sent again behind our back (it would be up to 12 polls, or 12 billed generations);
3. the read timeout is the window plus a grace, not the 60 s that equal the longest window;
4. a poll in flight at the stop is recorded as unfinished, with its age;
5. response times keep three digits instead of two, so that 58.6 s is not 59 s;
6. garbage collection stops walking every user's objects once they exist.

TLS is verified, with one context for all users. `selftest` proves at every start that each repair took.
"""

import gc
import resource
import select as _select
import socket as _socket
import ssl
import time
from collections.abc import Callable
from functools import cache
from math import log10
from typing import Any, Final

import gevent.ssl
import locust.stats
from gevent import monkey
from gevent.timeout import Timeout
from geventhttpclient.connectionpool import ConnectionPool
from geventhttpclient.response import HTTPConnectionClosed, HTTPParseError, HTTPSocketPoolResponse
from locust import FastHttpUser

from contracts.bounds import BOUNDS
from contracts.decoding import TooLargeError, decoded
from contracts.exchange import Failure, Headers, Response
from contracts.vocabulary import WAIT_MAX_S
from loadtests.wire import MAX_BODY_BYTES, Sending

# Together(...) runs as many requests of one user at a time as a scenario likes.
_CONCURRENCY: Final = 1_000
_CHUNK_BYTES: Final = 64 * 1024
# Status line and headers; and a whole answer with its framing.
_HEAD_BYTES: Final = 128 * 1024
_WHOLE_BYTES: Final = 4 * MAX_BODY_BYTES
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
        self.opens = getattr(self, "opens", 0) + 1
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
    step = 10 ** max(0, int(log10(response_time_ms)) - 2)
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


def freeze_garbage() -> None:
    """Collect once, then leave what exists alone: repeated after every change of the population."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def raise_descriptor_limit() -> int:
    """Allow as many open files as the system grants; returns how many that is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return int(hard)


@cache
def _tls_context() -> Any:
    return gevent.ssl.create_default_context()


def tls_context(cafile: str | None = None) -> Any:
    """One verifying TLS context for all users: one each would cost 50 ms and half a megabyte."""
    context = _tls_context()
    if cafile:
        context.load_verify_locations(cafile=cafile)
    return context


class LongPollUser(FastHttpUser):
    """A FastHttpUser fit for polls of up to a minute."""

    abstract = True
    insecure = False
    network_timeout = WAIT_MAX_S + BOUNDS.grace_s
    connection_timeout = BOUNDS.connect_s
    max_retries = 0
    max_redirects = 0
    concurrency = _CONCURRENCY
    ssl_context_factory = staticmethod(tls_context)


class Transport:
    """Sends prepared requests over the connections of one user's FastHttpUser client."""

    def __init__(self, user: LongPollUser) -> None:
        self._pools = user.client.client.clientpool
        self._pool: Any = self._pools.get_client(str(user.host))._connection_pool
        self._under_way = self._most = self._broken = 0

    def send(self, sending: Sending) -> Response | Failure:
        """The whole answer, or why there is none; a killed greenlet passes through."""
        pool: Any = self._pools.get_client(sending.url)._connection_pool if sending.url else self._pool
        deadline = Timeout.start_new(sending.timeout_s)
        connecting = True
        self._under_way += 1
        self._most = max(self._most, self._under_way)
        before = getattr(pool, "opens", 0)
        outcome: Response | Failure | None = None
        try:
            sock = pool.get_socket()
            connecting = False
            if getattr(pool, "opens", 0) > before:
                self._opened(pool)
            try:
                sock.sendall(sending.data)
            except BaseException:
                pool.release_socket(sock)
                raise
            # From here the response object owns the socket, and gives it back whatever happens.
            outcome = _read(_Answer(sock, pool, method=sending.method))
        except Timeout as timeout:
            if timeout is not deadline:
                raise
            outcome = gave_up(sending)
        except (OSError, HTTPParseError, RuntimeError, ValueError) as error:
            outcome = failure(error, connecting=connecting)
        finally:
            deadline.close()
            self._under_way -= 1
            # A connection that broke, or was given up, is replaced for good reason.
            self._broken += not isinstance(outcome, Response) and not connecting
        return outcome

    def _opened(self, pool: Any) -> None:
        """Tell of a connection that replaces one which the server, or a proxy, closed between polls."""
        if pool is self._pool and pool.opens > self._most + self._broken:
            for tell in reopened:
                tell()


class _Answer(HTTPSocketPoolResponse):
    """An answer as it comes in, with bounds that the parser has not, and an end that is told from garbage."""

    def __init__(self, *args: Any, **options: Any) -> None:
        self._fed = 0
        super().__init__(*args, **options)

    def feed(self, data: str | bytes) -> None:
        """Take bytes in; raises `TooLargeError`, and `HTTPConnectionClosed` where there are no more."""
        self._fed += len(data)
        if self._fed > (_WHOLE_BYTES if self.headers_complete else _HEAD_BYTES):
            raise TooLargeError("the head, or what stands around the body, is too large")
        try:
            super().feed(data)
        except HTTPParseError:
            if data:
                raise
            raise HTTPConnectionClosed("the connection ended within the answer") from None


def _read(answer: HTTPSocketPoolResponse) -> Response | Failure:
    body = answer.read(_CHUNK_BYTES) if not answer.message_complete else answer.read()
    while not answer.message_complete:
        more = answer.read(_CHUNK_BYTES)
        if not more:
            break
        body += more
        if len(body) > MAX_BODY_BYTES:
            answer.release()
            return Failure("too-large", f"body of more than {MAX_BODY_BYTES} bytes")
    if not answer.message_complete and "content-length" in answer:
        return Failure("reset", "the connection ended within the body")
    body += answer.read()
    if codings := answer.get("content-encoding"):
        body = decoded(body, codings if isinstance(codings, str) else ",".join(codings), MAX_BODY_BYTES)
    return Response(answer.get_code(), Headers(tuple(answer.items())), body)


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
        return Failure("tls", detail)
    if isinstance(error, _socket.gaierror):
        return Failure("dns", detail)
    if connecting:
        return Failure("refused", detail)
    if isinstance(error, HTTPConnectionClosed | ConnectionError) or "connection closed" in str(error):
        return Failure("reset", detail)
    return Failure("garbage", detail)
