"""Polls that are held to the very end of their window, again and again."""

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.scripts.script import Create, Fetch, Script
from generations_load.scenarios import Setting, scenario


@scenario("video", "window", weight=10, needs=["models.slow"], wait_s=60, polls=100)
def full_window(setting: Setting) -> Script[None]:
    """Create a slow generation and poll it with one window (60 s unless the plan says less) to its end.

    The first poll's window is drawn from [0, wait_s], so that users who start together do not stay in step.
    """
    wait = setting.number("wait_s", WAIT_MAX_S)
    seen = yield Create(setting.target.request(setting.slow, wait=0))
    if not seen.generation_id:
        return
    poll = Fetch(seen.generation_id, wait=round(setting.random.uniform(0, wait), 3))
    for turn in range(int(setting.number("polls", 100))):
        if seen.terminal or not seen.state:
            return
        seen = yield poll
        if not turn:
            poll = Fetch(poll.generation_id, wait=wait)
