"""Section errors: one envelope, stable codes; each provoked with what the profile names for it."""

import json
from collections.abc import Mapping
from typing import Any

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import GENERATIONS_PATH, WAIT_MAX_S
from generations_contract.exchange.exchange import Exchange
from generations_contract.probes.flows import (
    LONG_WINDOWS_S,
    NEVER_WAS,
    followed,
    reread,
    seen_ending,
    windows,
)
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, Pause, Raw, Script, Together, until_terminal

# A live target's limit is "low"; one that is not reached by then is not low.
_BURST = 60
# Longer than this a live run does not sit still for a single clause.
_PATIENCE_S = 30.0
# So many good requests meet a low limit (errors.rate-limited counts them).
MANY_CREATIONS = 10


@probe(
    "errors.insufficient-quota",
    "errors.envelope",
    "errors.code-status",
    needs=("keys.exhausted",),
    depth="free",
)
def test_an_account_without_credit_is_told_so(target: Target) -> Script[None]:
    """402 `insufficient_quota` on every model and wait, and nothing is generated.

    Of a request that is wrong besides, either may be said.
    """
    for model in filter(None, (target.models.image, target.models.video)):
        yield Create(target.request(model), account="exhausted", paid=False)
        yield Create(target.request(model, wait=0), account="exhausted", paid=False)
    yield Create(b"{}", account="exhausted", paid=False)


@probe(
    "errors.model-unavailable",
    "errors.envelope",
    "errors.code-status",
    needs=("models.restricted",),
    depth="free",
)
def test_a_model_not_enabled_is_told_so(target: Target) -> Script[None]:
    """403 `model_unavailable`, whatever the rest of the request is."""
    restricted = target.models.restricted
    for body in (
        target.request(restricted),
        target.request(restricted, wait=0),
        target.request(restricted, inputs={"seed": 7}, wait=1),
    ):
        yield Create(body, paid=False)


@probe("errors.content-policy", needs=("prompts.rejected",), depth="quick")
def test_a_rejected_prompt_is_told_so(target: Target) -> Script[None]:
    """422 `content_policy`, as an HTTP status or as a failed generation."""
    yield from followed(target.request(prompt=target.profile.prompts.rejected, wait=WAIT_MAX_S))


@probe("errors.content-policy", needs=("prompts.rejected", "models.video"))
def test_a_rejected_prompt_is_told_so_on_video(target: Target) -> Script[None]:
    """The same where a long job would have begun."""
    yield from followed(
        target.request(target.models.video, prompt=target.profile.prompts.rejected, wait=WAIT_MAX_S)
    )


@probe("errors.content-policy", needs=("prompts.rejected",), depth="deep")
def test_a_rejected_prompt_is_told_so_in_every_form(target: Target) -> Script[None]:
    """The same code on image and video, waited for and polled for."""
    rejected = target.profile.prompts.rejected
    for model in filter(None, (target.models.image, target.models.video)):
        yield from followed(target.request(model, prompt=rejected, wait=0))
        yield from followed(target.request(model, prompt=rejected))


@probe("errors.content-policy", needs=("inputs.rejected_image", "traits.image_to_image"))
def test_a_rejected_image_is_told_so(target: Target) -> Script[None]:
    """The same code for a picture, the last of several, on a model that takes pictures."""
    yield from followed(_with_pictures(target, target.profile.traits.image_to_image[0]))


@probe("errors.content-policy", needs=("inputs.rejected_image", "traits.image_to_image"), depth="deep")
def test_a_rejected_image_is_told_so_in_every_form(target: Target) -> Script[None]:
    """Alone and behind a good one, on every model that takes pictures; where it is taken for granted, too."""
    for model in target.profile.traits.image_to_image:
        for wait in windows(0, WAIT_MAX_S):
            yield from followed(_with_pictures(target, model, wait=wait))
            body = target.request(model, inputs={"images": [target.profile.inputs.rejected_image]}, wait=wait)
            yield from followed(body)


def _with_pictures(target: Target, model: str, wait: float = WAIT_MAX_S) -> Mapping[str, Any]:
    """A request with the rejected picture behind a good one, where the profile names one."""
    named = target.profile.inputs
    images = [image for image in (named.reference_image, named.rejected_image) if image]
    return target.request(model, inputs={"images": images}, wait=wait)


@probe("errors.provider-unavailable", "errors.failed-resource", needs=("models.failing",), depth="quick")
def test_a_failing_provider_is_told_so(target: Target) -> Script[None]:
    """502 `provider_unavailable`: on the POST that waits, by a number or "auto", and on the GET that comes later."""
    model = target.models.failing
    held = (followed(target.request(model, wait=wait)) for wait in (LONG_WINDOWS_S["failing"], "auto"))
    yield Together.of(*held, seen_ending(target.request(model)))


@probe("errors.provider-timeout", "errors.failed-resource", needs=("models.timing_out",), depth="quick")
def test_a_stalled_provider_is_told_so(target: Target) -> Script[None]:
    """504 `provider_timeout`: on the POST that waits, and on the GETs that come later."""
    yield from followed(target.request(target.models.timing_out, wait=LONG_WINDOWS_S["timing_out"]))


