"""Pictures, read with Pillow: by the decoders that are named here, and no others.

Left to itself Pillow offers the bytes to every plugin that it has; one of them starts Ghostscript.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError

from generations_contract.media.facts import Broken, Decoded, Size, format_name

# Above this a picture is measured by its header only.
PIXELS_MAX: Final = 64_000_000
DECODERS: Final = (
    "PNG", "JPEG", "WEBP", "GIF", "AVIF", "BMP", "TIFF", "JPEG2000", "ICO", "QOI", "PSD",
)  # fmt: skip

_ORIENTATION: Final = 0x0112
_TURNED: Final = frozenset({5, 6, 7, 8})  # EXIF orientations that swap width and height
_WORD: Final = 1 / 256  # from sixteen bits to eight
_PLACE: Final = 8


@cache
def _decoders() -> tuple[str, ...]:
    """Those of them that this Pillow was built with."""
    Image.init()
    return tuple(name for name in DECODERS if name in Image.OPEN)


@contextmanager
def _opened(data: bytes) -> Iterator[Image.Image]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(io.BytesIO(data), formats=_decoders()) as found:
            yield found


def picture(data: bytes) -> Decoded | Broken | None:
    """A picture, a broken one, or `None` where it is none. Never raises."""
    try:
        with _opened(data) as found:
            name, moving = format_name(found.format or "unknown"), bool(getattr(found, "is_animated", False))
            if found.width * found.height <= PIXELS_MAX:
                found.load()
            return Decoded("image", name, _sizes(found), moving=moving and name != "jpeg")
    except UnidentifiedImageError:
        return None
    except Image.DecompressionBombError:
        return Broken("a picture of more pixels than any decoder here takes")
    except Exception as error:  # decoders fail in every way there is
        return Broken(f"a picture that does not decode: {type(error).__name__}")


def _sizes(found: Image.Image) -> tuple[Size, ...]:
    turned = found.getexif().get(_ORIENTATION) in _TURNED
    return (found.size, (found.height, found.width)) if turned else (found.size,)


def seen(data: bytes, raster: int) -> Image.Image | None:
    """A picture as a viewer shows it, on white, in so many places a side; `None` where it cannot be seen.

    A place is eight pixels wide at the least: below that, encoders paint as they like. Never raises.
    """
    try:
        with _opened(data) as found:
            if found.width * found.height > PIXELS_MAX:
                return None
            shown = on_white(ImageOps.exif_transpose(_in_eight_bits(found)))
            across, down = (max(1, min(raster, side // _PLACE)) for side in shown.size)
            return shown.resize((across, down), Image.Resampling.BOX)
    except Exception:
        return None


def _in_eight_bits(found: Image.Image) -> Image.Image:
    """Pillow cuts what is above 255 off where it should divide."""
    if not found.mode.startswith("I"):
        return found
    return found.convert("I").point(lambda value: value * _WORD).convert("L")


def on_white(found: Image.Image) -> Image.Image:
    """What stands under transparent pixels is nobody's business."""
    if not found.has_transparency_data:
        return found.convert("RGB")
    coloured = found.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", coloured.size, "white"), coloured).convert("RGB")
