"""The schema files as they lie on disk: where they are, their text, and the members that they describe.

Never here: a validator, or anything that takes time to import; `vocabulary` reads its tables through this
module, and everything imports `vocabulary`. What a schema means is decided in `schema`.
"""

import json
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
# What no keyword of JSON Schema can say stands in this annotation; validators ignore it.
ANNOTATION: Final = "x-contract"


def directory() -> Path:
    """Return where the schema files are: inside an installed package, else beside it in a clone."""
    package = Path(__file__).parents[1]
    installed = package / "_schemas"
    return installed if installed.is_dir() else package.parents[1] / "schemas"


def load(name: str) -> Schema:
    """Return the schema of that name (one of `NAMES`), a copy of its own; `KeyError` for any other."""
    schema: Schema = json.loads(_text(name))
    return schema


def member(schema: Schema, *names: str) -> Schema:
    """Return the schema of a member (`"input", "prompt"`) of an object's schema, local references followed.

    Raises `KeyError` for a member that the schema does not describe.
    """
    found = schema
    for name in names:
        found = _followed(schema, found)["properties"][name]
    return _followed(schema, found)


def _followed(whole: Schema, schema: Schema) -> Schema:
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
