"""A small OpenAPI document of the resource, ways to change it, and validators of what is made of it."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs

from generations_contract.api import foreign_schemas, schema_checks, schema_files

OWN = schema_files.own_directory()
Json = dict[str, Any]
JSON = "application/json"


def ref(name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/schemas/{name}"}


def body(schema: Json, media: str = JSON) -> Json:
    """What an OpenAPI document calls a request body or an answer."""
    return {"description": "", "content": {media: {"schema": schema}}}


SMALL: Json = {
    "openapi": "3.1.0",
    "info": {"title": "small", "version": "1"},
    "paths": {
        "/v1/generations": {"post": {
            "requestBody": body(ref("Request")),
            "responses": {"200": body(ref("Generation")), "default": body(ref("Error"))},
        }},
        "/v1/generations/{id}": {"get": {
            "responses": {"200": body(ref("Generation")), "404": body(ref("Error"))},
        }},
    },
    "components": {"schemas": {
        "Request": {"type": "object", "required": ["model"], "properties": {
            "model": {"type": "string"}, "n": {"type": "integer", "maximum": 10}}},
        "Generation": {"type": "object", "required": ["id"], "properties": {
            "id": {"type": "string"},
            "output": {"type": ["object", "null"], "properties": {
                "media": {"type": "array", "items": ref("Media")}}}}},
        "Media": {"type": "object", "required": ["url"], "properties": {"url": {"type": "string"}}},
        "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "object"}}},
    }},
}  # fmt: skip


def small(change: Callable[[Json], object] = lambda _: None) -> Json:
    """A document that has just what is needed, changed in place."""
    made = copy.deepcopy(SMALL)
    change(made)
    return made


def operation(document: Json, method: str = "post") -> Any:
    """An operation of the small document."""
    return document["paths"][{"post": "/v1/generations", "get": "/v1/generations/{id}"}[method]][method]


def components(document: Json) -> Any:
    """The schemas of the small document."""
    return document["components"]["schemas"]


def written(folder: Path, document: Json | str, name: str = "openapi.json") -> Path:
    """The document as a file."""
    path = folder / name
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def made(path: Path) -> Json:
    """The four schemas of a document, which hold against all checks."""
    found, _ = foreign_schemas.load(path, OWN)
    schema_checks.check(found)
    return found


def validator(schemas: Json, name: str) -> jsonschema_rs.Draft202012Validator:
    """A validator of one of these four schemas."""
    resources = [(each["$id"], each) for each in schemas.values()]
    return jsonschema_rs.Draft202012Validator(
        schemas[name], registry=jsonschema_rs.Registry(resources), validate_formats=True
    )
