"""Whole client populations: who creates what, polls how, breathes, hangs up and comes back, all at once.

A population is data; `play` makes a script of it. Nothing is judged here. Clients are drawn as plain values and
not by a state machine, because what matters between them is overlap in time, and a list of clients shrinks to the
two that disagree.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.scripts.script import (
    Create,
    Fetch,
    Pause,
    Script,
    Together,
    after,
    until_terminal,
)

# Waits as clients use them: nothing, short, fractional, middle, long, the cap.
_WAITS = (
    None,
    *(w for w in (0, 0.25, 0.5, 1, 1.5, 2.75, 5, 12.5, 30, 31) if w < WAIT_MAX_S),
    WAIT_MAX_S - 0.5,
    WAIT_MAX_S,
)


@dataclass(frozen=True)
class Poll:
    """One poll: pause first, then hold for `wait`; `drop_after_s`: hang up by then."""

    pause_s: float
    wait: float | None
    drop_after_s: float | None = None


@dataclass(frozen=True)
class Creator:
    """A client that creates a generation and polls it; `followers` poll the same id beside it."""

    starts_s: float
    account: str
    model: str
    wait: float | str | None
    n: int | None
    polls: tuple[Poll, ...]
    followers: tuple[tuple[Poll, ...], ...] = ()


def polls(longest: int = 6) -> st.SearchStrategy[tuple[Poll, ...]]:
    """Draw what one poller does, at most `longest` polls."""
    pauses = st.sampled_from((0.0, 0.0, 0.05, 0.4, 1.0, 3.0, 61.0))
    drops = st.sampled_from((None, None, None, 0.01, 0.3, 2.0))
    one = st.builds(Poll, pauses, st.sampled_from(_WAITS), drops)
    return st.lists(one, max_size=longest).map(tuple)


def populations(
    models: Sequence[str], accounts: Sequence[str], most: int = 8
) -> st.SearchStrategy[list[Creator]]:
    """Draw a population of at most `most` creators for these models and accounts."""
    creator = st.builds(
        Creator,
        starts_s=st.sampled_from((0.0, 0.0, 0.1, 0.5, 2.0, 10.0)),
        account=st.sampled_from(list(accounts)),
        model=st.sampled_from(list(models)),
        wait=st.sampled_from((*_WAITS, "auto")),
        n=st.sampled_from((None, 1, 2, 4)),
        polls=polls(),
        followers=st.lists(polls(), max_size=3).map(tuple),
    )
    return st.lists(creator, min_size=1, max_size=most)


def play(population: Sequence[Creator], prompts: Sequence[str]) -> Script[None]:
    """The script of a population; `prompts` are given to the creators in turn."""
    yield Together(
        tuple(
            after(each.starts_s, _life(each, prompt))
            for each, prompt in zip(population, prompts, strict=True)
        )
    )


def _life(creator: Creator, prompt: str) -> Script[None]:
    body: dict[str, Any] = {"model": creator.model, "input": {"prompt": prompt}}
    body |= {} if creator.wait is None else {"wait": creator.wait}
    body |= {} if creator.n is None else {"n": creator.n}
    created: Exchange = yield Create(body, account=creator.account)
    if created.generation_id is None or created.state is None:
        return
    pollers = [_poller(created, each, creator.account) for each in (creator.polls, *creator.followers)]
    yield Together(tuple(pollers))
    last = yield from until_terminal(created, account=creator.account)
    if last.terminal:
        yield Fetch(created.generation_id, wait=WAIT_MAX_S, account=creator.account)


def _poller(created: Exchange, plan: Sequence[Poll], account: str) -> Script[None]:
    for each in plan:
        if each.pause_s:
            yield Pause(each.pause_s)
        yield Fetch(
            str(created.generation_id), wait=each.wait, account=account, give_up_after_s=each.drop_after_s
        )
