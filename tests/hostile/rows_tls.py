"""Rows of the hostile table: TLS. Whatever is wrong with it is the network's or the operator's, and no clause's."""

from tests.hostile.play import Row, fetching
from tests.hostile.rows_wire import GOOD, RUNNING
from tests.hostile.wire import AUTHORITY, Connection, message, saying

UNTRUSTED = "tls; nothing broken"
TRUSTING = f'ca_file = "{AUTHORITY}"'


def _silent(connection: Connection) -> None:
    connection.wait()


def _slow_handshake(connection: Connection) -> None:
    """Read the ClientHello and drip what is no handshake."""
    connection.socket.recv(65536)
    connection.flood(b"\x16", every_s=0.05)


def _alert(connection: Connection) -> None:
    """Refuse every version, as a server that speaks only old ones does."""
    connection.socket.recv(65536)
    connection.send(b"\x15\x03\x03\0\x02\x02\x46")


def _hung_up(connection: Connection) -> None:
    connection.socket.recv(65536)


def _secure(url: str) -> str:
    return url.replace("http://", "https://").replace("127.0.0.1", "localhost")


TLS = [
    Row("TLS that never answers", _silent, UNTRUSTED, url=_secure, notes="handshake"),
    Row("TLS that drips", _slow_handshake, UNTRUSTED, url=_secure),
    Row("TLS that refuses every version", _alert, UNTRUSTED, url=_secure, notes="VERSION"),
    Row("TLS that hangs up", _hung_up, UNTRUSTED, url=_secure),
    Row("plain HTTP where TLS was expected", saying(GOOD), UNTRUSTED, url=_secure),
    Row("TLS where plain HTTP was expected", saying(GOOD), "reset; nothing broken", url=lambda url: url.replace("https", "http"), tls="good"),
    Row("a certificate that nobody signed", saying(GOOD), UNTRUSTED, fetching(None), tls="unsigned", notes="CERTIFICATE_VERIFY_FAILED"),
    Row("a certificate of an authority that is not trusted", saying(GOOD), UNTRUSTED, tls="good", notes="CERTIFICATE_VERIFY_FAILED"),
    Row("a certificate of the profile's authority", saying(GOOD), "200; nothing broken", tls="good", more=TRUSTING),
    Row("a certificate for another host", saying(GOOD), UNTRUSTED, tls="other", more=TRUSTING, notes="Hostname mismatch"),
    Row("a certificate that has expired", saying(GOOD), UNTRUSTED, tls="expired", more=TRUSTING, notes="certificate has expired"),
    Row("a certificate of the future", saying(GOOD), UNTRUSTED, tls="future", more=TRUSTING, notes="not yet valid"),
    Row("a body cut off under TLS", saying(message(RUNNING, length=9000)), "reset; nothing broken", tls="good", more=TRUSTING),
    Row("TLS cut off behind the whole body", saying(message(RUNNING, Retry_After="1")), "200; nothing broken", tls="good", more=TRUSTING),
]  # fmt: skip
