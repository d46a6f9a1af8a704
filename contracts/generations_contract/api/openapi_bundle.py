"""Schemas taken out of an OpenAPI document: whole, with what they refer to as `$defs`, and nothing else of it.

What only OpenAPI knows is taken off on the way: words that say nothing to a validator go, the numbers' formats
become limits. What would silently mean something else than its author thinks is refused: `nullable`, `$id`,
references to other files.
"""

import re
from collections.abc import Iterable
from typing import Any, Final
from urllib.parse import quote, unquote

from generations_contract.api.pointers import Path, at, path_of, pointer_of
from generations_contract.api.schema_names import ANNOTATION, Schema
from generations_contract.api.subschemas import rewrite, subschemas
from generations_contract.api.usage import UsageError

_COMPONENTS: Final = ("components", "schemas")
_LONGEST_CHAIN: Final = 20
_DIALECTS: Final = (
    "https://spec.openapis.org/oas/3.1/dialect/",
    "https://json-schema.org/draft/2020-12/schema",
)
# `$anchor`: every reference is made to lead to a place by its pointer.
_SILENT: Final = frozenset({"discriminator", "xml", "externalDocs", "example", "$schema", "$anchor"})
_WORDS: Final = frozenset({"title", "summary", "description", "deprecated", *_SILENT, "examples", "default"})
_SILENT_FORMATS: Final = frozenset({"float", "double", "password", "byte", "binary"})
_LIMITS: Final = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


class Bundle:
    """The schemas of a parsed document; `name` stands in messages."""

    def __init__(self, name: str, document: dict[str, Any]) -> None:
        self.name = name
        self.document = document

    def whole(self, path: Path) -> Schema:
        """The schema at a path as a document of its own; raises `UsageError`."""
        taken = _Taken(self)
        schema = taken.schema(self.end(path))
        if isinstance(schema, bool):
            schema = {} if schema else {"not": {}}
        return {**schema, **taken.definitions()}

    def either(self, paths: Iterable[Path]) -> Schema:
        """A schema of what one of the schemas at these paths accepts; the same one twice is one."""
        ends: list[Path] = []
        for end in map(self.end, paths):
            if not any(at(self.document, end) == at(self.document, each) for each in ends):
                ends.append(end)
        if len(ends) == 1:
            return self.whole(ends[0])
        taken = _Taken(self)
        return {"anyOf": [taken.schema(each) for each in ends], **taken.definitions()}

    def end(self, path: Path) -> Path:
        """Where a schema that is nothing but a reference ends; words beside it that say nothing do not count."""
        for _ in range(_LONGEST_CHAIN):
            schema = self._at(path)
            if not isinstance(schema, dict) or "$ref" not in schema:
                return path
            if any(_speaks(key) for key in schema if key not in _WORDS and key != "$ref"):
                return path
            path = self.target(schema["$ref"], path)
        raise self.wrong(path, "its $ref goes in circles")

    def member(self, path: Path, *names: str) -> Path | None:
        """Where the schema of a member of a member stands, through references, `allOf`, `anyOf` and `oneOf`."""
        found: Path | None = path
        for name in names:
            found = found and self.within(found, "properties", name)
        return found

    def within(self, path: Path, *keys: str, depth: int = 0) -> Path | None:
        """Where these keys lead to, in a schema or in one that it is made of."""
        schema = self._at(path)
        if depth > _LONGEST_CHAIN or not isinstance(schema, dict):
            return None
        here: Any = schema
        for key in keys:
            here = here.get(key) if isinstance(here, dict) else None
        if isinstance(here, dict):
            return (*path, *keys)
        parts = [self.target(schema["$ref"], path)] if "$ref" in schema else []
        parts += [
            (*path, *inner) for inner, _ in subschemas(schema) if inner[0] in ("allOf", "anyOf", "oneOf")
        ]
        found = (self.within(each, *keys, depth=depth + 1) for each in parts)
        return next((each for each in found if each is not None), None)

    def target(self, reference: object, place: Path) -> Path:
        """The path behind a schema's reference; raises `UsageError` for one that leads out of the document."""
        if not isinstance(reference, str) or not reference.startswith("#"):
            raise self.wrong(place, f"$ref {reference!r} leads to another file: bundle them into one")
        fragment = unquote(reference[1:])
        path = path_of(fragment) if fragment.startswith("/") else self._anchor(fragment)
        try:
            if path and isinstance(at(self.document, path), dict | bool):
                return path
        except (LookupError, TypeError, ValueError):
            pass
        raise self.wrong(place, f"$ref {reference!r} leads to no schema")

    def _anchor(self, name: str) -> Path:
        """The component that an `$anchor` stands in, and the way to it."""
        todo: list[Path] = [(*_COMPONENTS, each) for each in self._components()]
        while todo:
            path = todo.pop()
            schema = at(self.document, path)
            if isinstance(schema, dict) and schema.get("$anchor") == name:
                return path
            todo += [(*path, *inner) for inner, _ in subschemas(schema)]
        return ()

    def _components(self) -> dict[str, Any]:
        try:
            found = at(self.document, _COMPONENTS)
        except (LookupError, TypeError):
            return {}
        return found if isinstance(found, dict) else {}

    def components(self) -> list[Any]:
        """All schemas that the document keeps under components."""
        return list(self._components().values())

    def _at(self, path: Path) -> Any:
        return at(self.document, path)

    def wrong(self, place: Path, what: str) -> UsageError:
        """What is wrong at a place of the document."""
        return UsageError(f"{self.name}#{pointer_of(place)}: {what}")


