"""Campaigns: probes on the embedded gateway, what is entered, what is retried, what money is set aside."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway import Fault
from generations_contract.judging.clause import Breach, Clause, Finding
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import Verdict
from generations_contract.money import Budget
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.probe import Probe
from generations_contract.scripts.script import Create, Fetch, Pause, Script, Together, once, until_terminal
from generations_contract.wire.stage import DirectStage, StageClosedError
from tests.run.live_helpers import SeeminglyReal
from tests.support.exchanges import saying
from tests.support.stages import virtual


def _campaign(
    *clauses: Clause,
    kind: type[DirectStage] = DirectStage,
    budget: Budget | None = None,
    tampers: tuple[Fault, ...] = (),
) -> Campaign:
    """A campaign on the embedded gateway that judges by these clauses alone."""
    ledger = Ledger(verdicts={each.id: Verdict(each) for each in clauses})
    return Campaign(virtual(kind, tampers), judge=Judge(clauses), ledger=ledger, budget=budget)


def _probe(script: Callable[..., Script[Any]], *clauses: str, cases: dict[str, Any] | None = None) -> Probe:
    return Probe("test_wait::test_it", clauses, script, cases=cases)


def _life(target: Target) -> Script[Exchange]:
    created = yield Create(target.request(wait=0))
    return (yield from until_terminal(created))


def _creations(target: Target, count: int = 5) -> Script[None]:
    for _ in range(count):
        yield Create(target.request(wait=60))


def test_campaign_judges_every_exchange() -> None:
    """Each exchange of a probe is judged as it comes, and the outcome stands in the ledger."""
    campaign = _campaign(
        saying("wait.a"), saying("wait.b", lambda each: [Breach("x", "y")] if each.terminal else [])
    )
    performance = campaign.run(_probe(_life, "wait.a"))
    assert [each.state for each in performance.exchanges] == ["queued", "completed"]
    assert performance.exercised == {"wait.a", "wait.b"}
    assert [ruling.clause.id for ruling, _ in performance.breaches] == ["wait.b"]
    assert isinstance(performance.result, Exchange)
    ledger = campaign.ledger
    assert (ledger.verdicts["wait.a"].state, ledger.verdicts["wait.b"].state) == ("held", "broken")
    assert (ledger.exchanges, dict(ledger.generations)) == (2, {"campaign": 1})
    assert ledger.verdicts["wait.b"].breaches[0]["probe"] == "test_wait::test_it"


def test_campaign_judges_by_the_whole_contract_by_default() -> None:
    """Without a judge of its own a campaign takes every clause, and the profile's waivers."""
    campaign = Campaign(virtual(DirectStage))
    performance = campaign.run(_probe(_life))
    assert performance.breaches == []
    assert {"response.schema", "lifecycle.forward-only", "headers.cache-terminal"} <= performance.exercised


def test_campaign_names_the_case() -> None:
    """A case is played with its value, and stands in the name of what it found."""
    campaign = _campaign(saying("x.y"))
    fetches = _probe(lambda _, case: once(Fetch(case)), cases={"first": "gen_1"})
    performance = campaign.run(fetches, "first")
    assert performance.name == "test_wait::test_it[first]"
    assert performance.exchanges[0].generation_id == "gen_1"


def test_campaign_performs_any_script() -> None:
    """A script under a name and a section, with what it returns."""
    campaign = _campaign(saying("x.y"))
    performance = campaign.perform(_life(campaign.target), "mine", "billing")
    assert (performance.name, performance.section) == ("mine", "billing")
    assert performance.result
    assert dict(campaign.ledger.generations) == {"billing": 1}


def test_campaign_keeps_what_was_seen_before_an_error() -> None:
    """A script's own error does not lose the exchanges and rulings before it."""

    def failing(target: Target) -> Script[None]:
        yield Create(target.request(wait=0))
        raise LookupError("the script's own")

    performance = _campaign(saying("x.y")).run(_probe(failing))
    assert isinstance(performance.error, LookupError)
    assert len(performance.exchanges) == len(performance.held) == 1


