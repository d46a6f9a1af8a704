"""The goals of one question, taken apart: atoms, cases, and the types still possible.

No document is built here. Taking apart is where most questions end: a term and its negation, or types that
exclude each other, need no search.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.terms import SCOPE, Term, Terms
from generations_contract.containment.values import ALL_TYPES, ARRAY, OBJECT, Json, as_number


def thaw(frozen: Any) -> Json:
    """The value behind a key made by `values.freeze`."""
    tag, content = frozen
    if tag == 0:
        return as_number(content)
    if tag == 1:
        return [thaw(item) for item in content]
    if tag == 2:
        return {name: thaw(item) for name, item in sorted(content, key=lambda member: str(member[0]))}
    return content


class Goals:
    """What a document must meet. `assume_all` answers False once nothing can."""

    __slots__ = ("atoms", "cases", "seen", "terms", "types")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.types = ALL_TYPES
        self.seen: set[Term] = set()
        self.atoms: dict[Term, None] = {}
        self.cases: dict[Term, None] = {}

    def copy(self) -> Goals:
        """The same goals, to be narrowed apart."""
        other = Goals(self.terms)
        other.types, other.seen = self.types, self.seen.copy()
        other.atoms, other.cases = self.atoms.copy(), self.cases.copy()
        return other

    def key(self) -> frozenset[Term]:
        """What makes two questions the same."""
        return frozenset((*self.atoms, *self.cases, self.terms.type(self.types)))

    def everything(self) -> list[Term]:
        """The terms that a document must meet."""
        return [*self.atoms, *self.cases, self.terms.type(self.types)]

    def assume_all(self, wanted: Iterable[Term]) -> bool:
        """Add goals; False when they contradict each other on their face."""
        return all(self._assume(term) for term in wanted) and self._propagate()

    def _assume(self, term: Term) -> bool:
        todo = [term]
        while todo:
            one = todo.pop()
            if one.kind == t.TRUE or one in self.seen:
                continue
            if one.kind == t.FALSE or (one.negation is not None and one.negation in self.seen):
                return False
            self.seen.add(one)
            if one.kind == t.AND:
                todo.extend(reversed(one.args))
            elif one.kind == t.OR:
                self.cases[one] = None
            elif one.kind in (t.REF, t.NOT_REF):
                target = self.terms.definitions[one.args[0]]
                todo.append(target if one.kind == t.REF else self.terms.negate(target))
            elif one.kind == t.TYPE:
                self.types &= one.args[0]
                if not self.types:
                    return False
            else:
                self.atoms[one] = None
        return True

    def _propagate(self) -> bool:
        """Drop cases that are met already, and take the only alternative where one is left."""
        changed = True
        while changed:
            changed = False
            for case in list(self.cases):
                if any(self._is_met(part) for part in case.args):
                    del self.cases[case]
                    continue
                live = self.alternatives(case)
                if not live:
                    return False
                if len(live) == 1:
                    del self.cases[case]
                    changed = True
                    if not self._assume(live[0]):
                        return False
        return True

    def alternatives(self, case: Term) -> list[Term]:
        """The parts of a case that are not excluded on their face."""
        return [part for part in case.args if not self._is_dead(part)]

    def _is_dead(self, term: Term) -> bool:
        if term.kind == t.FALSE or (term.negation is not None and term.negation in self.seen):
            return True
        if term.kind == t.TYPE:
            return not (term.args[0] & self.types)
        return term.kind == t.AND and any(self._is_dead(part) for part in term.args)

    def _is_met(self, term: Term) -> bool:
        if term in self.seen or term.kind == t.TRUE:
            return True
        if term.kind == t.TYPE:
            return bool(self.types <= term.args[0])
        if term.kind == t.AND:
            return all(self._is_met(part) for part in term.args)
        return term.kind in SCOPE and not (SCOPE[term.kind] & self.types)

    def atoms_about(self, kind: str) -> list[Term]:
        """The atoms that say something of documents of this type."""
        return [atom for atom in self.atoms if kind in SCOPE.get(atom.kind, ALL_TYPES)]

    def narrowed(self, kind: str) -> Goals | None:
        """The goals for documents of one type, or nothing where there can be none."""
        other = self.copy()
        other.types = frozenset({kind})
        other.atoms = dict.fromkeys(self.atoms_about(kind))
        if kind in (ARRAY, OBJECT):
            excluded = [value for atom in other.atoms if atom.kind == t.NOT_IN for value in atom.args[0]]
            other.atoms = {atom: None for atom in other.atoms if atom.kind != t.NOT_IN}
            tag = 1 if kind == ARRAY else 2
            if not all(other._assume(self._unlike(value)) for value in excluded if value[0] == tag):
                return None
        return other if other._propagate() else None

    def _unlike(self, frozen: Any) -> Term:
        """What an array or an object does that is not this one."""
        make, true = self.terms.make, self.terms.true
        tag, content = frozen
        if tag == 1:
            ways = [make(t.SOME_ITEM, i, make(t.NOT_IN, frozenset({item}))) for i, item in enumerate(content)]
            ways.append(make(t.SOME_ITEM, len(content), true))
            if content:
                ways.append(make(t.ITEMS_MAX, len(content) - 1))
            return self.terms.either(ways)
        members = sorted(content, key=lambda member: str(member[0]))
        ways = [make(t.SOME_PROPERTY, name, make(t.NOT_IN, frozenset({value}))) for name, value in members]
        ways += [make(t.PROPERTY, name, self.terms.false) for name, _ in members]
        names = frozenset(name for name, _ in members)
        return self.terms.either([*ways, make(t.SOME_OTHER, names, frozenset(), true)])

    def listed(self) -> list[Json] | None:
        """The values that remain where an `enum` lists them."""
        lists = [atom.args[0] for atom in self.atoms if atom.kind == t.IN]
        if not lists:
            return None
        common = frozenset.intersection(*lists)
        return [thaw(value) for value in sorted(common, key=repr)]
