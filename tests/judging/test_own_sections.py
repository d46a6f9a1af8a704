"""Clauses of a section that is not the contract's: where they stand, and how another process learns of them."""

import json
from collections.abc import Iterator

import pytest

from generations_contract.clauses import CLAUSES as OF_THE_CONTRACT
from generations_contract.judging import Breach, Clause, clause
from generations_contract.judging.clause import CLAUSES, Ruling
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import SECTIONS, place
from generations_contract.report import json as json_report
from tests.support.exchanges import answered


@pytest.fixture
def own() -> Iterator[Clause]:
    """A clause of somebody's own, registered as anybody would; gone after the test."""
    before = dict(OF_THE_CONTRACT)

    @clause("aahouse.rule", "SHOULD", says="we say so", when=lambda _: True)
    def rule(_exchange: object, _earlier: object) -> Iterator[Breach]:
        yield Breach("this", "that")

    yield CLAUSES["aahouse.rule"]
    CLAUSES.clear()
    CLAUSES.update(before)


def test_sections_of_ones_own_come_last() -> None:
    """By name, after those of the contract in its order."""
    assert sorted(["zoo", "wait", "aa", "auth"], key=place) == ["auth", "wait", "aa", "zoo"]
    assert sorted(SECTIONS, key=place) == list(SECTIONS)


def test_clause_of_ones_own_has_a_verdict_like_any_other(own: Clause) -> None:
    """It is counted, waived by name, and the last one of the report."""
    ledger = Ledger({own.id: "not yet"})
    assert list(ledger.verdicts)[-1] == own.id
    ledger.enter([Ruling(own, answered(), (Breach("this", "that"),))], "probe")
    document = json_report.document(ledger, target="http://x", stage="direct", outcome="passed")
    last = document["clauses"][-1]
    assert (last["id"], last["section"], last["state"], last["waiver"]) == (
        own.id,
        "aahouse",
        "waived",
        "not yet",
    )


def test_clause_that_is_registered_late_is_admitted(own: Clause) -> None:
    """By a test module, after a live target was looked at: what was judged by then is kept."""
    del CLAUSES[own.id]
    ledger = Ledger()
    known = CLAUSES["auth.scheme"]
    ledger.enter([], "probe", [known])
    ledger.admit([known, own])
    assert (ledger.verdicts[known.id].exercised, ledger.verdicts[own.id].state) == (1, "not exercised")


def test_process_that_merges_need_not_have_the_clause(own: Clause) -> None:
    """Parallel workers import the tests, the process that writes the report does not: words and counts travel."""
    worker = Ledger()
    worker.enter([Ruling(own, answered(), (Breach("this", "that"),))], "probe")
    told = json.loads(json.dumps(worker.to_dict()))
    del CLAUSES[own.id]
    whole = Ledger()
    assert own.id not in whole.verdicts
    whole.merge(told)
    whole.merge(told)
    verdict = whole.verdicts[own.id]
    assert (verdict.clause.level, verdict.clause.says, verdict.clause.section) == (
        "SHOULD",
        "we say so",
        "aahouse",
    )
    assert (verdict.state, verdict.broken, verdict.exercised) == ("broken", 2, 2)
