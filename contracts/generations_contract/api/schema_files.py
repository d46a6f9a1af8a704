"""The schema files as they lie on disk: where they are, their text, and the members that they describe.

A process judges by one version of them: the suite's own, or the one that an environment variable names, which
`schema_choice` sets before anything is read, and which every process that this one starts inherits.

Never here: a validator, or anything that takes time to import; `vocabulary` reads its tables through this
module, and everything imports `vocabulary`. What a schema means is decided in `schema`.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from generations_contract.api.pointers import at, path_of
from generations_contract.api.schema_names import (
    ANNOTATION,
    ANNOTATION_SCHEMA,
    ERROR,
    MEDIA,
    NAMES,
    REQUEST,
    RESPONSE,
    SUFFIX,
    Schema,
)

__all__ = [
    "ANNOTATION",
    "ANNOTATION_SCHEMA",
    "ERROR",
    "MEDIA",
    "NAMES",
    "OWN",
    "REQUEST",
    "RESPONSE",
    "SUFFIX",
    "VARIABLE",
    "Schema",
    "Version",
    "directory",
    "followed",
    "is_read",
    "load",
    "load_own",
    "member",
    "own_directory",
    "place",
    "read",
    "version",
]

VARIABLE: Final = "GENERATIONS_CONTRACT_SCHEMAS"
OWN: Final = "the suite's own"
_DIGEST_LENGTH: Final = 12


@dataclass(frozen=True)
class Version:
    """One version of the schemas, as it was read: the JSON text of each by name, and what is to be said of it."""

    place: Path
    texts: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """Twelve hexadecimal digits that are the same for the same schemas, however they are laid out."""
        told = "\n".join(json.dumps(json.loads(self.texts[name]), sort_keys=True) for name in NAMES)
        return hashlib.sha256(told.encode()).hexdigest()[:_DIGEST_LENGTH]

    def __str__(self) -> str:
        """The label and the digest: what a report says."""
        return f"{self.label} (sha256 {self.digest})"

    @property
    def label(self) -> str:
        """What people call it: its path, seen from where they are; or that it is the suite's own."""
        if self.place == own_directory():
            return OWN
        here = Path.cwd()
        return str(self.place.relative_to(here) if self.place.is_relative_to(here) else self.place)


def own_directory() -> Path:
    """Return where the suite's own files are: inside an installed package, else beside it in a clone."""
    package = Path(__file__).parents[1]
    installed = package / "_schemas"
    return installed if installed.is_dir() else package.parents[1] / "schemas"


def directory() -> Path:
    """Return where the schemas of this process are: a directory of files, or an OpenAPI document."""
    chosen = os.environ.get(VARIABLE)
    return Path(chosen).absolute() if chosen else own_directory()


def version() -> Version:
    """Return the version by which this process judges; raises `UsageError` where it cannot be read."""
    return _pinned()


def is_read() -> bool:
    """Say whether the schemas have been read: from then on this process judges by them and no others."""
    return _pinned.cache_info().currsize > 0


@cache
def read(place: Path) -> Version:
    """Return the version at a place: a directory of the four files, else an OpenAPI document.

    Raises `UsageError` for what cannot be read; what the schemas say is not looked at.
    """
    if place == own_directory():
        return Version(place, {name: (place / f"{name}{SUFFIX}").read_text("utf-8") for name in NAMES})
    # YAML takes time to import, and a run by the suite's own schemas does without.
    from generations_contract.api import foreign_schemas

    loaded, notes = foreign_schemas.load(place, own_directory())
    return Version(place, {name: json.dumps(loaded[name]) for name in NAMES}, tuple(notes))


def load(name: str) -> Schema:
    """Return the schema of that name (one of `NAMES`), a copy of its own; `KeyError` for any other."""
    if name not in NAMES:
        raise KeyError(f"no schema is named {name!r}; there are {', '.join(NAMES)}")
    schema: Schema = json.loads(_pinned().texts[name])
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
    return {**at(whole, path_of(unquote(reference[1:]))), **schema}


@cache
def _pinned() -> Version:
    """Whatever the variable says later: a process that has read one version stays with it."""
    return read(directory())
