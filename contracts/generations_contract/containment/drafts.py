"""Schemas of older drafts, made into schemas of a younger one, so that versions in different drafts are compared.

Draft-04 and draft-06 become draft-07, 2019-09 becomes 2020-12; and draft-07 becomes 2020-12 where the other
version of a contract is written in that. The same documents are accepted. Nothing is decided here.
"""

import re
from collections.abc import Callable
from typing import Any, Final

from generations_contract.api.subschemas import rewrite
from generations_contract.containment.dialect import (
    DRAFT_4,
    DRAFT_6,
    DRAFT_7,
    DRAFT_2019_09,
    DRAFT_2020_12,
    Dialect,
    UnsupportedSchemaError,
)
from generations_contract.containment.validators import check
from generations_contract.containment.values import Json

# What versions of a contract are compared in; a pair is decided in whatever draft it is written.
_SPOKEN: Final = (DRAFT_7, DRAFT_2020_12)
Change = Callable[[dict[str, Json]], dict[str, Json]]
_AFTER_DRAFT_4: Final = DRAFT_4.unknown | {"examples", "$id"}
_RECURSIVE: Final = frozenset({"$recursiveRef", "$recursiveAnchor"})
_ITEM: Final = re.compile(r"/items/(?=[0-9]+(/|$))")


def converted(schema: Json, dialect: Dialect, target: Dialect) -> Json:
    """The schema of one draft as one of another that accepts the same documents, `$schema` with it.

    Raises `UnsupportedSchemaError` where it says what the other draft has no words for.
    """
    if dialect is target or not isinstance(schema, dict):
        return schema
    step = _STEPS.get(dialect.name)
    if step is None:
        raise UnsupportedSchemaError(f"{dialect.name} is not read as {target.name}")
    following, change = step
    changed = rewrite({key: value for key, value in schema.items() if key != "$schema"}, change)
    return converted({"$schema": following.uri, **changed}, following, target)


def spoken_as(dialect: Dialect) -> Dialect:
    """The draft as which a contract's schemas of this one are read."""
    return dialect if dialect in _SPOKEN else _STEPS[dialect.name][0]


def spoken(schema: Json, dialect: Dialect) -> Json:
    """A schema of this draft as it is read. Raises `UnsupportedSchemaError` where it is none."""
    check(schema, dialect)
    return converted(schema, dialect, spoken_as(dialect))


def _from_4(schema: dict[str, Json]) -> dict[str, Json]:
    kept = {key: value for key, value in schema.items() if key not in _AFTER_DRAFT_4}
    if isinstance(kept.get("id"), str):
        kept["$id"] = kept.pop("id")
    for bound, limit in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if kept.pop(bound, False) is True and limit in kept:
            kept[bound] = kept.pop(limit)
    return kept


def _from_6(schema: dict[str, Json]) -> dict[str, Json]:
    return {key: value for key, value in schema.items() if key not in DRAFT_6.unknown}


def _from_7(schema: dict[str, Json]) -> dict[str, Json]:
    if isinstance(schema.get("$ref"), str):  # what stands beside it is ignored, definitions apart
        kept = {key: value for key, value in schema.items() if key in ("$ref", "definitions", "$defs")}
        return {**kept, "$ref": _pointed(schema["$ref"])}
    left_out = DRAFT_7.unknown | {"dependencies", "$anchor"}
    changed = {key: value for key, value in schema.items() if key not in left_out}
    named = changed.get("$id")
    if isinstance(named, str) and "#" in named.rstrip("#"):
        changed["$id"], _, changed["$anchor"] = named.partition("#")
        if not changed["$id"]:
            del changed["$id"]
    _split(changed, schema.get("dependencies"))
    return _with_items(changed)


def _split(changed: dict[str, Json], dependencies: Any) -> None:
    """`dependencies` as the two keywords that it became."""
    for name, needed in (dependencies or {}).items():
        keyword = "dependentRequired" if isinstance(needed, list) else "dependentSchemas"
        changed[keyword] = {**changed.get(keyword, {}), name: needed}


def _with_items(schema: dict[str, Json]) -> dict[str, Json]:
    """An array of `items` is `prefixItems`, and `additionalItems` are the `items` after them."""
    rest = schema.pop("additionalItems", True)
    if isinstance(schema.get("items"), list):
        first = schema.pop("items")
        schema |= ({"prefixItems": first} if first else {}) | ({"items": rest} if rest is not True else {})
    return schema


def _from_2019_09(schema: dict[str, Json]) -> dict[str, Json]:
    if "$recursiveAnchor" in schema or ("contains" in schema and "unevaluatedItems" in schema):
        raise UnsupportedSchemaError("recursive anchors, and contains beside unevaluatedItems, are not read")
    changed = {key: value for key, value in schema.items() if key not in DRAFT_2019_09.unknown | _RECURSIVE}
    if isinstance(reference := schema.get("$recursiveRef", schema.get("$ref")), str):
        changed["$ref"] = _pointed(reference)
    if "$recursiveRef" in schema and "$ref" in schema:
        changed["allOf"] = [*changed.get("allOf", ()), {"$ref": _pointed(schema["$ref"])}]
    return _with_items(changed)


def _pointed(reference: str) -> str:
    return _ITEM.sub("/prefixItems/", reference)


_STEPS: Final[dict[str, tuple[Dialect, Change]]] = {
    DRAFT_4.name: (DRAFT_7, _from_4),
    DRAFT_6.name: (DRAFT_7, _from_6),
    DRAFT_7.name: (DRAFT_2020_12, _from_7),
    DRAFT_2019_09.name: (DRAFT_2020_12, _from_2019_09),
}
