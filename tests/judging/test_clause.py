"""Clauses and their judge: what an exchange is compared with, and that "does not apply" is never "holds"."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import (
    MOOT,
    Breach,
    Clause,
    Earlier,
    Finding,
    Moot,
    Observation,
    Ruling,
    alone,
    breaches_of,
    clause,
    everyone,
    generation,
)
from generations_contract.judging.judge import Judge
from tests.support.exchanges import STEADY, answered, resource, ruling, saying


def _at(sent: float, answered_at: float, generation_id: str = "gen_1") -> Exchange:
    """A fetch; `_name` tells it apart by its times."""
    return answered(resource(), path=f"/v1/generations/{generation_id}", at=(sent, answered_at))


def _names(exchanges: Any) -> list[str]:
    return [f"{each.sent_at:g}-{each.answered_at:g}" for each in exchanges]


def _watching(views: dict[str, tuple[list[str], list[str]]], group: Any = generation) -> Clause:
    """A clause that writes down what it is shown beside each exchange."""

    def check(exchange: Exchange, earlier: Earlier) -> Iterator[Finding]:
        views[_names([exchange])[0]] = (_names(earlier), _names(earlier.meanwhile))
        yield from ()

    timed = group is alone  # it asks for times, to tell exchanges apart
    return Clause("x.y", "MUST", "says", frozenset({"fetch"}), lambda _: True, check, by=group, timed=timed)


def test_judge_shows_only_what_was_answered_before_the_sending() -> None:
    """What overlaps is never compared by accident: it is `meanwhile`; what is over is `earlier`."""
    views: dict[str, tuple[list[str], list[str]]] = {}
    judge = Judge([_watching(views)])
    for times in [(0, 1), (0, 3), (2, 4), (3, 5), (3.5, 6)]:
        judge.judge(_at(*times))
    assert views == {
        "0-1": ([], []),
        "0-3": ([], ["0-1"]),
        "2-4": (["0-1"], ["0-3"]),
        "3-5": (["0-1", "0-3"], ["2-4"]),
        "3.5-6": (["0-1", "0-3"], ["2-4", "3-5"]),
    }


def test_judge_keeps_generations_apart() -> None:
    """By default a clause sees the exchanges of one generation, whoever made them."""
    views: dict[str, tuple[list[str], list[str]]] = {}
    judge = Judge([_watching(views)])
    for sent, generation_id in [(0, "gen_1"), (2, "gen_2"), (4, "gen_1")]:
        judge.judge(_at(sent, sent + 1, generation_id))
    assert views["2-3"] == ([], [])
    assert views["4-5"] == (["0-1"], [])


@pytest.mark.parametrize(
    ("group", "earlier"), [(everyone, ["0-1", "2-3"]), (alone, []), (generation, ["0-1"])]
)
def test_judge_groups_as_the_clause_says(group: Any, earlier: list[str]) -> None:
    """Everything, nothing, or the generation's own."""
    views: dict[str, tuple[list[str], list[str]]] = {}
    judge = Judge([_watching(views, group)])
    for sent, generation_id in [(0, "gen_1"), (2, "gen_2"), (4, "gen_1")]:
        judge.judge(_at(sent, sent + 1, generation_id))
    assert views["4-5"][0] == earlier


def test_judge_takes_answers_that_are_told_late() -> None:
    """A busy thread may record an answer after a later one: order is by the time of the answer."""
    views: dict[str, tuple[list[str], list[str]]] = {}
    judge = Judge([_watching(views)])
    for times in [(0, 5), (1, 3), (2, 4), (6, 7)]:
        judge.judge(_at(*times))
    assert views["6-7"][0] == ["1-3", "2-4", "0-5"]
    assert views["1-3"] == ([], [])


