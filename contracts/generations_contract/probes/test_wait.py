"""Section wait: the long poll. Times are judged by the clauses; these scripts arrange the moments."""

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.probes.flows import (
    MIDDLE_S,
    NEVER_WAS,
    PACES_S,
    bystander,
    crowd,
    followed,
    polls,
    reread,
    spelt,
    ticks,
    windows,
)
from generations_contract.probes.test_request import LONGEST_PROMPT, bases
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import (
    Create,
    Fetch,
    Pause,
    Script,
    Together,
    after,
    once,
    until_terminal,
)
from generations_contract.strategies.texts import MIXED

# Waits that are no number in the range, as they stand in a query string.
_BAD_WAITS = (
    "-1", "-0.001", str(WAIT_MAX_S + 1), str(WAIT_MAX_S + 0.001), str(WAIT_MAX_S * 10),
    "ten", "", "5s", "1,5", "true", "null", "NaN", "Infinity",
)  # fmt: skip
# Other spellings of a JSON number within the range.
_ODD_WAITS = ("1e1", "6E+1", "5e-1", "-0", "0.001", str(WAIT_MAX_S - 0.001), f"{WAIT_MAX_S}.0", "0e0")


@probe(
    "wait.never-early", "wait.never-late", "wait.fractional", "wait.get-default", "wait.terminal-at-once",
    "wait.get-range", "wait.get-auto", "wait.no-cadence", "request.unknown-query", "errors.elapsed-is-not-an-error",
    "headers.retry-after", "headers.cache-terminal", "headers.cache-non-terminal",
    depth="quick", needs=("models.slow",), promised=("wait.never-early",),
)  # fmt: skip
def test_windows_are_kept_to_the_letter(target: Target) -> Script[None]:
    """Short, fractional, absent and wrong windows on a job that outlives them; then a long one on its end."""
    created: Exchange = yield Create(target.request(target.models.slow, wait=1.3))
    if not created.generation_id:
        return
    # Windows one after the other, at once: whoever has waited is held again.
    for wait in (0.6, 0.7, None, 0, 1.2):
        yield Fetch(created.generation_id, wait=wait)
    # The second's window is its own, and not what the first one has left of its.
    yield Together.of(*(after(start_s, once(Fetch(created.generation_id, wait=1))) for start_s in (0, 0.8)))
    yield from _wrong_waits(created.generation_id)
    yield Fetch(created.generation_id, wait="auto", give_up_after_s=5)
    yield Fetch(created.generation_id, query="colour=red")
    last = yield from until_terminal(created)
    yield from reread(last)
    yield from _wrong_waits(created.generation_id)
    yield from polls(created.generation_id, _ODD_WAITS)
    # What has ended answers at once; the poll before may have been given up.
    yield Fetch(created.generation_id, wait="auto")


@probe("wait.wakes", "wait.never-late", needs=("models.slow",))
def test_a_creation_is_held_as_long_as_it_may(target: Target) -> Script[None]:
    """A minute on a slow job, in another spelling: nobody caps it, and the end is told at once."""
    seconds = f"{WAIT_MAX_S / 10:g}e1"
    yield from until_terminal((yield spelt(target.request(target.models.slow), seconds)))


@probe("wait.zero-create", "wait.never-late", depth="deep")
def test_wait_zero_creates_and_returns(target: Target) -> Script[None]:
    """Fire-and-forget: queued at once, on image and on video."""
    models = [target.models.image, target.models.video]
    yield Together(tuple(followed(target.request(model, wait=0)) for model in models if model))


@probe("wait.auto-default", "wait.auto-cap", "wait.auto-modality", needs=("models.video",))
def test_auto_and_absent_are_the_same(target: Target) -> Script[None]:
    """Without `wait` a creation behaves as with "auto": long on images, short on videos.

    An image without `wait` has the longest prompt instead, and clips come with the oddest one and a seed of 0, so that
    request.prompt-length and request.documented-accepted cost nothing extra. A pair of clips tells what one costs.
    """
    bodies = []
    for base in bases(target):
        if base.modality == "image":
            bodies.append(LONGEST_PROMPT.build(base))
            continue
        for top in ({}, {"wait": "auto"}):
            odd = {"prompt": f"{MIXED} {target.prompt()}", "seed": 0}
            bodies.append(target.request(base.model, inputs=odd, **top))
    yield Together(tuple(followed(body) for body in bodies))


