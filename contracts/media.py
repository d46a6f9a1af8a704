"""Bytes of an asset, decoded: what they really are. The only module that knows Pillow and PyAV.

No verdict lives here. Whatever the bytes are, the answer is a `Decoded` or a `Broken`, never an exception,
and never more work than a short clip takes. The one decision worth knowing: "broken" (a file cut off, two
files in one) and "unknown" (a format without a decoder here) are told apart: only the first is a lie.
"""

import hashlib
import io
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Literal

from PIL import Image, ImageChops, ImageStat, UnidentifiedImageError

Type = Literal["image", "video"]

# Above this a picture is measured by its header only.
PIXELS_MAX: Final = 64_000_000
THUMBNAIL: Final = (32, 32)
# A clip that ends so much sooner than it says has been cut off.
SHORT_S: Final = 0.5
# Findings that are remembered: the same asset is downloaded more than once, and decoding is most of the work.
REMEMBERED: Final = 512

_ROTATED = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_UNKNOWN = (b"ftypavif", b"ftypheic", b"ftypmif1", b"ftypheix", b"<svg", b"\x00\x00\x00\x0cJXL ", b"\xff\x0a")
_STRANGERS = (b"PK\x03\x04", b"<html", b"<script", b"<!doctype", b"%PDF-", b"<?php")
_ALIASES = {
    "jpg": "jpeg",
    "mpo": "jpeg",
    "mov": "mp4",
    "quicktime": "mp4",
    "m4v": "mp4",
    "x-matroska": "webm",
}
_CONTENT_TYPES = {
    "webm": ("video/webm", "video/x-matroska"),
    "mp4": ("video/mp4", "video/quicktime", "video/x-m4v"),
}


@dataclass(frozen=True)
class Decoded:
    """What bytes are: `duration_s` in seconds for video; `rotated` where display swaps width and height."""

    type: Type
    format: str
    width: int
    height: int
    duration_s: float | None = None
    rotated: bool = False

    def measures(self, width: int, height: int) -> bool:
        """Whether these may be called its width and height."""
        return (self.width, self.height) == (width, height) or (
            self.rotated and (self.height, self.width) == (width, height)
        )


@dataclass(frozen=True)
class Broken:
    """Why bytes are no asset; `unknown` where only the decoder is missing."""

    why: str
    unknown: bool = False


_found: OrderedDict[bytes, Decoded | Broken] = OrderedDict()


def decode(data: bytes) -> Decoded | Broken:
    """What the bytes are; of the same bytes it is found out once. Never raises."""
    digest = hashlib.blake2b(data, digest_size=32).digest()
    known = _found.get(digest)
    if known is None:
        known = _found[digest] = _decode(data)
        if len(_found) > REMEMBERED:
            _found.popitem(last=False)
    return known


def _decode(data: bytes) -> Decoded | Broken:
    if not data:
        return Broken("no bytes")
    found = _image(data)
    if found is None and any(mark in data[:64] for mark in _UNKNOWN):
        return Broken("a format without a decoder here", unknown=True)
    found = found or _video(data) or Broken("neither picture nor video")
    stranger = _stranger(data, found.format) if isinstance(found, Decoded) else None
    return Broken(f"a file with {stranger} in its tail") if stranger else found


def format_name(text: str) -> str:
    """A format as it is declared ("JPG", "image/png", ".mp4"), by the name that `decode` uses."""
    name = text.strip().lower().rpartition("/")[2].lstrip(".")
    return _ALIASES.get(name, name)


def content_types(decoded: Decoded) -> tuple[str, ...]:
    """The content types that such bytes may be served under."""
    return _CONTENT_TYPES.get(decoded.format, (f"{decoded.type}/{decoded.format}",))


def difference(first: bytes, second: bytes) -> float | None:
    """How different two pictures look: 0 (the same) to 1; `None` where one of them cannot be seen."""
    one, other = _thumbnail(first), _thumbnail(second)
    if one is None or other is None:
        return None
    means = ImageStat.Stat(ImageChops.difference(one, other)).mean
    return float(sum(means)) / len(means) / 255


