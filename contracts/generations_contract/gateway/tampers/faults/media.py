"""Lies about assets: URLs, bytes, sizes, signatures. Section `media` of the contract."""

import hashlib
import io
import zipfile
from dataclasses import replace
from functools import lru_cache
from typing import Final

from PIL import Image

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Asset, Job
from generations_contract.gateway.media import MEDIA_PATH, asset_name
from generations_contract.gateway.render import png
from generations_contract.gateway.tampers.call_facts import (
    Document,
    creating,
    fields,
    header,
    image,
    media,
    signed_for,
    video,
)
from generations_contract.gateway.wire import Request

URL, BYTES, SIZE = "media.direct-url", "media.bytes", "media.requested-size"
DISTINCT, LIFETIME, KIND = "media.distinct", "media.lifetime", "media.content-type"
SIGNATURE, SEED = "media.signature", "media.seed"
_LAST_CHUNK: Final = 12
# A twelfth of a side: two pictures that differ in this only are nearly equal on the average.
_STAMP: Final = 12


def _good(call: Call, reply: Reply) -> bool:
    return call.operation == "download" and reply.status == 200


def _assets(job: Job, **changes: object) -> Job:
    return replace(job, assets=tuple(replace(asset, **changes) for asset in job.assets))  # type: ignore[arg-type]


def _refused(reply: Reply, status: int) -> Reply:
    return replace(reply, status=status, headers=(("Content-Type", "application/xml"),), body=b"<Error/>")


# ---- the URL


@fault("media-url-relative", breaks={URL}, at="resource")
def url_relative(call: Call, document: Document) -> Document:
    """`url` is a path, to be joined with the gateway's address."""
    origin = call.state.signer.origin
    return media(document, lambda _, entry: {**entry, "url": entry["url"].removeprefix(origin)})


@fault("media-url-needs-key", breaks={URL, LIFETIME}, at="asset")
def url_needs_key(call: Call, reply: Reply) -> Reply:
    """Clips download with the API key only."""
    bare = call.request.header("authorization") is None
    return _refused(reply, 401) if _good(call, reply) and bare and ".mp4" in call.request.target else reply


@fault("media-url-without-scheme", breaks={URL}, at="resource")
def url_scheme_less(_: Call, document: Document) -> Document:
    """URLs of several pictures begin with `//`: the client may choose the scheme."""
    several = document["output"] and len(document["output"]["media"]) > 1
    return media(document, lambda _, e: {**e, "url": e["url"].partition(":")[2]}) if several else document


@fault("media-urls-the-same", breaks={DISTINCT}, at="resource")
def urls_the_same(_: Call, document: Document) -> Document:
    """All entries of a generation have the first one's URL."""
    if not document["output"]:
        return document
    first = document["output"]["media"][0]["url"]
    return media(document, lambda _, entry: {**entry, "url": first})


@fault("media-pictures-the-same", breaks={DISTINCT}, at="job")
def pictures_the_same(call: Call, job: Job) -> Job:
    """The provider is asked once, and its picture stored as often as was asked for."""
    same = creating(call) and len(job.assets) > 1
    return _assets(job, picture=job.assets[0].picture) if same else job


# ---- what it leads to


@fault("media-sides-swapped", breaks={BYTES}, at="resource")
def sides_swapped(_: Call, document: Document) -> Document:
    """Width and height are swapped in the entry, which shows where the picture is no square."""
    return media(document, lambda _, entry: {**entry, "width": entry["height"], "height": entry["width"]})


@fault("media-format-jpeg", breaks={BYTES}, at="resource")
def format_jpeg(call: Call, document: Document) -> Document:
    """`format` is "jpeg" for every picture, whatever the provider gave."""
    return media(document, lambda _, entry: {**entry, "format": "jpeg"}) if image(call) else document


@fault("media-duration-as-asked", breaks={BYTES}, at="resource")
def duration_as_asked(_: Call, document: Document) -> Document:
    """`duration_seconds` is half a second more than the clip: the container's, not the stream's."""

    def longer(_: int, entry: Document) -> Document:
        seconds = entry.get("duration_seconds")
        return {**entry, "duration_seconds": seconds + 0.5} if seconds else entry

    return media(document, longer)


