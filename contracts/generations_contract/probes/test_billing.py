"""Section billing: what a generation costs, and that it stays so."""

from collections.abc import Mapping
from typing import Any

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import EXAMPLE_DURATIONS, EXAMPLE_RESOLUTIONS, N_MAX, WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.probes.flows import followed, reread, windows
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Pause, Script, Together, until_terminal


@probe("billing.positive", "billing.stable", depth="deep")
def test_a_completed_generation_has_one_price(target: Target) -> Script[None]:
    """The cost is positive, and the same at every sight of the finished generation."""
    last = yield from followed(target.request(wait=WAIT_MAX_S))
    yield Pause(1)
    yield from reread(last)


@probe(
    "billing.stable",
    "billing.positive",
    depth="deep",
    cases={name: name for name in ("image", "video", "slow")},
)
def test_the_price_stays_for_hours(target: Target, which: str) -> Script[None]:
    """From the first sight on, for one asset or many, the cost never changes."""
    model = getattr(target.models, which) or target.models.image
    for count in (1, 2, N_MAX):
        created: Exchange = yield Create(target.request(model, wait=0.5, n=count))
        last = yield from until_terminal(created, wait=1)
        for pause_s in (0, 1, 61, 600):
            yield Pause(pause_s)
            yield from reread(last)


@probe(
    "billing.pricing", "request.irrelevant-ignored",
    depth="deep", cases={name: name for name in ("image", "video", "slow")},
)  # fmt: skip
def test_what_is_of_no_use_to_a_model_costs_nothing(target: Target, which: str) -> Script[None]:
    """Two plain requests tell the price; then come fields that the model ignores, one and all; then several assets.

    All bills are read once more at the end: a first one may be an estimate.
    """
    model = getattr(target.models, which) or target.models.image
    ignored: list[dict[str, Any]] = [{}, {}, {"n": 3}, {"n": N_MAX}, {"n": N_MAX, "size": "1024x1024"}]
    if target.modalities.get(model) != "video":
        clips = {"duration": EXAMPLE_DURATIONS[0], "resolution": EXAMPLE_RESOLUTIONS[-1]}
        ignored = [{}, {}, {"n": 2}, {"n": 2}, clips, {**clips, "n": 2}, {"n": N_MAX}]
    billed: list[Exchange] = []
    for members in ignored:
        inputs = {name: value for name, value in members.items() if name != "n"}
        last = yield from followed(target.request(model, inputs=inputs, **_only_n(members), wait=0))
        billed.append(last)
    yield Pause(2)
    for each in billed:
        yield from reread(each)


def _only_n(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if name == "n"}


@probe("billing.failed", needs=("models.timing_out",), depth="deep")
def test_what_a_failure_costs(target: Target) -> Script[None]:
    """The document is silent on it; what is billed is recorded, at every sight."""
    for model in filter(None, (target.models.failing, target.models.timing_out)):
        for wait in windows(0, WAIT_MAX_S):
            last = yield from followed(target.request(model, wait=wait))
            yield Pause(61)
            yield from reread(last)


@probe("billing.failed", needs=("models.timing_out",), depth="deep")
def test_what_one_failure_costs(target: Target) -> Script[None]:
    """What a generation costs that failed, read twice."""
    yield from followed(target.request(target.models.timing_out, wait=0))


@probe("billing.deduplication", depth="deep")
def test_two_identical_creations(target: Target) -> Script[None]:
    """Whether the same body twice, in quick succession and at once, gives two generations: recorded."""
    for wait in windows(0, WAIT_MAX_S):
        body = target.request(wait=wait)
        yield from followed(body)
        yield from followed(body)
        twice = target.request(wait=wait)
        yield Together.of(followed(twice), followed(twice))
