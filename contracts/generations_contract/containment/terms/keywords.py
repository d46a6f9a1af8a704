"""What each keyword of the drafts from 04 to 2020-12 means, as a term.

One short function a keyword; nothing is searched and no reference is resolved here. Keywords that only matter
beside another (`then`, `minContains`) are read with it.
"""

from collections.abc import Callable
from typing import Any, Final, Protocol

from generations_contract.containment.dialect import Dialect
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.evaluated import Evaluated, SchemaReader
from generations_contract.containment.terms.terms import Term
from generations_contract.containment.values import ALL_TYPES, NUMBERS, Json, exact, freeze


class KeywordReader(SchemaReader, Protocol):
    """What the rules need of the reader."""

    dialect: Dialect
    formats: bool

    def target(self, schema: Json, resolver: Any) -> Term:
        """The term of a schema that is referred to."""

    def all(self, schemas: list[Json], resolver: Any) -> list[Term]:
        """The terms of several subschemas."""


Rule = Callable[[KeywordReader, Any, dict[str, Json], Any], Term]


def _type(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    named = {value} if isinstance(value, str) else set(value)
    types = (named - {"number"}) | (NUMBERS if "number" in named else set())
    return reader.terms.type(types & ALL_TYPES)


def _enum(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    if not value:
        return reader.terms.false
    return reader.terms.make(t.IN, frozenset(freeze(one) for one in value))


def _const(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    return _enum(reader, [value], schema, scope)


def _bound(kind: str, *, beside: str) -> Rule:
    """An inclusive bound, unless draft-04 says beside it that it is exclusive."""
    return lambda reader, value, schema, _scope: reader.terms.make(
        kind, exact(value), schema.get(beside) is True
    )


def _exclusive(kind: str) -> Rule:
    def rule(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
        return reader.terms.true if isinstance(value, bool) else reader.terms.make(kind, exact(value), True)  # noqa: FBT003

    return rule


def _count(kind: str) -> Rule:
    return lambda reader, value, _schema, _scope: reader.terms.make(kind, int(value))


def _multiple(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.MULTIPLE, exact(value))


def _pattern(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.PATTERN, value)


def _format(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.FORMAT, value) if reader.formats else reader.terms.true


def _ref(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.target(*reader.reference(value, scope))


def _all_of(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.terms.both(reader.all(value, scope))


def _any_of(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.terms.either(reader.all(value, scope))


def _one_of(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    """Some branch, and of no two branches both: shorter than one case per branch, and negated as shortly."""
    terms, branches = reader.terms, reader.all(value, scope)
    pairs = [
        terms.either((terms.negate(first), terms.negate(second)))
        for place, first in enumerate(branches)
        for second in branches[place + 1 :]
    ]
    return terms.both((terms.either(branches), *pairs))


def _not(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.terms.negate(reader.inner(value, scope))


def _if(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    terms, condition = reader.terms, reader.inner(value, scope)
    then = reader.inner(schema.get("then", True), scope)
    otherwise = reader.inner(schema.get("else", True), scope)
    return terms.both((terms.either((terms.negate(condition), then)), terms.either((condition, otherwise))))


def _properties(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    make, inner = reader.terms.make, reader.inner
    return reader.terms.both(
        _trivial(reader, make(t.PROPERTY, name, inner(one, scope))) for name, one in value.items()
    )


def _trivial(reader: KeywordReader, term: Term) -> Term:
    """Drop "every such member meets true": it says nothing."""
    return reader.terms.true if term.args[-1] is reader.terms.true else term


def _pattern_properties(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    make, inner = reader.terms.make, reader.inner
    return reader.terms.both(
        _trivial(reader, make(t.MATCHING, name, inner(one, scope))) for name, one in value.items()
    )


def _additional_properties(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    names, patterns = frozenset(schema.get("properties", ())), frozenset(schema.get("patternProperties", ()))
    return _trivial(reader, reader.terms.make(t.OTHERS, names, patterns, reader.inner(value, scope)))


def _property_names(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    return _trivial(reader, reader.terms.make(t.NAMES, reader.inner(value, scope)))


def _has(reader: KeywordReader, name: str) -> Term:
    return reader.terms.make(t.SOME_PROPERTY, name, reader.terms.true)


def _required(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.both(_has(reader, name) for name in value)


def _dependent(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    """`dependentRequired`, `dependentSchemas` and draft-07's `dependencies`: what a member brings along."""
    terms = reader.terms
    parts = []
    for name, needed in value.items():
        then = (
            terms.both(_has(reader, other) for other in needed)
            if isinstance(needed, list)
            else reader.inner(needed, scope)
        )
        parts.append(terms.either((terms.make(t.PROPERTY, name, terms.false), then)))
    return terms.both(parts)


def _prefix(reader: KeywordReader, value: Any, _schema: Json, scope: Any) -> Term:
    make = reader.terms.make
    return reader.terms.both(
        _trivial(reader, make(t.ITEM, place, term)) for place, term in enumerate(reader.all(value, scope))
    )


def _items(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    if isinstance(value, list):
        return _prefix(reader, value, schema, scope)
    start = len(schema.get("prefixItems", ())) if reader.dialect.is_latest else 0
    return _trivial(reader, reader.terms.make(t.REST, start, reader.inner(value, scope)))


def _additional_items(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    if not isinstance(schema.get("items"), list):
        return reader.terms.true
    return _trivial(reader, reader.terms.make(t.REST, len(schema["items"]), reader.inner(value, scope)))


def _contains(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    inner, modern = reader.inner(value, scope), reader.dialect.is_modern
    low = int(schema.get("minContains", 1)) if modern else 1
    parts = [reader.terms.make(t.AT_LEAST, low, inner)] if low else []
    if modern and "maxContains" in schema:
        parts.append(reader.terms.make(t.AT_MOST, int(schema["maxContains"]), inner))
    return reader.terms.both(parts)


def _unique(reader: KeywordReader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.UNIQUE) if value else reader.terms.true


def _unevaluated(reader: KeywordReader, value: Any, schema: Json, scope: Any, *, members: bool) -> Term:
    """In every case of what the neighbours have looked at, the rest meets the subschema."""
    if not reader.dialect.is_modern:
        return reader.terms.true
    terms, rest = reader.terms, reader.inner(value, scope)
    parts = []
    for case in Evaluated(reader).cases(schema, scope):
        if members:
            said = terms.true if case.all_members else terms.make(t.OTHERS, case.names, case.patterns, rest)
        else:
            either = terms.either((rest, *case.contained))
            said = terms.true if case.all_items else terms.make(t.REST, case.items, either)
        parts.append(terms.either((terms.negate(terms.both(case.conditions)), said)))
    return terms.both(parts)


def _unevaluated_properties(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    return _unevaluated(reader, value, schema, scope, members=True)


def _unevaluated_items(reader: KeywordReader, value: Any, schema: Json, scope: Any) -> Term:
    return _unevaluated(reader, value, schema, scope, members=False)


KEYWORDS: Final[dict[str, Rule]] = {
    "$ref": _ref, "type": _type, "enum": _enum, "const": _const,
    "minimum": _bound(t.MINIMUM, beside="exclusiveMinimum"), "exclusiveMinimum": _exclusive(t.MINIMUM),
    "maximum": _bound(t.MAXIMUM, beside="exclusiveMaximum"), "exclusiveMaximum": _exclusive(t.MAXIMUM),
    "multipleOf": _multiple, "minLength": _count(t.LENGTH_MIN), "maxLength": _count(t.LENGTH_MAX),
    "pattern": _pattern, "format": _format, "allOf": _all_of, "anyOf": _any_of, "oneOf": _one_of, "not": _not,
    "if": _if, "properties": _properties, "patternProperties": _pattern_properties,
    "additionalProperties": _additional_properties, "propertyNames": _property_names, "required": _required,
    "dependencies": _dependent, "dependentRequired": _dependent, "dependentSchemas": _dependent,
    "minProperties": _count(t.MEMBERS_MIN), "maxProperties": _count(t.MEMBERS_MAX), "items": _items,
    "prefixItems": _prefix, "additionalItems": _additional_items, "contains": _contains,
    "minItems": _count(t.ITEMS_MIN), "maxItems": _count(t.ITEMS_MAX), "uniqueItems": _unique,
    "unevaluatedProperties": _unevaluated_properties, "unevaluatedItems": _unevaluated_items,
}  # fmt: skip
