"""Builds scalars that meet their atoms, and says which builder is whose.

Objects and arrays have modules of their own. A builder sees only atoms; the cases are the solver's.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Final

from generations_contract.containment.regex.strings import (
    ImpossibleError,
    StringGoal,
    UndecidedError,
    find_string,
)
from generations_contract.containment.solve.arrays import build_array
from generations_contract.containment.solve.holds import finds
from generations_contract.containment.solve.objects import build_object
from generations_contract.containment.solve.quantities import NumberGoal, find_number
from generations_contract.containment.solve.solver import FOUND, NOTHING, Builder, Result, Solver
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.terms import WORDS, Term
from generations_contract.containment.values import (
    ARRAY,
    BOOLEAN,
    FRACTION,
    INTEGER,
    NULL,
    OBJECT,
    STRING,
    Json,
    type_of,
)


def _outcome(solver: Solver, build: Callable[[], Json], about: str) -> Result:
    try:
        return Result(FOUND, build())
    except ImpossibleError:
        return NOTHING
    except UndecidedError:
        return solver.gave_up(about)


def _keywords(atoms: list[Term]) -> str:
    """The keywords that meet in a search, in the words of schemas."""
    return " with ".join(sorted({WORDS.get(atom.kind, atom.kind) for atom in atoms}))


def build_plain(_solver: Solver, kind: str, atoms: list[Term]) -> Result:
    """`null`, `false` or `true`: whichever is not excluded."""
    excluded = {value for atom in atoms if atom.kind == t.NOT_IN for value in atom.args[0]}
    for value in (None,) if kind == NULL else (False, True):
        if (type_of(value), value) not in excluded:
            return Result(FOUND, value)
    return NOTHING


def number_goal(kind: str, atoms: list[Term]) -> NumberGoal:
    """The atoms of one number, gathered."""
    goal = NumberGoal(kind == INTEGER)
    for atom in atoms:
        match atom.kind, atom.args:
            case t.MINIMUM, (bound, exclusive):
                goal.raise_low(bound, exclusive=exclusive)
            case t.MAXIMUM, (bound, exclusive):
                goal.lower_high(bound, exclusive=exclusive)
            case t.MULTIPLE, (divisor,):
                goal.divisors.append(abs(divisor))
            case t.NOT_MULTIPLE, (divisor,):
                goal.not_divisors.append(abs(divisor))
            case t.NOT_IN, (values,):
                goal.excluded |= {value[1] for value in values if value[0] == 0}
    return goal


def build_number(solver: Solver, kind: str, atoms: list[Term]) -> Result:
    """An integer, or a number that is none."""
    goal = number_goal(kind, atoms)
    if Fraction(0) in (*goal.divisors, *goal.not_divisors):
        return solver.gave_up("multipleOf 0")
    return _outcome(solver, lambda: find_number(goal), _keywords(atoms))


def string_goal(atoms: list[Term]) -> StringGoal:
    """The atoms of one string, gathered."""
    of: dict[str, set[object]] = {}
    for atom in atoms:
        if atom.kind == t.NOT_IN:
            of.setdefault(t.NOT_IN, set()).update(v[1] for v in atom.args[0] if v[0] == STRING)
        else:
            of.setdefault(atom.kind, set()).add(atom.args[0] if atom.args else None)

    def texts(kind: str) -> frozenset[str]:
        return frozenset(str(text) for text in of.get(kind, ()))

    def numbers(kind: str) -> list[int]:
        return [number for number in of.get(kind, ()) if isinstance(number, int)]

    return StringGoal(
        max(numbers(t.LENGTH_MIN), default=0),
        min(numbers(t.LENGTH_MAX), default=None),
        texts(t.PATTERN),
        texts(t.NOT_PATTERN),
        texts(t.FORMAT),
        texts(t.NOT_FORMAT),
        texts(t.NOT_IN),
    )


def build_string(solver: Solver, _kind: str, atoms: list[Term]) -> Result:
    """A string."""
    goal = string_goal(atoms)
    found = _keywords(atoms)
    return _outcome(solver, lambda: find_string(goal, solver.holder.has_format, finds, solver.hints), found)


BUILDERS: Final[dict[str, Builder]] = {
    NULL: build_plain,
    BOOLEAN: build_plain,
    INTEGER: build_number,
    FRACTION: build_number,
    STRING: build_string,
    ARRAY: build_array,
    OBJECT: build_object,
}
