"""Unmet: what the profile or the document promises, what was asked for, and did not come."""

from typing import Any

import pytest

from generations_contract.judging.clause import Breach, Clause
from generations_contract.judging.ledger import Ledger, Promise
from generations_contract.judging.verdict import Verdict
from tests.support.exchanges import answered, ruling, saying

MUST = saying("x.must")
SHOULD = saying("x.should", level="SHOULD")
BREACH = Breach("this", "that")


def _ledger(*clauses: Clause, waivers: dict[str, str] | None = None) -> Ledger:
    """A ledger of these clauses, beside the contract's own."""
    known = waivers or {}
    return Ledger(known, {each.id: Verdict(each, waiver=known.get(each.id)) for each in clauses})


UNMET = Breach("the key is limited", "never", unmet=True)


@pytest.mark.parametrize(
    ("findings", "waived", "state"),
    [
        ([(UNMET,)], False, "unmet"),
        ([(UNMET,), (UNMET,)], False, "unmet"),
        ([(UNMET,), ()], False, "broken"),
        ([(UNMET,), (BREACH,)], False, "broken"),
        ([(UNMET,)], True, "waived"),
    ],
    ids=["never", "twice never", "at times", "and wrong", "waived"],
)
def test_promised_case_that_never_comes_is_unmet(
    findings: list[tuple[Any, ...]], waived: bool, state: str
) -> None:
    """Unmet is what never came; what came at other times, or came wrong, is broken; both fail the run."""
    ledger = _ledger(SHOULD, waivers={SHOULD.id: "why"} if waived else None)
    for each in findings:
        ledger.enter([ruling(SHOULD, answered(), *each)], "probe")
    verdict = ledger.verdicts[SHOULD.id]
    assert verdict.state == state
    assert verdict.fails is (state != "waived")
    assert ledger.wrong == (None if state == "waived" else state)


@pytest.mark.parametrize(
    ("subject", "met", "held", "state"),
    [
        ("", None, False, "unmet"),
        ("", None, True, "held"),
        ("veo-3", None, True, "broken"),
        ("veo-3", "veo-3", True, "held"),
        ("veo-3", "flux", False, "unmet"),
    ],
    ids=["never", "by another script", "not of this subject", "of this subject", "of another subject"],
)
def test_miss_counts_unless_the_case_came_after_all(
    subject: str, met: str | None, held: bool, state: str
) -> None:
    """A script that got no case is not the last word: any other may get it, before or after, in any worker."""
    ledger, worker = _ledger(MUST), _ledger(MUST)
    worker.miss(Promise(MUST.id, "a case", "none", subject), answered(), "probe")
    if met is not None:
        ledger.meet(MUST.id, met)
    if held:
        ledger.enter([], "probe", [MUST])
    ledger.merge(worker.to_dict())
    ledger.settle()
    assert ledger.verdicts[MUST.id].state == state


@pytest.mark.parametrize(("pattern", "fails"), [("x.must", True), ("x.*", True), ("x.should", False)])
def test_required_clause_that_is_not_exercised_fails(pattern: str, fails: bool) -> None:
    """It stays "not exercised", and fails the run all the same."""
    ledger = _ledger(MUST, SHOULD)
    ledger.enter([], "probe", [SHOULD])
    ledger.require([pattern])
    assert ledger.verdicts[MUST.id].state == "not exercised"
    assert ([each.clause for each in ledger.failing], ledger.wrong) == (
        ([MUST], "broken") if fails else ([], None)
    )
