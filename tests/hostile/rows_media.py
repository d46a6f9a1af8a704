"""Rows of the hostile table: where media URLs lead, and what stands there."""

import gzip
import struct
import zlib
from collections.abc import Callable

from generations_contract.exchange.exchange import Asset, Exchange
from generations_contract.probes.flows import downloads
from generations_contract.scripts.script import Download, Fetch, Script
from tests.hostile.play import KEY, Row
from tests.hostile.rows_content import CACHED, COMPLETED, IMAGE
from tests.hostile.wire import Connection, Manner, Server, message, saying

PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de"
    "0000000c49444154789c63f8ffff3f0005fe02fe0def46b80000000049454e44ae426082"
)
FAILED = "broken media.direct-url"
UNSIGNED = "media.signature"
ELSEWHERE = "http://169.254.169.254/latest/meta-data/"


def _showing(*pieces: bytes, forever: bytes = b"") -> Manner:
    """List one picture, and answer its download with these bytes, and then with some for ever."""

    def manner(connection: Connection) -> None:
        seen = connection.read()
        if seen.target.startswith("/v1/"):
            entry = IMAGE | {"url": f"{connection.server.url}/media/a.png?sig=0123456789abcdef"}
            connection.send(message(COMPLETED | {"output": {"media": [entry]}}, Cache_Control=CACHED))
            return
        connection.send(*pieces)
        if forever:
            connection.flood(forever)

    return manner


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def _picture(data: bytes, **headers: str) -> bytes:
    return message(data, **({"Content_Type": "image/png"} | headers))  # type: ignore[arg-type]


def _claiming(samples: int) -> bytes:
    """The skeleton of an MP4: an index, and nothing that it could be of."""

    def box(kind: bytes, *content: bytes) -> bytes:
        inside = b"".join(content)
        return struct.pack(">I", 8 + len(inside)) + kind + inside

    sizes = box(b"stsz", struct.pack(">III", 0, 1, samples))
    track = box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", sizes))))
    return box(b"ftyp", b"isom\0\0\0\0") + box(b"moov", track)


