"""A document that meets every goal, or the proof that there is none.

Goals are terms. Atoms of one type are met together by the builder of that type (`builders`, `objects`,
`arrays`), which asks back for the parts of a document. Cases ("or") are split only when the document built
without them happens to miss one. A question that comes up inside itself counts as unanswerable: the smallest
document that meets it contains no smaller one that does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from generations_contract.containment.solve.goals import Goals
from generations_contract.containment.solve.holds import Holder
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.terms import Term, Terms
from generations_contract.containment.values import ARRAY, OBJECT, TYPE_ORDER, Json, freeze, type_of

FOUND: Final = "found"
EMPTY: Final = "empty"
OPEN: Final = "open"
NO_FLOOR: Final = 1 << 30
DEPTH_MAX: Final = 60


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a question; `floor` is the depth of the shallowest question that an "empty" leans on."""

    state: str
    value: Json = None
    floor: int = NO_FLOOR


NOTHING: Final = Result(EMPTY)
LEFT_OPEN: Final = Result(OPEN)


class ExhaustedError(Exception):
    """The steps or the time given for the question are used up."""


Builder = Callable[["Solver", str, list[Term]], Result]


@dataclass
class Solver:
    """Answers questions about one set of terms, and remembers; `deadline` is a `process_time`."""

    terms: Terms
    holder: Holder
    builders: dict[str, Builder]
    hints: tuple[str, ...] = ()
    steps_left: int = 20_000
    deadline: float = float("inf")
    left_open: dict[str, None] = field(default_factory=dict)  # what was not decided, in words
    _memory: dict[frozenset[Term], Result] = field(default_factory=dict)
    _asking: dict[frozenset[Term], int] = field(default_factory=dict)
    _floors: list[int] = field(default_factory=lambda: [NO_FLOOR])

    def tick(self) -> None:
        """Count one step. Raises `ExhaustedError`."""
        self.steps_left -= 1
        if self.steps_left < 0 or (not self.steps_left % 16 and time.process_time() > self.deadline):
            raise ExhaustedError

    def solve(self, wanted: Iterable[Term]) -> Result:
        """A document for which every one of these terms holds. Raises `ExhaustedError`."""
        self.tick()
        goals = Goals(self.terms)
        if not goals.assume_all(wanted):
            return NOTHING
        key = goals.key()
        if (known := self._memory.get(key)) is not None:
            return known
        if (depth := self._asking.get(key)) is not None:
            self._floors[-1] = min(self._floors[-1], depth)
            return Result(EMPTY, floor=depth)
        if len(self._asking) < DEPTH_MAX:
            return self._ask(goals, key)
        return self.gave_up(f"schemas nested deeper than {DEPTH_MAX}")

    def gave_up(self, about: str) -> Result:
        """What stays open, with the words for it."""
        self.left_open[about] = None
        return LEFT_OPEN

    def _ask(self, goals: Goals, key: frozenset[Term]) -> Result:
        depth = len(self._asking)
        self._asking[key] = depth
        self._floors.append(NO_FLOOR)
        try:
            result = self._by_type(goals)
        finally:
            del self._asking[key]
            floor = self._floors.pop()
        if result.state != EMPTY or floor >= depth:
            self._memory[key] = result
            return result
        self._floors[-1] = min(self._floors[-1], floor)
        return Result(EMPTY, floor=floor)

    def _by_type(self, goals: Goals) -> Result:
        listed = goals.listed()
        if listed is not None:
            return self._among(goals, listed)
        left_open = False
        for kind in TYPE_ORDER:
            if kind in goals.types and (narrowed := goals.narrowed(kind)) is not None:
                result = self._typed(narrowed, kind)
                if result.state == FOUND:
                    return result
                left_open = left_open or result.state == OPEN
        return LEFT_OPEN if left_open else NOTHING

    def _among(self, goals: Goals, listed: list[Json]) -> Result:
        """Whether one of the listed values meets everything: each is simply tried."""
        for value in listed:
            if type_of(value) in goals.types and all(
                self.holder.holds(term, value) for term in goals.everything()
            ):
                return Result(FOUND, value)
        return NOTHING

    def _typed(self, goals: Goals, kind: str) -> Result:
        self.tick()
        if (listed := goals.listed()) is not None:
            return self._among(goals, listed)
        if kind in (ARRAY, OBJECT) and any(atom.kind == t.NOT_IN for atom in goals.atoms):
            if (narrowed := goals.narrowed(kind)) is None:
                return NOTHING
            goals = narrowed
        result = self.builders[kind](self, kind, goals.atoms_about(kind))
        if result.state == EMPTY:
            return result
        if result.state == FOUND:
            missed = [case for case in goals.cases if not self.holder.holds(case, result.value)]
            if not missed:
                return result
        else:
            missed = list(goals.cases)
        return self._split(goals, kind, missed) if missed else result

    def _split(self, goals: Goals, kind: str, missed: list[Term]) -> Result:
        """Each alternative of one missed case, in turn."""
        case = min(missed, key=lambda one: len(goals.alternatives(one)))
        left_open = False
        for alternative in goals.alternatives(case):
            branch = goals.copy()
            del branch.cases[case]
            if not branch.assume_all((alternative,)):
                continue
            result = self._typed(branch, kind)
            if result.state == FOUND:
                return result
            left_open = left_open or result.state == OPEN
        return LEFT_OPEN if left_open else NOTHING

    def differs(self, value: Json) -> Term:
        """The term "not this value"."""
        return self.terms.make(t.NOT_IN, frozenset({freeze(value)}))

    def make(self, kind: str, *args: Any) -> Term:
        """A term."""
        return self.terms.make(kind, *args)
