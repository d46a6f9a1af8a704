"""Verdicts: what a run can say of each clause, and the ledger that collects it.

A verdict may only get worse: not exercised < held < waived < broken. Ledgers of parallel workers merge into
one; the outcome does not depend on the order. What was generated and paid is kept beside, by section.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.baseline import Baseline, fingerprint, kind
from generations_contract.judging.clause import CLAUSES, Breach, Clause, Observation, Ruling, stated
from generations_contract.judging.network import Network
from generations_contract.money import billed_usd
from generations_contract.recordings.codec import curl, to_dict

State = Literal["held", "broken", "waived", "not exercised"]

# The sections in the order of the contract.
SECTIONS = (
    "auth", "request", "strict", "response", "lifecycle", "wait", "headers", "errors", "media", "billing"
)  # fmt: skip
# Breaches kept in full per clause; the rest is counted.
KEPT_BREACHES = 10
KEPT_FINGERPRINTS = KEPT_SUBJECTS = 500
# Generations whose bill may still change; the oldest are taken as they are.
OPEN_BILLS = 20_000


def place(section: str) -> tuple[int, str]:
    """Where a section stands in the order of the contract; those that are somebody's own come last, by name."""
    return (SECTIONS.index(section) if section in SECTIONS else len(SECTIONS), section)


@dataclass
class Verdict:
    """What a run says of one clause. `breaches` are JSON documents; `observed` is subject -> behaviours.

    `waiver`: why the profile waives it; `pardons`: why the baseline accepts breaches; `fingerprints`: every
    different breach -> (probe, actual, kind); `withheld`: requests that the budget kept back, by reason.
    """

    clause: Clause
    exercised: int = 0
    broken: int = 0
    waived: int = 0
    breaches: list[dict[str, Any]] = field(default_factory=list)
    observed: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    waiver: str | None = None
    pardons: list[str] = field(default_factory=list)
    fingerprints: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    withheld: Counter[str] = field(default_factory=Counter)

    @property
    def excuses(self) -> list[str]:
        """The reasons, without those that say little where this run tried and could not."""
        return [reason for reason in self.reasons if not reason.startswith("left out")] or self.reasons

    @property
    def remarks(self) -> list[str]:
        """The notes, and what the budget kept back once the clause was known to be broken."""
        kept_back = sum(self.withheld.values())
        if not (self.broken and kept_back):
            return self.notes
        requests = f"{kept_back} request{'s' if kept_back > 1 else ''} of the scripts about it not sent"
        return [*self.notes, f"{self.clause.id}: {requests}: {'; '.join(sorted(self.withheld))}"]

    @property
    def forgiveness(self) -> str:
        """Why breaches of it do not fail the run: the profile's reason and the baseline's."""
        return "; ".join(filter(None, (self.waiver, *self.pardons)))

    @property
    def state(self) -> State:
        """The one state that the clause ends the run in."""
        if self.broken:
            return "broken"
        if self.waived:
            return "waived"
        return "held" if self.exercised else "not exercised"

    def excuse(self, reason: str) -> None:
        """Note why something that would have exercised the clause did not."""
        if reason not in self.reasons:
            self.reasons.append(reason)

    def see(self, finding: Observation) -> None:
        """Count what the target does where the document is silent; of endless variety some is kept."""
        behaviours = self.observed.get(finding.subject)
        if behaviours is None and len(self.observed) < KEPT_SUBJECTS:
            behaviours = self.observed[finding.subject] = Counter()
        if behaviours is not None and (finding.behaviour in behaviours or len(behaviours) < KEPT_SUBJECTS):
            behaviours[finding.behaviour] += 1

    def enter(self, finding: Breach, exchange: Exchange, probe: str, pardon: str | None = None) -> None:
        """Count a breach; a SHOULD that the profile waives is waived, and what has a `pardon`."""
        level = finding.level or self.clause.level
        forgiven = pardon is not None or (level == "SHOULD" and self.waiver is not None)
        self.waived += forgiven
        self.broken += not forgiven
        if pardon is not None and pardon not in self.pardons:
            self.pardons.append(pardon)
        if len(self.fingerprints) < KEPT_FINGERPRINTS:
            told = (probe, finding.actual, kind(self.clause.id, finding))
            self.fingerprints.setdefault(fingerprint(self.clause.id, finding), told)
        if len(self.breaches) < KEPT_BREACHES:
            self.breaches.append(breach_document(self.clause, finding, exchange, probe, waived=forgiven))


@dataclass
class _Bill:
    """What a generation costs so far, whose section it is, and what is set aside as long as nobody knows."""

    section: str
    unbilled_usd: float | None = None
    usd: float = 0.0


