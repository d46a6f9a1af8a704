"""The ledger: all verdicts of a run, what was promised to it and did not come, and what it generated and paid.

Ledgers of parallel workers merge into one; the outcome does not depend on the order. What one clause's verdict may
say is `verdict`'s.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import filter as fitting
from typing import Any, Final, NamedTuple

from generations_contract.document.states import younger
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.baseline import Baseline
from generations_contract.judging.clause import CLAUSES, Breach, Clause, Observation, Ruling, stated
from generations_contract.judging.network import Network
from generations_contract.judging.verdict import LEFT_OUT, Verdict, place
from generations_contract.money import billed_usd
from generations_contract.recordings.codec import from_dict, to_dict

# Generations whose bill may still change; the oldest are taken as they are.
OPEN_BILLS: Final = 20_000


@dataclass
class _Bill:
    """What a generation costs so far, whose section it is, and what is set aside as long as nobody knows."""

    section: str
    unbilled_usd: float | None = None
    usd: float = 0.0


class Promise(NamedTuple):
    """A case of a clause that the profile or the document promises: what was `expected`, and what came.

    Without a `subject` any exercise of the clause keeps the promise; else one of that subject does.
    """

    clause: str
    expected: str
    actual: str
    subject: str = ""


@dataclass
class Ledger:
    """All verdicts of a run, and its traffic: exchanges, generations and dollars by section.

    `played`: names of the probes that were played to their end; `baseline`: breaches that are accepted.
    `document`: the date of the contract that the run is measured by, where one was chosen (`document.states`).
    `unbilled`: generations of a live target whose bill was not seen, by section, and what was set aside.
    `misses`: promised cases that did not come when they were asked for, as JSON documents; `met`: those (clause,
    subject) that came. `left_out`: tests that were not played, or not to their end, by reason. `network`: what
    was lost on the way. `clauses`: those of the gateway's side, or of the client's.
    """

    waivers: Mapping[str, str] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    exchanges: int = 0
    generations: Counter[str] = field(default_factory=Counter)
    cost_usd: Counter[str] = field(default_factory=Counter)
    baseline: Baseline | None = None
    document: str | None = None
    played: set[str] = field(default_factory=set)
    unbilled: Counter[str] = field(default_factory=Counter)
    unbilled_usd: Counter[str] = field(default_factory=Counter)
    misses: list[dict[str, Any]] = field(default_factory=list)
    met: set[tuple[str, str]] = field(default_factory=set)
    left_out: Counter[str] = field(default_factory=Counter)
    network: Network = field(default_factory=Network)
    clauses: Iterable[Clause] = field(default_factory=CLAUSES.values, repr=False)
    _bills: dict[str, _Bill] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.admit(self.clauses)

    def admit(self, clauses: Iterable[Clause]) -> None:
        """Begin a verdict for each of these clauses that has none yet, in the order of the contract."""
        young = younger(self.document)
        for each in sorted(clauses, key=lambda clause: place(clause.section)):
            begun = Verdict(each, waiver=self.waivers.get(each.id), young=young.get(each.id))
            self.verdicts.setdefault(each.id, begun)

    @property
    def failing(self) -> list[Verdict]:
        """The verdicts that fail the run: broken, unmet, or required and not exercised."""
        return [verdict for verdict in self.verdicts.values() if verdict.fails]

    @property
    def exercised(self) -> set[str]:
        """Ids of the clauses that were exercised."""
        return {clause_id for clause_id, verdict in self.verdicts.items() if verdict.exercised}

    def require(self, patterns: Iterable[str]) -> None:
        """Let it fail the run where a clause that one of these patterns fits is not exercised."""
        for pattern in patterns:
            for clause_id in fitting(self.verdicts, pattern):
                self.verdicts[clause_id].required = True

    @property
    def wrong(self) -> str | None:
        """The run's outcome as far as the contract decides it: "broken", "unmet", or nothing is wrong."""
        if self.stale or any(
            verdict.fails and verdict.state != "unmet" for verdict in self.verdicts.values()
        ):
            return "broken"
        return "unmet" if self.failing else None

    @property
    def stale(self) -> list[str]:
        """Lines about breaches that the baseline lists and that no longer happen; they fail the run too."""
        return self.baseline.stale(self.played) if self.baseline else []

    def enter(self, rulings: Iterable[Ruling], probe: str, held: Iterable[Clause] = ()) -> None:
        """Take rulings in, and clauses that held; `probe` names what provoked the exchange."""
        for clause in held:
            self.verdicts[clause.id].exercised += 1
        for ruling in rulings:
            verdict = self.verdicts[ruling.clause.id]
            verdict.exercised += 1
            for finding in ruling.findings:
                if isinstance(finding, Observation):
                    verdict.see(finding)
                else:
                    pardon = self.baseline.meet(ruling.clause.id, finding) if self.baseline else None
                    verdict.enter(finding, ruling.exchange, probe, pardon)

    def miss(self, promise: Promise, exchange: Exchange, probe: str) -> None:
        """Note that a promised case was asked for, last by `exchange`, and did not come."""
        self.misses.append({**promise._asdict(), "exchange": to_dict(exchange), "probe": probe})

    def meet(self, clause_id: str, subject: str) -> None:
        """Note that a case of that subject came after all."""
        self.met.add((clause_id, subject))

    def settle(self) -> None:
        """When all is played: what was promised, asked for and never came is *unmet*."""
        missed = {(each["clause"], each["subject"], each["expected"]): each for each in self.misses}
        self.misses = []
        for each in missed.values():
            verdict = self.verdicts[each["clause"]]
            came = (each["clause"], each["subject"]) in self.met if each["subject"] else verdict.exercised
            if not came:
                finding = Breach(each["expected"], each["actual"], unmet=True)
                self.enter([Ruling(verdict.clause, from_dict(each["exchange"]), (finding,))], each["probe"])

    def account(self, exchange: Exchange, section: str, unbilled_usd: float | None = None) -> None:
        """Count an exchange, the generation that it created and what it turned out to cost.

        `unbilled_usd`: what is set aside for the generation that this creation made, or may have made.
        """
        self.exchanges += 1
        generation_id = exchange.generation_id if exchange.resource is not None else None
        made = generation_id is not None or unbilled_usd is not None
        if exchange.kind == "create" and made and generation_id not in self._bills:
            self._open_bill(generation_id, section, unbilled_usd)
        bill = self._bills.get(generation_id) if generation_id is not None else None
        cost = billed_usd(exchange)
        if bill is None or cost is None:
            return
        self.cost_usd[bill.section] += cost - bill.usd  # type: ignore[assignment]
        bill.usd = cost
        if exchange.terminal and bill.unbilled_usd is not None:
            self.unbilled[bill.section] -= 1
            self.unbilled_usd[bill.section] -= bill.unbilled_usd  # type: ignore[assignment]
            bill.unbilled_usd = None

    def _open_bill(self, generation_id: str | None, section: str, unbilled_usd: float | None) -> None:
        self.generations[section] += 1
        if unbilled_usd is not None:
            self.unbilled[section] += 1
            self.unbilled_usd[section] += unbilled_usd  # type: ignore[assignment]
        if generation_id is not None:
            self._bills[generation_id] = _Bill(section, unbilled_usd)
            if len(self._bills) > OPEN_BILLS:
                del self._bills[next(iter(self._bills))]

    def withhold(self, clause_ids: Iterable[str], why: str, count: int) -> None:
        """Note that requests about some clauses were not sent."""
        for clause_id in clause_ids:
            self.verdicts[clause_id].withheld[why] += count

    def excuse(self, clause_ids: Iterable[str], reason: str) -> None:
        """Note for several clauses why they were not exercised."""
        for clause_id in clause_ids:
            self.verdicts[clause_id].excuse(reason)

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types, for another process."""
        return {
            "exchanges": self.exchanges,
            "generations": dict(self.generations),
            "cost_usd": dict(self.cost_usd),
            "unbilled": dict(self.unbilled),
            "unbilled_usd": dict(self.unbilled_usd),
            "played": sorted(self.played),
            "misses": self.misses,
            "met": sorted(self.met),
            "left_out": dict(self.left_out),
            "network": self.network.to_dict(),
            "recurred": sorted(self.baseline.recurred) if self.baseline else [],
            "verdicts": {clause_id: verdict.to_dict() for clause_id, verdict in self.verdicts.items()},
        }

    def merge(self, document: Mapping[str, Any]) -> None:
        """Add what another ledger's `to_dict` says."""
        self.exchanges += document["exchanges"]
        self.generations.update(document["generations"])
        self.cost_usd.update(document["cost_usd"])
        self.unbilled.update(document["unbilled"])
        self.unbilled_usd.update(document["unbilled_usd"])
        self.played.update(document["played"])
        self.misses += document["misses"]
        self.network.merge(document["network"])
        for reason, count in document["left_out"].items():
            # Each worker leaves out the same tests; those that were stopped are its own.
            same = reason.startswith(LEFT_OUT)
            self.left_out[reason] = (
                max(self.left_out[reason], count) if same else self.left_out[reason] + count
            )
        self.met.update((clause, subject) for clause, subject in document["met"])
        if self.baseline:
            self.baseline.recurred.update((clause, mark) for clause, mark in document["recurred"])
        for clause_id, tallies in document["verdicts"].items():
            if clause_id not in self.verdicts:
                self.admit([stated(clause_id, tallies["level"], tallies["says"])])
            self.verdicts[clause_id].merge(tallies)
