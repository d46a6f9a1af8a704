"""The end of a run on a live target: what broke is replayed once, and open bills are asked for."""

import pytest

from generations_contract.api.target import Target
from generations_contract.gateway import Fault
from generations_contract.gateway.wire import Problem
from generations_contract.run.conclusion import conclude
from generations_contract.scripts.script import Create, Fetch, Script, once
from tests.run.live_helpers import LENIENT, accepted, live, probe_of, unknown_keys


def test_conclusion_asks_for_the_bills_that_are_open() -> None:
    """A generation that no script followed is asked after at the end, with the key of its own account."""
    campaign = live()

    def unfollowed(target: Target) -> Script[None]:
        yield Create(target.request(wait=0))
        yield Create(target.request(wait=0), account="other")

    campaign.run(probe_of(unfollowed, "wait.zero-create"))
    assert campaign.ledger.unbilled == {"conclusion": 2}
    conclude(campaign)
    assert not +campaign.ledger.unbilled
    assert campaign.ledger.cost_usd["conclusion"] == pytest.approx(0.08)
    assert campaign.ledger.failing == []


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ({}, "replayed once: it happened again"),
        ({"max_generations": 1}, "not replayed: budget: max_generations = 1 is used up"),
    ],
)
def test_conclusion_replays_a_breach_once(limits: dict[str, int], told: str) -> None:
    """What broke is played once more when all else is played, as far as there is money."""
    campaign = live(LENIENT, **limits)
    campaign.run(probe_of(unknown_keys))
    before = accepted(campaign)
    conclude(campaign)
    verdict = campaign.ledger.verdicts["strict.top-level"]
    assert verdict.notes == [f"strict.top-level: {told} (test_strict::test_it)"]
    assert accepted(campaign) - before == (0 if limits else 1)


def test_conclusion_says_what_did_not_happen_again() -> None:
    """A breach that comes and goes stays one, and whoever looks for it is told."""
    times = iter([True])
    once_only = Fault("once", "The first is accepted.", frozenset({"strict.top-level"}), {
        "problem": (lambda _, given: None if given and next(times, False) else given,)
    })  # fmt: skip
    campaign = live(once_only)
    campaign.run(probe_of(unknown_keys))
    conclude(campaign)
    verdict = campaign.ledger.verdicts["strict.top-level"]
    assert verdict.state == "broken"
    assert ["it comes and goes" in note for note in verdict.notes] == [True]


def test_conclusion_sends_a_drawn_request_again() -> None:
    """A script that was drawn at random cannot begin anew: the request that broke a clause is sent again."""
    campaign = live(LENIENT)
    body = {**campaign.target.request(wait=0), "colour": "red"}
    campaign.perform(once(Create(body)), "test_request::test_random", "request")
    conclude(campaign)
    assert accepted(campaign) == 2
    assert "happened again" in campaign.ledger.verdicts["strict.top-level"].notes[0]


def test_conclusion_of_an_honest_target_fetches_everything_once_more() -> None:
    """Without a breach, and with every bill seen, what is left is free: each generation, and what it lists."""
    campaign = live()
    campaign.run(probe_of(lambda target: once(Create(target.request(wait=60))), "response.schema"))
    campaign.run(probe_of(lambda _: once(Fetch("gen_never", intent="unknown-id")), "lifecycle.not-found"))
    before = campaign.ledger.exchanges
    conclude(campaign)
    assert before == 2
    assert campaign.ledger.exchanges == before + 2
    assert accepted(campaign) == 1
    assert campaign.ledger.verdicts["lifecycle.resumable"].state == "held"
    assert campaign.ledger.verdicts["media.content-type"].exercised == 1


def test_conclusion_replays_nothing_that_several_scripts_met() -> None:
    """What happened in two scripts has happened again already: nothing is paid to see it a third time."""
    campaign = live(LENIENT)
    models = campaign.target.models
    for model in (models.image, models.video):
        body = {**campaign.target.request(model, wait=0), "colour": 1}
        campaign.run(probe_of(lambda _, body=body: once(Create(body))))
    before = accepted(campaign)
    conclude(campaign)
    assert accepted(campaign) == before == 2
    assert campaign.ledger.verdicts["strict.top-level"].notes == [
        "strict.top-level: 2 scripts met it, so none was replayed"
    ]


def test_conclusion_does_not_replay_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a dozen, of a target that breaks everything, it is only said that it was not."""
    monkeypatch.setattr("generations_contract.run.conclusion.MOST_REPLAYS", 0)
    campaign = live(LENIENT)
    campaign.run(probe_of(unknown_keys))
    conclude(campaign)
    assert accepted(campaign) == 2
    assert campaign.ledger.verdicts["strict.top-level"].notes == [
        "strict.top-level: not replayed: 0 others were (test_strict::test_it)"
    ]


def test_conclusion_suspects_the_profile_of_a_model_that_is_never_accepted() -> None:
    """Where every good request for a model is refused the report asks for the profile, not for the gateway only."""
    unknown = Problem("invalid_input", "There is no such model.", "model")
    without = Fault("without", "It has no veo-3.", frozenset({"request.documented-accepted"}), {
        "problem": (lambda call, given: unknown if call.document.get("model") == "veo-3" else given,)
    })  # fmt: skip
    campaign = live(without)
    for model in (campaign.target.models.image, campaign.target.models.video):
        body = campaign.target.request(model, wait=60)
        campaign.perform(once(Create(body)), "test_x::test_y", "request")
    conclude(campaign)
    notes = campaign.ledger.verdicts["request.documented-accepted"].notes
    assert notes[0] == (
        "request.documented-accepted: no request for veo-3 was accepted; "
        "has the target such a model? ([models] video)"
    )
