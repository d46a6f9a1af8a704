"""The schemas at work: compiling them, judging a document by them.

Here: a registry, a fast verdict and a slow explanation; the files themselves are found by `schema_files`.
Never here: what a verdict means for a clause, HTTP, or any rule of the document that is not in a schema.

Decision: `accepts` is `jsonschema-rs` (some 50 times the speed: it guards the load path), `explain` is
`jsonschema` (it names the keyword and the place). Both are set up to mean the same where their defaults
differ, and a differential test keeps them equal: formats are asserted, a number is finite, and `$` in a
pattern is the end of the text, not a place before a last newline.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, Final

import jsonschema_rs
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from jsonschema.exceptions import best_match
from referencing import Registry, Resource

from generations_contract.api.schema_files import (
    ERROR,
    MEDIA,
    NAMES,
    REQUEST,
    RESPONSE,
    SUFFIX,
    Schema,
    directory,
    load,
)

__all__ = [
    "ERROR",
    "FORMATS",
    "FORMAT_CHECKER",
    "MEDIA",
    "NAMES",
    "REQUEST",
    "RESPONSE",
    "SUFFIX",
    "Part",
    "Schema",
    "Violation",
    "accepts",
    "accepts_by_reference",
    "directory",
    "explain",
    "load",
    "python_pattern",
    "registry",
    "whole",
]

# A message is read by people: a document of megabytes must not ride in it.
MESSAGE_HEAD_LENGTH: Final = 140
MESSAGE_TAIL_LENGTH: Final = 60


@dataclass(frozen=True, slots=True)
class Violation:
    """One reason why a document is refused.

    `pointer` leads to the place in the document (JSON Pointer, "" is the whole), `keyword` is the schema's
    keyword that refuses it, `schema_pointer` the way to that keyword, references followed without a trace.
    `missing` names the member that is required and absent.
    """

    pointer: str
    keyword: str
    message: str
    schema_pointer: str
    missing: str = ""

    def __str__(self) -> str:
        return f"{self.pointer or 'the document'}: {self.message}"


class Part:
    """A schema at work: compiled once, by either validator, when it is first asked."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    def accepts(self, value: object) -> bool:
        """Say whether it accepts the parsed `value`. Never raises for any value."""
        try:
            return self._fast.is_valid(value)
        except ValueError:  # what Rust cannot hold: lone surrogates, for one
            return self.accepts_by_reference(value)

    def accepts_by_reference(self, value: object) -> bool:
        """Say the same by the other validator, `jsonschema`: to compare them, and for what Rust cannot hold."""
        try:
            return bool(self._reference.is_valid(value))
        except (RecursionError, ValueError):
            return False

    def explain(self, value: object) -> list[Violation]:
        """Return every reason why `value` is refused, each once; empty exactly when `accepts` is true."""
        if self.accepts(value):
            return []
        try:
            found = _unique(_violation(error) for error in self._reference.iter_errors(value))
        except (RecursionError, ValueError):  # a message that quotes the document cannot always be made
            found = []
        return found or self._explained_by_fast(value)

    def refusing(self, value: object) -> list[tuple[str, str]]:
        """Return where (JSON Pointer) and by which keyword `value` is refused: `explain` without words, and quick."""
        try:
            return [
                (_pointer(error.instance_path), error.kind.name) for error in self._fast.iter_errors(value)
            ]
        except ValueError:
            return [(violation.pointer, violation.keyword) for violation in self.explain(value)]

    @cached_property
    def _fast(self) -> jsonschema_rs.Draft202012Validator:
        resources = [(schema["$id"], schema) for schema in map(load, NAMES)]
        return jsonschema_rs.Draft202012Validator(
            self._schema,
            registry=jsonschema_rs.Registry(resources),
            validate_formats=True,
            ignore_unknown_formats=False,
            mask="the value",
        )

    @cached_property
    def _reference(self) -> Any:
        return _ReferenceValidator(self._schema, registry=registry(), format_checker=FORMAT_CHECKER)

    def _explained_by_fast(self, value: object) -> list[Violation]:
        try:
            return _unique(
                Violation(
                    pointer=_pointer(error.instance_path),
                    keyword=error.kind.name,
                    message=_shortened(error.message),
                    schema_pointer=_pointer(step for step in error.schema_path if step != "$ref"),
                    missing=str(getattr(error.kind, "property", "")) if error.kind.name == "required" else "",
                )
                for error in self._fast.iter_errors(value)
            )
        except ValueError:
            return [Violation("", "", "is no JSON document that a validator can hold", "")]


