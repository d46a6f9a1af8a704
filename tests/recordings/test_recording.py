"""Recordings: an exchange survives the way through JSON, and a curl line repeats its request."""

import json
import os
import shlex
import subprocess
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.terms import Terms
from generations_contract.exchange.credentials import CREDENTIALS, in_shell
from generations_contract.exchange.exchange import Asset, Exchange, Failure, Headers, Request, Response
from generations_contract.forms.text import printable
from generations_contract.recordings.codec import curl, from_dict, to_dict
from tests.support.exchanges import STEADY, answered, resource

_NAMES = st.text("abcXYZ-", min_size=1, max_size=12)
_TEXTS = st.text(max_size=20)
_HEADERS = st.lists(st.tuples(_NAMES, _TEXTS), max_size=4).map(lambda fields: Headers(tuple(fields)))
_BODIES = st.one_of(st.binary(max_size=60), st.text(max_size=60).map(str.encode), st.just(b""))
_TIMES = st.integers(0, 10**12).map(lambda micros: micros / 10**6)
_SEGMENTS = st.text("abc123._~%-", max_size=12)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Any exchange that a client may record."""
    path = "/v1/" + draw(_SEGMENTS)
    query = draw(st.sampled_from(["", "wait=60", "a=%2F&b=?c"]))
    url = f"https://gateway.test{path}" + (f"?{query}" if query else "")
    request = Request(draw(st.sampled_from(["GET", "POST"])), url, path, query, draw(_HEADERS), draw(_BODIES))
    outcome = draw(
        st.builds(Response, st.integers(100, 999), _HEADERS, _BODIES)
        | st.builds(Failure, st.sampled_from(["refused", "reset", "timeout", "garbage", "abandoned"]), _TEXTS)
    )
    asset = st.builds(
        Asset, _TEXTS, st.integers(0, 9), st.dictionaries(_NAMES, st.none() | _TEXTS, max_size=3)
    )
    return Exchange(
        draw(st.sampled_from(["create", "fetch", "download", "other"])),
        request,
        draw(_TIMES),
        draw(_TIMES),
        response=outcome if isinstance(outcome, Response) else None,
        failure=outcome if isinstance(outcome, Failure) else None,
        account=draw(_NAMES),
        credential=draw(_NAMES),
        intent=draw(_TEXTS),
        asset=draw(st.none() | asset),
        answered_unix=draw(_TIMES),
        echoed=tuple(draw(st.lists(_TEXTS.filter(bool), max_size=2))),
    )


@STEADY
@given(exchanges())
def test_exchange_survives_json(exchange: Exchange) -> None:
    """What is written is read back, equal in every field, after the way through JSON text."""
    document = json.loads(json.dumps(to_dict(exchange)))
    assert from_dict(document) == exchange
    assert to_dict(from_dict(document)) == document


def test_headers_keep_their_order_and_case() -> None:
    """The fields themselves survive, not only what they mean."""
    fields = (("X-B", "1"), ("x-a", "2"), ("X-B", "3"))
    made = replace(answered(), response=Response(200, Headers(fields)))
    assert from_dict(to_dict(made)).response == made.response
    assert tuple(from_dict(to_dict(made)).response.headers) == fields  # type: ignore[union-attr]


def test_members_that_say_nothing_are_left_out() -> None:
    """A plain exchange is a short document."""
    assert to_dict(answered(resource())).keys() == {
        "kind", "account", "credential", "sent_at", "answered_at", "answered_unix", "request", "response",
    }  # fmt: skip


def test_bytes_that_are_no_text_travel_as_base64() -> None:
    """A picture comes through whole; text stays readable."""
    picture = answered(b"\x89PNG\xff", sent=b"plain")
    document = to_dict(picture)
    assert document["response"]["body_base64"] == "iVBOR/8="
    assert document["request"]["body"] == "plain"
    assert from_dict(document) == picture


def test_terms_come_from_the_reader() -> None:
    """A recording can be judged on another day, by other terms."""
    terms = Terms(slack_s=9)
    assert from_dict(to_dict(answered()), terms).terms == terms
    assert from_dict(to_dict(answered())).terms == Terms()


_WHOLE = to_dict(
    replace(
        answered(resource(), headers={"A": "b"}), asset=Asset("gen_1", 0, {}), failure=Failure("reset", "x")
    )
)
_PLACES = [(key,) for key in _WHOLE] + [
    (key, inner) for key, value in _WHOLE.items() if isinstance(value, dict) for inner in value
]


@STEADY
@given(
    place=st.sampled_from(_PLACES),
    value=st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=3)
    | st.lists(st.none(), max_size=2)
    | st.just({}),
)
def test_reading_anything_else_raises_what_it_says(place: tuple[str, ...], value: object) -> None:
    """A document with any member replaced is an exchange, or one of three errors; never another."""
    document = json.loads(json.dumps(_WHOLE))
    *outer, last = place
    (document[outer[0]] if outer else document)[last] = value
    with suppress(KeyError, TypeError, ValueError):
        made = from_dict(document)
        assert to_dict(made)
        assert made.kind in {"create", "fetch", "download", "other"}


@pytest.mark.parametrize(
    "place", [place for place in _PLACES if place[-1] not in ("asset", "failure", "response")]
)
def test_reading_something_without_a_member_is_an_error_or_the_default(place: tuple[str, ...]) -> None:
    """Only what `to_dict` leaves out may be missing."""
    document = json.loads(json.dumps(_WHOLE))
    *outer, last = place
    del (document[outer[0]] if outer else document)[last]
    if last in ("account", "credential", "answered_unix", "body"):
        assert from_dict(document)
    else:
        with pytest.raises(KeyError):
            from_dict(document)


CURLS = {
    "get": (answered(), "curl -sS -i -X GET https://gateway.test/v1/generations/gen_1"),
    "query": (
        answered(path="/v1/generations/gen_1?wait=60&x=y"),
        "curl -sS -i -X GET 'https://gateway.test/v1/generations/gen_1?wait=60&x=y'",
    ),
    "body": (
        answered(kind="create", path="/v1/generations", sent=b'{"a": "it\'s"}'),
        """curl -sS -i -X POST https://gateway.test/v1/generations --data-binary '{"a": "it'"'"'s"}'""",
    ),
}


