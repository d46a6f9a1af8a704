"""The exchange: the facts that it derives from the wire; a hostile answer makes them `None`, not errors."""

from dataclasses import FrozenInstanceError, fields, replace
from functools import cached_property
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.terms import Terms
from generations_contract.exchange.credentials import INVALID_KEYS, MISSING_KEY, WRONG_SCHEMES
from generations_contract.exchange.exchange import (
    Asset,
    Exchange,
    Failure,
    Headers,
)
from generations_contract.exchange.parsing import MALFORMED
from tests.support.exchanges import STEADY, answered, resource

_DERIVED = [name for name, kind in vars(Exchange).items() if isinstance(kind, property | cached_property)]
_CREATE_WAITS = {
    "absent": (b"{}", "auto", None, 60.0),
    "auto": (b'{"wait": "auto"}', "auto", None, 60.0),
    "zero": (b'{"wait": 0}', 0, 0, 0),
    "fraction": (b'{"wait": 0.5}', 0.5, 0.5, 0.5),
    "cap": (b'{"wait": 60}', 60, 60, 60),
    "too long": (b'{"wait": 60.01}', 60.01, None, None),
    "negative": (b'{"wait": -1}', -1, None, None),
    "true": (b'{"wait": true}', True, None, None),
    "text": (b'{"wait": "5"}', "5", None, None),
    "null": (b'{"wait": null}', None, None, None),
    "array body": (b"[]", "auto", None, 60.0),
}
_FETCH_WAITS = {
    "": (0, 0),
    "?wait=": ("", None),
    "?wait=5": (5, 5),
    "?wait=0.25": (0.25, 0.25),
    "?wait=61": (61, None),
    "?wait=auto": ("auto", None),
    "?wait=NaN": ("NaN", None),
    "?wait=1&wait=2": (2, 2),
    "?colour=red": (0, 0),
}
_HOSTILE: dict[str, Any] = {
    "no body": b"",
    "html": b"<html>",
    "array": b"[1]",
    "null": b"null",
    "number": b"5",
    "all wrong": {"id": 5, "status": ["running"], "output": 5, "usage": "x", "error": [], "model": None},
    "unknown status": {"status": "RUNNING"},
    "media null": {"output": {"media": None}},
    "media of numbers": {"output": {"media": [1, None, []]}},
    "error text": {"error": "boom"},
    "error null": {"error": None},
    "error code number": {"error": {"code": 5}},
    "nested": b"[" * 100_000,
    "not utf-8": b"\xff\xfe\x00",
}


def test_headers_compare_without_case() -> None:
    """Names are found in any case, and equal fields make equal headers whatever their order."""
    headers = Headers((("Content-Type", "a"), ("RETRY-AFTER", "1")))
    assert (headers.get("content-type"), headers.get("Retry-After"), headers.get("x")) == ("a", "1", None)
    assert headers == Headers((("retry-after", "1"), ("content-type", "a")))
    assert hash(headers) == hash(Headers((("retry-after", "1"), ("content-type", "a"))))
    assert headers != Headers((("retry-after", "2"),))
    assert headers != "headers"


def test_headers_join_what_came_several_times() -> None:
    """Fields of one name count as one list, joined by a comma in order; iteration shows them as sent."""
    sent = (("Cache-Control", "private"), ("cache-control", "max-age=60"))
    assert Headers(sent).get("Cache-Control") == "private, max-age=60"
    assert tuple(Headers(sent)) == sent
    assert "private, max-age=60" in repr(Headers(sent))


@pytest.mark.parametrize(("body", "sent", "window", "longest"), _CREATE_WAITS.values(), ids=_CREATE_WAITS)
def test_create_wait_comes_from_the_body(body: bytes, sent: object, window: object, longest: object) -> None:
    """The window is a number in [0, 60]; "auto", also by default, may hold 60 s; a wrong wait has none."""
    exchange = answered(kind="create", sent=body, path="/v1/generations")
    assert (exchange.sent_wait, exchange.asked_window_s, exchange.longest_window_s) == (sent, window, longest)


@pytest.mark.parametrize(("query", "expected"), _FETCH_WAITS.items())
def test_fetch_wait_comes_from_the_query(query: str, expected: tuple[object, object]) -> None:
    """The last `wait` of the query, as a number where it is one; 0 where there is none."""
    exchange = answered(path="/v1/generations/gen_1" + query)
    assert (exchange.sent_wait, exchange.asked_window_s) == expected
    assert exchange.longest_window_s == exchange.asked_window_s


def test_exchange_reads_a_completed_generation() -> None:
    """State, id, model, media and modality of an answer stand ready to be judged."""
    entry = {"type": "image", "url": "https://cdn.test/1.png"}
    exchange = answered(resource("completed", output={"media": [entry, 5]}), path="/v1/generations/gen%5F1")
    assert exchange.state == "completed"
    assert exchange.terminal
    assert exchange.ok
    assert exchange.generation_id == "gen_1"
    assert exchange.media == [entry]
    assert (exchange.model, exchange.modality) == ("flux-1.1-pro", "image")
    assert (exchange.problem, exchange.code) == (None, None)
    assert exchange.elapsed_s == 1.0


