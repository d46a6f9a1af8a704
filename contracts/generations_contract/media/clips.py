"""Clips, read with PyAV: by the demuxer that their first bytes name, and no other.

Left to itself libav guesses, and some of its guesses read playlists or listen on the network. One frame is
decoded, all packets are counted: a clip that was cut off ends before it says that it does.
"""

import io
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from generations_contract.media.facts import Broken, Decoded, Size
from generations_contract.media.pictures import PIXELS_MAX
from generations_contract.media.samples import too_many

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.video.stream import VideoStream
    from PIL import Image

# A clip that ends so much sooner than it says has been cut off.
SHORT_S: Final = 0.5
# An hour and more of picture and sound; what has more packets is not counted to the end.
PACKETS_MAX: Final = 400_000
# How many frames are decoded to reach a moment behind the key frame before it.
FRAMES_MAX: Final = 300
_SANDBOX: Final = {"protocol_whitelist": "none"}
_LIMITS: Final = {"max_pixels": str(PIXELS_MAX)}


def _opened(data: bytes, holder: str) -> "InputContainer":
    import av  # a heavy import, for the few who look at clips

    return av.open(io.BytesIO(data), "r", format=holder, options=_SANDBOX)


def clip(data: bytes, holder: str) -> Decoded | Broken | None:
    """A video, a broken one, or `None` where it is none. Never raises. `holder`: the demuxer's name."""
    if holder == "mov" and too_many(data):
        return Broken("a video of more samples than a clip has")
    try:
        with _opened(data, holder) as opened:
            stream = _picture_track(opened)
            if stream is None:
                return None
            return _read(opened, stream, holder)
    except Exception as error:  # decoders fail in every way there is
        return Broken(f"a video that does not decode: {type(error).__name__}")


def _picture_track(opened: "InputContainer") -> "VideoStream | None":
    """The first track that is a moving picture and no cover."""
    moving = [track for track in opened.streams.video if "attached_pic" not in str(track.disposition).lower()]
    return next(iter(moving or opened.streams.video), None)


@dataclass
class _Reading:
    """What the packets show. Spans: per track the first and the last moment, in seconds."""

    spans: dict[int, tuple[float, float]] = field(default_factory=dict)
    sizes: tuple[Size, ...] = ()
    whole: bool = True

    def span_s(self, tracks: Iterable[int]) -> float:
        """From the first to the last moment of some tracks."""
        known = [self.spans[track] for track in tracks if track in self.spans]
        return max((end for _, end in known), default=0.0) - min((start for start, _ in known), default=0.0)

    def add(self, packet: "Packet[Any]") -> None:
        """Count a packet in; what an edit list drops is no part of the clip."""
        if packet.pts is None or packet.time_base is None or packet.is_discard:
            return
        start = float(packet.pts * packet.time_base)
        end = start + float((packet.duration or 0) * packet.time_base)
        first, last = self.spans.get(packet.stream_index, (start, end))
        self.spans[packet.stream_index] = min(first, start), max(last, end)


def _read(opened: "InputContainer", stream: "VideoStream", holder: str) -> Decoded | Broken:
    context = stream.codec_context
    name = holder if holder != "matroska" else "webm"
    name = "mp4" if name == "mov" else name
    if context is None:
        return Broken("a codec without a decoder here", unknown=True)
    reading = _packets(opened, stream)
    if not reading.sizes:
        return Broken("a video without a frame that decodes")
    stated = float(opened.duration) / 1e6 if opened.duration else None
    there = reading.span_s(reading.spans)
    if reading.whole and stated is not None and stated - there > SHORT_S:
        return Broken(f"a video of {stated:.1f} s that ends after {there:.1f} s")
    own = float(stream.duration * stream.time_base) if stream.duration and stream.time_base else None
    counted = [reading.span_s([stream.index]), there] if reading.whole else []
    return Decoded("video", name, reading.sizes, tuple(each for each in (stated, own, *counted) if each))


def _packets(opened: "InputContainer", stream: "VideoStream") -> _Reading:
    """All packets of all tracks, and the sizes of the first frame."""
    reading = _Reading()
    stream.codec_context.options = _LIMITS
    tracks = [track for track in opened.streams if track.type in ("video", "audio")]
    for count, packet in enumerate(opened.demux(tracks)):
        if count > PACKETS_MAX:
            reading.whole = False
            break
        reading.add(packet)
        if not reading.sizes and packet.stream_index == stream.index:
            for frame in packet.decode():
                reading.sizes = reading.sizes or _sizes(frame, stream)
    return reading


def _sizes(frame: Any, stream: "VideoStream") -> tuple[Size, ...]:
    """As stored; as shown where pixels are not square; and both turned where it is shown so."""
    width, height = frame.width, frame.height
    aspect = stream.sample_aspect_ratio or 1
    sizes = list(
        dict.fromkeys([(width, height), (round(width * aspect), height), (width, round(height / aspect))])
    )
    return tuple(sizes + [(high, wide) for wide, high in sizes] if frame.rotation % 180 else sizes)


def moments(data: bytes, holder: str, parts: Iterable[float]) -> list["Image.Image"]:
    """The frames at some parts (0 to 1) of a clip's duration, as far as they can be seen. Never raises."""
    frames: list[Image.Image] = []
    if holder == "mov" and too_many(data):
        return []
    with suppress(Exception), _opened(data, holder) as opened:
        stream = _picture_track(opened)
        if stream is None:
            return []
        stream.codec_context.options = _LIMITS
        begun, length = stream.start_time or 0, stream.duration or 0
        if not length and opened.duration and stream.time_base:
            length = int(opened.duration / 1e6 / stream.time_base)
        frames.extend(_frame_at(opened, stream, begun + int(length * part)) for part in parts)
    return frames


def _frame_at(opened: "InputContainer", stream: "VideoStream", moment: int) -> "Image.Image":
    """The frame that is shown at a moment (in the track's time base), or the last one that can be had."""
    opened.seek(moment, stream=stream)
    shown: Any = None
    for count, frame in enumerate(opened.decode(stream)):
        if shown is not None and ((frame.pts or 0) > moment or count > FRAMES_MAX):
            break
        shown = frame
    picture: Image.Image = shown.to_image()
    return picture
