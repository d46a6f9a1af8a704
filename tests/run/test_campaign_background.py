"""A campaign in the background: probes begun before they are asked for, each played once, errors handed on."""

from generations_contract.api.target import Target
from generations_contract.run.performance import Performance
from generations_contract.scripts.probe import Probe
from generations_contract.scripts.script import Fetch, Script
from tests.run.live_helpers import live, probe_of


def test_campaign_plays_in_the_background_in_order() -> None:
    """What was begun is waited for, each probe and case played once, whatever is asked for first."""
    played: list[str] = []

    def noting(_: Target, case: str) -> Script[str]:
        played.append(case)
        yield Fetch(case)
        return case

    campaign = live()
    probe = Probe("test_wait::test_it", (), noting, cases={name: name for name in "abc"})
    campaign.begin([(probe, case) for case in "abc"], workers=1)
    performances: list[Performance[str]] = [campaign.run(probe, case) for case in "cba"]
    assert [each.result for each in performances] == ["c", "b", "a"]
    assert played == ["a", "b", "c"]
    assert campaign.run(probe, "a").result == "a"
    assert played == ["a", "b", "c", "a"]
    assert campaign.ledger.exchanges == 4


def test_campaign_in_the_background_hands_errors_on() -> None:
    """An error of a script in a worker's thread comes out where the probe is waited for."""

    def failing(_: Target) -> Script[None]:
        yield Fetch("gen_1")
        raise LookupError("the script's own")

    campaign, probe = live(), probe_of(failing)
    campaign.begin([(probe, None)], workers=2)
    assert isinstance(campaign.run(probe).error, LookupError)
