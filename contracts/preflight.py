"""Before a run: whether the target answers and takes the key, and how long a round trip takes at best."""

import time

from contracts.client import Client, HttpClient
from contracts.exchange import Failure
from contracts.script import Fetch
from contracts.target import Target, UsageError

_HINTS = {
    "refused": "nothing listens there",
    "dns": "the host name does not resolve",
    "tls": "its TLS certificate is not accepted",
    "timeout": "it does not answer",
    "reset": "it closes the connection without an answer",
    "garbage": "what answers there does not speak HTTP",
    "too-large": "its answer never ends",
}


def check_reachable(target: Target, rounds: int = 3) -> float:
    """The seconds of the quickest round trip; raises `UsageError` when the target cannot be used at all."""
    client, http = Client(target), HttpClient(ca_file=target.ca_file)
    outgoing = client.prepare(Fetch("gen_preflight_never_was"))
    quickest = float("inf")
    try:
        for _ in range(rounds):
            started = time.monotonic()
            outcome = http.send(outgoing)
            quickest = min(quickest, time.monotonic() - started)
            if isinstance(outcome, Failure):
                hint = _HINTS.get(outcome.kind, outcome.kind)
                detail = client.vault.conceal_text(outcome.detail)
                raise UsageError(
                    f"{target.base_url} cannot be used: {hint} ({detail}); check [target] base_url"
                )
            if outcome.status == 401:
                variable = target.variables["main"]
                raise UsageError(f"{target.base_url} refuses the API key in {variable} (401); check the key")
    finally:
        http.close()
    return quickest
