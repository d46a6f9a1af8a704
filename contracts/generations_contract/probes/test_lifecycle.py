"""Section lifecycle: states only move forward, whoever looks, and nothing is lost."""

from collections.abc import Mapping
from typing import Any

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import (
    N_MAX,
    WAIT_MAX_S,
)
from generations_contract.exchange.exchange import Exchange
from generations_contract.probes.flows import (
    LONG_WINDOWS_S,
    NEVER_WAS,
    PACES_S,
    bystander,
    crowd,
    downloaded,
    downloads,
    followed,
    polls,
    reread,
    seen_ending,
    shape,
    ticks,
    windows,
)
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import (
    Create,
    Fetch,
    Pause,
    Script,
    Together,
    after,
    once,
    until_terminal,
)

# Polls of one generation that are held at once: they cost a gateway connections, and nobody money.
CROWD = 20


@probe("lifecycle.not-found", depth="free")
def test_an_id_that_never_was_is_not_found_at_once(_: Target) -> Script[None]:
    """404 `not_found`, whatever `wait` says."""
    for wait in windows(None, 0, 0.5, 1, 31, WAIT_MAX_S):
        yield Fetch(NEVER_WAS, wait=wait, intent="unknown-id")
    yield Fetch("gen_2", wait=WAIT_MAX_S, intent="unknown-id")


@probe(
    "lifecycle.forward-only",
    "lifecycle.terminal-final",
    "lifecycle.identity",
    "lifecycle.resumable",
    "lifecycle.terminates",
    "lifecycle.repeatable-read",
    "response.same-shape",
    "wait.wakes",
    "wait.independent",
    needs=("models.slow",),
)
def test_many_pollers_see_one_history(target: Target) -> Script[None]:
    """Pollers that start at different times, hold for different windows, hang up and come back: one story."""
    created: Exchange = yield Create(target.request(target.models.slow, wait=0))
    if not created.generation_id:
        return
    one = created.generation_id
    yield Fetch(NEVER_WAS, intent="unknown-id")
    yield Fetch(one)
    yield Together.of(
        bystander(one),
        once(Fetch(one, wait=WAIT_MAX_S)),
        after(0.4, once(Fetch(one, wait=45))),
        after(0.8, once(Fetch(one, wait=WAIT_MAX_S, give_up_after_s=0.6))),
        after(1.0, polls(one, [1.5, 0.5, None, 2])),
        # At every fraction of a second: whoever looks at the job by a tick is late for some. And with so many held,
        # newcomers still have their windows.
        once(crowd(one, [turn / CROWD for turn in range(CROWD)], 50)),
        ticks(one, 0.4, 120),
    )
    last = yield from until_terminal(created)
    yield from reread(last)
    yield Pause(1.2)
    yield from reread(last)


@probe("lifecycle.resumable", "lifecycle.forward-only", depth="standard")
def test_a_dropped_poll_loses_nothing(target: Target) -> Script[None]:
    """Whoever hangs up in the middle of a poll finds the generation alive, at once and later.

    The `n` means nothing to a clip: that it is not paid for shows beside others that are ordered alike.
    """
    video = target.models.video
    body = target.request(video, wait=0, n=2) if video else target.request(wait=0)
    created: Exchange = yield Create(body)
    if not created.generation_id:
        return
    one = created.generation_id
    yield Fetch(one, wait=WAIT_MAX_S, give_up_after_s=0.4)
    yield Fetch(one, wait=0)
    yield Fetch(one, wait=WAIT_MAX_S, give_up_after_s=0.7)
    yield Fetch(one, wait=0.5)
    last = yield from until_terminal(created)
    yield from reread(last)
    yield from downloads(last)


@probe(
    "lifecycle.unique-ids",
    "response.media-count",
    "response.model-echo",
    "wait.zero-create",
    "media.distinct",
)
def test_creations_at_once_are_told_apart(target: Target) -> Script[None]:
    """Creations in flight together get ids and media of their own; they differ in the prompt, one beyond the BMP.

    Beside them the other account, where there is one, has one of its own, which the first one never reads.
    """
    prompts = (target.prompt(), f"{target.prompt()} 🌅")
    first, second = (
        target.request(prompt=each, inputs=shape(target, target.models.image), wait=0, n=2)
        for each in prompts
    )
    others = [_another_accounts(target.request(wait=0))] if "other" in target.keys else []
    yield Together.of(downloaded(first), downloaded(second), *others)


def _another_accounts(body: Mapping[str, Any]) -> Script[None]:
    """A generation of the other account, which the first one asks for meanwhile and afterwards."""
    created: Exchange = yield Create(body, account="other")
    if created.generation_id:
        yield from polls(created.generation_id, (None, 2))
        last = yield from until_terminal(created, account="other")
        yield from polls(created.generation_id, (0,))
        yield from reread(last, "other")
        yield from downloads(last)


@probe(
    "lifecycle.unique-ids",
    depth="deep",
    needs=("reference.instant-image",),
    cases={"held": WAIT_MAX_S, "auto": "auto", "queued": 0},
)
def test_a_crowd_of_creations_is_told_apart(target: Target, wait: float | str) -> Script[None]:
    """Twenty creations at the same instant, of every model and n, each get their own answer."""
    models = [target.models.image, target.models.video or target.models.image]
    bodies = [
        target.request(models[turn % 2], wait=wait, n=1 + turn % 4, inputs={"seed": turn})
        for turn in range(20)
    ]
    yield Together(tuple(followed(body) for body in bodies))