@dataclass
class Ledger:
    """All verdicts of a run, and its traffic: exchanges, generations and dollars by section.

    `played`: names of the probes that were played to their end; `baseline`: breaches that are accepted.
    `unbilled`: generations of a live target whose bill was not seen, by section, and what was set aside. `network`:
    what was lost on the way.
    """

    waivers: Mapping[str, str] = field(default_factory=dict)
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    exchanges: int = 0
    generations: Counter[str] = field(default_factory=Counter)
    cost_usd: Counter[str] = field(default_factory=Counter)
    baseline: Baseline | None = None
    played: set[str] = field(default_factory=set)
    unbilled: Counter[str] = field(default_factory=Counter)
    unbilled_usd: Counter[str] = field(default_factory=Counter)
    network: Network = field(default_factory=Network)
    _bills: dict[str, _Bill] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        self.admit(CLAUSES.values())

    def admit(self, clauses: Iterable[Clause]) -> None:
        """Begin a verdict for each of these clauses that has none yet, in the order of the contract."""
        for each in sorted(clauses, key=lambda clause: place(clause.section)):
            self.verdicts.setdefault(each.id, Verdict(each, waiver=self.waivers.get(each.id)))

    @property
    def broken(self) -> list[Verdict]:
        """The verdicts that fail the run."""
        return [verdict for verdict in self.verdicts.values() if verdict.state == "broken"]

    @property
    def exercised(self) -> set[str]:
        """Ids of the clauses that were exercised."""
        return {clause_id for clause_id, verdict in self.verdicts.items() if verdict.exercised}

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
            "recurred": sorted(self.baseline.recurred) if self.baseline else [],
            "network": self.network.to_dict(),
            "verdicts": {clause_id: _tallies(verdict) for clause_id, verdict in self.verdicts.items()},
        }

    def merge(self, document: Mapping[str, Any]) -> None:
        """Add what another ledger's `to_dict` says."""
        self.exchanges += document["exchanges"]
        self.generations.update(document["generations"])
        self.cost_usd.update(document["cost_usd"])
        self.unbilled.update(document["unbilled"])
        self.unbilled_usd.update(document["unbilled_usd"])
        self.played.update(document["played"])
        self.network.merge(document["network"])
        if self.baseline:
            self.baseline.recurred.update((clause, mark) for clause, mark in document["recurred"])
        for clause_id, tallies in document["verdicts"].items():
            if clause_id not in self.verdicts:
                self.admit([stated(clause_id, tallies["level"], tallies["says"])])
            verdict = self.verdicts[clause_id]
            verdict.exercised += tallies["exercised"]
            verdict.broken += tallies["broken"]
            verdict.waived += tallies["waived"]
            verdict.breaches = (verdict.breaches + tallies["breaches"])[:KEPT_BREACHES]
            verdict.withheld.update(tallies["withheld"])
            verdict.notes += [note for note in tallies["notes"] if note not in verdict.notes]
            verdict.pardons += [each for each in tallies["pardons"] if each not in verdict.pardons]
            for mark, (probe, actual, alike) in tallies["fingerprints"].items():
                verdict.fingerprints.setdefault(mark, (probe, actual, alike))
            for reason in tallies["reasons"]:
                verdict.excuse(reason)
            for subject, behaviours in tallies["observed"].items():
                verdict.observed.setdefault(subject, Counter()).update(behaviours)


def breach_document(
    clause: Clause, finding: Breach, exchange: Exchange, probe: str, *, waived: bool = False
) -> dict[str, Any]:
    """A breach as JSON: clause, level, expected, actual, where, a curl line, and the exchanges concerned."""
    return {
        "clause": clause.id,
        "level": finding.level or clause.level,
        "says": clause.says,
        "expected": finding.expected,
        "actual": finding.actual,
        "waived": waived,
        "fingerprint": fingerprint(clause.id, finding),
        "probe": probe,
        "curl": curl(exchange),
        "exchanges": [to_dict(each) for each in (*finding.against, exchange)],
    }


def _tallies(verdict: Verdict) -> dict[str, Any]:
    return {
        "level": verdict.clause.level,
        "says": verdict.clause.says,
        "exercised": verdict.exercised,
        "broken": verdict.broken,
        "waived": verdict.waived,
        "breaches": verdict.breaches,
        "reasons": verdict.reasons,
        "notes": verdict.notes,
        "withheld": dict(verdict.withheld),
        "pardons": verdict.pardons,
        "fingerprints": {mark: list(where) for mark, where in verdict.fingerprints.items()},
        "observed": {subject: dict(behaviours) for subject, behaviours in verdict.observed.items()},
    }
