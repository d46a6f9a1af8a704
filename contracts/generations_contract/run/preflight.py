"""Before a run: whether the target answers and takes the key, how long a round trip takes, and whose clock is wrong.

A connection that is lost, and a page that something on the way writes, are asked again as in a run: a bad network is
no unusable target.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.exchange.exchange import LOST, Exchange, Response
from generations_contract.exchange.parsing import http_date
from generations_contract.forms.text import printable
from generations_contract.run.losses import written_by
from generations_contract.scripts.script import Fetch
from generations_contract.wire import proxies
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
            exchange = _asked(client, http, outgoing, unix or time.time)
            for pause_s in bounds.pauses_s:
                if not _lost(exchange):
                    break
                time.sleep(pause_s)
                exchange = _asked(client, http, outgoing, unix or time.time)
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
    instead = written_by(exchange) if _lost(exchange) else None
    if instead is not None:
        status = exchange.status or int(instead.rpartition(" ")[2])
        raise UsageError(
            f"{target.base_url} cannot be used: something on the way answers in the gateway's place ({instead}); "
            f"{_REMEDIES.get(status, _UP)}"
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


def _rounded(seconds: float) -> str:
    for size_s, unit in ((3600, "h"), (60, "min")):
        if seconds >= size_s * 0.95:
            return f"{seconds / size_s:.1f}".removesuffix(".0") + f" {unit}"
    return f"{seconds:.0f} s"
