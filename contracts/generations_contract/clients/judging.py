"""What the clauses say of a client: each scenario by itself, then twins beside each other.

The gateway's own ledger tells what a second creation cost. The end of a client is no exchange of anybody's: where a
finding is about it, the report shows the last request that it rests on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.clauses import CLIENT_CLAUSES
from generations_contract.clients.play import Played, at_times
from generations_contract.exchange.exchange import Exchange, Failure, Request
from generations_contract.judging.clause import Breach, Finding, Ruling, alone, everyone, generation
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger

_TWINS: Final = [each for each in CLIENT_CLAUSES.values() if each.by not in (generation, everyone, alone)]
_MONEY: Final = "client.no-duplicate-creation"


@dataclass
class Judged:
    """All that was found: the ledger, and the findings of each scenario as (clause id, breach)."""

    ledger: Ledger = field(default_factory=lambda: Ledger(clauses=CLIENT_CLAUSES.values()))
    findings: dict[str, list[tuple[str, Breach]]] = field(default_factory=dict)

    @property
    def broken(self) -> set[str]:
        """Ids of the clauses that were broken."""
        return {each.clause.id for each in self.ledger.failing}


def judge(played: Sequence[Played]) -> Judged:
    """Judge all scenarios that were played."""
    judged = Judged()
    for each in played:
        _scenario(judged, each)
    twins = Judge(_TWINS)
    ordered = sorted(
        (each for each in played if each.scenario.pair), key=lambda one: bool(one.scenario.altered)
    )
    for moment, each in enumerate(ordered):
        end = next((one for one in reversed(each.exchanges) if one.ended is not None), None)
        if end is not None:
            held, rulings = twins.judge(at_times(end, float(moment)))
            _enter(judged, each, rulings, held)
    judged.ledger.excuse(
        (each for each in CLIENT_CLAUSES if not judged.ledger.verdicts[each].exercised),
        "no scenario that was played shows it of this client",
    )
    return judged


def _scenario(judged: Judged, played: Played) -> None:
    judge = Judge([each for each in CLIENT_CLAUSES.values() if each not in _TWINS])
    judged.findings.setdefault(played.scenario.name, [])
    for exchange in sorted(played.exchanges, key=lambda each: each.answered_at):
        held, rulings = judge.judge(exchange)
        _enter(judged, played, rulings, held)
        if exchange.ended is None:
            judged.ledger.exchanges += 1
    judged.ledger.generations["client"] += played.generations
    judged.ledger.cost_usd["client"] += played.billed_usd  # type: ignore[assignment]


def _enter(judged: Judged, played: Played, rulings: Sequence[Ruling], held: Sequence[Any]) -> None:
    told = [_told(each, played) for each in rulings]
    judged.ledger.enter(told, played.scenario.name, held)
    for ruling in told:
        judged.findings[played.scenario.name] += [(ruling.clause.id, each) for each in ruling.breaches]


def _told(ruling: Ruling, played: Played) -> Ruling:
    """The ruling as it is reported: about a request that was sent, and with the bill."""
    findings = tuple(_with_bill(each, ruling, played) for each in ruling.findings)
    if ruling.exchange.ended is None:
        return Ruling(ruling.clause, ruling.exchange, findings)
    shown = _shown(findings, played)
    stripped = tuple(
        replace(each, against=each.against[:-1]) if isinstance(each, Breach) else each for each in findings
    )
    return Ruling(ruling.clause, shown, stripped)


def _shown(findings: Sequence[Finding], played: Played) -> Exchange:
    """The last request that the findings rest on, else the last of the scenario."""
    against = [each.against[-1] for each in findings if isinstance(each, Breach) and each.against]
    sent = [each for each in played.exchanges if each.ended is None]
    return (against or sent or [_nothing(played.exchanges[-1])])[-1]


def _nothing(end: Exchange) -> Exchange:
    """What is shown of a client of which nothing came: it had nobody to send to, or ended before."""
    request = Request("POST", f"http://127.0.0.1{GENERATIONS_PATH}", GENERATIONS_PATH)
    return replace(
        end, kind="create", request=request, failure=Failure("unsent", "no request came"), ended=None
    )


def _with_bill(finding: Finding, ruling: Ruling, played: Played) -> Finding:
    if not isinstance(finding, Breach) or ruling.clause.id != _MONEY:
        return finding
    bill = (
        f"{played.generations} generations made, {played.billed_usd:.2f} USD billed by the gateway's ledger"
    )
    return replace(finding, actual=f"{finding.actual}: {bill}")
