"""What a version of the schemas must be, before anything is judged by it: each check one line that names the place.

Decision: everything that a validator would meet only while it judges, or let pass in silence, is found here,
when the version is chosen. Nothing is ever fetched: a reference leads into one of the four schemas, or nowhere.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import urljoin

import jsonschema_rs
from referencing import Registry, Resource
from referencing.exceptions import Unresolvable
from referencing.jsonschema import DRAFT202012

from generations_contract.api.pointers import Path, pointer_of
from generations_contract.api.schema import FORMATS, python_pattern
from generations_contract.api.schema_names import DIALECT, Schema
from generations_contract.api.subschemas import subschemas
from generations_contract.api.usage import UsageError

Schemas = Mapping[str, Schema]


def check(schemas: Schemas) -> None:
    """Hold the four schemas, by name, against all that the suite asks of them; raises `UsageError`."""
    for each in CHECKS:
        each(schemas)


def places(schema: Any, path: Path = ()) -> Iterator[tuple[Path, Schema]]:
    """Every schema object in a schema, itself first, with the path that leads to it."""
    if isinstance(schema, dict):
        yield path, schema
    for inner, content in subschemas(schema):
        yield from places(content, (*path, *inner))


def complaint(name: str, path: Path, what: str) -> UsageError:
    """What is wrong at a place of the schema of that name."""
    return UsageError(f"{name}#{pointer_of(path)}: {what}")


def _is_of_the_dialect(schemas: Schemas) -> None:
    for name, schema in schemas.items():
        for path, inner in places(schema):
            named = inner.get("$schema", DIALECT)
            if str(named).rstrip("#") != DIALECT:
                raise complaint(name, (*path, "$schema"), f"is {named!r}; write the schema in {DIALECT}")


def _is_a_schema(schemas: Schemas) -> None:
    for name, schema in schemas.items():
        try:
            error = next(iter(_META.iter_errors(schema)), None)
        except ValueError as unreadable:  # lone surrogates, for one
            raise complaint(name, (), f"is no schema: {unreadable}") from None
        if error is not None:
            raise complaint(name, tuple(error.instance_path), f"is no schema: {error.message}")


def _is_not_of_openapi_3_0(schemas: Schemas) -> None:
    for name, schema in schemas.items():
        for path, inner in places(schema):
            if "nullable" in inner:
                what = "is OpenAPI 3.0, and no validator heeds it; write null among the types"
                raise complaint(name, (*path, "nullable"), what)


def _has_one_address_each(schemas: Schemas) -> None:
    known: dict[str, str] = {}
    for name, schema in schemas.items():
        address = str(schema["$id"])
        if not re.match(r"[a-z][a-z0-9+.-]*:", address, re.IGNORECASE):
            raise complaint(name, ("$id",), f"is {address!r}; write an absolute address, or leave it out")
        if address in known:
            raise complaint(name, ("$id",), f"is that of {known[address]} too; give each schema its own")
        known[address] = name


def _refers_to_what_is_there(schemas: Schemas) -> None:
    resources = [
        (str(schema["$id"]), Resource.from_contents(schema, default_specification=DRAFT202012))
        for schema in schemas.values()
    ]
    registry = Registry().with_resources(resources).crawl()
    for name, schema in schemas.items():
        bases: dict[Path, str] = {}
        for path, inner in places(schema):
            above = next((bases[path[:n]] for n in range(len(path), -1, -1) if path[:n] in bases), "")
            base = bases[path] = urljoin(above, str(inner.get("$id", "")))
            for keyword in ("$ref", "$dynamicRef"):
                if keyword in inner and not _resolves(registry, base, inner[keyword]):
                    raise complaint(
                        name,
                        (*path, keyword),
                        f"{inner[keyword]!r} leads to none of the four schemas; nothing else is read, or fetched",
                    )


def _resolves(registry: Any, base: str, reference: str) -> bool:
    try:
        found = registry.resolver(base_uri=base).lookup(reference).contents
    except (Unresolvable, LookupError, TypeError, ValueError):
        return False
    return isinstance(found, dict | bool)


def _has_known_formats(schemas: Schemas) -> None:
    for name, schema in schemas.items():
        for path, inner in places(schema):
            if "format" in inner and inner["format"] not in FORMATS:
                raise complaint(
                    name, (*path, "format"), f"{inner['format']!r} is not known; known: {', '.join(FORMATS)}"
                )


def _has_patterns_for_both(schemas: Schemas) -> None:
    """A pattern that one of the two validators cannot read would fail while it judges."""
    for name, schema in schemas.items():
        for path, inner in places(schema):
            patterns = [((*path, "pattern"), inner["pattern"])] if "pattern" in inner else []
            patterns += [
                ((*path, "patternProperties", each), each) for each in inner.get("patternProperties", ())
            ]
            for place, pattern in patterns:
                try:
                    re.compile(python_pattern(pattern))
                    jsonschema_rs.Draft202012Validator({"pattern": pattern})
                except (re.error, ValueError, RecursionError, OverflowError) as error:
                    told = str(error).splitlines()[0]
                    raise complaint(name, place, f"{pattern!r} is no pattern that is read: {told}") from None


def _compiles(schemas: Schemas) -> None:
    """Whatever else the fast validator may have against a schema."""
    resources = [(str(schema["$id"]), schema) for schema in schemas.values()]
    for name, schema in schemas.items():
        try:
            jsonschema_rs.Draft202012Validator(
                schema,
                registry=jsonschema_rs.Registry(resources),
                validate_formats=True,
                ignore_unknown_formats=False,
            )
        except Exception as error:  # not all that it raises has a name
            raise complaint(name, (), f"cannot be judged by: {str(error).splitlines()[0]}") from None


_META: Final = jsonschema_rs.Draft202012Validator({"$ref": DIALECT})
# In this order: what comes first makes sense of what comes after. To ask more of a version, add to it.
CHECKS: Final[tuple[Callable[[Schemas], None], ...]] = (
    _is_of_the_dialect,
    _is_a_schema,
    _is_not_of_openapi_3_0,
    _has_one_address_each,
    _refers_to_what_is_there,
    _has_known_formats,
    _has_patterns_for_both,
    _compiles,
)
