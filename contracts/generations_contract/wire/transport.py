"""The sending itself, over real HTTP: a request goes out, and a whole answer or one failure comes back.

What a step means on the wire, and what is recorded, is `client`'s. Every
exchange has a connection of its own and no cookies. So no exchange suffers from what another one left behind
(a kept-alive connection that the server has closed meanwhile, bytes beyond a wrong Content-Length, a session
of another account), nothing is ever sent twice, and the blame for a lost connection is the server's.
"""

import logging
import re
import socket
import ssl
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from http.cookiejar import CookieJar, DefaultCookiePolicy
from pathlib import Path
from typing import Any, Final

import httpx

from generations_contract.api.usage import UsageError
from generations_contract.exchange.credentials import BEARER
from generations_contract.exchange.exchange import Asset, Failure, FailureKind, Headers, Kind, Response
from generations_contract.wire import deadline as patience
from generations_contract.wire import proxy_environment
from generations_contract.wire.allowed_hosts import OutOfReachError, Reach, next_url
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.decoding import ACCEPTED, TooLargeError, decoded

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SENDING: Final = ("send_request_headers.started", "send_connection_init.started")


@dataclass(frozen=True)
class Outgoing:
    """A request ready to be sent, secrets in place: never recorded, never printed.

    `reach`: where a download may lead; `None` for what goes to the target itself.
    """

    kind: Kind
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    account: str = "main"
    credential: str = BEARER
    intent: str = ""
    asset: Asset | None = None
    timeout_s: float = BOUNDS.grace_s
    gives_up: bool = False
    reach: Reach | None = field(default=None, repr=False)

    def __repr__(self) -> str:
        return f"Outgoing({self.method} {self.kind})"

    def gave_up(self) -> Failure:
        """The failure when there was no answer within `timeout_s`."""
        if self.gives_up:
            return Failure("abandoned", f"hung up after {self.timeout_s:g} s")
        return Failure("timeout", f"no answer within {self.timeout_s:g} s")

    def redirected(self, answer: Response) -> "Outgoing | Failure | None":
        """The download that a redirect asks for, or why it asks for none; `None` for every other answer."""
        if self.kind != "download" or answer.status not in _REDIRECTS:
            return None
        url = next_url(self.url, answer.headers.get("location") or "")
        return replace(self, url=url) if url else Failure("garbage", f"{answer.status} that leads nowhere")


def _quiet() -> None:
    """Keep httpx and httpcore from logging URLs and headers: signatures and echoed keys stand in them."""
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)


