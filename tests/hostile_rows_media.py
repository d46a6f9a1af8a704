"""Rows of the hostile table: where media URLs lead, redirects, and TLS."""

from collections.abc import Callable

from contracts.exchange import Asset, Exchange
from contracts.script import Download, Fetch, Script
from tests.hostile_play import KEY, Row, fetching
from tests.hostile_rows_content import CACHED, COMPLETED, IMAGE
from tests.hostile_rows_wire import GOOD
from tests.hostile_wire import Connection, Manner, Server, message, saying

FAILED = "broken media.direct-url"
ELSEWHERE = "http://169.254.169.254/latest/meta-data/"


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
            connection.send(message(b"picture", Content_Type="image/png"))

    return manner


def _listing(url: str) -> Manner:
    entry = IMAGE | {"url": url}
    return saying(message(COMPLETED | {"output": {"media": [entry]}}, Cache_Control=CACHED))


def _downloading(_: Server) -> Script[object]:
    seen: Exchange = yield Fetch("gen_1")
    for index, entry in enumerate(seen.media):
        yield Download(entry["url"], Asset("gen_1", index, entry))
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


def _silent(connection: Connection) -> None:
    connection.wait()


def _slow_handshake(connection: Connection) -> None:
    """Read the ClientHello and drip what is no handshake."""
    connection.socket.recv(65536)
    connection.flood(b"\x16", every_s=0.05)


def _secure(url: str) -> str:
    return url.replace("http://", "https://").replace("127.0.0.1", "localhost")


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
    _media("media redirected nowhere", "", f"200, 302; {FAILED}"),
    _media("media redirected to no URL", "http://[::1", f"200, garbage; {FAILED}", "Invalid URL in location"),
    _media("media redirected to where nothing listens", "http://127.0.0.1:9/", f"200, refused; {FAILED}"),
    _listed("media at a file", "file:///etc/passwd", f"200, unsafe; {FAILED}"),
    _listed("media at an internal address", ELSEWHERE, f"200, unsafe; {FAILED}"),
    _listed("media at a relative URL", "/media/a.png", f"200, unsafe; {FAILED}"),
    _listed("media as data", "data:image/png;base64,AAAA", f"200, unsafe; {FAILED}"),
    _listed("media at what is no URL", "https://[::1", f"200, unsafe; {FAILED}"),
    _listed("media at a lone surrogate", "http://127.0.0.1:9/\ud800", f"200, garbage; {FAILED}"),
    _listed("media at a URL with line ends", "http://127.0.0.1:9/\r\nX-Injected: yes", f"200, garbage; {FAILED}"),
]  # fmt: skip

TLS = [
    Row("TLS that never answers", _silent, "tls; nothing broken", url=_secure, notes="handshake"),
    Row("TLS that drips", _slow_handshake, "tls; nothing broken", url=_secure),
    Row("plain HTTP where TLS was expected", saying(GOOD), "tls; nothing broken", url=_secure),
    Row("a certificate for another host", saying(GOOD), "tls; nothing broken", fetching(None), tls=True, notes="CERTIFICATE_VERIFY_FAILED"),
]  # fmt: skip