def _huge(side: int = 7000) -> bytes:
    """A picture of so many pixels a side in a few kilobytes."""
    header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    data = zlib.compress(b"\0" * (7000 * 876), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _leading(location: Callable[[str], str], status: str = "302 Found") -> Manner:
    """List one picture, whose URL redirects to `location(the server's own URL)`."""

    def manner(connection: Connection) -> None:
        seen = connection.read()
        base = connection.server.url
        if seen.target.startswith("/v1/"):
            entry = IMAGE | {"url": f"{base}/media/a.png?sig=0123456789abcdef"}
            connection.send(message(COMPLETED | {"output": {"media": [entry]}}, Cache_Control=CACHED))
        elif seen.target.startswith("/media/"):
            connection.send(message(b"", status, Location=location(base)))
        else:
            connection.send(message(PICTURE, Content_Type="image/png"))

    return manner


def _listing(url: str) -> Manner:
    entry = IMAGE | {"url": url}
    return saying(message(COMPLETED | {"output": {"media": [entry]}}, Cache_Control=CACHED))


def _downloading(_: Server) -> Script[object]:
    seen: Exchange = yield Fetch("gen_1")
    for index, entry in enumerate(seen.media):
        yield Download(entry["url"], Asset("gen_1", index, entry))
    return None


def _greedy(connection: Connection) -> None:
    """List 2,000 pictures, and show each."""
    seen = connection.read()
    if seen.target.startswith("/v1/"):
        base = connection.server.url
        entries = [IMAGE | {"url": f"{base}/media/{n}.png?sig=0123456789abcdef{n}"} for n in range(2_000)]
        connection.send(message(COMPLETED | {"output": {"media": entries}}, Cache_Control=CACHED))
        return
    connection.send(_picture(PICTURE))


def _downloading_all(_: Server) -> Script[object]:
    seen: Exchange = yield Fetch("gen_1")
    yield from downloads(seen)
    return None


def _keyless(server: Server) -> bool:
    """Whether no request but the first carried the key, in any form."""
    downloads = server.requests[1:]
    told = " ".join(f"{each.target} {each.headers!r}" for each in downloads)
    return bool(downloads) and KEY not in told and "authorization" not in told.lower()


def _media(name: str, location: Callable[[str], str] | str, verdict: str, notes: str = "", **row: str) -> Row:
    to = location if callable(location) else lambda _: location
    return Row(name, _leading(to), verdict, _downloading, notes=notes, check=_keyless, **row)  # type: ignore[arg-type]


def _listed(name: str, url: str, verdict: str, notes: str = "") -> Row:
    return Row(name, _listing(url), verdict, _downloading, notes=notes)


def _other_name(base: str) -> str:
    return base.replace("127.0.0.1", "localhost") + "/storage"


MEDIA = [
    _media("media redirected once", lambda base: base + "/storage", "200, 200; nothing broken"),
    _media("media redirected by a relative URL", "../storage?x=1", "200, 200; nothing broken"),
    _media("media redirected to another name", _other_name, "200, 200; nothing broken"),
    _media("media redirected to a name not allowed", _other_name, f"200, unsafe; {FAILED}", "localhost is not in [target] media_hosts", more='media_hosts = ["cdn.test"]'),
    _media("media redirected to a name allowed", _other_name, "200, 200; nothing broken", more='media_hosts = ["LOCALHOST"]'),
    _media("media redirected in a circle", lambda base: base + "/media/b.png", f"200, garbage; {FAILED}", "redirected more than 5 times"),
    _media("media redirected to a file", "file:///etc/passwd", f"200, unsafe; {FAILED}", "file scheme"),
    _media("media redirected to an internal address", ELSEWHERE, f"200, unsafe; {FAILED}", "link-local"),
    _media("media redirected to the same, in IPv6", "http://[::ffff:169.254.169.254]/", f"200, unsafe; {FAILED}", "link-local"),
    _media("media redirected to it as a number", "http://2852039166/latest/", f"200, unsafe; {FAILED}", "link-local"),
    _media("media redirected to it in hexadecimal", "http://0xa9.254.43518/", f"200, unsafe; {FAILED}", "link-local"),
    _media("media redirected to it through a translator", "http://[64:ff9b::a9fe:a9fe]/", f"200, unsafe; {FAILED}", "link-local"),
    _media("media redirected to another user's name", "http://cdn.test@169.254.169.254/", f"200, unsafe; {FAILED}", "link-local"),
    _media("media redirected to another protocol", "gopher://127.0.0.1:6379/_FLUSHALL", f"200, unsafe; {FAILED}", "gopher scheme"),
    _media("media redirected nowhere", "", f"200, garbage; {FAILED}", "302 that leads nowhere"),
    _media("media redirected to no URL", "http://[::1", f"200, garbage; {FAILED}", "Invalid URL in location"),
    _media("media redirected to where nothing listens", "http://127.0.0.1:9/", f"200, refused; {FAILED}"),
    _listed("media at a file", "file:///etc/passwd", f"200, unsafe; {FAILED}"),
    _listed("media at an internal address", ELSEWHERE, f"200, unsafe; {FAILED} {UNSIGNED}"),
    _listed("media at a relative URL", "/media/a.png", f"200, unsafe; {FAILED}"),
    _listed("media as data", "data:image/png;base64,AAAA", f"200, unsafe; {FAILED}"),
    _listed("media at what is no URL", "https://[::1", f"200, unsafe; {FAILED}"),
    _listed("media at a lone surrogate", "http://127.0.0.1:9/\ud800", f"200, garbage; {FAILED} {UNSIGNED}"),
    _listed("media at a URL with line ends", "http://127.0.0.1:9/\r\nX-Injected: yes", f"200, garbage; {FAILED} {UNSIGNED}"),
]  # fmt: skip

BYTES = [
    Row("a picture", _showing(_picture(PICTURE)), "200, 200; nothing broken", _downloading, check=_keyless),
    Row("a picture cut off", _showing(_picture(PICTURE[:-30])), "200, 200; broken media.bytes", _downloading),
    Row("a picture with an archive behind it", _showing(_picture(PICTURE + b"PK\3\4" + b"\0" * 99)), "200, 200; broken media.bytes", _downloading),
    Row("a picture of 49 megapixels in a few bytes", _showing(_picture(_huge())), "200, 200; broken media.bytes", _downloading),
    Row("a picture that never ends", _showing(b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE, forever=b"\0" * 65536), "200, too-large; nothing broken", _downloading),
    Row("a picture of 1 GB, announced", _showing(_picture(PICTURE, Content_Length="1073741824")), "200, too-large; nothing broken", _downloading),
    Row("a picture in a gzip bomb", _showing(_picture(gzip.compress(b"\0" * 9_000_000), Content_Encoding="gzip")), "200, too-large; nothing broken", _downloading),
    Row("2,000 pictures", _greedy, ", ".join(["200"] * 13) + "; broken media.distinct", _downloading_all),
    Row("a playlist instead of a picture", _showing(_picture(b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n")), "200, 200; broken media.bytes", _downloading, notes="neither picture nor video"),
    Row("a session that would listen", _showing(_picture(b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\n")), "200, 200; broken media.bytes", _downloading, notes="neither picture nor video"),
    Row("a program in PostScript", _showing(_picture(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n")), "200, 200; broken media.bytes", _downloading, notes="neither picture nor video"),
    Row("a clip that claims 80 million samples", _showing(_picture(_claiming(80_000_000), Content_Type="video/mp4")), "200, 200; broken media.bytes", _downloading, notes="more samples"),
    Row("a picture of 10^18 pixels in a few bytes", _showing(_picture(_huge(2**30))), "200, 200; broken media.bytes", _downloading, notes="more pixels"),
    Row("no picture at all", _showing(_picture(b"")), "200, 200; broken media.bytes", _downloading),
    Row("a page instead of a picture", _showing(_picture(b"<html>expired</html>", Content_Type="text/html")), "200, 200; broken media.bytes", _downloading),
]  # fmt: skip