def _image(data: bytes) -> Decoded | Broken | None:
    """A picture, a broken one, or `None` where it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                width, height = picture.size
                name = format_name(picture.format or "unknown")
                if width * height <= PIXELS_MAX:
                    picture.load()
                rotated = picture.getexif().get(0x0112) in _ROTATED
    except UnidentifiedImageError:
        return None
    except Exception as error:  # decoders fail in every way there is
        return Broken(f"a picture that does not decode: {type(error).__name__}")
    return Decoded("image", name, width, height, rotated=rotated)


def _video(data: bytes) -> Decoded | Broken | None:
    """A video, a broken one, or `None` where it is none."""
    import av  # a heavy import, for the few who look at clips

    try:
        with av.open(io.BytesIO(data), "r") as clip:
            if not clip.streams.video:
                return None
            stream = clip.streams.video[0]
            name = format_name("webm" if "webm" in clip.format.name else clip.format.name.partition(",")[0])
            stated = float(clip.duration) / 1e6 if clip.duration else None
            width, height = stream.codec_context.width, stream.codec_context.height
            seen, frames, rotated = 0.0, 0, False
            for packet in clip.demux(stream):
                if packet.pts is not None and packet.time_base is not None:
                    seen = max(seen, float((packet.pts + (packet.duration or 0)) * packet.time_base))
                if not frames:
                    shown = packet.decode()
                    frames += len(shown)
                    rotated = any(frame.rotation % 180 for frame in shown if isinstance(frame, av.VideoFrame))
    except av.error.InvalidDataError:
        return Broken("a video that does not decode") if b"ftyp" in data[:16] else None
    except Exception as error:
        return Broken(f"a video that does not decode: {type(error).__name__}")
    if not frames:
        return Broken("a video without a frame that decodes")
    if stated is not None and stated - seen > SHORT_S:
        return Broken(f"a video of {stated:.1f} s that ends after {seen:.1f} s")
    return Decoded(
        "video", name, width, height, duration_s=stated if stated is not None else seen, rotated=rotated
    )


def _thumbnail(data: bytes) -> Image.Image | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data)) as picture:
                if picture.width * picture.height > PIXELS_MAX:
                    return None
                return picture.convert("RGB").resize(THUMBNAIL, Image.Resampling.BOX)
    except Exception:
        return _first_frame(data)


def _first_frame(data: bytes) -> Image.Image | None:
    import av

    try:
        with av.open(io.BytesIO(data), "r") as clip:
            for frame in clip.decode(video=0):
                picture: Image.Image = frame.to_image()  # type: ignore[no-untyped-call]
                return picture.convert("RGB").resize(THUMBNAIL, Image.Resampling.BOX)
    except Exception:
        return None
    return None


def _stranger(data: bytes, name: str) -> str | None:
    """What another program would find behind the end of the file proper."""
    end = _end(data, name)
    tail = data[end:].lower() if end is not None else b""
    return next((mark.decode("latin-1") for mark in _STRANGERS if mark.lower() in tail), None)


def _end(data: bytes, name: str) -> int | None:
    """Where the file ends by its own structure; `None` where that is not looked for."""
    if name == "png":
        end = data.find(b"IEND\xaeB`\x82")
        return None if end < 0 else end + 8
    if name == "jpeg":
        end = data.find(b"\xff\xd9")
        return None if end < 0 else end + 2
    if name in ("webp", "wav") and data[:4] == b"RIFF":
        return 8 + int.from_bytes(data[4:8], "little")
    return _end_of_boxes(data) if name == "mp4" else None


def _end_of_boxes(data: bytes) -> int:
    """The end of the last whole box of an MP4."""
    position = 0
    while position + 8 <= len(data):
        size = int.from_bytes(data[position : position + 4], "big")
        if size == 1:
            size = int.from_bytes(data[position + 8 : position + 16], "big")
        kind = data[position + 4 : position + 8]
        if size < 8 or position + size > len(data) or not kind.isalnum():
            break
        position += size
    return position
