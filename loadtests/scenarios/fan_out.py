"""Many pollers of one generation, and their synchronised wake-up."""

from contracts.exchange import Exchange
from contracts.script import Create, Fetch, Script, Together, after, once
from loadtests.scenarios import Setting, scenario


@scenario("video", "fan-out", weight=5, needs=["models.slow"], pollers=20, wait_s=60, spread_s=0.5)
def fan_out(setting: Setting) -> Script[None]:
    """Create one slow generation and hold many polls on it, begun at different times, to its end."""
    seen: Exchange = yield Create(setting.target.request(setting.slow, wait=0))
    wait = setting.number("wait_s", 60)
    while seen.generation_id and seen.state and not seen.terminal:
        late = [setting.random.uniform(0, setting.number("spread_s", 0.5)) for _ in range(_pollers(setting))]
        polls = [after(seconds, once(Fetch(seen.generation_id, wait=wait))) for seconds in late]
        answers: tuple[Exchange, ...] = yield Together(tuple(polls))
        seen = max(answers, key=lambda each: (each.terminal, each.state is not None, each.answered_at))


def _pollers(setting: Setting) -> int:
    return max(1, int(setting.number("pollers", 20)))
