"""Which cases are left out of a play: only those in which nothing shows."""

import pytest

from generations_contract.gateway.hooks import Fault
from generations_contract.gateway.tampers import FAULTS
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.wire.stage import DirectStage
from tests.matrix import cases, perform
from tests.support.impact import Onlooker, Telling
from tests.support.outcomes import Play

# One at each of several hooks: documents, windows, downloads.
CHOSEN = ("request-n-boolean", "wait-whole-seconds", "media-second-picture-half")


@pytest.fixture(scope="module")
def shows() -> dict[str, Telling]:
    """Where the chosen faults show."""
    onlooker = Onlooker([FAULTS[name] for name in CHOSEN])
    stage = DirectStage(embedded.target(), embedded.gateway([onlooker.as_fault()]))
    return onlooker.look_at(Campaign(stage), cases(stage))


@pytest.mark.parametrize("name", CHOSEN)
def test_telling_cases_break_what_the_whole_campaign_breaks(shows: dict[str, Telling], name: str) -> None:
    """Less is played, and the same clauses break."""
    play = Play("fault", (name,), FAULTS[name].breaks)
    part, whole = perform(play, plan=shows[name]), perform(play)
    assert part.exact
    assert part.broken.keys() == whole.broken.keys()
    assert 0 < part.exchanges < whole.exchanges


def test_onlooker_leaves_the_gateway_honest() -> None:
    """Faults that are only asked aside break nothing."""
    onlooker = Onlooker(FAULTS[name] for name in CHOSEN)
    stage = DirectStage(embedded.target(), embedded.gateway([onlooker.as_fault()]))
    campaign = Campaign(stage)
    onlooker.look_at(campaign, cases(stage))
    assert campaign.ledger.failing == []


def test_fault_that_shows_nowhere_is_told_nowhere() -> None:
    """A tamper that returns what it was given shows in no case."""
    idle = Fault("idle", "Does nothing.", frozenset(), {"resource": (lambda _, value: {**value},)})
    onlooker = Onlooker([idle])
    stage = DirectStage(embedded.target(), embedded.gateway([onlooker.as_fault()]))
    assert onlooker.look_at(Campaign(stage), list(cases(stage))[:40]) == {"idle": set()}
