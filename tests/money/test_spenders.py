"""One table, three spenders: a contract run, load and drift settle the same creation in the same way."""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import Any, TypeAlias

import pytest

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Exchange, Failure, FailureKind, Headers, Response
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.regression.drift_command import play
from generations_contract.run.spending import Spending
from generations_contract.scripts.script import Create, Fetch, Pause
from generations_contract.wire.client import Client
from tests.load.test_observer import Desk

Outcome: TypeAlias = Response | Failure
Spend: TypeAlias = Callable[[Budget, Sequence[Outcome]], None]

JSON = Headers((("Content-Type", "application/json"),))
# What is set aside until a bill is seen.
PRICE_USD = embedded.target().price_usd("flux-1.1-pro")
POLL_S = 100.0


def _answer(status: str, **members: Any) -> Response:
    resource = {"id": "gen_1", "object": "generation", "status": status, "model": "flux-1.1-pro", **members}
    return Response(200, JSON, json.dumps(resource).encode())


def _billed(cost: str, status: str = "completed") -> Response:
    """A terminal answer whose bill is this piece of JSON."""
    answer = _answer(status, usage={"cost_usd": "COST"})
    return replace(answer, body=answer.body.replace(b'"COST"', cost.encode()))


def _error(status: int, code: str) -> Response:
    return Response(status, JSON, json.dumps({"error": {"code": code, "message": "No."}}).encode())


QUEUED = _answer("queued")
# What comes back, the creation's answer first -> generations and dollars that the budget holds in the end.
CASES: dict[str, tuple[list[Outcome], int, float]] = {
    "a bill at once": ([_billed("0.03")], 1, 0.03),
    "a bill on a later poll": ([QUEUED, QUEUED, _billed("0.03")], 1, 0.03),
    "a bill of nothing for a failure": ([QUEUED, _billed("0", "failed")], 1, 0.0),
    "the same bill twice": ([QUEUED, _billed("0.03"), _billed("0.03")], 1, 0.03),
    "a poll that is reset": ([QUEUED, Failure("reset")], 1, PRICE_USD),
    "another bill afterwards": ([QUEUED, _billed("0.03"), _billed("0.05")], 1, 0.03),
    "a bill before the end": ([_billed("0.03", "running"), _billed("0.05")], 1, 0.05),
    "a negative bill": ([QUEUED, _billed("-5")], 1, PRICE_USD),
    "no bill": ([QUEUED, _answer("completed")], 1, PRICE_USD),
    "no amount": ([QUEUED, _answer("completed", usage={})], 1, PRICE_USD),
    "a bill of null": ([QUEUED, _billed("null")], 1, PRICE_USD),
    "a bill of text": ([QUEUED, _billed('"0.03"')], 1, PRICE_USD),
    "a bill of true": ([QUEUED, _billed("true")], 1, PRICE_USD),
    "a bill of NaN": ([QUEUED, _billed("NaN")], 1, PRICE_USD),
    "a bill of Infinity": ([QUEUED, _billed("Infinity")], 1, PRICE_USD),
    "a bill that no number holds": ([QUEUED, _billed("1e400")], 1, PRICE_USD),
    "a bill of ten million": ([QUEUED, _billed("1e7")], 1, PRICE_USD),
    "a success without a generation": ([Response(200, JSON, b"{}")], 1, PRICE_USD),
    **{
        f"no answer: {kind}": ([Failure(kind)], generations, generations * PRICE_USD)
        for kind, generations in list[tuple[FailureKind, int]](
            [("reset", 1), ("timeout", 1), ("garbage", 1), ("too-large", 1), ("refused", 0), ("dns", 0), ("tls", 0)]
        )
    },
    **{
        f"{status} {code}": ([_error(status, code)], generations, generations * PRICE_USD)
        for status, code, generations in (
            (400, "invalid_input", 0), (401, "unauthenticated", 0), (402, "insufficient_quota", 0),
            (403, "model_unavailable", 0), (429, "rate_limited", 0), (501, "internal_error", 0),
            (503, "internal_error", 0), (408, "invalid_input", 1), (422, "content_policy", 1),
            (500, "internal_error", 1), (502, "provider_unavailable", 1), (504, "provider_timeout", 1),
            (524, "internal_error", 1),
        )
    },
}  # fmt: skip


