"""The terminal report: literal lines for breaches, exchanges and the table; nothing hostile gets through."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.exchange.exchange import Exchange, Failure
from generations_contract.forms.text import printable
from generations_contract.judging.clause import Breach, Clause, Observation
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import Verdict, breach_document
from generations_contract.recordings.codec import to_dict
from generations_contract.report import terminal
from tests.support.exchanges import STEADY, answered, resource, ruling, saying

MUST, SHOULD, OPEN = saying("x.must"), saying("x.should", level="SHOULD"), saying("x.open", level="OPEN")
POLL = answered(b'{"status": "running"}', path="/v1/generations/gen_1?wait=60", at=(1, 64.2))


def _ledger(*rulings: Any, clauses: tuple[Clause, ...] = (MUST, SHOULD, OPEN), waivers: Any = None) -> Ledger:
    known = waivers or {}
    ledger = Ledger(known, {each.id: Verdict(each, waiver=known.get(each.id)) for each in clauses})
    ledger.enter(rulings, "probe")
    return ledger


def _outcomes(ledger: Ledger) -> dict[str, str]:
    """Lines of the table for the clauses of this test, by state."""
    lines = [(" ".join(text.split()), state) for text, state in terminal.table(ledger)]
    return {text: state for text, state in lines if text.startswith("x.")}


def test_breach_reads_as_expected_and_actual() -> None:
    """Clause, sentence, both sides, the exchanges with times and units, and a line that repeats it."""
    breach = Breach(
        "an answer within 60 s (slack 0.5 s)", "held 63.2 s, asked for 60 s", (answered(at=(0, 0.5)),)
    )
    assert list(terminal.breach_lines(breach_document(MUST, breach, POLL, "probe"))) == [
        "x.must (MUST): The sentence of x.must.",
        "  expected  an answer within 60 s (slack 0.5 s)",
        "  actual    held 63.2 s, asked for 60 s",
        "  exchange  [0.000–0.500 s] GET https://gateway.test/v1/generations/gen_1 → 200 ",
        f"  exchange  [1.000–64.200 s] GET {POLL.request.url} → 200 " + '{"status": "running"}',
        "  repeat    curl -sS -i -X GET 'https://gateway.test/v1/generations/gen_1?wait=60'",
    ]


def test_breach_shows_the_last_exchanges_and_counts_the_rest() -> None:
    """A long history does not push the verdict off the screen."""
    before = tuple(answered(at=(turn, turn + 1)) for turn in range(10))
    lines = list(terminal.breach_lines(breach_document(MUST, Breach("a", "b", before), POLL, "probe")))
    assert sum("  exchange  " in line for line in lines) == 4
    assert "  (7 earlier exchanges are in the report)" in lines
    assert "1.000–64.200" in lines[-2]


def test_exchange_without_an_answer_says_why() -> None:
    """The kind of failure and its detail stand where the status would."""
    silent = replace(
        answered(kind="create", sent=b'{"wait": 5}'), response=None, failure=Failure("timeout", "no answer")
    )
    line = terminal.exchange_line(to_dict(silent))
    assert line.endswith('POST https://gateway.test/v1/generations/gen_1 {"wait": 5} → timeout: no answer')


@pytest.mark.parametrize(
    ("ledger", "line", "state"),
    [
        (_ledger(), "x.must MUST not exercised: no probe of this run was about it", "not exercised"),
        (_ledger(ruling(MUST, POLL), ruling(MUST, POLL)), "x.must MUST held ×2", "held"),
        (
            _ledger(ruling(MUST, POLL), ruling(MUST, POLL, Breach("a", "b"))),
            "x.must MUST BROKEN ×1 of 2", "broken",
        ),
        (
            _ledger(ruling(SHOULD, POLL, Breach("a", "b")), waivers={"x.should": "ticket 4711"}),
            "x.should SHOULD waived ×1: ticket 4711", "waived",
        ),
        (
            _ledger(ruling(OPEN, POLL, Observation("n: 1.0", "accepted"), Observation("n: 1.0", "refused"))),
            "x.open OPEN held ×1: n: 1.0: accepted / refused", "held",
        ),
    ],
    ids=["not exercised", "held", "broken", "waived", "observed"],
)  # fmt: skip
def test_table_has_a_line_for_each_state(ledger: Ledger, line: str, state: str) -> None:
    """Not exercised is never shown as a pass; what was observed stands beside what held."""
    assert _outcomes(ledger)[line] == state


@pytest.mark.parametrize(
    ("reasons", "told"),
    [
        (["left out by depth free"], "left out by depth free"),
        (["left out by depth free", "no video model"], "no video model"),
        (["no video model", "interrupted"], "no video model; interrupted"),
        (["no video model", "interrupted", "cut", "no key"], "no video model; interrupted; and 2 more"),
    ],
)
def test_table_says_why_a_clause_was_not_exercised(reasons: list[str], told: str) -> None:
    """Two reasons in full, the others counted; what was tried says more than what was left out."""
    ledger = _ledger()
    for reason in reasons:
        ledger.excuse([MUST.id], reason)
    assert f"x.must MUST not exercised: {told}" in _outcomes(ledger)


def test_table_cuts_a_flood_of_observations() -> None:
    """Four subjects are shown."""
    seen = [Observation(f"s{turn}", "b") for turn in range(9)]
    (line,) = [each for each in _outcomes(_ledger(ruling(OPEN, POLL, *seen))) if each.startswith("x.open")]
    assert line.endswith("s3: b; and 5 more")


def test_summary_counts_clauses_traffic_and_money() -> None:
    """By state, by section, in dollars."""
    ledger = _ledger(ruling(MUST, POLL, Breach("a", "b")))
    ledger.account(answered(resource("completed", usage={"cost_usd": 0.04}), kind="create"), "wait")
    ledger.account(answered(resource("queued", "gen_2"), kind="create"), "auth")
    first, *rest = terminal.summary(ledger)
    assert first.endswith(
        f" clauses: 0 held, 1 broken, 0 unmet, 0 waived, {len(ledger.verdicts) - 1} not exercised"
    )
    assert rest == [
        "2 exchanges; 2 generations accepted, $0.04 billed",
        "generations by section: auth 1 ($0.00), wait 1 ($0.04)",
    ]


def test_summary_of_nothing_is_short() -> None:
    """A run that created nothing has no line about generations."""
    assert len(list(terminal.summary(_ledger()))) == 2


HOSTILE = "\x1b[2J\r\n\x07\u202e\u2066\u200b\x85\u2028\ud800\x00"


def _hostile() -> list[Exchange]:
    body = f'{{"message": "{HOSTILE}"}}'.encode("utf-8", "surrogatepass")
    failure = Failure("garbage", HOSTILE)
    return [
        answered(body, status=500, sent=body, headers={"X": HOSTILE}),
        replace(answered(), response=None, failure=failure),
        answered(path=f"/v1/generations/{HOSTILE}"),
    ]


@pytest.mark.parametrize("exchange", _hostile(), ids=["body", "failure", "path"])
def test_no_answer_can_paint_on_the_terminal(exchange: Exchange) -> None:
    """Escape sequences, line ends, bidi controls and half characters come out as escapes on one line."""
    document = breach_document(MUST, Breach(HOSTILE, HOSTILE), exchange, "probe")
    lines = list(terminal.breach_lines(document))
    lines += [text for text, _ in terminal.table(_ledger(ruling(OPEN, POLL, Observation(HOSTILE, HOSTILE))))]
    for line in lines:
        assert line.isprintable()
        line.encode("utf-8")


@STEADY
@given(st.text(st.characters(exclude_categories=()), max_size=60))
def test_printable_is_printable(text: str) -> None:
    """Any text comes out as one line of printable characters; what was printable is not changed."""
    shown = printable(text)
    assert all(each.isprintable() or each in "\u200c\u200d" for each in shown)
    assert shown == text or not text.isprintable()
    shown.encode("utf-8")


def test_printable_cuts_and_says_so() -> None:
    """A flood is cut to its first characters and the number of the rest."""
    assert printable("x" * 50, 10) == "x" * 10 + "…(40 more)"
    assert printable("x" * 10, 10) == "x" * 10