def test_campaign_calls_a_closed_stage_an_interruption() -> None:
    """Whoever still plays when the run is over is cut, and has no error."""

    def closed(_: Target) -> Script[None]:
        yield Pause(1)
        raise StageClosedError

    performance = _campaign(saying("x.y")).run(_probe(closed))
    assert (performance.stopped_because, performance.error) == ("interrupted", None)


def test_silence_is_what_nobody_wanted() -> None:
    """No answer counts as silence unless the script itself hung up."""
    never = Fault(
        "never", "Nothing is answered.", frozenset({"x.y"}), {"answer_at": (lambda _, due: due + 1e9,)}
    )

    def quiet(target: Target) -> Script[None]:
        yield Create(target.request(wait=0))
        yield Create(target.request(wait=0), give_up_after_s=1)

    performance = _campaign(saying("x.y"), tampers=(never,)).run(_probe(quiet))
    assert [each.failure.kind for each in performance.silence if each.failure] == ["timeout"]
    assert len(performance.exchanges) == 2


@pytest.mark.parametrize(
    ("code", "asked"), [("rate_limited", True), ("busy", True), ("insufficient_quota", False)]
)
def test_only_who_is_too_fast_waits_and_asks_again(code: str, asked: bool) -> None:
    """A 429 is waited out, also where its code is a stranger; not where it says that something else is wrong."""

    def slow_down(_: Any, answer: tuple[int, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
        return 429, {"error": {**answer[1]["error"], "code": code}}

    fault = Fault("slow", "Everything is 429.", frozenset({"x.y"}), {"problem_body": (slow_down,)})
    performance = _campaign(saying("x.y"), tampers=(fault,)).run(_probe(lambda _: once(Fetch("gen_never"))))
    assert (len(performance.exchanges) > 1) == asked


# -- timing breaches on a real clock


def _late(times: int, **options: Any) -> Clause:
    """A clause that finds the first so many exchanges late."""
    left = iter(range(times))

    def check(exchange: Exchange) -> Iterator[Finding]:
        if next(left, None) is not None:
            yield Breach("0.5 s", f"{exchange.elapsed_s:g} s")

    return saying("wait.late", check, **options)


@pytest.mark.parametrize(
    ("kind", "clause", "played", "broken", "exercised", "notes"),
    [
        (SeeminglyReal, _late(1, timing=True), 2, 0, 1, 1),
        (SeeminglyReal, _late(2, timing=True), 2, 2, 2, 0),
        (SeeminglyReal, _late(0, timing=True), 1, 0, 1, 0),
        (SeeminglyReal, _late(1, timing=False), 1, 1, 1, 0),
        (DirectStage, _late(1, timing=True), 1, 1, 1, 0),
    ],
    ids=["once", "twice", "never", "no timing clause", "virtual time"],
)
def test_timing_breach_counts_when_it_happens_twice(
    kind: type[DirectStage], clause: Clause, played: int, broken: int, exercised: int, notes: int
) -> None:
    """A late answer may be the network's: on a real clock only what is late again is a breach."""
    campaign = _campaign(clause, kind=kind)
    performance = campaign.run(_probe(lambda _: once(Fetch("gen_never"))))
    verdict = campaign.ledger.verdicts["wait.late"]
    assert len(performance.exchanges) == played
    assert (verdict.broken, verdict.exercised, len(verdict.notes)) == (broken, exercised, notes)
    assert all("not repeated, so not counted" in note for note in verdict.notes)


def test_timing_breach_beside_another_must_happen_twice_as_well() -> None:
    """A target with a breach that is known, or waived, has slow moments like any other; the breach stays."""
    other = saying("x.other", lambda _: [Breach("a", "b")])
    campaign = _campaign(_late(1, timing=True), other, kind=SeeminglyReal)
    performance = campaign.run(_probe(lambda _: once(Fetch("gen_never"))))
    assert len(performance.exchanges) == 2
    assert {verdict.clause.id for verdict in campaign.ledger.failing} == {"x.other"}


@pytest.mark.parametrize(("scripts", "broken"), [(1, 0), (2, 2)], ids=["one", "two"])
def test_timing_breach_without_money_to_look_again_needs_another_script(scripts: int, broken: int) -> None:
    """What was late once proves nothing where the budget ends; that two scripts met it does."""
    budget = Budget(max_generations=0)
    campaign = _campaign(_late(scripts, timing=True), kind=SeeminglyReal, budget=budget)
    probe = _probe(lambda target: once(Create(target.request(wait=0))))
    for _ in range(scripts):
        # There is money for the first try, and none for the second.
        budget.max_generations += 1
        performance = campaign.run(probe)
    verdict = campaign.ledger.verdicts["wait.late"]
    assert (verdict.broken, len(performance.breaches)) == (broken, scripts - 1)
    assert ["without money to look again" in note for note in verdict.notes] == [True]


# -- money


@pytest.mark.parametrize("limits", [{"max_generations": 2}, {"max_cost_usd": 0.09}, {"max_time_s": 1.5}])
def test_campaign_sends_nothing_beyond_the_budget(limits: dict[str, Any]) -> None:
    """The creation that would break a limit is never sent; the performance tells which limit it was."""
    stage = virtual(DirectStage)
    campaign = Campaign(stage, budget=Budget(now=stage.now, **limits))
    performance = campaign.run(_probe(_creations))
    assert len(performance.exchanges) == 2
    assert performance.stopped_because is not None
    assert next(iter(limits)) in performance.stopped_because
    assert performance.error is None


def test_campaign_budgets_what_runs_together() -> None:
    """Ten creations at once are ten reservations: none slips through."""
    campaign = _campaign(saying("x.y"), budget=Budget(max_generations=3))

    def crowd(target: Target) -> Script[None]:
        yield Together(tuple(once(Create(target.request(wait=0))) for _ in range(10)))

    performance = campaign.run(_probe(crowd))
    assert len(campaign.stage.gateway.state.records) <= 3  # type: ignore[attr-defined]
    assert performance.stopped_because


def test_campaign_sets_aside_a_price_for_each_asset() -> None:
    """`n` images cost n times the model's price before their cost is known, and then what they cost."""
    budget = Budget()
    campaign = _campaign(saying("x.y"), budget=budget)
    campaign.run(_probe(lambda target: once(Create(target.request(wait=0, n=3)))))
    assert budget.spent == pytest.approx((1, 3 * campaign.target.price_usd("flux-1.1-pro")))
    campaign.run(_probe(lambda target: once(Create(target.request(n=2)))))
    assert budget.spent == pytest.approx((2, 3 * 0.04 + 2 * 0.04))


@pytest.mark.parametrize(
    ("create", "generations"),
    [
        (lambda target: Create({**target.request(), "colour": "red"}), 0),
        (lambda target: Create(target.request(target.models.restricted)), 0),
        (lambda target: Create(target.request(), account="exhausted"), 0),
        (lambda _: Create(b"{"), 0),
        (lambda target: Create(target.request(), credential="missing"), 0),
        (lambda target: Create(target.request(wait=0)), 1),
    ],
    ids=["refused", "unavailable", "no credit", "no JSON", "no key", "accepted"],
)
def test_campaign_gives_back_what_was_refused(create: Callable[[Target], Create], generations: int) -> None:
    """A refusal costs nothing, and what no gateway may accept is not even reserved."""
    budget = Budget(max_generations=1)
    campaign = _campaign(saying("x.y"), budget=budget)
    performance = campaign.run(_probe(lambda target: once(create(target))))
    assert performance.stopped_because is None
    assert budget.spent[0] == generations


def test_campaign_plays_free_probes_without_money() -> None:
    """With nothing to spend everything that must be refused is still sent."""
    campaign = _campaign(saying("x.y"), budget=Budget(max_generations=0))

    def free(target: Target) -> Script[None]:
        yield Create(b'{"model": 5}')
        yield Create(target.request(), credential="unknown")
        yield Fetch("gen_never")

    performance = campaign.run(_probe(free))
    assert (len(performance.exchanges), performance.stopped_because) == (3, None)


def test_campaign_counts_what_should_have_been_refused() -> None:
    """A gateway that accepts without a key has spent a generation of the budget all the same."""
    lenient = Fault("open", "Everybody may.", frozenset({"x.y"}), {"problem": (lambda _, __: None,)})
    budget = Budget()
    campaign = _campaign(saying("x.y"), budget=budget, tampers=(lenient,))
    campaign.run(_probe(lambda target: once(Create(target.request(wait=0), credential="missing"))))
    assert budget.spent[0] == 1
