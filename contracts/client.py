"""From a step to bytes, and from an answer to an exchange; and the sending itself, over real HTTP.

Every stage uses the same `Client.prepare` and `Client.record`, so that what a script means on the wire is
decided once. Secrets enter requests here and are concealed here, before anything is recorded. No clause and
no verdict lives here.
"""

import base64
import json
import re
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import httpx

from contracts import intermediary, patience
from contracts.exchange import Asset, Exchange, Failure, FailureKind, Headers, Kind, Request, Response
from contracts.redaction import Vault
from contracts.script import Create, Download, Fetch, Raw
from contracts.target import Target, UsageError
from contracts.terms import Terms
from contracts.vocabulary import GENERATIONS_PATH

# How long a client waits beyond what it asked for. Well above any slack: "no answer" must mean it.
GRACE_S: Final = 15.0
CONNECT_TIMEOUT_S: Final = 10.0
DOWNLOAD_TIMEOUT_S: Final = 120.0
MAX_BODY_BYTES: Final = 64 * 1024 * 1024

# How a key is shown: name -> the value of `Authorization`, `None` for no header.
CREDENTIALS: Final[Mapping[str, Callable[[str], str | None]]] = {
    "bearer": lambda key: f"Bearer {key}",
    "missing": lambda _: None,
    "unknown": lambda _: "Bearer ze_0000000000000000000000000000unknown",
    # Without a space behind it, which no client may send (RFC 9110, 5.5) and ours does not.
    "empty": lambda _: "Bearer",
    "prefix": lambda key: f"Bearer {key[:-1]}",
    "half": lambda key: f"Bearer {key[: len(key) // 2]}",
    "extension": lambda key: f"Bearer {key}0",
    "case": lambda key: f"Bearer {key.swapcase()}",
    "basic": lambda key: f"Basic {base64.b64encode(f'{key}:'.encode()).decode()}",
    "token": lambda key: f"Token {key}",
    "bare": lambda key: key,
}


@dataclass(frozen=True)
class Outgoing:
    """A request ready to be sent, secrets in place: never recorded, never printed."""

    kind: Kind
    method: str
    url: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    account: str = "main"
    credential: str = "bearer"
    intent: str = ""
    asset: Asset | None = None
    timeout_s: float = GRACE_S
    gives_up: bool = False

    def __repr__(self) -> str:
        return f"Outgoing({self.method} {self.kind})"

    def gave_up(self) -> Failure:
        """The failure when there was no answer within `timeout_s`."""
        if self.gives_up:
            return Failure("abandoned", f"hung up after {self.timeout_s:g} s")
        return Failure("timeout", f"no answer within {self.timeout_s:g} s")


class Client:
    """Speaks for a target's accounts; shared by all stages."""

    def __init__(self, target: Target, terms: Terms | None = None) -> None:
        self.target = target
        self.terms = terms or target.terms()
        self.vault = Vault(target.keys, target.variables)
        for variable, value in target.secrets.items():
            self.vault.learn(value, variable)
        self._hidden = {value: f"${variable}" for variable, value in target.secrets.items()}

    def prepare(self, step: Create | Fetch | Raw | Download) -> Outgoing:
        """The request that a step stands for."""
        if isinstance(step, Download):
            url = self.vault.reveal(step.url)
            return Outgoing(
                "download", "GET", url, (), b"", credential="missing", intent=step.intent,
                asset=step.asset, timeout_s=DOWNLOAD_TIMEOUT_S,
            )  # fmt: skip
        if isinstance(step, Create):
            body = step.body if isinstance(step.body, bytes) else _dump(step.body)
            headers: tuple[tuple[str, str], ...] = (
                (("Content-Type", step.content_type),) if step.content_type else ()
            )
            outgoing = self._api("create", "POST", GENERATIONS_PATH, headers, body, step)
        elif isinstance(step, Fetch):
            path = f"{GENERATIONS_PATH}/{quote(step.generation_id, safe='')}{_query(step)}"
            outgoing = self._api("fetch", "GET", path, (), b"", step)
        else:
            outgoing = self._api("other", step.method, step.path, step.headers, step.body, step)
        return self._patient(outgoing, getattr(step, "give_up_after_s", None))

    def record(
        self,
        sent: Outgoing,
        outcome: Response | Failure,
        *,
        sent_at: float,
        answered_at: float,
        answered_unix: float = 0.0,
    ) -> Exchange:
        """The exchange of a request and its outcome, with every secret concealed."""
        exchange = Exchange(
            kind=sent.kind,
            request=self._concealed(sent),
            sent_at=sent_at,
            answered_at=answered_at,
            account=sent.account,
            credential=sent.credential,
            intent=sent.intent,
            asset=sent.asset,
            answered_unix=answered_unix,
            terms=self.terms,
        )
        if isinstance(outcome, Response) and sent.kind != "download":
            outcome = intermediary.cut(outcome, answered_at - sent_at) or outcome
        if isinstance(outcome, Failure):
            return replace(exchange, failure=replace(outcome, detail=self.vault.conceal_text(outcome.detail)))
        echoed = () if sent.kind == "download" else tuple(self._echoes(outcome))
        return replace(exchange, response=self._conceal_response(sent.kind, outcome), echoed=echoed)

    def _api(
        self,
        kind: Kind,
        method: str,
        path: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        step: Create | Fetch | Raw,
    ) -> Outgoing:
        shown = CREDENTIALS[step.credential](self.target.keys[step.account])
        authorization = () if shown is None else (("Authorization", shown),)
        return Outgoing(
            kind, method, self.target.base_url + path, (*authorization, *headers, *self.target.headers), body,
            account=step.account, credential=step.credential, intent=step.intent,
        )  # fmt: skip

    def _patient(self, outgoing: Outgoing, give_up_after_s: float | None) -> Outgoing:
        if give_up_after_s is not None:
            return replace(outgoing, timeout_s=give_up_after_s, gives_up=True)
        # The longest legal hold, as the judge will see it, decides how long "no answer" takes.
        _, _, query = outgoing.url.partition("?")
        bare = Request(outgoing.method, "", "", query, body=outgoing.body)
        seen = Exchange(outgoing.kind, bare, 0, 0, terms=self.terms)
        return replace(outgoing, timeout_s=(seen.longest_s or 0.0) + GRACE_S)

    def _concealed(self, sent: Outgoing) -> Request:
        parts = urlsplit(sent.url)
        variable = self.target.variables.get(sent.account, "GATEWAY_API_KEY")
        headers = tuple(
            (
                name,
                _shown(sent.credential, variable)
                if name == "Authorization"
                else self._hidden.get(value) or self.vault.conceal_text(value),
            )
            for name, value in sent.headers
        )
        conceal = self.vault.conceal_text
        return Request(
            sent.method, conceal(sent.url), conceal(parts.path),
            conceal("?" + parts.query)[1:], Headers(headers), self.vault.conceal(sent.body),
        )  # fmt: skip

    def _conceal_response(self, kind: Kind, response: Response) -> Response:
        fields = tuple((name, self.vault.conceal_text(value)) for name, value in response.headers)
        # Media bytes are compared and decoded: they stay as they are. A refusal is no media.
        media = kind == "download" and 200 <= response.status < 300
        body = response.body if media else self.vault.conceal(response.body)
        return Response(response.status, Headers(fields), body)

    def _echoes(self, response: Response) -> list[str]:
        leaks = self.vault.leaks
        found = [
            f"header {name}" for name, value in response.headers if leaks(value.encode("utf-8", "replace"))
        ]
        return [*found, "body"] if leaks(response.body) else found


