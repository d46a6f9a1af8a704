"""Section response: one shape, whoever answers and whatever became of the job."""

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import N_MAX, N_MIN, WAIT_MAX_S
from generations_contract.probes.flows import followed, windows
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Script

_ALWAYS = (
    "response.schema",
    "response.model-echo",
    "response.timestamps",
    "response.json",
    "response.completed-at",
)
_COMPLETED = (
    "response.output",
    "response.usage",
    "response.media-count",
    "response.media-type",
    "response.same-shape",
)


@probe(*_ALWAYS, *_COMPLETED, "billing.positive", "billing.stable", depth="deep")
def test_an_image_generation_has_the_one_shape(target: Target) -> Script[None]:
    """From queued to completed, on POST and on GET; several images give several entries."""
    yield from followed(target.request(wait=0, n=2), wait=1)


@probe(*_ALWAYS, *_COMPLETED, needs=("models.video",), depth="deep")
def test_a_video_generation_has_the_one_shape(target: Target) -> Script[None]:
    """The same on video, waited for in one go and in portions."""
    for wait in windows(0, 0.5, WAIT_MAX_S):
        yield from followed(target.request(target.models.video, wait=wait), wait=wait)


@probe("response.media-count", depth="deep", cases={f"n={count}": count for count in range(N_MIN, N_MAX + 1)})
def test_every_image_asked_for_is_listed(target: Target, count: int) -> Script[None]:
    """N images give n entries, for every n."""
    for wait in windows(0, WAIT_MAX_S):
        yield from followed(target.request(wait=wait, n=count))


@probe("response.error", "response.usage", needs=("models.timing_out",), depth="deep")
def test_a_failed_generation_has_the_one_shape(target: Target) -> Script[None]:
    """`error` exactly when failed, with a code of the table and a message; `usage` as in every end."""
    for model in filter(None, (target.models.timing_out, target.models.failing)):
        for wait in windows(0, 0.1, WAIT_MAX_S):
            yield from followed(target.request(model, wait=wait))


@probe("response.error", "response.usage", depth="deep", needs=("models.cancelling",))
def test_cancelled_and_refused_generations_have_the_one_shape(target: Target) -> Script[None]:
    """A job that is cancelled, and one whose picture the provider refuses afterwards."""
    squeamish = "squeamish-model" if target.offers("reference.squeamish-model") else None
    for model in filter(None, (target.models.cancelling, squeamish)):
        for wait in windows(0, 0.1, WAIT_MAX_S):
            yield from followed(target.request(model, wait=wait))


@probe("response.model-echo", "response.schema", depth="deep", needs=("reference.instant-image",))
def test_every_model_keeps_the_shape(target: Target) -> Script[None]:
    """Every model that the embedded gateway lists, with few and with all optional fields."""
    everything = {"aspect_ratio": "16:9", "seed": 11, "negative_prompt": "fog", "images": [_PICTURE]}
    for model in target.reference:
        yield from followed(target.request(model))
        yield from followed(target.request(model, inputs=everything, wait=0, n=3))


_PICTURE = "https://images.example/cat.png"
