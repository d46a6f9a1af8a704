"""`schemas/openapi.yaml`, generated: the schemas and the vocabulary, joined into one OpenAPI 3.1 document.

Nothing is written by hand in the file, and a test keeps it equal to what is generated here. Definitions are
lifted to components, because generators of clients know components better than `$defs`.
"""

import json
from pathlib import Path
from typing import Any, Final

import yaml

from generations_contract.api import schema as schemas
from generations_contract.api.schema_files import own_directory
from generations_contract.api.subschemas import rewrite
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.regression.versions import described
from generations_contract.regression.versions.releases import latest_version
from generations_contract.regression.versions.units import OPENAPI

Json = dict[str, Any]

COMPONENTS: Final = {
    schemas.REQUEST: "GenerationRequest",
    schemas.RESPONSE: "GenerationResponse",
    schemas.MEDIA: "MediaArtifact",
    schemas.ERROR: "Error",
}


def document(loaded: dict[str, Json] | None = None, version: str | None = None) -> Json:
    """The OpenAPI document of these schemas by name, in a version (default: the project's own)."""
    loaded = loaded or {name: schemas.load(name) for name in schemas.NAMES}
    answers = {one["status"]: one for one in loaded[schemas.RESPONSE]["examples"]}
    return {
        "openapi": "3.1.0",
        "info": described.info(version or latest_version(own_directory())),
        "servers": [{"url": described.SERVER}],
        "security": [{"bearer": []}],
        "tags": [
            {"name": "generations", "description": "Image and video generations, one resource for both."}
        ],
        "paths": {
            GENERATIONS_PATH: {"post": described.create(_numbered(loaded[schemas.REQUEST]["examples"]))},
            f"{GENERATIONS_PATH}/{{id}}": {"get": described.fetch()},
        },
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "description": "The account's API key."}
            },
            "parameters": described.parameters(),
            "headers": described.headers(),
            "links": described.links(),
            "examples": {status: {"value": one} for status, one in answers.items()},
            "responses": described.error_responses(),
            "schemas": _components(loaded),
        },
    }


def _numbered(examples: list[Json]) -> Json:
    return {f"example{place}": {"value": example} for place, example in enumerate(examples, 1)}


def _components(loaded: dict[str, Json]) -> Json:
    """Every schema and every definition as a component, references pointed at the components."""
    found: Json = {}
    for name, title in COMPONENTS.items():
        schema = loaded[name]
        found[title] = _pointed(
            name, {k: v for k, v in schema.items() if k not in ("$schema", "$id", "$defs")}
        )
        for key, definition in schema.get("$defs", {}).items():
            found[_lifted(name, key)] = _pointed(name, definition)
    return found


def _lifted(name: str, definition: str) -> str:
    return COMPONENTS[name] + "".join(part.capitalize() for part in definition.replace("-", "_").split("_"))


def _pointed(name: str, schema: Json) -> Json:
    """The schema with its references as OpenAPI has them."""

    def change(inner: Json) -> Json:
        if "$ref" in inner:
            inner["$ref"] = f"#/components/schemas/{_target(name, inner['$ref'])}"
        if inner.get("type") == "array":
            inner.setdefault("items", {})  # says nothing, but generators insist on it
        return inner

    pointed: Json = rewrite(schema, change)
    return pointed


def _target(name: str, reference: str) -> str:
    """The component behind a reference. Raises `ValueError` for one into the middle of a schema."""
    file, _, fragment = (
        reference.rpartition("/")[2].partition("#") if "#" not in reference else reference.partition("#")
    )
    file = file.rpartition("/")[2]
    owner = file.removesuffix(schemas.SUFFIX) if file else name
    parts = fragment.split("/")[1:]
    if not parts:
        return COMPONENTS[owner]
    if len(parts) != 2 or parts[0] != "$defs":
        raise ValueError(f"{name}: the reference {reference!r} leads to no definition")
    return _lifted(owner, parts[1])


class _Dumper(yaml.SafeDumper):
    """YAML without aliases: the file is read by people."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002
        return True


def text(loaded: dict[str, Json] | None = None, version: str | None = None) -> str:
    """The file's text."""
    head = "# Generated from the schemas beside it: `generations-contract openapi`. Do not edit.\n"
    plain = json.loads(json.dumps(document(loaded, version)))
    return head + yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def read(folder: Path) -> dict[str, Json]:
    """The schemas of a directory, by name. Raises `OSError` and `ValueError`."""
    names = schemas.NAMES
    return {name: json.loads((folder / f"{name}{schemas.SUFFIX}").read_text("utf-8")) for name in names}


def write(folder: Path, path: Path | None = None) -> None:
    """Write the document of a directory of schemas, into it or to a path of its own."""
    (path or folder / OPENAPI).write_text(text(read(folder), latest_version(folder)), "utf-8")
