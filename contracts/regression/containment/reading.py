"""A JSON Schema, read into terms: what each keyword of draft-07 and 2020-12 means.

Nothing is searched here. References are resolved by the `referencing` library within the document and the
meta-schemas that it ships; nothing is ever fetched. A reference that is part of a cycle becomes a `REF` whose
key is the text of everything reachable from it, so that an unchanged recursive part is one term in both schemas.
"""

import json
from collections.abc import Callable
from typing import Any, Final

import referencing.exceptions
from jsonschema_specifications import REGISTRY as META_SCHEMAS
from referencing import Resource
from referencing.jsonschema import DRAFT7, DRAFT202012

from contracts.regression.containment import terms as t
from contracts.regression.containment.dialect import Dialect, UnsupportedSchemaError, walk
from contracts.regression.containment.evaluated import Evaluated
from contracts.regression.containment.terms import Term, Terms
from contracts.regression.containment.values import (
    ALL_TYPES,
    NUMBERS,
    Json,
    exact,
    freeze,
)

ROOT: Final = "contract:schema"
UNKNOWN_TO_2020_12: Final = frozenset({"additionalItems", "dependencies"})
UNKNOWN_TO_DRAFT_7: Final = frozenset(
    {
        "dependentRequired", "dependentSchemas", "prefixItems", "unevaluatedItems", "unevaluatedProperties",
    }
)  # fmt: skip


class UnreadableSchemaError(ValueError):
    """The schema is valid, but says something that has no term: it can only be tried out."""


class Reader:
    """Reads one document. `formats` says whether `format` is asserted."""

    def __init__(self, terms: Terms, schema: Json, dialect: Dialect, *, formats: bool) -> None:
        self.terms, self.schema, self.dialect, self.formats = terms, schema, dialect, formats
        resource: Any = Resource.from_contents(
            schema, default_specification=DRAFT202012 if dialect.is_modern else DRAFT7
        )
        root = resource.id() or ROOT
        registry: Any = META_SCHEMAS.with_resource(root, resource)
        self.resolver = registry.resolver(root)
        self._done: dict[int, Term] = {}
        self._open: dict[int, object] = {}
        self._kept: list[Json] = []

    def read(self) -> Term:
        """The whole document's term. Raises `UnreadableSchemaError`, or `UnsupportedSchemaError`."""
        if self.dialect.is_modern and any("$dynamicRef" in inner for inner in walk(self.schema)):
            raise UnreadableSchemaError("$dynamicRef")
        return self._target(self.schema, self.resolver)

    def reference(self, reference: str, resolver: Any) -> tuple[Json, Any]:
        """The schema behind a reference, and the resolver for references in it."""
        try:
            found = resolver.lookup(reference)
        except (referencing.exceptions.Unresolvable, ValueError) as unresolved:
            raise UnsupportedSchemaError(
                f"reference {reference!r} leads nowhere in the document"
            ) from unresolved
        if isinstance(found.contents, dict) and "$dynamicRef" in json.dumps(found.contents):
            raise UnreadableSchemaError("$dynamicRef")
        return found.contents, found.resolver

    def _target(self, schema: Json, resolver: Any) -> Term:
        key = id(schema)
        if key in self._done:
            return self._done[key]
        if key in self._open:
            if self._open[key] is None:
                self._open[key] = self._closure(schema, resolver)
            return self.terms.make(t.REF, self._open[key])
        self._open[key] = None
        self._kept.append(schema)
        term = self.term(schema, resolver)
        name = self._open.pop(key)
        if name is not None:
            self.terms.definitions[name] = term
            term = self.terms.make(t.REF, name)
        self._done[key] = term
        return term

    def _closure(self, schema: Json, resolver: Any) -> object:
        """The text of everything that can be reached from here: the same text means the same."""
        texts, todo, seen = [], [(schema, resolver)], set()
        while todo:
            current, scope = todo.pop()
            texts.append(json.dumps(current, sort_keys=True))
            for inner in walk(current):
                reference = inner.get("$ref")
                if isinstance(reference, str):
                    try:
                        target, its_scope = self.reference(reference, scope)
                    except UnsupportedSchemaError:  # relative to an inner $id: then by the whole text
                        texts.append(json.dumps(self.schema, sort_keys=True))
                        continue
                    if id(target) not in seen:
                        seen.add(id(target))
                        todo.append((target, its_scope))
        return tuple(texts)

    def inner(self, schema: Json, resolver: Any) -> Term:
        """The term of a subschema; `$id` in it changes what its references are relative to."""
        if isinstance(schema, dict) and "$id" in schema and (self.dialect.is_modern or "$ref" not in schema):
            resource: Any = Resource.from_contents(
                schema, default_specification=DRAFT202012 if self.dialect.is_modern else DRAFT7
            )
            return self._target(schema, resolver.in_subresource(resource))
        return self.term(schema, resolver)

    def term(self, schema: Json, resolver: Any) -> Term:
        """The conjunction of what its keywords say."""
        if isinstance(schema, bool):
            return self.terms.true if schema else self.terms.false
        if "$ref" in schema and not self.dialect.is_modern:
            return self._target(*self.reference(schema["$ref"], resolver))
        unknown = UNKNOWN_TO_2020_12 if self.dialect.is_modern else UNKNOWN_TO_DRAFT_7
        return self.terms.both(
            KEYWORDS[keyword](self, value, schema, resolver)
            for keyword, value in schema.items()
            if keyword in KEYWORDS and keyword not in unknown
        )

    def all(self, schemas: list[Json], resolver: Any) -> list[Term]:
        """The terms of several subschemas."""
        return [self.inner(schema, resolver) for schema in schemas]