class HttpClient:
    """Sends over real HTTP with httpx. Thread-safe; one TLS context for the process.

    A proxy is taken from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), as is
    `SSL_CERT_FILE` where no `ca_file` is given.
    """

    def __init__(self, *, ca_file: Path | None = None, bounds: Bounds = BOUNDS) -> None:
        _quiet()
        self._bounds = bounds
        verify = trusting(ca_file) if ca_file else True
        try:
            self._http = httpx.Client(
                verify=verify,
                limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
                follow_redirects=False,
                headers={"Accept": "*/*", "Accept-Encoding": ACCEPTED},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise UsageError(proxy_environment.complaint(error)) from None
        patience.install(self._http)

    def send(self, outgoing: Outgoing, sending: Callable[[], None] = lambda: None) -> Response | Failure:
        """The whole answer, or why there is none; never raises for what a network or a server does.

        `sending` is called when a connection stands and the request begins to leave: a client's clock for the
        gateway starts there, for connecting is the network's business.
        """
        under_way = False

        def trace(event: str, _: Any) -> None:
            nonlocal under_way
            if event.endswith(_SENDING) and not under_way:
                under_way = True
                patience.begin(outgoing.timeout_s)
                sending()

        def send(hop: Outgoing) -> Response | Failure:
            return send_with(self._http, hop, bounds=self._bounds, extensions={"trace": trace})

        with patience.within(2 * self._bounds.connect_s):
            return followed(outgoing, self._bounds.hops, send)

    def close(self) -> None:
        """Close all connections; whoever still waits gets a failure."""
        self._http.close()


def trusting(ca_file: Path) -> ssl.SSLContext:
    """A TLS context that trusts the certificates of a file (PEM), and only them."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror if not isinstance(error, ssl.SSLError) else "holds no certificate in PEM form"
        raise UsageError(f"[target] ca_file = {ca_file}: cannot be used: {reason}") from None


def followed(
    outgoing: Outgoing, hops: int, send: Callable[[Outgoing], Response | Failure]
) -> Response | Failure:
    """The outcome at the end of a download's redirects, at most `hops`; nothing else is redirected."""
    hop = outgoing
    for _ in range(hops + 1):
        try:
            if hop.reach is not None:
                hop.reach.check_url(hop.url, listed=outgoing.url)
        except OutOfReachError as error:
            return Failure("unsafe", str(error))
        outcome = send(hop)
        onward = hop.redirected(outcome) if isinstance(outcome, Response) else None
        if not isinstance(onward, Outgoing):
            return onward or outcome
        hop = onward
    return Failure("garbage", f"redirected more than {hops} times, last to {hop.url}")


def send_with(
    http: httpx.Client,
    outgoing: Outgoing,
    *,
    bounds: Bounds = BOUNDS,
    extensions: dict[str, Any] | None = None,
) -> Response | Failure:
    """Send through any httpx client: the one place where httpx's errors become failures."""
    timeout = httpx.Timeout(bounds.connect_s, read=outgoing.timeout_s, write=outgoing.timeout_s)
    most = bounds.media_bytes if outgoing.kind == "download" else bounds.answer_bytes
    reach = outgoing.reach
    try:
        with (
            patience.leading(reach) if reach else nullcontext(),
            http.stream(
                outgoing.method,
                outgoing.url,
                headers=list(outgoing.headers),
                content=outgoing.body,
                timeout=timeout,
                extensions=extensions,
            ) as answer,
        ):
            if answer.status_code < 200:
                return Failure("garbage", f"{answer.status_code} as a final answer")
            body = _body(answer, most)
    except OutOfReachError as error:
        return Failure("unsafe", str(error))
    except TooLargeError:
        return Failure("too-large", f"body of more than {most} bytes")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError, ValueError) as error:
        return _failure(error, outgoing)
    fields = tuple(
        (name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in answer.headers.raw
    )
    return Response(answer.status_code, Headers(fields), body)


def _body(answer: httpx.Response, most: int) -> bytes:
    """The decoded body; raises `TooLargeError` before more than the bound is read, let alone inflated."""
    if answer.is_stream_consumed:  # an answer that was never on a wire (respx)
        return answer.content
    length = answer.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > most:
        raise TooLargeError
    body = bytearray()
    for chunk in answer.iter_raw():
        body += chunk
        if len(body) > most:
            raise TooLargeError
    return decoded(bytes(body), answer.headers.get("content-encoding", ""), most)


def _failure(error: Exception, outgoing: Outgoing) -> Failure:
    if isinstance(error, httpx.ReadTimeout | httpx.WriteTimeout):
        return outgoing.gave_up()
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    return Failure(_failure_kind(error), detail)


def _failure_kind(error: Exception) -> FailureKind:
    connecting = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout)
    cause: BaseException | None = error
    while cause is not None:
        # Once the connection stood the request got out: what it made may have to be paid (`money.purchase`).
        shaking = isinstance(cause, TimeoutError) and "handshake" in str(cause)
        if connecting and (isinstance(cause, ssl.SSLError) or shaking):
            return "tls"
        if isinstance(cause, socket.gaierror):
            return "dns"
        if isinstance(cause, ConnectionResetError):
            return "reset"
        cause = cause.__cause__ or cause.__context__
    if connecting:
        return "refused"
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.RemoteProtocolError):
        if "too long" in str(error):
            return "too-large"
        return "reset" if re.search("disconnect|closed|reset", str(error)) else "garbage"
    return "reset" if isinstance(error, httpx.NetworkError) else "garbage"
