"""Lies about how long a poll is held: early, late, in another unit, not woken. Section `wait`."""

import math
from dataclasses import replace

from generations_contract.gateway.hooks import Call, fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    creating,
    ended,
    fetching,
    number,
    sent_wait,
    video,
)

EARLY, LATE, WAKES = "wait.never-early", "wait.never-late", "wait.wakes"
FRACTION, AT_ONCE, ZERO = "wait.fractional", "wait.terminal-at-once", "wait.zero-create"


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


@fault("wait-third-poll-short", breaks={EARLY, FRACTION}, at="window")
def third_poll_short(call: Call, window: float) -> float:
    """From the third poll of a generation on, windows are half as long: "it will be done soon"."""
    return window / 2 if fetching(call) and call.nth_poll >= 3 else window


@fault("wait-returns-when-started", breaks={EARLY, FRACTION}, at="answer_at")
def returns_when_started(call: Call, due: float) -> float:
    """A held GET returns at any change of the status, from queued to running too."""
    starts = call.job.starts_at
    return starts if fetching(call) and call.now < starts < due else due


@fault("wait-video-early-once-in-five", breaks={EARLY, FRACTION}, at="answer_at")
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
    house = call.gateway.catalogue.house
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
