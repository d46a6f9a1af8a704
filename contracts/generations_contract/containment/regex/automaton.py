"""Patterns as automata that are made deterministic only as far as a search goes.

No schema is read here, and no string is looked for: `languages` says which automata a pattern is made of, and
walks those that look around.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, TypeAlias

from generations_contract.containment.regex.expressions import (
    Ahead,
    Anchor,
    Behind,
    Characters,
    Choice,
    Node,
    Repeat,
    Sequence,
    UnsupportedPatternError,
)
from generations_contract.containment.regex.unicode import Intervals

STATES_MAX: Final = 6_000


# Of a step without a character: none, at the start (`True`) or the end (`False`) only, or what is seen around.
Condition: TypeAlias = bool | Ahead | Behind | None


@dataclass
class Automaton:
    """A non-deterministic automaton over code points; state 0 starts and state 1 accepts."""

    silent: list[list[tuple[int, Condition]]] = field(default_factory=lambda: [[], []])
    moves: list[list[tuple[Intervals, int]]] = field(default_factory=lambda: [[], []])
    looks: list[Ahead | Behind] = field(default_factory=list)

    def state(self) -> int:
        """A new state."""
        if len(self.silent) >= STATES_MAX:
            raise UnsupportedPatternError("the pattern is too large")
        self.silent.append([])
        self.moves.append([])
        return len(self.silent) - 1

    def add(self, node: Node, start: int, end: int) -> None:
        """Make `node` lead from one state to another."""
        match node:
            case Characters(ranges):
                self.moves[start].append((ranges, end))
            case Anchor(at_start):
                self.silent[start].append((end, at_start))
            case Sequence(parts):
                states = [start, *(self.state() for _ in parts[1:]), end]
                if not parts:
                    self.silent[start].append((end, None))
                for part, (before, after) in zip(parts, pairwise(states), strict=False):
                    self.add(part, before, after)
            case Choice(parts):
                for part in parts:
                    self.add(part, start, end)
            case Repeat():
                self._repeat(node, start, end)
            case Ahead() | Behind():
                self.silent[start].append((end, node))
                self.looks.append(node)

    def _repeat(self, node: Repeat, start: int, end: int) -> None:
        at = start
        for _ in range(node.low):
            self.add(node.part, at, at := self.state())
        if node.high is None:
            loop = self.state()
            self.silent[at].append((loop, None))
            self.silent[loop].append((end, None))
            inner = self.state()
            self.add(node.part, loop, inner)
            self.silent[inner].append((loop, None))
            return
        for _ in range(node.high - node.low):
            self.silent[at].append((end, None))
            self.add(node.part, at, at := self.state())
        self.silent[at].append((end, None))

    def closure(self, states: frozenset[int], *, at_start: bool, at_end: bool) -> frozenset[int]:
        """Every state that is reached without reading a character."""
        seen, todo = set(states), list(states)
        while todo:
            for target, anchor in self.silent[todo.pop()]:
                allowed = anchor is None or (at_start if anchor else at_end)
                if allowed and target not in seen:
                    seen.add(target)
                    todo.append(target)
        return frozenset(seen)

    def live(self) -> frozenset[int]:
        """Every state from which the string can still be accepted, some characters into it."""
        before: list[set[int]] = [set() for _ in self.silent]
        for state, (silent, moves) in enumerate(zip(self.silent, self.moves, strict=True)):
            for target in (*(t for t, anchor in silent if anchor is not True), *(t for _, t in moves)):
                before[target].add(state)
        seen, todo = {1}, [1]
        while todo:
            fresh = before[todo.pop()] - seen
            seen |= fresh
            todo.extend(fresh)
        return frozenset(seen)


@dataclass
class Searcher:
    """One automaton that searches: determinised as far as it has been walked."""

    automaton: Automaton
    automata: tuple[Automaton, ...] = ()
    _steps: dict[tuple[frozenset[int], int], frozenset[int]] = field(default_factory=dict)
    _ends: dict[tuple[frozenset[int], bool], bool] = field(default_factory=dict)
    _live: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self.automata = (self.automaton,)
        self._live = self.automaton.live()

    def _reduced(self, states: frozenset[int]) -> frozenset[int]:
        # Accepted is accepted for good, and a state that never accepts is as good as none.
        return frozenset({1}) if 1 in states else states & self._live

    def start(self) -> frozenset[int]:
        """The states before the first character."""
        return self.automaton.closure(frozenset({0}), at_start=True, at_end=False)

    def step(self, states: frozenset[int], code: int) -> frozenset[int]:
        """The states after one more character."""
        if (found := self._steps.get((states, code))) is None:
            reached = frozenset(
                target
                for state in states
                for ranges, target in self.automaton.moves[state]
                if contains(ranges, code)
            )
            found = self._reduced(self.automaton.closure(reached, at_start=False, at_end=False))
            self._steps[states, code] = found
        return found

    def ends(self, states: frozenset[int], *, at_start: bool) -> bool:
        """Whether the string may end here."""
        if (found := self._ends.get((states, at_start))) is None:
            found = 1 in self.automaton.closure(states, at_start=at_start, at_end=True)
            self._ends[states, at_start] = found
        return found


def contains(ranges: Intervals, code: int) -> bool:
    """Whether the ranges hold a code point."""
    place = bisect_right(ranges, (code, 0x110000)) - 1
    return place >= 0 and ranges[place][0] <= code <= ranges[place][1]