def accepts(name: str, document: object) -> bool:
    """Say whether the schema of that name accepts the parsed `document`. Never raises for any document."""
    return whole(name).accepts(document)


def accepts_by_reference(name: str, document: object) -> bool:
    """Say the same by the other validator, `jsonschema`: to compare them."""
    return whole(name).accepts_by_reference(document)


def explain(name: str, document: object) -> list[Violation]:
    """Return every reason why `document` is refused, each once; empty exactly when `accepts` is true."""
    return whole(name).explain(document)


@cache
def whole(name: str) -> Part:
    """Return the schema of that name at work."""
    return Part(load(name))


@cache
def registry() -> Registry[Schema]:
    """Return the registry that resolves every `$id` of these schemas."""
    resources = (Resource.from_contents(load(name)) for name in NAMES)
    return Registry().with_resources([(str(resource.id()), resource) for resource in resources])


def python_pattern(pattern: str) -> str:
    r"""Translate a schema's pattern for `re`: a final `$` is ECMA's end of text, `\Z`."""
    return pattern[:-1] + r"\Z" if pattern.endswith("$") and not pattern.endswith(r"\$") else pattern


def _pattern(validator: Any, pattern: str, instance: object, _schema: Schema) -> Iterator[ValidationError]:
    if validator.is_type(instance, "string") and not re.search(python_pattern(pattern), str(instance)):
        yield ValidationError(f"{instance!r} does not match {pattern!r}")


def _is_number(_checker: object, instance: object) -> bool:
    if isinstance(instance, bool):
        return False
    return isinstance(instance, int) or (isinstance(instance, float) and math.isfinite(instance))


def _is_integer(_checker: object, instance: object) -> bool:
    if isinstance(instance, bool):
        return False
    return isinstance(instance, int) or (isinstance(instance, float) and instance.is_integer())


_extend: Final[Any] = validators.extend  # untyped in its stubs
_ReferenceValidator: Final = _extend(
    Draft202012Validator,
    validators={"pattern": _pattern},
    type_checker=Draft202012Validator.TYPE_CHECKER.redefine_many(
        {"number": _is_number, "integer": _is_integer}
    ),
)
# All that 2020-12 names, and no others: `jsonschema` lets one that it does not know pass.
FORMATS: Final = (
    "date-time", "date", "time", "duration", "email", "idn-email", "hostname", "idn-hostname", "ipv4", "ipv6",
    "uri", "uri-reference", "iri", "iri-reference", "uuid", "uri-template", "json-pointer",
    "relative-json-pointer", "regex",
)  # fmt: skip
FORMAT_CHECKER: Final = FormatChecker(formats=())


def _check_format(name: str) -> None:
    # jsonschema's own checkers want libraries that take a second to import and ten milliseconds a URL, and
    # differ: one of them refuses IPv6 hosts. Both validators ask the same one.
    fast = jsonschema_rs.Draft202012Validator({"format": name}, validate_formats=True)

    @FORMAT_CHECKER.checks(name, raises=ValueError)
    def _is(instance: object) -> bool:
        return not isinstance(instance, str) or fast.is_valid(instance)


for _name in FORMATS:
    _check_format(_name)


def _violation(error: ValidationError) -> Violation:
    deepest = best_match(iter([error])) or error
    return Violation(
        pointer=_pointer(deepest.absolute_path),
        keyword=str(deepest.validator),
        message=_shortened(deepest.message),
        schema_pointer=_pointer(step for step in deepest.absolute_schema_path if step != "$ref"),
        missing=_missing(deepest),
    )


def _missing(error: ValidationError) -> str:
    """The member that a `required` finds absent: jsonschema tells of each in a message of its own."""
    if error.validator != "required" or not isinstance(error.instance, dict):
        return ""
    required: Any = error.validator_value
    absent = (name for name in required if name not in error.instance)
    return next((name for name in absent if repr(name) in error.message), "")


def _unique(violations: Iterable[Violation]) -> list[Violation]:
    """Keep the first of those that refuse the same place by the same keyword (a member and its condition)."""
    found: dict[tuple[str, str, str], Violation] = {}
    for violation in violations:
        lacks = violation.message if violation.keyword == "required" else ""
        found.setdefault((violation.pointer, violation.keyword, lacks), violation)
    return list(found.values())


def _pointer(path: Iterable[str | int]) -> str:
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


def _shortened(message: str) -> str:
    if len(message) <= MESSAGE_HEAD_LENGTH + MESSAGE_TAIL_LENGTH:
        return message
    return f"{message[:MESSAGE_HEAD_LENGTH]} … {message[-MESSAGE_TAIL_LENGTH:]}"
