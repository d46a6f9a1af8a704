"""The schema files as they lie on disk: where they are, their text, and the members that they describe.

Never here: a validator, or anything that takes time to import; `vocabulary` reads its tables through this
module, and everything imports `vocabulary`. What a schema means is decided in `schema`.
"""

import json
import os
from functools import cache
from pathlib import Path
from typing import Any, Final

Schema = dict[str, Any]

REQUEST: Final = "generation-request"
RESPONSE: Final = "generation-response"
MEDIA: Final = "media-artifact"
ERROR: Final = "error"
NAMES: Final = (REQUEST, RESPONSE, MEDIA, ERROR)
SUFFIX: Final = ".schema.json"
# The form of the annotation itself: always the one of this suite.
ANNOTATION_SCHEMA: Final = "x-contract"
# What no keyword of JSON Schema can say stands in this annotation; validators ignore it.
ANNOTATION: Final = "x-contract"


def own_directory() -> Path:
    """Return where the suite's own schema files are: inside an installed package, else beside it in a clone."""
    package = Path(__file__).parents[1]
    installed = package / "_schemas"
    return installed if installed.is_dir() else package.parents[1] / "schemas"


def directory() -> Path:
    """Return where the schema files in use are."""
    chosen = os.environ.get("GENERATIONS_CONTRACT_SCHEMAS")
    return Path(chosen) if chosen else own_directory()


def load(name: str) -> Schema:
    """Return the schema of that name (one of `NAMES`), a copy of its own; `KeyError` for any other."""
    schema: Schema = json.loads(_text(name))
    return schema


def load_own(name: str) -> Schema:
    """Return the suite's own version of a schema (one of `NAMES`, or `ANNOTATION_SCHEMA`), whatever is in use."""
    schema: Schema = json.loads((own_directory() / f"{name}{SUFFIX}").read_text("utf-8"))
    return schema


def member(schema: Schema, *names: str) -> Schema:
    """Return the schema of a member (`"input", "prompt"`) of an object's schema, local references followed.

    Raises `KeyError` for a member that the schema does not describe.
    """
    found = schema
    for name in names:
        found = followed(schema, found)["properties"][name]
    return followed(schema, found)


def place(schema: Schema, *names: str) -> str:
    """Return the JSON Pointer of the same member's schema, references followed on the way to it.

    Raises `KeyError` for a member that the schema does not describe.
    """
    found, pointer = schema, ""
    for name in names:
        if (reference := found.get("$ref", "")).startswith("#"):
            found, pointer = followed(schema, found), reference[1:]
        found, pointer = found["properties"][name], f"{pointer}/properties/{name}"
    return pointer


def followed(whole: Schema, schema: Schema) -> Schema:
    """Return a schema with its local reference followed; what stands beside the reference wins."""
    reference = schema.get("$ref", "")
    if not reference.startswith("#/"):
        return schema
    found = whole
    for step in reference[2:].split("/"):
        found = found[step]
    return {**found, **schema}


@cache
def _text(name: str) -> str:
    if name not in NAMES:
        raise KeyError(f"no schema is named {name!r}; there are {', '.join(NAMES)}")
    return (directory() / f"{name}{SUFFIX}").read_text("utf-8")