class HttpClient:
    """Sends over real HTTP with httpx. Thread-safe; one TLS context and one pool for the process.

    A proxy is taken from the environment (`HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY`, `NO_PROXY`), as is
    `SSL_CERT_FILE` where no `ca_file` is given.
    """

    def __init__(self, *, ca_file: Path | None = None, connections: int = 200) -> None:
        verify = trusting(ca_file) if ca_file else True
        limits = httpx.Limits(
            max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=4
        )
        self._http = httpx.Client(
            verify=verify, limits=limits, follow_redirects=False, headers={"Accept": "*/*"}
        )
        patience.install(self._http)

    def send(self, outgoing: Outgoing) -> Response | Failure:
        """The whole answer, or why there is none; never raises for what a network or a server does."""
        with patience.within(outgoing.timeout_s):
            return send_with(self._http, outgoing)

    def close(self) -> None:
        """Close all connections; whoever still waits gets a failure."""
        self._http.close()


def trusting(ca_file: Path) -> ssl.SSLContext:
    """A TLS context that trusts the certificates of a file (PEM), and only them."""
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or "holds no certificate in PEM form"
        raise UsageError(f"[target] ca_file = {ca_file}: cannot be used: {reason}") from None


def send_with(http: httpx.Client, outgoing: Outgoing) -> Response | Failure:
    """Send through any httpx client: the one place where httpx's errors become failures."""
    timeout = httpx.Timeout(CONNECT_TIMEOUT_S, read=outgoing.timeout_s)
    try:
        with http.stream(
            outgoing.method,
            outgoing.url,
            headers=list(outgoing.headers),
            content=outgoing.body,
            timeout=timeout,
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_bytes():
                body += chunk
                if len(body) > MAX_BODY_BYTES:
                    return Failure("too-large", f"body of more than {MAX_BODY_BYTES} bytes")
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, RuntimeError, ValueError) as error:
        return _failure(error, outgoing)
    fields = tuple(
        (name.decode("latin-1"), value.decode("utf-8", "replace")) for name, value in answer.headers.raw
    )
    return Response(answer.status_code, Headers(fields), bytes(body))


def _failure(error: Exception, outgoing: Outgoing) -> Failure:
    detail = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, httpx.ReadTimeout):
        return outgoing.gave_up()
    return Failure(_failure_kind(error), detail)


def _failure_kind(error: Exception) -> FailureKind:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLError):
            return "tls"
        if isinstance(cause, socket.gaierror):
            return "dns"
        if isinstance(cause, httpx.ConnectError | httpx.ConnectTimeout) and cause.__cause__ is None:
            return "refused"
        cause = cause.__cause__ or cause.__context__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        return "refused"
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    if isinstance(error, httpx.RemoteProtocolError):
        return "reset" if re.search("disconnect|closed|reset", str(error)) else "garbage"
    return "reset" if isinstance(error, httpx.NetworkError) else "garbage"


def _shown(credential: str, variable: str) -> str:
    """What stands in a recording where the key was: the way it was shown, and the variable's name."""
    return f"Bearer ${variable}" if credential == "bearer" else f"({credential} key of ${variable})"


def _dump(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _query(step: Fetch) -> str:
    wait = [] if step.wait is None else [f"wait={quote(_plain(step.wait), safe='')}"]
    query = "&".join([*wait, *([step.query] if step.query else [])])
    return f"?{query}" if query else ""


def _plain(wait: float | str) -> str:
    return wait if isinstance(wait, str) else repr(wait) if wait % 1 else f"{wait:.0f}"
