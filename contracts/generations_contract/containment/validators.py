"""One schema, as two independent validators read it.

No verdict is reached here; a document is only judged. `jsonschema-rs` is asked first because it is fast, and
`jsonschema` confirms, because no witness rests on one implementation. Neither ever fetches anything. `format`
is asserted or not, in both alike, as the caller says; `content*` is an annotation in both. What jsonschema-rs
itself makes of containment is asked here too, and nothing that it says is taken alone.
"""

import json
import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final, Literal

import jsonschema_rs
import referencing.exceptions
from jsonschema import FormatChecker
from jsonschema.exceptions import FormatError
from jsonschema_rs.canonical import CanonicalizationError, Containment, Satisfiability
from jsonschema_specifications import REGISTRY as META_SCHEMAS  # type: ignore[import-untyped]

from generations_contract.api.subschemas import rewrite, walk
from generations_contract.containment.dialect import Dialect, UnsupportedSchemaError
from generations_contract.containment.regex.unicode import category, complement
from generations_contract.containment.values import Json

_CONTENT: Final = frozenset({"contentEncoding", "contentMediaType", "contentSchema"})
_OUTDATED: Final = frozenset({"$recursiveAnchor", "$recursiveRef"})


def prepared(schema: Json, dialect: Dialect) -> Json:
    """The schema as both validators get it: with the dialect named, and without `content*`.

    Raises `UnsupportedSchemaError` where it is no schema of this dialect.
    """
    if not isinstance(schema, dict | bool):
        raise UnsupportedSchemaError(f"a schema is an object or a boolean, not {type(schema).__name__}")
    if isinstance(schema, bool):
        return schema
    named = {**schema, "$schema": dialect.uri}
    check(named, dialect)
    for place, inner in enumerate(walk(named)):
        other = inner.get("$schema", dialect.uri)
        # Without an address of its own a schema is no resource, and what draft it names says nothing.
        if place and dialect.id_keyword in inner and str(other).rstrip("#") != dialect.uri:
            raise UnsupportedSchemaError(
                f"the schema mixes drafts: {inner['$schema']!r} inside {dialect.name}"
            )
    # jsonschema-rs goes on asserting what 2020-12 made an unknown keyword.
    dropped = _CONTENT | {"$schema"} | ({"dependencies"} if dialect.is_modern else set())
    dropped |= _OUTDATED if dialect.is_latest else set()
    plain = rewrite(named, lambda one: {k: v for k, v in one.items() if k not in dropped})
    return {**plain, "$schema": dialect.uri}


def check(schema: Json, dialect: Dialect) -> None:
    """Raise `UnsupportedSchemaError` where it is no schema of the dialect."""
    if not isinstance(schema, dict):
        return
    named = {**schema, "$schema": dialect.uri}
    if dialect.is_latest:
        # Documents that moved here from 2019-09 keep these. 2020-12 gives them no meaning, and its meta-schema a type.
        named = rewrite(named, lambda one: {k: v for k, v in one.items() if k not in _OUTDATED})
    try:
        jsonschema_rs.meta.validate(named)
    except jsonschema_rs.ValidationError as invalid:
        at = "/".join(map(str, invalid.instance_path))
        raise UnsupportedSchemaError(f"no valid schema, at /{at}: {invalid.message}") from invalid
    except (ValueError, jsonschema_rs.ReferencingError) as broken:
        raise UnsupportedSchemaError(f"no valid schema: {_line(broken)}") from broken


def _line(problem: Exception) -> str:
    return str(problem).splitlines()[0] if str(problem) else type(problem).__name__


class RememberingChecker(FormatChecker):
    """`jsonschema`'s checks of one draft, each text checked once: the check of an IRI takes 8 ms."""

    def __init__(self, dialect: Dialect) -> None:
        super().__init__(())
        self.dialect = dialect

    def check(self, instance: object, format: str) -> None:  # noqa: A002 - the name is jsonschema's
        """Raise `FormatError` where the instance is not of the format."""
        if isinstance(instance, str) and not conforms(self.dialect, instance, format):
            raise FormatError(f"{instance!r} is not a {format!r}")


