"""Lies in the bytes of pictures that a decoder alone does not see. Section `media` of the contract."""

import hashlib
import io
import zipfile
from dataclasses import replace
from functools import lru_cache
from typing import Final

from PIL import Image

from generations_contract.gateway.hooks import Call, fault
from generations_contract.gateway.media import MEDIA_PATH
from generations_contract.gateway.wire import Reply

BYTES, SEED = "media.bytes", "media.seed"
_LAST_CHUNK: Final = 12
# A twelfth of a side: two pictures that differ in this only are nearly equal on the average.
_STAMP: Final = 12


def _picture(call: Call, reply: Reply) -> bool:
    return call.operation == "download" and reply.status == 200 and reply.body.startswith(b"\x89PNG")


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
    name = call.request.path[len(MEDIA_PATH) :]
    return replace(reply, body=_stamped(reply.body, hashlib.blake2b(name.encode(), digest_size=3).digest()))


@lru_cache(maxsize=256)
def _stamped(png: bytes, colour: bytes) -> bytes:
    out = io.BytesIO()
    with Image.open(io.BytesIO(png)) as picture:
        drawn = picture.convert("RGB")
    side = max(8, min(drawn.size) // _STAMP)
    drawn.paste((colour[0], colour[1], colour[2]), (0, 0, side, side))
    drawn.save(out, "PNG", compress_level=1)
    return out.getvalue()
