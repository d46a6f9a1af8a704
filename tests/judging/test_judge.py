"""The judge's memory: what is said of the same words once is what every exchange by itself would be told."""

from collections import defaultdict
from collections.abc import Hashable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway.tampers import FAULTS
from generations_contract.judging.clause import (
    Breach,
    Clause,
    Earlier,
    Finding,
    Judgement,
    Moot,
    Observation,
    alone,
)
from generations_contract.judging.judge import Judge, Memory
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.wire.stage import DirectStage
from tests.matrix import cases
from tests.support.exchanges import answered, resource

# Faults whose lies are about times, several pollers, and downloads.
LYING = ("", "wait-ticks-of-five", "lifecycle-third-poll-stale", "media-second-picture-half")
Said = list[tuple[str, tuple[Finding, ...]]]


def plainly(history: dict[Hashable, list[Exchange]], exchange: Exchange) -> Said:
    """The rulings, found by asking every clause about the exchange itself: slow, and nothing to get wrong."""
    views: dict[Any, Earlier] = {}
    for by in {each.by for each in CLAUSES.values()}:
        key = None if by is alone else by(exchange)
        known = [] if key is None else history[by, key]
        before = [each for each in known if each.answered_at <= exchange.sent_at]
        until = [each for each in known if each.answered_at <= exchange.answered_at]
        views[by] = Earlier(list(until), len(before), len(until))
        if key is not None:
            known.append(exchange)
            known.sort(key=lambda each: each.answered_at)
    said = []
    for each in CLAUSES.values():
        if exchange.kind in each.on and each.when(exchange):
            found = list(each.check(exchange, views[each.by]))
            if not any(isinstance(one, Moot) for one in found):
                said.append((each.id, tuple(one for one in found if isinstance(one, Breach | Observation))))
    return said


def seen(name: str) -> list[Exchange]:
    """A tenth of the campaign on a gateway with this fault."""
    stage = DirectStage(embedded.target(), embedded.gateway([FAULTS[name]] if name else []))
    campaign, exchanges = Campaign(stage, judge=Judge(())), []
    for turn, (probe, case_id) in enumerate(cases(stage)):
        if turn % 10 == 0 or probe.cases is None:
            exchanges += campaign.run(probe, case_id).exchanges
    return exchanges


@pytest.mark.parametrize("name", LYING)
def test_judge_with_memory_says_what_each_clause_says_by_itself(name: str) -> None:
    """The same clauses, the same findings, in the same order; a second time by memory alone."""
    exchanges, history = seen(name), defaultdict[Hashable, list[Exchange]](list)
    expected = [plainly(history, each) for each in exchanges]
    memory = Memory()
    for _ in range(2):
        judge = Judge(memory=memory)
        fresh = [replace(each) for each in exchanges]
        said = [_said(judge.judge(each)) for each in fresh]
        assert [_plain(each) for each in said] == [_plain(each) for each in expected]


def _said(judged: Judgement) -> Said:
    """In one order, whatever was known before and what was found out."""
    said: Said = [(each.id, ()) for each in judged.held] + [
        (one.clause.id, one.findings) for one in judged.rulings
    ]
    return sorted(said, key=lambda each: list(CLAUSES).index(each[0]))


def _plain(said: Said) -> list[Any]:
    """Rulings without the exchanges that breaches point at: those are other objects each time."""
    return [
        (name, [replace(one, against=()) if isinstance(one, Breach) else one for one in found])
        for name, found in said
    ]


def _late(limit_s: float) -> Clause:
    """A clause about a time, of every exchange alone."""

    def check(exchange: Exchange, _earlier: Earlier) -> Iterator[Finding]:
        if exchange.elapsed_s > limit_s:
            yield Breach("soon", f"{exchange.elapsed_s:g} s")

    return Clause("x.y", "MUST", "says", frozenset({"fetch"}), lambda _: True, check, by=alone, timing=True)


def test_judge_asks_for_times_of_the_same_words_again() -> None:
    """The same bytes, once in time and once too late: only one of them is a breach."""
    judge = Judge([_late(1.0)])
    found = [
        bool(judge.judge(answered(resource(), at=(0.0, elapsed_s))).rulings) for elapsed_s in (0.5, 2.0, 0.5)
    ]
    assert found == [False, True, False]


def test_memory_keeps_the_newest_words() -> None:
    """It does not grow beyond its measure, and what was heard again stays."""
    memory = Memory(most=2)
    judge = Judge([_late(1.0)], memory=memory)
    for name in ("gen_1", "gen_2", "gen_1", "gen_3"):
        judge.judge(answered(resource(id=name), path=f"/v1/generations/{name}"))
    assert [words[7].rpartition("/")[2] for words in memory.words] == ["gen_1", "gen_3"]  # type: ignore[index]


def test_memory_belongs_to_one_set_of_terms() -> None:
    """Other terms, another judgement: nothing is recalled across them."""
    memory = Memory()
    judge = Judge([_late(1.0)], memory=memory)
    exchange = answered(resource())
    judge.judge(exchange)
    other = replace(exchange, terms=replace(exchange.terms, slack_s=9.0))
    judge.judge(other)
    assert len(memory.words) == 1