@lru_cache(maxsize=8_192)
def conforms(dialect: Dialect, text: str, name: str) -> bool:
    """Whether `jsonschema` finds the text to be of the format; what it only knows with extras is lent to it."""
    checker = dialect.python.FORMAT_CHECKER
    return (
        bool(checker.conforms(text, name))
        if name in checker.checkers
        else _lent(dialect, name).is_valid(text)
    )


@lru_cache(maxsize=64)
def _lent(dialect: Dialect, name: str) -> Any:
    # Without the extra, jsonschema would take any text for an IRI, and no witness about one could be confirmed.
    return dialect.rust({"format": name}, validate_formats=True)


_REMOTE: Final = re.compile(r"Resource '(.+?)' is not present in a registry")


class ValidatorPair:
    """Says which documents a schema accepts. Raises `UnsupportedSchemaError` when it cannot be compiled."""

    def __init__(self, schema: Json, dialect: Dialect, *, formats: bool) -> None:
        self.schema = prepared(schema, dialect)
        self.dialect, self.formats = dialect, formats
        self.leads_back = False  # a reference came back to itself without going into the document
        try:
            self._rust = dialect.rust(self.schema, validate_formats=formats, offline=True)
        except (ValueError, jsonschema_rs.ReferencingError) as broken:
            told = _line(broken)
            if remote := _REMOTE.search(told):
                told = f"it refers to {remote[1]}, which is not among its files, and nothing is fetched"
            raise UnsupportedSchemaError(f"the schema cannot be compiled: {told}") from broken

    def accepts(self, document: Json) -> bool:
        """Whether `jsonschema-rs` accepts the document."""
        try:
            return self._rust.is_valid(document)
        except ValueError:  # not expressible as JSON: a lone surrogate, a number out of range
            return False

    @cached_property
    def canonical(self) -> jsonschema_rs.CanonicalSchema:
        """The schema in jsonschema-rs' canonical form. Raises `CanonicalizationError` or `ValueError`."""
        return jsonschema_rs.canonicalize(
            self.schema, draft=self.dialect.rust_draft, validate_formats=self.formats, offline=True
        )

    @cached_property
    def _python(self) -> Any:
        checker = RememberingChecker(self.dialect) if self.formats else None
        schema = rewrite(self.schema, _python_patterns)
        registry: Any = META_SCHEMAS
        return self.dialect.python(schema, registry=registry, format_checker=checker)

    def confirms(self, document: Json, *, accepted: bool) -> bool:
        """Whether `jsonschema` agrees that the document is accepted, or refused."""
        try:
            return self._python.is_valid(document) is accepted
        except RecursionError:
            self.leads_back = True
            return False
        except (re.error, referencing.exceptions.Unresolvable, ArithmeticError, ValueError):
            return False


def validator_pair(schema: Json, dialect: Dialect, *, formats: bool) -> ValidatorPair:
    """The judge of a schema; one that was asked for lately is not made again."""
    try:
        text = json.dumps(schema)
    except (TypeError, ValueError):
        return ValidatorPair(schema, dialect, formats=formats)
    return _remembered(text, dialect, formats)


@lru_cache(maxsize=24)
def _remembered(text: str, dialect: Dialect, formats: bool) -> ValidatorPair:  # noqa: FBT001 - part of the key
    return ValidatorPair(json.loads(text), dialect, formats=formats)


# Experimental, and renamed between releases, hence pinned exactly: a "yes" is attacked by the search, a "no" needs
# a witness, and the difference schema is only a place to look.
Opinion = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Covering:
    """Whether the second schema covers the first, and the schema of what it leaves out, if known."""

    opinion: Opinion
    difference: Json = None


