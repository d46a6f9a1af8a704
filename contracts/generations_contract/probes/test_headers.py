"""Section headers: Retry-After and Cache-Control as a function of the state."""

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.probes.flows import followed, polls, reread, windows
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Pause, Script, until_terminal


@probe(
    "headers.retry-after", "headers.cache-terminal", "headers.cache-non-terminal",
    depth="deep", needs=("reference.marathon-image",),
    cases={
        "image": "image", "video": "video", "slow": "slow", "failed": "failing", "stalled": "timing_out",
        "long-image": "marathon-image", "long-video": "marathon-video", "cancelled": "cancelling",
    },
)  # fmt: skip
def test_headers_tell_the_state_in_every_form(target: Target, which: str) -> Script[None]:
    """POST and GET, waited for or not, of completed, failed and cancelled generations."""
    model = getattr(target.models, which, None) or which
    for wait in windows(0, 0.2, 31, "auto", WAIT_MAX_S):
        created: Exchange = yield Create(target.request(model, wait=wait))
        if created.generation_id and not created.terminal:
            yield from polls(created.generation_id, windows(None, 0, 0.1, 0.1, 0.1, 31))
        last = yield from until_terminal(created)
        yield from reread(last)
        yield Pause(61)
        yield from reread(last)


@probe("headers.cache-terminal", depth="deep", needs=("keys.other", "reference.instant-image"))
def test_headers_of_the_other_account(target: Target) -> Script[None]:
    """The second account's answers carry the same headers."""
    for model in filter(None, (target.models.image, target.models.video)):
        for wait in windows(0, 0.5, WAIT_MAX_S):
            yield from followed(target.request(model, wait=wait), account="other", wait=1)
