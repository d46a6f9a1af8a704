"""Section `wait`, how long "auto" is: the same when left out, and longer for images than for videos.

Its cap is in `hold.py`. The window is the target's to choose, so nothing but
holds of creations tells it: a non-terminal answer that it was no longer, any answer that it was no shorter.
"""

from collections.abc import Hashable, Iterable, Iterator
from typing import Final

from generations_contract.api.terms import EARLY_TOLERANCE_S
from generations_contract.api.vocabulary import WAIT_AUTO, Modality
from generations_contract.clauses.facts.history import recent, seconds
from generations_contract.clauses.facts.request import reading
from generations_contract.clauses.facts.windows import allowance_s, auto, pending
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause

# How far back comparable creations are looked for, so that long runs stay cheap.
COMPARED: Final = 100
# Windows differ when one is longer by this share, besides slack: a server may vary a little.
AUTO_VARIATION: Final = 0.1


def automatic(exchange: Exchange) -> Hashable | None:
    """Group: accepted creations that wait by "auto", named or left out."""
    known = exchange.kind == "create" and exchange.ok and auto(exchange) and not reading(exchange).violations
    return "auto" if known else None


def _automatic(exchange: Exchange) -> bool:
    known = exchange.state is not None and auto(exchange) and exchange.modality is not None
    return known and not reading(exchange).violations  # a lax reader may find a window in an unknown key


def _peers(earlier: Earlier) -> Iterator[Exchange]:
    """Holds need not follow each other to be compared: those beside this one count as well."""
    yield from earlier.meanwhile[-COMPARED:]
    yield from recent(earlier, COMPARED)


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
    peers = [each for each in _peers(earlier) if each.model == exchange.model]
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
    both = [exchange, *_peers(earlier)]
    images, videos = _of(both, "image"), _of(both, "video")
    image, video = _shortest_end(images), _longest_proof(videos)
    if image is not None and video is not None and image.elapsed_s <= video.elapsed_s - _margin(video):
        if exchange is image or exchange is video:
            actual = f"image {seconds(image.elapsed_s)}, video {seconds(video.elapsed_s)}"
            yield Breach(
                '"auto" longer on image than on video', actual, (video if exchange is image else image,)
            )
        return
    longer, shorter = _longest_proof(images), _shortest_end(videos)
    if longer is None or shorter is None or longer.elapsed_s - allowance_s(longer) <= shorter.elapsed_s:
        yield MOOT


def _of(exchanges: Iterable[Exchange], modality: Modality) -> list[Exchange]:
    return [each for each in exchanges if each.modality == modality]


def _margin(video: Exchange) -> float:
    """An elapsed window is what it is; a job that ended may have been told of late."""
    return -EARLY_TOLERANCE_S if pending(video) else allowance_s(video)
