"""Liberties with assets: how pictures are encoded, and where they are stored. No MediaArtifact lies here."""

import io
from dataclasses import replace
from functools import lru_cache

from PIL import Image

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import variant
from generations_contract.gateway.tampers.call_facts import Document, header, media

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


@variant("media-from-storage", at="asset")
def media_from_storage(call: Call, reply: Reply) -> Reply:
    """A URL leads to the storage with a redirect; the storage looks at the same signature."""
    if reply.status != 200 or call.request.query("store"):
        return reply
    target = f"{call.request.target}&store=eu-1"
    return replace(reply, status=302, headers=(("Location", target), ("Cache-Control", "no-store")), body=b"")
