"""Section `wait`, what several clients show of each other: waking and independence.

Everything here compares exchanges; the server's clock is never asked. A
server that is merely slow, or early, must not look like one whose polls block each other. So blocking is
concluded only where one punctual held poll explains the delay, and a comparable call without it was quick.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Final

from generations_contract.api.terms import EARLY_TOLERANCE_S
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.clauses.facts.causes import cause
from generations_contract.clauses.facts.groups import waiters
from generations_contract.clauses.facts.history import outcome, provider_problem, recent, seconds
from generations_contract.clauses.facts.windows import (
    allowance_s,
    auto,
    documented_window_s,
    heard,
    pending,
)
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause, everyone

# So often is no coincidence.
TIMES_RUNNING: Final = 3
# A server's timer may fire this much too soon. An answer that came sooner was sent because the job had ended:
# windows that are laid around the end of a job meet it in their last moments now and then.
TIMER_S: Final = 0.005
# How far back a comparable exchange is looked for, so that long runs stay cheap.
COMPARED: Final = 100
# … and where a breach is about to be called, an excuse.
REMEMBERED: Final = 1000
# So many answers in one moment are looked at.
BESIDE: Final = 10
AT_ONCE_S: Final = 0.25


def _longest_documented_window_s(exchange: Exchange) -> float | None:
    """The window, or 60 s where "auto" keeps it to itself."""
    return float(WAIT_MAX_S) if auto(exchange) else documented_window_s(exchange)


@clause(
    "wait.wakes",
    "MUST",
    says="GET once and block until the job is terminal",
    by=waiters,
    timing=True,
    when=lambda exchange: (_longest_documented_window_s(exchange) or 0) > 0 and heard(exchange),
)
def wakes(exchange: Exchange, earlier: Earlier) -> Findings:
    """A held poll is answered within slack of the moment at which somebody else was told of the end.

    A POST has no company: it is held against the gateway when creations of one model, of different windows,
    end terminal at their window's very end three times running. One that came back sooner was woken.
    """
    if exchange.kind == "create":
        yield from _woken_creation(exchange, earlier)
        return
    seen = next((each for each in earlier.meanwhile if each.terminal), None)
    if seen is None:
        if not _ended_held(exchange) or _at_the_end(exchange):
            yield MOOT
        return
    late = exchange.answered_at - seen.answered_at
    if late > allowance_s(exchange):
        expected = f"an answer within {seconds(exchange.terms.allowance_s)} of another poller's {seen.state}"
        yield Breach(expected, f"{outcome(exchange)}, {seconds(late)} after it", (seen,))


def _woken_creation(exchange: Exchange, earlier: Earlier) -> Findings:
    if not _ended_held(exchange):
        yield MOOT
    elif _at_the_end(exchange):
        others = chain(reversed(earlier.meanwhile[-COMPARED:]), recent(earlier, COMPARED))
        peers = [exchange, *islice(filter(_ended_held, others), TIMES_RUNNING - 1)]
        if _never_woken(peers):
            held = f"held {', '.join(seconds(each.elapsed_s) for each in peers)}, each to the end"
            yield Breach("an answer when the job ends, within the window", held, (*peers[1:],))
        else:
            yield MOOT


def _ended_held(exchange: Exchange) -> bool:
    """Whether the answer shows the end, whatever it is, after some time within a window that was named.

    An error of the provider without a cause may be one of the window: `errors.elapsed-is-not-an-error`'s.
    """
    return (
        (exchange.terminal or (provider_problem(exchange) and cause(exchange) is not None))
        and exchange.elapsed_s > allowance_s(exchange)
        and (documented_window_s(exchange) or 0) > 0
    )


def _at_the_end(exchange: Exchange) -> bool:
    return exchange.elapsed_s >= (documented_window_s(exchange) or 0) - EARLY_TOLERANCE_S - allowance_s(
        exchange
    )


def _never_woken(peers: Sequence[Exchange]) -> bool:
    windows = [documented_window_s(each) or 0 for each in peers]
    return (
        len(peers) == TIMES_RUNNING
        and all(map(_at_the_end, peers))
        and all(map(_punctual, peers))  # late is late: `wait.never-late`
        and all(each.elapsed_s >= (documented_window_s(each) or 0) - TIMER_S for each in peers)
        and max(windows) - min(windows) > 2 * allowance_s(peers[0])
    )


# -- independence -----------------------------------------------------------------------------------------


@clause(
    "wait.independent",
    "MUST",
    says="server holds the connection: of this client, and nobody else's",
    by=everyone,
    timing=True,
    when=lambda exchange: exchange.response is not None and documented_window_s(exchange) is not None,
)
def independent(exchange: Exchange, earlier: Earlier) -> Findings:
    """A held poll delays no other request, and no request shortens another's window.

    Exercised by exchanges that were under way together with a held poll.
    """
    meanwhile = earlier.meanwhile
    if not meanwhile or not (_held_poll(exchange) or any(map(_held_poll, meanwhile[:COMPARED]))):
        yield MOOT
        return
    blocker = _blocker(exchange, earlier, meanwhile)
    if blocker is not None:
        waited = f"{seconds(exchange.elapsed_s)}, until a poll held {seconds(blocker.elapsed_s)} was answered"
        yield Breach(
            f"within {seconds(documented_window_s(exchange) or 0)} beside a held poll", waited, (blocker,)
        )
    for poll, other in _shortened(exchange, meanwhile):
        if _full_otherwise(poll, earlier) and not _early_alone(poll, earlier):
            expected = f"a window of {seconds(documented_window_s(poll) or 0)} whoever else calls"
            yield Breach(expected, f"held {seconds(poll.elapsed_s)}, until another call", (other, poll))


def _held_poll(exchange: Exchange) -> bool:
    return (
        exchange.kind in ("create", "fetch")
        and exchange.ok
        and exchange.elapsed_s > 2 * allowance_s(exchange)
        and (documented_window_s(exchange) or 0) > 2 * allowance_s(exchange)
    )


def _punctual(exchange: Exchange) -> bool:
    window = documented_window_s(exchange)
    return window is not None and exchange.elapsed_s <= window + allowance_s(exchange)


# How exactly the end of a held poll and the release of what it blocked fall together; polls are many, and a
# wider allowance would find one for everything that is late for another reason.
RELEASE_S: Final = 0.15


def _blocker(exchange: Exchange, earlier: Earlier, meanwhile: Iterable[Exchange]) -> Exchange | None:
    """The held poll at whose answer a late exchange was let go, if that is what made it late."""
    slack, window = allowance_s(exchange), documented_window_s(exchange) or 0
    late = exchange.elapsed_s - window
    if late <= slack:
        return None
    # At the poll's answer its own window begins; a short one may be over by then.
    let_go = (late, exchange.elapsed_s) if window <= slack else (late,)
    for poll in meanwhile:
        blocked = poll.answered_at - exchange.sent_at
        if (
            blocked > slack
            and min(abs(after - blocked) for after in let_go) <= min(slack, RELEASE_S)
            and poll.sent_at <= exchange.sent_at
            and _held_poll(poll)
            and _punctual(poll)
            and _quick_otherwise(exchange, poll, earlier)
            and not _late_anyway(exchange, poll, earlier)
        ):
            return poll
    return None


def _quick_otherwise(exchange: Exchange, poll: Exchange, earlier: Earlier) -> bool:
    """Whether calls of the kind are punctual when nobody is held: the last one before the poll was."""
    before = next(
        (
            each
            for each in recent(earlier, COMPARED)
            if each.kind == exchange.kind and each.answered_at <= poll.sent_at
        ),
        None,
    )
    return before is None or documented_window_s(before) is None or _punctual(before)


def _late_anyway(exchange: Exchange, poll: Exchange, earlier: Earlier) -> bool:
    """Whether a call of the kind came late while the poll was still held: then it is not the poll that delays."""
    return any(
        each.kind == exchange.kind
        and documented_window_s(each) is not None
        and not _punctual(each)
        and poll.sent_at < each.answered_at < poll.answered_at - allowance_s(exchange)
        for each in recent(earlier, COMPARED)
    )


def _early(exchange: Exchange) -> bool:
    if not pending(exchange):
        return False
    return exchange.elapsed_s < (documented_window_s(exchange) or 0) - EARLY_TOLERANCE_S - allowance_s(
        exchange
    )


def _shortened(exchange: Exchange, meanwhile: Sequence[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    """(a poll let go early, the call that came, or whose own window ended, at that very moment)."""
    for poll in meanwhile[:BESIDE]:
        if poll.answered_at - exchange.sent_at > AT_ONCE_S:
            break
        if poll.sent_at < exchange.sent_at - AT_ONCE_S and _early(poll):
            yield poll, exchange
    for other in meanwhile[: -BESIDE - 1 : -1]:
        if exchange.answered_at - other.answered_at > AT_ONCE_S:
            break
        for poll, ended in ((exchange, other), (other, exchange)):
            apart = abs(ended.sent_at - poll.sent_at) > AT_ONCE_S
            if apart and _early(poll) and _elapsed(ended):
                yield poll, ended


def _elapsed(exchange: Exchange) -> bool:
    """Whether a poll ended because its own window did."""
    return pending(exchange) and _punctual(exchange) and not _early(exchange)


def _full_otherwise(poll: Exchange, earlier: Earlier) -> bool:
    """Whether the last other poll with such a window was held for all of it."""
    window = documented_window_s(poll) or 0
    for each in recent(earlier, COMPARED):
        other = documented_window_s(each)
        if (
            each is not poll
            and each.kind == poll.kind
            and other is not None
            and pending(each)
            and abs(other - window) <= EARLY_TOLERANCE_S
        ):
            return not _early(each)
    return False


def _early_alone(poll: Exchange, earlier: Earlier) -> bool:
    """Whether polls of the kind are let go early without company, too: then company is not the reason."""
    known = list(recent(earlier, REMEMBERED))
    return any(
        each.kind == poll.kind
        and _early(each)
        and not any(_held_poll(other) and _overlap(each, other) for other in known if other is not each)
        for each in known
    )


def _overlap(one: Exchange, other: Exchange) -> bool:
    return one.sent_at < other.answered_at and other.sent_at < one.answered_at
