"""Short documents written in place, and what a comparison of two of them says."""

import json
from pathlib import Path
from typing import Any, Final

from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.change import SAFE
from generations_contract.regression.verdicts.review import Review, review

JSON: Final = "application/json"
TEXT: Final[Any] = {"type": "string"}
SHORT: Final[Any] = {"type": "string", "maxLength": 3}


def api(
    operation: Any = None, /, *, version: str = "3.1.0", method: str = "post", path: str = "/a", **rest: Any
) -> Any:
    """An OpenAPI document of one operation; `rest` are members of the document."""
    paths = {path: {method: operation}} if operation is not None else {}
    return {"openapi": version, "info": {"title": "a", "version": "1"}, "paths": paths, **rest}


def sent(schema: Any, media: str = JSON, **rest: Any) -> Any:
    """An operation that takes a body."""
    return {
        "requestBody": {"content": {media: {"schema": schema, **rest}}},
        "responses": {"204": {"description": "x"}},
    }


def answered(schema: Any, media: str = JSON, status: str = "200", **rest: Any) -> Any:
    """An operation that answers with a body."""
    return {"responses": {status: {"description": "x", "content": {media: {"schema": schema}}, **rest}}}


def asked(*parameters: Any) -> Any:
    """An operation with parameters."""
    return {"parameters": list(parameters), "responses": {"204": {"description": "x"}}}


def query(name: str = "q", schema: Any = None, **rest: Any) -> Any:
    """A parameter of the query."""
    return {"in": "query", "name": name, "schema": {"type": "string"} if schema is None else schema, **rest}


def members(required: tuple[str, ...] | list[str] = (), **properties: Any) -> Any:
    """A schema of an object."""
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def component(**schemas: Any) -> Any:
    """The components of a document."""
    return {"components": {"schemas": schemas}}


def schema_ref(name: str) -> Any:
    """A reference to a schema among the components."""
    return at("schemas", name)


def at(kind: str, name: str) -> Any:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def with_components(operation: Any, **sections: Any) -> Any:
    """A document of an operation and components."""
    return api(operation, components=sections)


def headed(name: str, schema: Any, **rest: Any) -> Any:
    """The headers of an answer."""
    return {"headers": {name: {"schema": schema, **rest}}}


def either(**schemas: Any) -> Any:
    """An operation whose body is of one of these media types, `_` for the first `/`."""
    content = {name.replace("_", "/", 1): {"schema": schema} for name, schema in schemas.items()}
    return {"requestBody": {"content": content}, "responses": {"204": {"description": "x"}}}


def webhook(schema: Any) -> Any:
    """A webhook that sends a body."""
    return {"webhooks": {"done": {"post": sent(schema)}}}


def callback(schema: Any, expression: str = "{$request.body#/url}") -> Any:
    """An operation that calls back with a body."""
    called = {"done": {expression: {"post": sent(schema)}}}
    return {**sent(members(a=TEXT)), "callbacks": called}


def of_path(parameter: Any, operation: Any) -> Any:
    """A document whose path has a parameter of its own."""
    return {**api(), "paths": {"/a": {"parameters": [parameter], "get": operation}}}


def discriminated(mapping: Any, name: str = "kind") -> Any:
    """A schema of two branches with a discriminator."""
    chosen = {"propertyName": name, **({"mapping": mapping} if mapping else {})}
    return {"oneOf": [schema_ref("C"), schema_ref("D")], "discriminator": chosen}


def streamed(schema: Any) -> Any:
    """An answer of many items (3.2)."""
    content = {"application/jsonl": {"itemSchema": schema}}
    return {"responses": {"200": {"description": "x", "content": content}}}


def written(folder: Path, name: str, content: Any) -> str:
    """A file, or a folder where the content maps names to contents; its path."""
    path = folder / name
    if isinstance(content, dict) and content and all("." in one for one in content):
        for inner, one in content.items():
            path.joinpath(inner).parent.mkdir(parents=True, exist_ok=True)
            written(path, inner, one)
    elif isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


def compared(folder: Path, old: Any, new: Any, suffix: str = ".json") -> Review:
    """The review of two documents."""
    specs = [written(folder, f"{side}{suffix}", one) for side, one in (("old", old), ("new", new))]
    return review(load(specs[0]), load(specs[1]), formats=True)


def told(found: Review) -> set[tuple[str, str]]:
    """The levels and names of all changes that are not safe."""
    return {(one.level, one.id) for one in found.changes if one.level != SAFE}
