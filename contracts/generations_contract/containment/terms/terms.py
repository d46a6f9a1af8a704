"""The meaning of a schema, in few words: atoms joined by "and" and "or", negation in the atoms.

No JSON Schema keyword is read here (`read` does that) and nothing is searched (`solver` does that).
Every atom is conditional on its type, as the keywords are: `LENGTH_MIN 3` holds of every number. Its
negation is therefore not only `LENGTH_MAX 2`, but "a string, and `LENGTH_MAX 2`". Equal terms are one
object, so that a part which both schemas share is recognised by identity.
"""

from collections.abc import Iterable
from typing import Any, Final

from generations_contract.containment.values import ALL_TYPES, ARRAY, NUMBERS, OBJECT, STRING

TRUE: Final = "true"
FALSE: Final = "false"
AND: Final = "and"  # (parts)
OR: Final = "or"  # (parts)
REF: Final = "ref"  # (key)
NOT_REF: Final = "not-ref"
TYPE: Final = "type"  # (frozenset of types)
IN: Final = "in"  # (frozenset of frozen values)
NOT_IN: Final = "not-in"
MINIMUM: Final = "minimum"  # (number, exclusive)
MAXIMUM: Final = "maximum"
MULTIPLE: Final = "multiple"  # (number)
NOT_MULTIPLE: Final = "not-multiple"
LENGTH_MIN: Final = "length-min"  # (n)
LENGTH_MAX: Final = "length-max"
PATTERN: Final = "pattern"  # (text)
NOT_PATTERN: Final = "not-pattern"
FORMAT: Final = "format"  # (name)
NOT_FORMAT: Final = "not-format"
ITEM: Final = "item"  # (index, term): an item there, if any, meets the term
SOME_ITEM: Final = "some-item"  # there is an item there, and it meets the term
REST: Final = "rest"  # (index, term): every item from there on
SOME_REST: Final = "some-rest"
AT_LEAST: Final = "at-least"  # (n, term): so many items meet the term
AT_MOST: Final = "at-most"
ITEMS_MIN: Final = "items-min"
ITEMS_MAX: Final = "items-max"
UNIQUE: Final = "unique"
REPEATED: Final = "repeated"
PROPERTY: Final = "property"  # (name, term): a member of that name, if any, meets the term
SOME_PROPERTY: Final = "some-property"
MATCHING: Final = "matching"  # (pattern, term): every member whose name the pattern finds
SOME_MATCHING: Final = "some-matching"
OTHERS: Final = "others"  # (names, patterns, term): every member that neither lists nor patterns name
SOME_OTHER: Final = "some-other"
NAMES: Final = "names"  # (term): every name
SOME_NAME: Final = "some-name"
MEMBERS_MIN: Final = "members-min"
MEMBERS_MAX: Final = "members-max"

_STRINGS = (LENGTH_MIN, LENGTH_MAX, PATTERN, NOT_PATTERN, FORMAT, NOT_FORMAT)
_ARRAYS = (ITEM, SOME_ITEM, REST, SOME_REST, AT_LEAST, AT_MOST, ITEMS_MIN, ITEMS_MAX, UNIQUE, REPEATED)
_OBJECTS = (
    PROPERTY, SOME_PROPERTY, MATCHING, SOME_MATCHING, OTHERS, SOME_OTHER, NAMES, SOME_NAME,
    MEMBERS_MIN, MEMBERS_MAX,
)  # fmt: skip
SCOPE: Final = {
    **dict.fromkeys((MINIMUM, MAXIMUM, MULTIPLE, NOT_MULTIPLE), NUMBERS),
    **dict.fromkeys(_STRINGS, frozenset({STRING})),
    **dict.fromkeys(_ARRAYS, frozenset({ARRAY})),
    **dict.fromkeys(_OBJECTS, frozenset({OBJECT})),
}
# The keywords behind atoms, for people.
WORDS: Final = {
    LENGTH_MIN: "minLength", LENGTH_MAX: "maxLength", PATTERN: "pattern", NOT_PATTERN: "not pattern",
    FORMAT: "format", NOT_FORMAT: "not format", NOT_IN: "not enum", MINIMUM: "minimum", MAXIMUM: "maximum",
    MULTIPLE: "multipleOf", NOT_MULTIPLE: "not multipleOf",
}  # fmt: skip
# Pairs of atoms, each the other's negation within the type.
_SWAPPED = (
    (PATTERN, NOT_PATTERN), (FORMAT, NOT_FORMAT), (MULTIPLE, NOT_MULTIPLE), (UNIQUE, REPEATED),
)  # fmt: skip
_SWAP: Final = dict(_SWAPPED) | {second: first for first, second in _SWAPPED}
# Pairs of which the last argument is a term, negated along.
_QUANTIFIED = (
    (ITEM, SOME_ITEM), (REST, SOME_REST), (PROPERTY, SOME_PROPERTY), (MATCHING, SOME_MATCHING),
    (OTHERS, SOME_OTHER), (NAMES, SOME_NAME),
)  # fmt: skip
_QUANTIFIER: Final = dict(_QUANTIFIED) | {second: first for first, second in _QUANTIFIED}
_BOUNDS: Final = {
    LENGTH_MIN: (LENGTH_MAX, -1), LENGTH_MAX: (LENGTH_MIN, 1), ITEMS_MIN: (ITEMS_MAX, -1),
    ITEMS_MAX: (ITEMS_MIN, 1), MEMBERS_MIN: (MEMBERS_MAX, -1), MEMBERS_MAX: (MEMBERS_MIN, 1),
    AT_LEAST: (AT_MOST, -1), AT_MOST: (AT_LEAST, 1),
}  # fmt: skip


