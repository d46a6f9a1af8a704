"""Campaigns on what is taken for a live target, with money to spend."""

from collections.abc import Callable
from typing import Any

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway import Fault
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.money import Budget
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.probe import Probe
from generations_contract.scripts.script import Create, Script
from generations_contract.wire.stage import DirectStage
from tests.support.stages import virtual


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
