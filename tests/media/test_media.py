"""What the bytes of an asset are: every honest make is read right, every lie is named, and nothing is run."""

import resource
import socket
import struct
import sys
import time
import zlib

import pytest
from PIL import Image

from generations_contract.media import Broken, Decoded, Difference, decode, difference, format_name
from generations_contract.media.pictures import DECODERS
from tests.media.assets import SIZE, clip, picture, saved, still

TWO = {"save_all": True, "append_images": [still(colour="red")]}
FORMATS = {"PNG": "png", "JPEG": "jpeg", "WEBP": "webp", "GIF": "gif", "AVIF": "avif", "BMP": "bmp", "TIFF": "tiff", "JPEG2000": "jpeg2000"}  # fmt: skip
PICTURES: dict[str, tuple[bytes, str]] = {
    **{name: (picture(name), form) for name, form in FORMATS.items()},
    "progressive JPEG": (picture("JPEG", progressive=True), "jpeg"),
    "CMYK JPEG": (saved(still().convert("CMYK"), "JPEG"), "jpeg"),
    "JPEG with a comment that is a script": (picture("JPEG", comment=b"<script>1</script>"), "jpeg"),
    "two JPEGs in one, as phones make them": (picture("MPO", **TWO), "jpeg"),
    "16-bit PNG": (saved(Image.new("I;16", SIZE, 40_000)), "png"),
    "palette PNG": (saved(still().quantize()), "png"),
    "1-bit PNG": (saved(still().convert("1")), "png"),
    "animated PNG": (picture("PNG", **TWO), "png"),
    "animated WebP": (picture("WEBP", **TWO), "webp"),
    "lossless WebP": (picture("WEBP", lossless=True), "webp"),
    "PNG with zeros behind it": (picture() + b"\0" * 4096, "png"),
}  # fmt: skip
CLIPS: dict[str, tuple[bytes, str, set[float]]] = {
    "MP4": (clip(2), "mp4", {2.0}),
    "H.264": (clip(2, codec="libx264"), "mp4", {2.0}),
    "MP4 with its index first": (clip(2, movflags="faststart"), "mp4", {2.0}),
    "fragmented MP4": (clip(2, movflags="frag_keyframe+empty_moov"), "mp4", {2.0}),
    "MP4 with longer sound": (clip(2, sound_s=2.8), "mp4", {2.0, 2.8}),
    "MP4 with shorter sound": (clip(2, sound_s=1), "mp4", {2.0}),
    "QuickTime": (clip(2, "mov"), "mp4", {2.0}),
    "Matroska": (clip(2, "matroska"), "webm", {2.0}),
    "WebM": (clip(2, "webm", "libvpx-vp9"), "webm", {2.0}),
    "live WebM": (clip(2, "webm", "libvpx-vp9", live="1"), "webm", {2.0}),
    "AVI": (clip(2, "avi"), "avi", {2.0}),
    "MP4 that begins with free space": (b"\0\0\0\x10free\0\0\0\0\0\0\0\0" + clip(2), "mp4", {2.0}),
    "Windows Media": (clip(2, "asf", "msmpeg4v3"), "asf", {2.0}),
    "MPEG program stream": (clip(2, "mpeg", "mpeg2video"), "mpeg", {2.0}),
    "MPEG transport stream": (clip(2, "mpegts", "mpeg2video"), "mpegts", {2.0}),
}  # fmt: skip
ARCHIVE = (
    b"PK\3\4"
    + b"\0" * 26
    + b"PK\1\2"
    + b"\0" * 42
    + b"PK\5\6"
    + b"\0" * 8
    + struct.pack("<II", 46, 30)
    + b"\0\0"
)
PLAYLISTS: dict[str, str] = {
    "HLS": "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1.0,\n{url}\n#EXT-X-ENDLIST\n",
    "a list of files": "ffconcat version 1.0\nfile '{url}'\n",
    "a list of a file here": "ffconcat version 1.0\nfile 'README.md'\n",
    "a session that listens": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\na=rtpmap:96 H264/90000\n",
    "PostScript": "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n(README.md) (r) file\n%%EOF\n",
}


@pytest.mark.parametrize(("data", "form"), PICTURES.values(), ids=PICTURES)
def test_picture_is_read_whatever_its_make(data: bytes, form: str) -> None:
    """Format and size of every honest make."""
    found = decode(data)
    assert isinstance(found, Decoded), found
    assert (found.type, found.format, found.sizes) == ("image", form, (SIZE,))


@pytest.mark.parametrize(("data", "form", "durations"), CLIPS.values(), ids=CLIPS)
def test_clip_is_read_whatever_its_make(data: bytes, form: str, durations: set[float]) -> None:
    """Format, size, and how long it lasts by its picture and by its sound."""
    found = decode(data)
    assert isinstance(found, Decoded), found
    assert (found.type, found.format, found.sizes) == ("video", form, (SIZE,))
    assert {round(each, 1) for each in found.durations_s} >= durations


