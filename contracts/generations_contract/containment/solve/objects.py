"""Builds an object that meets its atoms, or proves that none does.

What must be there ("some member such that ...") is given a name: the one that is asked for, one that some
rule mentions, or a fresh one. Fresh names fall into classes by the patterns that find them, and one of each
class stands for all; so trying every mentioned name and every class is a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count, islice, product
from typing import Final

from generations_contract.containment.solve.holds import finds
from generations_contract.containment.solve.solver import EMPTY, FOUND, NOTHING, Result, Solver
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.terms import Term
from generations_contract.containment.values import STRING, Json

PATTERNS_MAX: Final = 5
PADDING_MAX: Final = 400
LONG: Final = 64  # from here on, members are added alike where that is allowed
LONGEST: Final = 70_000
TRIES_MAX: Final = 200
_SOME = (t.SOME_MATCHING, t.SOME_OTHER, t.SOME_NAME)


def build_object(solver: Solver, _kind: str, atoms: list[Term]) -> Result:
    """An object for these atoms."""
    return _Members(solver, atoms).build()


@dataclass
class _Members:
    """One attempt at an object: the rules on its members, and the members chosen so far."""

    solver: Solver
    atoms: list[Term]
    left_open: bool = False
    tries: int = 0
    fresh: dict[tuple[frozenset[str], frozenset[Term]], str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        bounds = [(atom.kind, atom.args[0]) for atom in self.atoms]
        self.low = max((n for kind, n in bounds if kind == t.MEMBERS_MIN), default=0)
        self.high = min((n for kind, n in bounds if kind == t.MEMBERS_MAX), default=None)
        self.name_rules = [atom.args[0] for atom in self.atoms if atom.kind == t.NAMES]
        self.patterns = sorted({p for atom in self.atoms for p in _patterns_of(atom)})
        mentioned = {name for atom in self.atoms for name in _names_of(atom)}
        self.mentioned = sorted(mentioned)

    def build(self) -> Result:
        """The smallest object that was found."""
        if self.high is not None and self.low > self.high:
            return NOTHING
        chosen: dict[str, list[Term]] = {}
        for atom in self.atoms:
            if atom.kind == t.SOME_PROPERTY:
                chosen.setdefault(atom.args[0], []).append(atom.args[1])
        if self.high is not None and len(chosen) > self.high:
            return NOTHING
        values: dict[str, Json] = {}
        for name, wanted in chosen.items():
            result = self.value(name, wanted)
            if result.state == EMPTY:
                return NOTHING
            self.left_open = self.left_open or result.state != FOUND
            values[name] = result.value
        open_ones = self.left_open
        found = self.place([atom for atom in self.atoms if atom.kind in _SOME], chosen, values)
        if found is not None and not open_ones:
            return Result(FOUND, found)
        return self.solver.gave_up(self.about()) if self.left_open else NOTHING

    def about(self) -> str:
        """What meets in an object that was not decided."""
        if len(self.patterns) > PATTERNS_MAX:
            return f"more than {PATTERNS_MAX} patternProperties in one object"
        tried = f" in {TRIES_MAX} ways" if self.tries > TRIES_MAX else ""
        return f"members of an object{tried}"

    def value(self, name: str, wanted: list[Term]) -> Result:
        """A value for a member of this name that meets every rule on it and what is wanted of it."""
        if not self.is_name(name):
            return NOTHING
        return self.solver.solve([*self.rules(name), *wanted])

    def is_name(self, name: str) -> bool:
        """Whether the rules on names allow it."""
        return all(self.solver.holder.holds(rule, name) for rule in self.name_rules)

    def rules(self, name: str) -> Iterator[Term]:
        """What every member of this name must meet."""
        for atom in self.atoms:
            match atom.kind, atom.args:
                case t.PROPERTY, (own, term) if own == name:
                    yield term
                case t.MATCHING, (pattern, term) if finds(pattern, name):
                    yield term
                case t.OTHERS, (names, patterns, term) if _is_other(name, names, patterns):
                    yield term

    def place(
        self, todo: list[Term], chosen: dict[str, list[Term]], values: dict[str, Json]
    ) -> dict[str, Json] | None:
        """Give every member that must be somewhere a name, then fill up to the least number of members."""
        if not todo:
            return self.pad(dict(values))
        for name in self.candidates(todo[0], values):
            self.tries += 1
            if self.tries > TRIES_MAX:
                self.left_open = True
                return None
            if self.high is not None and name not in values and len(values) >= self.high:
                continue
            wanted = [*chosen.get(name, ()), *_wanted(todo[0])]
            result = self.value(name, wanted)
            self.left_open = self.left_open or result.state not in (FOUND, EMPTY)
            if result.state == FOUND:
                found = self.place(todo[1:], {**chosen, name: wanted}, {**values, name: result.value})
                if found is not None:
                    return found
        return None

    def candidates(self, some: Term, values: dict[str, Json]) -> Iterator[str]:
        """The names that could meet an existential atom, mentioned ones first."""
        for name in sorted({*self.mentioned, *values}):
            if self.suits(some, name):
                yield name
        yield from self.fresh_names({*self.mentioned, *values}, some)

    def suits(self, some: Term, name: str) -> bool:
        """Whether the atom speaks of members of this name."""
        if some.kind == t.SOME_MATCHING:
            return finds(some.args[0], name)
        if some.kind == t.SOME_OTHER:
            return _is_other(name, some.args[0], some.args[1])
        return self.solver.holder.holds(some.args[0], name)

    def fresh_names(self, taken: set[str], some: Term | None = None) -> Iterator[str]:
        """One name of every class that is not taken."""
        if len(self.patterns) > PATTERNS_MAX:
            self.left_open = True
        for signs in product((False, True), repeat=min(len(self.patterns), PATTERNS_MAX)):
            wanted = [
                self.solver.make(t.PATTERN if sign else t.NOT_PATTERN, pattern)
                for sign, pattern in zip(signs, self.patterns, strict=False)
            ]
            if some is not None and some.kind == t.SOME_NAME:
                wanted.append(some.args[0])
            name = self.fresh_name(taken, wanted)
            if name is not None and (some is None or self.suits(some, name)):
                yield name

    def fresh_name(self, taken: set[str], wanted: list[Term]) -> str | None:
        """A name that is not taken, allowed, and as wanted."""
        key = (frozenset(taken), frozenset(wanted))
        if key not in self.fresh:
            unlike = self.solver.make(t.NOT_IN, frozenset((STRING, name) for name in taken))
            string = self.solver.terms.type({STRING})
            result = self.solver.solve([string, unlike, *wanted, *self.name_rules])
            self.left_open = self.left_open or result.state not in (FOUND, EMPTY)
            self.fresh[key] = result.value if result.state == FOUND else None
        return self.fresh[key]

    def pad(self, values: dict[str, Json]) -> dict[str, Json] | None:
        """Add members until there are enough."""
        for name in self.mentioned:
            if len(values) >= self.low:
                return values
            if name not in values:
                self.add(values, name)
        if self.low > len(values) + LONG and not self.patterns and not self.name_rules:
            return self.padded_alike(values)
        while len(values) < self.low:
            if len(values) > PADDING_MAX:
                self.left_open = True
                return None
            before = len(values)
            for name in list(self.fresh_names({*self.mentioned, *values})):
                if len(values) < self.low:
                    self.add(values, name)
            if len(values) == before:
                return None
        return values

    def padded_alike(self, values: dict[str, Json]) -> dict[str, Json] | None:
        """Many members of no name that any rule knows: what one may hold, all may."""
        taken = {*self.mentioned, *values}
        names = (name for name in map("member_{}".format, count(1)) if name not in taken)
        result = self.value(next(names), [])
        if result.state != FOUND or self.low > LONGEST:
            self.left_open = self.left_open or result.state != EMPTY
            return None
        return values | dict.fromkeys(islice(names, self.low - len(values)), result.value)

    def add(self, values: dict[str, Json], name: str) -> None:
        """Add a member of this name, if it can have a value."""
        result = self.value(name, [])
        self.left_open = self.left_open or result.state not in (FOUND, EMPTY)
        if result.state == FOUND:
            values[name] = result.value


def _is_other(name: str, names: frozenset[str], patterns: frozenset[str]) -> bool:
    return name not in names and not any(finds(pattern, name) for pattern in patterns)


def _wanted(some: Term) -> list[Term]:
    """What the value of the member must meet; of a name, nothing is asked about its value."""
    return [] if some.kind == t.SOME_NAME else [some.args[-1]]


def _names_of(atom: Term) -> frozenset[str]:
    if atom.kind in (t.PROPERTY, t.SOME_PROPERTY):
        return frozenset({atom.args[0]})
    return atom.args[0] if atom.kind in (t.OTHERS, t.SOME_OTHER) else frozenset()


def _patterns_of(atom: Term) -> frozenset[str]:
    if atom.kind in (t.MATCHING, t.SOME_MATCHING):
        return frozenset({atom.args[0]})
    return atom.args[1] if atom.kind in (t.OTHERS, t.SOME_OTHER) else frozenset()
