"""From a step to bytes, and from an answer to an exchange: what a script means on the wire is decided here.

Every stage uses the same `Client.prepare` and `Client.record`. Secrets enter requests here and are concealed
here, before anything is recorded. Nothing is sent from here (`transport` does that), and no clause and no
verdict lives here.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from urllib.parse import quote

from generations_contract.api.target import Target
from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.exchange.credentials import CREDENTIALS, in_shell
from generations_contract.exchange.exchange import Exchange, Failure, Headers, Kind, Request, Response
from generations_contract.exchange.parsing import path_and_query
from generations_contract.scripts.script import Create, Download, Fetch, Raw
from generations_contract.wire import proxies
from generations_contract.wire.allowed_hosts import Reach, host_of
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.redaction import Vault
from generations_contract.wire.transport import HttpClient, Outgoing, send_with, trusting

__all__ = ["Client", "HttpClient", "Outgoing", "send_with", "trusting"]


class Client:
    """Speaks for a target's accounts; shared by all stages."""

    def __init__(self, target: Target, terms: Terms | None = None, bounds: Bounds = BOUNDS) -> None:
        self.target = target
        self.bounds = bounds
        self.reach = Reach(host_of(target.base_url), frozenset(target.profile.target.media_hosts))
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
                asset=step.asset, timeout_s=self.bounds.download_s, reach=self.reach,
            )  # fmt: skip
        if isinstance(step, Create):
            body = step.body if isinstance(step.body, bytes) else _dump(step.body)
            headers: tuple[tuple[str, str], ...] = (
                (("Content-Type", step.content_type),) if step.content_type else ()
            )
            return self._api("create", "POST", GENERATIONS_PATH, headers, body, step)
        if isinstance(step, Fetch):
            path = f"{GENERATIONS_PATH}/{_quoted(step.generation_id)}{_query(step)}"
            return self._api("fetch", "GET", path, (), b"", step)
        return self._api("other", step.method, step.path, step.headers, step.body, step)

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
        response: Response | None = None
        failure: Failure | None = None
        echoed: tuple[str, ...] = ()
        if isinstance(outcome, Response) and sent.kind != "download":
            outcome = proxies.cut(outcome, answered_at - sent_at) or outcome
        if isinstance(outcome, Failure):
            failure = replace(outcome, detail=self.vault.conceal_text(outcome.detail))
        else:
            response, echoed = self.concealed(sent.kind, outcome)
        return Exchange(
            kind=sent.kind,
            request=self._concealed(sent),
            sent_at=sent_at,
            answered_at=answered_at,
            response=response,
            failure=failure,
            account=sent.account,
            credential=sent.credential,
            intent=sent.intent,
            asset=sent.asset,
            answered_unix=answered_unix,
            echoed=echoed,
            terms=self.terms,
        )

    def concealed(self, kind: Kind, response: Response) -> tuple[Response, tuple[str, ...]]:
        """The response without secrets (the very one where there are none), and where in it a key stood."""
        told = self._conceal_response(kind, response)
        # Where nothing was concealed, nothing was echoed.
        return told, () if kind == "download" or told is response else tuple(self._echoes(response))

    def _api(
        self,
        kind: Kind,
        method: str,
        path: str,
        headers: tuple[tuple[str, str], ...],
        body: bytes,
        step: Create | Fetch | Raw,
    ) -> Outgoing:
        shown = CREDENTIALS[step.credential].value(self.target.keys[step.account])
        authorization = () if shown is None else (("Authorization", shown),)
        give_up_after_s: float | None = getattr(step, "give_up_after_s", None)
        timeout_s = give_up_after_s
        if timeout_s is None:
            timeout_s = (_longest_window_s(kind, path.partition("?")[2], body) or 0.0) + self.bounds.grace_s
        return Outgoing(
            kind, method, self.target.base_url + path, (*authorization, *headers, *self.target.headers), body,
            account=step.account, credential=step.credential, intent=step.intent,
            timeout_s=timeout_s, gives_up=give_up_after_s is not None,
        )  # fmt: skip

    def _concealed(self, sent: Outgoing) -> Request:
        path, query = path_and_query(sent.url)
        variable = self.target.variables.get(sent.account, "GATEWAY_API_KEY")
        headers = tuple(
            (
                name,
                in_shell(sent.credential, variable)
                if name == "Authorization"
                else self._hidden.get(value) or self.vault.conceal_text(value),
            )
            for name, value in sent.headers
        )
        conceal = self.vault.conceal_text
        return Request(
            sent.method, conceal(sent.url), conceal(path),
            conceal("?" + query)[1:], Headers(headers), self.vault.conceal(sent.body),
        )  # fmt: skip

    def _conceal_response(self, kind: Kind, response: Response) -> Response:
        """The response without secrets: the very one where there are none."""
        conceal = self.vault.conceal_text
        fields = tuple([(name, conceal(value)) for name, value in response.headers])
        # Media bytes are compared and decoded: they stay as they are. A refusal is no media.
        media = kind == "download" and 200 <= response.status < 300
        body = response.body if media else self.vault.conceal(response.body)
        if body == response.body and fields == response.headers.fields:
            return response
        return Response(response.status, Headers(fields), body)

    def _echoes(self, response: Response) -> list[str]:
        leaks = self.vault.leaks
        found = [
            f"header {name}" for name, value in response.headers if leaks(value.encode("utf-8", "replace"))
        ]
        return [*found, "body"] if leaks(response.body) else found


@lru_cache(maxsize=1024)
def _longest_window_s(kind: Kind, query: str, body: bytes) -> float | None:
    """The longest legal hold, as the judge will see it: how long "no answer" takes."""
    return Exchange(kind, Request("", "", "", query, body=body), 0, 0).longest_window_s


def _dump(body: Mapping[str, object]) -> bytes:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode("utf-8")


def _quoted(text: str) -> str:
    """The text percent-encoded, whatever a gateway has put into it."""
    return quote(text, safe="", errors="surrogatepass")


def _query(step: Fetch) -> str:
    wait = [] if step.wait is None else [f"wait={_quoted(_plain(step.wait))}"]
    query = "&".join([*wait, *([step.query] if step.query else [])])
    return f"?{query}" if query else ""


def _plain(wait: float | str) -> str:
    return wait if isinstance(wait, str) else repr(wait) if wait % 1 else f"{wait:.0f}"
