"""Pieces of scripts that several sections' probes play: no clause is named here."""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeVar

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    WAIT_MAX_S,
)
from generations_contract.exchange.exchange import Asset, Exchange
from generations_contract.scripts.script import (
    Create,
    Download,
    Fetch,
    Pause,
    Script,
    Together,
    after,
    once,
    until_terminal,
)

# How long a client waits that is in no hurry (seconds).
MIDDLE_S: Final = min(30, WAIT_MAX_S)

WaitT = TypeVar("WaitT")

# The windows on models that end badly: long ones, and different, so that whoever sleeps through the end is found out.
LONG_WINDOWS_S: Final = {
    "failing": WAIT_MAX_S,
    "timing_out": WAIT_MAX_S * 0.95,
    "cancelling": WAIT_MAX_S * 0.9,
}

# An id that never was, in the form of the document's example.
NEVER_WAS = "gen_01HZZZZZZZZZZZZZZZZZZZZZZZ"


def windows(*waits: WaitT) -> list[WaitT]:
    """Those of these windows (seconds, "auto", none) that the schemas allow."""
    return [wait for wait in waits if not isinstance(wait, int | float) or wait <= WAIT_MAX_S]


# A generation has ten assets at most; what lists thousands is judged, not downloaded.
MOST_ASSETS = 12


def followed(body: Mapping[str, Any], account: str = "main", wait: float = WAIT_MAX_S) -> Script[Exchange]:
    """Create and follow to the end; then read the end twice more."""
    created: Exchange = yield Create(body, account=account)
    last = yield from until_terminal(created, wait=wait, account=account)
    yield from reread(last, account)
    return last


def shape(target: Target, model: str) -> dict[str, Any]:
    """A ratio for a model that takes one, by its modality the one that is least its own."""
    ratio = EXAMPLE_ASPECT_RATIOS[0 if model == target.models.image else -1]
    return {"aspect_ratio": ratio} if model in target.profile.traits.proportioned else {}


def spelt(body: Mapping[str, Any], wait: str) -> Create:
    """A creation whose `wait` is written as it stands here: "6e1" is the number 60 as well."""
    text = json.dumps({**body, "wait": 0}, ensure_ascii=False).removesuffix("0}") + wait + "}"
    return Create(text.encode(), paid=True)


def seen_ending(body: Mapping[str, Any], every_s: float = 0.4) -> Script[None]:
    """Create at once, hold a GET beside short polls until the end, and read the end again."""
    created: Exchange = yield Create({**body, "wait": 0})
    if created.generation_id is None:
        return
    one = created.generation_id
    yield Together.of(once(Fetch(one, wait=WAIT_MAX_S)), ticks(one, every_s, 120))
    yield from reread((yield from until_terminal(created)))


def reread(seen: Exchange, account: str = "main") -> Script[None]:
    """Fetch a terminal generation again: without `wait`, and with a long one."""
    if seen.generation_id and seen.terminal:
        yield Fetch(seen.generation_id, account=account)
        yield Fetch(seen.generation_id, wait=MIDDLE_S, account=account)


def polls(
    generation_id: str, waits: Iterable[float | str | None], pause_s: float = 0.0, account: str = "main"
) -> Script[None]:
    """One poller: fetch with each wait in turn."""
    for wait in waits:
        yield Fetch(generation_id, wait=wait, account=account)
        if pause_s:
            yield Pause(pause_s)


def ticks(generation_id: str, every_s: float, most: int, account: str = "main") -> Script[Exchange | None]:
    """Short polls at a steady pace until the generation is terminal, or `most` of them are done."""
    seen: Exchange | None = None
    for _ in range(most):
        seen = yield Fetch(generation_id, wait=0, account=account)
        if seen is None or seen.state is None or seen.terminal:
            break
        yield Pause(every_s)
    return seen


# How often short polls look at a job of the embedded gateway: some twenty times in its life.
PACES_S: Final = {"image": 0.07, "video": 0.17, "slow": 0.37, "marathon-video": 7.3}


def crowd(generation_id: str, starts_s: Iterable[float], wait: float, account: str = "main") -> Together:
    """Several pollers of one generation that start at different times and hold as long as they may."""
    return Together(
        tuple(after(start, once(Fetch(generation_id, wait=wait, account=account))) for start in starts_s)
    )


def bystander(generation_id: str) -> Script[None]:
    """Calls that nobody's held poll may delay: refusals, an unknown id, short polls of a generation."""
    for _ in range(4):
        yield Fetch(NEVER_WAS, intent="unknown-id")
        yield Create(b"{}")
        yield Fetch(generation_id, wait=0)
        yield Fetch(generation_id, wait=0.3)


def downloaded(body: Mapping[str, Any], account: str = "main") -> Script[list[Exchange]]:
    """Create, follow to the end, and download what came of it."""
    last = yield from followed(body, account)
    return (yield from downloads(last))


def downloads(seen: Exchange) -> Script[list[Exchange]]:
    """Download every media entry of a generation: the exchanges, in order."""
    answers = []
    for index, entry in enumerate(seen.media[:MOST_ASSETS]):
        if isinstance(entry.get("url"), str) and seen.generation_id:
            answer: Exchange = yield Download(entry["url"], Asset(seen.generation_id, index, entry))
            answers.append(answer)
    return answers
