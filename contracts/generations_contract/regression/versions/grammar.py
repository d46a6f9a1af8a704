"""The objects of an OpenAPI document as a table: what each of them holds, and of which kind that is.

Nothing is read or compared here. A kind is a name of the specification's; 3.0, 3.1 and 3.2 are in one table,
since what a version does not know does not stand in its documents.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from generations_contract.api.pointers import Path
from generations_contract.containment.values import Json

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace", "query")
SCHEMA: Final = "schema"
ONE: Final = "one"
LIST: Final = "list"
MAP: Final = "map"
# The sections of `components`, each a map of objects of one kind.
SECTIONS: Final[dict[str, str]] = {
    "schemas": SCHEMA, "responses": "response", "parameters": "parameter", "requestBodies": "requestBody",
    "headers": "header", "links": "link", "callbacks": "callback", "pathItems": "pathItem",
    "examples": "example", "mediaTypes": "mediaType", "securitySchemes": "securityScheme",
}  # fmt: skip
# kind -> member -> how it holds, and objects of which kind.
HELD: Final[dict[str, dict[str, tuple[str, str]]]] = {
    "document": {
        # First what the others refer to.
        "components": (ONE, "components"), "paths": (MAP, "pathItem"), "webhooks": (MAP, "pathItem"),
    },
    "components": {section: (MAP, kind) for section, kind in SECTIONS.items()},
    "pathItem": {
        **dict.fromkeys(METHODS, (ONE, "operation")), "additionalOperations": (MAP, "operation"),
        "parameters": (LIST, "parameter"),
    },
    "operation": {
        "parameters": (LIST, "parameter"), "requestBody": (ONE, "requestBody"),
        "responses": (MAP, "response"), "callbacks": (MAP, "callback"),
    },
    "parameter": {"schema": (ONE, SCHEMA), "content": (MAP, "mediaType"), "examples": (MAP, "example")},
    "header": {"schema": (ONE, SCHEMA), "content": (MAP, "mediaType"), "examples": (MAP, "example")},
    "requestBody": {"content": (MAP, "mediaType")},
    "response": {"headers": (MAP, "header"), "content": (MAP, "mediaType"), "links": (MAP, "link")},
    "mediaType": {
        "schema": (ONE, SCHEMA), "itemSchema": (ONE, SCHEMA), "examples": (MAP, "example"),
        "encoding": (MAP, "encoding"), "prefixEncoding": (LIST, "encoding"), "itemEncoding": (ONE, "encoding"),
    },
    "encoding": {"headers": (MAP, "header")},
}  # fmt: skip


class Held(NamedTuple):
    """An object of the document, its kind, and the way to it."""

    path: Path
    kind: str
    value: Json


def held(kind: str, value: Json, path: Path = ()) -> Iterator[Held]:
    """What an object of a kind holds directly; a map of OpenAPI may hold extensions, which are no objects."""
    if not isinstance(value, dict) or ("$ref" in value and kind != "pathItem"):
        return
    if kind == "callback":
        yield from (Held((*path, name), "pathItem", one) for name, one in value.items() if _is_named(name))
        return
    for member, (how, inner) in HELD.get(kind, {}).items():
        found, place = value.get(member), (*path, member)
        if how == ONE and found is not None:
            yield Held(place, inner, found)
        elif how == LIST and isinstance(found, list):
            yield from (Held((*place, index), inner, one) for index, one in enumerate(found))
        elif how == MAP and isinstance(found, dict):
            for name, one in found.items():
                if _is_named(name) or member not in ("paths", "responses", "webhooks"):
                    yield Held((*place, name), inner, one)


def _is_named(name: str) -> bool:
    return not name.startswith("x-")
