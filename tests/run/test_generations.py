"""What becomes of the generations of a run: each is fetched once more, and on each model one completes."""

import pytest

from generations_contract.api.target import Target
from generations_contract.gateway.tampers import FAULTS
from generations_contract.run.conclusion import conclude
from generations_contract.scripts.script import Create, Script, Together, create_and_follow
from tests.run.live_helpers import accepted, live, probe_of

NOTHING = FAULTS["lifecycle-nothing-completes"]
PICTURES = FAULTS["lifecycle-pictures-fail"]


def _one_of_each(target: Target) -> Script[None]:
    models = target.models
    named = filter(None, (models.image, models.video, models.failing, models.cancelling))
    yield Together(tuple(create_and_follow(target.request(model)) for model in named))


@pytest.mark.parametrize(
    ("faults", "state", "more"),
    [((), "held", 0), ((NOTHING,), "unmet", 2), ((PICTURES,), "broken", 5)],
    ids=["honest", "nothing completes", "pictures fail"],
)
def test_model_on_which_nothing_completes_gets_one_creation_more(
    faults: tuple[object, ...], state: str, more: int
) -> None:
    """Of models that are there to fail nothing is expected; what broke is replayed besides, by the same four."""
    campaign = live(*faults)  # type: ignore[arg-type]
    campaign.run(probe_of(_one_of_each, "lifecycle.completes"))
    before = accepted(campaign)
    conclude(campaign)
    campaign.ledger.settle()
    assert accepted(campaign) - before == more
    verdict = campaign.ledger.verdicts["lifecycle.completes"]
    assert verdict.state == state
    if state == "unmet":
        assert sorted(each["expected"] for each in verdict.breaches) == [
            f"at least one of the sound creations on {model} completes" for model in ("flux-1.1-pro", "veo-3")
        ]


def test_without_money_the_first_end_stands() -> None:
    """No creation more than the budget allows: what was seen is what is told."""
    campaign = live(NOTHING, max_generations=4)
    campaign.run(probe_of(_one_of_each, "lifecycle.completes"))
    conclude(campaign)
    campaign.ledger.settle()
    assert accepted(campaign) == 4
    assert campaign.ledger.verdicts["lifecycle.completes"].state == "unmet"


def test_generation_that_is_gone_at_the_end_is_missed() -> None:
    """What every script has found may be gone when all is played: the last look finds it."""
    campaign = live(FAULTS["lifecycle-forgotten-after-a-minute"])
    campaign.run(probe_of(lambda target: _quietly(target), "lifecycle.resumable"))
    assert campaign.ledger.failing == []
    campaign.stage.jump(campaign.stage.now() + 120)  # type: ignore[attr-defined]
    conclude(campaign)
    assert campaign.ledger.verdicts["lifecycle.resumable"].state == "broken"


def _quietly(target: Target) -> Script[None]:
    yield Create(target.request(wait=60))
