"""Lies about how long a poll is held, early, late or not woken, and about whose window it is. Section `wait`."""

import math
from dataclasses import replace

from generations_contract.api.vocabulary import CANCELLED, COMPLETED
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    body,
    creating,
    ended,
    fetching,
    image,
    number,
    sent_wait,
    video,
)
from generations_contract.gateway.wire import Problem

EARLY, LATE, WAKES = "wait.never-early", "wait.never-late", "wait.wakes"
FRACTION, AT_ONCE, ZERO = "wait.fractional", "wait.terminal-at-once", "wait.zero-create"
INDEPENDENT, DEFAULT, RANGE = "wait.independent", "wait.get-default", "wait.get-range"
AUTO, CAP, MODALITY = "wait.auto-default", "wait.auto-cap", "wait.auto-modality"


def _timed_post(call: Call) -> bool:
    return creating(call) and number(sent_wait(call)) and sent_wait(call) > 0


def _elapses(call: Call, due: float) -> bool:
    """Whether a window that was asked for ends before the job does."""
    return bool(call.wait_s) and due < call.job.ends_at


# ---- too early


@fault("wait-post-ignored", breaks={EARLY, FRACTION}, at="answer_at")
def post_ignored(call: Call, due: float) -> float:
    """A POST with a number as `wait` answers at once: only "auto" was ever built."""
    return call.now if _timed_post(call) else due


@fault("wait-get-ignored", breaks={EARLY, FRACTION}, at="answer_at")
def get_ignored(call: Call, due: float) -> float:
    """GET has no long poll: it always answers at once."""
    return call.now if fetching(call) else due


@fault("wait-in-milliseconds", breaks={EARLY, FRACTION}, at="window")
def in_milliseconds(call: Call, window: float) -> float:
    """On POST the number is taken for milliseconds."""
    return window / 1000 if _timed_post(call) else window


@fault("wait-whole-seconds", breaks={EARLY, FRACTION}, at="window")
def whole_seconds(call: Call, window: float) -> float:
    """On GET the fraction of a window is cut off: half a second is none."""
    return math.floor(window) if fetching(call) else window


@fault("wait-capped-at-thirty", breaks={EARLY, FRACTION}, at="window")
def capped_at_thirty(call: Call, window: float) -> float:
    """A proxy ends every GET after 30 seconds, and the gateway answers in time for it."""
    return min(window, 30.0) if fetching(call) else window


@fault("wait-post-capped-at-ten", breaks={EARLY, FRACTION}, at="window")
def post_capped_at_ten(call: Call, window: float) -> float:
    """A POST holds ten seconds at most, whatever number it gives."""
    return min(window, 10.0) if _timed_post(call) else window


@fault("wait-post-capped-for-several-clips", breaks={EARLY}, at="window")
def post_capped_for_several_clips(call: Call, window: float) -> float:
    """A POST on a video model with an `n` above one, which means nothing there, holds three seconds at most."""
    several = _timed_post(call) and video(call) and body(call).get("n", 1) > 1
    return min(window, 3.0) if several else window


@fault("wait-post-capped-when-longest", breaks={EARLY, FRACTION}, at="window")
def post_capped_when_longest(call: Call, window: float) -> float:
    """A front door gives up on POSTs after three seconds, but only on those that may take more than half a minute."""
    return min(window, 3.0) if _timed_post(call) and window > 30 else window


@fault("wait-third-poll-short", breaks={EARLY, FRACTION}, at="window")
def third_poll_short(call: Call, window: float) -> float:
    """From the third poll of a generation on, windows are half as long: "it will be done soon"."""
    return window / 2 if fetching(call) and call.nth_poll >= 3 else window


@fault("wait-returns-when-started", breaks={EARLY, FRACTION, "wait.no-cadence"}, at="answer_at")
def returns_when_started(call: Call, due: float) -> float:
    """A held GET returns at any change of the status, from queued to running too."""
    starts = call.job.starts_at
    return starts if fetching(call) and call.now < starts < due else due


@fault("wait-video-early-once-in-five", breaks={EARLY, FRACTION, "wait.no-cadence"}, at="answer_at")
def video_early_once_in_five(call: Call, due: float) -> float:
    """One GET in five of a video that runs is let go after a tenth of its window: workers are recycled."""
    early = fetching(call) and video(call) and call.nth_get % 5 == 0 and _elapses(call, due)
    return call.now + (due - call.now) / 10 if early else due


# ---- too late


@fault("wait-post-until-done", breaks={LATE}, at="answer_at")
def post_until_done(call: Call, due: float) -> float:
    """A POST with a number as `wait` is held until the job is done, as a synchronous API would."""
    return max(call.now, call.job.ends_at) if _timed_post(call) else due


@fault("wait-second-late-on-video", breaks={LATE, FRACTION, WAKES}, at="answer_at")
def second_late_on_video(call: Call, due: float) -> float:
    """When the window of a video's GET closes, the provider is asked once more, which takes a second."""
    return due + 1 if fetching(call) and video(call) and _elapses(call, due) else due


@fault("wait-long-windows-late", breaks={LATE, FRACTION}, at="answer_at")
def long_windows_late(call: Call, due: float) -> float:
    """A GET's windows over 30 seconds are counted in ticks of their own, and end two seconds late."""
    return due + 2 if fetching(call) and (call.wait_s or 0) > 30 and _elapses(call, due) else due


