"""Section `wait`, what several clients show of each other: waking, independence, the length of "auto".

Everything here compares exchanges; the server's clock is never asked. The one decision worth knowing: a
server that is merely slow, or early, must not look like one whose polls block each other. So blocking is
concluded only where one punctual held poll explains the delay, and a comparable call without it was quick.
"""

from collections.abc import Hashable, Iterable, Iterator, Sequence
from typing import Final

from contracts.clause import MOOT, Breach, Earlier, Findings, clause, everyone
from contracts.clauses.judging import outcome, recent, seconds
from contracts.clauses.windows import allowance_s, auto, pending, unanswered, window_s
from contracts.exchange import Exchange
from contracts.terms import EARLY_TOLERANCE_S
from contracts.vocabulary import WAIT_AUTO, WAIT_MAX_S, Modality

# How far back a comparable exchange is looked for, so that long runs stay cheap.
COMPARED: Final = 100
# Windows of "auto" differ when one is longer by this share, besides slack: a server may vary a little.
AUTO_VARIATION: Final = 0.1
AT_ONCE_S: Final = 0.25


def _heard(exchange: Exchange) -> bool:
    return exchange.response is not None or unanswered(exchange)


def _longest_s(exchange: Exchange) -> float | None:
    """The window, or 60 s where "auto" keeps it to itself."""
    return float(WAIT_MAX_S) if auto(exchange) else window_s(exchange)


@clause(
    "wait.wakes",
    "MUST",
    says="GET once and block until the job is terminal",
    timing=True,
    when=lambda exchange: (_longest_s(exchange) or 0) > 0 and _heard(exchange),
)
def wakes(exchange: Exchange, earlier: Earlier) -> Findings:
    """A held poll is answered within slack of the moment at which somebody else was told of the end."""
    seen = next((each for each in earlier.meanwhile if each.terminal), None)
    if seen is None or seen.answered_at >= exchange.answered_at or seen.answered_at < exchange.sent_at:
        yield MOOT
        return
    late = exchange.answered_at - seen.answered_at
    if late > allowance_s(exchange):
        expected = f"an answer within {seconds(exchange.terms.allowance_s)} of another poller's {seen.state}"
        yield Breach(expected, f"{outcome(exchange)}, {seconds(late)} after it", (seen,))


# -- independence -----------------------------------------------------------------------------------------


