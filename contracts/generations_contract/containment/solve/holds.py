"""Whether a term holds of a document: the third reading of a schema, beside the two validators.

No search and no keyword of JSON Schema here. Terms are tried on documents to see which of several cases a
half-built witness still misses, and to check this package against itself.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from generations_contract.containment.regex.expressions import UnsupportedPatternError
from generations_contract.containment.regex.languages import matches
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.terms import SCOPE, Term, Terms
from generations_contract.containment.values import Json, exact, freeze, type_of

FormatCheck = Callable[[str, str], bool | None]


@lru_cache(maxsize=8_192)
def finds(pattern: str, text: str) -> bool:
    """Whether the pattern is found in the text; irregular patterns are left to Python's engine."""
    try:
        return matches(pattern, text)
    except UnsupportedPatternError:
        try:
            return re.search(pattern, text) is not None
        except re.error:
            return False


@dataclass(frozen=True)
class Holder:
    """Evaluates terms. `has_format` answers `None` for an unknown format, which then always holds."""

    terms: Terms
    has_format: FormatCheck

    def holds(self, term: Term, value: Json) -> bool:
        """Whether the term is true of the value."""
        kind, args = term.kind, term.args
        if kind == t.AND:
            return all(self.holds(part, value) for part in args)
        if kind == t.OR:
            return any(self.holds(part, value) for part in args)
        if kind in (t.TRUE, t.FALSE):
            return kind == t.TRUE
        if kind in (t.REF, t.NOT_REF):
            return self.holds(self.terms.definitions[args[0]], value) is (kind == t.REF)
        actual = type_of(value)
        if kind == t.TYPE:
            return actual in args[0]
        if kind in (t.IN, t.NOT_IN):
            return (freeze(value) in args[0]) is (kind == t.IN)
        return actual not in SCOPE[kind] or _CHECKS[kind](self, value, *args)


Check = Callable[..., bool]


def _is_multiple(number: Json, divisor: Fraction) -> bool:
    return divisor != 0 and (exact(number) / divisor).denominator == 1


def _others(
    holder: Holder, value: dict[str, Json], names: frozenset[str], patterns: frozenset[str]
) -> list[Json]:
    del holder
    return [
        one
        for name, one in value.items()
        if name not in names and not any(finds(pattern, name) for pattern in patterns)
    ]


def _unique(value: list[Json]) -> bool:
    return len({freeze(item) for item in value}) == len(value)


def _count(holder: Holder, value: list[Json], term: Term) -> int:
    return sum(holder.holds(term, item) for item in value)


def _every(holder: Holder, term: Term, values: Any) -> bool:
    return all(holder.holds(term, value) for value in values)


def _some(holder: Holder, term: Term, values: Any) -> bool:
    return any(holder.holds(term, value) for value in values)


def _named(value: dict[str, Json], pattern: str) -> list[Json]:
    return [one for name, one in value.items() if finds(pattern, name)]


_CHECKS: Final[dict[str, Check]] = {
    t.MINIMUM: lambda _, v, bound, exclusive: exact(v) > bound or (not exclusive and exact(v) == bound),
    t.MAXIMUM: lambda _, v, bound, exclusive: exact(v) < bound or (not exclusive and exact(v) == bound),
    t.MULTIPLE: lambda _, v, divisor: _is_multiple(v, divisor),
    t.NOT_MULTIPLE: lambda _, v, divisor: not _is_multiple(v, divisor),
    t.LENGTH_MIN: lambda _, v, n: len(v) >= n,
    t.LENGTH_MAX: lambda _, v, n: len(v) <= n,
    t.PATTERN: lambda _, v, pattern: finds(pattern, v),
    t.NOT_PATTERN: lambda _, v, pattern: not finds(pattern, v),
    t.FORMAT: lambda h, v, name: h.has_format(name, v) is not False,
    t.NOT_FORMAT: lambda h, v, name: h.has_format(name, v) is False,
    t.ITEM: lambda h, v, i, s: i >= len(v) or h.holds(s, v[i]),
    t.SOME_ITEM: lambda h, v, i, s: i < len(v) and h.holds(s, v[i]),
    t.REST: lambda h, v, i, s: _every(h, s, v[i:]),
    t.SOME_REST: lambda h, v, i, s: _some(h, s, v[i:]),
    t.AT_LEAST: lambda h, v, n, s: _count(h, v, s) >= n,
    t.AT_MOST: lambda h, v, n, s: _count(h, v, s) <= n,
    t.ITEMS_MIN: lambda _, v, n: len(v) >= n,
    t.ITEMS_MAX: lambda _, v, n: len(v) <= n,
    t.UNIQUE: lambda _, v: _unique(v),
    t.REPEATED: lambda _, v: not _unique(v),
    t.PROPERTY: lambda h, v, name, s: name not in v or h.holds(s, v[name]),
    t.SOME_PROPERTY: lambda h, v, name, s: name in v and h.holds(s, v[name]),
    t.MATCHING: lambda h, v, pattern, s: _every(h, s, _named(v, pattern)),
    t.SOME_MATCHING: lambda h, v, pattern, s: _some(h, s, _named(v, pattern)),
    t.OTHERS: lambda h, v, names, patterns, s: _every(h, s, _others(h, v, names, patterns)),
    t.SOME_OTHER: lambda h, v, names, patterns, s: _some(h, s, _others(h, v, names, patterns)),
    t.NAMES: lambda h, v, s: _every(h, s, v),
    t.SOME_NAME: lambda h, v, s: _some(h, s, v),
    t.MEMBERS_MIN: lambda _, v, n: len(v) >= n,
    t.MEMBERS_MAX: lambda _, v, n: len(v) <= n,
}
