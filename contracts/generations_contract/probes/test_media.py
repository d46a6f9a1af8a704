"""Section media: what the URLs lead to, for whom, and for how long."""

from typing import Any

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    EXAMPLE_DURATIONS,
    EXAMPLE_RESOLUTIONS,
    EXAMPLE_SIZES,
    N_MAX,
    WAIT_MAX_S,
)
from generations_contract.exchange.exchange import Asset, Exchange
from generations_contract.exchange.signed_urls import tampered
from generations_contract.probes.flows import downloaded, downloads, followed, windows
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Download, Fetch, Pause, Script, Together


@probe(
    "media.direct-url", "media.bytes", "media.lifetime", "media.content-type", "media.signature",
    "media.expiry", "billing.deduplication",
)  # fmt: skip
def test_equal_requests_and_their_pictures(target: Target) -> Script[None]:
    """Two equal seeded creations: what they list downloads, again and again, but with its own signature only.

    The seed is the one that is most easily taken for none, and there are several pictures of it. One generation or
    two, the seed and the size are honoured where the profile says so: media.seed and media.requested-size judge the
    same downloads.
    """
    body = target.request(_deterministic(target), inputs={"seed": 0, **_shape(target)}, wait=WAIT_MAX_S, n=2)
    first = yield from followed(body)
    yield from downloads(first)
    second = yield from followed(body)
    if second.generation_id is not None and second.generation_id == first.generation_id:
        # One generation for equal bodies proves nothing of the seed: the window tells the next one apart.
        second = yield from followed({**body, "wait": 59})
    yield from downloads(second)
    yield from _tampered_downloads(first, second)
    # Some seconds of an hour: whoever clicks on what he was just shown.
    yield Pause(5)
    yield from downloads(first)


@probe("media.seed", "media.requested-size", depth="deep", needs=("traits.deterministic",))
def test_seed_and_size_are_honoured(target: Target) -> Script[None]:
    """Same model, seed and prompt: the same pictures, in the size or the ratio that was asked for."""
    traits = target.profile.traits
    for model in dict.fromkeys((*traits.deterministic, *traits.proportioned, *traits.sized)):
        # A video model's set may well lack the square, and a ratio outside the set is capped.
        ratios = [ratio for ratio in EXAMPLE_ASPECT_RATIOS if ratio != "1:1" or model == target.models.image]
        shapes: list[dict[str, Any]] = [{"aspect_ratio": ratio} for ratio in ratios]
        shapes += [{"size": size} for size in (*EXAMPLE_SIZES, "512x768") if model in traits.sized]
        for seed, shape in ((7, {}), (0, {}), *((7, shape) for shape in shapes)):
            for wait, count in ((WAIT_MAX_S, 1), (0, 2)):
                body = target.request(model, inputs={"seed": seed, **shape}, wait=wait, n=count)
                # One after the other: a picture is held against all of its twin.
                yield from downloaded(body)
                yield from downloaded(body)


@probe("media.requested-size", depth="deep", needs=("traits.timed",))
def test_duration_and_resolution_are_honoured(target: Target) -> Script[None]:
    """A clip lasts as long as was asked for, by a number or a text, and has the resolution, in either direction."""
    traits = target.profile.traits
    for model in dict.fromkeys((*traits.timed, *traits.resolved)):
        shapes: list[dict[str, Any]] = [
            {"duration": each} for each in EXAMPLE_DURATIONS if model in traits.timed
        ]
        shapes += [{"resolution": each} for each in EXAMPLE_RESOLUTIONS if model in traits.resolved]
        if model in traits.proportioned:
            shapes += [{**shape, "aspect_ratio": EXAMPLE_ASPECT_RATIOS[-1]} for shape in shapes]
        for shape in shapes:
            yield from downloaded(target.request(model, inputs=shape, wait=0))


@probe("media.direct-url", depth="deep", cases={name: name for name in ("image", "video", "slow")})
def test_every_asset_downloads_without_the_key(target: Target, which: str) -> Script[None]:
    """Every entry of a completed generation is at an absolute URL that needs no key."""
    model = getattr(target.models, which) or target.models.image
    yield Together(
        tuple(downloaded(target.request(model, wait=wait, n=2)) for wait in windows(0, WAIT_MAX_S))
    )


@probe(
    "media.lifetime",
    "media.signature",
    depth="deep",
    cases={name: name for name in ("image", "video")},
)
def test_assets_stay_apart_and_alive(target: Target, which: str) -> Script[None]:
    """Ten entries lead to ten assets; an hour of reading the generation again takes no URL's life away."""
    model = getattr(target.models, which) or target.models.image
    first = yield from followed(target.request(model, wait=WAIT_MAX_S, n=N_MAX))
    second = yield from followed(target.request(model, wait=0, n=2))
    yield from downloads(first)
    yield from _tampered_downloads(first, second)
    for pause_s in (1, 61, 200, 1800, 3000):
        yield Pause(pause_s)
        seen: Exchange = yield Fetch(str(first.generation_id))
        yield from downloads(first)
        yield from downloads(seen)


def _deterministic(target: Target) -> str:
    """A model that the profile calls deterministic, an image one rather; else the image model."""
    promised = target.profile.traits.deterministic
    return next(
        (model for model in (target.models.image, *promised) if model in promised), target.models.image
    )


def _shape(target: Target) -> dict[str, str]:
    """A size, or a ratio, where the profile says that the model takes one."""
    model, traits = _deterministic(target), target.profile.traits
    if model in traits.sized:
        return {"size": EXAMPLE_SIZES[0]}
    return {"aspect_ratio": EXAMPLE_ASPECT_RATIOS[0]} if model in traits.proportioned else {}


def _place(url: object) -> str:
    return str(url).partition("?")[0]


def _tampered_downloads(first: Exchange, second: Exchange) -> Script[None]:
    """Download the first entry with its URL's signature removed, altered, or another asset's."""
    urls = [entry.get("url") for entry in first.media[:1]]
    # A sibling at the same place is the same asset, and its signature a good one.
    siblings = [entry for entry in first.media[1:2] if _place(entry.get("url")) != _place(urls[0])]
    others = [entry.get("url") for entry in (*second.media[:1], *siblings)]
    if first.generation_id is None or not urls or not all(isinstance(url, str) for url in (*urls, *others)):
        return
    for other in others or (None,):
        known = str(other) if other not in (None, urls[0]) else None
        for intent, url in tampered(str(urls[0]), known).items():
            yield Download(url, Asset(first.generation_id, 0, first.media[0]), intent=intent)