@clause(
    "wait.independent",
    "MUST",
    says="server holds the connection: of this client, and nobody else's",
    by=everyone,
    timing=True,
    when=lambda exchange: exchange.response is not None and window_s(exchange) is not None,
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
        yield Breach(f"within {seconds(window_s(exchange) or 0)} beside a held poll", waited, (blocker,))
    for poll, other in _shortened(exchange, meanwhile):
        if _full_otherwise(poll, earlier):
            expected = f"a window of {seconds(window_s(poll) or 0)} whoever else calls"
            yield Breach(expected, f"held {seconds(poll.elapsed_s)}, until another call", (other, poll))


def _held_poll(exchange: Exchange) -> bool:
    return (
        exchange.kind in ("create", "fetch")
        and exchange.ok
        and exchange.elapsed_s > 2 * allowance_s(exchange)
        and (window_s(exchange) or 0) > 2 * allowance_s(exchange)
    )


def _punctual(exchange: Exchange) -> bool:
    window = window_s(exchange)
    return window is not None and exchange.elapsed_s <= window + allowance_s(exchange)


def _blocker(exchange: Exchange, earlier: Earlier, meanwhile: Iterable[Exchange]) -> Exchange | None:
    """The held poll at whose answer a late exchange was let go, if that is what made it late."""
    slack, window = allowance_s(exchange), window_s(exchange) or 0
    late = exchange.elapsed_s - window
    if late <= slack:
        return None
    for poll in meanwhile:
        blocked = poll.answered_at - exchange.sent_at
        if (
            blocked > slack
            and abs(late - blocked) <= slack
            and poll.sent_at <= exchange.sent_at
            and _held_poll(poll)
            and _punctual(poll)
            and _quick_otherwise(exchange, poll, earlier)
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
    return before is None or window_s(before) is None or _punctual(before)


def _early(exchange: Exchange) -> bool:
    window = window_s(exchange) or 0
    return pending(exchange) and exchange.elapsed_s < window - EARLY_TOLERANCE_S - allowance_s(exchange)


def _shortened(exchange: Exchange, meanwhile: Sequence[Exchange]) -> Iterator[tuple[Exchange, Exchange]]:
    """(a poll let go early, the call that came, or whose own window ended, at that very moment)."""
    for poll in meanwhile[:COMPARED]:
        if poll.answered_at - exchange.sent_at > AT_ONCE_S:
            break
        if poll.sent_at < exchange.sent_at - AT_ONCE_S and _early(poll):
            yield poll, exchange
    for other in meanwhile[: -COMPARED - 1 : -1]:
        if exchange.answered_at - other.answered_at > AT_ONCE_S:
            break
        for poll, ended in ((exchange, other), (other, exchange)):
            if _early(poll) and _elapsed(ended) and ended.sent_at - poll.sent_at > AT_ONCE_S:
                yield poll, ended


def _elapsed(exchange: Exchange) -> bool:
    """Whether a poll ended because its own window did."""
    return pending(exchange) and _punctual(exchange) and not _early(exchange)


def _full_otherwise(poll: Exchange, earlier: Earlier) -> bool:
    """Whether the last other poll with such a window was held for all of it."""
    window = window_s(poll) or 0
    for each in recent(earlier, COMPARED):
        other = window_s(each)
        if (
            each is not poll
            and other is not None
            and pending(each)
            and abs(other - window) <= EARLY_TOLERANCE_S
        ):
            return not _early(each)
    return False


# -- the length of "auto" ---------------------------------------------------------------------------------


def automatic(exchange: Exchange) -> Hashable | None:
    """Group: accepted creations that wait by "auto", named or left out."""
    return "auto" if exchange.kind == "create" and exchange.ok and auto(exchange) else None


def _automatic(exchange: Exchange) -> bool:
    return exchange.state is not None and auto(exchange) and exchange.modality is not None


def _named(exchange: Exchange) -> bool:
    return (exchange.sent_object or {}).get("wait") == WAIT_AUTO


def _longest_proof(exchanges: Iterable[Exchange]) -> Exchange | None:
    """The one that was held longest: the window was that long at least, less slack."""
    return max(exchanges, key=lambda each: each.elapsed_s, default=None)


def _shortest_end(exchanges: Iterable[Exchange]) -> Exchange | None:
    """The window that elapsed soonest: it was no longer than that."""
    return min((each for each in exchanges if pending(each)), key=lambda each: each.elapsed_s, default=None)


@clause(
    "wait.auto-default",
    "MUST",
    says='wait: default "auto"',
    on=("create",),
    by=automatic,
    timing=True,
    when=_automatic,
)
def auto_default(exchange: Exchange, earlier: Earlier) -> Findings:
    """For one model the windows of "auto" and of nothing are equal, as far as holds tell.

    An answer that is not terminal tells that the window was no longer, any that it was no shorter. Where the
    holds of "auto" contradict each other there is nothing to compare with.
    """
    peers = [each for each in recent(earlier, COMPARED) if each.model == exchange.model]
    named = [each for each in (exchange, *peers) if _named(each)]
    bare = [each for each in (exchange, *peers) if not _named(each)]
    if not named or not bare or any(_contradictions(group, group) for group in (named, bare)):
        yield MOOT
        return
    for short, long in (*_contradictions(named, bare), *_contradictions(bare, named)):
        if exchange in (short, long):
            other = long if short is exchange else short
            expected = f"held like wait {'left out' if _named(exchange) else chr(34) + 'auto' + chr(34)}"
            actual = f"{seconds(exchange.elapsed_s)} against {seconds(other.elapsed_s)}"
            yield Breach(expected, actual, (other,))
            return


def _contradictions(ended: Iterable[Exchange], held: Iterable[Exchange]) -> list[tuple[Exchange, Exchange]]:
    """(the window that ended soonest, the hold that was longer than that) where both cannot be."""
    short, long = _shortest_end(ended), _longest_proof(held)
    if short is None or long is None or short is long:
        return []
    margin = allowance_s(long) + EARLY_TOLERANCE_S + AUTO_VARIATION * long.elapsed_s
    return [(short, long)] if long.elapsed_s - short.elapsed_s > margin else []


@clause(
    "wait.auto-modality",
    "SHOULD",
    says="long for image jobs, short for video",
    on=("create",),
    by=automatic,
    timing=True,
    when=_automatic,
)
def auto_modality(exchange: Exchange, earlier: Earlier) -> Findings:
    """A video's "auto" that was held as long as an image's elapsed one is not the shorter of the two."""
    both = [exchange, *recent(earlier, COMPARED)]
    image, video = _shortest_end(_of(both, "image")), _longest_video(both)
    if image is None or video is None:
        yield MOOT
    elif image.elapsed_s <= video.elapsed_s - _margin(video) and (exchange is image or exchange is video):
        actual = f"image {seconds(image.elapsed_s)}, video {seconds(video.elapsed_s)}"
        yield Breach('"auto" longer on image than on video', actual, (video if exchange is image else image,))


def _of(exchanges: Iterable[Exchange], modality: Modality) -> list[Exchange]:
    return [each for each in exchanges if each.modality == modality]


def _longest_video(exchanges: Iterable[Exchange]) -> Exchange | None:
    return _longest_proof(_of(exchanges, "video"))


def _margin(video: Exchange) -> float:
    """An elapsed window is what it is; a job that ended may have been told of late."""
    return -EARLY_TOLERANCE_S if pending(video) else allowance_s(video)