@fault("wait-rounded-up", breaks={LATE, FRACTION}, at="window")
def rounded_up(call: Call, window: float) -> float:
    """On POST a fraction of a second is a whole one."""
    return math.ceil(window) if _timed_post(call) else window


@fault("wait-end-at-window-end-late", breaks={LATE, WAKES}, at="answer_at")
def end_at_window_end_late(call: Call, due: float) -> float:
    """A job that ends in the last 100 ms of a window is noticed by the next tick, four seconds later."""
    closes = call.now + (call.wait_s or 0)
    return closes + 4 if call.now < closes - 0.1 < call.job.ends_at <= closes else due


# ---- zero


@fault("wait-zero-is-auto", breaks={ZERO, LATE}, at="window")
def zero_is_auto(call: Call, window: float) -> float:
    """`wait: 0` on POST is falsy, and taken as left out."""
    house = call.state.catalogue.house
    if not creating(call) or sent_wait(call) != 0:
        return window
    return house.auto_video_s if video(call) else house.auto_image_s


@fault("wait-zero-shows-running", breaks={ZERO}, at="job")
def zero_shows_running(call: Call, job: Job) -> Job:
    """A video job is handed over before the answer, so that `wait: 0` finds it running."""
    at_once = creating(call) and video(call) and call.asked is not None and call.asked.wait == 0
    return replace(job, starts_at=job.created_at) if at_once else job


# ---- not woken


@fault("wait-answers-at-window-end", breaks={WAKES, AT_ONCE}, at="answer_at")
def answers_at_window_end(call: Call, due: float) -> float:
    """A held GET is answered when its window closes, even if the job ended long before."""
    return call.now + (call.wait_s or 0) if fetching(call) else due


@fault("wait-ticks-of-five", breaks={WAKES}, at="answer_at")
def ticks_of_five(call: Call, due: float) -> float:
    """A held GET looks at the job every five seconds, not when it ends."""
    if not fetching(call) or ended(call) or due < call.job.ends_at:
        return due
    closes = call.now + (call.wait_s or 0)
    return min(closes, call.now + 5 * math.ceil((due - call.now) / 5))


@fault("wait-ticks-of-a-second", breaks={WAKES}, at="answer_at")
def ticks_of_a_second(call: Call, due: float) -> float:
    """A held GET looks at the job every second since it came, and once more as its window closes."""
    if not fetching(call) or ended(call) or due < call.job.ends_at:
        return due
    closes = call.now + (call.wait_s or 0)
    return min(closes, call.now + math.ceil(due - call.now))


@fault("wait-second-poller-sleeps", breaks={WAKES}, at="answer_at")
def second_poller_sleeps(call: Call, due: float) -> float:
    """Only the first of two pollers is told of the end; the second sleeps to its window's end."""
    sleeps = fetching(call) and call.held_here >= 1 and not ended(call)
    return call.now + (call.wait_s or 0) if sleeps else due


@fault("wait-long-polls-sleep", breaks={WAKES}, at="answer_at")
def long_polls_sleep(call: Call, due: float) -> float:
    """GETs with a window over 30 seconds are kept by another process, which nobody notifies."""
    sleeps = fetching(call) and (call.wait_s or 0) > 30 and not ended(call)
    return call.now + (call.wait_s or 0) if sleeps else due


@fault("wait-terminal-held-a-second", breaks={AT_ONCE, WAKES}, at="answer_at")
def terminal_held_a_second(call: Call, due: float) -> float:
    """The loop of a held GET sleeps a second before it looks, also at what has ended."""
    return max(due, call.now + min(1.0, call.wait_s or 0)) if fetching(call) and ended(call) else due


@fault("wait-terminal-held-when-long", breaks={AT_ONCE, WAKES}, at="answer_at")
def terminal_held_when_long(call: Call, due: float) -> float:
    """A GET with a window over 30 seconds waits for an event, which for an ended job never comes."""
    held = fetching(call) and ended(call) and (call.wait_s or 0) > 30
    return call.now + (call.wait_s or 0) if held else due


@fault("wait-failure-sleeps-on-post", breaks={WAKES}, at="answer_at")
def failure_sleeps_on_post(call: Call, due: float) -> float:
    """A POST is woken by a result; of a failure, or a cancellation, it hears when its window closes."""
    result = call.job.ends_as == COMPLETED or due < call.job.ends_at
    return due if result or not _timed_post(call) else call.now + (call.wait_s or 0)


@fault("wait-cancellation-wakes-nobody", breaks={WAKES}, at="answer_at")
def cancellation_wakes_nobody(call: Call, due: float) -> float:
    """A cancelled job notifies nobody: a GET with a window over eight seconds sleeps to its end."""
    sleeps = fetching(call) and call.job.ends_as == CANCELLED and not ended(call) and (call.wait_s or 0) > 8
    return call.now + (call.wait_s or 0) if sleeps else due


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
    return call.state.catalogue.house.auto_video_s


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
    house = call.state.catalogue.house
    if not creating(call) or sent_wait(call) != "auto":
        return window
    return house.auto_image_s if video(call) else house.auto_video_s / 4
