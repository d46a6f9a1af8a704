"""Clients that go away in the middle of a poll and come back: a dropped poll must cost nothing."""

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.scripts.script import Create, Fetch, Pause, Script, until_terminal
from generations_load.scenarios import Setting, scenario


@scenario("video", "abandon", weight=10, needs=["models.slow"], hang_up_s=0.5, away_s=0.5, wait_s=60)
def abandon_resume(setting: Setting) -> Script[None]:
    """Create, hang up in the middle of a long poll, and come back later for the same id."""
    seen = yield Create(setting.target.request(setting.slow, wait=0))
    if not seen.generation_id:
        return
    patience = setting.number("hang_up_s", 0.5) * setting.random.uniform(0.5, 1.5)
    yield Fetch(seen.generation_id, wait=setting.number("wait_s", WAIT_MAX_S), give_up_after_s=patience)
    yield Pause(setting.number("away_s", 0.5) * setting.random.uniform(0, 2))
    back = yield Fetch(seen.generation_id, wait=0)
    yield from until_terminal(back, wait=setting.number("wait_s", WAIT_MAX_S))
