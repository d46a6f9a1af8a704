"""Who is refused, with which code, and in which order."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.gateway import Gateway, Request
from tests.gateway.gateway_helpers import Desk, bearer, code, header, read

KEY = bearer(Gateway())[1].removeprefix("Bearer ")
BODY = b'{"model": "instant-image", "input": {"prompt": "x"}}'


@pytest.fixture
def desk() -> Desk:
    """A desk at a fresh gateway."""
    return Desk()


@pytest.mark.parametrize(
    "authorization",
    [
        None,
        "",
        "Bearer",
        "Bearer ",
        KEY,
        f"Basic {KEY}",
        f"Token {KEY}",
        f"Bearer {KEY[:-1]}",
        f"Bearer {KEY}x",
        f"Bearer {KEY.lower()}",
        f"Bearer {KEY} {KEY}",
        f"Bearer, {KEY}",
        "Bearer \udcff\u00e9",
    ],
)
@pytest.mark.parametrize(
    ("method", "target"),
    [("POST", "/v1/generations"), ("GET", "/v1/generations/gen_x?wait=99"), ("PUT", "/v1/generations")],
)
def test_stranger_learns_nothing(authorization: str | None, method: str, target: str) -> None:
    """Without exactly one good key the answer is 401, before anything else is looked at."""
    headers = () if authorization is None else (("authorization", authorization),)
    reply = Gateway().receive(Request(method, target, headers, b"{"), 0)
    assert (reply.status, code(reply)) == (401, "unauthenticated")
    assert header(reply, "www-authenticate") == "Bearer"


def test_key_given_twice_is_refused(desk: Desk) -> None:
    """Two Authorization headers are not one."""
    headers = (bearer(desk.gateway), bearer(desk.gateway))
    assert desk.gateway.receive(Request("POST", "/v1/generations", headers, BODY), 0).status == 401


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_scheme_is_case_insensitive(scheme: str) -> None:
    """RFC 9110: the name of an authentication scheme has no case."""
    request = Request("POST", "/v1/generations", (("AUTHORIZATION", f"{scheme} {KEY}"),), BODY)
    assert Gateway().receive(request, 0).status == 200


def test_foreign_generation_is_not_found(desk: Desk) -> None:
    """Another account's id reads exactly as one that never was."""
    id_ = read(desk.create())["id"]
    other = Desk(desk.gateway, "other")
    foreign, unknown = other.fetch(id_, 60, now=5), other.fetch("gen_x", 60, now=5)
    assert (foreign.status, foreign.at, foreign.body) == (404, 5, unknown.body)


@pytest.mark.parametrize("id_", ["gen_x", "x/y", "..%2f..%2fetc", "%00", "%FF", "gen_" + "x" * 9000, "é"])
def test_unknown_id_is_not_found_at_once(desk: Desk, id_: str) -> None:
    """An id that never was: 404 without a hold, whatever `wait` says."""
    for wait in (None, 60, 99):
        reply = desk.fetch(id_, wait, now=1)
        assert (reply.status, code(reply), reply.at) == (404, "not_found", 1)


@pytest.mark.parametrize(
    ("model", "account", "prompt", "error"),
    [
        ("no-such-model", "main", "x", "invalid_input"),
        ("Flux-1.1-pro", "main", "x", "invalid_input"),
        ("gated-model", "main", "x", "model_unavailable"),
        ("instant-image", "exhausted", "x", "insufficient_quota"),
        ("instant-image", "main", "a prompt that the provider's policy refuses", "content_policy"),
        ("flaky-provider", "main", "x", "provider_unavailable"),
    ],
)
def test_refusal_has_its_code_and_status(model: str, account: str, prompt: str, error: str) -> None:
    """Each code of the document can be had, with its own status, uncached, in the envelope."""
    reply = Desk(account=account).create(model, input={"prompt": prompt})
    assert (reply.status, code(reply)) == (STATUS_OF_CODE[error], error)
    assert header(reply, "cache-control") == "no-store"
    assert read(reply)["error"].keys() <= {"code", "message", "param"}


