"""A schema in words, for sentences about what a field must be: "an integer from 1 to 10"."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from generations_contract.api.schema import Schema
from generations_contract.oracle.fields import FIELDS, Field

_WITH_ARTICLE: Final = {"integer": "an integer", "array": "an array", "object": "an object"}
_PLAIN: Final = {"boolean": "true or false", "null": "null"}


def described(name: str) -> str:
    """Say what a documented field must be, e.g. `a number from 0 to 60 or "auto"`; "" for none of the schemas'."""
    return " or ".join(dict.fromkeys(map(_branch, FIELDS[name].branches))) if name in FIELDS else ""


def unlike(fields: list[str]) -> str:
    """Say what each of these fields (dotted paths) must be."""
    told = {where: described(where.rpartition(".")[2]) for where in dict.fromkeys(fields)}
    return ", ".join(f"{where} is {must or 'no documented field'}" for where, must in told.items())


def ends(one: Field) -> str:
    """Name the ends of a field's range: "1 and 10", "0 and 60"; "" where it has none."""
    found = [
        str(branch[keyword])
        for branch in one.branches
        for keyword in ("minimum", "minLength", "maximum", "maxLength", "maxItems")
        if keyword in branch
    ]
    return " and ".join(dict.fromkeys(found))


def _branch(schema: Schema) -> str:
    for keyword in ("const", "enum"):
        if keyword in schema:
            values = schema["enum"] if keyword == "enum" else [schema["const"]]
            shown = [json.dumps(value, ensure_ascii=False) for value in values]
            return shown[0] if len(shown) == 1 else f"one of {', '.join(shown)}"
    kind = str(schema.get("type", "value"))
    if kind in _PLAIN:
        return _PLAIN[kind]
    return f"{_WITH_ARTICLE.get(kind, f'a {kind}')}{_LIMITS.get(kind, _nothing)(schema)}"


def _nothing(_schema: Schema) -> str:
    return ""


def _range(schema: Mapping[str, Any]) -> str:
    least, most = schema.get("minimum"), schema.get("maximum")
    if least is not None and most is not None:
        return f" from {least} to {most}"
    if least is not None:
        return f" of at least {least}"
    return f" of at most {most}" if most is not None else ""


def _lengths(schema: Mapping[str, Any]) -> str:
    if "format" in schema:
        return f" in the format {schema['format']}"
    if "pattern" in schema:
        return f" that matches {schema['pattern']}"
    least, most = schema.get("minLength"), schema.get("maxLength")
    if least and most is not None:
        return f" of {least}-{most} characters"
    if most is not None:
        return f" of up to {most} characters"
    return f" of at least {least} characters" if least else ""


def _counts(schema: Mapping[str, Any]) -> str:
    kind = schema.get("items", {}).get("type")
    entries = f"{kind}s" if isinstance(kind, str) else "entries"
    least, most = schema.get("minItems"), schema.get("maxItems")
    if least and most is not None:
        return f" of {least} to {most} {entries}"
    if most is not None:
        return f" of up to {most} {entries}"
    return f" of {entries}"


_LIMITS: Final[Mapping[str, Callable[[Schema], str]]] = {
    "integer": _range,
    "number": _range,
    "string": _lengths,
    "array": _counts,
}
