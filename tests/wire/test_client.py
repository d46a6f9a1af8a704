"""The client: what each step means on the wire, and what each kind of misbehaviour is called."""

import gzip
import json
from typing import Any

import pytest

from generations_contract.exchange.credentials import CREDENTIALS, INVALID_KEYS, MISSING_KEY, WRONG_SCHEMES
from generations_contract.exchange.exchange import (
    Asset,
    Failure,
    Headers,
    Response,
)
from generations_contract.scripts.script import Create, Download, Fetch, Raw
from generations_contract.wire.bounds import BOUNDS
from generations_contract.wire.client import Client, HttpClient, Outgoing
from tests.support import sockets
from tests.support.exchanges import ENVIRONMENT, KEY, ORIGIN, example_target

BASE = "https://gateway.staging.example/v1/generations"
SHOWN = {
    "bearer": f"Bearer {KEY}",
    "missing": None,
    "empty": "Bearer",
    "prefix": f"Bearer {KEY[:-1]}",
    "half": f"Bearer {KEY[:12]}",
    "extension": f"Bearer {KEY}0",
    "case": "Bearer ZT_MAIN_q7M2xVt9KrlW4bSh",
    "basic": "Basic enRfbWFpbl9RN20yWHZUOWtSTHc0QnNIOg==",
    "token": f"Token {KEY}",
    "bare": KEY,
}
ASSET = Asset("gen_1", 0, {})
HEAD = b"HTTP/1.1 200 OK\r\n"


@pytest.fixture
def client() -> Client:
    """A client that speaks for the accounts of the example profile."""
    return Client(example_target())


@pytest.mark.parametrize(("credential", "shown"), SHOWN.items())
@pytest.mark.parametrize("step", [Create, Fetch, Raw])
def test_credential_is_shown_as_named(client: Client, step: type, credential: str, shown: str | None) -> None:
    """The value of `Authorization` for each way to show a key; "missing" sends no such header."""
    arguments: dict[type, tuple[Any, ...]] = {Create: ({},), Fetch: ("gen_1",), Raw: ("GET", "/x")}
    headers = dict(client.prepare(step(*arguments[step], credential=credential)).headers)
    assert headers.get("Authorization") == shown


def test_every_credential_has_a_name_and_a_set() -> None:
    """Ways to show a key are one list; apart from "bearer" each is in the set that says how it is wrong."""
    assert CREDENTIALS.keys() == {"bearer"} | MISSING_KEY | INVALID_KEYS | WRONG_SCHEMES
    assert CREDENTIALS.keys() == SHOWN.keys() | {"unknown"}
    assert CREDENTIALS["unknown"].value(KEY) not in {CREDENTIALS[name].value(KEY) for name in SHOWN}


def test_no_wrong_credential_is_a_good_key() -> None:
    """No variant of one account's key is, by accident, the key of any account."""
    for name, row in CREDENTIALS.items():
        shown = {f"Bearer {key}" for key in ENVIRONMENT.values()}
        wrong = {row.value(key) for key in ENVIRONMENT.values()} - {None}
        assert name == "bearer" or not shown & wrong


@pytest.mark.parametrize("account", ["main", "other", "exhausted", "limited"])
def test_account_is_the_profiles_key(client: Client, account: str) -> None:
    """Each label stands for the key that the profile names for it."""
    expected = ENVIRONMENT["GATEWAY_API_KEY" if account == "main" else f"GATEWAY_{account.upper()}_KEY"]
    assert (
        dict(client.prepare(Fetch("gen_1", account=account)).headers)["Authorization"] == f"Bearer {expected}"
    )


@pytest.mark.parametrize(
    ("step", "url"),
    [
        (Create({}), BASE),
        (Fetch("gen_1"), f"{BASE}/gen_1"),
        (Fetch("gen_1", wait=0), f"{BASE}/gen_1?wait=0"),
        (Fetch("gen_1", wait=60.0), f"{BASE}/gen_1?wait=60"),
        (Fetch("gen_1", wait=0.5), f"{BASE}/gen_1?wait=0.5"),
        (Fetch("gen_1", wait=59.999), f"{BASE}/gen_1?wait=59.999"),
        (Fetch("gen_1", wait=-1), f"{BASE}/gen_1?wait=-1"),
        (Fetch("gen_1", wait="auto"), f"{BASE}/gen_1?wait=auto"),
        (Fetch("gen_1", wait="1,5 s&x=1"), f"{BASE}/gen_1?wait=1%2C5%20s%26x%3D1"),
        (Fetch("gen_1", wait=""), f"{BASE}/gen_1?wait="),
        (Fetch("gen_1", wait=5, query="colour=red"), f"{BASE}/gen_1?wait=5&colour=red"),
        (Fetch("gen_1", query="wait=1&wait=2"), f"{BASE}/gen_1?wait=1&wait=2"),
        (Fetch("a/b?c#d \N{SNOWMAN}"), f"{BASE}/a%2Fb%3Fc%23d%20%E2%98%83"),
        (Fetch("../models"), f"{BASE}/..%2Fmodels"),
        (Raw("DELETE", "/v1/generations/gen_1?x=%2F"), f"{BASE}/gen_1?x=%2F"),
        (Download("https://cdn.test/a.png?x=1", ASSET), "https://cdn.test/a.png?x=1"),
    ],
)  # fmt: skip
def test_url_is_what_the_step_says(client: Client, step: Create | Fetch | Raw | Download, url: str) -> None:
    """Ids and waits are percent-encoded, whole waits have no fraction, raw parts go as they are."""
    assert client.prepare(step).url == url


