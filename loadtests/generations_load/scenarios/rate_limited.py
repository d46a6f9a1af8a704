"""An account that is told to slow down, and does."""

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.scripts.script import Create, Pause, Script, until_terminal
from generations_load.scenarios import Setting, scenario


@scenario("limited", "image", weight=5, needs=["keys.limited"], attempts=5, impatience_s=1)
def rate_limited(setting: Setting) -> Script[None]:
    """Create under the rate-limited account; after a 429 wait as long as Retry-After says, then again."""
    for _ in range(int(setting.number("attempts", 5))):
        seen: Exchange = yield Create(setting.target.request(setting.image, wait=0), account="limited")
        if seen.status != 429:
            yield from until_terminal(seen, wait=WAIT_MAX_S, account="limited")
            return
        told = seen.retry_after_s
        yield Pause(setting.number("impatience_s", 1) if told is None else told)
