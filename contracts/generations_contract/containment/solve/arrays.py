"""Builds an array that meets its atoms, or proves that none does.

Beyond the positions that rules mention, all positions are alike; so a shortest array is no longer than those
positions, the least length, and one item for each thing that must occur. Trying every length up to there, and
every place for each such item, is a proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import Final

from generations_contract.containment.solve.solver import EMPTY, FOUND, NOTHING, Result, Solver
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.terms import Term
from generations_contract.containment.values import Json, freeze

LENGTH_MAX: Final = 3_000
LONG: Final = 64  # from here on, positions are filled alike where that is allowed
LONGEST: Final = 70_000
TRIES_MAX: Final = 300
VARIANTS_MAX: Final = 3_000
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz0123456789"
_SOMEWHERE = (t.SOME_REST, t.AT_LEAST)
Places = dict[int, list[Term]]


def build_array(solver: Solver, _kind: str, atoms: list[Term]) -> Result:
    """An array for these atoms."""
    return _Items(solver, atoms).build()


@dataclass
class _Items:
    """One attempt at an array."""

    solver: Solver
    atoms: list[Term]
    left_open: bool = False
    tries: int = 0
    fixed: Places = field(default_factory=dict)
    somewhere: list[tuple[int, int, Term]] = field(default_factory=list)  # (group, first position, term)

    def __post_init__(self) -> None:
        of = self._of
        for atom in of(t.SOME_ITEM):
            self.fixed.setdefault(atom.args[0], []).append(atom.args[1])
        self.low = max(
            [*(a.args[0] for a in of(t.ITEMS_MIN)), *(place + 1 for place in self.fixed)], default=0
        )
        self.high = min((a.args[0] for a in of(t.ITEMS_MAX)), default=None)
        for group, atom in enumerate(of(*_SOMEWHERE)):
            start, count = (atom.args[0], 1) if atom.kind == t.SOME_REST else (0, atom.args[0])
            self.somewhere += [(group, start, atom.args[1])] * min(count, LENGTH_MAX + 1)
        self.unique, self.repeated = bool(of(t.UNIQUE)), bool(of(t.REPEATED))

    def _of(self, *kinds: str) -> list[Term]:
        return [atom for atom in self.atoms if atom.kind in kinds]

    def build(self) -> Result:
        """The shortest array that was found."""
        if (self.unique and self.repeated) or (self.high is not None and self.low > self.high):
            return NOTHING
        mentioned = max(
            [self.low, *(a.args[0] + (a.kind == t.ITEM) for a in self._of(t.ITEM, t.REST, t.SOME_REST))]
        )
        longest = mentioned + len(self.somewhere) + 2 * self.repeated
        if self.high is not None:
            longest = min(longest, self.high)
        if self.low > LONG and not (self.somewhere or self.repeated or self._of(t.AT_MOST)):
            found = self.long()
            if found is not None:
                return Result(FOUND, found)
        if self.low > LENGTH_MAX or longest > 2 * LENGTH_MAX or len(self.somewhere) > LENGTH_MAX:
            return self.solver.gave_up(f"arrays of {self.low} items and more")
        for length in range(self.low, longest + 1):
            for places in self.placed(length, self.somewhere, self.fixed):
                self.tries += 1
                if self.tries > TRIES_MAX:
                    return self.solver.gave_up(f"contains at more than {TRIES_MAX} places")
                result = self.filled(length, places)
                if result is not None:
                    return Result(FOUND, result)
            if self.cannot_be_longer(length):
                break
        return self.solver.gave_up("items of an array") if self.left_open else NOTHING

    def long(self) -> list[Json] | None:
        """A long array whose positions beyond those that rules mention are filled alike, if that is easy."""
        places = sorted({a.args[0] for a in self._of(t.ITEM, t.REST)} | set(self.fixed))
        apart = min(max(places, default=-1) + 1, self.low)
        if self.low > LONGEST or apart > LONG:
            return None
        head = self.filled(apart, self.fixed)
        rest = self.solver.solve(self.rules(apart))
        if head is None or rest.state != FOUND:
            return None
        tail = self.unlike(head, apart, rest.value) if self.unique else [rest.value] * (self.low - apart)
        return [*head, *tail] if len(tail) == self.low - apart else None

    def unlike(self, head: list[Json], place: int, value: Json) -> list[Json]:
        """Items that are all different, like a value where it has enough variants, else plain numbers."""
        known = {freeze(one) for one in head}
        found: list[Json] = []
        rules, missing = self.rules(place), self.low - len(head)
        for one in chain((value,), islice(variants(value), missing), range(missing)):
            if len(found) == missing:
                break
            if freeze(one) not in known and all(self.solver.holder.holds(rule, one) for rule in rules):
                known.add(freeze(one))
                found.append(one)
        return found

    def cannot_be_longer(self, length: int) -> bool:
        """Whether the next position can hold nothing at all."""
        return self.solver.solve(self.rules(length)).state == EMPTY

    def placed(self, length: int, todo: list[tuple[int, int, Term]], places: Places) -> Iterator[Places]:
        """Every way to give each item that must occur somewhere a position; those of one group, in order."""
        if not todo:
            yield places
            return
        (group, start, term), rest = todo[0], todo[1:]
        for place in range(start, length):
            later = [(g, place + 1 if g == group else s, other) for g, s, other in rest]
            yield from self.placed(length, later, {**places, place: [*places.get(place, []), term]})

    def rules(self, place: int) -> list[Term]:
        """What an item at this position must meet."""
        rules = [a.args[1] for a in self._of(t.ITEM) if a.args[0] == place]
        return rules + [a.args[1] for a in self._of(t.REST) if a.args[0] <= place]

    def filled(self, length: int, places: Places) -> list[Json] | None:
        """An array of this length with these items where they were put; nothing where there is none."""
        wanted = [[*self.rules(place), *places.get(place, ())] for place in range(length)]
        if any(self.solve(terms).state == EMPTY for terms in wanted):
            return None
        limited = self.limited(wanted)
        if limited is None:
            return None
        if self.repeated:
            return self.with_a_repetition(limited)
        values: list[Json] = []
        for terms in limited:
            if self.unique and values and (other := self.like(values, terms)) is not None:
                values.append(other[0])
                continue
            apart = [self.solver.differs(value) for value in values] if self.unique else []
            result = self.solve([*terms, *apart])
            if result.state != FOUND:
                # Another choice for the items before might have left room here.
                self.left_open = self.left_open or bool(apart)
                return None
            values.append(result.value)
        return values

    def like(self, values: list[Json], terms: list[Term]) -> list[Json] | None:
        """An item like the last one, yet unlike all of them, in a list of one; else nothing."""
        known = {freeze(value) for value in values}
        for tried, value in enumerate(variants(values[-1])):
            if tried > VARIANTS_MAX:
                return None
            if freeze(value) not in known and all(self.solver.holder.holds(term, value) for term in terms):
                return [value]
        return None

    def solve(self, wanted: list[Term]) -> Result:
        """An item; remembers when it stayed open."""
        result = self.solver.solve(wanted)
        self.left_open = self.left_open or result.state not in (FOUND, EMPTY)
        return result

    def limited(self, wanted: list[list[Term]]) -> list[list[Term]] | None:
        """The items, kept from meeting what only so many may meet."""
        for atom in self._of(t.AT_MOST):
            most, term = atom.args
            other = self.solver.terms.negate(term)
            kept = [self.solve([*terms, other]).state == FOUND for terms in wanted]
            if kept.count(False) > most:
                # Proved only while no earlier limit has narrowed the items.
                self.left_open = self.left_open or len(self._of(t.AT_MOST)) > 1
                return None
            wanted = [[*terms, other] if keep else terms for terms, keep in zip(wanted, kept, strict=True)]
        return wanted

    def with_a_repetition(self, wanted: list[list[Term]]) -> list[Json] | None:
        """An array in which two items are equal."""
        for first in range(len(wanted)):
            for second in range(first + 1, len(wanted)):
                shared = self.solve([*wanted[first], *wanted[second]])
                if shared.state != FOUND:
                    # What was kept from a limited condition might have been left out elsewhere.
                    self.left_open = self.left_open or bool(self._of(t.AT_MOST))
                    continue
                values = [self.solve(terms) for terms in wanted]
                if all(value.state == FOUND for value in values):
                    items = [value.value for value in values]
                    items[first] = items[second] = shared.value
                    return items
        return None


def variants(value: Json) -> Iterator[Json]:
    """Other values of the same type and shape: what fills an array with distinct items, and no solver asked."""
    if isinstance(value, bool) or value is None:
        yield from (True, False)
    elif isinstance(value, int | float):
        for step in range(1, 10_000):
            yield value + step
            yield value - step
    elif isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in variants(item))
    else:
        for name, item in value.items():
            yield from ({**value, name: other} for other in variants(item))


def _texts(value: str) -> Iterator[str]:
    """The text with other letters in one place, then in two, then with something behind it."""
    for place in range(len(value) - 1, -1, -1):
        yield from (value[:place] + letter + value[place + 1 :] for letter in _LETTERS)
    for place in range(len(value) - 2, -1, -1):
        yield from (value[:place] + one + two + value[place + 2 :] for one in _LETTERS for two in _LETTERS)
    yield from (value + "".join(_LETTERS[int(digit)] for digit in str(count)) for count in range(2_000))
