"""A verdict: what a run can say of one clause. All of them together are the `ledger`'s.

A verdict may only get worse: not exercised < held < waived < unmet < broken. Those of parallel workers merge into
one; the outcome does not depend on the order.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.baseline import fingerprint, kind
from generations_contract.judging.clause import Breach, Clause, Observation
from generations_contract.recordings.codec import curl, to_dict

State = Literal["held", "broken", "unmet", "waived", "not exercised"]
# In the order in which they are told.
STATES: Final[tuple[State, ...]] = get_args(State)
# A clause in one of these fails the run.
FAILING: Final = frozenset({"broken", "unmet"})

# The sections in the order of the contract, as far as they are about the gateway.
SECTIONS = (
    "auth", "request", "strict", "response", "lifecycle", "wait", "headers", "errors", "media", "billing"
)  # fmt: skip
# How the reason of a test begins that a run was not meant to play.
LEFT_OUT: Final = "left out"
# Breaches kept in full per clause; the rest is counted.
KEPT_BREACHES = 10
KEPT_FINGERPRINTS = KEPT_SUBJECTS = 500


def place(section: str) -> tuple[int, str]:
    """Where a section stands in the order of the contract; those that are somebody's own come last, by name."""
    return (SECTIONS.index(section) if section in SECTIONS else len(SECTIONS), section)


@dataclass
class Verdict:
    """What a run says of one clause. `breaches` are JSON documents; `observed` is subject -> behaviours.

    `unmet`: breaches of the kind "a promised case did not come". `young`: why this run does not count it; `waiver`:
    why the profile waives it; `pardons`: why the baseline accepts breaches; `fingerprints`: every different breach ->
    (probe, actual, kind); `withheld`: requests that the budget kept back, by reason. `required`: not to exercise it
    fails the run.
    """

    clause: Clause
    exercised: int = 0
    broken: int = 0
    unmet: int = 0
    waived: int = 0
    required: bool = False
    breaches: list[dict[str, Any]] = field(default_factory=list)
    observed: dict[str, Counter[str]] = field(default_factory=dict)
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    waiver: str | None = None
    young: str | None = None
    pardons: list[str] = field(default_factory=list)
    fingerprints: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    withheld: Counter[str] = field(default_factory=Counter)

    @property
    def excuses(self) -> list[str]:
        """The reasons, without those that say little where this run tried and could not."""
        return [reason for reason in self.reasons if not reason.startswith(LEFT_OUT)] or self.reasons

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
        """Why breaches of it do not fail the run: its age, the profile's reason and the baseline's."""
        return "; ".join(filter(None, (self.young, self.waiver, *self.pardons)))

    @property
    def state(self) -> State:
        """The one state that the clause ends the run in.

        Where a promised case came at other times and was judged, its absence is no mere silence: broken.
        """
        if self.young:
            return "waived"
        if self.broken or (self.unmet and self.exercised > self.unmet + self.waived):
            return "broken"
        if self.unmet:
            return "unmet"
        if self.waived:
            return "waived"
        return "held" if self.exercised else "not exercised"

    @property
    def lacking(self) -> bool:
        """Whether it was to be exercised without fail, and was not."""
        return self.required and self.state == "not exercised"

    @property
    def fails(self) -> bool:
        """Whether it fails the run."""
        return self.state in FAILING or self.lacking

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

    def forgives(self, finding: Breach) -> bool:
        """Whether a breach is not counted: of a clause too young for this run, or of a SHOULD that is waived."""
        level = finding.level or self.clause.level
        return bool(self.young) or (level == "SHOULD" and self.waiver is not None)

    def enter(self, finding: Breach, exchange: Exchange, probe: str, pardon: str | None = None) -> None:
        """Count a breach; one that the profile forgives is waived, and what has a `pardon`."""
        forgiven = pardon is not None or self.forgives(finding)
        if forgiven:
            self.waived += 1
        elif finding.unmet:
            self.unmet += 1
        else:
            self.broken += 1
        if pardon is not None and pardon not in self.pardons:
            self.pardons.append(pardon)
        if len(self.fingerprints) < KEPT_FINGERPRINTS:
            told = (probe, finding.actual, kind(self.clause.id, finding))
            self.fingerprints.setdefault(fingerprint(self.clause.id, finding), told)
        if len(self.breaches) < KEPT_BREACHES:
            self.breaches.append(breach_document(self.clause, finding, exchange, probe, waived=forgiven))

    def to_dict(self) -> dict[str, Any]:
        """Everything as JSON types, for another process."""
        return {
            "level": self.clause.level,
            "says": self.clause.says,
            "exercised": self.exercised,
            "broken": self.broken,
            "unmet": self.unmet,
            "waived": self.waived,
            "breaches": self.breaches,
            "reasons": self.reasons,
            "notes": self.notes,
            "withheld": dict(self.withheld),
            "pardons": self.pardons,
            "fingerprints": {mark: list(where) for mark, where in self.fingerprints.items()},
            "observed": {subject: dict(behaviours) for subject, behaviours in self.observed.items()},
        }

    def merge(self, tallies: Mapping[str, Any]) -> None:
        """Add what another verdict's `to_dict` says of the same clause."""
        self.exercised += tallies["exercised"]
        self.broken += tallies["broken"]
        self.unmet += tallies["unmet"]
        self.waived += tallies["waived"]
        self.breaches = (self.breaches + tallies["breaches"])[:KEPT_BREACHES]
        self.withheld.update(tallies["withheld"])
        self.notes += [note for note in tallies["notes"] if note not in self.notes]
        self.pardons += [each for each in tallies["pardons"] if each not in self.pardons]
        for mark, (probe, actual, alike) in tallies["fingerprints"].items():
            self.fingerprints.setdefault(mark, (probe, actual, alike))
        for reason in tallies["reasons"]:
            self.excuse(reason)
        for subject, behaviours in tallies["observed"].items():
            self.observed.setdefault(subject, Counter()).update(behaviours)


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