@probe("wait.get-range", depth="deep", cases={name: name for name in ("image", "video")})
def test_get_refuses_a_wait_out_of_range(target: Target, which: str) -> Script[None]:
    """400 `invalid_input` for every wrong `wait`, before and after the end of the job."""
    created: Exchange = yield Create(
        target.request(getattr(target.models, which) or target.models.image, wait=0)
    )
    if created.generation_id:
        yield from _wrong_waits(created.generation_id)
        yield from until_terminal(created)
        yield from _wrong_waits(created.generation_id)


@probe(
    "wait.never-early", "wait.never-late", "wait.wakes",
    depth="deep", needs=("reference.instant-image",),
    cases={name: name for name in ("image", "video", "slow", "seedream-4")},
)  # fmt: skip
def test_windows_that_end_around_the_job(target: Target, which: str) -> Script[None]:
    """The job ends before, inside, after and exactly at the edge of a window, on POST and on GET."""
    model = getattr(target.models, which, None) or which
    created: Exchange = yield Create(target.request(model, wait=0))
    last = yield from until_terminal(created)
    duration_s = last.answered_at - created.answered_at
    for part in (0.1, 0.5, 0.9, 0.95, 0.999, 1.0, 1.001, 1.05, 1.5):
        wait = min(float(WAIT_MAX_S), round(duration_s * part, 3))
        yield from followed(target.request(model, wait=wait), wait=wait)
        created = yield Create(target.request(model, wait=0))
        if created.generation_id:
            one = created.generation_id
            witness = after(duration_s * 0.6, ticks(one, max(0.05, duration_s / 40), 40))
            yield Together.of(once(Fetch(one, wait=wait)), once(Fetch(one, wait=WAIT_MAX_S)), witness)


@probe(
    "wait.never-early", "wait.never-late", "wait.fractional", "wait.get-default",
    depth="deep", needs=("reference.marathon-image",),
    cases={"image": "marathon-image", "video": "marathon-video"},
)  # fmt: skip
def test_windows_of_every_length_elapse(target: Target, model: str) -> Script[None]:
    """On a job that outlives every window each one is held to its end: fractions, middles, the longest."""
    for wait in windows(
        0.0, 0.05, 0.5, 0.75, 1, 1.9, 2.5, 7.3, 15, 29.5, 30, 31, 45.25, 59, 59.9, WAIT_MAX_S
    ):
        created: Exchange = yield Create(target.request(model, wait=wait))
        if created.generation_id:
            yield Fetch(created.generation_id, wait=wait)
            yield Fetch(created.generation_id)
    created = yield Create(target.request(model, wait=0))
    if created.generation_id:
        for window in windows(WAIT_MAX_S, 0.5, 31, 2.5, None):
            yield Fetch(created.generation_id, wait=window)


@probe("wait.no-cadence", "wait.never-early", depth="deep", needs=("models.long",))
def test_the_next_poll_is_held_like_the_one_before(target: Target) -> Script[None]:
    """However many windows elapse, and whatever Retry-After says: the next poll comes at once, and is held."""
    for model in filter(None, (target.models.slow, target.models.long)):
        created: Exchange = yield Create(target.request(model, wait=0.5))
        if created.generation_id:
            yield from polls(created.generation_id, windows(0.5, 0.7, 1, 0.5, 1.5, 0.9))


@probe(
    "wait.wakes", depth="deep", needs=("models.failing", "models.timing_out", "models.cancelling"),
    cases={name: name for name in ("failing", "timing_out", "cancelling")},
)  # fmt: skip
def test_whatever_ends_a_job_wakes_who_waits(target: Target, which: str) -> Script[None]:
    """A failure and a cancellation are told as soon as a success: to the POST itself, and to a held GET."""
    model = getattr(target.models, which)
    for wait in windows(4, 7, 11, MIDDLE_S, WAIT_MAX_S):
        yield from followed(target.request(model, wait=wait))
    for wait in windows(9, MIDDLE_S, WAIT_MAX_S):
        created: Exchange = yield Create(target.request(model, wait=0))
        if created.generation_id:
            one = created.generation_id
            yield Together.of(once(Fetch(one, wait=wait)), ticks(one, 0.17, 60))


@probe(
    "wait.auto-default",
    "wait.auto-cap",
    "wait.auto-modality",
    depth="deep",
    needs=("reference.marathon-image",),
)
def test_auto_on_jobs_that_outlive_it(target: Target) -> Script[None]:
    """The cap of "auto" shows where the job is longer; so does the difference of the modalities."""
    for model in (
        "marathon-image",
        "marathon-video",
        target.models.slow,
        target.models.image,
        target.models.video,
    ):
        for top in ({"wait": "auto"}, {}, {"wait": "auto", "n": 2}, {"n": 2}):
            yield from followed(target.request(model, **top))


