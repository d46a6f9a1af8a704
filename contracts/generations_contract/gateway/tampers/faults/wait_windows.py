"""Lies about whose window is held: other pollers', GET's own, and "auto". Section `wait`."""

from generations_contract.gateway.hooks import Call, fault
from generations_contract.gateway.tampers.call_facts import (
    body,
    creating,
    ended,
    fetching,
    image,
    sent_wait,
    video,
)
from generations_contract.gateway.wire import Problem

EARLY, LATE, INDEPENDENT = "wait.never-early", "wait.never-late", "wait.independent"
DEFAULT, RANGE = "wait.get-default", "wait.get-range"
FRACTION, WAKES = "wait.fractional", "wait.wakes"
AUTO, CAP, MODALITY = "wait.auto-default", "wait.auto-cap", "wait.auto-modality"


# ---- other requests


@fault("wait-one-at-a-time", breaks={INDEPENDENT, LATE, FRACTION}, at="answer_at")
def one_at_a_time(call: Call, due: float) -> float:
    """GETs of one generation take a lock: while one is held, the next waits for it."""
    locked: dict[str, float] = call.memory.setdefault("locks", {})
    if not fetching(call) or ended(call):
        return due
    free = locked.get(call.job.id, 0.0)
    answered = max(due, min(free, max(call.job.ends_at, call.now)))
    locked[call.job.id] = max(free, answered)
    return answered


@fault("wait-busy-shortens", breaks={INDEPENDENT, EARLY, FRACTION}, at="answer_at")
def busy_shortens(call: Call, due: float) -> float:
    """From 20 held polls on, further ones are let go after a second, to save connections."""
    return min(due, call.now + 1) if fetching(call) and call.held >= 20 else due


@fault("wait-busy-delays", breaks={LATE, FRACTION, WAKES}, at="answer_at")
def busy_delays(call: Call, due: float) -> float:
    """With 20 polls held the workers are all taken: whoever comes next waits two seconds more."""
    held = fetching(call) and call.wait_s and call.held >= 20 and not ended(call)
    return due + 2 if held else due


@fault("wait-newcomer-takes-over", breaks={INDEPENDENT, EARLY}, at="answer_at")
def newcomer_takes_over(call: Call, due: float) -> float:
    """A second poller of a generation joins the first one's poll, and is let go with it."""
    shared: dict[str, float] = call.memory.setdefault("shared", {})
    if not fetching(call) or due <= call.now:
        return due
    running = shared.get(call.job.id, 0.0)
    shared[call.job.id] = running if running > call.now else due
    return min(due, shared[call.job.id])


# ---- GET's parameter


@fault("wait-get-default-holds", breaks={DEFAULT}, at="window")
def get_default_holds(call: Call, window: float) -> float:
    """GET without `wait` is held like a POST without one."""
    if not fetching(call) or call.request.query("wait"):
        return window
    return call.gateway.catalogue.house.auto_video_s


@fault("wait-get-default-holds-queued", breaks={DEFAULT}, at="window")
def get_default_holds_queued(call: Call, window: float) -> float:
    """GET without `wait` is held for a second while the job is queued, to have something to show."""
    queued = fetching(call) and call.now < call.job.starts_at
    return 1.0 if queued and not call.request.query("wait") else window


@fault("wait-get-clamped", breaks={RANGE}, at="problem")
def get_clamped(call: Call, problem: Problem | None) -> Problem | None:
    """GET's `wait` outside 0-60 is brought into it."""
    return None if fetching(call) and problem and "outside" in problem.message else problem


@fault("wait-get-text-is-zero", breaks={RANGE}, at="problem")
def get_text_is_zero(call: Call, problem: Problem | None) -> Problem | None:
    """GET's `wait` is 0 where it cannot be read as a number."""
    return None if fetching(call) and problem and "not a number" in problem.message else problem


@fault("wait-get-sixty-one", breaks={RANGE}, at="problem")
def get_sixty_one(call: Call, problem: Problem | None) -> Problem | None:
    """GET's `wait` may be up to 300: another service's limit."""
    if problem is None or not fetching(call) or "outside" not in problem.message:
        return problem
    return None if 60 < float(call.request.query("wait")[0]) <= 300 else problem


# ---- auto


@fault("wait-left-out-is-zero", breaks={AUTO, MODALITY}, at="window")
def left_out_is_zero(call: Call, window: float) -> float:
    """A POST without `wait` answers at once; "auto" must be said."""
    return 0.0 if creating(call) and "wait" not in body(call) else window


@fault("wait-left-out-is-long-on-video", breaks={AUTO, MODALITY}, at="window")
def left_out_is_long_on_video(call: Call, window: float) -> float:
    """A POST without `wait` holds a minute on video models, where "auto" holds two seconds."""
    return 60.0 if creating(call) and video(call) and "wait" not in body(call) else window


@fault("wait-auto-without-cap", breaks={CAP}, at="answer_at")
def auto_without_cap(call: Call, due: float) -> float:
    """With "auto" a POST on an image model is held until the job is done, however long that takes."""
    held = creating(call) and image(call) and sent_wait(call) == "auto"
    return max(call.now, call.job.ends_at) if held else due


@fault("wait-auto-ninety", breaks={CAP}, at="window")
def auto_ninety(call: Call, window: float) -> float:
    """With several images "auto" holds up to 90 seconds, as they take longer."""
    several = creating(call) and image(call) and len(call.job.assets) > 1
    return 90.0 if several and sent_wait(call) == "auto" else window


@fault("wait-auto-all-short", breaks={MODALITY}, at="window")
def auto_all_short(call: Call, window: float) -> float:
    """Half a second is "auto" for every modality."""
    return 0.5 if creating(call) and sent_wait(call) == "auto" else window


@fault("wait-auto-swapped", breaks={MODALITY}, at="window")
def auto_swapped(call: Call, window: float) -> float:
    """The two values of "auto" are swapped: long on video models, short on image models."""
    house = call.gateway.catalogue.house
    if not creating(call) or sent_wait(call) != "auto":
        return window
    return house.auto_image_s if video(call) else house.auto_video_s / 4
