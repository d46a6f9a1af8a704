"""Verdicts only get worse, ledgers merge in any order, and a waiver forgives what it names and no more."""

import json
from itertools import permutations
from typing import Any

import execnet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Breach, Clause, Finding, Observation
from generations_contract.judging.ledger import Ledger, Promise
from generations_contract.judging.verdict import KEPT_BREACHES, SECTIONS, Verdict, breach_document
from tests.support.exchanges import STEADY, answered, resource, ruling, saying

MUST = saying("x.must")
SHOULD = saying("x.should", level="SHOULD")
OPEN = saying("x.open", level="OPEN")
BREACH = Breach("this", "that")


def _ledger(*clauses: Clause, waivers: dict[str, str] | None = None) -> Ledger:
    """A ledger of these clauses, beside the contract's own."""
    known = waivers or {}
    return Ledger(known, {each.id: Verdict(each, waiver=known.get(each.id)) for each in clauses})


def test_ledger_begins_with_every_clause_not_exercised() -> None:
    """Each clause of the contract has a verdict from the start, in the order of the contract."""
    ledger = Ledger()
    assert ledger.verdicts.keys() == CLAUSES.keys()
    assert list(dict.fromkeys(verdict.clause.section for verdict in ledger.verdicts.values())) == list(
        SECTIONS
    )
    assert {verdict.state for verdict in ledger.verdicts.values()} == {"not exercised"}
    assert ledger.failing == []


@pytest.mark.parametrize(
    ("findings", "state"),
    [
        ([], "not exercised"),
        ([()], "held"),
        ([(), (BREACH,)], "broken"),
        ([(BREACH,), ()], "broken"),
        ([(Observation("n", "taken"),)], "held"),
        ([(Observation("n", "taken"), BREACH)], "broken"),
    ],
)
def test_verdict_only_gets_worse(findings: list[tuple[Any, ...]], state: str) -> None:
    """One breach is enough, before or after any number of exchanges at which the clause held."""
    ledger = _ledger(MUST)
    for each in findings:
        ledger.enter([ruling(MUST, answered(), *each)], "probe")
    verdict = ledger.verdicts[MUST.id]
    assert (verdict.state, verdict.exercised) == (state, len(findings))
    assert (verdict in ledger.failing) is (state == "broken")


@pytest.mark.parametrize(
    ("clause", "finding", "waived", "state"),
    [
        (SHOULD, BREACH, True, "waived"),
        (SHOULD, BREACH, False, "broken"),
        (MUST, BREACH, True, "broken"),
        (MUST, Breach("a", "b", level="SHOULD"), True, "waived"),
        (MUST, Breach("a", "b", level="SHOULD"), False, "broken"),
        (SHOULD, Breach("a", "b", level="MUST"), True, "broken"),
    ],
    ids=[
        "SHOULD",
        "SHOULD unwaived",
        "MUST",
        "SHOULD part of a MUST",
        "that unwaived",
        "MUST part of a SHOULD",
    ],
)
def test_waiver_forgives_a_should_and_no_must(
    clause: Clause, finding: Breach, waived: bool, state: str
) -> None:
    """What counts is the level of the finding: a MUST part is never forgiven."""
    ledger = _ledger(clause, waivers={clause.id: "ticket 4711"} if waived else {})
    ledger.enter([ruling(clause, answered(), finding)], "probe")
    verdict = ledger.verdicts[clause.id]
    assert verdict.state == state
    assert [each["waived"] for each in verdict.breaches] == [state == "waived"]
    assert [each["level"] for each in verdict.breaches] == [finding.level or clause.level]


def test_waived_and_broken_is_broken() -> None:
    """A waiver of one part does not hide a breach of the other."""
    ledger = _ledger(MUST, waivers={MUST.id: "why"})
    ledger.enter([ruling(MUST, answered(), Breach("a", "b", level="SHOULD"), BREACH)], "probe")
    verdict = ledger.verdicts[MUST.id]
    assert (verdict.state, verdict.waived, verdict.broken) == ("broken", 1, 1)


