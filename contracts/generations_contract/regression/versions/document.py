"""A contract as data: its schema files or its OpenAPI document, and the units in which it is judged.

No file is read here (`sources` does) and no change is judged. A unit is what travels in one direction: a
request body, an answer, a parameter. Its schema is handed out whole, with everything it refers to, so that
a containment question never depends on where files lie.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urljoin

from generations_contract.api.pointers import Path, at, referred
from generations_contract.api.schema_names import NAMES, SUFFIX
from generations_contract.api.subschemas import walk
from generations_contract.containment.dialect import DRAFT_2020_12, Dialect, dialect_for
from generations_contract.containment.values import Json
from generations_contract.regression.versions import places
from generations_contract.regression.versions.directed import is_marked
from generations_contract.regression.versions.parts import Parts, digest_of
from generations_contract.regression.versions.places import Operation
from generations_contract.regression.versions.references import objects_reached, references
from generations_contract.regression.versions.units import OPENAPI, Role, Unit, role_of, units_of

LONGEST_CHAIN: Final = 20


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
    problems: tuple[str, ...] = ()  # places of the OpenAPI document that are no valid schema, and why
    parts: Parts = field(default_factory=Parts, repr=False, compare=False)
    _known: dict[Hashable, Any] = field(default_factory=dict, repr=False, compare=False)

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """What was made before under this key, else made now: a contract is not changed once it is read."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def edited(self, files: dict[str, Json]) -> Contract:
        """The contract with other schemas in the same places: its units stay where they are."""
        held: dict[Hashable, Any] = {
            key: self._once(key, make) for key, make in (("units", self._units), ("keyed", self._keyed))
        }
        return Contract(self.label, files, self.roles, parts=self.parts, _known=held)

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

    def unit(self, key: Hashable) -> Unit | None:
        """The unit with this identity, where there is one."""
        keyed: dict[Hashable, Unit] = self._once("keyed", self._keyed)
        return keyed.get(key)

    def _keyed(self) -> dict[Hashable, Unit]:
        return {unit.key: unit for unit in reversed(self.units())}

    @property
    def components(self) -> dict[str, Json]:
        """The schemas that the OpenAPI document keeps by name."""
        found = (self.openapi or {}).get("components", {}).get("schemas", {})
        return found if isinstance(found, dict) else {}

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

    def key(self, unit: Unit) -> bytes:
        """A digest of the unit's schema and of all that it reaches: where it is equal, nothing has changed."""
        found: bytes = self._once(("key", unit.key), lambda: self._key(unit))
        return found

    def _key(self, unit: Unit) -> bytes:
        schema = at(self.files[unit.file], unit.path)
        if unit.file == OPENAPI:
            way, names = (b"sent" if unit.is_sent else b"read"), self.components_reached(unit)
            if names is not None:
                return digest_of(way, self.parts.closure(schema, names, self.components))
            return digest_of(way, self.parts.of(schema).digest, self.parts.of(self.openapi).digest)
        reached = (
            name.encode() + self.parts.of(self.files[name]).digest for name in self.files_reached(unit)
        )
        return digest_of(unit.file.encode(), *sorted(reached))

    def components_reached(self, unit: Unit) -> list[str] | None:
        """The components that take part in a unit; nothing where that cannot be told by their names."""
        found: list[str] | None = self._once(
            ("components", unit.key),
            lambda: self.parts.reached(at(self.files[unit.file], unit.path), self.components),
        )
        return found

    def complete(self, schema: Json, names: list[str], components: dict[str, Json] | None = None) -> Json:
        """A schema of the OpenAPI document with these of its components beside it, as one that stands alone."""
        if not isinstance(schema, dict):
            return schema
        own, carried = self.parts.carried(schema), self.parts.carried
        components = self.components if components is None else components
        held = {name: carried(components[name]) for name in names} | own.get("$defs", {})
        return {**own, "$schema": DRAFT_2020_12.uri, **({"$defs": held} if held else {})}

    def _schema(self, unit: Unit) -> Json:
        if unit.file == OPENAPI:
            schema = self.stated(unit)
            if not isinstance(schema, dict):
                return schema
            names, towards = self.components_reached(unit), self.towards(is_sent=unit.is_sent)
            if names is not None and not set(names) & set(schema.get("$defs", ())):
                return towards.complete(schema, names)
            carried = self._once(("carried", unit.is_sent), towards._carried)
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

    def _carried(self) -> dict[str, Json]:
        """The parts of the document that its references lead into."""
        document = self.files[OPENAPI]
        parts = {path[0] for path in map(referred, references(document)) if path}
        return {str(part): document[part] for part in parts if part in document}

    def stated(self, unit: Unit) -> Json:
        """The unit's schema as it holds in its direction, without what it refers to."""
        schema = at(self.files[unit.file], unit.path)
        if unit.file != OPENAPI:
            return schema
        return self._once(("stated", unit.key), lambda: self._directed(schema, is_sent=unit.is_sent))

    def towards(self, *, is_sent: bool) -> Contract:
        """The contract with its components as they hold in one direction."""
        found: Contract = self._once(("towards", is_sent), lambda: self._towards(is_sent=is_sent))
        return found

    def _towards(self, *, is_sent: bool) -> Contract:
        held = {name: self._directed(schema, is_sent=is_sent) for name, schema in self.components.items()}
        if all(held[name] is schema for name, schema in self.components.items()):
            return self
        components = {**self.files[OPENAPI]["components"], "schemas": held}
        files = {**self.files, OPENAPI: {**self.files[OPENAPI], "components": components}}
        return Contract(self.label, files, self.roles, parts=self.parts)

    def _directed(self, schema: Json, *, is_sent: bool) -> Json:
        marked: frozenset[str] = self._once(("marked", is_sent), lambda: self._marked(is_sent=is_sent))
        return self.parts.directed(schema, marked, self._behind, is_sent=is_sent)

    def _marked(self, *, is_sent: bool) -> frozenset[str]:
        """The components that do not travel in this direction as members of an object."""
        return frozenset(
            name for name, schema in self.components.items() if is_marked(schema, is_sent, self._behind)
        )

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
        if reference.startswith("#/"):
            return file, referred(reference)
        address, _, fragment = urljoin(self.base(file), reference).partition("#")
        target = next((name for name in self.files if self.base(name) == address), None)
        if reference.startswith("#"):
            target = file
        if target is None or (fragment and not fragment.startswith("/")):
            return None
        return target, referred(fragment)

    def holders(self, schema: Json) -> set[Hashable]:
        """The identities of the units in which this schema object takes part."""
        owners: dict[int, set[Hashable]] = self._once("owners", self._owners)
        return owners.get(id(schema), set())

    def _owners(self) -> dict[int, set[Hashable]]:
        """The units of every schema object, by its identity; the objects of a component share theirs."""
        owners: dict[int, set[Hashable]] = {}
        users: dict[str, set[Hashable]] = {}
        for unit in self.units():
            names = self.components_reached(unit) if unit.file == OPENAPI else None
            for name in names or ():
                users.setdefault(name, set()).add(unit.key)
            inline = map(id, walk(at(self.files[unit.file], unit.path)))
            for one in self.reached(unit) if names is None else inline:
                owners.setdefault(one, set()).add(unit.key)
        for name, units in users.items():
            for one in map(id, walk(self.components[name])):
                owners[one] = owners[one] | units if one in owners else units
        return owners

    def reached(self, unit: Unit) -> set[int]:
        """The identities of all schema objects that take part in a unit."""
        found: set[int] = self._once(
            ("reached", unit.key), lambda: objects_reached(self.files, unit.file, unit.path, self.resolve)
        )
        return found
