"""The languages of patterns: which automata each is made of, and which characters none of them tells apart.

A pattern's language is a list of automata with a sign, because leading lookaheads are conjuncts: `^(?!x)y` is
"starts with y" and not "starts with x", which is cheaper than to look ahead on the way. Lookahead and lookbehind
anywhere else are exact too. No pattern is read here (`expressions`), and no string is built (`strings`).
"""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final, TypeAlias

from generations_contract.containment.regex.automaton import Automaton, Searcher, contains
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
    parse,
)
from generations_contract.containment.regex.unicode import ANY

_PLAIN: Final = "aA0-_/:.x1b@ ,+#"
WAYS_MAX: Final = 400

Obligation: TypeAlias = tuple[Ahead, frozenset[int]]
Way: TypeAlias = tuple[int, frozenset[Obligation]]
States: TypeAlias = frozenset[Any]  # ways, and for each lookbehind a pair of it and its states


@dataclass
class LookingSearcher:
    """One automaton that searches and looks around: determinised as far as it has been walked.

    What is read behind is known: an automaton for it runs beside. What comes ahead is not: a way through the
    pattern that looks ahead takes an obligation along, an automaton that reads on from there and must accept,
    or must not. So a state is a set of ways, each a place and its obligations; it stays a regular language.
    """

    automaton: Automaton
    automata: tuple[Automaton, ...] = ()
    _inner: dict[Ahead | Behind, Automaton] = field(default_factory=dict)
    _steps: dict[tuple[States, int], States] = field(default_factory=dict)
    _live: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        self._inner = {look: _inner(look) for look in self.automaton.looks}
        self.automata = (self.automaton, *self._inner.values())
        self._live = self.automaton.live()

    def start(self) -> States:
        """The states before the first character."""
        behind = {
            look: inner.closure(frozenset({0}), at_start=True, at_end=False)
            for look, inner in self._inner.items()
            if isinstance(look, Behind)
        }
        ways = self._closed([(0, frozenset())], behind, at_start=True, at_end=False)
        return self._gathered(ways, behind)

    def step(self, states: States, code: int) -> States:
        """The states after one more character."""
        if (found := self._steps.get((states, code))) is None:
            ways, behind = _parted(states)
            behind = {look: _moved(self._inner[look], held, code) for look, held in behind.items()}
            reached = [
                (target, kept)
                for place, obligations in ways
                if (kept := self._kept(obligations, code)) is not None
                for ranges, target in self.automaton.moves[place]
                if contains(ranges, code)
            ]
            closed = self._closed(reached, behind, at_start=False, at_end=False)
            self._steps[states, code] = found = self._gathered(closed, behind)
        return found

    def ends(self, states: States, *, at_start: bool) -> bool:
        """Whether the string may end here."""
        ways, behind = _parted(states)
        for place, obligations in self._closed(ways, behind, at_start=at_start, at_end=True):
            if place == 1 and all(self._met(one, at_start=at_start) for one in obligations):
                return True
        return False

    def _gathered(self, ways: set[Way], behind: dict[Behind, frozenset[int]]) -> States:
        if (1, frozenset()) in ways:
            return frozenset({(1, frozenset())})  # accepted is accepted for good
        alive = [way for way in ways if way[0] in self._live]
        return frozenset([*alive, *behind.items()]) if alive else frozenset()

    def _closed(
        self, ways: Iterable[Way], behind: dict[Behind, frozenset[int]], *, at_start: bool, at_end: bool
    ) -> set[Way]:
        """Every way that is open without reading a character."""
        seen = set(ways)
        todo = list(seen)
        while todo:
            place, obligations = todo.pop()
            for target, condition in self.automaton.silent[place]:
                more = obligations
                if isinstance(condition, Ahead):
                    more |= self._owed(condition, at_start=at_start)
                elif isinstance(condition, Behind):
                    if (1 in behind[condition]) is not condition.wanted:
                        continue
                elif condition is not None and not (at_start if condition else at_end):
                    continue
                if (target, more) not in seen and not _is_broken(more):
                    seen.add((target, more))
                    todo.append((target, more))
            if len(seen) > WAYS_MAX:
                raise UnsupportedPatternError("the pattern looks around in too many ways")
        return seen

    def _owed(self, look: Ahead, *, at_start: bool) -> frozenset[Obligation]:
        """What looking ahead from here asks of the rest of the string."""
        states = self._inner[look].closure(frozenset({0}), at_start=at_start, at_end=False)
        return frozenset() if 1 in states and look.wanted else frozenset({(look, states)})

    def _kept(self, obligations: frozenset[Obligation], code: int) -> frozenset[Obligation] | None:
        """The obligations after one more character, without those that are met; nothing once one is broken."""
        kept = set()
        for look, held in obligations:
            states = _moved(self._inner[look], held, code)
            if 1 in states or not states:
                if (1 in states) is not look.wanted:
                    return None
            else:
                kept.add((look, states))
        return frozenset(kept)

    def _met(self, obligation: Obligation, *, at_start: bool) -> bool:
        look, states = obligation
        return (1 in self._inner[look].closure(states, at_start=at_start, at_end=True)) is look.wanted


def _is_broken(obligations: frozenset[Obligation]) -> bool:
    return any(1 in states and not look.wanted for look, states in obligations)


def _parted(states: States) -> tuple[list[Way], dict[Behind, frozenset[int]]]:
    ways = [one for one in states if isinstance(one[0], int)]
    return ways, {one[0]: one[1] for one in states if isinstance(one[0], Behind)}


def _moved(automaton: Automaton, states: frozenset[int], code: int) -> frozenset[int]:
    reached = {t for state in states for ranges, t in automaton.moves[state] if contains(ranges, code)}
    return automaton.closure(frozenset(reached), at_start=False, at_end=False)


def _inner(look: Ahead | Behind) -> Automaton:
    """Ahead: accepts for good once its part was read from the start. Behind: whenever its part was read last."""
    automaton = Automaton()
    if isinstance(look, Behind):
        if _has_end(look.part):
            raise UnsupportedPatternError("an anchor in a lookbehind")
        first = automaton.state()
        automaton.silent[0].append((first, None))
        automaton.moves[0].append((ANY, 0))
        automaton.add(look.part, first, 1)
    else:
        automaton.add(look.part, 0, 1)
        automaton.moves[1].append((ANY, 1))
    if automaton.looks:
        raise UnsupportedPatternError("a look inside a look")
    return automaton


def _has_end(node: Node) -> bool:
    if isinstance(node, Anchor):
        return True
    if isinstance(node, Sequence | Choice):
        return any(_has_end(part) for part in node.parts)
    return isinstance(node, Repeat) and _has_end(node.part)


def _searcher(node: Node) -> Searcher | LookingSearcher:
    automaton = Automaton()
    first, last = automaton.state(), automaton.state()
    automaton.silent[0].append((first, None))
    automaton.moves[0].append((ANY, 0))
    automaton.add(node, first, last)
    automaton.silent[last].append((1, None))
    automaton.moves[1].append((ANY, 1))
    return LookingSearcher(automaton) if automaton.looks else Searcher(automaton)


@dataclass(frozen=True)
class Language:
    """The strings a pattern matches: those that every automaton accepts, or refuses, as its sign says."""

    members: tuple[tuple[Searcher | LookingSearcher, bool], ...]


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
            for moves in (moves for automaton in searcher.automata for moves in automaton.moves):
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