def test_ledger_keeps_some_breaches_and_counts_all() -> None:
    """A flood of breaches does not fill memory: ten are kept in full."""
    ledger = _ledger(MUST)
    for _ in range(KEPT_BREACHES + 5):
        ledger.enter([ruling(MUST, answered(), BREACH)], "probe")
    verdict = ledger.verdicts[MUST.id]
    assert (verdict.broken, len(verdict.breaches)) == (KEPT_BREACHES + 5, KEPT_BREACHES)


def test_ledger_counts_behaviours_by_subject() -> None:
    """What the document leaves open is recorded with how often it was seen."""
    ledger = _ledger(OPEN)
    for behaviour in ("accepted", "refused", "accepted"):
        ledger.enter([ruling(OPEN, answered(), Observation("n: 1.0", behaviour))], "probe")
    assert ledger.verdicts[OPEN.id].observed == {"n: 1.0": {"accepted": 2, "refused": 1}}


def test_reasons_are_kept_once() -> None:
    """Why a clause was not exercised is said once per reason."""
    ledger = _ledger(MUST, SHOULD)
    for reason in ("no model", "no key", "no model"):
        ledger.excuse([MUST.id], reason)
    assert ledger.verdicts[MUST.id].reasons == ["no model", "no key"]
    assert ledger.verdicts[SHOULD.id].reasons == []


def test_breach_document_is_all_that_a_report_needs() -> None:
    """Clause, sentence, both sides, the curl line, and the exchanges concerned, the breaking one last."""
    before, breaking = answered(resource(), at=(0, 1)), answered(resource("failed"), at=(2, 3))
    document = breach_document(MUST, Breach("a", "b", (before,)), breaking, "probe[case]")
    assert document["clause"] == "x.must"
    assert document["says"] == "The sentence of x.must."
    assert [each["sent_at"] for each in document["exchanges"]] == [0, 2]
    assert document["curl"].startswith("curl ")
    assert json.loads(json.dumps(document)) == document


