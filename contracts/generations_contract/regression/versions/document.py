"""A contract as data: its schema files or its OpenAPI document, and the units in which it is judged.

No file is read here (`sources` does) and no change is judged. A unit is what travels in one direction: a
request body, an answer, a parameter. Its schema is handed out whole, with everything it refers to, so that
a containment question never depends on where files lie.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Literal
from urllib.parse import urljoin

from generations_contract.api.pointers import Path, at, path_of
from generations_contract.api.subschemas import walk
from generations_contract.containment.dialect import DRAFT_2020_12, Dialect, dialect_for
from generations_contract.containment.values import Json
from generations_contract.regression.versions.parts import Parts, digest_of

Role = Literal["request", "response", "error", "parameter"]
OPENAPI: Final = "openapi.yaml"
SUFFIX: Final = ".schema.json"
METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")


@dataclass(frozen=True)
class Unit:
    """One thing that is sent in one direction: where its schema stands, and who sends it."""

    name: str
    role: Role
    file: str
    path: Path = ()

    @property
    def is_sent(self) -> bool:
        """Whether clients send it; otherwise they read it."""
        return self.role in ("request", "parameter")


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
    problems: tuple[str, ...] = ()  # places of the OpenAPI document that are no valid schema, and why
    parts: Parts = field(default_factory=Parts, repr=False, compare=False)
    _known: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    def _once(self, key: str, make: Callable[[], Any]) -> Any:
        """What was made before under this key, else made now: a contract is not changed once it is read."""
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def edited(self, files: dict[str, Json]) -> Contract:
        """The contract with other schemas in the same places: its units stay where they are."""
        places = {
            key: self._once(key, make) for key, make in (("units", self._units), ("named", self._named))
        }
        return Contract(self.label, files, self.roles, parts=self.parts, _known=places)

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
        return DRAFT_2020_12 if self.openapi is not None else dialect_for(None, *self.files.values())

    def base(self, file: str) -> str:
        """The address of a file: its `$id`, else one made of its name."""
        schema = self.files[file]
        named = schema.get("$id") if isinstance(schema, dict) else None
        return named if isinstance(named, str) else f"https://contract.invalid/{file}"

    def units(self) -> list[Unit]:
        """What is sent or read: each schema file, else each body and parameter of the OpenAPI document."""
        found: list[Unit] = self._once("units", self._units)
        return found

    def unit(self, name: str) -> Unit | None:
        """The unit of that name, where there is one."""
        named: dict[str, Unit] = self._once("named", self._named)
        return named.get(name)

    def _named(self) -> dict[str, Unit]:
        return {unit.name: unit for unit in reversed(self.units())}

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
            return units + [unit for unit in self.operation_units() if unit.role == "parameter"]
        return list(self.operation_units())

    def operation_units(self) -> Iterator[Unit]:
        """The parameters and bodies of every operation."""
        document = self.openapi or {}
        for address, item in document.get("paths", {}).items():
            for method in (name for name in METHODS if name in item):
                yield from self._operation(
                    document, item, ("paths", address, method), f"{method.upper()} {address}"
                )

    def _operation(self, document: Json, item: Json, path: Path, name: str) -> Iterator[Unit]:
        operation = item[path[2]]
        places = [(*path[:2], "parameters", i) for i in range(len(item.get("parameters", ())))]
        places += [(*path, "parameters", i) for i in range(len(operation.get("parameters", ())))]
        for place in places:
            found, parameter = self.followed(document, place)
            if "schema" in parameter:
                title = f"{name} parameter {parameter.get('name')}"
                yield Unit(title, "parameter", OPENAPI, (*found, "schema"))
        if "requestBody" in operation:
            yield from self._bodies(document, (*path, "requestBody"), f"{name} request", "request")
        for status in operation.get("responses", {}):
            role: Role = "response" if str(status).startswith("2") else "error"
            yield from self._bodies(document, (*path, "responses", status), f"{name} {status}", role)

    def _bodies(self, document: Json, path: Path, name: str, role: Role) -> Iterator[Unit]:
        found, body = self.followed(document, path)
        for media, content in body.get("content", {}).items():
            if "json" in media and "schema" in content:
                yield Unit(name, role, OPENAPI, (*found, "content", media, "schema"))

    def followed(self, document: Json, path: Path) -> tuple[Path, Json]:
        """Where a path ends once the references of OpenAPI objects (not of schemas) are followed."""
        value = at(document, path)
        for _ in range(10):
            reference = value.get("$ref") if isinstance(value, dict) else None
            if not (isinstance(reference, str) and reference.startswith("#/")):
                return path, value
            path = path_of(reference[1:])
            value = at(document, path)
        return path, value

    def schema(self, unit: Unit) -> Json:
        """The unit's schema, complete with everything it refers to."""
        return self._once(f"schema {unit.name}", lambda: self._schema(unit))

    def key(self, unit: Unit) -> bytes:
        """A digest of the unit's schema and of all that it reaches: where it is equal, nothing has changed."""
        found: bytes = self._once(f"key {unit.name}", lambda: self._key(unit))
        return found

    def _key(self, unit: Unit) -> bytes:
        schema = at(self.files[unit.file], unit.path)
        if unit.file == OPENAPI:
            names = self.components_reached(unit)
            if names is not None:
                return self.parts.closure(schema, names, self.components)
            return digest_of(self.parts.of(schema).digest, self.parts.of(self.openapi).digest)
        reached = (
            name.encode() + self.parts.of(self.files[name]).digest for name in self.files_reached(unit)
        )
        return digest_of(unit.file.encode(), *sorted(reached))

    def components_reached(self, unit: Unit) -> list[str] | None:
        """The components that take part in a unit; nothing where that cannot be told by their names."""
        found: list[str] | None = self._once(
            f"components {unit.name}",
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
            schema = at(self.files[OPENAPI], unit.path)
            names = self.components_reached(unit)
            if names is not None and not (
                isinstance(schema, dict) and set(names) & set(schema.get("$defs", ()))
            ):
                return self.complete(schema, names)
            whole = {"components": self.files[OPENAPI].get("components", {})}
            return {**whole, **schema, "$schema": DRAFT_2020_12.uri} if isinstance(schema, dict) else schema
        reached = self.files_reached(unit)
        if len(reached) == 1:
            return self.files[unit.file]
        embedded = {file: {**self.files[file], "$id": self.base(file)} for file in sorted(reached)}
        holder = "$defs" if self.dialect.is_modern else "definitions"
        return {"$schema": self.dialect.uri, "allOf": [{"$ref": self.base(unit.file)}], holder: embedded}

    def files_reached(self, unit: Unit) -> set[str]:
        """The files whose schemas take part in a unit."""
        found: set[str] = self._once(f"files {unit.name}", lambda: self._files_reached(unit))
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
            return file, path_of(reference[1:])
        address, _, fragment = urljoin(self.base(file), reference).partition("#")
        target = next((name for name in self.files if self.base(name) == address), None)
        if reference.startswith("#"):
            target = file
        if target is None or (fragment and not fragment.startswith("/")):
            return None
        return target, path_of(fragment)

    def holders(self, schema: Json) -> set[str]:
        """The names of the units in which this schema object takes part."""
        owners: dict[int, set[str]] = self._once("owners", self._owners)
        return owners.get(id(schema), set())

    def _owners(self) -> dict[int, set[str]]:
        """The units of every schema object, by its identity; the objects of a component share theirs."""
        owners: dict[int, set[str]] = {}
        users: dict[str, set[str]] = {}
        for unit in self.units():
            names = self.components_reached(unit) if unit.file == OPENAPI else None
            for name in names or ():
                users.setdefault(name, set()).add(unit.name)
            inline = map(id, walk(at(self.files[unit.file], unit.path)))
            for one in self.reached(unit) if names is None else inline:
                owners.setdefault(one, set()).add(unit.name)
        for name, units in users.items():
            for one in map(id, walk(self.components[name])):
                owners[one] = owners[one] | units if one in owners else units
        return owners

    def reached(self, unit: Unit) -> set[int]:
        """The identities of all schema objects that take part in a unit."""
        found: set[int] = self._once(f"reached {unit.name}", lambda: self._reached(unit))
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
                if isinstance(inner.get("$ref"), str) and (found := self.resolve(file, inner["$ref"])):
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
