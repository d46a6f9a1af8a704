"""Which members and items a schema has looked at, and what is left for the unevaluated keywords.

That depends on which branches hold, so the answer is a list of cases: conditions, and what is evaluated under
them. Exactly one case applies to any document. More than `CASES_MAX` of them are refused, not guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from generations_contract.containment.dialect import Dialect, UnsupportedSchemaError
from generations_contract.containment.terms import terms as t
from generations_contract.containment.values import Json

if TYPE_CHECKING:
    from generations_contract.containment.terms.terms import Term, Terms

CASES_MAX: Final = 64
DEPTH_MAX: Final = 24


class TooManyCasesError(UnsupportedSchemaError):
    """So many branches that the cases are not told apart."""


class SchemaReader(Protocol):
    """What is needed of the reader: its terms, and the way to subschemas."""

    terms: Terms
    dialect: Dialect

    def reference(self, reference: str, resolver: Any) -> tuple[Json, Any]:
        """The schema behind a reference."""

    def inner(self, schema: Json, resolver: Any) -> Term:
        """The term of a subschema."""


@dataclass(frozen=True)
class Case:
    """What is evaluated when the conditions hold."""

    conditions: tuple[Term, ...] = ()
    names: frozenset[str] = frozenset()
    patterns: frozenset[str] = frozenset()
    all_members: bool = False
    items: int = 0
    all_items: bool = False
    contained: tuple[Term, ...] = ()

    def with_case(self, other: Case) -> Case:
        """Both together."""
        return Case(
            self.conditions + other.conditions,
            self.names | other.names,
            self.patterns | other.patterns,
            self.all_members or other.all_members,
            max(self.items, other.items),
            self.all_items or other.all_items,
            self.contained + other.contained,
        )


def product(left: list[Case], right: list[Case]) -> list[Case]:
    """Every case of one with every case of the other."""
    if len(left) * len(right) > CASES_MAX:
        raise TooManyCasesError("too many branches beside an unevaluated keyword")
    return [one.with_case(other) for one in left for other in right]


@dataclass
class Evaluated:
    """Collects the cases of one schema; the unevaluated keywords of the schema itself are not among them."""

    reader: SchemaReader
    _depth: int = field(default=0)

    def cases(self, schema: Json, scope: Any) -> list[Case]:
        """The cases of the keywords beside `unevaluated*`."""
        if not isinstance(schema, dict):
            return [Case()]
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise TooManyCasesError("a reference that leads back beside an unevaluated keyword")
        cases = [self._own(schema, scope)]
        for one in self._neighbours(schema, scope):
            cases = product(cases, one)
        self._depth -= 1
        return cases

    def _inner(self, schema: Json, scope: Any) -> list[Case]:
        """The cases of a schema applied in place: there, unevaluated keywords look at everything left."""
        cases = self.cases(schema, scope)
        if isinstance(schema, dict):
            rest = Case(all_members="unevaluatedProperties" in schema, all_items="unevaluatedItems" in schema)
            cases = [case.with_case(rest) for case in cases]
        return cases

    def _own(self, schema: dict[str, Json], scope: Any) -> Case:
        is_latest = self.reader.dialect.is_latest  # `contains` evaluates items, and lists stand apart
        contained = (
            (self.reader.inner(schema["contains"], scope),) if is_latest and "contains" in schema else ()
        )
        listed = schema.get("prefixItems" if is_latest else "items", ())
        count = len(listed) if isinstance(listed, list) else 0
        others = "items" if is_latest or not count else "additionalItems"
        return Case(
            (),
            frozenset(schema.get("properties", ())),
            frozenset(schema.get("patternProperties", ())),
            "additionalProperties" in schema,
            count,
            others in schema and not isinstance(schema[others], list),
            contained,
        )

    def _neighbours(self, schema: dict[str, Json], scope: Any) -> list[list[Case]]:
        found = []
        if "$ref" in schema:
            found.append(self._inner(*self.reader.reference(schema["$ref"], scope)))
        found += [self._inner(inner, scope) for inner in schema.get("allOf", ())]
        for keyword in ("anyOf", "oneOf"):
            found += [
                self._if_holds(self._term(inner, scope), inner, scope) for inner in schema.get(keyword, ())
            ]
        for name, inner in schema.get("dependentSchemas", {}).items():
            has = self.reader.terms.make(t.SOME_PROPERTY, name, self.reader.terms.true)
            present = self.reader.terms.both((self.reader.terms.type({"object"}), has))
            found.append(self._if_holds(present, inner, scope))
        if "if" in schema:
            found.append(self._condition(schema, scope))
        return found

    def _term(self, schema: Json, scope: Any) -> Term:
        return self.reader.inner(schema, scope)

    def _if_holds(self, condition: Term, schema: Json, scope: Any) -> list[Case]:
        holds, fails = Case((condition,)), Case((self.reader.terms.negate(condition),))
        return [*product([holds], self._inner(schema, scope)), fails]

    def _condition(self, schema: dict[str, Json], scope: Any) -> list[Case]:
        condition = self._term(schema["if"], scope)
        holds, fails = Case((condition,)), Case((self.reader.terms.negate(condition),))
        then = product(self._inner(schema["if"], scope), self._inner(schema.get("then", True), scope))
        return [
            *product([holds], then),
            *product([fails], self._inner(schema.get("else", True), scope)),
        ]
