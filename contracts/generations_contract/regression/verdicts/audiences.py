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


@dataclass(eq=False)
class Shape:
    """The members, items and values that a schema names, wherever in it they are named; a recursive one is a ring."""

    members: dict[str, Shape] = field(default_factory=dict)
    values: list[Json] = field(default_factory=list)
    patterns: set[str] = field(default_factory=set)
    items: Shape | None = None
    is_open: bool = False

    def closing(self, holder: str = "$defs") -> dict[str, Json]:
        """The definitions of schemas that refuse every member which is not named, the first for the whole.

        None where nothing is named. They refer to each other under `holder`.
        """
        shapes = [self]
        places = {id(self): 0}
        for shape in shapes:  # grows on the way
            for inner in (*(shape.members[name] for name in sorted(shape.members)), shape.items):
                if inner is not None and id(inner) not in places:
                    places[id(inner)] = len(shapes)
                    shapes.append(inner)
        telling = [one for one in shapes if one.members or one.patterns]
        for one in telling:  # grows on the way: what holds items that name something
            telling += [other for other in shapes if other.items is one and other not in telling]
        chosen = [one for one in shapes if one in telling]
        names = {id(one): f"closed-{places[id(one)]}" for one in chosen}
        return {names[id(one)]: one.closed(names, holder) for one in chosen}

    def closed(self, names: dict[int, str], holder: str) -> Json:
        """The definition of this shape, given the names of all."""

        def reference(shape: Shape) -> Json:
            return {"$ref": f"#/{holder}/{names[id(shape)]}"} if id(shape) in names else {}

        schema: dict[str, Json] = {}
        if self.items is not None:
            schema["items"] = reference(self.items)
        if self.members or self.patterns:
            schema["properties"] = {name: reference(shape) for name, shape in sorted(self.members.items())}
            schema["patternProperties"] = dict.fromkeys(sorted(self.patterns), True)
            if not self.is_open:
                schema["additionalProperties"] = False
        return schema


Places = list[tuple[str, Json]]  # schemas, each with the file in which its references are read


def shape_of(contract: Contract, unit: Unit) -> Shape:
    """The shape of a unit's documents, over all its branches."""
    return _Shapes(contract).of([(unit.file, at(contract.files[unit.file], unit.path))])


class _Shapes:
    """Makes the shapes of one contract: one for each set of schemas that may hold of one place in a document."""

    def __init__(self, contract: Contract) -> None:
        self.contract = contract
        self.known: dict[frozenset[int], Shape] = {}
        self.todo: list[tuple[Shape, Places]] = []

    def of(self, places: Places) -> Shape:
        """The shape where these schemas may hold, with all shapes that it leads to."""
        first = self.shape(places)
        while self.todo:
            self.fill(*self.todo.pop())
        return first

    def shape(self, places: Places) -> Shape:
        """The shape of these schemas, to be filled in later where it is new."""
        here = self.in_place(places)
        key = frozenset(id(schema) for _, schema in here)
        if key not in self.known:
            self.known[key] = Shape()
            self.todo.append((self.known[key], here))
        return self.known[key]

    def in_place(self, places: Places) -> Places:
        """The schemas and all that they apply to the same place of a document."""
        found: dict[int, tuple[str, Json]] = {}
        todo = places[::-1]
        while todo:
            file, schema = todo.pop()
            if not isinstance(schema, dict) or id(schema) in found:
                continue
            found[id(schema)] = file, schema
            inner = [one for keyword in IN_PLACE for one in schema.get(keyword, ())]
            inner += [schema.get(keyword) for keyword in ("if", "then", "else")]
            inner += schema.get("dependentSchemas", {}).values()
            todo += [(file, one) for one in reversed(inner)]
            if isinstance(schema.get("$ref"), str) and (to := self.contract.resolve(file, schema["$ref"])):
                todo.append((to[0], at(self.contract.files[to[0]], to[1])))
        return list(found.values())

    def fill(self, shape: Shape, here: Places) -> None:
        """Say of a shape what its schemas name."""
        members: dict[str, Places] = {}
        items: Places = []
        for file, schema in here:
            for name, inner in schema.get("properties", {}).items():
                members.setdefault(name, []).append((file, inner))
            shape.patterns |= set(schema.get("patternProperties", ()))
            shape.values += [value for value in schema.get("enum", ()) if value not in shape.values]
            # A schema for further members documents them, whatever they are called.
            shape.is_open = shape.is_open or isinstance(schema.get("additionalProperties"), dict)
            if isinstance(schema.get("items"), dict):
                items.append((file, schema["items"]))
        shape.members = {name: self.shape(places) for name, places in members.items()}
        shape.items = self.shape(items) if items else None


def closed(contract: Contract, unit: Unit) -> Json:
    """The unit's schema for a reader who refuses what is not documented."""
    schema, holder = contract.schema(unit), "$defs" if contract.dialect.is_modern else "definitions"
    definitions = shape_of(contract, unit).closing(holder)
    if not definitions or not isinstance(schema, dict):
        return schema
    closing = {"$ref": f"#/{holder}/{next(iter(definitions))}"}
    held = {holder: {**schema.get(holder, {}), **definitions}}
    if "$ref" in schema and not contract.dialect.is_modern:  # a reference there has no siblings
        return {"allOf": [{"$ref": schema["$ref"]}, closing], **held}
    return {**schema, "allOf": [*schema.get("allOf", ()), closing], **held}


def tolerated(contract: Contract, unit: Unit) -> Json:
    """The unit's schema for someone who ignores members and values that he does not know."""
    return _opened(contract.schema(unit))


def _opened(schema: Json) -> Json:
    """The schema widened; conditions stay, because widening those narrows what depends on them."""
    if not isinstance(schema, dict):
        return schema
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
    if copy.get("enum"):  # an empty one lists no value of any type
        types = sorted({"number" if t in (INTEGER, FRACTION) else t for t in map(type_of, copy.pop("enum"))})
        copy.setdefault("type", types)
    return copy