@pytest.mark.parametrize("name", [*FORMATS, "MP4 with its index first", "fragmented MP4", "WebM", "AVI"])
def test_file_that_is_cut_off_is_broken(name: str) -> None:
    """Wherever it is cut: a decoder that has read enough does not hide it."""
    data = PICTURES[name][0] if name in PICTURES else CLIPS[name][0]
    for end in {*range(1, len(data), max(1, len(data) // 60)), *range(len(data) - 30, len(data))}:
        assert isinstance(decode(data[:end]), Broken), len(data) - end


@pytest.mark.parametrize("name", [*sorted(set(FORMATS) - {"BMP", "TIFF", "JPEG2000"}), "MP4", "WebM", "AVI"])
@pytest.mark.parametrize(
    "tail", [ARCHIVE, b"\0\0<SCRIPT>1</script>", b"\n<!DOCTYPE html>", b"<?php x", b"%PDF-1.7"]
)
def test_file_with_another_behind_it_is_broken(name: str, tail: bytes) -> None:
    """What an interpreter, a browser or an unpacker would take for its own."""
    data = PICTURES[name][0] if name in PICTURES else CLIPS[name][0]
    found = decode(data + tail)
    assert isinstance(found, Broken)
    assert " in it" in found.why


def test_archive_is_found_wherever_it_begins() -> None:
    """In a picture without a known end, and inside of a chunk."""
    for data in (picture("BMP") + ARCHIVE, picture("BMP") + ARCHIVE[:-2] + b"\3\0abc"):
        assert decode(data) == Broken("bmp with an archive in it")


def test_chance_is_no_stranger() -> None:
    """Marks of four bytes come up in the data of a large honest file."""
    noise = b"PK\3\4....PK\5\6" + bytes(range(256)) * 8 + b"PK\1\2"
    data = clip(2)
    size = struct.pack(">I", len(noise) + 8)
    assert isinstance(decode(data + size + b"free" + noise), Decoded)
    assert isinstance(decode(data + b"\0\0\0\0free" + noise), Decoded)


@pytest.mark.parametrize("text", PLAYLISTS.values(), ids=PLAYLISTS)
def test_bytes_that_name_another_file_lead_nowhere(text: str) -> None:
    """No decoder follows a playlist, listens on a port, or runs what it is given: at once, without a connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.1)
        port = listener.getsockname()[1]
        began = time.perf_counter()
        found = decode(text.format(url=f"http://127.0.0.1:{port}/x.ts", port=port).encode())
        assert found == Broken("neither picture nor video")
        assert time.perf_counter() - began < 5
        with pytest.raises(TimeoutError):
            listener.accept()


def _with_samples(count: int, ticks: int = 1024) -> bytes:
    """A clip of a few kilobytes that claims so many samples of one byte, of so many ticks."""
    data = bytearray(CLIPS["MP4"][0])
    for kind, offset, value in (
        (b"stsz", 8, 1),
        (b"stsz", 12, count),
        (b"stsc", 16, count),
        (b"stts", 12, count),
        (b"stts", 16, ticks),
    ):
        at = data.find(kind) + offset
        data[at : at + 4] = struct.pack(">I", value)
    return bytes(data)


def _png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


GIF_HEAD = b"GIF89a" + struct.pack("<HHBBB", 8, 8, 0x80, 0, 0) + b"\0" * 6
BOMBS = {
    "80 million samples": _with_samples(80_000_000),
    "80 million samples of one tick": _with_samples(80_000_000, ticks=1),
    "2^62 pixels": _png(2**31 - 1, 2**31 - 1),
    "10^10 pixels": _png(100_000, 100_000),
    "81 megapixels": _png(9_000, 9_000),
    "a comment in 4 million blocks": GIF_HEAD + b"\x21\xfe" + b"\x01x" * 4_000_000 + b"\0;",
    "4 million segments": b"\xff\xd8" + b"\xff\xe1\x00\x02" * 4_000_000 + b"\xff\xd9",
    "a million chunks": _png(8, 8)[:33] + struct.pack(">I4sI", 0, b"prIv", zlib.crc32(b"prIv")) * 1_000_000,
}


@pytest.mark.parametrize("data", BOMBS.values(), ids=BOMBS)
def test_bomb_takes_neither_time_nor_memory(data: bytes) -> None:
    """A few bytes that claim gigabytes are measured by what they claim, and not unpacked."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = time.perf_counter()
    decode(data)
    assert time.perf_counter() - began < 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024 * (
        1024 if sys.platform == "darwin" else 1
    )


def test_clip_that_is_turned_may_go_by_either_size() -> None:
    """By its rotation matrix, as by EXIF; with one side only as well."""
    data = bytearray(CLIPS["MP4"][0])
    at = data.find(b"tkhd") + 44
    data[at : at + 36] = struct.pack(">9i", 0, 65536, 0, -65536, 0, 0, 0, 0, 0x40000000)
    for turned in (
        decode(bytes(data)),
        decode(picture("JPEG", turned=True)),
        decode(picture("WEBP", turned=True)),
    ):
        assert isinstance(turned, Decoded)
        for sides, right in (((64, 48), True), ((48, 64), True), ((None, 64), True), ((64, 64), False)):
            assert turned.measures(*sides) is right


def test_codec_without_a_decoder_is_no_lie() -> None:
    """Only this suite's decoders do not know it."""
    found = decode(CLIPS["H.264"][0].replace(b"avc1", b"zzzz"))
    assert isinstance(found, Broken)
    assert found.unknown


def test_every_prefix_is_decoded_or_broken() -> None:
    """Never an exception, whatever the bytes are."""
    for data in (bytes(range(256)), *(each[0] for each in (*PICTURES.values(), *CLIPS.values()))):
        for end in range(0, len(data), max(1, len(data) // 25)):
            assert isinstance(decode(data[:end]), Decoded | Broken)
    assert difference(picture(), b"") is None


def test_decoders_are_known_to_pillow() -> None:
    """Each name is one of its formats, and none is one that starts a program."""
    Image.init()
    assert {*DECODERS} <= {*Image.OPEN}
    assert not {"EPS", "WMF"} & {*DECODERS}


@pytest.mark.parametrize(
    ("declared", "name"),
    [("JPG", "jpeg"), ("image/jpeg", "jpeg"), (".mp4", "mp4"), ("video/x-matroska", "webm"), ("mkv", "webm"),
     ("quicktime", "mp4"), ("video/x-m4v", "mp4"), (" PNG ", "png"), ("apng", "png"), ("", "")],
)  # fmt: skip
def test_format_goes_by_many_names(declared: str, name: str) -> None:
    """Of files, of media types, with and without prefixes."""
    assert format_name(declared) == name


LARGE = (256, 256)
SAME: dict[str, tuple[bytes, bytes]] = {
    **{
        f"{form} {quality}": (picture(size=LARGE), picture(form, size=LARGE, quality=quality))
        for form, quality in (("JPEG", 90), ("JPEG", 40), ("JPEG", 10), ("WEBP", 60), ("WEBP", 5), ("AVIF", 40))
    },
    "GIF": (picture(size=LARGE), picture("GIF", size=LARGE)),
    "turned by EXIF": (picture("JPEG", turned=True), saved(still().transpose(Image.Transpose.ROTATE_270))),
    "16 bits": (saved(Image.new("I;16", LARGE, 40_000)), saved(Image.new("L", LARGE, 156))),
    "what lies under transparency": (saved(Image.new("RGBA", LARGE, (9, 9, 9, 0))), saved(Image.new("RGBA", LARGE, (200, 9, 9, 0)))),
    "a clip in another codec": (clip(2, codec="libx264"), clip(2, "webm", "libvpx-vp9")),
}  # fmt: skip
OTHER: dict[str, tuple[bytes, bytes]] = {
    "another colour": (picture(), picture(colour="navy")),
    "a small thing elsewhere": (picture(size=LARGE, dot=(20, 20, 36, 36)), picture(size=LARGE, dot=(200, 90, 216, 106))),
    "a small thing missing": (picture(size=LARGE, dot=(20, 20, 36, 36)), saved(Image.new("RGB", LARGE, "teal"))),
    "cropped": (picture(size=LARGE), saved(still(LARGE).crop((4, 4, 252, 252)).resize(LARGE))),
    "mirrored": (picture(size=LARGE), saved(still(LARGE).transpose(Image.Transpose.FLIP_LEFT_RIGHT))),
    "16 bits": (saved(Image.new("I;16", LARGE, 40_000)), saved(Image.new("I;16", LARGE, 60_000))),
    "a clip that begins as dark": (clip(2, seed=1, dark=5), clip(2, seed=2, dark=5)),
}  # fmt: skip


def _same(apart: Difference | None) -> bool:
    from generations_contract.clauses.media.pictures import SAME_ANYWHERE, SAME_ON_AVERAGE

    assert apart is not None
    return apart.mean <= SAME_ON_AVERAGE and apart.most <= SAME_ANYWHERE


@pytest.mark.parametrize(("one", "other"), SAME.values(), ids=SAME)
def test_same_picture_in_other_bytes_looks_the_same(one: bytes, other: bytes) -> None:
    """Whatever the encoder."""
    apart = difference(one, other)
    assert _same(apart), apart


@pytest.mark.parametrize(("one", "other"), OTHER.values(), ids=OTHER)
def test_other_picture_looks_different(one: bytes, other: bytes) -> None:
    """Also where most of it is the same background."""
    apart = difference(one, other)
    assert not _same(apart), apart
    assert difference(one, one) == Difference(0, 0)