class _Taken:
    """What has been taken for one schema: the definitions that it needs, by the path that each had."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle
        self._names: dict[Path, str] = {}
        self._made: dict[str, Any] = {}

    def definitions(self) -> Schema:
        """`$defs`, where there are any."""
        while left := {path: name for path, name in self._names.items() if name not in self._made}:
            for path, name in left.items():
                self._made[name] = self.schema(path)
        return {"$defs": self._made} if self._made else {}

    def schema(self, path: Path) -> Any:
        """A copy of the schema at a path, its references pointed at definitions."""
        self._look(path)
        return rewrite(at(self._bundle.document, path), lambda inner: self._plain(inner, path))

    def _plain(self, schema: Schema, place: Path) -> Schema:
        plain = {key: value for key, value in schema.items() if _speaks(key)}
        if "example" in schema and "examples" not in schema:
            plain["examples"] = [schema["example"]]
        if isinstance(plain.get("examples"), dict):  # a habit from media types
            del plain["examples"]
        if "$ref" in plain:
            plain["$ref"] = self._local(plain["$ref"], place)
        kind = str(plain.get("format"))
        if kind in _SILENT_FORMATS or kind in _LIMITS:
            del plain["format"]
        if kind in _LIMITS:
            for keyword, limit, stricter in zip(
                ("minimum", "maximum"), _LIMITS[kind], (max, min), strict=True
            ):
                told = plain.get(keyword, limit)
                plain[keyword] = stricter(told, limit) if _is_number(told) else told
        return plain

    def _local(self, reference: str, place: Path) -> str:
        path = self._bundle.target(reference, place)
        if path[:2] == _COMPONENTS and len(path) > 2:
            name = self._named(path[:3], str(path[2]))
            return f"#/$defs{quote(pointer_of((name, *path[3:])), safe='/~!$&()*+,;=:@')}"
        # Something in the middle of an operation, that another one refers to.
        name = re.sub(r"[^A-Za-z0-9]+", "-", pointer_of(path)).strip("-")
        return f"#/$defs/{self._named(path, name)}"

    def _named(self, path: Path, name: str) -> str:
        while path not in self._names and name in self._names.values():
            name += "-"
        return self._names.setdefault(path, name)

    def _look(self, path: Path) -> None:
        """Refuse what would mean something else than its author thinks; raises `UsageError`."""
        schema = at(self._bundle.document, path)
        if not isinstance(schema, dict):
            return
        if "nullable" in schema:
            raise self._bundle.wrong(path, "nullable is OpenAPI 3.0; convert the document to 3.1")
        for keyword in ("exclusiveMinimum", "exclusiveMaximum"):
            if isinstance(schema.get(keyword), bool):
                raise self._bundle.wrong(
                    path, f"{keyword} as true or false is OpenAPI 3.0; convert the document to 3.1"
                )
        if not is_dialect(schema.get("$schema", _DIALECTS[0])):
            raise self._bundle.wrong(path, "$schema is not 2020-12; write the schema in that dialect")
        if "$id" in schema:
            raise self._bundle.wrong(path, "$id makes every $ref below it lead elsewhere; remove it")
        for inner, _ in subschemas(schema):
            self._look((*path, *inner))


def is_dialect(address: object) -> bool:
    """Whether an address names the dialect of OpenAPI 3.1, or the JSON Schema that it rests on."""
    return str(address).startswith(_DIALECTS)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _speaks(key: str) -> bool:
    return key not in _SILENT and (not key.startswith("x-") or key == ANNOTATION)
