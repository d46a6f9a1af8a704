"""A scenario of our own, beside those of the suite: judged, measured and reported as they are.

locust -f locustfile.py --headless -u 200 -r 50 -t 30s --target staging.toml --scenario phone-in-pocket
"""

from generations_contract.scripts import Create, Pause, Script, until_terminal
from generations_load.scenarios import Setting, scenario
from generations_load.under_locust.locustfile import Arrivals, LongPolls

__all__ = ["Arrivals", "LongPolls"]  # what locust runs: users that play scenarios


@scenario("video", weight=10, needs=["models.slow"], away_s=1, wait_s=30)
def phone_in_pocket(setting: Setting) -> Script[None]:
    """Create, put the phone away for a while, and then wait for the end."""
    created = yield Create(setting.target.request(setting.slow, wait=0))
    yield Pause(setting.number("away_s", 1) * setting.random.uniform(0.5, 1.5))
    yield from until_terminal(created, wait=setting.number("wait_s", 30))
