"""Before a run: a target that cannot be used is told in one line that names what to change."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.wire.preflight import check_reachable, check_usable
from tests.support import sockets
from tests.support.exchanges import ENVIRONMENT, KEY
from tests.support.stages import served

_NO_CONTENT = b"Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
UNUSABLE: dict[str, tuple[sockets.Misbehave, str]] = {
    "other protocol": (sockets.sending(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "does not speak HTTP"),
    "hangs up": (sockets.sending(), "closes the connection without an answer"),
    "redirects": (
        sockets.sending(b"HTTP/1.1 302 Found\r\nLocation: /login\r\n" + _NO_CONTENT),
        "redirects (302 to /login)",
    ),
    "refuses the key": (
        sockets.sending(b"HTTP/1.1 401 No\r\n" + _NO_CONTENT),
        "refuses the API key in GATEWAY_API_KEY",
    ),
}


@pytest.mark.parametrize(("misbehave", "why"), UNUSABLE.values(), ids=UNUSABLE)
def test_unusable_target_is_told_in_one_line(misbehave: sockets.Misbehave, why: str) -> None:
    """The line names the address, what is wrong there, and what to check; never the key."""
    with sockets.listening(misbehave) as url, pytest.raises(UsageError) as caught:
        check_reachable(Target.at(url, ENVIRONMENT))
    message = str(caught.value)
    assert re.match(re.escape(url) + r" .*; check (\[target\] base_url|the key)$", message)
    assert why in message
    assert KEY not in message


@pytest.mark.parametrize(
    ("url", "why"), [("http://nothing.invalid", "does not resolve"), ("unused", "nothing listens there")]
)
def test_unreachable_target_is_told_in_one_line(url: str, why: str) -> None:
    """A wrong host and a wrong port are told apart."""
    with pytest.raises(UsageError, match=why):
        check_reachable(Target.at(sockets.unused() if url == "unused" else url, ENVIRONMENT))


def test_round_trip_is_measured(tmp_path: Path) -> None:
    """A target that answers gives the seconds of its quickest round trip."""
    with served(tmp_path) as target:
        assert 0 < check_reachable(target) < 5


@pytest.mark.parametrize("status", [b"404 Not Found", b"500 Oops"])
def test_any_answer_is_an_answer(status: bytes) -> None:
    """Whether the answer is a good one is for the clauses to say: only a refused key ends a run."""
    with sockets.listening(sockets.sending(b"HTTP/1.1 " + status + b"\r\n" + _NO_CONTENT)) as url:
        assert check_reachable(Target.at(url, ENVIRONMENT), rounds=1) > 0


def _json(status: bytes, body: bytes) -> bytes:
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\nConnection: close\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )


def _page(status: bytes, title: bytes) -> bytes:
    body = b"<!doctype html><html><head><title>" + title + b"</title></head><body></body></html>"
    return (
        b"HTTP/1.1 " + status + b"\r\nContent-Type: text/html; charset=utf-8\r\nConnection: close\r\n"
        b"Content-Length: " + str(len(body)).encode() + b"\r\n\r\n" + body
    )


# Product -> what it answers to everything, and what the line says.
OTHER_PRODUCTS: dict[str, tuple[bytes, str]] = {
    "a login page": (_page(b"200 OK", b"Sign in"), "200 with a web page (Sign in), as a login"),
    "a web framework": (_json(b"404 Not Found", b'{"detail":"Not Found"}'), '404 with {"detail"'),
    "another API": (
        _json(
            b"404 Not Found", b'{"error":{"message":"no route","type":"invalid_request_error","code":null}}'
        ),
        "404 with",
    ),
    "a health page": (_json(b"200 OK", b'{"status":"ok"}'), '200 with {"status"'),
    "an API that knows no such path": (
        _json(b"404 Not Found", b'{"error":{"code":"not_found","message":"no such path"}}'),
        "404 with",
    ),
}


@pytest.mark.parametrize(("answer", "why"), OTHER_PRODUCTS.values(), ids=OTHER_PRODUCTS)
def test_another_product_is_told_in_one_line(answer: bytes, why: str) -> None:
    """Whoever does not refuse as this API does is not judged by it."""
    with sockets.listening(sockets.sending(answer)) as url, pytest.raises(UsageError) as caught:
        check_usable(Target.at(url, ENVIRONMENT))
    message = str(caught.value)
    assert message.startswith(f"{url} is not this API: POST /v1/generations answers ")
    assert why in message
    assert message.endswith("; check [target] base_url")
    assert "\n" not in message
    assert KEY not in message


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/api", "/api/v1"])
def test_wrong_path_is_told_with_the_right_one(tmp_path: Path, path: str) -> None:
    """The address above it is asked as well: where the API is there, the line says what to write."""
    with served(tmp_path) as target:
        table = target.profile.target.model_copy(update={"base_url": target.base_url + path.rstrip("/")})
        lost = replace(target, profile=target.profile.model_copy(update={"target": table}))
        with pytest.raises(UsageError) as caught:
            check_usable(lost)
    assert str(caught.value).endswith(f'; write base_url = "{target.base_url}"')


@pytest.mark.parametrize(
    "fault",
    [
        "auth-get-open",
        "auth-missing-key-403",
        "errors-not-found-html",
        "strict-top-dropped",
        "errors-flat",
        "errors-text",
    ],
)
def test_gateway_that_breaks_the_contract_is_judged(tmp_path: Path, fault: str) -> None:
    """A breach is for the clauses to find: one refusal that is right is enough, and none is bought."""
    with served(tmp_path, f"--fault={fault}") as target:
        assert check_usable(target).floor_s > 0


IN_ITS_PLACE: dict[str, tuple[bytes, str]] = {
    "a proxy's error page": (_page(b"502 Bad Gateway", b"502 Bad Gateway"), "is the gateway behind it up?"),
    "a WAF": (_page(b"403 Forbidden", b"Attention Required! | Cloudflare"), "through its firewall"),
}


@pytest.mark.parametrize(("answer", "remedy"), IN_ITS_PLACE.values(), ids=IN_ITS_PLACE)
def test_page_of_something_on_the_way_is_told_in_one_line(answer: bytes, remedy: str) -> None:
    """Who answers in the gateway's place, and what to do about it."""
    with sockets.listening(sockets.sending(answer)) as url, pytest.raises(UsageError) as caught:
        check_usable(Target.at(url, ENVIRONMENT))
    message = str(caught.value)
    assert "something on the way answers in the gateway's place" in message
    assert remedy in message
    assert "\n" not in message
