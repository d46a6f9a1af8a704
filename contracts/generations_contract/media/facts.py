"""What can be said of an asset's bytes, and by which names its format goes. No decoder is called here."""

from dataclasses import dataclass
from typing import Final, Literal

Type = Literal["image", "video"]
Size = tuple[int, int]

_ALIASES: Final = {
    "jpg": "jpeg", "jpe": "jpeg", "jfif": "jpeg", "pjpeg": "jpeg", "mpo": "jpeg",
    "apng": "png", "tif": "tiff", "jp2": "jpeg2000", "j2k": "jpeg2000", "jpx": "jpeg2000", "dib": "bmp",
    "mov": "mp4", "qt": "mp4", "quicktime": "mp4", "m4v": "mp4",
    "mkv": "webm", "matroska": "webm", "ogv": "ogg",
    "ts": "mpegts", "mp2t": "mpegts", "mpg": "mpeg", "msvideo": "avi", "ms-wmv": "asf", "wmv": "asf", "ms-asf": "asf",
    "ms-bmp": "bmp", "icon": "ico", "microsoft.icon": "ico", "adobe.photoshop": "psd",
}  # fmt: skip
# What no alias of the format tells.
_CONTENT_TYPES: Final = {"webm": "webm", "mpegts": "mp2t", "jpeg2000": "jp2", "avi": "vnd.avi"}


@dataclass(frozen=True)
class Decoded:
    """What bytes are.

    `sizes`: (width, height) in pixels as stored, and where display turns or stretches it, as shown.
    `durations_s`: how long a clip lasts in seconds, by each way of telling: of its container, of its picture
    track, of the packets that are there; empty where nothing tells. `moving`: a picture of several frames.
    """

    type: Type
    format: str
    sizes: tuple[Size, ...]
    durations_s: tuple[float, ...] = ()
    moving: bool = False

    @property
    def width(self) -> int:
        """As stored, in pixels."""
        return self.sizes[0][0]

    @property
    def height(self) -> int:
        """As stored, in pixels."""
        return self.sizes[0][1]

    def may_be_called(self, type_: object) -> bool:
        """Whether this may be the `type` of an entry; an animation is a picture and a video."""
        return type_ == self.type or (self.moving and type_ == "video")

    def measures(self, width: int | None, height: int | None) -> bool:
        """Whether these may be called its width and height; `None` is not compared."""
        return any(
            (width is None or width == wide) and (height is None or height == high)
            for wide, high in self.sizes
        )

    def lasts(self, seconds: float, tolerance_s: float) -> bool:
        """Whether this may be called its duration; also where nothing tells how long it is."""
        return not self.durations_s or any(
            each - tolerance_s <= seconds <= each + tolerance_s for each in self.durations_s
        )


@dataclass(frozen=True)
class Broken:
    """Why bytes are no asset; `unknown` where only the decoder is missing."""

    why: str
    unknown: bool = False


def format_name(text: str) -> str:
    """A format as it is declared ("JPG", "image/png", ".mp4", "x-matroska"), by the name of `Decoded`."""
    name = text.strip().lower().rpartition("/")[2].lstrip(".").removeprefix("x-").removeprefix("vnd.")
    return _ALIASES.get(name, name)


def served_as(decoded: Decoded, content_type: str) -> bool:
    """Whether such bytes may be served under this type: any of the names that their format goes by."""
    kind, _, subtype = content_type.partition("/")
    return decoded.may_be_called(kind) and format_name(subtype) == decoded.format


def content_type(decoded: Decoded) -> str:
    """The registered content type of such bytes."""
    return f"{decoded.type}/{_CONTENT_TYPES.get(decoded.format, decoded.format)}"
