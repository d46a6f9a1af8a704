"""The bytes of an asset: a PNG or an MP4 of the right size, whose pixels follow from its `picture` digest.

Made when they are downloaded and not before, and kept for a while: a load test creates far more than it
looks at. The picture is a mosaic in colours drawn from the digest: cheap to make and to compress,
unmistakably its own, and the same bytes for the same digest.
"""

import hashlib
import io
from fractions import Fraction
from functools import lru_cache

import av
from PIL import Image

from generations_contract.gateway.jobs import Asset

_TILES = 8  # a side
_FRAMES_PER_SECOND = 2


def render(asset: Asset) -> bytes:
    """The file that a download of the asset gives."""
    if asset.duration_s is None:
        return png(asset.picture, asset.width, asset.height)
    return mp4(asset.picture, asset.width, asset.height, asset.duration_s)


def mosaic(digest: bytes, width: int, height: int) -> Image.Image:
    """The picture, one palette colour for each tile."""
    tiles = Image.frombytes("P", (_TILES, _TILES), bytes(range(_TILES * _TILES)))
    tiles.putpalette(hashlib.shake_128(digest).digest(_TILES * _TILES * 3))
    return tiles.resize((width, height), Image.Resampling.NEAREST)


@lru_cache(maxsize=512)
def png(digest: bytes, width: int, height: int) -> bytes:
    """A PNG of exactly that size."""
    out = io.BytesIO()
    mosaic(digest, width, height).save(out, "PNG", compress_level=1)
    return out.getvalue()


@lru_cache(maxsize=128)
def mp4(digest: bytes, width: int, height: int, duration_s: float) -> bytes:
    """An MP4 (H.264) of that size (even sides) and duration: the mosaic, with a bar that grows with time."""
    out = io.BytesIO()
    frames = max(1, round(duration_s * _FRAMES_PER_SECOND))
    rate = Fraction(frames) / Fraction(duration_s).limit_denominator(1000)
    with av.open(out, "w", format="mp4") as container:
        options = {"preset": "ultrafast", "crf": "35", "threads": "1"}
        stream = container.add_stream("libx264", rate=rate, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        still = mosaic(digest, width, height).convert("RGBA")
        for index in range(frames):
            grown = max(1, width * (index + 1) // frames)
            still.paste((255, 255, 255, 255), (0, 0, grown, max(2, height // 40)))
            frame = av.VideoFrame.from_bytes(still.tobytes(), width, height, format="rgba")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return out.getvalue()
