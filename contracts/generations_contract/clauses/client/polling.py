"""Clauses about how a client waits: windows, pauses, and the end of it."""

from itertools import pairwise
from typing import Final

from generations_contract.api.vocabulary import WAIT_AUTO
from generations_contract.clauses.facts.clients import (
    GRAIN_S,
    LATE_S,
    asked,
    before_deadline,
    interrupted,
    short_poll,
    told,
)
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.parsing import http_date
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause, everyone

# "Short polls keep a second between them", less what clocks and busy machines take from it.
_BETWEEN_S: Final = 0.9
# So many short polls of one generation, and none that waits, are a cadence of one's own.
_CADENCE: Final = 5
# Terminal answers fetched once more in a recording: a page that was loaded again is no poller.
_LOADED_AGAIN: Final = 2


@clause(
    "client.gives-window",
    "MUST",
    says="Server holds the connection up to N seconds.",
    when=lambda exchange: bool(exchange.longest_window_s) and exchange.terms.watched is not None,
    timing=True,
)
def gives_window(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The whole window plus a margin, unless the client's own outer deadline ends it."""
    failure, window_s = exchange.failure, exchange.longest_window_s or 0.0
    if failure is None:
        return
    if failure.kind != "abandoned" or not before_deadline(exchange, exchange.answered_at):
        yield MOOT
    elif exchange.elapsed_s < window_s + LATE_S:
        auto = ' ("auto" may take that long)' if exchange.sent_wait == WAIT_AUTO else ""
        yield Breach(
            f"{asked(exchange)} given its window of {window_s:g} s and a margin{auto}",
            f"given up after {exchange.elapsed_s:.1f} s: read time-out too short",
        )


@clause(
    "client.honours-retry-after",
    "MUST",
    says="Slow down. Retry-After tells you for how long.",
    by=everyone,
    when=lambda exchange: exchange.kind in ("create", "fetch"),
    timing=True,
)
def honours_retry_after(exchange: Exchange, earlier: Earlier) -> Findings:
    """After 429 nothing of that kind; after a non-terminal answer no short poll. Long polls wait by themselves."""
    before = earlier.last(lambda each: _same_kind(each, exchange))
    pause_s = None if before is None else before.retry_after_s
    if before is None or not pause_s:
        yield MOOT
        return
    limited = before.status == 429
    if not limited and not (short_poll(exchange) and before.state is not None and not before.terminal):
        yield MOOT
        return
    if http_date(before.header("retry-after") or "") is not None:
        pause_s -= 1.0  # dates have whole seconds, on both sides
    gap_s = exchange.sent_at - before.answered_at
    if gap_s < pause_s - GRAIN_S:
        yield Breach(
            f"{asked(exchange)} no earlier than {pause_s:g} s after {told(before)} with Retry-After",
            f"sent {gap_s:.1f} s after it",
            (before,),
        )


def _same_kind(before: Exchange, exchange: Exchange) -> bool:
    """A creation after a creation of the account; a fetch after whatever told of the same generation."""
    if before.account != exchange.account or before.response is None:
        return False
    if exchange.kind == "create":
        return before.kind == "create" and before.status == 429
    return before.kind in ("create", "fetch") and before.generation_id == exchange.generation_id


@clause(
    "client.stops-at-terminal",
    "MUST",
    says="repeat until terminal",
    when=lambda exchange: exchange.kind in ("fetch", "download"),
    on=("fetch", "download"),
)
def stops_at_terminal(exchange: Exchange, earlier: Earlier) -> Findings:
    """One re-fetch for each download that was refused is right; `cancelled` is terminal."""
    if exchange.kind == "download":
        yield MOOT
        return
    ended = earlier.first(_terminal)
    if ended is None:
        return
    since = [each for each in earlier if each.sent_at >= ended.answered_at]
    refused = sum(
        each.kind == "download" and (each.response is None or (each.status or 0) >= 400) for each in since
    )
    again = 1 + sum(each.kind == "fetch" for each in since)
    allowed = refused if exchange.terms.watched else max(refused, _LOADED_AGAIN)
    if again > allowed:
        yield Breach(
            f"no further poll after {told(ended)}",
            f"{asked(exchange)} {exchange.sent_at - ended.answered_at:.1f} s after it",
            (ended,),
        )


def _terminal(exchange: Exchange) -> bool:
    return exchange.terminal


@clause(
    "client.polite-polling",
    "SHOULD",
    says="You never need to implement a polling cadence — every wait is server-side.",
    when=lambda exchange: exchange.kind == "fetch",
    timing=True,
)
def polite_polling(exchange: Exchange, earlier: Earlier) -> Findings:
    """`wait` is used; and short polls keep a second between them."""
    if not short_poll(exchange):
        return
    polls = [each for each in earlier if each.kind == "fetch"]
    if not polls or not short_poll(polls[-1]) or polls[-1].terminal:
        yield MOOT
        return
    gap_s = exchange.sent_at - polls[-1].sent_at
    if gap_s < _BETWEEN_S:
        yield Breach("a second between short polls", f"{gap_s:.1f} s", (polls[-1],))
    elif len(polls) + 1 == _CADENCE and all(map(short_poll, polls)):
        yield Breach(
            "`wait` used: the server waits, not the client",
            f"{_CADENCE} polls without it, {gap_s:.1f} s apart",
            (polls[-1],),
        )


@clause(
    "client.resumes-after-cut",
    "MUST",
    says="you can resume by re-fetching the same id",
    on=("fetch", "other"),
    by=everyone,
    when=lambda exchange: exchange.kind == "fetch" or exchange.ended is not None,
)
def resumes_after_cut(exchange: Exchange, earlier: Earlier) -> Findings:
    """A fetch of the same id follows, after a pause. Whoever tried again at least once may give up."""
    if exchange.ended is None:
        yield from _hurried(exchange, earlier)
        return
    cut = [each for each in earlier if each.kind == "fetch" and interrupted(each)]
    if not cut:
        yield MOOT
        return
    first = cut[0]
    again = earlier.last(
        lambda each: _fetches(each, first.generation_id) and each.sent_at >= first.answered_at
    )
    if again is None and before_deadline(exchange, first.answered_at) and exchange.ended.code is not None:
        yield Breach(
            f"{asked(first)} sent again after {told(first)}",
            f"never fetched again, exit code {exchange.ended.code}",
            (first,),
        )


def _fetches(exchange: Exchange, generation_id: str | None) -> bool:
    return exchange.kind == "fetch" and exchange.generation_id == generation_id


def _hurried(exchange: Exchange, earlier: Earlier) -> Findings:
    """Three in a row without a pause: a library that repeats once by itself does no such thing."""
    polls = [each for each in earlier if _fetches(each, exchange.generation_id)][-3:]
    if len(polls) < 3 or not all(map(interrupted, polls)):
        yield MOOT
        return
    gaps = [after.sent_at - before.answered_at for before, after in pairwise([*polls, exchange])]
    if max(gaps) < GRAIN_S:
        yield Breach(
            "a pause before a poll is sent again", f"three times within {max(gaps):.3f} s", tuple(polls)
        )