NO_COSTS: list[Any] = [None, [], {}, *({"cost_usd": each} for each in (None, "1", True, -5, 1e9))]
GENERATIONS: dict[str, tuple[list[Exchange], dict[str, int], dict[str, float]]] = {
    "created, then completed": (
        [
            answered(resource("queued"), kind="create"),
            answered(resource("completed", usage={"cost_usd": 0.04})),
            answered(resource("completed", usage={"cost_usd": 0.04})),
        ],
        {"wait": 1},
        {"wait": 0.04},
    ),
    "completed at once": (
        [answered(resource("completed", usage={"cost_usd": 1}), kind="create")], {"wait": 1}, {"wait": 1.0}
    ),
    "cost that changes": (
        [
            answered(resource("completed", usage={"cost_usd": 0.5}), kind="create"),
            answered(resource("completed", usage={"cost_usd": 0.75})),
        ],
        {"wait": 1},
        {"wait": 0.75},
    ),
    "somebody else's": ([answered(resource("completed", usage={"cost_usd": 5}))], {}, {}),
    "refused": ([answered({"error": {"code": "invalid_input"}}, status=400, kind="create")], {}, {}),
    "cost that is none": (
        [answered(resource("completed", usage=usage), kind="create") for usage in NO_COSTS],
        {"wait": 1},
        {},
    ),
    "cost that is no number": (
        [answered(b'{"id": "gen_1", "status": "completed", "usage": {"cost_usd": 1e999}}', kind="create")],
        {"wait": 1},
        {},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("seen", "generations", "cost_usd"), GENERATIONS.values(), ids=GENERATIONS)
def test_ledger_accounts_for_what_was_created(
    seen: list[Exchange], generations: dict[str, int], cost_usd: dict[str, float]
) -> None:
    """A generation counts once, for the section that created it, at the cost that it turned out to have."""
    ledger = Ledger()
    for exchange in seen:
        ledger.account(exchange, "wait" if exchange.kind == "create" else "media")
    assert ledger.exchanges == len(seen)
    assert dict(ledger.generations) == generations
    assert dict(ledger.cost_usd) == pytest.approx(cost_usd)


def test_ledger_survives_the_way_to_another_process() -> None:
    """What a worker hands on, as JSON and through pytest-xdist's own pipe, is what it had."""
    ledger, other = _busy(), _ledger(MUST, SHOULD, OPEN)
    ledger.network.pages["nginx with 502"] += 1
    ledger.left_out["left out by depth free"] += 1
    ledger.miss(Promise(MUST.id, "a case", "none"), answered(), "probe")
    ledger.meet(MUST.id, "veo-3")
    other.merge(execnet.loads(execnet.dumps(json.loads(json.dumps(ledger.to_dict())))))
    assert execnet.dumps(ledger.to_dict())
    assert other.to_dict() == ledger.to_dict()
    assert {verdict.clause.id: verdict.state for verdict in other.failing} == {"x.must": "broken"}


def _busy() -> Ledger:
    ledger = _ledger(MUST, SHOULD, OPEN)
    ledger.enter([ruling(MUST, answered(), BREACH), ruling(SHOULD, answered())], "probe")
    ledger.enter([ruling(OPEN, answered(), Observation("n", "taken"))], "probe")
    ledger.excuse([SHOULD.id], "no model")
    ledger.verdicts[SHOULD.id].notes.append("x.should: not repeated")
    ledger.account(answered(resource("completed", usage={"cost_usd": 0.5}), kind="create"), "wait")
    return ledger


_EVENTS = st.lists(st.sampled_from(["hold", "break", "observe", "excuse", "note", "pay"]), max_size=4)


def _worker(number: int, events: list[str]) -> dict[str, Any]:
    """What one worker of a parallel run hands on after these events."""
    ledger = _ledger(MUST, OPEN)
    for turn, event in enumerate(events):
        findings: dict[str, list[Finding]] = {"break": [BREACH], "observe": [Observation("n", f"b{turn}")]}
        if event == "excuse":
            ledger.excuse([MUST.id], f"reason {turn}")
        elif event == "note":
            ledger.verdicts[MUST.id].notes.append(f"note {number}.{turn}")
        elif event == "pay":
            body = resource("completed", f"gen_{number}_{turn}", usage={"cost_usd": 0.25})
            ledger.account(answered(body, kind="create"), "wait")
        else:
            ledger.enter(
                [ruling(OPEN if event == "observe" else MUST, answered(), *findings.get(event, []))], "probe"
            )
    return ledger.to_dict()


def _told(ledger: Ledger) -> dict[str, Any]:
    """A ledger as far as the order of its lists does not matter."""
    told = ledger.to_dict()
    for tallies in told["verdicts"].values():
        for members in ("reasons", "notes"):
            tallies[members] = sorted(tallies[members])
    return told


@STEADY
@given(st.lists(_EVENTS, min_size=1, max_size=3))
def test_ledgers_merge_in_any_order(workers: list[list[str]]) -> None:
    """Whoever ends first, the outcome of a parallel run is the same."""
    documents = [_worker(number, events) for number, events in enumerate(workers)]
    outcomes = []
    for order in permutations(documents):
        ledger = _ledger(MUST, OPEN)
        for document in order:
            ledger.merge(document)
        outcomes.append(_told(ledger))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    everything = [event for events in workers for event in events]
    merged = outcomes[0]["verdicts"][MUST.id]
    assert merged["broken"] == everything.count("break")
    assert merged["exercised"] == everything.count("break") + everything.count("hold")
    assert outcomes[0]["generations"] == ({"wait": everything.count("pay")} if "pay" in everything else {})
