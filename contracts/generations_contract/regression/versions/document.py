"""A contract as data: its schema files or its OpenAPI document, and the units in which it is judged.

No file is read here (`sources` does) and no change is judged. A unit is what travels in one direction: a
request body, an answer, a parameter. Its schema is handed out whole, with everything it refers to, so that
a containment question never depends on where files lie.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

from generations_contract.api.pointers import Path, at, referred
from generations_contract.api.schema_names import NAMES
from generations_contract.api.subschemas import walk
from generations_contract.containment.dialect import DRAFT_2020_12, Dialect, dialect_for
from generations_contract.containment.values import Json
from generations_contract.regression.versions import places
from generations_contract.regression.versions.directed import directed
from generations_contract.regression.versions.places import Operation
from generations_contract.regression.versions.units import OPENAPI, Role, Unit, units_of

SUFFIX: Final = ".schema.json"
LONGEST_CHAIN: Final = 20
_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})


@dataclass(frozen=True)
class Origin:
    """Where a file was read: its path, as a repository has it, and its text."""

    path: str
    text: str


@dataclass
class Contract:
    """All files of one version, by name. `label` says in reports where it came from."""

    label: str
    files: dict[str, Json]
    roles: dict[str, Role] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    drafts: dict[str, str] = field(default_factory=dict)  # of each schema file, as it is written
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made before under this key, else made now: a contract is not changed once it is read."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    @property
    def openapi(self) -> dict[str, Json] | None:
        """The OpenAPI document, where there is one."""
        return self.files.get(OPENAPI)

    @property
    def schema_files(self) -> dict[str, Json]:
        """The schema files alone."""
        return {name: schema for name, schema in self.files.items() if name != OPENAPI}

    @property
    def dialect(self) -> Dialect:
        """The draft of the schemas. Raises `UnsupportedSchemaError`."""
        files = self.schema_files
        return dialect_for(None, *files.values()) if files else DRAFT_2020_12

    @property
    def is_apart(self) -> bool:
        """Whether the OpenAPI document has schemas of its own: this project's is made of the files beside it."""
        return not {f"{name}{SUFFIX}" for name in NAMES} <= self.schema_files.keys()

    def base(self, file: str) -> str:
        """The address of a file: its `$id`, else one made of its name."""
        schema = self.files[file]
        named = schema.get("$id") if isinstance(schema, dict) else None
        return named if isinstance(named, str) else f"https://contract.invalid/{file}"

    def units(self) -> list[Unit]:
        """What is sent or read: each schema file, else each body and parameter of the OpenAPI document."""
        found: list[Unit] = self._once("units", self._units)
        return found

    def _units(self) -> list[Unit]:
        if self.schema_files:
            units = [
                Unit(name.removesuffix(SUFFIX), role_of(name, self.roles), name) for name in self.schema_files
            ]
            # Whole bodies first: a change is best shown in what really travels.
            units.sort(key=lambda unit: (-len(self.files_reached(unit)), unit.name))
            return units + [unit for unit in self.operation_units() if self.is_apart or unit.part != "body"]
        return self.operation_units()

    def operations(self) -> list[Operation]:
        """The operations of the OpenAPI document, webhooks and callbacks among them."""
        document = self.openapi or {}
        found: list[Operation] = self._once(
            "operations", lambda: list(places.operations(document, self.follow))
        )
        return found

    def operation_units(self) -> list[Unit]:
        """The parameters, bodies and headers of every operation."""
        found: list[Unit] = self._once(
            "operation units", lambda: list(units_of(self.operations(), self.follow))
        )
        return found

    def follow(self, path: Path) -> tuple[Path, Json]:
        """Where a path of the OpenAPI document ends once the references of its objects are followed."""
        return self.followed(self.openapi or {}, path)

    def followed(self, document: Json, path: Path) -> tuple[Path, Json]:
        """Where a path ends once the references of OpenAPI objects (not of schemas) are followed."""
        value = at(document, path)
        for _ in range(LONGEST_CHAIN):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not (isinstance(reference, str) and reference.startswith("#/")):
                return path, value
            path = referred(reference)
            value = at(document, path)
        raise ValueError(f"{reference} goes in circles")

    def schema(self, unit: Unit) -> Json:
        """The unit's schema, complete with everything it refers to."""
        return self._once(("schema", unit.key), lambda: self._schema(unit))

    def _schema(self, unit: Unit) -> Json:
        if unit.file == OPENAPI:
            schema = directed(at(self.files[OPENAPI], unit.path), unit.is_sent, self._behind)
            if not isinstance(schema, dict):
                return schema
            carried = self._once(("carried", unit.is_sent), lambda: self._carried(is_sent=unit.is_sent))
            return {**carried, **schema, "$schema": DRAFT_2020_12.uri}
        reached = self.files_reached(unit)
        if len(reached) == 1:
            return self.files[unit.file]
        embedded = {file: {**self.files[file], "$id": self.base(file)} for file in sorted(reached)}
        holder = "$defs" if self.dialect.is_modern else "definitions"
        return {"$schema": self.dialect.uri, "allOf": [{"$ref": self.base(unit.file)}], holder: embedded}

    def _behind(self, reference: str) -> Json:
        found = self.resolve(OPENAPI, reference)
        return at(self.files[found[0]], found[1]) if found else None

    def _carried(self, *, is_sent: bool) -> dict[str, Json]:
        """The parts of the document that its references lead into, schemas as they hold in one direction."""
        document = self.files[OPENAPI]
        parts = {path[0] for path in map(referred, references(document)) if path}
        carried = {str(part): document[part] for part in parts if part in document}
        components = dict(carried.get("components", {}))
        components["schemas"] = {
            name: directed(one, is_sent, self._behind) for name, one in components.get("schemas", {}).items()
        }
        return {**carried, "components": components}

    def files_reached(self, unit: Unit) -> set[str]:
        """The files whose schemas take part in a unit."""
        found: set[str] = self._once(("files", unit.key), lambda: self._files_reached(unit))
        return found

    def _files_reached(self, unit: Unit) -> set[str]:
        files = {self.base(name): name for name in self.files}
        seen, todo = {unit.file}, [unit.file]
        while todo:
            file = todo.pop()
            for inner in walk(self.files[file]):
                target = files.get(urljoin(self.base(file), str(inner.get("$ref", ""))).partition("#")[0])
                if target is not None and target not in seen and isinstance(self.files[target], dict):
                    seen.add(target)
                    todo.append(target)
        return seen

    def resolve(self, file: str, reference: str) -> tuple[str, Path] | None:
        """The file and path behind a reference in a file, where it stays within the contract."""
        address, _, fragment = urljoin(self.base(file), reference).partition("#")
        target = next((name for name in self.files if self.base(name) == address), None)
        if reference.startswith("#"):
            target = file
        if target is None or (fragment and not fragment.startswith("/")):
            return None
        return target, referred(fragment)

    def reached(self, unit: Unit) -> set[int]:
        """The identities of all schema objects that take part in a unit."""
        found: set[int] = self._once(("reached", unit.key), lambda: self._reached(unit))
        return found

    def _reached(self, unit: Unit) -> set[int]:
        seen: set[int] = set()
        todo: list[tuple[str, Json]] = [(unit.file, at(self.files[unit.file], unit.path))]
        while todo:
            file, schema = todo.pop()
            if not isinstance(schema, dict) or id(schema) in seen:
                continue
            # Definitions take part only where something refers to them.
            plain = {k: v for k, v in schema.items() if k not in ("$defs", "definitions")}
            for inner in walk(plain):
                if inner is not plain:  # the copy dies, and its identity would be another's
                    seen.add(id(inner))
                for keyword in _REFERENCES & inner.keys():
                    found = self.resolve(file, inner[keyword]) if keyword == "$ref" else None
                    if found is None:  # what a reference leads to is not known: to anything
                        return {id(one) for each in self.files.values() for one in _objects(each)}
                    todo.append((found[0], at(self.files[found[0]], found[1])))
            seen.add(id(schema))
        return seen

    def examples(self, unit: Unit) -> tuple[Json, ...]:
        """The contract's own examples of a unit."""
        schema: Any = at(self.files[unit.file], unit.path)
        if unit.file != OPENAPI:
            return tuple(schema.get("examples", ())) if isinstance(schema, dict) else ()
        found = list(schema.get("examples", ())) if isinstance(schema, dict) else []
        if (
            isinstance(schema, dict)
            and isinstance(schema.get("$ref"), str)
            and (to := self.resolve(OPENAPI, schema["$ref"]))
        ):
            found += at(self.files[to[0]], to[1]).get("examples", ())
        around = at(self.files[OPENAPI], unit.path[:-1])
        found += (
            [one["value"] for one in around.get("examples", {}).values() if "value" in one]
            if isinstance(around.get("examples"), dict)
            else []
        )
        return tuple(found + ([around["example"]] if "example" in around else []))


def _objects(value: Json) -> Iterator[dict[str, Json]]:
    """Every object in a value, itself too."""
    todo = [value]
    while todo:
        inner = todo.pop()
        if isinstance(inner, dict):
            yield inner
        todo += inner.values() if isinstance(inner, dict) else inner if isinstance(inner, list) else ()


def references(document: Json) -> Iterator[str]:
    """The references within a document to places in it, as they are written."""
    for inner in _objects(document):
        reference = inner.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/"):
            yield reference


def plain_name(file: str) -> str:
    """The name of a schema: its file's, without what every schema file's ends with."""
    return file.removesuffix(SUFFIX).removesuffix(".json")


def role_of(file: str, roles: dict[str, Role]) -> Role:
    """Who sends a schema's documents: as told, else as its name says, else the server does."""
    name = plain_name(file)
    if name in roles:
        return roles[name]
    if "request" in name:
        return "request"
    return "error" if name.startswith("error") or name.endswith("-error") else "response"
