"""A document as it is written, made into one that is compared: every reference leads to a place in it.

What a reference can be in the field (percent-encoded, an anchor, relative to an `$id`, into another file, a
path item, an operation) becomes a pointer within the document; what stands in other files becomes a component
named by its address. Schemas of OpenAPI 3.0 become schemas of 3.1 in place. Nothing is judged here, and files
are read by whoever asks for this. What leads nowhere is one line that names the place.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote, unquote, urljoin

from generations_contract.api.pointers import Path, at, fragment_of, pointer_of, referred
from generations_contract.api.subschemas import subschemas
from generations_contract.api.usage import UsageError
from generations_contract.containment.dialect import DRAFT_2020_12
from generations_contract.containment.values import Json
from generations_contract.regression.versions.grammar import HELD, MAP, SCHEMA, SECTIONS, held
from generations_contract.regression.versions.openapi_3_0 import as_3_1

Fetch = Callable[[str], Json]
_SECTION_OF: Final = {kind: section for section, kind in SECTIONS.items()}
# Deep enough that no `..` of a relative reference is lost.
_HOME: Final = "https://contract.invalid/-/-/-/-/-/-/-/-/"
_OPENAPI_DIALECTS: Final = ("https://spec.openapis.org/oas/3.1/", "https://spec.openapis.org/oas/3.2/")
_PLAIN: Final = frozenset({"summary", "description"})


@dataclass(frozen=True)
class Scope:
    """Where a reference stands: in which file, and at which address it is resolved."""

    file: str
    base: str


@dataclass
class Reading:
    """One document being read; `name` is its file's, `addresses` those of the files beside it.

    `fetch` gives the parsed document at a path relative to this one, or raises `UsageError`.
    """

    label: str
    name: str
    document: Json
    fetch: Fetch
    addresses: dict[str, str] = field(default_factory=dict)
    files: dict[str, Json] = field(default_factory=dict)
    _resources: dict[str, tuple[str, Path]] = field(default_factory=dict)
    _anchors: dict[tuple[str, str], tuple[str, Path]] = field(default_factory=dict)
    _done: set[int] = field(default_factory=set)

    def read(self) -> Json:
        """The document, changed in place. Raises `UsageError`."""
        self.files[self.name] = self.document
        scope = Scope(self.name, self._home(self.name))
        self.is_openapi = isinstance(self.document, dict) and "openapi" in self.document
        self.is_old = isinstance(self.document, dict) and "draft-0" in str(self.document.get("$schema"))
        self.is_3_0 = self.is_openapi and str(self.document["openapi"]).startswith("3.0")
        if self.is_openapi:
            self._check_draft(self.document, "jsonSchemaDialect", ())
        self._indexed(self.name)
        if self._is_dynamic():
            return self.document
        self._object("document" if self.is_openapi else SCHEMA, self.document, (), scope)
        return self.document

    def _home(self, file: str) -> str:
        """The address of a file: its `$id`, else one made of its name."""
        document = self.files[file]
        named = document.get("$id") if isinstance(document, dict) else None
        return urljoin(urljoin(_HOME, quote(file)), named if isinstance(named, str) else "").partition("#")[0]

    def _is_dynamic(self) -> bool:
        """Whether what a reference means depends on the way to it: then nothing is rewritten."""
        is_one = len(self._resources) == 1 and not self.addresses
        return not is_one and '"$dynamicRef"' in json.dumps(self.document)

    def _indexed(self, file: str) -> None:
        """Remember where the addresses and anchors of a file stand."""
        document = self.files[file]
        self._resources.setdefault(self._home(file), (file, ()))
        if isinstance(document, dict) and "openapi" in document:
            roots = list(_schemas("document", document, ()))
        else:
            roots = [((), document)]
            # A file that only holds schemas: the reader does not know yet which of its members are some.
            roots += [((key,), each) for key, each in document.items()] if isinstance(document, dict) else []
        for path, schema in roots:
            self._index(file, schema, path, self._home(file))

    def _index(self, file: str, schema: Json, path: Path, base: str) -> None:
        if not isinstance(schema, dict):
            return
        named = schema.get("$id")
        if isinstance(named, str):
            address, _, anchor = urljoin(base, named).partition("#")
            if anchor:
                self._anchors.setdefault((address, anchor), (file, path))
            if not named.startswith("#"):
                base = address
                self._resources.setdefault(base, (file, path))
        for keyword in ("$anchor", "$dynamicAnchor"):
            if isinstance(schema.get(keyword), str):
                self._anchors.setdefault((base, schema[keyword]), (file, path))
        for way, inner in subschemas(schema):
            self._index(file, inner, (*path, *way), base)

    def _object(self, kind: str, value: Json, path: Path, scope: Scope) -> None:
        """Read an object of a kind and what it holds, once."""
        if not isinstance(value, dict) or id(value) in self._done:
            return
        self._done.add(id(value))
        if kind == SCHEMA:
            self._schema(value, path, scope)
            return
        if isinstance(value.get("$ref"), str):
            if kind == "pathItem" and value.keys() - _PLAIN - {"$ref"}:
                self._beside(value, path, scope)
            else:
                value["$ref"] = self._pointed(value["$ref"], kind, path, scope)
                return
        if kind in ("mediaType", "parameter", "header") and not value.keys() & {
            "schema",
            "content",
            "itemSchema",
        }:
            value["schema"] = {}  # says nothing: what it says once it speaks is then compared
        scopes: dict[str, Scope] = {}
        for member, (how, inner) in HELD.get(kind, {}).items():
            found = value.get(member)
            if isinstance(found, dict) and found.keys() == {"$ref"} and (how == MAP or inner == "components"):
                value[member], scopes[member] = self._map(found["$ref"], (*path, member), scope)
        for member in [one for one in HELD.get(kind, {}) if one in value]:
            for one in list(held(kind, {member: value[member]}, path)):
                self._object(one.kind, one.value, one.path, scopes.get(member, scope))
        if kind == "callback":
            for one in held(kind, value, path):
                self._object(one.kind, one.value, one.path, scope)

    def _beside(self, item: dict[str, Json], path: Path, scope: Scope) -> None:
        """A path item that refers to another one and says more: both, what it says itself first."""
        file, way = self._found(item.pop("$ref"), path, scope)
        for member, value in at(self.files[file], way).items():
            item.setdefault(member, value)

    def _map(self, reference: str, path: Path, scope: Scope) -> tuple[Json, Scope]:
        """A whole section that stands elsewhere (`paths: {$ref: …}`), and where it is resolved."""
        file, way = self._found(reference, path, scope)
        return at(self.files[file], way), Scope(file, self._home(file))

    def _check_draft(self, holder: dict[str, Json], keyword: str, path: Path) -> None:
        """An OpenAPI document is compared as 2020-12; raises `UsageError` where a schema of it is another's."""
        if self.is_openapi and isinstance(named := holder.get(keyword), str):
            if named.startswith(_OPENAPI_DIALECTS) or named.rstrip("#") == DRAFT_2020_12.uri:
                return
            place = pointer_of((*path, keyword))
            raise UsageError(
                f"{self.label}: #{place}: {named} is not read within OpenAPI; write it in 2020-12"
            )

    def _schema(self, schema: dict[str, Json], path: Path, scope: Scope) -> None:
        self._check_draft(schema, "$schema", path)
        if self.is_3_0:
            as_3_1(schema)
        named = schema.get("$id")
        if isinstance(named, str) and ("$ref" not in schema or not self.is_old):
            scope = Scope(scope.file, urljoin(scope.base, named).partition("#")[0])
        if isinstance(schema.get("$dynamicRef"), str) and "$ref" not in schema:
            schema["$ref"] = schema.pop("$dynamicRef")
        if isinstance(schema.get("$ref"), str):
            schema["$ref"] = self._pointed(schema["$ref"], SCHEMA, path, scope)
        for way, inner in list(subschemas(schema)):
            self._object(SCHEMA, inner, (*path, *way), scope)
        # Files beside this one may refer to an anchor.
        anchors = () if self.addresses else ("$anchor", "$dynamicAnchor")
        for keyword in (*anchors, *(("$id",) if path else ())):
            if isinstance(schema.get(keyword), str):
                del schema[keyword]

    def _pointed(self, reference: str, kind: str, path: Path, scope: Scope) -> str:
        """The reference as a pointer within this document, or to a file beside it; its target is read too."""
        address, _, fragment = urljoin(scope.base, reference).partition("#")
        beside = self._beside_file(address, reference, scope)
        if beside is not None and kind == SCHEMA and not self.is_openapi:
            return f"{beside}#{fragment}"
        if kind == SCHEMA and address not in self._resources and "://" in reference:
            return reference  # nothing is fetched: who compiles it says so
        file, way = self._found(reference, path, scope)
        target = at(self.files[file], way)
        self._object(kind, target, way, Scope(file, self._base(file, way)))
        return fragment_of(way if file == self.name else self._adopted(file, way, kind, target))

    def _beside_file(self, address: str, reference: str, scope: Scope) -> str | None:
        """The address of a schema file of the same contract, by its address or by its name."""
        if address in self.addresses.values() and address not in self._resources:
            return address
        name = _joined(scope.file, reference)
        return self.addresses.get(name) if name != self.name and address not in self._resources else None

    def _base(self, file: str, way: Path) -> str:
        """The address at which references below a place are resolved."""
        around = [
            (len(path), address)
            for address, (one, path) in self._resources.items()
            if one == file and way[: len(path)] == path and len(path) < len(way)
        ]
        return max(around, default=(0, self._home(file)))[1]

    def _adopted(self, file: str, way: Path, kind: str, target: Json) -> Path:
        """Where something of another file stands in this document: with the components, under its address."""
        if not self.is_openapi:
            holder: Path = ("definitions" if self.is_old else "$defs",)
        else:
            holder = ("components", _SECTION_OF.get(kind, f"x-{kind}"))
        place: Any = self.document
        for key in holder:
            place = place.setdefault(key, {})
        name = f"{file}#{pointer_of(way)}" if way else file
        place.setdefault(name, target)
        return (*holder, name)

    def _found(self, reference: str, path: Path, scope: Scope) -> tuple[str, Path]:
        """The file and the place that a reference leads to; another file is read. Raises `UsageError`."""
        address, _, fragment = urljoin(scope.base, reference).partition("#")
        if address in self._resources:
            file, way = self._resources[address]
        elif "://" in reference:
            raise self._wrong(path, reference, "leads to an address, and nothing is fetched")
        else:
            file, way = _joined(scope.file, reference), ()
            if file not in self.files:
                try:
                    self.files[file] = self.fetch(file)
                except UsageError as error:
                    raise self._wrong(path, reference, f"leads nowhere: {error}") from error
                self._indexed(file)
            address = self._home(file)
        if fragment and not fragment.startswith("/"):
            if (address, unquote(fragment)) not in self._anchors:
                raise self._wrong(path, reference, "leads nowhere: there is no such anchor")
            return self._anchors[address, unquote(fragment)]
        way = (*way, *referred(fragment)) if fragment else way
        if not way and self.is_openapi and file == self.name:
            raise self._wrong(path, reference, "leads to the whole document")
        try:
            at(self.files[file], way)
        except (LookupError, TypeError, ValueError) as error:
            raise self._wrong(path, reference, "leads nowhere") from error
        return file, way

    def _wrong(self, path: Path, reference: str, what: str) -> UsageError:
        return UsageError(f"{self.label}: #{pointer_of(path)}: $ref {reference!r} {what}")


def _joined(file: str, reference: str) -> str:
    """The file that a relative reference in a file names, seen from where the first one lies."""
    named = unquote(reference.partition("#")[0])
    return posixpath.normpath(posixpath.join(posixpath.dirname(file), named)) if named else file


def _schemas(kind: str, value: Json, path: Path) -> list[tuple[Path, Json]]:
    """The schemas of an OpenAPI object, with their places."""
    if kind == SCHEMA:
        return [(path, value)]
    return [found for one in held(kind, value, path) for found in _schemas(one.kind, one.value, one.path)]
