"""Short documents written in place, and what a comparison of two of them says."""

import json
from pathlib import Path
from typing import Any

from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.change import SAFE, Change
from generations_contract.regression.verdicts.review import Review, review

JSON = "application/json"


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


def shown(change: Change) -> Any:
    """The witness of a change, or nothing."""
    return change.witness
