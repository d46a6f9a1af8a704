"""The quickstart: an image with `wait: "auto"`, answered in one round trip as a rule."""

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.scripts.script import Create, Script, until_terminal
from generations_load.scenarios import Setting, scenario


@scenario("image", "create", weight=30, needs=["models.image"], wait_s=60, think_s=0)
def image_auto(setting: Setting) -> Script[None]:
    """Create an image with wait "auto"; where it is not ready by then, poll the same id until it is."""
    seen = yield Create(setting.target.request(setting.image, wait="auto"))
    yield from until_terminal(seen, wait=setting.number("wait_s", WAIT_MAX_S))