def _only_images() -> Target:
    target = embedded.target()
    profile = target.profile
    models = profile.models.model_copy(update={"video": None})
    return replace(target, profile=profile.model_copy(update={"models": models}))


def by_contract_run(budget: Budget, outcomes: Sequence[Outcome]) -> None:
    """A creation led through the budget as a campaign leads it, and what is seen afterwards."""
    client = Client(_only_images())
    spending = Spending(budget, client, virtual=False)
    create = Create(client.target.request(wait=0))

    def heard(step: Create | Fetch, outcome: Outcome, at: float) -> Exchange:
        return client.record(client.prepare(step), outcome, sent_at=at, answered_at=at)

    leading = spending.lead(create, ("billing.stable",))
    assert next(leading) is create
    created = heard(create, outcomes[0], 0.0)
    with pytest.raises(StopIteration):
        leading.send(created)
    spending.settle(created)
    for turn, outcome in enumerate(outcomes[1:], start=1):
        spending.settle(heard(Fetch("gen_1", wait=0), outcome, POLL_S * turn))


def by_load(budget: Budget, outcomes: Sequence[Outcome]) -> None:
    """A script's session under load, on a wire that answers this."""
    desk = Desk(budget)
    answers = iter(outcomes)
    desk.answer = lambda: (0.01, next(answers))
    desk.session.send(Create(_only_images().request(wait=0)))
    for _ in outcomes[1:]:
        desk.session.send(Fetch("gen_1", wait=0))


class _Scripted:
    """A stage for `drift`: refuses what should be refused, and answers one generation by the given outcomes."""

    virtual = False

    def __init__(self, outcomes: Sequence[Outcome]) -> None:
        self.client = Client(_only_images())
        self._now = 0.0
        self._answers: Iterator[Outcome] = chain(outcomes, repeat(outcomes[-1]))

    def perform(self, script: Any, see: Callable[[Exchange], None]) -> Any:
        heard: Exchange | None = None
        while True:
            try:
                step = script.send(heard) if heard is not None else next(script)
            except StopIteration as done:
                return done.value
            self._now += POLL_S
            if isinstance(step, Pause):
                heard = None
                continue
            outcome = next(self._answers) if self._is_good(step) else _error(400, "invalid_input")
            heard = self.client.record(
                self.client.prepare(step), outcome, sent_at=self._now, answered_at=self._now
            )
            see(heard)

    def _is_good(self, step: Any) -> bool:
        if isinstance(step, Create):
            return step.may_cost and "unexpected" not in step.body
        return isinstance(step, Fetch) and step.generation_id == "gen_1"


def by_drift(budget: Budget, outcomes: Sequence[Outcome]) -> None:
    """The handful of requests that drift sends to a live target."""
    stage: Any = _Scripted(outcomes)
    play(stage.client.target, stage, budget)


SPENDERS: dict[str, Spend] = {"contract run": by_contract_run, "load": by_load, "drift": by_drift}


@pytest.mark.parametrize("spend", SPENDERS.values(), ids=SPENDERS)
@pytest.mark.parametrize("case", CASES)
def test_spenders_settle_alike(case: str, spend: Spend) -> None:
    """Whoever spends, the budget holds the same generations and dollars in the end."""
    outcomes, generations, usd = CASES[case]
    budget = Budget(max_generations=5, max_cost_usd=5)
    spend(budget, outcomes)
    assert budget.spent == (generations, pytest.approx(usd))
    assert not budget.undecided


@pytest.mark.parametrize("spend", SPENDERS.values(), ids=SPENDERS)
def test_spenders_reserve_what_the_dearest_has_cost(spend: Spend) -> None:
    """After a bill beyond the profile's price the next creation sets that much aside."""
    budget = Budget()
    spend(budget, [_billed("0.5")])
    spend(budget, [Failure("reset")])
    assert budget.spent == (2, pytest.approx(1.0))
