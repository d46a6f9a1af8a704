"""Hostile and huge schemas: every pair gets a verdict in time, and no schema stops a run."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from generations_contract.containment.decide import (
    CONTAINED,
    NOT_CONTAINED,
    UNDECIDED,
    UNSUPPORTED,
    Limits,
    decide,
)
from generations_contract.regression.versions.pairs import GRACE_S, Pair, Worker, judged, read_pair
from tests import ROOT

TIME_S = 1.0
# What a machine that is busy otherwise may add.
MARGIN_S = 2.0


def deep(levels: int) -> dict[str, Any]:
    """Objects in objects."""
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = {"properties": {"a": schema}, "required": ["a"]}
    return schema


def wide(members: int, **changed: Any) -> dict[str, Any]:
    """An object with many members."""
    names = {f"member_{place}": {"type": "string", "maxLength": 10} for place in range(members)}
    return {"type": "object", "properties": {**names, **changed}, "required": list(names)[: members // 2]}


def union(branches: int, last: Any) -> dict[str, Any]:
    """A tagged union."""
    tags = [*range(branches - 1), last]
    return {
        "oneOf": [
            {"properties": {"k": {"const": tag}, "v": {"type": "string"}}, "required": ["k"]} for tag in tags
        ]
    }


HOSTILE = [
    ({"pattern": "^(a+)+$"}, {"pattern": "^(a|a)*b$"}),
    ({"pattern": "^([a-z]+)*\\d{1,900}$"}, {"pattern": "^[a-z0-9]{1,900}$"}),
    ({"allOf": [{"anyOf": [{"minimum": n}, {"maxLength": n}]} for n in range(60)]}, {"type": "number"}),
    ({"uniqueItems": True, "minItems": 30, "items": {"enum": list(range(20))}}, {"maxItems": 5}),
    ({"multipleOf": 0.000001, "not": {"multipleOf": 0.0000007}}, {"multipleOf": 0.1}),
    ({"minProperties": 90_000}, {"minProperties": 90_001}),
    ({"minItems": 90_000}, {"minItems": 90_001}),
    ({"minLength": 2_000_000, "pattern": "x"}, {"minLength": 2_000_001}),
    (deep(50), deep(51)),
    (deep(2_000), True),
]


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One worker for all hostile pairs; it is replaced when it has to be killed."""
    with Worker(formats=False, time_s=TIME_S) as found:
        yield found


@pytest.mark.parametrize(("first", "second"), HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_pair_gets_its_verdict_in_time(worker: Worker, first: Any, second: Any) -> None:
    """No pair takes much longer than its limit, and none ends in an exception."""
    verdict, took_s = worker.judge(Pair(1, "2020-12", first, second))
    assert verdict.outcome
    assert took_s < TIME_S + GRACE_S + MARGIN_S


@pytest.mark.parametrize(
    ("first", "second", "label"),
    [
        (wide(300), wide(300), CONTAINED),
        (wide(300), wide(300, member_7={"type": "string", "maxLength": 9}), NOT_CONTAINED),
        (wide(300), wide(300, member_299={"type": "string", "maxLength": 9}), NOT_CONTAINED),
        (union(12, 11), union(12, 11), CONTAINED),
        (union(12, 11), union(12, 12), NOT_CONTAINED),
        (union(8, 7), union(9, 8), CONTAINED),
    ],
)
def test_large_schema_is_settled(first: Any, second: Any, label: str) -> None:
    """Hundreds of members and a dozen tagged branches are settled."""
    assert decide(first, second, draft="2020-12", limits=Limits(budget_ms=3_000)).outcome == label


def test_killed_worker_is_replaced() -> None:
    """A pair that kills its process is undecided, and the next pair is judged."""
    with Worker(formats=False, time_s=1.0) as worker:
        worker.judge(Pair(0, 7, True, True))
        worker._process.kill()
        dead, _ = worker.judge(Pair(1, 7, True, True))
        alive, _ = worker.judge(Pair(2, 7, True, True))
    assert (dead.outcome, alive.outcome) == ("undecided", CONTAINED)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "[]",
        "3",
        '{"id": 1}',
        '{"s1": true}',
        '{"s1": 1e999, "s2": true}',
        '{"s1": NaN, "s2": true}',
        "[" * 100_000,
    ],
)
def test_line_that_is_no_pair_says_why(line: str) -> None:
    """Whatever a line holds, it is read or refused with its number."""
    assert read_pair(line, 7).problem.startswith("line 7 ")


def test_pair_without_a_draft_goes_by_its_schemas() -> None:
    """`draft` may be missing: `$schema` says it, and 2020-12 is meant where that is missing too."""
    old = {"$schema": "http://json-schema.org/draft-07/schema#", "items": [{"type": "string"}]}
    lines = [
        json.dumps({"id": 1, "s1": old, "s2": {}}),
        json.dumps({"id": 2, "s1": {"items": [{}]}, "s2": {}}),
    ]
    verdicts = [record["verdict"] for record in judged(lines, formats=False, time_s=1)]
    assert verdicts == [CONTAINED, UNSUPPORTED]


def test_published_schemas_are_contained_in_themselves() -> None:
    """Every schema of the project is proved equal to itself, formats asserted."""
    for path in (ROOT / "schemas").glob("media*.schema.json"):
        schema = json.loads(path.read_text("utf-8"))
        assert decide(schema, schema, formats=True).outcome == CONTAINED


@pytest.mark.parametrize("bound", [{"maxLength": 2_147_483_647}, {"maxItems": 10_000_000}])
def test_bound_that_no_document_can_cross_is_said_at_once(bound: dict[str, Any]) -> None:
    """Nobody builds a text of two gigabytes to show that it may not be sent: undecided, and why."""
    verdict = decide(True, bound, draft="2020-12", limits=Limits(budget_ms=5_000))
    (told,) = [f"{keyword} {value}" for keyword, value in bound.items()]
    assert verdict.outcome == UNDECIDED
    assert verdict.reason.startswith("no proof (")
    assert verdict.reason.endswith(f"no witness short of {told}")
