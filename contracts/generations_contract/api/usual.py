"""A plain value of a documented field, by its schema alone: for requests that are about something else."""

import math
from functools import cache
from typing import Any, Final

from generations_contract.api.formats import FORMATS
from generations_contract.api.schema_files import ANNOTATION, REQUEST, Schema, load, member, place
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import (
    REQUIRED_INPUT_KEYS,
    REQUIRED_KEYS,
    Modality,
)

WORD: Final = "vivid"
_BY_MODALITY: Final = {"image", "video"}
# What every request has anyway.
_GIVEN: Final = frozenset({"model", "input", "prompt"})


def usual(schema: Schema, modality: Modality = "image") -> Any:
    """Return a plain value that the schema accepts. Raises `ValueError` where nothing can be made up."""
    mark = schema.get(ANNOTATION, {})
    if "usual" in mark:
        value = mark["usual"]
        return value[modality] if isinstance(value, dict) and value.keys() == _BY_MODALITY else value
    for named in (schema.get("examples"), schema.get("enum"), [schema["const"]] if "const" in schema else ()):
        if named:
            return named[0]
    if "anyOf" in schema:
        return usual(schema["anyOf"][0], modality)
    kind = schema.get("type")
    return _made_up(schema, kind[0] if isinstance(kind, list) else kind, modality)


def _made_up(schema: Schema, kind: str | None, modality: Modality) -> Any:
    if kind == "string":
        return _text(schema)
    if kind in ("integer", "number"):
        return _number(schema, whole=kind == "integer")
    if kind == "array":
        return [usual(schema.get("items", {"type": "null"}), modality)] * schema.get("minItems", 0)
    if kind == "object":
        described = schema.get("properties", {})
        return {name: usual(described[name], modality) for name in schema.get("required", ())}
    if kind in ("boolean", "null"):
        return True if kind == "boolean" else None
    raise ValueError("needs `examples`: nothing can be made up for it")


def _number(schema: Schema, *, whole: bool) -> float:
    least: float = {"minimum": schema.get("exclusiveMinimum", -math.inf), **schema}["minimum"]
    most: float = {"maximum": schema.get("exclusiveMaximum", math.inf), **schema}["maximum"]
    step: float = schema.get("multipleOf", 1 if whole else 0)
    outside = {schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")}
    middle = [] if math.isinf(least) or math.isinf(most) else [(least + most) / 2]
    steps = [math.ceil(least / step) * step, math.ceil(least / step + 1) * step] if step and middle else []
    for value in (least, 1, 0, least + 1, most - 1, most, *steps, *middle):
        if (
            math.isfinite(value)
            and least <= value <= most
            and value not in outside
            and not (step and value % step)
        ):
            return int(value) if whole else value
    raise ValueError("needs `examples`: nothing can be made up for its range")


def _text(schema: Schema) -> str:
    if "format" in schema and schema["format"] in FORMATS:
        return FORMATS[schema["format"]].right[0]
    if "pattern" in schema:
        raise ValueError("needs `examples`: nothing can be made up for a pattern")
    word: str = WORD * (schema.get("minLength", 0) // len(WORD) + 1)
    shortest: int = schema.get("minLength", 0)
    longest: int = schema.get("maxLength", len(WORD))
    return word[: max(shortest, min(longest, len(WORD)))]


@cache
def required_members(modality: Modality = "image") -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what every request needs besides model and prompt: (at the top, under `input`).

    Raises `UsageError`, with the place, for a required field that nothing can be made up for.
    """
    request = load(REQUEST)
    found: tuple[dict[str, Any], dict[str, Any]] = ({}, {})
    for level, path in (
        *((0, (key,)) for key in REQUIRED_KEYS),
        *((1, ("input", key)) for key in REQUIRED_INPUT_KEYS),
    ):
        if path[-1] not in _GIVEN:
            try:
                found[level][path[-1]] = usual(member(request, *path), modality)
            except ValueError as error:
                raise UsageError(f"{REQUEST}: {place(request, *path)}: {error}") from None
    return found