def test_exchange_of_a_creation_is_about_the_answers_id_and_the_requests_model() -> None:
    """A POST names no id: the answer does; what was asked for stands in the request."""
    sent = {"model": "veo-3", "input": {"prompt": "x"}}
    exchange = answered(resource("queued", "gen_9"), kind="create", sent=sent, path="/v1/generations")
    assert (exchange.generation_id, exchange.model, exchange.modality) == ("gen_9", "veo-3", "video")
    assert exchange.sent_object == sent
    assert exchange.sent_input == {"prompt": "x"}


def test_exchange_of_a_download_is_about_its_asset() -> None:
    """A download belongs to the generation that listed the entry, and is no resource itself."""
    exchange = answered(resource(), kind="download", asset=Asset("gen_7", 0, {}))
    assert (exchange.generation_id, exchange.resource, exchange.state) == ("gen_7", None, None)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (404, {"error": {"code": "not_found", "message": "no"}}, "not_found"),
        (200, resource("failed", error={"code": "content_policy"}), "content_policy"),
        (404, {"code": "not_found"}, None),
        (500, b"oops", None),
    ],
    ids=["envelope", "failed resource", "bare code", "text"],
)
def test_code_is_read_from_the_envelope_or_the_failed_resource(
    status: int, body: Any, code: str | None
) -> None:
    """`error.code` stands in the envelope of an HTTP error, or in the resource of a failed generation."""
    exchange = answered(body, status=status)
    assert exchange.code == code
    assert exchange.refused_with("not_found", 404) is (code == "not_found")


@pytest.mark.parametrize("body", _HOSTILE.values(), ids=_HOSTILE)
@pytest.mark.parametrize("status", [200, 404, 502])
@pytest.mark.parametrize("kind", ["create", "fetch", "download", "other"])
def test_no_answer_makes_a_fact_raise(body: Any, status: int, kind: Any) -> None:
    """Every derived fact of every kind of exchange survives every answer, and is then not a fact."""
    exchange = answered(body, status=status, kind=kind, sent=b"\xff", headers={"Retry-After": "x"})
    for name in _DERIVED:
        getattr(exchange, name)
    assert (exchange.state, exchange.terminal, exchange.retry_after_s) == (None, False, None)
    assert exchange.media == []
    assert exchange.sent is MALFORMED


@STEADY
@given(
    st.recursive(
        st.none()
        | st.booleans()
        | st.floats()
        | st.text(max_size=5)
        | st.sampled_from(["running", "failed"]),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["id", "status", "output", "media", "error", "code", "model", "wait"]), inner
            )
        ),
    )
)
def test_no_json_makes_a_fact_raise(document: Any) -> None:
    """Documented names with values of any type, at any depth, on both sides of the exchange."""
    exchange = answered({"status": document} | (document if isinstance(document, dict) else {}))
    turned = answered({}, kind="create", sent={"input": document, "wait": document, "model": document})
    for name in _DERIVED:
        getattr(exchange, name)
        getattr(turned, name)


def test_no_answer_is_an_exchange_too() -> None:
    """A failure has no status, no headers and no JSON, and takes the time that it took."""
    silent = replace(
        answered(at=(5.0, 20.0)), response=None, failure=Failure("timeout", "no answer within 15 s")
    )
    assert (silent.status, silent.ok, silent.header("x"), silent.json) == (None, False, None, MALFORMED)
    assert (silent.resource, silent.problem, silent.code, silent.elapsed_s) == (None, None, None, 15.0)
    assert silent.generation_id == "gen_1"


def test_retry_after_date_counts_from_the_answer() -> None:
    """An HTTP date is seconds from the moment at which the answer came, by the wall clock."""
    headers = {"retry-after": "Sun, 06 Nov 1994 08:49:37 GMT"}
    assert answered(headers=headers, answered_unix=784111777.0 - 5).retry_after_s == 5


def test_exchange_is_frozen() -> None:
    """What happened cannot be changed afterwards."""
    exchange = answered()
    for field in fields(exchange):
        with pytest.raises(FrozenInstanceError):
            setattr(exchange, field.name, None)


def test_only_the_documented_way_authenticates() -> None:
    """A bearer key is one; each of the other ways to show it is in exactly one of three sets."""
    assert answered().authenticated
    ways = [*MISSING_KEY, *INVALID_KEYS, *WRONG_SCHEMES]
    assert len(ways) == len(set(ways))
    assert not any(answered(credential=way).authenticated for way in ways)


def test_modality_is_what_the_terms_say() -> None:
    """An unknown model has no modality; the profile's word counts."""
    sent = {"model": "mine"}
    assert answered(kind="create", sent=sent).modality is None
    assert answered(kind="create", sent=sent, terms=Terms(modalities={"mine": "video"})).modality == "video"
