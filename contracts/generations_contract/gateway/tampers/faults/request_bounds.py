"""Lies about ranges: clamped, off by one, or looked at in some circumstances only. Section `request`."""

from typing import Any

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.tampers.call_facts import fields, listed_modality, number, top, under

PROMPT, N, WAIT, IMAGES = (
    "request.prompt-length",
    "request.n-range",
    "request.wait-range",
    "request.images-limit",
)


def _get(document: Any, name: str) -> Any:
    return document.get(name) if isinstance(document, dict) else None


@fault("request-prompt-truncated", breaks={PROMPT}, at="document")
def prompt_truncated(_: Call, document: Any) -> Any:
    """A prompt that is too long is cut off at 8000 characters instead of refused."""
    prompt = fields(document).get("prompt")
    return under(document, prompt=prompt[:8000]) if isinstance(prompt, str) else document


@fault("request-prompt-8001", breaks={PROMPT}, at="document")
def prompt_8001(_: Call, document: Any) -> Any:
    """Off by one: 8001 characters pass."""
    prompt = fields(document).get("prompt")
    if isinstance(prompt, str) and len(prompt) == 8001:
        return under(document, prompt=prompt[1:])
    return document


@fault("request-prompt-unbounded-on-video", breaks={PROMPT}, at="document")
def prompt_unbounded_on_video(call: Call, document: Any) -> Any:
    """On video models the length of the prompt is left to the provider."""
    prompt = fields(document).get("prompt")
    if isinstance(prompt, str) and listed_modality(call, document) == "video":
        return under(document, prompt=prompt[:8000])
    return document


@fault("request-prompt-empty", breaks={PROMPT}, at="document")
def prompt_empty(_: Call, document: Any) -> Any:
    """An empty prompt is accepted."""
    return under(document, prompt="-") if fields(document).get("prompt") == "" else document


@fault("request-prompt-optional-with-images", breaks={PROMPT}, at="document")
def prompt_optional_with_images(_: Call, document: Any) -> Any:
    """With a reference image the prompt may be left out or empty."""
    given = fields(document)
    return under(document, prompt="-") if given.get("images") and not given.get("prompt") else document


@fault("request-prompt-number", breaks={PROMPT}, at="document")
def prompt_number(_: Call, document: Any) -> Any:
    """A number as prompt is turned into text."""
    prompt = fields(document).get("prompt")
    return under(document, prompt=str(prompt)) if number(prompt) else document


@fault("request-n-clamped", breaks={N}, at="document")
def n_clamped(_: Call, document: Any) -> Any:
    """An `n` out of range is brought into it instead of refused."""
    n = _get(document, "n")
    return top(document, n=min(max(n, 1), 10)) if number(n) and n == n // 1 else document


@fault("request-n-zero", breaks={N}, at="document")
def n_zero(_: Call, document: Any) -> Any:
    """`n: 0` is falsy, and taken as left out."""
    n = _get(document, "n")
    return top(document, n=1) if number(n) and n == 0 else document


@fault("request-n-eleven", breaks={N}, at="document")
def n_eleven(_: Call, document: Any) -> Any:
    """Off by one: `n: 11` passes, and gives ten."""
    n = _get(document, "n")
    return top(document, n=10) if number(n) and n == 11 else document


@fault("request-n-text", breaks={N}, at="document")
def n_text(_: Call, document: Any) -> Any:
    """`n: "2"` is taken as 2."""
    n = _get(document, "n")
    return top(document, n=int(n)) if isinstance(n, str) and n.isdecimal() else document


@fault("request-n-truncated", breaks={N}, at="document")
def n_truncated(_: Call, document: Any) -> Any:
    """`n: 1.5` is taken as 1."""
    n = _get(document, "n")
    return top(document, n=max(1, int(n))) if isinstance(n, float) and n % 1 and 0 < n < 11 else document


@fault("request-n-boolean", breaks={N}, at="document")
def n_boolean(_: Call, document: Any) -> Any:
    """`n: true` is 1, as the language has it."""
    return top(document, n=1) if _get(document, "n") is True else document


@fault("request-wait-clamped", breaks={WAIT}, at="document")
def wait_clamped(_: Call, document: Any) -> Any:
    """A POST's `wait` above 60 holds for 60 seconds instead of being refused."""
    wait = _get(document, "wait")
    return top(document, wait=60) if number(wait) and 60 < wait < float("inf") else document


@fault("request-wait-negative", breaks={WAIT}, at="document")
def wait_negative(_: Call, document: Any) -> Any:
    """A negative `wait` on POST means 0."""
    wait = _get(document, "wait")
    return top(document, wait=0) if number(wait) and wait < 0 else document


@fault("request-wait-just-above", breaks={WAIT}, at="document")
def wait_just_above(_: Call, document: Any) -> Any:
    """`wait` is rounded before its range is looked at: 60.4 passes."""
    wait = _get(document, "wait")
    return top(document, wait=60) if number(wait) and 60 < wait < 60.5 else document


@fault("request-wait-text", breaks={WAIT}, at="document")
def wait_text(_: Call, document: Any) -> Any:
    """`wait: "5"` is taken as 5 on POST."""
    wait = _get(document, "wait")
    if isinstance(wait, str) and wait.isdecimal() and int(wait) <= 60:
        return top(document, wait=int(wait))
    return document


@fault("request-wait-auto-any-case", breaks={WAIT}, at="document")
def wait_auto_any_case(_: Call, document: Any) -> Any:
    """`AUTO` and ` auto ` are taken as "auto"."""
    wait = _get(document, "wait")
    return (
        top(document, wait="auto") if isinstance(wait, str) and wait.strip().lower() == "auto" else document
    )


@fault("request-images-nine", breaks={IMAGES}, at="document")
def images_nine(_: Call, document: Any) -> Any:
    """Off by one: nine reference images pass."""
    images = fields(document).get("images")
    return under(document, images=images[:8]) if isinstance(images, list) and len(images) == 9 else document


@fault("request-images-dropped", breaks={IMAGES}, at="document")
def images_dropped(call: Call, document: Any) -> Any:
    """On video models the reference images beyond the eighth are dropped in silence."""
    images = fields(document).get("images")
    if isinstance(images, list) and listed_modality(call, document) == "video":
        return under(document, images=images[:8])
    return document


@fault("request-images-text", breaks={IMAGES}, at="document")
def images_text(_: Call, document: Any) -> Any:
    """One URL in place of the array is taken as an array of one."""
    images = fields(document).get("images")
    return under(document, images=[images]) if isinstance(images, str) else document


@fault("request-images-objects", breaks={IMAGES}, at="document")
def images_objects(_: Call, document: Any) -> Any:
    """An entry of `images` that is no text is skipped, as long as the array begins with one that is."""
    images = fields(document).get("images")
    if not isinstance(images, list) or not images or not isinstance(images[0], str):
        return document
    return under(document, images=[entry for entry in images if isinstance(entry, str)])
