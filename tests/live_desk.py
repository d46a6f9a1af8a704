"""Campaigns on what is taken for a live target, with money to spend."""

from collections.abc import Callable
from typing import Any

from contracts.budget import Budget
from contracts.clauses import CLAUSES
from contracts.exchange import Exchange
from contracts.gateway import Fault
from contracts.judge import Judge
from contracts.probe import Probe
from contracts.run.campaign import Campaign
from contracts.script import Create, Script
from contracts.stage import DirectStage
from contracts.target import Target
from contracts.verdict import Ledger
from tests.stages import virtual


class SeeminglyReal(DirectStage):
    """A stage on which time is computed and taken for real: what a network does is up to the clauses."""

    virtual = False


LENIENT = Fault(
    "lenient", "Nothing is refused.", frozenset({"strict.top-level"}), {"problem": (lambda *_: None,)}
)


def live(*tampers: Fault, **limits: Any) -> Campaign:
    """A campaign on a stage that is taken for a live target, judged by the whole contract."""
    stage = virtual(SeeminglyReal, tampers)
    return Campaign(stage, judge=Judge(CLAUSES.values()), ledger=Ledger(), budget=Budget(**limits))


def probe_of(script: Callable[..., Script[Any]], *clauses: str) -> Probe:
    """A probe of a script; about unknown keys unless it is told otherwise."""
    return Probe("test_strict::test_it", clauses or ("strict.top-level",), script)


def accepted(campaign: Campaign) -> int:
    """Generations that the gateway has accepted, by its own ledger."""
    return sum(line.generations for line in campaign.stage.gateway.ledger)  # type: ignore[attr-defined]


def unknown_keys(target: Target) -> Script[list[Exchange]]:
    """Ten requests with an unknown key for an image, and ten for a video."""
    seen = []
    for turn in range(20):
        model = target.models.image if turn < 10 else target.models.video
        created = yield Create({**target.request(model, wait=0), f"key{turn}": 1})
        seen.append(created)
    return seen