@STEADY
@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)), max_size=25))
def test_judge_is_the_definition(spans: list[tuple[int, int]]) -> None:
    """For any overlap, told in the order of the answers, the view is what the definition says."""
    times = sorted(((sent, sent + lasted) for sent, lasted in spans), key=lambda span: span[1])
    seen: list[tuple[int, int]] = []
    views: list[tuple[list[Exchange], list[Exchange]]] = []

    def check(_: Exchange, earlier: Earlier) -> Iterator[Finding]:
        views.append((list(earlier), list(earlier.meanwhile)))
        yield from ()

    judge = Judge([Clause("x.y", "MUST", "says", frozenset({"fetch"}), lambda _: True, check)])
    for sent, answered_at in times:
        judge.judge(_at(sent, answered_at))
        before, meanwhile = views[-1]
        assert [e.answered_at for e in before] == [a for _, a in seen if a <= sent]
        assert [e.answered_at for e in meanwhile] == [a for _, a in seen if sent < a <= answered_at]
        seen.append((sent, answered_at))


def test_judge_counts_only_where_the_clause_applies() -> None:
    """Another kind, a `when` that is false, and a moot comparison are no rulings at all."""

    def of(finding: Finding | Moot | None) -> Clause:
        return Clause(
            f"x.{finding}", "MUST", "says", frozenset({"fetch"}), lambda each: not each.intent,
            lambda _, __: iter([] if finding is None else [finding]),
        )  # fmt: skip

    breach, seen = Breach("a", "b"), Observation("s", "b")
    judge = Judge([of(None), of(breach), of(seen), of(MOOT)])
    held, rulings = judge.judge(_at(0, 1))
    assert [each.id for each in held] == ["x.None"]
    assert [each.findings for each in rulings] == [(breach,), (seen,)]
    assert judge.judge(answered(resource(), intent="odd")) == ([], [])
    assert judge.judge(answered(resource(), kind="create")) == ([], [])


def test_judge_remembers_what_no_clause_applied_to() -> None:
    """History is kept for all kinds: a fetch is compared with its creation."""
    views: dict[str, tuple[list[str], list[str]]] = {}
    judge = Judge([_watching(views)])
    judge.judge(answered(resource(), kind="create", at=(0, 1)))
    judge.judge(_at(2, 3))
    assert views["2-3"][0] == ["0-1"]


def test_judge_forgets_what_it_is_told_to() -> None:
    """Long runs drop what is over."""
    views: dict[str, tuple[list[str], list[str]]] = {}
    judge = Judge([_watching(views)])
    judge.judge(_at(0, 1))
    judge.forget("gen_1")
    judge.forget("gen_never")
    judge.judge(_at(2, 3))
    assert views["2-3"] == ([], [])


def test_earlier_is_a_sequence() -> None:
    """Length, index, slices and iteration show what was before, and nothing of what came meanwhile."""
    every = [_at(turn, turn + 0.5) for turn in range(5)]
    earlier = Earlier(every, 3, 5)
    assert len(earlier) == 3
    assert list(earlier) == every[:3]
    assert (earlier[0], earlier[-1], earlier[2]) == (every[0], every[2], every[2])
    assert earlier[1:] == every[1:3]
    assert earlier[::-1] == every[2::-1]
    assert list(earlier.meanwhile) == every[3:]
    for index in (3, 4, -4):
        with pytest.raises(IndexError):
            earlier[index]


def test_earlier_finds_first_and_last() -> None:
    """The first and the latest for which something is true, else none."""
    every = [_at(turn, turn + 0.5) for turn in range(5)]
    earlier = Earlier(every, 4)
    assert earlier.first(lambda each: each.sent_at > 0) == every[1]
    assert earlier.last(lambda each: each.sent_at > 0) == every[3]
    assert earlier.last(lambda each: each.sent_at > 9) is None
    assert Earlier().first(lambda _: True) is None


def test_a_clause_has_one_owner() -> None:
    """A second generator for an id is an error at import."""
    owned = next(iter(CLAUSES))
    with pytest.raises(ValueError, match="has two owners"):
        clause(owned, "MUST", says="again", when=lambda _: True)(lambda _, __: iter(()))


def test_section_is_the_part_before_the_dot() -> None:
    """The id tells the section of the contract."""
    assert saying("wait.never-late").section == "wait"


def test_breaches_are_told_from_observations() -> None:
    """What fails a run is a breach; what the document leaves open is only written down."""
    breach = Breach("a", "b")
    made = ruling(saying("x.y"), answered(), Observation("s", "b"), breach)
    assert made.breaches == (breach,)
    assert breaches_of([made, Ruling(saying("x.z"), answered())]) == [("x.y", breach)]
