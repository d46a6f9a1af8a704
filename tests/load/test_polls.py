"""`generations_load.judging.polls`, `wire` and `observer`: what became of a poll, and that the fast lane says the same."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.exchange.exchange import Exchange, Failure, Headers, Request, Response
from generations_contract.own_client import embedded
from generations_contract.scripts.script import Create, Fetch, Raw
from generations_contract.wire.client import Client
from generations_load.judging.polls import (
    REFUSAL,
    early_by_s,
    explains,
    outcome_of,
    overshoot_s,
    server_hold_s,
)
from generations_load.transport.wire import Wire

BODY = (
    '{"id":"gen_1","object":"generation","status":"%s","model":"veo-3","created_at":"2026-04-18T12:00:00Z"}'
)


def poll(
    told: str | int | Failure, elapsed_s: float, wait: float | None = 4, intent: str = "", stamp: str = ""
) -> Exchange:
    """A poll with this window: answered with a state, with an error status, or not at all."""
    query = "" if wait is None else f"wait={wait:g}"
    request = Request("GET", "http://t/v1/generations/gen_1", "/v1/generations/gen_1", query)
    response = None
    if not isinstance(told, Failure):
        status, body = (200, BODY % told) if isinstance(told, str) else (told, '{"error":{"code":"x"}}')
        fields = (("Server-Timing", stamp),) if stamp else ()
        response = Response(status, Headers(fields), body.encode())
    failure = told if isinstance(told, Failure) else None
    return Exchange("fetch", request, 100.0, 100.0 + elapsed_s, response, failure, intent=intent)


OUTCOMES = [
    (poll("completed", 0.02), "instant", None),
    (poll("running", 0.02, wait=0), "instant", None),
    (poll("running", 0.02, wait=None), "instant", None),
    (poll("completed", 2.0), "woken", None),
    (poll("running", 4.01), "full", 0.01),
    (poll("completed", 4.0), "full", 0.0),
    (poll("running", 3.97), "full", 0.0),
    (poll("running", 2.0), "early", None),
    (poll(404, 0.01, intent=REFUSAL), "refused", None),
    (poll(404, 0.01, intent="unknown-id"), "refused", None),
    (poll(404, 0.01), "error", None),
    (poll(500, 0.01, intent=REFUSAL), "error", None),
    (poll(301, 0.01, intent=REFUSAL), "error", None),
    (poll(429, 0.01), "limited", None),
    (poll(Failure("abandoned"), 1.0), "abandoned", None),
    (poll(Failure("timeout"), 19.0), "gave-up", None),
    (poll(Failure("reset"), 3.0), "cut", None),
    (poll(Failure("garbage"), 3.0), "cut", None),
    (poll(Failure("refused"), 0.1), "error", None),
]


@pytest.mark.parametrize(
    ("exchange", "outcome", "over"), OUTCOMES, ids=[str(i) for i in range(len(OUTCOMES))]
)
def test_poll_has_one_outcome(exchange: Exchange, outcome: str, over: float | None) -> None:
    """Each way in which a poll can end has its name, and an overshoot where its window elapsed."""
    found = outcome_of(exchange)
    assert found == outcome
    assert overshoot_s(exchange, found) == (None if over is None else pytest.approx(over, abs=1e-9))


def test_early_return_says_by_how_much() -> None:
    """Neither terminal nor at the window's end: 2 s too early."""
    exchange = poll("running", 2.0)
    assert early_by_s(exchange, outcome_of(exchange)) == pytest.approx(2.0)


@pytest.mark.parametrize(
    ("stamp", "hold_s"),
    [
        ("hold;dur=4000.25", 4.00025),
        ('cache;desc="hit", hold;desc="x";dur=12', 0.012),
        ("threshold;dur=5", None),
        ("", None),
    ],
)
def test_server_stamp_is_read(stamp: str, hold_s: float | None) -> None:
    """`Server-Timing: hold;dur=<ms>` in seconds; another metric is not taken for it."""
    assert server_hold_s(poll("running", 4.01, stamp=stamp)) == hold_s


def test_failures_of_equal_kind_share_a_text() -> None:
    """A thousand polls cut at about 30 s are one line of locust's table, not a thousand."""
    texts = {explains(poll(Failure("reset"), 30 + i / 100), "cut") for i in range(40)}
    assert texts == {"cut: reset after about 30 s"}
    inventive = (
        replace(
            poll(404, 0.1),
            response=Response(404, Headers(), b'{"error": {"code": "##[error]%d", "message": "no"}}' % i),
        )
        for i in range(40)
    )
    assert {explains(each, "error") for each in inventive} == {"error: HTTP 404 and a code of its own"}


CLIENT = Client(replace(embedded.target("load-"), headers=(("X-Tenant", "acme"),)))
WIRE = Wire(CLIENT)
waits = st.one_of(
    st.none(), st.floats(-1, 61).map(lambda wait: round(wait, 3)), st.integers(0, 60), st.just("auto")
)
steps = st.one_of(
    st.builds(
        Fetch,
        st.text("abcXYZ019_-é/ ?", min_size=1, max_size=12),
        waits,
        st.sampled_from(["main", "other"]),
        st.sampled_from(["bearer", "missing", "case"]),
        st.one_of(st.none(), st.floats(0.1, 5)),
        st.sampled_from(["", "verbose=1"]),
        st.sampled_from(["", REFUSAL]),
    ),
    st.builds(
        Create,
        st.one_of(
            st.fixed_dictionaries({"model": st.text(max_size=5)}, optional={"wait": waits}),
            st.just(b"{"),
        ),
        st.sampled_from(["main", "limited"]),
        st.sampled_from(["bearer", "prefix"]),
        st.one_of(st.none(), st.floats(0.1, 5)),
    ),
    st.just(Raw("DELETE", "/v1/generations/gen_1")),
)


@given(steps)
def test_fast_lane_says_what_the_client_says(step: Any) -> None:
    """The same method, URL, headers, body, patience and recording as the contract suite's client."""
    slow, fast = CLIENT.prepare(step), WIRE.prepare(step)
    recorded = CLIENT.record(slow, Failure("abandoned"), sent_at=0, answered_at=0)
    ours = WIRE.record(fast, Failure("abandoned"), 0, 0, 0)
    assert (ours.request, ours.kind, ours.account) == (recorded.request, recorded.kind, recorded.account)
    assert (ours.credential, ours.intent) == (recorded.credential, recorded.intent)
    assert (fast.timeout_s, fast.gives_up) == (pytest.approx(slow.timeout_s), slow.gives_up)
    head, _, body = fast.data.partition(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    assert body == slow.body
    assert lines[0] == f"{slow.method} {slow.url.removeprefix(CLIENT.target.base_url)} HTTP/1.1"
    sent = dict(line.split(": ", 1) for line in lines[1:])
    assert {name: sent.get(name) for name, _ in slow.headers} == dict(slow.headers)
    assert ("Content-Length" in sent) is (slow.method == "POST")


def test_keys_never_enter_an_exchange() -> None:
    """Neither the request nor an answer that echoes the key shows it, and the echo is noted."""
    key = CLIENT.target.keys["main"]
    sending = WIRE.prepare(Fetch("gen_1", wait=1))
    answer = Response(200, Headers(), f'{{"authorization": "Bearer {key}"}}'.encode())
    exchange = WIRE.record(sending, answer, 0, 1, 0)
    assert key not in repr(exchange)
    assert exchange.echoed == ("body",)
    assert key.encode() in sending.data
    assert key not in repr(sending)
