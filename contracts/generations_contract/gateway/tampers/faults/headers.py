"""Lies in headers: Retry-After and Cache-Control that do not tell the state. Section `headers`."""

from generations_contract.api.vocabulary import FAILED
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.tampers.call_facts import (
    HeaderList,
    creating,
    fetching,
    has,
    header,
    image,
    video,
)
from generations_contract.gateway.wire import Problem

RETRY, TERMINAL, PENDING = "headers.retry-after", "headers.cache-terminal", "headers.cache-non-terminal"
RATE = "headers.rate-limit"


def _pending(call: Call, headers: HeaderList) -> bool:
    """Whether these are the headers of a resource that is not final (those have Retry-After)."""
    return call.record is not None and has(headers, "Retry-After")


def _final(call: Call, headers: HeaderList) -> bool:
    return call.record is not None and has(headers, "Cache-Control", "max-age")


@fault("headers-no-retry-after", breaks={RETRY}, at="headers")
def no_retry_after(call: Call, headers: HeaderList) -> HeaderList:
    """No answer about a running job has Retry-After."""
    return header(headers, "Retry-After", None) if call.record is not None else headers


@fault("headers-no-retry-after-on-get", breaks={RETRY}, at="headers")
def no_retry_after_on_get(call: Call, headers: HeaderList) -> HeaderList:
    """Only POST has Retry-After: GET was written by somebody else."""
    return header(headers, "Retry-After", None) if fetching(call) else headers


@fault("headers-no-retry-after-on-video-post", breaks={RETRY}, at="headers")
def no_retry_after_on_video_post(call: Call, headers: HeaderList) -> HeaderList:
    """A POST on a video model whose window elapses has no Retry-After."""
    bare = creating(call) and call.record is not None and video(call) and call.wait_s
    return header(headers, "Retry-After", None) if bare else headers


@fault("headers-no-retry-after-at-once", breaks={RETRY}, at="headers")
def no_retry_after_at_once(call: Call, headers: HeaderList) -> HeaderList:
    """With `wait: 0` there is no Retry-After: nothing was waited for."""
    return header(headers, "Retry-After", None) if call.record is not None and not call.wait_s else headers


@fault("headers-retry-after-negative", breaks={RETRY}, at="headers")
def retry_after_negative(call: Call, headers: HeaderList) -> HeaderList:
    """Retry-After is the time left by an estimate, which runs out before a video does: -1."""
    late = _pending(call, headers) and video(call) and fetching(call)
    return header(headers, "Retry-After", "-1") if late else headers


@fault("headers-retry-after-fraction", breaks={RETRY}, at="headers")
def retry_after_fraction(call: Call, headers: HeaderList) -> HeaderList:
    """Retry-After has a fraction: 0.5."""
    return header(headers, "Retry-After", "0.5") if _pending(call, headers) else headers


@fault("headers-retry-after-unit", breaks={RETRY}, at="headers")
def retry_after_unit(call: Call, headers: HeaderList) -> HeaderList:
    """Retry-After has a unit after windows over 30 seconds: "5s"."""
    long = _pending(call, headers) and (call.wait_s or 0) > 30
    return header(headers, "Retry-After", "5s") if long else headers


@fault("headers-terminal-no-store", breaks={TERMINAL}, at="headers")
def terminal_no_store(call: Call, headers: HeaderList) -> HeaderList:
    """Every GET says no-store, the final ones too."""
    return header(headers, "Cache-Control", "no-store") if fetching(call) else headers


@fault("headers-terminal-public", breaks={TERMINAL}, at="headers")
def terminal_public(call: Call, headers: HeaderList) -> HeaderList:
    """What is final may be kept by shared caches: public."""
    return header(headers, "Cache-Control", "public, max-age=60") if _final(call, headers) else headers


@fault("headers-terminal-hour", breaks={TERMINAL}, at="headers")
def terminal_hour(call: Call, headers: HeaderList) -> HeaderList:
    """A finished video may be kept for an hour, as long as its URL lives."""
    kept = _final(call, headers) and video(call)
    return header(headers, "Cache-Control", "private, max-age=3600") if kept else headers


@fault("headers-failed-no-store", breaks={TERMINAL}, at="headers")
def failed_no_store(call: Call, headers: HeaderList) -> HeaderList:
    """A failed generation is not cached: only success counts as final."""
    failed = _final(call, headers) and call.job.ends_as == FAILED
    return header(headers, "Cache-Control", "no-store") if failed else headers


