"""The verdict on a terminal: a breach in full, and the table of all clauses at the end of a run."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from generations_contract.forms.text import printable
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import STATES, Verdict

# Exchanges shown with a breach; the rest is in the JSON report.
_SHOWN_EXCHANGES = 4


def breach_lines(breach: Mapping[str, Any]) -> Iterator[str]:
    """A breach (`verdict.breach_document`) as lines: clause, sentence, expected, actual, exchanges, curl."""
    yield f"{breach['clause']} ({breach['level']}): {breach['says']}"
    yield f"  expected  {printable(breach['expected'])}"
    yield f"  actual    {printable(breach['actual'])}"
    hidden = len(breach["exchanges"]) - _SHOWN_EXCHANGES
    if hidden > 0:
        yield f"  ({hidden} earlier exchanges are in the report)"
    for exchange in breach["exchanges"][-_SHOWN_EXCHANGES:]:
        yield f"  exchange  {exchange_line(exchange)}"
    yield f"  repeat    {printable(breach['curl'], 4000)}"


def exchange_line(exchange: Mapping[str, Any]) -> str:
    """An exchange (`codec.to_dict`) on one line, with times in seconds."""
    request = exchange["request"]
    asked = f"{request['method']} {printable(request['url'], 160)}"
    sent = f" {printable(request.get('body', ''), 160)}" if request.get("body") else ""
    span = f"{exchange['sent_at']:.3f}–{exchange['answered_at']:.3f} s"
    if "failure" in exchange:
        failure = exchange["failure"]
        return f"[{span}] {asked}{sent} → {failure['kind']}: {printable(failure['detail'], 160)}"
    response = exchange.get("response", {})
    body = printable(response.get("body", ""), 300)
    return f"[{span}] {asked}{sent} → {response.get('status')} {body}"


def table(ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Lines of the clause table as (text, state of the clause)."""
    width = max(len(clause_id) for clause_id in ledger.verdicts)
    for clause_id, verdict in ledger.verdicts.items():
        yield f"{clause_id:<{width}}  {verdict.clause.level:<6}  {_outcome(verdict)}", verdict.state


def summary(ledger: Ledger) -> Iterator[str]:
    """The counts of a run: clauses by state, then traffic, generations and dollars by section."""
    states = [verdict.state for verdict in ledger.verdicts.values()]
    counts = ", ".join(f"{states.count(state)} {state}" for state in STATES)
    yield f"{len(states)} clauses: {counts}"
    made, paid = sum(ledger.generations.values()), sum(ledger.cost_usd.values())
    unseen, aside = sum(ledger.unbilled.values()), sum(ledger.unbilled_usd.values())
    open_bills = f"; no bill seen of {unseen} of them, ${aside:.2f} set aside" if unseen else ""
    yield f"{ledger.exchanges} exchanges; {made} generations accepted, ${paid:.2f} billed{open_bills}"
    if made:
        by_section = (
            f"{section} {count} (${ledger.cost_usd.get(section, 0):.2f})"
            for section, count in sorted(ledger.generations.items())
        )
        yield f"generations by section: {', '.join(by_section)}"
    for reason, count in sorted(ledger.left_out.items()):
        yield f"not played, {count} test{'s' if count > 1 else ''}: {printable(reason, 300)}"


def _outcome(verdict: Verdict) -> str:
    if verdict.state == "broken":
        return f"BROKEN ×{verdict.broken + verdict.unmet} of {verdict.exercised}"
    if verdict.state == "unmet":
        return f"UNMET ×{verdict.unmet}: {'; '.join(_expected(verdict))}"
    if verdict.state == "waived":
        return f"waived{f' ×{verdict.waived}' if verdict.waived else ''}: {verdict.forgiveness}"
    if verdict.state == "not exercised":
        reasons = "; ".join(_first(verdict.excuses)) or "no probe of this run was about it"
        return f"{'REQUIRED, AND ' if verdict.required else ''}not exercised: {reasons}"
    seen = f": {'; '.join(_observed(verdict))}" if verdict.observed else ""
    return f"held ×{verdict.exercised}{seen}"


def _expected(verdict: Verdict) -> Iterator[str]:
    """What was promised and did not come, each once."""
    counted = [breach["expected"] for breach in verdict.breaches if not breach["waived"]]
    yield from _first([printable(each, 160) for each in dict.fromkeys(counted)])


def _first(reasons: list[str], most: int = 2) -> Iterable[str]:
    return [*reasons[:most], f"and {len(reasons) - most} more"] if len(reasons) > most else reasons


def _observed(verdict: Verdict) -> Iterator[str]:
    for subject, behaviours in sorted(verdict.observed.items())[:4]:
        yield printable(f"{subject}: {' / '.join(sorted(behaviours))}", 120)
    if len(verdict.observed) > 4:
        yield f"and {len(verdict.observed) - 4} more"
