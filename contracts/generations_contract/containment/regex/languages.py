"""The languages of patterns: which automata each is made of, and which characters none of them tells apart.

A pattern's language is a list of automata with a sign, because leading lookaheads are conjuncts: `^(?!x)y` is
"starts with y" and not "starts with x", which is cheaper than to look ahead on the way.
"""

from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from generations_contract.containment.regex.automaton import Automaton, Searcher
from generations_contract.containment.regex.expressions import (
    Ahead,
    Anchor,
    Characters,
    Choice,
    Node,
    Sequence,
    parse,
)
from generations_contract.containment.regex.looking import LookingSearcher
from generations_contract.containment.regex.unicode import ANY

_PLAIN: Final = "aA0-_/:.x1b@ ,+#"


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
