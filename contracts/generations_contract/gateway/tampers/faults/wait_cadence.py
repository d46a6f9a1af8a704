"""Lies about the next poll: it comes too soon, or finds nobody to hold it. Section `wait`."""

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import NON_TERMINAL
from generations_contract.gateway.tampers.call_facts import ended, fetching, video
from generations_contract.gateway.wire import Problem

CADENCE = "wait.no-cadence"
_A_MOMENT_S = 0.5


def _noted(call: Call, reply: Reply, name: str) -> Reply:
    """Remember when the last held poll of a generation was answered without an end."""
    held = fetching(call) and call.record is not None and reply.at > call.now and reply.status == 200
    if held and call.job.status_at(reply.at) in NON_TERMINAL:
        call.memory.setdefault(name, {})[call.job.id] = reply.at
    return reply


def _soon(call: Call, name: str, within_s: float) -> bool:
    """Whether a poll with a window comes so soon after a held one."""
    answered_at: float | None = call.memory.get(name, {}).get(call.record.job.id) if call.record else None
    return answered_at is not None and bool(call.wait_s) and 0 <= call.now - answered_at < within_s


@fault("wait-next-poll-too-soon", breaks={CADENCE}, at="problem")
def next_poll_too_soon(call: Call, problem: Problem | None) -> Problem | None:
    """A poll that comes before the last one's Retry-After is over is 429."""
    if problem is not None or not fetching(call) or not _soon(call, "polled", 1.0):
        return problem
    return Problem("rate_limited", "Poll again in 1 s.", headers=(("Retry-After", "1"),))


@next_poll_too_soon.also("reply")
def _polled(call: Call, reply: Reply) -> Reply:
    return _noted(call, reply, "polled")


@fault("wait-next-poll-of-clip-not-held", breaks={CADENCE, "wait.never-early"}, at="window")
def next_poll_not_held(call: Call, window: float) -> float:
    """Whole windows of a clip are for those who make a pause between polls: the next one finds no slot."""
    soon = fetching(call) and video(call) and not ended(call) and _soon(call, "clip polled", _A_MOMENT_S)
    return 0.0 if soon and window >= 1 and window == int(window) else window


@next_poll_not_held.also("reply")
def _clip_polled(call: Call, reply: Reply) -> Reply:
    return _noted(call, reply, "clip polled")