def covering(first: ValidatorPair, second: ValidatorPair) -> Covering:
    """What jsonschema-rs makes of "every document of the first is one of the second"."""
    try:
        small, large = first.canonical, second.canonical
        verdict = large.covers(small)
    except (CanonicalizationError, jsonschema_rs.ValidationError, ValueError):
        return Covering("unknown")
    if verdict == Containment.YES:
        return Covering("yes")
    opinion: Opinion = "no" if verdict == Containment.NO else "unknown"
    try:
        rest = small.subtract(large)
        if opinion == "unknown" and rest.satisfiability() == Satisfiability.NO:
            return Covering("yes")
        return Covering(opinion, rest.to_json_schema())
    except (CanonicalizationError, ValueError):
        return Covering(opinion)


def _python_patterns(schema: dict[str, Json]) -> dict[str, Json]:
    """The schema with its patterns as Python spells them, and without what Python stumbles over."""
    if not isinstance(schema.get("items"), list):
        schema.pop("additionalItems", None)  # says nothing; beside a boolean `items`, jsonschema fails on it
    if isinstance(schema.get("pattern"), str):
        schema["pattern"] = _spelled(schema["pattern"])
    if isinstance(schema.get("patternProperties"), dict):
        schema["patternProperties"] = {
            _spelled(name): inner for name, inner in schema["patternProperties"].items()
        }
    return schema


def _spelled(pattern: str) -> str:
    """The pattern for Python; one that Python cannot have stays, and fails only where it is tried."""
    try:
        return python_pattern(pattern)
    except re.error:
        return pattern


_PROPERTY: Final = re.compile(r"\\([pP])\{([^}]*)\}")
_SPELLED: Final = {"d": "0-9", "w": "A-Za-z0-9_"}
_AFTER: Final = ("(?<![A-Za-z0-9_])", "(?<=[A-Za-z0-9_])")
_BEFORE: Final = ("(?![A-Za-z0-9_])", "(?=[A-Za-z0-9_])")
# An edge of a word in ASCII; Python's own \b knows all scripts, and its \B finds nothing in an empty text.
_EDGES: Final = {
    "b": f"(?:{_AFTER[1]}{_BEFORE[0]}|{_AFTER[0]}{_BEFORE[1]})",
    "B": f"(?:{_AFTER[1]}{_BEFORE[1]}|{_AFTER[0]}{_BEFORE[0]})",
}


def python_pattern(pattern: str) -> str:
    r"""An ECMA-262 pattern in Python's spelling: `$` means the very end, `\d`, `\w` and `\b` mean ASCII."""
    out, in_class, place = [], False, 0
    while place < len(pattern):
        sign = pattern[place]
        following = pattern[place + 1 : place + 2]
        if sign == "\\" and following in "pP" and (found := _PROPERTY.match(pattern, place)):
            ranges = _spelled_property(found.group(2), negated=following == "P")
            out.append(ranges if in_class else f"[{ranges}]")
            place = found.end()
            continue
        if sign == "\\" and following == "c":
            out.append(f"\\x{ord(pattern[place + 2 : place + 3] or '@') % 32:02x}")
            place += 3
            continue
        if sign == "\\":
            spelled = _SPELLED.get(following)
            if following in "bB" and not in_class:
                out.append(_EDGES[following])
                place += 2
                continue
            out.append((spelled if in_class else f"[{spelled}]") if spelled else _escape(following))
            place += 2
            continue
        if pattern.startswith("(?<", place) and pattern[place + 3 : place + 4] not in "=!":
            out.append("(?P<")
            place += 3
            continue
        # Within a class Python reserves these for set operations.
        escaped = "\\" + sign if in_class and sign in "[|&~" else sign
        out.append("\\Z" if sign == "$" and not in_class else escaped)
        if sign == "[" and not in_class:
            in_class = True
        elif sign == "]":
            in_class = False
        place += 1
    return "".join(out)


def _spelled_property(name: str, *, negated: bool) -> str:
    found = category(name)
    if found is None:
        raise re.error(f"unknown property {name!r}")
    ranges = complement(found) if negated else found
    return "".join(f"\\U{low:08x}-\\U{high:08x}" for low, high in ranges)


def _escape(sign: str) -> str:
    if sign == "D":
        return "[^0-9]"
    if sign == "W":
        return "[^A-Za-z0-9_]"
    return "\\" + sign
