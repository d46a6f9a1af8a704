"""Sections `auth` and `billing`: who may ask, and what it costs."""

from dataclasses import replace
from typing import Any

import pytest

from generations_contract.exchange.credentials import INVALID_KEYS, MISSING_KEY, WRONG_SCHEMES
from tests.clauses.stories import body, get, post, resource, story, under, verdict

KEYS = [
    *[("auth.missing-key", name) for name in sorted(MISSING_KEY)],
    *[("auth.invalid-key", name) for name in sorted(INVALID_KEYS)],
    *[("auth.scheme", name) for name in sorted(WRONG_SCHEMES)],
]


@pytest.mark.parametrize(("clause_id", "credential"), KEYS)
def test_strangers_get_401(clause_id: str, credential: str) -> None:
    """On POST and on GET; a limit or a proxy may answer first, an unreadable 401 is the envelope's matter."""
    for call in (post, get):
        assert verdict(clause_id, call("401", credential=credential)) == "holds"
        for wrong in ("queued", "403", "404", "400", "500", "401:no_key"):
            assert verdict(clause_id, call(wrong, credential=credential)) == "breaks"
        for nothing in ("429", "503:busy", (401, b"no"), (302, b""), "reset"):
            assert verdict(clause_id, call(nothing, credential=credential)) == "silent"
    assert verdict(clause_id, get("401")) == "silent"


@pytest.mark.parametrize("credential", sorted(MISSING_KEY | INVALID_KEYS | WRONG_SCHEMES))
def test_strangers_learn_nothing_of_validation(credential: str) -> None:
    """What is wrong besides the key belongs to `auth.before-validation` alone."""
    calls: list[Any] = [
        lambda answer: post(answer, body(n=11), credential=credential),
        lambda answer: post(answer, b"{", credential=credential),
        lambda answer: get(answer, credential=credential, intent="unknown-id"),
    ]
    for call in calls:
        assert verdict("auth.before-validation", call("401")) == "holds"
        for wrong in ("400", "404", "queued"):
            assert verdict("auth.before-validation", call(wrong)) == "breaks"
        for other in ("auth.missing-key", "auth.invalid-key", "auth.scheme"):
            assert verdict(other, call("400")) == "silent"
    assert verdict("auth.before-validation", post("401", body(n=None), credential=credential)) == "silent"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+queued@0-0 404@1-1/by=other", "holds"),
        ("+queued@0-0 running@1-1/w0/by=other", "breaks"),
        ("+queued@0-0 403@1-1/by=other", "breaks"),
        ("+queued@0-0/by=other completed@1-1", "breaks"),
        ("+queued@0-0 404:gone@1-1/by=other", "breaks"),
        ("+queued@0-0 running@1-1", "silent"),
        ("+queued@0-0 429@1-1/by=other", "silent"),
        ("+queued@0-0 400@1-1/by=other/w61", "silent"),
        ("+queued@0-0 running@1-1/by=limited", "silent"),
        ("running@1-1/by=other", "silent"),
    ],
)
def test_foreign_generation_is_not_found(text: str, expected: str) -> None:
    """Between the two accounts that are surely different, where the creation was seen."""
    assert verdict("auth.foreign-generation", story(text)) == expected


def test_key_in_an_answer_is_a_breach() -> None:
    """Wherever it was found when the exchange was recorded."""
    assert verdict("auth.key-never-echoed", get("404")) == "holds"
    assert verdict("auth.key-never-echoed", replace(get("404"), echoed=("body",))) == "breaks"
    assert verdict("auth.key-never-echoed", get("401", credential="missing")) == "silent"


@pytest.mark.parametrize(
    ("clause_id", "text", "expected"),
    [
        ("billing.positive", "completed@0-1/cost=0.04", "holds"),
        ("billing.positive", "completed@0-1/cost=0", "breaks"),
        ("billing.positive", "failed@0-1/cost=0", "silent"),
        ("billing.stable", "+completed@0-0/cost=0.04 completed@1-1/cost=0.04", "holds"),
        ("billing.stable", "+completed@0-0/cost=0.04 completed@1-1/cost=0.08", "breaks"),
        ("billing.stable", "+completed@0-0/cost=0.04 completed@1-1/cost=0.04 completed@2-2/cost=0.03", "breaks"),
        ("billing.stable", "+queued@0-0 failed@1-1/cost=0 failed@2-2/cost=0.04", "breaks"),
        ("billing.stable", "+queued@0-0 completed@1-1", "silent"),
        ("billing.failed", "failed@0-1/cost=0", "a failed generation: costs nothing"),
        ("billing.failed", "failed@0-1/cost=0.1", "a failed generation: is billed"),
        ("billing.deduplication", "+queued@0-0 +queued@1-1/id=gen_2", "two identical creations: two generations"),
        ("billing.deduplication", "+queued@0-1 +queued@0-1", "two identical creations: one generation"),
        ("billing.deduplication", "+queued@0-0 +queued@9-9/id=gen_2", "silent"),
        ("billing.deduplication", "+queued@0-0 +queued@1-1/w1/id=gen_2", "silent"),
    ],
)  # fmt: skip
def test_cost_is_judged(clause_id: str, text: str, expected: str) -> None:
    """What the clause says of the answer that came last."""
    assert verdict(clause_id, story(text)) == expected


def test_free_models_cost_nothing() -> None:
    """The profile says which; a cost that cannot be read is `response.usage`'s."""
    free = get(resource(usage={"cost_usd": 0}))
    assert verdict("billing.positive", under(free, free=frozenset({"flux-1.1-pro"}))) == "silent"
    assert verdict("billing.positive", get(resource(usage={"cost_usd": "1"}))) == "silent"
