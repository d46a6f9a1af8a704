"""Before a run: whether the target answers and takes the key, and how long a round trip takes at best."""

import time

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.exchange.exchange import Failure, Response
from generations_contract.forms.text import printable
from generations_contract.scripts.script import Fetch
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.client import Client, HttpClient, Outgoing
from generations_contract.wire.stage import PLAIN_QUESTION

_HINTS = {
    "refused": "nothing listens there",
    "dns": "the host name does not resolve",
    "tls": "its TLS certificate is not accepted",
    "timeout": "it does not answer",
    "reset": "it closes the connection without an answer",
    "garbage": "what answers there does not speak HTTP",
    "too-large": "its answer never ends",
}


def check_reachable(target: Target, rounds: int = 3, bounds: Bounds = BOUNDS) -> float:
    """The seconds of the quickest round trip; raises `UsageError` when the target cannot be used at all."""
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


def _timed(http: HttpClient, outgoing: Outgoing) -> tuple[Response | Failure, float]:
    """What came, and the seconds from sending to it, connecting not counted."""
    moments = [time.monotonic()]
    outcome = http.send(outgoing, lambda: moments.append(time.monotonic()))
    return outcome, time.monotonic() - moments[-1]
