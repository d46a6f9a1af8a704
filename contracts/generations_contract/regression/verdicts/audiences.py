"""Who reads an answer, and how: the reading models that a change is judged against.

Nothing is compared here; a model is a rewriting of a schema. A *strict reader* refuses members that are not
documented, so his schema is the closed copy. A *tolerant reader* ignores members and values that he does not
know, so his schema has its enumerations widened to their types and its objects opened. Senders have no model:
they send what the schema says.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from generations_contract.api.pointers import at
from generations_contract.api.subschemas import subschemas
from generations_contract.containment.values import FRACTION, INTEGER, Json, type_of
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import Unit

SENDERS: Final = "senders"
STRICT: Final = "strict readers"
TOLERANT: Final = "tolerant readers"
IN_PLACE: Final = ("allOf", "anyOf", "oneOf")
DEPTH_MAX: Final = 20


@dataclass
class Shape:
    """The members, items and values that a schema names, wherever in it they are named."""

    members: dict[str, Shape] = field(default_factory=dict)
    values: list[Json] = field(default_factory=list)
    patterns: set[str] = field(default_factory=set)
    items: Shape | None = None
    is_open: bool = False

    def closing(self) -> Json:
        """A schema that refuses every member which is not named."""
        schema: dict[str, Json] = {}
        if self.items is not None and (inner := self.items.closing()):
            schema["items"] = inner
        if self.members or self.patterns:
            schema["properties"] = {name: shape.closing() for name, shape in sorted(self.members.items())}
            schema["patternProperties"] = dict.fromkeys(sorted(self.patterns), True)
            if not self.is_open:
                schema["additionalProperties"] = False
        return schema


def shape_of(contract: Contract, unit: Unit) -> Shape:
    """The shape of a unit's documents, over all its branches."""
    shape = Shape()
    _collect(contract, unit.file, at(contract.files[unit.file], unit.path), shape, 0)
    return shape


def _collect(contract: Contract, file: str, schema: Json, shape: Shape, depth: int) -> None:
    if not isinstance(schema, dict):
        return
    if depth > DEPTH_MAX:
        shape.is_open = True
        return
    if isinstance(schema.get("$ref"), str):
        found = contract.resolve(file, schema["$ref"])
        if found is not None:
            _collect(contract, found[0], at(contract.files[found[0]], found[1]), shape, depth + 1)
    for keyword in IN_PLACE:
        for inner in schema.get(keyword, ()):
            _collect(contract, file, inner, shape, depth + 1)
    for keyword in ("if", "then", "else"):
        _collect(contract, file, schema.get(keyword), shape, depth + 1)
    for inner in schema.get("dependentSchemas", {}).values():
        _collect(contract, file, inner, shape, depth + 1)
    for name, inner in schema.get("properties", {}).items():
        _collect(contract, file, inner, shape.members.setdefault(name, Shape()), depth + 1)
    shape.patterns |= set(schema.get("patternProperties", ()))
    shape.values += [value for value in schema.get("enum", ()) if value not in shape.values]
    # A schema for further members documents them, whatever they are called.
    shape.is_open = shape.is_open or isinstance(schema.get("additionalProperties"), dict)
    if isinstance(schema.get("items"), dict):
        shape.items = shape.items or Shape()
        _collect(contract, file, schema["items"], shape.items, depth + 1)


def closed(contract: Contract, unit: Unit) -> Json:
    """The unit's schema for a reader who refuses what is not documented."""
    return {"allOf": [contract.schema(unit), shape_of(contract, unit).closing()]}


def tolerated(contract: Contract) -> Contract:
    """The contract as read by someone who ignores members and values that he does not know."""
    files = {name: _opened(schema) for name, schema in contract.files.items()}
    return Contract(contract.label, files, contract.roles)


def _opened(schema: Json) -> Json:
    """The schema widened; conditions stay, because widening those narrows what depends on them."""
    if not isinstance(schema, dict):
        return schema
    if "openapi" in schema:
        return _opened_document(schema)
    copy = dict(schema)
    for path, inner in subschemas(schema):
        keyword = str(path[0])
        if keyword in ("if", "not", "oneOf", "contains"):
            continue
        if len(path) == 1:
            copy[keyword] = _opened(inner)
        else:
            if copy[keyword] is schema[keyword]:
                copy[keyword] = schema[keyword].copy()
            copy[keyword][path[1]] = _opened(inner)
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if copy.get(keyword) is False:
            del copy[keyword]
    if isinstance(copy.get("enum"), list):
        types = sorted({"number" if t in (INTEGER, FRACTION) else t for t in map(type_of, copy.pop("enum"))})
        copy.setdefault("type", types)
    return copy


def _opened_document(document: dict[str, Json]) -> dict[str, Json]:
    schemas = document.get("components", {}).get("schemas", {})
    components = {**document.get("components", {}), "schemas": {n: _opened(s) for n, s in schemas.items()}}
    return {**document, "components": components}
