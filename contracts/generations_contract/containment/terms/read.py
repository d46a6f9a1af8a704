"""A JSON Schema, read into terms: what each keyword means, in the draft at hand.

Nothing is searched here. References are resolved by the `referencing` library within the document and the
meta-schemas that it ships; nothing is ever fetched. A reference that is part of a cycle becomes a `REF`
whose key is the text of everything reachable from it, so that an unchanged recursive part is one term in
both schemas.
"""

import json
from typing import Any, Final

import referencing.exceptions
from jsonschema_specifications import REGISTRY as META_SCHEMAS  # type: ignore[import-untyped]
from referencing import Resource
from referencing.jsonschema import specification_with

from generations_contract.api.subschemas import walk
from generations_contract.containment.dialect import Dialect, UnsupportedSchemaError
from generations_contract.containment.terms import terms as t
from generations_contract.containment.terms.keywords import KEYWORDS
from generations_contract.containment.terms.terms import Term, Terms
from generations_contract.containment.values import Json

ROOT: Final = "contract:schema"


class UnreadableSchemaError(ValueError):
    """The schema is valid, but says something that has no term: it can only be tried out."""


class Reader:
    """Reads one document. `formats` says whether `format` is asserted."""

    def __init__(self, terms: Terms, schema: Json, dialect: Dialect, *, formats: bool) -> None:
        self.terms, self.schema, self.dialect, self.formats = terms, schema, dialect, formats
        resource: Any = Resource.from_contents(schema, default_specification=specification_with(dialect.uri))
        root = resource.id() or ROOT
        # Crawled once here; otherwise every look-up of an embedded resource crawls again.
        registry: Any = META_SCHEMAS.with_resource(root, resource).crawl()
        self.resolver = registry.resolver(root)
        self._done: dict[int, Term] = {}
        self._open: dict[int, object] = {}
        self._kept: list[Json] = []

    def read(self) -> Term:
        """The whole document's term. Raises `UnreadableSchemaError`, or `UnsupportedSchemaError`."""
        dynamic = "$dynamicRef" if self.dialect.is_latest else "$recursiveRef"
        if self.dialect.is_modern and any(dynamic in inner for inner in walk(self.schema)):
            raise UnreadableSchemaError(dynamic)
        return self.target(self.schema, self.resolver)

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

    def target(self, schema: Json, resolver: Any) -> Term:
        """The term of a schema that is referred to, made once."""
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
        if (
            isinstance(schema, dict)
            and self.dialect.id_keyword in schema
            and (self.dialect.is_modern or "$ref" not in schema)
        ):
            resource: Any = Resource.from_contents(
                schema, default_specification=specification_with(self.dialect.uri)
            )
            return self.target(schema, resolver.in_subresource(resource))
        return self.term(schema, resolver)

    def term(self, schema: Json, resolver: Any) -> Term:
        """The conjunction of what its keywords say."""
        if isinstance(schema, bool):
            return self.terms.true if schema else self.terms.false
        if "$ref" in schema and not self.dialect.is_modern:
            return self.target(*self.reference(schema["$ref"], resolver))
        return self.terms.both(
            KEYWORDS[keyword](self, value, schema, resolver)
            for keyword, value in schema.items()
            if keyword in KEYWORDS and keyword not in self.dialect.unknown
        )

    def all(self, schemas: list[Json], resolver: Any) -> list[Term]:
        """The terms of several subschemas."""
        return [self.inner(schema, resolver) for schema in schemas]