@pytest.mark.parametrize(("exchange", "line"), CURLS.values(), ids=CURLS)
def test_curl_line_repeats_the_request(exchange: Exchange, line: str) -> None:
    """Method, address and body, quoted for a shell."""
    assert curl(exchange) == line


def test_curl_line_takes_the_key_from_the_environment() -> None:
    """The shell puts the key in; every other header is quoted against it."""
    fields = (("Authorization", "Bearer $GATEWAY_API_KEY"), ("Content-Type", "it's $HOME"))
    made = replace(answered(), request=replace(answered().request, headers=Headers(fields)))
    assert '-H "Authorization: Bearer $GATEWAY_API_KEY"' in curl(made)
    assert shlex.split(curl(made))[-1] == "Content-Type: it's $HOME"


@STEADY
@given(body=st.text(min_size=1, max_size=80), name=_NAMES, value=_TEXTS)
def test_curl_line_is_safe_in_a_shell(body: str, name: str, value: str) -> None:
    """Whatever stands in headers and a printable body, a shell takes it for one word."""
    request = Request("POST", "https://gateway.test/x", "/x", "", Headers(((name, value),)), body.encode())
    words = shlex.split(curl(Exchange("create", request, 0, 0)))
    assert words[-1] == (body if printable(body, None) == body else "@-")
    assert words[words.index("-H") + 1] == f"{name}: {value}"


