"""Before a run: whether the target answers, takes the key and is this API at all, and how long a round trip takes.

Every product answers something, and many a wrong address refuses whatever it is asked. So a refusal that only this
API gives must have been seen: 400 `invalid_input` for a body without its fields, where creations go to; or, where
something answers there, 401 `unauthenticated` without a key, or 404 `not_found` for an id that never was.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.exchange.exchange import Exchange, Failure, Response
from generations_contract.exchange.parsing import media_type
from generations_contract.forms.text import printable
from generations_contract.scripts.script import Create, Fetch
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.client import Client, HttpClient, Outgoing
from generations_contract.wire.stage import PLAIN_QUESTION

_HINTS: Final = {
    "refused": "nothing listens there",
    "dns": "the host name does not resolve",
    "tls": "its TLS certificate is not accepted",
    "timeout": "it does not answer",
    "reset": "it closes the connection without an answer",
    "garbage": "what answers there does not speak HTTP",
    "too-large": "its answer never ends",
}
# What an address answers at which nothing takes creations.
_NOTHING_THERE: Final = frozenset({404, 405, 410, 501})
_TITLE: Final = re.compile(rb"<title[^>]*>\s*([^<]{1,80}?)\s*<", re.IGNORECASE)
# A path that a base URL may have too much of, or wrong: so many of its parents are tried.
_PARENTS: Final = 3


def check_usable(target: Target, bounds: Bounds = BOUNDS) -> float:
    """The seconds of the quickest round trip; raises `UsageError`, one line, unless the target is this API."""
    floor_s = check_reachable(target, bounds=bounds)
    check_is_this_api(target, bounds)
    return floor_s


def check_reachable(target: Target, rounds: int = 3, bounds: Bounds = BOUNDS) -> float:
    """The seconds of the quickest round trip; raises `UsageError` when the target does not answer, or not with it."""
    client, http = Client(target, bounds=bounds), HttpClient(ca_file=target.ca_file, bounds=bounds)
    outgoing = client.prepare(Fetch(PLAIN_QUESTION))
    quickest = float("inf")
    try:
        for _ in range(rounds):
            outcome, took_s = _timed(http, outgoing)
            quickest = min(quickest, took_s)
            if isinstance(outcome, Failure):
                hint = _HINTS.get(outcome.kind, outcome.kind)
                detail = printable(client.vault.conceal_text(outcome.detail), 200)
                raise UsageError(
                    f"{target.base_url} cannot be used: {hint} ({detail}); check [target] base_url"
                )
            if 300 <= outcome.status < 400:
                where = client.vault.conceal_text(outcome.headers.get("location") or "nowhere")[:200]
                raise UsageError(
                    f"{target.base_url} redirects ({outcome.status} to {printable(where)}), which no API "
                    "call follows; check [target] base_url"
                )
            if outcome.status == 401:
                variable = target.variables["main"]
                raise UsageError(f"{target.base_url} refuses the API key in {variable} (401); check the key")
    finally:
        http.close()
    return quickest


def check_is_this_api(target: Target, bounds: Bounds = BOUNDS) -> None:
    """Raises `UsageError`, with what to write where that can be found out, unless a refusal of this API is seen."""
    client, http = Client(target, bounds=bounds), HttpClient(ca_file=target.ca_file, bounds=bounds)
    try:
        created, stranger, unknown = (
            client.record(sent, http.send(sent), sent_at=0.0, answered_at=0.0)
            for sent in (client.prepare(each) for each in _QUESTIONS)
        )
        if _is_ours(created, stranger, unknown):
            return
        found = next(
            filter(None, (_asked_at(client, http, base) for base in _parents(target.base_url))), None
        )
    finally:
        http.close()
    advice = f'write base_url = "{found}"' if found else "check [target] base_url"
    raise UsageError(
        f"{target.base_url} is not this API: POST {GENERATIONS_PATH} {_answer(created)}; {advice}"
    )


_QUESTIONS: Final = (
    # Wrong in several ways, so that a gateway which misses one of them makes no generation of it.
    Create(b'{"preflight": true}'),
    Fetch(PLAIN_QUESTION, credential="missing"),
    Fetch(PLAIN_QUESTION),
)


def _takes_creations(created: Exchange) -> bool:
    """Whether a wrong body is refused as this API does; whether the envelope is right is for a clause to say."""
    return (
        created.response is not None and created.status == 400 and b"invalid_input" in created.response.body
    )


def _is_ours(created: Exchange, stranger: Exchange, unknown: Exchange) -> bool:
    if _takes_creations(created):
        return True
    if created.response is None or created.status in _NOTHING_THERE or _is_page(created):
        return False
    return stranger.refused_with("unauthenticated", 401) or unknown.refused_with("not_found", 404)


def _parents(base_url: str) -> Iterator[str]:
    """The addresses above a base URL's path, the nearest first."""
    parts = urlsplit(base_url)
    steps = parts.path.split("/")
    for turn in range(1, min(len(steps), _PARENTS + 1)):
        yield parts._replace(path="/".join(steps[:-turn])).geturl().rstrip("/")


def _asked_at(client: Client, http: HttpClient, base_url: str) -> str | None:
    """The address, if creations go there: a body without its fields is refused as this API does."""
    moved = replace(client.prepare(_QUESTIONS[0]), url=base_url + GENERATIONS_PATH)
    created = client.record(moved, http.send(moved), sent_at=0.0, answered_at=0.0)
    return base_url if _takes_creations(created) else None


def _is_page(exchange: Exchange) -> bool:
    return media_type(exchange.header("content-type")) == "text/html"


def _answer(exchange: Exchange) -> str:
    """What came instead, in a few words."""
    if exchange.response is None:
        return f"has no answer ({exchange.failure.kind if exchange.failure else 'none'})"
    body = exchange.response.body
    if _is_page(exchange):
        title = _TITLE.search(body[:4000])
        named = f" ({printable(title[1].decode('utf-8', 'replace'), 80)})" if title else ""
        return f"answers {exchange.status} with a web page{named}, as a login or a proxy does"
    shown = printable(body[:80].decode("utf-8", "replace"), 80)
    return f"answers {exchange.status}{f' with {shown}' if shown else ''}"


def _timed(http: HttpClient, outgoing: Outgoing) -> tuple[Response | Failure, float]:
    """What came, and the seconds from sending to it, connecting not counted."""
    moments = [time.monotonic()]
    outcome = http.send(outgoing, lambda: moments.append(time.monotonic()))
    return outcome, time.monotonic() - moments[-1]
