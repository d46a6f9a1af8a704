"""Where a download may lead: public hosts, the target's own network, and what the profile names."""

import pytest

from generations_contract.exchange.exchange import Failure
from generations_contract.wire import deadline as patience
from generations_contract.wire.allowed_hosts import OutOfReachError, Reach, host_of, next_url
from generations_contract.wire.transport import HttpClient, Outgoing
from tests.hostile.wire import message, saying, serving

PUBLIC = Reach("gateway.invalid")
LOCAL = Reach("127.0.0.1")
LISTED = "https://gateway.invalid/media/a.png"
URLS = [
    (PUBLIC, "https://cdn.example/a.png", ""),
    (PUBLIC, "https://8.8.8.8/a.png", ""),
    (PUBLIC, "https://[2001:4860:4860::8888]/a.png", ""),
    (PUBLIC, "http://127.0.0.1/", "loopback"),
    (PUBLIC, "http://127.8.9.10:8080/", "loopback"),
    (PUBLIC, "http://[::1]/", "loopback"),
    (PUBLIC, "http://0.0.0.0/", "loopback"),
    (PUBLIC, "http://[::ffff:127.0.0.1]/", "loopback"),
    (PUBLIC, "http://10.0.0.7/", "private"),
    (PUBLIC, "http://192.168.1.1./", "private"),
    (PUBLIC, "http://100.64.0.1/", "private"),
    (PUBLIC, "http://[fd00::1]/", "private"),
    (PUBLIC, "http://224.0.0.1/", "private"),
    (PUBLIC, "http://169.254.169.254/latest/", "link-local"),
    (PUBLIC, "http://user@169.254.169.254:80/", "link-local"),
    (PUBLIC, "http://[fe80::1%25eth0]/", "link-local"),
    (PUBLIC, "http://[64:ff9b::a9fe:a9fe]/", "link-local"),
    (PUBLIC, "http://[64:ff9b::808:808]/", ""),
    (PUBLIC, "http://[2002:7f00:1::]/", "loopback"),
    (PUBLIC, "http://[::a00:7]/", "private"),
    (PUBLIC, "http://[::]/", "loopback"),
    (PUBLIC, "file:///etc/passwd", "file scheme"),
    (PUBLIC, "FTP://cdn.example/a", "ftp scheme"),
    (PUBLIC, "javascript:alert(1)", "javascript scheme"),
    (PUBLIC, "/media/a.png", "no scheme"),
    (PUBLIC, "https://[::1", "no scheme"),
    (LOCAL, "http://127.0.0.1:9000/bucket", ""),
    (LOCAL, "http://172.17.0.2:9000/bucket", ""),
    (LOCAL, "http://169.254.169.254/", "link-local"),
    (Reach("10.0.0.5"), "http://10.9.9.9/", ""),
    (Reach("10.0.0.5"), "http://127.0.0.1/", "loopback"),
    (Reach("gateway.invalid", frozenset({"10.0.0.7"})), "http://10.0.0.7/", ""),
    (Reach("gateway.invalid", frozenset({"10.0.0.7"})), "https://gateway.invalid/b.png", ""),
    (Reach("gateway.invalid", frozenset({"10.0.0.7"})), "https://cdn.example/b.png", "not in [target] media_hosts"),
]  # fmt: skip


@pytest.mark.parametrize(("reach", "url", "why"), URLS, ids=[f"{each[0].own}-{each[1]}" for each in URLS])
def test_url_is_in_reach_or_told_why_not(reach: Reach, url: str, why: str) -> None:
    """Public hosts always; inside addresses only from inside or by name; other schemes never."""
    if not why:
        reach.check_url(url, LISTED)
        return
    with pytest.raises(OutOfReachError, match=why.replace("[", r"\[")):
        reach.check_url(url, LISTED)


@pytest.mark.parametrize(
    "name", ["localhost", "2130706433", "0x7f.1"], ids=["name", "number", "short hexadecimal"]
)
def test_name_is_judged_by_where_its_connection_leads(name: str) -> None:
    """However an inside address is spelled, nothing is sent to it: the connection tells where it leads."""
    with serving(saying(message(b"secret"))) as server:
        url = server.url.replace("127.0.0.1", name) + "/latest"
        http = HttpClient()
        outcome = http.send(Outgoing("download", "GET", url, (), b"", timeout_s=5, reach=PUBLIC))
        http.close()
    assert isinstance(outcome, Failure)
    assert outcome.kind == "unsafe"
    assert "loopback" in outcome.detail
    assert server.requests == []


def test_outside_a_download_connections_lead_anywhere() -> None:
    """Only downloads are bounded: the target itself may be wherever its profile says."""
    with serving(saying(message(b"{}"))) as server:
        http = HttpClient()
        http.send(Outgoing("download", "GET", server.url, (), b"", timeout_s=5, reach=PUBLIC))
        outcome = http.send(Outgoing("fetch", "GET", server.url, (), b"", timeout_s=5))
        http.close()
    assert not isinstance(outcome, Failure)
    assert patience._leading.get() is None


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("b.png", "https://cdn.test/media/b.png"),
        ("/b.png?x=1", "https://cdn.test/b.png?x=1"),
        ("//other.test/b", "https://other.test/b"),
        ("http://x.test/", "http://x.test/"),
        ("  ", None),
        ("//[", None),
    ],
)
def test_redirect_leads_to_a_url_or_nowhere(location: str, expected: str | None) -> None:
    """`Location` is a reference, relative to the URL that was asked for."""
    assert next_url("https://cdn.test/media/a.png?sig=1", location) == expected


def test_host_is_in_lower_case_without_a_dot_at_its_end() -> None:
    """One host has one name."""
    assert host_of("https://CDN.Test.:443/a") == "cdn.test"