def test_body_is_sent_as_compact_utf_8(client: Client) -> None:
    """A mapping becomes JSON without escapes, in its order; bytes go as they are; a fetch has none."""
    body = {"model": "m", "input": {"prompt": "\N{SNOWMAN}\N{GRINNING FACE}"}, "wait": 0.5}
    outgoing = client.prepare(Create(body))
    assert (
        outgoing.body == '{"model":"m","input":{"prompt":"\N{SNOWMAN}\N{GRINNING FACE}"},"wait":0.5}'.encode()
    )
    assert client.prepare(Create(b"{'")).body == b"{'"
    assert client.prepare(Fetch("gen_1")).body == b""


def test_content_type_is_json_unless_said_otherwise(client: Client) -> None:
    """A creation is JSON; another type, or none at all, can be sent as well."""
    kinds = [
        client.prepare(Create(b"", content_type=each)).headers
        for each in ("application/json", "text/plain", "")
    ]
    assert [dict(each).get("Content-Type") for each in kinds] == ["application/json", "text/plain", None]


def test_download_never_carries_the_key(client: Client) -> None:
    """Media are fetched without a header of the suite's own, with the signature put back."""
    shown = client.vault.conceal_text("https://cdn.test/a.png?sig=secret")
    outgoing = client.prepare(Download(shown, ASSET))
    assert (outgoing.url, outgoing.headers) == ("https://cdn.test/a.png?sig=secret", ())


@pytest.mark.parametrize(
    ("step", "timeout_s", "kind"),
    [
        (Create({"wait": 0}), BOUNDS.grace_s, "timeout"),
        (Create({"wait": 7.5}), 7.5 + BOUNDS.grace_s, "timeout"),
        (Create({}), 60 + BOUNDS.grace_s, "timeout"),
        (Create({"wait": 1000}), BOUNDS.grace_s, "timeout"),
        (Create(b"{"), 60 + BOUNDS.grace_s, "timeout"),
        (Fetch("gen_1"), BOUNDS.grace_s, "timeout"),
        (Fetch("gen_1", wait=60), 60 + BOUNDS.grace_s, "timeout"),
        (Fetch("gen_1", wait="x"), BOUNDS.grace_s, "timeout"),
        (Fetch("gen_1", wait=60, give_up_after_s=0.25), 0.25, "abandoned"),
        (Create({}, give_up_after_s=1), 1, "abandoned"),
        (Raw("GET", "/x"), BOUNDS.grace_s, "timeout"),
        (Download("https://cdn.test/a.png", ASSET), BOUNDS.download_s, "timeout"),
    ],
)
def test_patience_is_the_longest_legal_hold_and_a_grace(
    client: Client, step: Create | Fetch | Raw | Download, timeout_s: float, kind: str
) -> None:
    """A client waits as long as a gateway may hold, and well beyond any slack; one that hangs up says so."""
    outgoing = client.prepare(step)
    assert (outgoing.timeout_s, outgoing.gave_up().kind) == (timeout_s, kind)
    assert f"{timeout_s:g} s" in outgoing.gave_up().detail


def test_recording_tells_what_was_sent(client: Client) -> None:
    """Account, credential and intent stand in the exchange; the key is replaced by how it was shown."""
    step = Fetch("gen_1", wait=5, account="other", credential="prefix", intent="unknown-id")
    made = client.record(client.prepare(step), Response(401), sent_at=1, answered_at=2, answered_unix=3)
    assert (made.account, made.credential, made.intent) == ("other", "prefix", "unknown-id")
    assert (made.sent_at, made.answered_at, made.answered_unix) == (1, 2, 3)
    assert (made.request.path, made.request.query) == ("/v1/generations/gen_1", "wait=5")
    assert made.request.headers.get("authorization") == "Bearer ${GATEWAY_OTHER_KEY%?}"
    good = client.record(client.prepare(Create({})), Response(200), sent_at=0, answered_at=0)
    assert good.request.headers.get("authorization") == "Bearer $GATEWAY_API_KEY"


@pytest.mark.parametrize(
    ("headers", "body", "echoed"),
    [
        ((), b"{}", ()),
        ((), f'{{"key": "{KEY}"}}'.encode(), ("body",)),
        ((("X-Key", KEY), ("X-Other", "y")), b"", ("header X-Key",)),
        (
            (("A", KEY), ("B", ENVIRONMENT["GATEWAY_OTHER_KEY"])),
            KEY.encode(),
            ("header A", "header B", "body"),
        ),
    ],
)
def test_recording_tells_where_a_key_was_echoed(
    client: Client, headers: tuple[tuple[str, str], ...], body: bytes, echoed: tuple[str, ...]
) -> None:
    """A key in an answer is replaced, and its places are remembered for judgement."""
    answer = Response(400, Headers(headers), body)
    made = client.record(client.prepare(Create({})), answer, sent_at=0, answered_at=0)
    assert made.echoed == echoed


