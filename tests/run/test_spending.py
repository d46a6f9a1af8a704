"""Spending: what a live target accepts and should not, and what nobody was billed for."""

import pytest

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Failure, Response
from generations_contract.gateway import Fault
from generations_contract.gateway.wire import Problem
from generations_contract.judging.judge import Judge
from generations_contract.money import Budget
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.script import Create, Script, Together, once
from generations_contract.wire.transport import Outgoing
from tests.run.live_helpers import LENIENT, SeeminglyReal, accepted, live, probe_of, unknown_keys
from tests.support.stages import virtual

BUSY = Fault(
    "busy",
    "Every provider is down.",
    frozenset({"errors.provider-unavailable"}),
    {"problem": (lambda _, given: given or Problem("provider_unavailable", "Down."),)},
)


def test_spending_buys_one_proof_of_a_kind() -> None:
    """Of twenty requests that should be refused and are accepted two are paid: one for each model."""
    campaign = live(LENIENT, max_generations=25)
    performance = campaign.run(probe_of(unknown_keys))
    assert accepted(campaign) == 2
    assert len(performance.exchanges) == 2
    assert performance.result
    assert [each.failure.kind for each in performance.result if each.failure] == ["unsent"] * 18
    assert performance.stopped_because
    assert campaign.ledger.verdicts["strict.top-level"].state == "broken"
    assert campaign.ledger.verdicts["strict.top-level"].remarks == [
        f"strict.top-level: 18 requests of the scripts about it not sent: {performance.stopped_because}"
    ]
    assert performance.stopped_because == "one like it was accepted, and paid for: that is proof enough"


def test_spending_on_what_runs_together_is_bounded_as_well() -> None:
    """Twenty at once are no twenty surprises: each waits until it is known what came of the one before."""
    campaign = live(LENIENT, max_generations=1)

    def crowd(target: Target) -> Script[None]:
        bodies = [{**target.request(wait=0), f"key{turn}": 1} for turn in range(20)]
        yield Together(tuple(once(Create(body)) for body in bodies))

    campaign.run(probe_of(crowd))
    assert accepted(campaign) == 1


def _wrong(target: Target) -> Script[None]:
    """Requests that should be refused, each for another reason, and each twice."""
    for _ in range(2):
        for top, inputs in (
            ({"colour": 1}, {}),
            ({}, {"colour": 1}),
            ({"n": 11}, {}),
            ({"wait": 61}, {}),
            ({}, {"prompt": ""}),
        ):
            body = target.request(wait=0)
            yield Create({**body, **top, "input": {**body["input"], **inputs}})


def test_spending_buys_a_proof_of_every_kind_whatever_the_script_is_about() -> None:
    """What an acceptance proves is what the request violates: five reasons, five of ten are paid."""
    campaign = live(LENIENT, max_generations=25)
    campaign.run(probe_of(_wrong, "strict.top-level", "strict.nested"))
    assert accepted(campaign) == 5
    assert campaign.ledger.verdicts["strict.nested"].state == "broken"


def test_spending_keeps_money_for_what_comes_after() -> None:
    """A target that refuses nothing leaves half of the budget to the probes that have to pay."""
    campaign = live(LENIENT, max_generations=8)
    campaign.run(probe_of(_wrong))
    assert accepted(campaign) == 4
    paid = campaign.run(probe_of(lambda target: _paid(target, 4), "wait.zero-create"))
    assert (accepted(campaign), paid.stopped_because) == (8, None)


def _paid(target: Target, count: int) -> Script[None]:
    for _ in range(count):
        yield Create(target.request(wait=0))


def test_spending_counts_what_a_provider_failed() -> None:
    """A POST that ends in 502 has no id, and may have made a generation all the same: its money stays aside."""
    campaign = live(BUSY, max_generations=2)
    performance = campaign.run(probe_of(lambda target: _paid(target, 5), "errors.envelope"))
    assert len(performance.exchanges) == 2
    assert performance.stopped_because == "budget: max_generations = 2 is used up"
    assert campaign.ledger.unbilled == {"spending": 2}
    assert campaign.ledger.unbilled_usd["spending"] == pytest.approx(0.08)


class _CutsWhatItAccepts(SeeminglyReal):
    """A target that makes a generation and then resets the connection."""

    def _deliver(self, outgoing: Outgoing, now: float) -> tuple[Response | Failure, float]:
        answer, at = super()._deliver(outgoing, now)
        return (Failure("reset") if outgoing.kind == "create" else answer), at


def test_spending_on_what_is_accepted_and_cut_is_bounded() -> None:
    """A gateway that makes what it should refuse, and never says so, makes no more than half of the limit."""
    stage = virtual(_CutsWhatItAccepts, (LENIENT,))
    campaign = Campaign(stage, judge=Judge(()), budget=Budget(max_generations=4))
    campaign.run(probe_of(unknown_keys))
    assert accepted(campaign) == 2
    assert campaign.spending.budget.spent[0] == 2
