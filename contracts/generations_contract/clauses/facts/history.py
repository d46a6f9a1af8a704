"""What the clauses of several sections share: how an outcome reads, and when to believe an answer.

No clause lives here, and nothing about one section only. An answer that the
document lets come before the one in question (402, 429, a proxy's 503 …) is never held against a clause.
"""

from collections.abc import Iterator
from typing import Final

from generations_contract.api.vocabulary import PROVIDER_CODES, STATUS_OF_CODE
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Earlier

# Accounts that may create and read without a reason to be refused.
SOUND_ACCOUNTS: Final = frozenset({"main", "other"})
SHOWN_LENGTH: Final = 80


# -- how things read in a breach --------------------------------------------------------------------------


def shown(value: object) -> str:
    """A value from the wire for a breach: short, on one line, and safe whatever it is."""
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"an array of {len(value)}"
    text = repr(value) if value is not None else "null"
    return text if len(text) <= SHOWN_LENGTH else f"{text[:SHOWN_LENGTH]}…"


def seconds(value: float) -> str:
    """A duration with its unit."""
    return f"{value:.3f}".rstrip("0").rstrip(".") + " s"


def outcome(exchange: Exchange) -> str:
    """What came back, in a few words: "400 invalid_input", "202 queued", "no answer (reset) in 3 s"."""
    if exchange.response is None:
        kind = exchange.failure.kind if exchange.failure else "unknown"
        return f"no answer ({kind}) in {seconds(exchange.elapsed_s)}"
    told = exchange.code if not exchange.ok else exchange.state
    return f"{exchange.response.status} {shown(told).strip(chr(39)) if told else '(no code)'}"


def behaviour(exchange: Exchange) -> str:
    """The same as a stable name for what a target does where the document is silent."""
    return "accepted" if exchange.ok else outcome(exchange).partition(" in ")[0]


# -- whether an answer says anything about a request ------------------------------------------------------


def elsewhere(exchange: Exchange) -> bool:
    """Whether the answer comes from something before the gateway, or from a limit that may come first."""
    status = exchange.status
    if status is None or status in (402, 429, 503) or status < 200 or 300 <= status < 400:
        return True
    return status in (502, 504) and exchange.problem is None


def unreadable(exchange: Exchange, status: int) -> bool:
    """Whether the status is right and its code cannot be read: `errors.envelope` says so, nobody else."""
    return exchange.status == status and exchange.problem is None


def provider_problem(exchange: Exchange) -> bool:
    """Whether the answer is a provider failure shown as an HTTP error, code and status as documented."""
    code = exchange.code
    return code in PROVIDER_CODES and exchange.problem is not None and exchange.status == STATUS_OF_CODE[code]


# -- the past of a generation ------------------------------------------------------------------------------


def creation(earlier: Earlier) -> Exchange | None:
    """The accepted creation of a generation, where it was seen."""
    return earlier.first(_accepted_creation)


def creation_of(exchange: Exchange, earlier: Earlier) -> Exchange | None:
    """The creation that an exchange goes back to: itself, or the accepted one that was seen before."""
    return exchange if exchange.kind == "create" else creation(earlier)


def hung_up(exchange: Exchange) -> bool:
    """Whether the client itself ended a poll, on purpose."""
    return exchange.failure is not None and exchange.failure.kind == "abandoned"


def _accepted_creation(exchange: Exchange) -> bool:
    return exchange.kind == "create" and exchange.ok


def recent(earlier: Earlier, count: int) -> Iterator[Exchange]:
    """The latest exchanges, newest first; a bound on the work in long runs."""
    for index in range(len(earlier) - 1, max(-1, len(earlier) - 1 - count), -1):
        yield earlier[index]
