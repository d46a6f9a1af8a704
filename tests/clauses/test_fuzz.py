"""No exchange, however odd, makes a clause raise; and the reading of a body agrees with the schema."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from generations_contract.api import schema
from generations_contract.api.vocabulary import INPUT_KEYS, TOP_LEVEL_KEYS
from generations_contract.clauses.facts.request import reading
from generations_contract.exchange.exchange import Asset, Exchange, Headers, Request, Response
from generations_contract.exchange.parsing import MALFORMED
from generations_contract.judging.clause import CLAUSES, Breach, Observation
from generations_contract.judging.judge import Judge
from tests.clauses.stories import FAILURES, IMAGE, TERMS, VIDEO, answer, body, entry, post, resource

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**400, -(10**400), 1e308, -0.0, 0.5, 60, 61, 1.0]),
    st.floats(allow_nan=False),
    st.text(max_size=12),
    st.sampled_from(["auto", "completed", "queued", "failed", "2026-04-18T12:00:00Z", "\ud800", "16:9", IMAGE, VIDEO,
                     "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "http://[bad", "invalid_input"]),
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)
DEEP = b'{"a":' * 900 + b"1" + b"}" * 900


def mangled(document: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """The document with some members, at two levels, replaced by anything."""

    def replaced(changes: dict[str, Any], inner: Any) -> dict[str, Any]:
        found = document | changes
        for key in ("input", "output", "error", "usage"):
            if isinstance(found.get(key), dict) and inner is not None:
                found[key] = {**found[key], **inner}
        return found

    keys = st.sampled_from([*document, "input", "wait", "n", "error", "usage"])
    inside = st.sampled_from([*INPUT_KEYS, "media", "code", "message", "cost_usd", "param"])
    return st.builds(
        replaced,
        st.dictionaries(keys, JSON, max_size=3),
        st.none() | st.dictionaries(inside, JSON, max_size=3),
    )


BODIES = st.one_of(
    mangled(body(wait=0)).map(lambda document: json.dumps(document).encode()),
    JSON.map(lambda document: json.dumps(document).encode()),
    st.binary(max_size=20),
    st.sampled_from([b"", DEEP, b"[" * 100_000, b'{"n": 1e999}', b'{"a":1,"a":2}', b"1" * 5000]),
)
STATES = ["queued", "running", "completed", "failed", "cancelled"]
ANSWERS = st.one_of(
    st.sampled_from(STATES).flatmap(lambda state: mangled(resource(state))).map(lambda found: answer(found)),
    st.builds(
        lambda status, raw, fields: Response(status, Headers(tuple(fields)), raw),
        st.sampled_from([200, 201, 204, 302, 400, 401, 402, 403, 404, 422, 429, 500, 502, 503, 504, 599]),
        BODIES,
        st.lists(
            st.tuples(
                st.sampled_from(["Retry-After", "Cache-Control", "Content-Type"]), st.text(max_size=20)
            ),
            max_size=3,
        ),
    ),
    st.sampled_from(sorted(FAILURES)).map(answer),
)
CREDENTIALS = st.sampled_from(["bearer", "bearer", "bearer", "missing", "prefix", "token", "odd"])


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    """Any exchange of any kind."""
    kind = draw(st.sampled_from(["create", "fetch", "fetch", "download", "other"]))
    outcome = draw(ANSWERS)
    sent_at = draw(st.sampled_from([0.0, 1.0, 2.5, 100.0]))
    query = draw(
        st.sampled_from(["", "wait=60", "wait=auto", "wait=0.5", "wait=\x00", "&&=", "wait=1&wait=2"])
    )
    listed = draw(mangled(entry())) if kind == "download" else None
    return Exchange(
        kind=kind,
        request=Request(
            "POST", "https://x/", f"/v1/generations/{draw(st.sampled_from(['gen_1', '%ff', '']))}", query,
            Headers((("Content-Type", draw(st.sampled_from(["application/json"] * 3 + ["text/plain", ""]))),)),
            draw(BODIES) if kind in ("create", "other") else b"",
        ),
        sent_at=sent_at,
        answered_at=sent_at + draw(st.sampled_from([0.0, 0.5, 30.0, 60.0, 75.0])),
        response=outcome if isinstance(outcome, Response) else None,
        failure=None if isinstance(outcome, Response) else outcome,
        account=draw(st.sampled_from(["main", "main", "other", "exhausted", "limited"])),
        credential=draw(CREDENTIALS),
        intent=draw(st.sampled_from(["", "", "unknown-id", "unknown-model", "unsigned", "altered", "odd"])),
        asset=None if listed is None else Asset("gen_1", 0, listed),
        answered_unix=draw(st.sampled_from([0.0, 1.8e9])),
        terms=TERMS,
    )  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(exchanges(), min_size=1, max_size=8))
def test_no_exchange_makes_a_clause_raise(history: list[Exchange]) -> None:
    """Whatever it holds; and every finding can be written down."""
    judge = Judge()
    for exchange in sorted(history, key=lambda each: each.answered_at):
        for ruling in judge.judge(exchange).rulings:
            for finding in ruling.findings:
                assert isinstance(finding, Breach | Observation)
                json.dumps([str(getattr(finding, name)) for name in finding.__match_args__]).encode()
                if isinstance(finding, Breach):
                    assert ruling.clause.level != "OPEN"
                    assert len(finding.expected) + len(finding.actual) < 1000


@settings(max_examples=500, deadline=None)
@given(mangled(body(wait=0)) | mangled(body(VIDEO, n=1, duration=8)))
def test_reading_agrees_with_the_schema(document: dict[str, Any]) -> None:
    """Where nothing is open, a body violates a MUST clause exactly when the schema refuses it."""
    exchange = post("queued", document)
    read = reading(exchange)
    if exchange.sent is MALFORMED or read.opens:
        return
    accepted = schema.accepts(schema.REQUEST, exchange.sent)
    assert accepted == (not read.violations.keys() - {"request.size-form"}), read


def test_every_clause_has_a_kind_to_judge() -> None:
    """The fuzz above meets all of them."""
    assert all(clause.on for clause in CLAUSES.values())
    assert set(TOP_LEVEL_KEYS) > {"n", "wait"}
