"""Fire and forget, then a cadence of one's own: short polls, as clients that distrust long ones do."""

from generations_contract.scripts.script import Create, Fetch, Pause, Script
from generations_load.scenarios import Setting, scenario


@scenario("image", "short", weight=15, needs=["models.image"], every_s=1, polls=30)
def fire_and_forget(setting: Setting) -> Script[None]:
    """Create an image with wait 0 and look now and then, with wait 0 too, until it is done."""
    seen = yield Create(setting.target.request(setting.image, wait=0))
    for _ in range(int(setting.number("polls", 30))):
        if not seen.generation_id or seen.terminal or not seen.state:
            return
        every = setting.number("every_s", 1)
        yield Pause(every * setting.random.uniform(0.5, 1.5))
        seen = yield Fetch(seen.generation_id, wait=0)
