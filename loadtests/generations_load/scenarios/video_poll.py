"""The usual way with video: ask without waiting, then long-poll."""

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.scripts.script import Create, Script, until_terminal
from generations_load.scenarios import Setting, scenario


@scenario("video", "create", weight=20, needs=["models.video"], wait_s=60)
def video_poll(setting: Setting) -> Script[None]:
    """Create a video with wait 0, then hold polls of a full window until it is done."""
    seen = yield Create(setting.target.request(setting.video, wait=0))
    yield from until_terminal(seen, wait=setting.number("wait_s", WAIT_MAX_S))
