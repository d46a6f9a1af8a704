"""TOML files that people write: read, held against a model, and refused in one line that says what to change.

What a file may hold is its model's business, what it means its reader's; neither stands here. An unknown key
is always an error with a suggestion: a typo that is read over would silently weaken a run.
"""

import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, ValidationError

from generations_contract.api.usage import UsageError


class Table(BaseModel):
    """A table of such a file: its keys and their types are known, and nothing is converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


Document = TypeVar("Document", bound=Table)


def read(path: Path, model: type[Document]) -> Document:
    """What stands in a file; raises `UsageError` in one line, which begins with the path."""
    return parse(text_of(path), model, name=str(path))


def text_of(path: Path, name: str = "") -> str:
    """The text of a file, which is called `name` (by default its path) if it cannot be read: `UsageError`."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        # A path with a NUL in it is a ValueError, as is what is not UTF-8.
        undecodable = isinstance(error, UnicodeDecodeError)
        reason = "is not UTF-8 text" if undecodable else getattr(error, "strerror", None) or error
        raise UsageError(f"{name or path}: cannot be read: {reason}") from None


def parse(text: str, model: type[Document], name: str) -> Document:
    """What a text says; `name` begins the line of a `UsageError`."""
    return checked(tables(text, name), model, name)


def tables(text: str, name: str) -> dict[str, Any]:
    """The tables of a text, held against no model yet; `name` begins the line of a `UsageError`."""
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # Not only TOMLDecodeError: a number of 5,000 digits is a ValueError of Python's own.
        raise UsageError(f"{name}: is no TOML: {error}") from None


def checked(document: Mapping[str, Any], model: type[Document], name: str) -> Document:
    """What a parsed file says; raises `UsageError` for the first thing in it that does not fit the model."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise UsageError(f"{name}: {_complaint(error, model)}") from None


def _complaint(error: ValidationError, model: type[Table]) -> str:
    # What is missing may only be misspelt: an unknown name tells more.
    problem = min(error.errors(include_url=False), key=lambda each: each["type"] != "extra_forbidden")
    path = [part for part in problem["loc"] if part != "[key]"]
    place = _place(path, model)
    if problem["type"] == "extra_forbidden":
        known = _names(path[:-1], model)
        close = get_close_matches(str(path[-1]), known, n=1, cutoff=0.5)
        hint = f"did you mean {close[0]}?" if close else f"known: {', '.join(known)}"
        return f"{place} is unknown; {hint}"
    if problem["type"] == "missing":
        return f"{place} is missing"
    told = problem["msg"].removeprefix("Value error, ")
    return f"{place}: {told}" if place else told


def _place(path: list[int | str], model: type[Table]) -> str:
    """`[table] key` as it is written; in arrays, which have no such name, `array.3.key`, counted from 1."""
    parts = [str(part + 1) if isinstance(part, int) else part for part in path]
    if any(isinstance(part, int) for part in path) or not path:
        return ".".join(parts)
    *tables, key = parts
    if tables:
        return f"[{'.'.join(tables)}] {key}"
    return f"[{key}]" if all(_is_table(field.annotation) for field in model.model_fields.values()) else key


def _is_table(annotation: Any) -> bool:
    return get_origin(annotation) is dict or annotation in _models(annotation)


def _names(path: Iterable[int | str], model: type[Table]) -> list[str]:
    """The keys that the table at a path may have."""
    tables: list[type[BaseModel]] = [model]
    for part in path:
        # A place in an array, or the kind of a table, leads to no other model.
        inner = [each.model_fields[part] for each in tables if part in each.model_fields]
        tables = [found for field in inner for found in _models(field.annotation)] if inner else tables
        tables = [each for each in tables if _is_of_kind(each, part)] or tables
    return list(dict.fromkeys(name for each in tables for name in each.model_fields))


def _models(annotation: Any) -> list[type[BaseModel]]:
    """The models that an annotation names, however deep: `list[Stage]`, `Breakpoint | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [found for each in get_args(annotation) for found in _models(each)]


def _is_of_kind(model: type[BaseModel], kind: int | str) -> bool:
    return "kind" in model.model_fields and kind in get_args(model.model_fields["kind"].annotation)