HOSTILE_REQUESTS: dict[str, Request] = {
    "method": Request("GET; touch pwned", "https://gateway.test/x", "/x"),
    "address": Request("GET", "https://gateway.test/x';touch pwned;'", "/x"),
    "name of a header": Request(
        "GET", "https://gateway.test/x", "/x", "", Headers((("X';touch pwned;'", "1"),))
    ),
    "key": Request(
        "GET", "https://gateway.test/x", "/x", "", Headers((("Authorization", "Bearer $(touch pwned)"),))
    ),
    "key in backquotes": Request(
        "GET", "https://gateway.test/x", "/x", "", Headers((("Authorization", "Bearer `touch pwned` $K"),))
    ),
    "key that ends": Request(
        "GET", "https://gateway.test/x", "/x", "", Headers((("Authorization", 'Bearer $K";touch pwned;"'),))
    ),
}


@pytest.mark.parametrize("request_", HOSTILE_REQUESTS.values(), ids=HOSTILE_REQUESTS)
def test_curl_line_of_a_recording_runs_nothing_else(request_: Request, tmp_path: Path) -> None:
    """A recording may come from anywhere: pasted into a shell, its line starts curl and no other command."""
    script = "curl() { :; }\n" + curl(Exchange("other", request_, 0, 0))
    subprocess.run(["bash", "-c", script], cwd=tmp_path, capture_output=True, check=False)
    assert not (tmp_path / "pwned").exists()


def test_curl_line_is_taken_literally_by_curl() -> None:
    """Neither a range in the address nor a file in the body is what was sent."""
    request = Request("POST", "https://gateway.test/[1-9]", "/[1-9]", body=b"@/etc/passwd")
    line = curl(Exchange("other", request, 0, 0))
    assert line.startswith("curl --globoff ")
    assert line.endswith("--data-raw @/etc/passwd")


@pytest.mark.parametrize("credential", [name for name in CREDENTIALS if name != "missing"])
def test_curl_line_lets_the_shell_show_the_key_as_it_was_shown(credential: str, tmp_path: Path) -> None:
    """Whole, cut off, in the other case, in base64: what the shell sends is what was sent."""
    key = "zt_main_q7M2XvT9kRLw4BsH"
    shown = Request(
        "GET", "https://gateway.test/x", "/x", "", Headers((("Authorization", in_shell(credential, "K")),))
    )
    script = 'curl() { printf "%s\\n" "$@"; }\n' + curl(Exchange("other", shown, 0, 0))
    done = subprocess.run(
        ["sh", "-c", script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        env={"K": key, "PATH": os.environ["PATH"]},
    )
    assert f"Authorization: {CREDENTIALS[credential].value(key)}" in done.stdout.split("\n")


def test_curl_line_cuts_long_bodies_and_says_so() -> None:
    """What neither fits nor recurs does not flood a report."""
    body = "".join(f"{number:x}." for number in range(5000))
    line = curl(answered(kind="create", sent=body.encode()), longest=100)
    assert f"{body[:100]}…({len(body) - 100} more characters)" in line
    assert len(line) < 300


BODIES = {
    "long": b'{"prompt": "' + b"100% sunset, it's\\n " * 500 + b'"}',
    "long and not ASCII": "日落é🌄'".encode() * 1000,
    "not UTF-8": b'{"prompt": "\xff\xfe"}',
    "controls": b"a\x00\x1b[0m\r\n\tb\n",
    "bidirectional": "a\u202eb".encode(),
    "an octal digit behind": b"\x001",
    "an apostrophe": b"\x01it's",
    "a dash": b"--\x01-e",
    "nothing strange": b'{"a": 1}',
}


@pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
def test_curl_line_sends_the_very_bytes(body: bytes, tmp_path: Path) -> None:
    """A shell that runs the line gives curl what was sent, however long or strange; the line is printable."""
    line = curl(answered(kind="create", sent=body))
    assert printable(line, None) == line
    script = 'curl() { for word; do last="$word"; done; if [ "$last" = @- ]; then cat; else printf %s "$last"; fi; }\n'
    done = subprocess.run(["sh", "-c", script + line], cwd=tmp_path, capture_output=True, check=True)
    assert done.stdout == body
