"""What a client was told, and what became of a request: derived facts that the clauses about clients share.

No clause lives here. Moments are the gateway's: an answer leaves it before the client has it, and a request reaches
it after the client has sent it. So a pause that the gateway sees is never shorter than the client's own.
"""

from typing import Final

from generations_contract.api.vocabulary import CANCELLED, COMPLETED, FAILED
from generations_contract.exchange.ended import KILLED
from generations_contract.exchange.exchange import LOST, Exchange

# Clocks, and a sleep that ends a moment early.
GRAIN_S: Final = 0.05
# An answer may leave so long after the end of its window: who hangs up before has given it no margin.
LATE_S: Final = 0.5
# Refusals that the same request will meet again.
FINAL_REFUSALS: Final = frozenset({400, 401, 402, 403, 404, 422})
# Requests of one recording that lie further apart need not be of one mind.
ONE_ATTEMPT_S: Final = 120.0


def told(exchange: Exchange) -> str:
    """What came of a request, in a few words."""
    if exchange.response is None:
        return (
            f"no answer ({exchange.failure.detail or exchange.failure.kind})"
            if exchange.failure
            else "no answer"
        )
    page = "" if exchange.ok or exchange.problem is not None else "not this API's"
    return f"{exchange.status} {exchange.state or exchange.code or page}".rstrip()


def asked(exchange: Exchange) -> str:
    """A request in a few words."""
    query = f"?{exchange.request.query}" if exchange.request.query else ""
    return f"{exchange.request.method} {exchange.request.path}{query}"


def lost(exchange: Exchange) -> bool:
    """Whether no answer came although the client waited for one: cut on the way, or silent beyond its window."""
    failure = exchange.failure
    if failure is None or failure.detail == KILLED:
        return False
    if failure.kind in LOST or failure.kind == "timeout":
        return True
    return failure.kind == "abandoned" and exchange.elapsed_s >= (exchange.longest_window_s or 0.0) + LATE_S


def interrupted(exchange: Exchange) -> bool:
    """Whether what came back is no word of the generation: lost, a page of whoever stands between, or a 5xx."""
    return lost(exchange) or (exchange.response is not None and exchange.response.status >= 500)


def short_poll(exchange: Exchange) -> bool:
    """Whether a fetch asks without waiting."""
    return exchange.kind == "fetch" and exchange.asked_window_s == 0


def failure_told(exchange: Exchange) -> str:
    """Why there will be no asset, as this answer says; "" where it does not."""
    if exchange.state in (FAILED, CANCELLED):
        return f"{exchange.state}{f' ({exchange.code})' if exchange.code else ''}"
    if exchange.kind == "create" and exchange.response is not None and not exchange.ok:
        return told(exchange)
    return ""


def before_deadline(exchange: Exchange, moment: float) -> bool:
    """Whether a moment lies before that at which the client's own deadline may end it."""
    watched = exchange.terms.watched
    return watched is not None and moment < watched.deadline_at


def completed(exchange: Exchange) -> bool:
    """Whether the answer lists the assets of a completed generation."""
    return exchange.state == COMPLETED