class Term:
    """One term; compared by identity, because `Terms` makes each only once."""

    __slots__ = ("args", "kind", "negation", "rank")

    def __init__(self, kind: str, args: tuple[Any, ...], rank: int) -> None:
        self.kind, self.args, self.rank = kind, args, rank
        self.negation: Term | None = None

    def __repr__(self) -> str:
        return f"{self.kind}{self.args}" if self.args else self.kind


class Terms:
    """The terms of one question, made once each; the definitions behind its recursive references."""

    def __init__(self) -> None:
        self._made: dict[tuple[Any, ...], Term] = {}
        self.definitions: dict[object, Term] = {}
        self.true, self.false = self.make(TRUE), self.make(FALSE)
        self.true.negation, self.false.negation = self.false, self.true

    def make(self, kind: str, *args: Any) -> Term:
        """The one term of this kind with these arguments."""
        if (term := self._made.get((kind, *args))) is None:
            term = Term(kind, args, len(self._made))
            self._made[kind, *args] = term
        return term

    def both(self, parts: Iterable[Term]) -> Term:
        """The conjunction, flattened."""
        return self._joined(parts, AND, self.true, self.false)

    def either(self, parts: Iterable[Term]) -> Term:
        """The disjunction, flattened."""
        return self._joined(parts, OR, self.false, self.true)

    def _joined(self, parts: Iterable[Term], kind: str, neutral: Term, absorbing: Term) -> Term:
        flat: dict[Term, None] = {}
        for part in parts:
            if part is absorbing:
                return absorbing
            if part.kind == kind:
                flat.update(dict.fromkeys(part.args))
            elif part is not neutral:
                flat[part] = None
        if not flat:
            return neutral
        return next(iter(flat)) if len(flat) == 1 else self.make(kind, *sorted(flat, key=lambda t: t.rank))

    def type(self, types: Iterable[str]) -> Term:
        """Of one of these types."""
        chosen = frozenset(types)
        if not chosen:
            return self.false
        return self.true if chosen == ALL_TYPES else self.make(TYPE, chosen)

    def negate(self, term: Term) -> Term:
        """The term that holds exactly where this one does not."""
        if term.negation is None:
            term.negation = self._negated(term)
            if term.negation.negation is None:
                term.negation.negation = term
        return term.negation

    def _negated(self, term: Term) -> Term:
        kind, args = term.kind, term.args
        if kind in (AND, OR):
            parts = [self.negate(part) for part in args]
            return self.either(parts) if kind == AND else self.both(parts)
        if kind in (REF, NOT_REF):
            return self.make(NOT_REF if kind == REF else REF, *args)
        if kind == TYPE:
            return self.type(ALL_TYPES - args[0])
        if kind in (IN, NOT_IN):
            return self.make(NOT_IN if kind == IN else IN, *args)
        return self.both((self.type(SCOPE[kind]), self._complement(kind, args)))

    def _complement(self, kind: str, args: tuple[Any, ...]) -> Term:
        """What holds of a value of the atom's type where the atom does not."""
        if kind in _SWAP:
            return self.make(_SWAP[kind], *args)
        if kind in _QUANTIFIER:
            return self.make(_QUANTIFIER[kind], *args[:-1], self.negate(args[-1]))
        if kind in (MINIMUM, MAXIMUM):
            return self.make(MAXIMUM if kind == MINIMUM else MINIMUM, args[0], not args[1])
        opposite, step = _BOUNDS[kind]
        bound = args[0] + step
        return self.false if bound < 0 else self.make(opposite, bound, *args[1:])