@probe(
    "wait.wakes", "wait.independent", depth="deep", needs=("reference.marathon-video",),
    cases={name: name for name in PACES_S},
)  # fmt: skip
def test_every_held_poll_wakes(target: Target, which: str) -> Script[None]:
    """One, two and twenty pollers of a generation, from the start and late, all wake when it ends."""
    model = getattr(target.models, which, None) or which
    for pollers in (1, 2, 20):
        created: Exchange = yield Create(target.request(model, wait=0))
        if not created.generation_id:
            return
        one = created.generation_id
        yield Together.of(
            *(after(0.05 * turn, until_terminal(created)) for turn in range(pollers)),
            ticks(one, PACES_S[which], 60),
            after(0.5, once(Fetch(one, wait=WAIT_MAX_S))),
        )
        yield from until_terminal(created)


@probe("wait.independent", depth="deep", needs=("reference.instant-image",))
def test_the_post_itself_wakes(target: Target) -> Script[None]:
    """A POST that waits returns when its job ends, however many others are held at that time."""
    for model in filter(None, (target.models.image, target.models.video, "instant-image", "instant-video")):
        yield from followed(target.request(model, wait=WAIT_MAX_S))
        yield Together(
            tuple(followed(target.request(model, wait=WAIT_MAX_S, n=1 + turn % 2)) for turn in range(10))
        )


@probe("wait.independent", "wait.never-late", "wait.never-early", depth="deep", needs=("models.slow",))
def test_a_held_poll_delays_nobody(target: Target) -> Script[None]:
    """While polls are held, refusals, creations, short and long polls of others come as ever."""
    created: Exchange = yield Create(target.request(target.models.slow, wait=0))
    if not created.generation_id:
        return
    yield Fetch(NEVER_WAS, intent="unknown-id")
    yield Fetch(created.generation_id, wait=0)
    yield Fetch(created.generation_id, wait=1)
    yield Together.of(
        once(Fetch(created.generation_id, wait=MIDDLE_S)),
        once(Fetch(created.generation_id, wait=2)),
        after(0.3, bystander(created.generation_id)),
    )
    yield from until_terminal(created)


@probe("wait.independent", "wait.never-early", depth="deep", needs=("models.slow",))
def test_a_second_poller_has_a_window_of_its_own(target: Target) -> Script[None]:
    """And not what the first one has left of its; alone such a window is held whole."""
    created: Exchange = yield Create(target.request(target.models.slow, wait=0))
    if created.generation_id:
        yield Fetch(created.generation_id, wait=2)
        yield crowd(created.generation_id, (0, 1.5), 2)
        yield from until_terminal(created)


@probe("wait.independent", depth="deep", needs=("reference.marathon-video",))
def test_a_crowd_of_held_polls_delays_nobody(target: Target) -> Script[None]:
    """Fifty held polls of ten generations: everybody else is served as before, every window is whole."""
    ids = []
    for _ in range(10):
        created: Exchange = yield Create(target.request("marathon-video", wait=0))
        ids += [created.generation_id] if created.generation_id else []
    if not ids:
        return
    yield Fetch(NEVER_WAS, intent="unknown-id")
    yield Fetch(ids[0])
    crowds = tuple(
        once(crowd(one, [0.1 * turn for turn in range(5)], 20 + slot)) for slot, one in enumerate(ids)
    )
    others = (
        after(1, bystander(ids[0])),
        after(3, bystander(ids[-1])),
        after(5, followed(target.request(wait=WAIT_MAX_S))),
    )
    yield Together((*crowds, *others))


@probe("wait.terminal-at-once", depth="deep", needs=("reference.instant-image",))
def test_a_finished_generation_is_read_at_once(target: Target) -> Script[None]:
    """Whatever the window and whoever else reads: what has ended is answered at once."""
    for model in filter(None, (target.models.image, target.models.video)):
        created: Exchange = yield Create(target.request(model, wait=WAIT_MAX_S))
        last = yield from until_terminal(created)
        if last.generation_id and last.terminal:
            for wait in windows(None, 0, 0.5, 5, 31, WAIT_MAX_S):
                yield Fetch(last.generation_id, wait=wait)
            yield crowd(last.generation_id, [0.0] * 20, WAIT_MAX_S)
            # A long poll and a short one side by side: both are told of the end at once.
            yield Together.of(
                once(Fetch(last.generation_id, wait=WAIT_MAX_S)), after(0.2, once(Fetch(last.generation_id)))
            )
            yield Pause(61)
            yield Fetch(last.generation_id, wait=WAIT_MAX_S)


def _wrong_waits(generation_id: str) -> Script[None]:
    for wait in _BAD_WAITS:
        yield Fetch(generation_id, wait=wait)