Rule = Callable[[Reader, Any, dict[str, Json], Any], Term]


def _type(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    named = {value} if isinstance(value, str) else set(value)
    types = (named - {"number"}) | (NUMBERS if "number" in named else set())
    return reader.terms.type(types & ALL_TYPES)


def _enum(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    if not value:
        return reader.terms.false
    return reader.terms.make(t.IN, frozenset(freeze(one) for one in value))


def _const(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    return _enum(reader, [value], schema, scope)


def _bound(kind: str, *, exclusive: bool) -> Rule:
    return lambda reader, value, _schema, _scope: reader.terms.make(kind, exact(value), exclusive)


def _count(kind: str) -> Rule:
    return lambda reader, value, _schema, _scope: reader.terms.make(kind, int(value))


def _multiple(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.MULTIPLE, exact(value))


def _pattern(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.PATTERN, value)


def _format(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.FORMAT, value) if reader.formats else reader.terms.true


def _ref(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader._target(*reader.reference(value, scope))


def _all_of(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.terms.both(reader.all(value, scope))


def _any_of(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.terms.either(reader.all(value, scope))


def _one_of(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    """Some branch, and of no two branches both: shorter than one case per branch, and negated as shortly."""
    terms, branches = reader.terms, reader.all(value, scope)
    pairs = [
        terms.either((terms.negate(first), terms.negate(second)))
        for place, first in enumerate(branches)
        for second in branches[place + 1 :]
    ]
    return terms.both((terms.either(branches), *pairs))


def _not(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    return reader.terms.negate(reader.inner(value, scope))


def _if(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    terms, condition = reader.terms, reader.inner(value, scope)
    then = reader.inner(schema.get("then", True), scope)
    otherwise = reader.inner(schema.get("else", True), scope)
    return terms.both((terms.either((terms.negate(condition), then)), terms.either((condition, otherwise))))


def _properties(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    make, inner = reader.terms.make, reader.inner
    return reader.terms.both(
        _trivial(reader, make(t.PROPERTY, name, inner(one, scope))) for name, one in value.items()
    )


def _trivial(reader: Reader, term: Term) -> Term:
    """ "Every such member meets true" says nothing."""
    return reader.terms.true if term.args[-1] is reader.terms.true else term


def _pattern_properties(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    make, inner = reader.terms.make, reader.inner
    return reader.terms.both(
        _trivial(reader, make(t.MATCHING, name, inner(one, scope))) for name, one in value.items()
    )


def _additional_properties(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    names, patterns = frozenset(schema.get("properties", ())), frozenset(schema.get("patternProperties", ()))
    return _trivial(reader, reader.terms.make(t.OTHERS, names, patterns, reader.inner(value, scope)))


def _property_names(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    return _trivial(reader, reader.terms.make(t.NAMES, reader.inner(value, scope)))


def _has(reader: Reader, name: str) -> Term:
    return reader.terms.make(t.SOME_PROPERTY, name, reader.terms.true)


def _required(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.both(_has(reader, name) for name in value)


def _dependent(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
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


def _prefix(reader: Reader, value: Any, _schema: Json, scope: Any) -> Term:
    make = reader.terms.make
    return reader.terms.both(
        _trivial(reader, make(t.ITEM, place, term)) for place, term in enumerate(reader.all(value, scope))
    )


def _items(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    if isinstance(value, list):
        return _prefix(reader, value, schema, scope)
    start = len(schema.get("prefixItems", ())) if reader.dialect.is_modern else 0
    return _trivial(reader, reader.terms.make(t.REST, start, reader.inner(value, scope)))


def _additional_items(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    if reader.dialect.is_modern or not isinstance(schema.get("items"), list):
        return reader.terms.true
    return _trivial(reader, reader.terms.make(t.REST, len(schema["items"]), reader.inner(value, scope)))


def _contains(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    inner, modern = reader.inner(value, scope), reader.dialect.is_modern
    low = int(schema.get("minContains", 1)) if modern else 1
    parts = [reader.terms.make(t.AT_LEAST, low, inner)] if low else []
    if modern and "maxContains" in schema:
        parts.append(reader.terms.make(t.AT_MOST, int(schema["maxContains"]), inner))
    return reader.terms.both(parts)


def _unique(reader: Reader, value: Any, _schema: Json, _scope: Any) -> Term:
    return reader.terms.make(t.UNIQUE) if value else reader.terms.true


def _unevaluated(reader: Reader, value: Any, schema: Json, scope: Any, *, members: bool) -> Term:
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


def _unevaluated_properties(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    return _unevaluated(reader, value, schema, scope, members=True)


def _unevaluated_items(reader: Reader, value: Any, schema: Json, scope: Any) -> Term:
    return _unevaluated(reader, value, schema, scope, members=False)


KEYWORDS: Final[dict[str, Rule]] = {
    "$ref": _ref, "type": _type, "enum": _enum, "const": _const,
    "minimum": _bound(t.MINIMUM, exclusive=False), "exclusiveMinimum": _bound(t.MINIMUM, exclusive=True),
    "maximum": _bound(t.MAXIMUM, exclusive=False), "exclusiveMaximum": _bound(t.MAXIMUM, exclusive=True),
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
