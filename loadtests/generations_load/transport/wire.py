"""From a step to the bytes of a request, and from an answer to an exchange, thousands of times a second.

`generations_contract.wire.client.Client` decides what a step means on the wire; this is its fast lane for the two steps
that load is made of (an authorised create or fetch), and it must say the same: a test holds the two side by
side. Nothing is sent here and no greenlet is known.

Exchanges of a load run are never written out as they are, so URL signatures
in bodies are not replaced one by one here but when a breach is told (`judging.Explainer`). API keys never
enter an exchange: the recorded request carries the variable's name, and an answer that echoes a key is
concealed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from json import dumps
from typing import Any
from urllib.parse import quote, urlsplit

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import GENERATIONS_PATH, WAIT_AUTO, WAIT_MAX_S
from generations_contract.exchange.credentials import BEARER, CREDENTIALS, in_shell
from generations_contract.exchange.exchange import (
    Asset,
    Exchange,
    Failure,
    Headers,
    Kind,
    Request,
    Response,
)
from generations_contract.exchange.parsing import last_segment
from generations_contract.scripts.script import Create, Download, Fetch, Raw
from generations_contract.wire import proxies
from generations_contract.wire.bounds import BOUNDS
from generations_contract.wire.client import Client
from generations_contract.wire.transport import Outgoing

# Media bodies are not looked at under load, API bodies are small: beyond this an answer is garbage.
MAX_BODY_BYTES = 16 * 1024 * 1024
# Proxies that answer in the gateway's place do so with 408 or one of the 500s.
_PERHAPS_A_PROXYS = 408
_KEPT_FIELDS = 4_096
_COMMON = "Accept: */*\r\nAccept-Encoding: gzip, deflate\r\nUser-Agent: generations-contract load\r\n"


_ASKED = ("kind", "request", "account", "credential", "intent", "asset")


@dataclass(frozen=True, slots=True, repr=False)
class Sending:
    """A request ready to be sent: `data` holds the secrets, `request` is what may be recorded."""

    kind: Kind
    method: str
    data: bytes
    request: Request
    timeout_s: float
    gives_up: bool = False
    account: str = "main"
    credential: str = BEARER
    intent: str = ""
    asset: Asset | None = None
    url: str = ""
    generation_id: str | None = None
    asked: dict[str, Any] = field(init=False)

    def __post_init__(self) -> None:
        """What every exchange of this request has in common, once for all of them."""
        asked = {name: getattr(self, name) for name in _ASKED}
        if self.generation_id:
            asked["generation_id"] = self.generation_id
        object.__setattr__(self, "asked", asked)


class Wire:
    """Prepares requests and records exchanges for one target."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.terms: Terms = client.terms
        base = urlsplit(client.target.base_url)
        self._base_url = client.target.base_url
        self._base_path = base.path
        self._leaks, self._shortest = client.vault.leaks, client.vault.shortest
        self._clean: set[tuple[str, str]] = set()
        self._heads: dict[tuple[str, str], tuple[str, Headers]] = {}
        self.host = base.netloc.rpartition("@")[2]

    def prepare(self, step: Create | Fetch | Raw | Download) -> Sending:
        """The request that a step stands for."""
        if isinstance(step, Fetch) and step.credential == BEARER:
            return self._fetch(step)
        if isinstance(step, Create) and step.credential == BEARER and not isinstance(step.body, bytes):
            return self._create(step, step.body)
        return self._slow(self.client.prepare(step))

    def record(
        self,
        sent: Sending,
        outcome: Response | Failure,
        sent_at: float,
        answered_at: float,
        answered_unix: float,
        recall: Callable[[Exchange], bool] | None = None,
    ) -> Exchange:
        """The exchange of a request and its outcome.

        `recall`: whether the body is one that was looked at before, and need not be searched for keys again.
        """
        response, failure = None, None
        echoed: tuple[str, ...] = ()
        if not isinstance(outcome, Failure):
            response = outcome
            if outcome.status >= _PERHAPS_A_PROXYS and sent.kind != "download":
                failure = proxies.cut(outcome, answered_at - sent_at)
                response = None if failure else outcome
        else:
            failure = replace(outcome, detail=self.client.vault.conceal_text(outcome.detail))
        searched = sent.kind == "download" or response is None
        if response is not None and not searched and not self._clean_fields(response.headers.fields):
            response, echoed = self.client.concealed(sent.kind, response)
            searched = True
        exchange = Exchange.__new__(Exchange)
        exchange.__dict__.update(
            sent.asked,
            sent_at=sent_at,
            answered_at=answered_at,
            response=response,
            failure=failure,
            answered_unix=answered_unix,
            echoed=echoed,
            terms=self.terms,
        )
        told = recall is not None and recall(exchange)
        if response is not None and not (told or searched) and self._leaks(response.body):
            response, echoed = self.client.concealed(sent.kind, response)
            exchange.__dict__.update(response=response, echoed=echoed)
        return exchange

    def _clean_fields(self, fields: Iterable[tuple[str, str]]) -> bool:
        """Whether no header field holds a key; most fields come again and again, and are looked at once."""
        clean, shortest = self._clean, self._shortest
        for field_ in fields:
            if len(field_[1]) >= shortest and field_ not in clean:
                if self._leaks(field_[1].encode("utf-8", "replace")):
                    return False
                if len(clean) >= _KEPT_FIELDS:
                    clean.clear()
                clean.add(field_)
        return True

    def _fetch(self, step: Fetch) -> Sending:
        wait = step.wait
        query = step.query
        longest = 0.0
        if wait is not None:
            text = wait if isinstance(wait, str) else repr(wait) if wait % 1 else f"{wait:.0f}"
            query = f"wait={quote(text, safe='')}" + (f"&{query}" if query else "")
            if not isinstance(wait, str) and 0 <= wait <= WAIT_MAX_S:
                longest = wait
        path = f"{GENERATIONS_PATH}/{quote(step.generation_id, safe='', errors='surrogatepass')}"
        target = f"{path}?{query}" if query else path
        head, headers = self._head(step.account, "")
        full = self._base_path + path
        request = Request("GET", f"{self._base_url}{target}", full, query, headers)
        data = f"GET {self._base_path}{target} HTTP/1.1\r\n{head}\r\n".encode("latin-1")
        patience, gives_up = self._patience(step.give_up_after_s, longest)
        return Sending(
            "fetch", "GET", data, request, patience, gives_up, step.account, intent=step.intent,
            generation_id=last_segment(full),
        )  # fmt: skip

    def _create(self, step: Create, document: Mapping[str, Any]) -> Sending:
        body = dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        head, headers = self._head(step.account, step.content_type)
        full = self._base_path + GENERATIONS_PATH
        request = Request("POST", f"{self._base_url}{GENERATIONS_PATH}", full, "", headers, body)
        data = f"POST {full} HTTP/1.1\r\n{head}Content-Length: {len(body)}\r\n\r\n".encode("latin-1") + body
        patience, gives_up = self._patience(step.give_up_after_s, _longest_window_s(document))
        return Sending("create", "POST", data, request, patience, gives_up, step.account, intent=step.intent)

    def _slow(self, outgoing: Outgoing) -> Sending:
        parts = urlsplit(outgoing.url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        fields = "".join(f"{name}: {value}\r\n" for name, value in outgoing.headers)
        host = parts.netloc.rpartition("@")[2]
        length = (
            f"Content-Length: {len(outgoing.body)}\r\n" if outgoing.body or outgoing.method == "POST" else ""
        )
        head = f"{outgoing.method} {target} HTTP/1.1\r\nHost: {host}\r\n{_COMMON}{fields}{length}\r\n"
        recorded = self.client.record(outgoing, Failure("abandoned"), sent_at=0, answered_at=0).request
        return Sending(
            outgoing.kind, outgoing.method, head.encode("utf-8") + outgoing.body, recorded,
            outgoing.timeout_s, outgoing.gives_up, outgoing.account, outgoing.credential, outgoing.intent,
            outgoing.asset, outgoing.url if outgoing.kind == "download" else "",
        )  # fmt: skip

    def _head(self, account: str, content_type: str) -> tuple[str, Headers]:
        found = self._heads.get((account, content_type))
        if found is None:
            target = self.client.target
            shown = CREDENTIALS[BEARER].value(target.keys[account])
            kind = f"Content-Type: {content_type}\r\n" if content_type else ""
            more = "".join(f"{name}: {value}\r\n" for name, value in target.headers)
            head = f"Host: {self.host}\r\n{_COMMON}Authorization: {shown}\r\n{kind}{more}"
            fields = [("Authorization", in_shell(BEARER, target.variables.get(account, "GATEWAY_API_KEY")))]
            if content_type:
                fields.append(("Content-Type", content_type))
            conceal = self.client.vault.conceal_text
            fields += [(name, conceal(value)) for name, value in target.headers]
            found = self._heads[account, content_type] = (head, Headers(tuple(fields)))
        return found

    def _patience(self, give_up_after_s: float | None, longest_s: float) -> tuple[float, bool]:
        if give_up_after_s is not None:
            return give_up_after_s, True
        return longest_s + BOUNDS.grace_s, False


def _longest_window_s(body: Mapping[str, Any]) -> float:
    wait = body.get("wait", WAIT_AUTO)
    if wait == WAIT_AUTO:
        return float(WAIT_MAX_S)
    valid = isinstance(wait, int | float) and not isinstance(wait, bool) and 0 <= wait <= WAIT_MAX_S
    return float(wait) if valid else 0.0
