"""Spending: what a live target accepts and should not, what nobody was billed for, and the end of a run."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.budget import Budget
from contracts.campaign import Campaign
from contracts.clause import Judge
from contracts.clauses import CLAUSES
from contracts.exchange import Exchange
from contracts.gateway import Fault
from contracts.gateway.wire import Problem
from contracts.probe import Probe
from contracts.script import Create, Fetch, Script, Together, once
from contracts.target import Target
from contracts.verdict import Ledger
from tests.stages import virtual
from tests.test_campaign import SeeminglyReal

LENIENT = Fault(
    "lenient", "Nothing is refused.", frozenset({"strict.top-level"}), {"problem": (lambda *_: None,)}
)
BUSY = Fault(
    "busy",
    "Every provider is down.",
    frozenset({"errors.provider-unavailable"}),
    {"problem": (lambda _, given: given or Problem("provider_unavailable", "Down."),)},
)


def _campaign(*tampers: Fault, **limits: Any) -> Campaign:
    """A campaign on a stage that is taken for a live target, judged by the whole contract."""
    stage = virtual(SeeminglyReal, tampers)
    return Campaign(stage, judge=Judge(CLAUSES.values()), ledger=Ledger(), budget=Budget(**limits))


def _probe(script: Callable[..., Script[Any]], *clauses: str) -> Probe:
    return Probe("test_strict::test_it", clauses or ("strict.top-level",), script)


def _accepted(campaign: Campaign) -> int:
    return sum(line.generations for line in campaign.stage.gateway.ledger)  # type: ignore[attr-defined]


def _unknown_keys(target: Target) -> Script[list[Exchange]]:
    """Ten requests with an unknown key for an image, and ten for a video."""
    seen = []
    for turn in range(20):
        model = target.models.image if turn < 10 else target.models.video
        created = yield Create({**target.request(model, wait=0), f"key{turn}": 1})
        seen.append(created)
    return seen


def test_spending_buys_one_proof_of_a_kind() -> None:
    """Of twenty requests that should be refused and are accepted two are paid: one for each model."""
    campaign = _campaign(LENIENT, max_generations=25)
    performance = campaign.run(_probe(_unknown_keys))
    assert _accepted(campaign) == 2
    assert len(performance.exchanges) == 2
    assert performance.result
    assert [each.failure.kind for each in performance.result if each.failure] == ["unsent"] * 18
    assert performance.cut
    assert campaign.ledger.verdicts["strict.top-level"].state == "broken"
    assert campaign.ledger.verdicts["strict.top-level"].remarks == [(
        "strict.top-level: 18 more requests about it were not sent: "
        "accepted, and paid for, already (strict.top-level on flux-1.1-pro): proof enough; "
        "accepted, and paid for, already (strict.top-level on veo-3): proof enough"
    )]  # fmt: skip


def test_spending_on_what_runs_together_is_bounded_as_well() -> None:
    """Twenty at once are no twenty surprises: each waits until it is known what came of the one before."""
    campaign = _campaign(LENIENT, max_generations=1)

    def crowd(target: Target) -> Script[None]:
        bodies = [{**target.request(wait=0), f"key{turn}": 1} for turn in range(20)]
        yield Together(tuple(once(Create(body)) for body in bodies))

    campaign.run(_probe(crowd))
    assert _accepted(campaign) == 1


def test_spending_keeps_money_for_what_comes_after() -> None:
    """A target that refuses nothing leaves half of the budget to the probes that have to pay."""
    campaign = _campaign(LENIENT, max_generations=8)
    for clause in (
        "strict.top-level",
        "strict.nested",
        "request.n-range",
        "request.field-types",
        "auth.scheme",
    ):
        campaign.run(_probe(_unknown_keys, clause))
    assert _accepted(campaign) == 4
    paid = campaign.run(_probe(lambda target: _paid(target, 4), "wait.zero-create"))
    assert (_accepted(campaign), paid.cut) == (8, None)


def _paid(target: Target, count: int) -> Script[None]:
    for _ in range(count):
        yield Create(target.request(wait=0))


def test_spending_counts_what_a_provider_failed() -> None:
    """A POST that ends in 502 has no id, and may have made a generation all the same: its money stays aside."""
    campaign = _campaign(BUSY, max_generations=2)
    performance = campaign.run(_probe(lambda target: _paid(target, 5), "errors.envelope"))
    assert len(performance.exchanges) == 2
    assert performance.cut == "budget: max_generations = 2 is used up"
    assert campaign.ledger.unbilled == {"spending": 2}
    assert campaign.ledger.unbilled_usd["spending"] == pytest.approx(0.08)


def test_conclusion_asks_for_the_bills_that_are_open() -> None:
    """A generation that no script followed is asked after at the end, with the key of its own account."""
    campaign = _campaign()

    def unfollowed(target: Target) -> Script[None]:
        yield Create(target.request(wait=0))
        yield Create(target.request(wait=0), account="other")

    campaign.run(_probe(unfollowed, "wait.zero-create"))
    assert campaign.ledger.unbilled == {"spending": 2}
    campaign.conclude()
    assert not +campaign.ledger.unbilled
    assert campaign.ledger.cost_usd["spending"] == pytest.approx(0.08)
    assert campaign.ledger.broken == []


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({}, "replayed once: it happened again"),
        ({"max_generations": 1}, "not replayed: budget: max_generations = 1 is used up"),
    ],
)
def test_conclusion_replays_a_breach_once(limits: dict[str, int], told: str) -> None:
    """What broke is played once more when all else is played, as far as there is money."""
    campaign = _campaign(LENIENT, **limits)
    for _ in range(3):
        campaign.run(_probe(_unknown_keys))
    before = _accepted(campaign)
    campaign.conclude()
    verdict = campaign.ledger.verdicts["strict.top-level"]
    assert verdict.notes == [f"strict.top-level: {told} (test_strict::test_it)"]
    assert _accepted(campaign) - before == (0 if limits else 1)


def test_conclusion_says_what_did_not_happen_again() -> None:
    """A breach that comes and goes stays one, and whoever looks for it is told."""
    times = iter([True])
    once_only = Fault("once", "The first is accepted.", frozenset({"strict.top-level"}), {
        "problem": (lambda _, given: None if given and next(times, False) else given,)
    })  # fmt: skip
    campaign = _campaign(once_only)
    campaign.run(_probe(_unknown_keys))
    campaign.conclude()
    verdict = campaign.ledger.verdicts["strict.top-level"]
    assert verdict.state == "broken"
    assert ["it comes and goes" in note for note in verdict.notes] == [True]


def test_conclusion_sends_a_drawn_request_again() -> None:
    """A script that was drawn at random cannot begin anew: the request that broke a clause is sent again."""
    campaign = _campaign(LENIENT)
    body = {**campaign.target.request(wait=0), "colour": "red"}
    campaign.perform(once(Create(body)), "test_request::test_random", "request")
    campaign.conclude()
    assert _accepted(campaign) == 2
    assert "happened again" in campaign.ledger.verdicts["strict.top-level"].notes[0]


def test_conclusion_of_an_honest_target_sends_nothing() -> None:
    """Without a breach, and with every bill seen, nothing is left to do."""
    campaign = _campaign()
    campaign.run(_probe(lambda target: once(Create(target.request(wait=60))), "response.schema"))
    campaign.run(_probe(lambda _: once(Fetch("gen_never", intent="unknown-id")), "lifecycle.not-found"))
    before = campaign.ledger.exchanges
    campaign.conclude()
    assert campaign.ledger.exchanges == before == 2
