"""Before a run: whether the target answers and is this API, how long a round trip takes, and whose clock is wrong.

Every product answers something, and many a wrong address refuses whatever it is asked. So a refusal that only this
API gives must have been seen: 400 `invalid_input` for a body without its fields, where creations go to; or, where
something answers there, 401 `unauthenticated` without a key, or 404 `not_found` for an id that never was. A connection
that is lost, and a page that something on the way writes, are asked again as in a run: a bad network is no unusable
target.
"""

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import urlsplit

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.exchange.exchange import LOST, Exchange, Failure, Response
from generations_contract.exchange.parsing import http_date, media_type
from generations_contract.forms.text import printable
from generations_contract.scripts.script import Create, Fetch
from generations_contract.wire import proxies, proxy_environment
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
# What to do about somebody who answers in the gateway's place, by the status he gives.
_REMEDIES: Final = {
    403: "let this client through its firewall",
    429: "let this client through its limiter, or wait",
    503: "is the gateway up, and does a limiter let this client through?",
}
_UP: Final = "is the gateway behind it up?"
# What an address answers at which nothing takes creations.
_NOTHING_THERE: Final = frozenset({404, 405, 410, 501})
_TITLE: Final = re.compile(rb"<title[^>]*>\s*([^<]{1,80}?)\s*<", re.IGNORECASE)
# A path that a base URL may have too much of, or wrong: so many of its parents are tried.
_PARENTS: Final = 3
# A clock that differs by less says nothing (seconds): `Date` has whole ones.
_WRONG_CLOCK_S: Final = 10.0


@dataclass(frozen=True)
class Sight:
    """What was seen of a target, in seconds.

    `floor_s`: a round trip, as long as all that were measured but the slowest: a network that is now quick and now slow
    is no late gateway, and one hiccup is no slow network. `behind_s`: how far this machine's clock is behind, `None`
    where the target does not tell the time.
    """

    floor_s: float
    behind_s: float | None = None

    @property
    def remark(self) -> str | None:
        """One line about a wrong clock, `None` where both agree."""
        if self.behind_s is None or abs(self.behind_s) < _WRONG_CLOCK_S:
            return None
        way = "behind" if self.behind_s > 0 else "ahead of"
        return (
            f"this machine's clock is {_rounded(abs(self.behind_s))} {way} the gateway's Date; "
            "moments are judged by the latter"
        )


def check_usable(target: Target, bounds: Bounds = BOUNDS) -> Sight:
    """What is seen of the target; raises `UsageError`, one line, unless it can be used and is this API."""
    seen = look_at(target, bounds=bounds)
    check_is_this_api(target, bounds)
    return seen


def check_reachable(target: Target, rounds: int = 5, bounds: Bounds = BOUNDS) -> float:
    """The seconds of a round trip; raises `UsageError` when the target cannot be used at all."""
    return look_at(target, rounds, bounds).floor_s


def look_at(
    target: Target, rounds: int = 5, bounds: Bounds = BOUNDS, unix: Callable[[], float] | None = None
) -> Sight:
    """Ask a plain question some times; raises `UsageError` when the target cannot be used at all."""
    client, http = Client(target, bounds=bounds), HttpClient(ca_file=target.ca_file, bounds=bounds)
    outgoing = client.prepare(Fetch(PLAIN_QUESTION))
    seen = []
    try:
        for _ in range(rounds):
            exchange = _asked_again(client, http, outgoing, unix or time.time)
            _check(target, exchange)
            seen.append(exchange)
    finally:
        http.close()
    trips = sorted(seen, key=lambda each: each.elapsed_s)
    quickest = trips[0]
    told = http_date(quickest.header("date") or "")
    # The middle of the second that `Date` tells, and of the way there and back.
    behind_s = None if told is None else told + 0.5 - (quickest.answered_unix - quickest.elapsed_s / 2)
    return Sight(trips[-2:][0].elapsed_s, behind_s)


def _asked_again(
    client: Client, http: HttpClient, outgoing: Outgoing, unix: Callable[[], float] = time.time
) -> Exchange:
    """What came of the question in the end: it is asked again where it was lost on the way."""
    exchange = _asked(client, http, outgoing, unix)
    for pause_s in client.bounds.pauses_s:
        if not _lost(exchange):
            break
        time.sleep(pause_s)
        exchange = _asked(client, http, outgoing, unix)
    return exchange


def _lost(exchange: Exchange) -> bool:
    return proxies.foreign(exchange) or (exchange.failure is not None and exchange.failure.kind in LOST)


def _asked(client: Client, http: HttpClient, outgoing: Outgoing, unix: Callable[[], float]) -> Exchange:
    """What came of the question, timed from sending to the answer, connecting not counted."""
    moments = [time.monotonic()]
    outcome = http.send(outgoing, lambda: moments.append(time.monotonic()))
    return client.record(
        outgoing, outcome, sent_at=moments[-1], answered_at=time.monotonic(), answered_unix=unix()
    )


def _check(target: Target, exchange: Exchange) -> None:
    """Raise `UsageError` for an answer, or none, with which a run makes no sense."""
    instead = proxies.written_by(exchange) if _lost(exchange) else None
    if instead is not None:
        status = exchange.status or int(instead.rpartition(" ")[2])
        raise UsageError(
            f"{target.base_url} cannot be used: something on the way answers in the gateway's place ({instead}); "
            f"{_REMEDIES.get(status, _UP)}"
        )
    proxy = proxy_environment.leading_to(target.base_url)
    if exchange.failure is not None and proxy is not None and _is_the_proxys(exchange.failure):
        raise UsageError(
            f"{target.base_url} cannot be used: the proxy {proxy[1]} refuses "
            f"({printable(exchange.failure.detail, 200)}); check {proxy[0]}, or name the host in NO_PROXY"
        )
    if exchange.failure is not None:
        hint = _HINTS.get(exchange.failure.kind, exchange.failure.kind)
        detail = printable(exchange.failure.detail, 200)
        raise UsageError(f"{target.base_url} cannot be used: {hint} ({detail}); check [target] base_url")
    answer = exchange.response or Response(0)
    if 300 <= answer.status < 400:
        where = (answer.headers.get("location") or "nowhere")[:200]
        raise UsageError(
            f"{target.base_url} redirects ({answer.status} to {printable(where)}), which no API "
            "call follows; check [target] base_url"
        )
    if answer.status == 401:
        variable = target.variables["main"]
        raise UsageError(f"{target.base_url} refuses the API key in {variable} (401); check the key")


def _is_the_proxys(failure: Failure) -> bool:
    """Whether no connection stood: through a proxy that is the proxy's own doing, whatever is behind it."""
    return failure.kind in ("refused", "dns") or "ProxyError" in failure.detail


def check_is_this_api(target: Target, bounds: Bounds = BOUNDS) -> None:
    """Raises `UsageError`, with what to write where that can be found out, unless a refusal of this API is seen."""
    client, http = Client(target, bounds=bounds), HttpClient(ca_file=target.ca_file, bounds=bounds)
    try:
        created, stranger, unknown = (_asked_again(client, http, client.prepare(each)) for each in _QUESTIONS)
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
    if created.status in _NOTHING_THERE or _is_page(created):
        return False
    # Where no answer comes to a POST the run will tell, as long as the GETs are this API's.
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
    return base_url if _takes_creations(_asked_again(client, http, moved)) else None


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


def _rounded(seconds: float) -> str:
    for size_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= size_s * 0.95:
            return f"{seconds / size_s:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"