@probe("errors.provider-timeout", needs=("models.timing_out",), depth="deep")
def test_a_stalled_provider_is_told_so_to_whoever_polls(target: Target) -> Script[None]:
    """The same for a creation that nobody waited for."""
    yield from seen_ending(target.request(target.models.timing_out))


@probe("errors.failed-resource", depth="deep", needs=("reference.squeamish-model",))
def test_a_failure_without_a_cause_keeps_its_code(target: Target) -> Script[None]:
    """What the provider finds afterwards is told alike by the POST and by every GET."""
    for wait in windows(0, WAIT_MAX_S):
        yield from followed(target.request("squeamish-model", wait=wait))


@probe("errors.failed-resource", needs=("models.failing", "models.timing_out"), depth="deep")
def test_a_failure_looks_the_same_to_whoever_asks(target: Target) -> Script[None]:
    """Short polls, held polls and the POST itself tell one story of a failed generation."""
    for model in (target.models.failing, target.models.timing_out):
        for wait in windows(0, 0.3, WAIT_MAX_S):
            created = yield Create(target.request(model, wait=wait))
            last = yield from until_terminal(created, wait=lambda turn: (0.2, 0, 30)[turn % 3])
            yield from reread(last)


@probe("errors.rate-limited", "headers.rate-limit", needs=("keys.limited",), depth="free")
def test_an_account_over_its_rate_is_told_so(target: Target) -> Script[None]:
    """A burst meets 429 with `Retry-After`; whoever waits that long is not refused again at once.

    Of requests that are wrong, because they cost nothing; a target may count them towards the limit or not.
    """
    refused = yield from _burst(target, 61, _BURST)
    if refused is None:
        return
    for _ in range(3 if target.reference else 1):
        pause_s = refused.retry_after_s
        if pause_s is None or pause_s > _PATIENCE_S:
            return
        # A little more than promised: who comes at the very moment may be refused by a rounding.
        yield Pause(pause_s + 0.1)
        yield Create(target.request(wait=WAIT_MAX_S + 1), account="limited", intent="after-retry-after")
        refused = (yield from _burst(target, 61, _BURST)) or refused


@probe("errors.rate-limited", needs=("keys.limited",), depth="quick", first=True)
def test_an_account_with_a_low_limit_is_limited(target: Target) -> Script[None]:
    """Where requests that are wrong never meet the limit, good ones do: they cost money only then."""
    if (yield from _burst(target, 61, _BURST)) is None:
        yield from _burst(target, 0, MANY_CREATIONS)


@probe("errors.rate-limited", "headers.rate-limit", needs=("keys.limited",), depth="deep")
def test_an_account_over_its_rate_by_good_requests_is_told_so(target: Target) -> Script[None]:
    """The same of requests that are right, for a target whose limit counts only those: they cost money."""
    yield from _burst(target, 0, 8)


@probe("errors.envelope", "errors.no-leak", "errors.no-server-error", depth="free")
def test_nonsense_is_refused_in_the_one_envelope(target: Target) -> Script[None]:
    """Ids and waits that nobody should send are refused like everything else: no 5xx, no HTML."""
    for generation_id in (NEVER_WAS, "x", "0", "null", "gen_" + "9" * 200):
        yield Fetch(generation_id, intent="unknown-id")
    for wait in ("x", "-1", "61", "NaN", "1e999", "true", ""):
        yield Fetch(NEVER_WAS, wait=wait, intent="unknown-id")
    deep = b'{"model": ' + b"[" * 500 + b"]" * 500 + b"}"
    for nonsense in (deep, b'{"model": "' + b"m" * 10_000 + b'"}', b'{"": ""}', b"\x00" * 64):
        yield Create(nonsense)
    # What no database and no encoder takes, where a refusal may well look it up, or repeat it.
    for odd in ("\ud800", "\x00", "\U0001f304"):
        yield Create(json.dumps(target.request(odd)).encode(), intent="unknown-model")
        good = target.request()
        for body in ({**good, odd: 1}, {**good, "input": {**good["input"], odd: 1}}):
            yield Create(json.dumps(body).encode())


@probe("errors.other-paths", depth="free")
def test_other_methods_and_paths(_: Target) -> Script[None]:
    """The document is silent on them; what they answer is recorded."""
    one = f"{GENERATIONS_PATH}/{NEVER_WAS}"
    for method in ("PUT", "PATCH", "DELETE", "POST"):
        yield Raw(method, one)
    for method in ("GET", "PUT", "DELETE"):
        yield Raw(method, GENERATIONS_PATH)
    for path in ("/v1/generation", "/v1/generations/", "/", f"{one}/cancel"):
        yield Raw("GET", path)


def _burst(target: Target, wait: float, most: int) -> Script[Exchange | None]:
    """Requests of the limited account until one is refused with 429: that exchange, else `None`."""
    for _ in range(most):
        exchange: Exchange = yield Create(target.request(wait=wait), account="limited")
        if exchange.status == 429:
            return exchange
    return None