@probe(
    "lifecycle.forward-only",
    "lifecycle.terminal-final",
    depth="deep",
    needs=("reference.marathon-video",),
    cases={name: name for name in PACES_S},
)
def test_a_generation_is_watched_from_birth_to_long_after(target: Target, which: str) -> Script[None]:
    """Twenty held polls, short polls all along, drops: one story, and an hour later still the same."""
    model = getattr(target.models, which, None) or which
    created: Exchange = yield Create(target.request(model, wait=0, n=2))
    if not created.generation_id:
        return
    one = created.generation_id
    yield Together.of(
        once(crowd(one, [0.0] * 20, WAIT_MAX_S)),
        ticks(one, PACES_S[which], 100),
        polls(one, windows(0.25, 1.5, 2.75, 31, WAIT_MAX_S), pause_s=0.1),
        polls(one, [0.1] * 12),
        after(0.2, once(Fetch(one, wait=WAIT_MAX_S, give_up_after_s=0.15))),
        after(0.9, once(Fetch(one, wait=40, give_up_after_s=5))),
    )
    last = yield from until_terminal(created)
    for pause_s in (0, 1, 10, 61, 600, 3000):
        yield Pause(pause_s)
        yield from reread(last)
    yield crowd(one, [0.0] * 20, WAIT_MAX_S)


@probe("lifecycle.terminates", depth="deep", needs=("reference.instant-image",))
def test_every_wait_and_count_comes_to_an_end(target: Target) -> Script[None]:
    """Whatever `wait` and `n` a generation was created with, and whoever polls it, it ends."""
    models = [target.models.image, target.models.video, "instant-image", "instant-video"]
    for model in filter(None, models):
        for count in (1, 2, N_MAX):
            for wait in windows(0, 0.5, 1, 31, WAIT_MAX_S, "auto"):
                yield from followed(target.request(model, wait=wait, n=count), wait=20)


@probe("lifecycle.terminates", "lifecycle.resumable", depth="deep", needs=("reference.instant-image",))
def test_a_generation_nobody_polls_ends_as_well(target: Target) -> Script[None]:
    """Fire and forget: the job runs on without pollers, and the result waits for hours."""
    for model in filter(None, (target.models.image, target.models.video)):
        for hours in (0.2, 3):
            created: Exchange = yield Create(target.request(model, wait=0))
            yield Pause(hours * 3600)
            if created.generation_id:
                seen: Exchange = yield Fetch(created.generation_id)
                yield from reread(seen)


@probe("lifecycle.completes", depth="deep", cases={name: name for name in ("image", "video", "slow")})
def test_a_sound_creation_completes(target: Target, which: str) -> Script[None]:
    """One asset or many, few words or the longest prompt, waited for or not."""
    model = getattr(target.models, which) or target.models.image
    for count in (1, N_MAX):
        for prompt in (target.prompt(), f"{target.prompt()} {'a ' * 3000}"):
            for wait in windows(0, WAIT_MAX_S):
                yield from followed(target.request(model, prompt=prompt, wait=wait, n=count))


@probe("lifecycle.resumable", "lifecycle.terminates", depth="deep", needs=("reference.instant-image",))
def test_a_dropped_creation_or_poll_cancels_nothing(target: Target) -> Script[None]:
    """The poller that hangs up may be the first, the second or the last; the job does not care."""
    for model in filter(None, (target.models.image, target.models.video, target.models.slow)):
        for drops in (1, 2, 5):
            created: Exchange = yield Create(target.request(model, wait=0))
            for _ in range(drops if created.generation_id else 0):
                yield Fetch(str(created.generation_id), wait=WAIT_MAX_S, give_up_after_s=0.05)
            last = yield from until_terminal(created)
            yield from reread(last)


@probe("lifecycle.terminal-final", needs=("models.cancelling",))
def test_a_cancellation_ends_a_generation(target: Target) -> Script[None]:
    """It is told as soon as any other end, to the POST that waits and to a held GET, and stays."""
    model = target.models.cancelling
    held = followed(target.request(model, wait=LONG_WINDOWS_S["cancelling"]))
    yield Together.of(held, seen_ending(target.request(model)))


@probe("lifecycle.terminal-final", depth="deep", needs=("models.cancelling",))
def test_a_cancelled_generation_stays_cancelled(target: Target) -> Script[None]:
    """A job that the provider cancels ends as `cancelled`, with what every terminal state has."""
    for wait in windows(0, 0.3, WAIT_MAX_S):
        last = yield from followed(target.request(target.models.cancelling, wait=wait))
        yield Pause(61)
        yield from reread(last)


@probe(
    "lifecycle.identity",
    "lifecycle.forward-only",
    depth="deep",
    needs=("keys.other", "reference.instant-image"),
)
def test_the_other_account_has_the_same_rights(target: Target) -> Script[None]:
    """The second account creates, polls, drops and resumes like the first."""
    for model in filter(None, (target.models.image, target.models.video, target.models.slow)):
        created: Exchange = yield Create(target.request(model, wait=0.5), account="other")
        if created.generation_id:
            one = created.generation_id
            yield Fetch(one, wait=WAIT_MAX_S, give_up_after_s=0.2, account="other")
            yield Together.of(
                once(Fetch(one, wait=WAIT_MAX_S, account="other")),
                ticks(one, 0.2, 60, account="other"),
                polls(one, [1, 0.5, None], account="other"),
            )
            last = yield from until_terminal(created, account="other")
            yield from reread(last, account="other")
