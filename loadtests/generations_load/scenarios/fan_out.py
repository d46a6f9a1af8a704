"""Many pollers of one generation, and their synchronised wake-up."""

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.scripts.script import Create, Fetch, Pause, Script, Together, after, once
from generations_load.scenarios import Setting, scenario


@scenario(
    "video", "fan-out", weight=5, needs=["models.slow"], pollers=20, wait_s=60, spread_s=0.5, look_s=0.5
)
def fan_out(setting: Setting) -> Script[None]:
    """Create one slow generation and hold many polls on it, begun at different times, to its end.

    One of them, the witness, looks with short polls: who is held must wake when it sees the end.
    """
    seen: Exchange = yield Create(setting.target.request(setting.slow, wait=0))
    limit = seen.sent_at + seen.terms.deadline_s(seen.modality)
    while seen.generation_id and seen.state and not seen.terminal and seen.answered_at < limit:
        pollers = [_poller(setting, seen.generation_id) for _ in range(int(setting.number("pollers", 20)))]
        witness = _witness(setting, seen.generation_id)
        answers: tuple[Exchange, ...] = yield Together((witness, *pollers))
        seen = max(answers, key=lambda each: (each.terminal, each.state is not None, each.answered_at))


def _poller(setting: Setting, generation_id: str) -> Script[Exchange]:
    late = setting.random.uniform(0, setting.number("spread_s", 0.5))
    return after(late, once(Fetch(generation_id, wait=setting.number("wait_s", WAIT_MAX_S))))


def _witness(setting: Setting, generation_id: str) -> Script[Exchange]:
    """Short polls until the end, or for as long as a window at most."""
    every = max(0.05, setting.number("look_s", 0.5))
    seen: Exchange = yield Fetch(generation_id, wait=0)
    for _ in range(int(setting.number("wait_s", WAIT_MAX_S) / every)):
        if seen.terminal or not seen.state:
            break
        yield Pause(every)
        seen = yield Fetch(generation_id, wait=0)
    return seen
