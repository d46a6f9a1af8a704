"""Strings that some patterns match and others do not: the shortest one, or the proof that there is none.

Patterns become automata that are made deterministic only as far as the search goes, and are walked side by
side. No schema is read here. A pattern's language is a list of automata with a sign, because leading
lookaheads are conjuncts: `^(?!x)y` is "starts with y" and not "starts with x".
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Final

from contracts.regression.containment.expressions import (
    Ahead,
    Anchor,
    Characters,
    Choice,
    Node,
    Repeat,
    Sequence,
    UnsupportedPatternError,
    parse,
)
from contracts.regression.containment.unicode import ANY, Intervals

STATES_MAX: Final = 6_000
_PLAIN: Final = "aA0-_/:.x1b@ ,+#"


@dataclass
class Automaton:
    """A non-deterministic automaton over code points; state 0 starts and state 1 accepts."""

    silent: list[list[tuple[int, bool | None]]] = field(default_factory=lambda: [[], []])
    moves: list[list[tuple[Intervals, int]]] = field(default_factory=lambda: [[], []])

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
            case Ahead():
                raise UnsupportedPatternError("lookahead that does not lead the pattern")

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
    _steps: dict[tuple[frozenset[int], int], frozenset[int]] = field(default_factory=dict)
    _ends: dict[tuple[frozenset[int], bool], bool] = field(default_factory=dict)
    _live: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
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
                if _contains(ranges, code)
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


def _contains(ranges: Intervals, code: int) -> bool:
    place = bisect_right(ranges, (code, 0x110000)) - 1
    return place >= 0 and ranges[place][0] <= code <= ranges[place][1]


def _searcher(node: Node) -> Searcher:
    automaton = Automaton()
    first, last = automaton.state(), automaton.state()
    automaton.silent[0].append((first, None))
    automaton.moves[0].append((ANY, 0))
    automaton.add(node, first, last)
    automaton.silent[last].append((1, None))
    automaton.moves[1].append((ANY, 1))
    return Searcher(automaton)


@dataclass(frozen=True)
class Language:
    """The strings a pattern matches: those that every automaton accepts, or refuses, as its sign says."""

    members: tuple[tuple[Searcher, bool], ...]


@lru_cache(maxsize=2_048)
def language(pattern: str) -> Language:
    """The language of a pattern. Raises `UnsupportedPatternError`."""
    node = parse(pattern)
    parts = node.parts if isinstance(node, Sequence) else (node,)
    if not (parts and isinstance(parts[0], Anchor) and parts[0].at_start):
        return Language(((_searcher(node), True),))
    count = next((i for i, part in enumerate(parts[1:]) if not isinstance(part, Ahead)), len(parts) - 1)
    aheads = [part for part in parts[1 : count + 1] if isinstance(part, Ahead)]
    rest = Sequence((parts[0], *parts[count + 1 :]))
    return Language(
        (
            (_searcher(rest), True),
            *((_searcher(Sequence((parts[0], ahead.part))), ahead.wanted) for ahead in aheads),
        )
    )


@lru_cache(maxsize=256)
def words(texts: frozenset[str]) -> Language:
    """The language of exactly these strings."""
    spelled = [Sequence(tuple(Characters(((ord(c),) * 2,)) for c in text)) for text in sorted(texts)]
    anchored = [Sequence((Anchor(at_start=True), word, Anchor(at_start=False))) for word in spelled]
    return Language(((_searcher(Choice(tuple(anchored))), True),))


@lru_cache(maxsize=4_096)
def matches(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text. Raises `UnsupportedPatternError`."""
    for searcher, wanted in language(pattern).members:
        states = searcher.start()
        for character in text:
            states = searcher.step(states, ord(character))
        if searcher.ends(states, at_start=not text) is not wanted:
            return False
    return True


def representatives(languages: tuple[Language, ...]) -> tuple[int, ...]:
    """One code point for every set of characters that no automaton tells apart, the plainest first."""
    cuts = {0, 0xE000}
    for one in languages:
        for searcher, _ in one.members:
            for moves in searcher.automaton.moves:
                cuts.update(cut for ranges, _ in moves for low, high in ranges for cut in (low, high + 1))
    edges = sorted(cut for cut in cuts if cut <= 0x10FFFF and not 0xD800 <= cut < 0xE000)
    chosen = dict.fromkeys(edges, -1)
    for character in (*_PLAIN, *map(chr, range(33, 127))):
        edge = edges[bisect_right(edges, ord(character)) - 1]
        if chosen[edge] < 0:
            chosen[edge] = ord(character)
    plain = sorted((code for code in chosen.values() if code >= 0), key=lambda code: (_rank(code), code))
    return (*plain, *(edge for edge, code in chosen.items() if code < 0))


def _rank(code: int) -> int:
    place = _PLAIN.find(chr(code))
    return place if place >= 0 else len(_PLAIN)
