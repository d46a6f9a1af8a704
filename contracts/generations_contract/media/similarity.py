"""Whether two assets show the same: how far apart they look, not how their bytes differ.

An average alone hides a small thing on a large background, so the place
where they differ most counts as well. Encoders stay below 0.07 there, down to the lowest quality.
"""

from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageChops, ImageStat

from generations_contract.media.clips import moments
from generations_contract.media.pictures import on_white, seen
from generations_contract.media.structure import container

_RASTER: Final = 32
# Coarser, because two encoders of one clip may be a frame apart.
_CLIP_RASTER: Final = (8, 8)
# Many clips begin with the same black frame.
_PARTS: Final = (0.0, 0.5, 0.9)


@dataclass(frozen=True)
class Difference:
    """How different two pictures look, 0 (the same) to 1: on the average, and where they differ most."""

    mean: float
    most: float


def difference(first: bytes, second: bytes) -> Difference | None:
    """How different two pictures, or two clips, look; `None` where one of them cannot be seen."""
    one, other = _look(first), _look(second)
    if one is None or other is None:
        return None
    if one.size != other.size:
        return Difference(1.0, 1.0)
    apart = ImageChops.difference(one, other)
    means = ImageStat.Stat(apart).mean
    most = max(high for _, high in ImageStat.Stat(apart).extrema)
    return Difference(sum(means) / len(means) / 255, most / 255)


def _look(data: bytes) -> Image.Image | None:
    """A thumbnail: of the picture, or of three moments of a clip side by side."""
    holder = container(data)
    return seen(data, _RASTER) or (_strip(moments(data, holder, _PARTS)) if holder else None)


def _strip(frames: list[Image.Image]) -> Image.Image | None:
    if not frames:
        return None
    width, height = _CLIP_RASTER
    strip = Image.new("RGB", (width * len(frames), height))
    for index, frame in enumerate(frames):
        strip.paste(on_white(frame).resize(_CLIP_RASTER, Image.Resampling.BOX), (index * width, 0))
    return strip
