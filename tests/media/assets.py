"""Small pictures and clips, in every make that an honest or a lying backend may serve. No test stands here."""

import hashlib
import tempfile
from pathlib import Path
from typing import Any

import av
from PIL import Image, ImageDraw

SIZE = (64, 48)
RATE = 10
SOUND_RATE = 44_100


def still(
    size: tuple[int, int] = SIZE, colour: str = "teal", dot: tuple[int, int, int, int] = (8, 8, 40, 40)
) -> Image.Image:
    """A white disc on one colour."""
    image = Image.new("RGB", size, colour)
    ImageDraw.Draw(image).ellipse(dot, fill="white")
    return image


def saved(image: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    """A picture's bytes."""
    with tempfile.TemporaryFile() as file:
        image.save(file, form, **options)
        file.seek(0)
        return file.read()


def picture(form: str = "PNG", *, turned: bool = False, **options: Any) -> bytes:
    """The bytes of a small picture; `turned`: by EXIF, to be shown upright."""
    kind = {name: options.pop(name) for name in ("size", "colour", "dot") if name in options}
    if turned:
        options["exif"] = Image.Exif()
        options["exif"][0x0112] = 6
    return saved(still(**kind), form, **options)


def clip(
    seconds: float = 1.0,
    holder: str = "mp4",
    codec: str = "mpeg4",
    *,
    sound_s: float = 0.0,
    seed: int = 0,
    dark: int = 0,
    **options: str,
) -> bytes:
    """The bytes of a small clip: a mosaic of its seed, after some dark frames. `options`: the muxer's."""
    colours = hashlib.shake_128(b"%d" % seed).digest(8 * 6 * 3)
    mosaic = Image.frombytes("RGB", (8, 6), colours).resize(SIZE, Image.Resampling.NEAREST)
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "clip"
        with av.open(str(path), "w", format=holder, options=options) as container:
            stream = container.add_stream(codec, rate=RATE)
            stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
            sound = container.add_stream("aac", rate=SOUND_RATE) if sound_s else None
            for index in range(round(seconds * RATE)):
                shown = Image.new("RGB", SIZE) if index < dark else mosaic
                container.mux(stream.encode(av.VideoFrame.from_image(shown)))
            container.mux(stream.encode(None))
            if sound:
                _sound(container, sound, round(sound_s * SOUND_RATE))
        return path.read_bytes()


def _sound(container: Any, stream: Any, samples: int) -> None:
    for start in range(0, samples, 1024):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=min(1024, samples - start))
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        frame.sample_rate, frame.pts = SOUND_RATE, start
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
