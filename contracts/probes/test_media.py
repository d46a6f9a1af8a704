"""Section media: what the URLs lead to."""

from contracts.probe import probe
from contracts.probes.flows import downloaded
from contracts.script import Script, Together
from contracts.target import Target


@probe("media.direct-url", "billing.deduplication")
def test_equal_requests_and_their_pictures(target: Target) -> Script[None]:
    """Two equal creations in quick succession: one generation or two, each downloads without the key."""
    models = target.profile.traits.deterministic
    model = target.models.image if target.models.image in models else None
    body = target.request(model, inputs={"seed": 20260418}, wait=60)
    yield from downloaded(body)
    yield from downloaded(body)


@probe("media.direct-url", depth="deep", cases={name: name for name in ("image", "video", "slow")})
def test_every_asset_downloads_without_the_key(target: Target, which: str) -> Script[None]:
    """Every entry of a completed generation is at an absolute URL that needs no key."""
    model = getattr(target.models, which) or target.models.image
    yield Together(tuple(downloaded(target.request(model, wait=wait, n=2)) for wait in (0, 60)))
