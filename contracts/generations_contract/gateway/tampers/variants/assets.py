"""Liberties with assets: how pictures are encoded, and where they are stored. No MediaArtifact lies here."""

import io
import re
from dataclasses import replace
from functools import lru_cache
from http import HTTPStatus

from PIL import Image

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import variant
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.media import MEDIA_PATH, asset_response
from generations_contract.gateway.tampers.call_facts import Document, creating, header, media, video
from generations_contract.gateway.wire import Request

# Lossy, as providers use them; small differences of encoders are not what these are about.
_QUALITY = 85


@lru_cache(maxsize=256)
def _encoded(png: bytes, form: str) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        picture.convert("RGB").save(out, form, quality=_QUALITY, method=0)
    return out.getvalue()


def _in_format(reply: Reply, form: str) -> Reply:
    """A download of a PNG, encoded anew."""
    if reply.status != 200 or not reply.body.startswith(b"\x89PNG"):
        return reply
    headers = tuple(header(list(reply.headers), "Content-Type", f"image/{form}"))
    return replace(reply, headers=headers, body=_encoded(reply.body, form))


def _called(document: Document, form: str) -> Document:
    return media(
        document, lambda _, entry: {**entry, "format": form} if entry.get("format") == "png" else entry
    )


@variant("pictures-webp", at="asset")
def pictures_webp(_: Call, reply: Reply) -> Reply:
    """Pictures are WebP, and say so; their URLs end in .png as they always have."""
    return _in_format(reply, "webp")


@pictures_webp.also("resource")
def _called_webp(_: Call, document: Document) -> Document:
    return _called(document, "webp")


@variant("pictures-jpeg", at="asset")
def pictures_jpeg(_: Call, reply: Reply) -> Reply:
    """Pictures are JPEG, and say so."""
    return _in_format(reply, "jpeg")


@pictures_jpeg.also("resource")
def _called_jpeg(_: Call, document: Document) -> Document:
    return _called(document, "jpeg")


@variant("signed-in-the-path", at="resource")
def signed_in_the_path(_: Call, document: Document) -> Document:
    """The signature and the expiry are a part of the path, and there is no query."""

    def moved(_: int, entry: Document) -> Document:
        address, _, query = entry["url"].partition("?")
        expires, _, signature = query.partition("&")
        token = f"exp={expires.partition('=')[2]}~hmac={signature.partition('=')[2]}"
        return {**entry, "url": address.replace(MEDIA_PATH, f"{MEDIA_PATH}{token}/")}

    return media(document, moved)


@signed_in_the_path.also("asset")
def _read_from_the_path(call: Call, reply: Reply) -> Reply:
    found = re.fullmatch(rf"{MEDIA_PATH}exp=([0-9]+)~hmac=([^/]+)/([^/?]+)(\?.*)?", call.request.target)
    if reply.status == HTTPStatus.OK or found is None:
        return reply
    expires, signature, name, _ = found.groups()
    target = f"{MEDIA_PATH}{name}?Expires={expires}&X-Amz-Signature={signature}"
    record, moment = call.state.owner_of(name), call.state.epoch + call.now
    asset = record.job.asset(name) if record else None
    if asset is None or not call.state.signer.good(Request("GET", target), moment):
        return reply
    status, headers, body = asset_response(asset)
    return replace(reply, status=status, headers=headers, body=body)


@variant("clips-a-moment-longer", at="job")
def clips_a_moment_longer(call: Call, job: Job) -> Job:
    """A clip ends with its last frame, half a tenth of a second after what was asked for."""
    if not creating(call) or not video(call):
        return job
    longer = (replace(asset, duration_s=(asset.duration_s or 0) + 0.05) for asset in job.assets)
    return replace(job, assets=tuple(longer))


@variant("media-from-storage", at="asset")
def media_from_storage(call: Call, reply: Reply) -> Reply:
    """A URL leads to the storage with a redirect; the storage looks at the same signature."""
    if reply.status != 200 or call.request.query("store"):
        return reply
    target = f"{call.request.target}&store=eu-1"
    return replace(reply, status=302, headers=(("Location", target), ("Cache-Control", "no-store")), body=b"")