def test_credit_runs_out() -> None:
    """An account with credit may spend it, and is refused with 402 after that."""
    catalogue = Gateway().state.catalogue
    tables = catalogue.model_copy(
        update={"accounts": {"main": catalogue.accounts["main"].model_copy(update={"credit_usd": 0.05})}}
    )
    desk = Desk(Gateway(tables))
    assert [desk.create("flux-1.1-pro", wait=0).status for _ in range(3)] == [200, 200, 402]


def test_rate_limit_tells_the_truth() -> None:
    """The sixth POST in ten seconds is refused, and one made after Retry-After is admitted."""
    desk = Desk(account="limited")
    sent = [desk.create("instant-image", wait=0, now=1.5 * i) for i in range(6)]
    assert [reply.status for reply in sent] == [200] * 5 + [429]
    pause = int(header(sent[-1], "retry-after") or "")
    assert (pause, code(sent[-1])) == (3, "rate_limited")
    assert desk.create("instant-image", now=7.5 + pause - 1).status == 429
    assert desk.create("instant-image", now=7.5 + pause).status == 200


def test_rate_limit_comes_before_validation() -> None:
    """Who is too fast is told so, whatever the body; refused bodies count, refused haste does not."""
    desk = Desk(account="limited")
    assert [desk.post([], now=0).status for _ in range(7)] == [400] * 5 + [429] * 2


def test_rate_limit_leaves_fetches_alone() -> None:
    """A limited account may poll as it likes."""
    desk = Desk(account="limited")
    id_ = read(desk.create("instant-image", wait=0))["id"]
    assert {desk.fetch(id_, now=i / 100).status for i in range(50)} == {200}


@pytest.mark.parametrize(
    ("method", "target", "status", "allow"),
    [
        ("GET", "/v1/generations", 405, "POST"),
        ("DELETE", "/v1/generations/gen_x", 405, "GET"),
        ("POST", "/v1/generations/gen_x", 405, "GET"),
        ("GET", "/v1/generations/", 404, None),
        ("GET", "/", 404, None),
        ("GET", "/v2/generations", 404, None),
        ("OPTIONS", "*", 404, None),
    ],
)
def test_other_paths_have_the_envelope(
    desk: Desk, method: str, target: str, status: int, allow: str | None
) -> None:
    """404 and 405 speak the same language as the rest; 405 names what is allowed."""
    reply = desk.send(method, target)
    assert (reply.status, header(reply, "allow")) == (status, allow)
    assert read(reply)["error"]["message"]


def test_body_beyond_the_limit_is_413(desk: Desk) -> None:
    """A megabyte and a byte is too much; the largest request that makes sense is far below."""
    huge = desk.send("POST", "/v1/generations", b" " * (1024 * 1024 + 1))
    assert (huge.status, code(huge)) == (413, "payload_too_large")
    largest: dict[str, Any] = {
        "prompt": "\U0001f3d4" * 8000,
        "images": ["https://x.example/" + "i" * 2000] * 8,
    }
    assert desk.create(input=largest).status == 200


ANY_TEXT = st.text(st.characters(), max_size=20)  # surrogates too
TARGETS = st.one_of(
    ANY_TEXT,
    st.builds("/v1/generations{}".format, ANY_TEXT),
    st.builds("/v1/generations/{}?wait={}&wait{}".format, ANY_TEXT, ANY_TEXT, ANY_TEXT),
    st.builds("/media/{}?Expires={}&X-Amz-Signature={}".format, ANY_TEXT, ANY_TEXT, ANY_TEXT),
)
BODIES = st.binary(max_size=50) | ANY_TEXT.map(
    lambda text: BODY.replace(b"x", text.encode("utf-8", "replace"))
)


@given(
    method=st.sampled_from(["GET", "POST", "HEAD", ""]) | ANY_TEXT,
    target=TARGETS,
    headers=st.lists(st.tuples(ANY_TEXT, ANY_TEXT), max_size=3),
    body=BODIES,
    known=st.booleans(),
)
def test_nothing_makes_the_gateway_fail(
    method: str, target: str, headers: list[tuple[str, str]], body: bytes, *, known: bool
) -> None:
    """Whatever is asked, there is an answer, it is JSON, and it is no server error."""
    gateway = Gateway()
    keys = [bearer(gateway)] if known else [("Authorization", "Bearer \ud800")]
    reply = gateway.receive(Request(method, target, (*headers, *keys), body), 1.0)
    assert reply.status < 500
    assert read(reply)