@fault("headers-terminal-bare-after-minute", breaks={TERMINAL}, at="headers")
def terminal_bare_after_minute(call: Call, headers: HeaderList) -> HeaderList:
    """A minute after the end the answer comes from an archive that sets no Cache-Control."""
    archived = _final(call, headers) and call.now > call.job.ends_at + 60
    return header(headers, "Cache-Control", None) if archived else headers


@fault("headers-running-cacheable", breaks={PENDING}, at="headers")
def running_cacheable(call: Call, headers: HeaderList) -> HeaderList:
    """Every answer is cacheable for a minute, so that a poller behind a cache sees "running" for as long."""
    return header(headers, "Cache-Control", "private, max-age=60") if _pending(call, headers) else headers


@fault("headers-queued-bare", breaks={PENDING}, at="headers")
def queued_bare(call: Call, headers: HeaderList) -> HeaderList:
    """While a job is queued, GET sets no Cache-Control."""
    queued = fetching(call) and _pending(call, headers) and call.now < call.job.starts_at
    return header(headers, "Cache-Control", None) if queued else headers


@fault("headers-held-cacheable", breaks={PENDING}, at="headers")
def held_cacheable(call: Call, headers: HeaderList) -> HeaderList:
    """A GET whose window elapsed on an image model is cacheable for a second: "max-age=1"."""
    held = fetching(call) and _pending(call, headers) and image(call) and call.wait_s
    return header(headers, "Cache-Control", "private, max-age=1") if held else headers


@fault("headers-429-bare", breaks={RATE}, at="headers")
def rate_bare(call: Call, headers: HeaderList) -> HeaderList:
    """A 429 has no Retry-After."""
    return header(headers, "Retry-After", None) if call.record is None else headers


@fault("headers-429-untrue", breaks={RATE}, at="problem")
def rate_untrue(_: Call, problem: Problem | None) -> Problem | None:
    """A 429 says one second, whatever the window."""
    if problem is None or problem.code != "rate_limited":
        return problem
    return Problem(problem.code, problem.message, headers=(("Retry-After", "1"),))


@fault("headers-429-renewed", breaks={RATE}, at="rate")
def rate_renewed(call: Call, seconds: int | None) -> int | None:
    """Every refused POST starts the window anew, so that Retry-After is not true twice in a row."""
    name = call.account.account.name if call.account else ""
    blocked: dict[str, float] = call.memory.setdefault("blocked", {})
    if seconds is not None:
        blocked[name] = call.now + seconds + 3
        return seconds
    return 3 if call.now < blocked.get(name, 0.0) else None


@fault("headers-retry-after-a-day", breaks={RETRY}, at="headers")
def retry_after_a_day(call: Call, headers: HeaderList) -> HeaderList:
    """Whoever waited in vain for a clip with a number as `wait` shall come again tomorrow."""
    vain = _pending(call, headers) and video(call) and (call.wait_s or 0) >= 1
    return header(headers, "Retry-After", "86400") if vain else headers


@fault("headers-retry-after-by-the-picture", breaks={RETRY}, at="headers")
def retry_after_by_the_picture(call: Call, headers: HeaderList) -> HeaderList:
    """While several pictures are queued, a poller is sent away for five minutes a picture."""
    queued = _pending(call, headers) and image(call) and call.now < call.job.starts_at
    several = len(call.job.assets) if queued else 1
    return header(headers, "Retry-After", str(300 * several)) if several > 1 else headers


@fault("headers-failed-no-cache", breaks={TERMINAL}, at="headers")
def failed_no_cache(call: Call, headers: HeaderList) -> HeaderList:
    """A failure is cacheable and, by the framework's default, not: "private, max-age=60, no-cache"."""
    failed = _final(call, headers) and call.job.ends_as == FAILED
    return header(headers, "Cache-Control", "private, max-age=60, no-cache") if failed else headers


@fault("headers-several-vary-star", breaks={TERMINAL}, at="headers")
def several_vary_star(call: Call, headers: HeaderList) -> HeaderList:
    """Several finished pictures have `Vary: *`, so that no cache ever answers."""
    several = _final(call, headers) and len(call.job.assets) > 1
    return [*headers, ("Vary", "Accept-Encoding, *")] if several else headers


@fault("headers-age-after-minutes", breaks={TERMINAL}, at="headers")
def age_after_minutes(call: Call, headers: HeaderList) -> HeaderList:
    """A minute after the end a proxy tells the age of the job as that of its answer."""
    old = _final(call, headers) and call.now > call.job.ends_at + 60
    return [*headers, ("Age", str(int(call.now - call.job.ends_at) + 1))] if old else headers
