"""The documented fields, as the request schema has them: a table, one row a field.

A field knows its place, its schema, its annotation, and by it which clause a violation breaks and to which
models it belongs. Never here: values to send, or a body as a whole.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from generations_contract.api.schema import REQUEST, Part, Schema, load
from generations_contract.api.schema_files import ANNOTATION, followed, load_own, member, place
from generations_contract.api.vocabulary import (
    INPUT_KEYS,
    REQUIRED_INPUT_KEYS,
    REQUIRED_KEYS,
    TOP_LEVEL_KEYS,
    Modality,
)
from generations_contract.oracle.annotations import Annotation, Break, breaks_of, read

# Which clause a violation breaks where no annotation says it.
TYPES: Final = Break("request.field-types")
UNKNOWN_TOP: Final = Break("strict.top-level")
UNKNOWN_NESTED: Final = Break("strict.nested")


@dataclass(frozen=True)
class Field:
    """A documented field. `path` leads to it (`"input", "seed"`); `schema` has its local references followed."""

    path: tuple[str, ...]
    schema: Schema = field(repr=False, hash=False)
    required: bool

    @property
    def name(self) -> str:
        """The key."""
        return self.path[-1]

    @property
    def where(self) -> str:
        """The dotted path, as an error's `param` gives it."""
        return ".".join(self.path)

    @cached_property
    def mark(self) -> Annotation:
        """What stands in the schema's annotation."""
        return read(self.schema)

    @cached_property
    def part(self) -> Part:
        """The schema of the field at work."""
        whole = load(REQUEST)
        return Part({"$ref": f"{whole['$id']}#{place(whole, *self.path)}"})

    @cached_property
    def honoured_part(self) -> Part | None:
        """What holds besides on models to which the field belongs."""
        return Part(self.mark.honoured) if self.mark.honoured is not None else None

    @cached_property
    def examples(self) -> tuple[Any, ...]:
        """The document's own examples, and those of the annotation."""
        return (*self.schema.get("examples", ()), *self.mark.named("accepted").values())

    @cached_property
    def branches(self) -> tuple[Schema, ...]:
        """The schemas of one type each that together make up the field's."""
        return tuple(_branches(self.schema))

    def belongs_to(self, modality: Modality | None, traits: Collection[str]) -> bool:
        """Whether a model of that modality, with these traits, has a use for the field."""
        mark = self.mark
        return mark.modality in (None, modality) and (mark.trait is None or mark.trait in traits)

    def breaks(self, keyword: str) -> Break:
        """The clause that a violation of a keyword breaks here."""
        named = self.mark.breaks
        return named.get(keyword) or named.get("*") or TYPES


def _branches(schema: Schema) -> "list[Schema]":
    schema = followed(load(REQUEST), schema)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            return [one for branch in schema[keyword] for one in _branches(branch)]
    kinds = schema.get("type")
    return [{**schema, "type": kind} for kind in kinds] if isinstance(kinds, list) else [schema]


def _fields() -> dict[str, Field]:
    request, own = load(REQUEST), load_own(REQUEST)
    levels = (((), TOP_LEVEL_KEYS, REQUIRED_KEYS), (("input",), INPUT_KEYS, REQUIRED_INPUT_KEYS))
    return {
        key: Field((*level, key), _annotated(request, own, (*level, key)), key in required)
        for level, keys, required in levels
        for key in keys
    }


def _annotated(request: Schema, own: Schema, path: tuple[str, ...]) -> Schema:
    """The schema of a field; without any annotation, with that of the suite's own version, if it has the field."""
    schema = member(request, *path)
    try:
        known = member(own, *path)
    except KeyError:
        return schema
    if ANNOTATION in schema or ANNOTATION not in known:
        return schema
    found = {**schema, ANNOTATION: known[ANNOTATION]}
    entries = known.get("items", {}).get(ANNOTATION)
    if entries is not None and isinstance(schema.get("items"), dict):
        found["items"] = {ANNOTATION: entries, **schema["items"]}
    return found


# By key, top-level ones first. No documented key stands on both levels (`vocabulary` makes sure of it).
FIELDS: Final[Mapping[str, Field]] = _fields()
TOP: Final[Mapping[str, Field]] = {key: FIELDS[key] for key in TOP_LEVEL_KEYS}
NESTED: Final[Mapping[str, Field]] = {key: FIELDS[key] for key in INPUT_KEYS}
OPTIONAL: Final[Mapping[str, Field]] = {key: one for key, one in FIELDS.items() if not one.required}
# Which clause an unknown key breaks, by level ("" is the top).
UNKNOWN_KEY: Final[Mapping[str, Break]] = {
    "": breaks_of(load(REQUEST)).get("additionalProperties", UNKNOWN_TOP),
    "input": breaks_of(member(load(REQUEST), "input")).get("additionalProperties", UNKNOWN_NESTED),
}