def test_outgoing_never_shows_the_key(client: Client) -> None:
    """A request that is ready to be sent does not print its secrets."""
    assert KEY not in repr(client.prepare(Create({"model": KEY}, credential="basic")))


_BOMB = gzip.compress(b"0" * (BOUNDS.answer_bytes + 1))
MISBEHAVIOURS: dict[str, tuple[sockets.Misbehave, str]] = {
    "hangs up": (sockets.sending(), "reset"),
    "resets": (sockets.resetting, "reset"),
    "says nothing": (sockets.silent, "timeout"),
    "cut in the head": (sockets.sending(HEAD + b"Content-"), "reset"),
    "cut in the body": (sockets.sending(HEAD + b"Content-Length: 20\r\n\r\nhi"), "reset"),
    "other protocol": (sockets.sending(b"SSH-2.0-OpenSSH_9.6\r\n\r\n"), "garbage"),
    "status of two digits": (sockets.sending(b"HTTP/1.1 20 OK\r\n\r\n"), "garbage"),
    "header without a name": (sockets.sending(HEAD + b": x\r\n\r\n"), "garbage"),
    "endless head": (sockets.sending(HEAD + b"X: " + b"x" * 200_000), "too-large"),
    "two lengths": (sockets.sending(HEAD + b"Content-Length: 0\r\nContent-Length: 5\r\n\r\n"), "garbage"),
    "broken chunk": (sockets.sending(HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"), "garbage"),
    "broken gzip": (
        sockets.sending(HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\nhi"),
        "garbage",
    ),
    "gzip bomb": (
        sockets.sending(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_BOMB), _BOMB),
        "too-large",
    ),
}


@pytest.mark.parametrize(("misbehave", "kind"), MISBEHAVIOURS.values(), ids=MISBEHAVIOURS)
def test_misbehaviour_is_a_failure_of_its_kind(misbehave: sockets.Misbehave, kind: str) -> None:
    """Whatever a server does instead of answering, the client returns, and calls it by its name."""
    with sockets.listening(misbehave) as url:
        patience_s = 0.2 if kind == "timeout" else 10.0
        outcome = _send(f"{url}/v1/generations/gen_1", patience_s)
    assert isinstance(outcome, Failure)
    assert outcome.kind == kind
    assert outcome.detail


def test_unreachable_is_a_failure_of_its_kind() -> None:
    """Nothing listens, no such name, no TLS there, and no URL at all."""
    with sockets.listening(sockets.sending(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as plain:
        urls = {
            sockets.unused(): "refused",
            "http://nothing.invalid": "dns",
            plain.replace("http", "https"): "tls",
            "ftp://gateway.test/": "garbage",
            "https://[::1": "garbage",
            "not a url": "garbage",
        }
        for url, kind in urls.items():
            outcome = _send(url, 10.0)
            assert isinstance(outcome, Failure)
            assert (url, outcome.kind) == (url, kind)


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", (302, b"")),
        (b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\nhi", (200, b"hi")),
        (b"HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n", (999, b"")),
        (HEAD + b"\r\nuntil the end", (200, b"until the end")),
        (HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", (200, b"hi")),
        (b"HTTP/1.0 200 OK\r\nX: \xff\xc3\xa4\r\nContent-Length: 0\r\n\r\n", (200, b"")),
    ],
    ids=["redirect", "early hints", "odd status", "closed", "chunked", "odd bytes"],
)
def test_anything_that_is_http_is_an_answer(answer: bytes, expected: tuple[int, bytes]) -> None:
    """Redirects are not followed, and no status, framing or header byte is refused that HTTP allows."""
    with sockets.listening(sockets.sending(answer)) as url:
        outcome = _send(url, 10.0)
    assert isinstance(outcome, Response)
    assert (outcome.status, outcome.body) == expected


def test_compressed_answers_are_recorded_decoded() -> None:
    """The body is what the gateway said, whatever the wire did to it."""
    body = gzip.compress(json.dumps({"a": 1}).encode())
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    with sockets.listening(sockets.sending(head, body)) as url:
        outcome = _send(url, 10.0)
    assert isinstance(outcome, Response)
    assert outcome.body == b'{"a": 1}'


def test_a_closed_client_answers_with_a_failure() -> None:
    """A run that is over sends nothing any more, and nothing is raised for it."""
    http = HttpClient()
    http.close()
    assert isinstance(http.send(Outgoing("fetch", "GET", ORIGIN, (), b"")), Failure)


def _send(url: str, timeout_s: float) -> Response | Failure:
    http = HttpClient()
    try:
        return http.send(Outgoing("fetch", "GET", url, (), b"", timeout_s=timeout_s))
    finally:
        http.close()
