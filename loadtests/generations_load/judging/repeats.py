"""The poll that is told once more what it was told before: what most answers of a load run are.

A generation that takes a minute is asked for again and again, and answers with the same bytes. Judging each
of them whole would cost more than sending it. `LastCleanPoll` is what is remembered of the latest clean answer, and
decides whether the next one can be waved through: the same question, the same answer but for the time of
day, in the same company, and *in time*. Whatever differs is judged whole, so this can never raise an alarm;
that it never misses one is held, poll by poll, against the whole judge (`tests/load/test_repeats.py`).

Only answers that show a non-terminal state are waved through, because then
each clause that looks at times grants one interval: of durations, and of ages of the generation.
"""

from typing import Any, Final, TypeAlias

from generations_contract.api.terms import EARLY_TOLERANCE_S
from generations_contract.clauses.facts.history import creation
from generations_contract.clauses.facts.windows import PLAIN_WAIT, documented_window_s, pending
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Earlier

Fields: TypeAlias = tuple[tuple[str, str], ...]
# Header fields that differ from answer to answer and that no clause looks at.
_FLEETING: Final = frozenset({"date", "Date", "server-timing", "Server-Timing"})
# Derived facts that only the question and the bytes of the answer decide: never the time.
_FACTS: Final = (
    "json",
    "resource",
    "state",
    "terminal",
    "generation_id",
    "sent_wait",
    "asked_window_s",
    "model",
)


class LastCleanPoll:
    """The latest clean answer about a generation (`exchange`), and the clauses that it exercised.

    `shortest_s` and `longest_s` bound the duration of a poll that is in time, `until` the moment at which a
    poll may be sent: beyond it the generation should have ended.
    """

    __slots__ = ("_facts", "_first", "asked", "exchange", "history", "longest_s", "shortest_s", "until")

    def __init__(self, exchange: Exchange, asked: tuple[str, ...], history: list[Exchange]) -> None:
        self.exchange = self._first = exchange
        self.asked, self.history = asked, history
        self._facts: dict[str, Any] = {
            name: exchange.__dict__[name] for name in _FACTS if name in exchange.__dict__
        }
        window, allowance = documented_window_s(exchange) or 0.0, exchange.terms.allowance_s
        self.shortest_s = window - EARLY_TOLERANCE_S if window > EARLY_TOLERANCE_S else 0.0
        self.longest_s = window + allowance
        created = creation(Earlier(history))
        self.until = float("inf")
        if created is not None:
            self.until = created.answered_at + exchange.terms.deadline_s(created.modality) + allowance

    def says_the_same(self, exchange: Exchange) -> bool:
        """Whether a poll asked the same and was told the same; it then takes over what was read of it.

        To be called before anybody reads the answer: the same bytes are neither parsed again nor kept twice.
        """
        now, then = exchange.response, self.exchange.response
        if (
            now is None
            or then is None
            or now.body != then.body
            or now.status != then.status
            or not _same_question(exchange, self.exchange)
            or not _same_fields(now.headers.fields, then.headers.fields)
        ):
            return False
        exchange.__dict__.update(self._facts)
        return True

    def certainly_clean(self, exchange: Exchange) -> bool:
        """Whether one that was told the same is certainly clean; it is then the latest."""
        history, latest = self.history, self.exchange
        if (
            history[-1] is not latest
            or latest.answered_at > exchange.sent_at
            or exchange.sent_at > self.until
            or not self.shortest_s <= exchange.answered_at - exchange.sent_at <= self.longest_s
        ):
            return False
        # Of a run of equal answers the first and the newest are kept: long jobs do not fill the memory, and
        # a poll that overlaps the newest is still held against the first.
        if latest is self._first:
            history.append(exchange)
        else:
            history[-1] = exchange
        self.exchange = exchange
        return True


def knowable(exchange: Exchange) -> bool:
    """Whether the next poll may be waved through after this clean one."""
    if not pending(exchange) or exchange.intent or not exchange.authenticated or exchange.echoed:
        return False
    query = exchange.request.query
    plain = not query or (query.startswith("wait=") and PLAIN_WAIT.fullmatch(query, 5) is not None)
    window = documented_window_s(exchange)
    return plain and window is not None and exchange.elapsed_s >= window - EARLY_TOLERANCE_S


def _same_question(one: Exchange, other: Exchange) -> bool:
    if one.request is other.request:  # prepared once, sent again
        return one.echoed == other.echoed
    return (
        one.request.query == other.request.query
        and one.account == other.account
        and one.credential == other.credential
        and one.intent == other.intent
        and one.echoed == other.echoed
    )


def _same_fields(some: Fields, others: Fields) -> bool:
    if len(some) != len(others):
        return False
    for one, other in zip(some, others, strict=True):
        if one is not other and one != other and (one[0] != other[0] or one[0] not in _FLEETING):
            return False
    return True
