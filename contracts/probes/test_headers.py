"""Section headers: Retry-After and Cache-Control as a function of the state."""

from contracts.exchange import Exchange
from contracts.probe import probe
from contracts.probes.flows import followed, polls, reread
from contracts.script import Create, Pause, Script, until_terminal
from contracts.target import Target


@probe(
    "headers.retry-after",
    "headers.cache-terminal",
    "headers.cache-non-terminal",
    needs=("models.slow",),
    depth="quick",
)
def test_headers_tell_the_state(target: Target) -> Script[None]:
    """Retry-After and no-store while the job runs; private and max-age=60 once it has ended."""
    created: Exchange = yield Create(target.request(target.models.slow, wait=0.5))
    if created.generation_id:
        yield from polls(created.generation_id, [None, 0, 0.5])
        last = yield from until_terminal(created)
        yield from reread(last)


@probe(
    "headers.retry-after", "headers.cache-terminal", "headers.cache-non-terminal",
    depth="deep", needs=("reference.marathon-image",),
    cases={
        "image": "image", "video": "video", "slow": "slow", "failed": "failing", "stalled": "timing_out",
        "long-image": "marathon-image", "long-video": "marathon-video", "cancelled": "cancelling-model",
    },
)  # fmt: skip
def test_headers_tell_the_state_in_every_form(target: Target, which: str) -> Script[None]:
    """POST and GET, waited for or not, of completed, failed and cancelled generations."""
    model = getattr(target.models, which, None) or which
    for wait in (0, 0.2, 31, "auto", 60):
        created: Exchange = yield Create(target.request(model, wait=wait))
        if created.generation_id and not created.terminal:
            yield from polls(created.generation_id, [None, 0, 0.1, 0.1, 0.1, 31])
        last = yield from until_terminal(created)
        yield from reread(last)
        yield Pause(61)
        yield from reread(last)


@probe("headers.cache-terminal", depth="deep", needs=("keys.other", "reference.instant-image"))
def test_headers_of_the_other_account(target: Target) -> Script[None]:
    """The second account's answers carry the same headers."""
    for model in filter(None, (target.models.image, target.models.video)):
        for wait in (0, 0.5, 60):
            yield from followed(target.request(model, wait=wait), account="other", wait=1)
