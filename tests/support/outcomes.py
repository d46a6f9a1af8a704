"""What came of playing the campaign on a faulty gateway, and the matrix that is made of it.

Nothing is played here. What is wrong with a matrix is one line each; a table counts the rest.
"""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

from generations_contract.clauses import CLAUSES
from generations_contract.judging.ledger import Ledger
from generations_contract.run.performance import Performance
from generations_contract.scripts.probe import PROBES
from tests.support.impact import Name

Kind = Literal["honest", "fault", "variant"]


@dataclass(frozen=True)
class Play:
    """One gateway to play the campaign on, by the names of its tampers, and the clauses that must break."""

    kind: Kind
    names: tuple[str, ...] = ()
    declared: frozenset[str] = frozenset()

    @property
    def section(self) -> str:
        """The section of the contract that a fault belongs to: the first word of its name."""
        return self.names[0].partition("-")[0] if self.kind == "fault" else self.kind

    def __str__(self) -> str:
        return "+".join(self.names) or "honest"


@dataclass
class Outcome:
    """What came of a play: clause id -> the cases that caught a breach of it, with the first one's words.

    `lasted_s`: how long each case took on the stage's own clock.
    """

    play: Play
    broken: dict[str, list[Name]] = field(default_factory=dict)
    lasted_s: dict[Name, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    exercised: set[str] = field(default_factory=set)
    stumbles: list[str] = field(default_factory=list)
    exchanges: int = 0
    generations: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    @property
    def missed(self) -> list[str]:
        """Clauses that should have broken."""
        return sorted(self.play.declared - self.broken.keys())

    @property
    def besides(self) -> list[str]:
        """Clauses that should not have broken."""
        return sorted(self.broken.keys() - self.play.declared)

    @property
    def caught(self) -> bool:
        """Whether any of the declared clauses broke."""
        return bool(self.play.declared & self.broken.keys())

    @property
    def exact(self) -> bool:
        """Whether exactly the declared clauses broke, and no script stumbled."""
        return not self.missed and not self.besides and not self.stumbles

    def take(self, performance: Performance[object], name: Name) -> None:
        """Enter what a case brought to light."""
        self.exchanges += len(performance.exchanges)
        self.exercised |= performance.exercised
        if performance.error is not None:
            self.stumbles.append(f"{performance.name}: {performance.error!r}")
        for ruling, breach in performance.breaches:
            names = self.broken.setdefault(ruling.clause.id, [])
            if name not in names:
                names.append(name)
            words = f"{performance.name}: expected {breach.expected}; was {breach.actual}"
            self.words.setdefault(ruling.clause.id, words)

    def settle(self, ledger: Ledger) -> None:
        """Enter what only a whole run can show: promised cases that no script got."""
        for verdict in ledger.failing:
            if verdict.unmet and verdict.clause.id not in self.broken:
                probe = verdict.breaches[0]["probe"].partition("[")[0]
                self.broken[verdict.clause.id] = [(probe, None)]
                self.words[verdict.clause.id] = f"{probe}: never came: {verdict.breaches[0]['expected']}"


# ---- the report


def problems(outcomes: Iterable[Outcome], *, whole: bool) -> Iterator[str]:
    """One line for each thing that is not as it should be."""
    seen = list(outcomes)
    for outcome in seen:
        name = str(outcome.play)
        if outcome.play.kind == "fault" and not outcome.caught:
            yield f"NOT CAUGHT  {name}: declared {', '.join(sorted(outcome.play.declared))}"
        elif outcome.missed:
            yield f"NOT BROKEN  {name}: {', '.join(outcome.missed)}"
        for clause_id in outcome.besides:
            label = "BESIDES    " if outcome.play.kind == "fault" else "FALSE ALARM"
            yield f"{label} {name}: {clause_id} ({outcome.words[clause_id]})"
        for stumble in outcome.stumbles:
            yield f"STUMBLED    {name}: {stumble}"
        if not outcome.exchanges:
            yield f"NEVER SHOWS {name}: changes nothing in any case"
    if whole:
        broken = {clause_id for outcome in seen for clause_id in outcome.broken}
        for clause_id, each in CLAUSES.items():
            if each.level != "OPEN" and clause_id not in broken:
                yield f"NO FAULT    breaks {clause_id}"


def idle_probes(outcomes: Iterable[Outcome]) -> tuple[list[str], list[str]]:
    """Probes that never catch anything, and probes that are never the only one to catch something."""
    catching: set[str] = set()
    alone: set[str] = set()
    for outcome in outcomes:
        for names in outcome.broken.values():
            probes = {probe for probe, _ in names}
            catching |= probes
            alone |= probes if len(probes) == 1 else set()
    return sorted(PROBES.keys() - catching), sorted(catching - alone)


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Faults caught and exact by section, variants clean."""
    faults: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    for outcome in outcomes:
        section = outcome.play.section
        faults[section] += 1
        caught[section] += outcome.caught
        exact[section] += outcome.exact
    yield f"{'section':<12}{'faults':>8}{'caught':>8}{'exact':>8}"
    sections = sorted(faults.keys() - {"honest", "variant"})
    for section in sections:
        yield f"{section:<12}{faults[section]:>8}{caught[section]:>8}{exact[section]:>8}"
    total = [sum(count[section] for section in sections) for count in (faults, caught, exact)]
    yield f"{'all':<12}{total[0]:>8}{total[1]:>8}{total[2]:>8}"
    yield f"variants clean: {exact['variant']} of {faults['variant']}"
    yield f"honest gateway clean: {exact['honest']} of {faults['honest']}"


def report(outcomes: list[Outcome], elapsed_s: float, *, whole: bool) -> bool:
    """Print the matrix; true where nothing is wrong."""
    lines = list(problems(sorted(outcomes, key=lambda each: str(each.play)), whole=whole))
    _say(*lines, "", *table(outcomes))
    if whole:
        never, shared = idle_probes(outcomes)
        _say(*(f"never catches anything: {name}" for name in never))
        _say(f"{len(shared)} probes are never the only one to catch something")
    exchanges = sum(outcome.exchanges for outcome in outcomes)
    busy_s = sum(outcome.seconds for outcome in outcomes)
    each_s = busy_s / max(1, len(outcomes))
    _say(f"{elapsed_s:.1f} s, {exchanges} exchanges, {each_s:.2f} s a campaign, {len(lines)} problems")
    return not lines


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)
