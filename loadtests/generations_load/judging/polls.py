"""What became of one request: its outcome, and how far its duration is off what the window explains.

Pure classification of an exchange; nothing is counted, sent or judged against the contract here.

The duration of a long poll is mostly the hold, so its percentiles say nothing. What says something: the
*overshoot* of a window that elapsed (latency - window), the *wake delay* of pollers of one generation
against the first of them that saw it end, and, where the gateway stamps its true hold (`Server-Timing:
hold;dur=MS`), the *error* of this generator itself (latency - hold).
"""

import re
from typing import Final, Literal

from generations_contract.api.terms import EARLY_TOLERANCE_S
from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.exchange.exchange import Exchange

Outcome = Literal[
    "instant",  # answered without a hold
    "woken",  # held, and answered before the window's end because the job had ended
    "full",  # held to the window's end
    "early",  # neither terminal nor at the window's end: a breach of its own
    "refused",  # an error that the scenario asked for
    "limited",  # 429
    "abandoned",  # the client hung up, on purpose
    "gave-up",  # the client's patience ended: window + grace
    "cut",  # the connection broke under the poll
    "error",  # any other answer, or no connection
]
OUTCOMES: Final[tuple[Outcome, ...]] = (
    "instant", "woken", "full", "early", "refused", "limited", "abandoned", "gave-up", "cut", "error",
)  # fmt: skip
FAILURES: Final = frozenset({"gave-up", "cut", "error"})
# The intents of steps that ask to be refused.
REFUSAL: Final = "refusal"
UNKNOWN_ID: Final = "unknown-id"  # the contract suite's word for it

_INSTANT_S: Final = 0.1
_STAMP: Final = "server-timing"
_STAMP_LENGTH: Final = len(_STAMP)
_HOLD, _LATE = (
    re.compile(rf"(?:^|,)\s*{name}\s*;[^,]*?\bdur=([0-9]+(?:\.[0-9]+)?)", re.IGNORECASE)
    for name in ("hold", "late")
)


def outcome_of(exchange: Exchange) -> Outcome:
    """The one outcome of a create or fetch."""
    if exchange.failure is not None:
        kind = exchange.failure.kind
        if kind in ("reset", "garbage"):
            return "cut"
        return {"abandoned": "abandoned", "timeout": "gave-up"}.get(kind, "error")  # type: ignore[return-value]
    if not exchange.ok:
        if exchange.status == 429:
            return "limited"
        return (
            "refused"
            if exchange.intent in (REFUSAL, UNKNOWN_ID) and 400 <= (exchange.status or 500) < 500
            else "error"
        )
    return _held(exchange)


def _held(exchange: Exchange) -> Outcome:
    elapsed, window = exchange.elapsed_s, exchange.asked_window_s
    if window is not None and elapsed >= window - EARLY_TOLERANCE_S and window > 0:
        return "full"
    if exchange.state is None:
        return "error"
    if window == 0:
        return "instant"
    if exchange.terminal:
        return "instant" if elapsed < _INSTANT_S else "woken"
    # "auto" is the server's own window; a number is a promise.
    return "early" if window is not None else "full"


def overshoot_s(exchange: Exchange, outcome: Outcome) -> float | None:
    """How long after its window's end a poll that was held to the end was answered; `None` for others."""
    if outcome != "full" or exchange.asked_window_s is None:
        return None
    return max(0.0, exchange.elapsed_s - exchange.asked_window_s)


def early_by_s(exchange: Exchange, outcome: Outcome) -> float | None:
    """How long before its window's end a non-terminal answer came; `None` where that did not happen."""
    return (exchange.asked_window_s or 0.0) - exchange.elapsed_s if outcome == "early" else None


def server_hold_s(exchange: Exchange) -> float | None:
    """The true hold, where the gateway stamps it: `Server-Timing: hold;dur=<milliseconds>`."""
    if exchange.response is None:
        return None
    for name, value in exchange.response.headers.fields:
        if len(name) == _STAMP_LENGTH and name.lower() == _STAMP:
            found = _HOLD.search(value)
            if found:
                return float(found.group(1)) / 1000
    return None


def unplanned_s(exchange: Exchange) -> float:
    """How much of a poll's duration the embedded gateway did not plan: it, or the way to it, was starved.

    0 where nothing is stamped. Only to be asked about a gateway that is known to stamp the truth.
    """
    hold = server_hold_s(exchange)
    if hold is None:
        return 0.0
    late = _LATE.search(exchange.header(_STAMP) or "")
    return exchange.elapsed_s - hold + (float(late.group(1)) / 1000 if late else 0.0)


def explains(exchange: Exchange, outcome: Outcome) -> str:
    """A short, constant text for a failed poll: few different ones, however many polls fail."""
    if exchange.failure is not None:
        age = _age_class(exchange.elapsed_s)
        return f"{outcome}: {exchange.failure.kind} after {age}"
    code = exchange.code or "without an error code"
    known = exchange.code is None or exchange.code in STATUS_OF_CODE
    return f"{outcome}: HTTP {exchange.status} {code if known else 'and a code of its own'}"


def _age_class(elapsed_s: float) -> str:
    """Ages in few words: cuts of equal age are a proxy's idle timeout, cuts at once a stale connection."""
    if elapsed_s < 0.05:
        return "less than 0.05 s"
    return f"about {elapsed_s:.0f} s" if elapsed_s >= 2 else f"about {elapsed_s:.1f} s"