@fault("media-second-picture-half", breaks={BYTES, SIZE}, at="asset")
def second_picture_half(call: Call, reply: Reply) -> Reply:
    """Every picture but the first is stored as a preview of half the size."""
    asset = _asset(call)
    if not _good(call, reply) or asset is None or asset.type != "image" or asset.name.endswith("-0.png"):
        return reply
    return replace(reply, body=png(asset.picture, asset.width // 2, asset.height // 2))


def _asset(call: Call) -> Asset | None:
    name = asset_name(call.request)
    record = call.state.owner_of(name)
    return record.job.asset(name) if record else None


@fault("media-bytes-cut-off", breaks={BYTES}, at="asset")
def bytes_cut_off(call: Call, reply: Reply) -> Reply:
    """Clips are cut off at a kilobyte: the upload to the store was not awaited."""
    cut = _good(call, reply) and ".mp4" in call.request.target
    return replace(reply, body=reply.body[:1024]) if cut else reply


@fault("media-content-type-octets", breaks={KIND}, at="asset")
def content_type_octets(call: Call, reply: Reply) -> Reply:
    """Pictures are served as application/octet-stream."""
    if not _good(call, reply) or ".png" not in call.request.target:
        return reply
    return replace(
        reply, headers=tuple(header(list(reply.headers), "Content-Type", "application/octet-stream"))
    )


@fault("media-content-type-swapped", breaks={KIND}, at="asset")
def content_type_swapped(call: Call, reply: Reply) -> Reply:
    """Everything is served as image/png, clips too."""
    if not _good(call, reply):
        return reply
    return replace(reply, headers=tuple(header(list(reply.headers), "Content-Type", "image/png")))


# ---- size and ratio


@fault("media-size-ignored", breaks={SIZE}, at="job")
def size_ignored(call: Call, job: Job) -> Job:
    """`size` is ignored on models that take it: every picture is 768x768, as the provider makes them."""
    asked = creating(call) and image(call) and "size" in fields(call.document)
    return _assets(job, width=768, height=768) if asked else job


@fault("media-ratio-ignored", breaks={SIZE}, at="job")
def ratio_ignored(call: Call, job: Job) -> Job:
    """`aspect_ratio` is ignored on image models: every picture is a square."""
    given = fields(call.document)
    asked = creating(call) and image(call) and "aspect_ratio" in given and "size" not in given
    return _assets(job, width=1024, height=1024) if asked else job


@fault("media-ratio-turned-on-video", breaks={SIZE}, at="job")
def ratio_turned_on_video(call: Call, job: Job) -> Job:
    """Clips are always in landscape: 9:16 comes as 16:9."""
    upright = creating(call) and video(call) and any(a.height > a.width for a in job.assets)
    return _assets(job, width=job.assets[0].height, height=job.assets[0].width) if upright else job


# ---- lifetime


@fault("media-minute-of-life", breaks={LIFETIME}, at="resource")
def minute_of_life(call: Call, document: Document) -> Document:
    """A signed URL lives for one minute."""
    return signed_for(call, document, 60)


@fault("media-once-only", breaks={LIFETIME}, at="asset")
def once_only(call: Call, reply: Reply) -> Reply:
    """A signed URL is good for one download."""
    used: set[str] = call.memory.setdefault("used", set())
    if not _good(call, reply):
        return reply
    if call.request.target in used:
        return _refused(reply, 410)
    used.add(call.request.target)
    return reply


@fault("media-claims-an-hour", breaks={LIFETIME, URL}, at="asset")
def claims_an_hour(call: Call, reply: Reply) -> Reply:
    """A clip is deleted two minutes after it was made, whatever its URL claims."""
    record = call.state.owner_of(asset_name(call.request))
    gone = record is not None and call.now > record.job.ends_at + 120
    return _refused(reply, 404) if gone and _good(call, reply) else reply


# ---- signature


@fault("media-signature-unread", breaks={SIGNATURE}, at="signature")
def signature_unread(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    """Pictures need no signature: the bucket is public."""
    return good or ".png" in call.request.target


@fault("media-expiry-unsigned", breaks={SIGNATURE}, at="signature")
def expiry_unsigned(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    """The expiry is not part of what is signed: whoever raises it has the asset for ever."""
    given = call.request.query("X-Amz-Signature")
    asset = _asset(call)
    if good or asset is None or len(given) != 1:
        return good
    seen: set[str] = call.memory.setdefault("signed", set())
    return given[0] in seen


@expiry_unsigned.also("resource")
def _keep_signatures(call: Call, document: Document) -> Document:
    seen: set[str] = call.memory.setdefault("signed", set())
    for entry in (document["output"] or {"media": []})["media"]:
        seen.add(entry["url"].rpartition("=")[2])
    return document


@fault("media-signature-of-another", breaks={SIGNATURE}, at="signature")
def signature_of_another(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    """A signature opens every asset of its generation, not only its own."""
    record = call.state.owner_of(asset_name(call.request))
    if good or record is None or _asset(call) is None:
        return good
    query, moment = call.request.target.partition("?")[2], call.state.epoch + call.now
    targets = (f"{MEDIA_PATH}{other.name}?{query}" for other in record.job.assets)
    return any(call.state.signer.good(Request("GET", target), moment) for target in targets)


@fault("media-signature-of-a-moment", breaks={SIGNATURE}, at="signature")
def signature_of_a_moment(call: Call, good: bool) -> bool:  # noqa: FBT001 - the hook's value
    """Only the expiry is signed: the query of one asset's URL opens every other."""
    query, moment = call.request.target.partition("?")[2], call.state.epoch + call.now
    assets = (asset for record in call.state.records.values() for asset in record.job.assets)
    targets = (f"{MEDIA_PATH}{asset.name}?{query}" for asset in assets)
    return good or any(call.state.signer.good(Request("GET", target), moment) for target in targets)


# ---- seed


def _unrepeatable(job: Job) -> Job:
    def other(asset: Asset) -> Asset:
        return replace(asset, picture=hashlib.blake2b(asset.name.encode(), digest_size=24).digest())

    return replace(job, assets=tuple(other(asset) for asset in job.assets))


@fault("media-seed-ignored", breaks={SEED}, at="job")
def seed_ignored(call: Call, job: Job) -> Job:
    """The seed never reaches the provider."""
    return _unrepeatable(job) if creating(call) else job


@fault("media-seed-ignored-with-several", breaks={SEED}, at="job")
def seed_ignored_with_several(call: Call, job: Job) -> Job:
    """With several pictures the seed is not handed on."""
    return _unrepeatable(job) if creating(call) and len(job.assets) > 1 else job


@fault("media-seed-zero-ignored", breaks={SEED}, at="job")
def seed_zero_ignored(call: Call, job: Job) -> Job:
    """A seed of 0 is falsy, and taken as none."""
    return _unrepeatable(job) if creating(call) and fields(call.document).get("seed") == 0 else job


# ---- bytes that a decoder alone does not look at


def _picture(call: Call, reply: Reply) -> bool:
    return _good(call, reply) and reply.body.startswith(b"\x89PNG")


@lru_cache(maxsize=1)
def _archive() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(zipfile.ZipInfo("prompt.txt"), "kept for support")
    return out.getvalue()


@fault("media-archive-behind", breaks={BYTES}, at="asset")
def archive_behind(call: Call, reply: Reply) -> Reply:
    """The prompt is kept in an archive behind each picture, for support: every picture is also a ZIP."""
    return replace(reply, body=reply.body + _archive()) if _picture(call, reply) else reply


@fault("media-end-missing", breaks={BYTES}, at="asset")
def end_missing(call: Call, reply: Reply) -> Reply:
    """The last chunk of a picture is lost in the store; viewers show it all the same."""
    return replace(reply, body=reply.body[:-_LAST_CHUNK]) if _picture(call, reply) else reply


@fault("media-seed-forgets-a-detail", breaks={SEED}, at="asset")
def seed_forgets_a_detail(call: Call, reply: Reply) -> Reply:
    """One small thing in a picture is drawn without the seed: another colour in every generation."""
    if not _picture(call, reply):
        return reply
    colour = hashlib.blake2b(asset_name(call.request).encode(), digest_size=3).digest()
    return replace(reply, body=_stamped(reply.body, colour))


@lru_cache(maxsize=256)
def _stamped(png: bytes, colour: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        drawn = picture.convert("RGB")
    side = max(8, min(drawn.size) // _STAMP)
    drawn.paste((colour[0], colour[1], colour[2]), (0, 0, side, side))
    drawn.save(out, "PNG", compress_level=1)
    return out.getvalue()
