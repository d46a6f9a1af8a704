"""`generations_load.judging.load_judge`: the choice of clauses, the short cut beside the whole judge, explaining, doubt."""

from collections.abc import Iterator
from random import Random

import pytest

from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway.tampers import FAULTS, VARIANTS
from generations_contract.judging.clause import CLAUSES, Breach
from generations_contract.own_client import embedded
from generations_contract.scripts.script import Script, Together
from generations_contract.wire.stage import DirectStage
from generations_load.judging.load_judge import Explainer, LoadJudge, all_clauses, choose, doubtful, sentence
from generations_load.scenarios import Setting, load

# Every fourth fault of the sections that load is about; `long_load` takes them all.
ABOUT_LOAD = [name for name in FAULTS if name.startswith(("wait-", "lifecycle-", "headers-", "billing-"))]
TOLD = [*ABOUT_LOAD[::4], ""]
SCENARIOS = load()


def traffic(name: str, seed: int) -> list[Exchange]:
    """What a handful of clients of every scenario see of a gateway with this fault, in order."""
    target = embedded.target("load-")
    known = FAULTS | VARIANTS
    stage = DirectStage(target, embedded.gateway([known[name]] if name else []))
    random, seen = Random(seed), []  # noqa: S311

    def everybody() -> Script[None]:
        settings = (Setting(target, random, {"wait_s": 1.5, "pollers": 4}) for _ in range(100))
        yield Together(tuple(each.play(next(settings)) for each in SCENARIOS.values() for _ in range(2)))

    stage.perform(everybody(), seen.append)
    return seen


def verdicts(judge: LoadJudge, exchanges: list[Exchange]) -> Iterator[tuple[str, int]]:
    """(clause, position) of every breach."""
    for position, exchange in enumerate(exchanges):
        judge.recall(exchange)
        for clause, _ in judge.breaches(exchange):
            yield clause.id, position


def agree(name: str) -> bool:
    """Whether the short cut gives the same breaches of the same exchanges, and exercises the same clauses."""
    choice = choose(all_clauses())
    quick, whole = LoadJudge(choice), LoadJudge(choice, short_cut=False)
    same = sorted(verdicts(quick, traffic(name, 1))) == sorted(verdicts(whole, traffic(name, 1)))
    return same and quick.exercised == whole.exercised


@pytest.mark.parametrize("name", TOLD)
def test_short_cut_says_what_the_whole_judge_says(name: str) -> None:
    """With faults and without: the same breaches of the same exchanges, the same clauses exercised."""
    assert agree(name)


def test_honest_gateway_and_its_variants_break_nothing() -> None:
    """No false alarm on what the document allows."""
    for name in [*list(VARIANTS)[::4], ""]:
        assert list(verdicts(LoadJudge(choose(all_clauses())), traffic(name, 2))) == []


def test_choice_is_stated_clause_by_clause() -> None:
    """Every clause is judged or left out with a reason; those judged do not grow with the traffic."""
    choice = choose(all_clauses())
    assert {each.id for each in choice.judged} | choice.left_out.keys() == CLAUSES.keys()
    assert all(choice.left_out.values())
    dear = {name for name, why in choice.left_out.items() if "everybody" in why}
    assert dear == {"wait.independent", "wait.no-cadence", "wait.auto-default", "wait.auto-modality"}
    judged = {each.id for each in choice.judged}
    assert {"response.schema", "strict.top-level", "wait.never-late", "wait.wakes"} <= judged


def test_judge_forgets_what_ended() -> None:
    """After the last poll of each generation nothing is kept of it."""
    judge = LoadJudge(choose(all_clauses()))
    exchanges = traffic("", 3)
    list(verdicts(judge, exchanges))
    assert judge.remembered > 0
    for exchange in exchanges:
        if exchange.generation_id:
            judge.forget(exchange.generation_id)
    assert judge.remembered == 0


def broken() -> tuple[LoadJudge, list[Exchange]]:
    """A judge and traffic in which a clause is broken often."""
    return LoadJudge(choose(all_clauses())), traffic("headers-terminal-no-store", 4)


def test_breach_is_told_with_generation_and_curl() -> None:
    """Expected, actual, the generation, and a line that repeats the request without the key."""
    judge, exchanges = broken()
    exchange = next(each for each in exchanges if judge.breaches(each))
    clause, breach = LoadJudge(choose(all_clauses())).breaches(exchange)[0]
    story = Explainer(str).explain(clause, breach, exchange)
    assert story is not None
    line = sentence(story)
    assert exchange.generation_id is not None
    for part in (breach.expected, breach.actual, exchange.generation_id, "curl ", "Bearer $GATEWAY_"):
        assert part in line
    assert "ze_" not in line


def test_explaining_is_limited_per_second_and_in_all() -> None:
    """Three a second and five in all: a flood of breaches does not bury the run."""
    judge, exchanges = broken()
    exchange = next(each for each in exchanges if judge.breaches(each))
    clause, breach = CLAUSES["headers.cache-terminal"], Breach("a", "b")
    explainer = Explainer(str, per_second=3, in_all=5)
    told_now = [explainer.explain(clause, breach, exchange) for _ in range(10)]
    assert sum(each is not None for each in told_now) == 3
    later = Exchange("fetch", exchange.request, 0, exchange.answered_at + 1, exchange.response)
    assert sum(explainer.explain(clause, breach, later) is not None for _ in range(10)) == 2


@pytest.mark.parametrize(
    ("clause_id", "lag_s", "doubt"),
    [
        ("wait.never-late", 0.2, True),
        ("wait.never-late", 0.02, False),
        ("response.schema", 0.9, False),
    ],
)
def test_only_timing_breaches_of_a_lagging_generator_are_doubtful(
    clause_id: str, lag_s: float, doubt: bool
) -> None:
    """A generator that was late itself says nothing about times, and loses nothing of the rest."""
    assert doubtful(CLAUSES[clause_id], lag_s) is doubt
