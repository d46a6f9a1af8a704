"""A team's own version of the schemas: the four files of a directory, or an OpenAPI document in their place.

Only reading is done here, and what makes an OpenAPI document into four schemas; whether the suite can judge by
them is `schema_checks`' business. Nothing is ever filled in from the suite's own files but the table of codes,
and that is said.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from generations_contract.api import documents
from generations_contract.api.openapi_schemas import OpenApi
from generations_contract.api.schema_names import (
    ANNOTATION,
    DIALECT,
    ERROR,
    NAMES,
    RESPONSE,
    SUFFIX,
    Schema,
    address,
)
from generations_contract.api.subschemas import walk
from generations_contract.api.usage import UsageError

OPENAPI_NAMES: Final = ("openapi.yaml", "openapi.yml", "openapi.json")


def load(place: Path, own: Path) -> tuple[dict[str, Schema], list[str]]:
    """The four schemas of a place by name, and what is to be said of them; raises `UsageError`.

    `own`: where the suite's files are; an OpenAPI document that has no table of codes gets theirs.
    """
    if not place.is_dir():
        if not place.is_file():
            raise UsageError(f"{place}: no such directory or file; name a directory with the four schemas")
        return _from_openapi(place, own)
    present = [name for name in NAMES if (place / f"{name}{SUFFIX}").is_file()]
    if len(present) == len(NAMES):
        return {name: _schema(place / f"{name}{SUFFIX}", name) for name in NAMES}, []
    described = [place / name for name in OPENAPI_NAMES if (place / name).is_file()]
    if described and not present:
        return _from_openapi(described[0], own)
    missing = next(name for name in NAMES if name not in present)
    hint = "the four belong together" if present else f"nor is there an {OPENAPI_NAMES[0]} in their place"
    raise UsageError(f"{place}: holds no {missing}{SUFFIX}; {hint}")


def _schema(path: Path, name: str) -> Schema:
    found = documents.document(str(path), documents.content(path))
    if not isinstance(found, dict):
        raise UsageError(f"{path}: is no schema: its top level must be an object")
    return {"$schema": DIALECT, "$id": address(name), **found}


def _from_openapi(path: Path, own: Path) -> tuple[dict[str, Schema], list[str]]:
    made = OpenApi(str(path), documents.document(str(path), documents.content(path)))
    parts = made.schemas()
    notes = []
    everywhere = (parts[ERROR], parts[RESPONSE], *made.bundle.components())
    code = next((inner for each in everywhere for inner in walk(each) if _has_codes(inner)), None)
    if code is None:
        notes.append(
            f"{path.name} has no {ANNOTATION}.codes: the statuses of error codes are the suite's own"
        )
        code = json.loads((own / f"{ERROR}{SUFFIX}").read_text("utf-8"))["$defs"]["code"]
    parts[ERROR] = _with_codes(parts[ERROR], code[ANNOTATION])
    return {name: {"$schema": DIALECT, "$id": address(name), **parts[name]} for name in NAMES}, notes


def _has_codes(schema: Mapping[str, Any]) -> bool:
    annotation = schema.get(ANNOTATION)
    return isinstance(annotation, dict) and "codes" in annotation


def _with_codes(error: Schema, annotation: Any) -> Schema:
    """The error schema with the table of codes where the suite looks for it: in the definition `code`."""
    definitions = dict(error.get("$defs", {}))
    definitions["code"] = {**definitions.get("code", {}), ANNOTATION: annotation}
    return {**error, "$defs": definitions}
