"""JSON Schema to hypothesis strategies, for the keywords that the schemas of this suite use, and no others.

An unknown keyword raises `UnknownKeywordError` when the schema is translated: a constraint that generation
would silently ignore cannot exist. Never here: what a target supports, or any HTTP.

Decision: values are weighted towards their limits, because that is where gateways differ from the document;
long strings are tiled (`texts`), so that the longest allowed really occur, and quickly.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, Final, Protocol, TypeAlias

from hypothesis import strategies as st

from generations_contract.api.formats import FORMATS
from generations_contract.api.schema import Schema, python_pattern, registry
from generations_contract.api.schema_files import ANNOTATION
from generations_contract.strategies.texts import texts

Strategy: TypeAlias = st.SearchStrategy[Any]
Overrides: TypeAlias = Mapping[str, Strategy]

ANNOTATIONS: Final = frozenset(
    {
        *("$schema", "$id", "$anchor", "$defs", "$comment", "title", "description", "default", "examples"),
        *("deprecated", "readOnly", "writeOnly", ANNOTATION),
    }
)
RANGE: Final = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
KEYWORDS_OF_TYPE: Final = {
    "string": frozenset({"minLength", "maxLength", "pattern", "format"}),
    "integer": RANGE | {"multipleOf"},
    "number": RANGE,
    "array": frozenset({"items", "minItems", "maxItems"}),
    "object": frozenset({"properties", "required", "additionalProperties"}),
    "boolean": frozenset[str](),
    "null": frozenset[str](),
}

# Where a schema sets no limit, so far and no farther: room for what real values look like.
STRING_LENGTH_MAX: Final = 200
ARRAY_LENGTH_MAX: Final = 3
INTEGER_LIMIT: Final = 2**63 - 1
NUMBER_LIMIT: Final = 1e6


class UnknownKeywordError(ValueError):
    """A schema uses a keyword, at `pointer`, that the translator does not know (there)."""

    def __init__(self, pointer: str, keyword: str) -> None:
        super().__init__(f"{pointer or '/'}: no translation for {keyword!r}")
        self.pointer = pointer
        self.keyword = keyword


def documents(schema: Schema, overrides: Overrides | None = None) -> Strategy:
    """Translate `schema` into a strategy for documents that it accepts.

    `overrides` puts another strategy in the place of a member, named by the pointer of its schema with
    references followed (`/properties/input/properties/prompt`); one that names no place is a `KeyError`.
    """
    translator = _Translator(overrides or {})
    strategy = translator.translate(schema, registry().resolver(base_uri=schema.get("$id", "")), "")
    if unused := translator.overrides.keys() - translator.used:
        raise KeyError(f"no such place in the schema: {', '.join(sorted(unused))}")
    return strategy


class _Resolver(Protocol):
    """What the translator needs of `referencing`'s resolver, whose class has no public name."""

    def lookup(self, ref: str) -> Any: ...


class _Translator:
    def __init__(self, overrides: Overrides) -> None:
        self.overrides = overrides
        self.used: set[str] = set()

    def translate(self, schema: Schema, resolver: _Resolver, pointer: str) -> Strategy:
        if pointer in self.overrides:
            self.used.add(pointer)
            return self.overrides[pointer]
        known = {
            key: value for key, value in schema.items() if key not in ANNOTATIONS and not key.startswith("x-")
        }
        if "$ref" in known:
            return self._reference(known, resolver, pointer)
        for keyword in ("anyOf", "oneOf"):
            if keyword in known:
                _require_only(known, {keyword}, pointer)
                return st.one_of(
                    *(
                        self.translate(branch, resolver, f"{pointer}/{keyword}/{i}")
                        for i, branch in enumerate(known[keyword])
                    )
                )
        for keyword in ("const", "enum"):
            if keyword in known:
                _require_only(known, {keyword, "type"}, pointer)
                return st.sampled_from(known["enum"]) if keyword == "enum" else st.just(known["const"])
        return self._typed(known, resolver, pointer)

    def _reference(self, schema: Schema, resolver: _Resolver, pointer: str) -> Strategy:
        resolved = resolver.lookup(schema["$ref"])
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        for keyword in beside.keys() & resolved.contents.keys() - ANNOTATIONS:
            raise UnknownKeywordError(pointer, keyword)
        return self.translate({**resolved.contents, **beside}, resolved.resolver, pointer)

    def _typed(self, schema: Schema, resolver: _Resolver, pointer: str) -> Strategy:
        if "type" not in schema:
            raise UnknownKeywordError(pointer, next(iter(schema), "(a schema without type)"))
        types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        allowed = {"type"}.union(*(KEYWORDS_OF_TYPE[name] for name in types))
        _require_only(schema, allowed, pointer)
        makers: dict[str, Callable[[Schema, str], Strategy]] = {
            "string": _strings,
            "integer": lambda known, _: _integers(known),
            "number": lambda known, _: _numbers(known),
            "array": lambda known, place: self._arrays(known, resolver, place),
            "object": lambda known, place: self._objects(known, resolver, place),
            "boolean": lambda _known, _place: st.booleans(),
            "null": lambda _known, _place: st.none(),
        }
        return st.one_of(*(makers[name](schema, pointer) for name in types))

    def _arrays(self, schema: Schema, resolver: _Resolver, pointer: str) -> Strategy:
        items = self.translate(schema.get("items", {"type": "null"}), resolver, f"{pointer}/items")
        fewest = schema.get("minItems", 0)
        most = schema.get("maxItems", fewest + ARRAY_LENGTH_MAX)
        drawn = st.lists(items, min_size=min(1, most), max_size=min(most, ARRAY_LENGTH_MAX))
        return st.builds(_repeated, drawn, st.sampled_from(sorted({fewest, min(fewest + 1, most), most})))

    def _objects(self, schema: Schema, resolver: _Resolver, pointer: str) -> Strategy:
        if schema.get("additionalProperties", False) is not False:
            raise UnknownKeywordError(pointer, "additionalProperties")
        members = {
            name: self.translate(member, resolver, f"{pointer}/properties/{name}")
            for name, member in schema.get("properties", {}).items()
        }
        return _members(members, frozenset(schema.get("required", ())))


@st.composite
def _members(draw: st.DrawFn, members: Mapping[str, Strategy], required: frozenset[str]) -> dict[str, Any]:
    """Draw which optional members there are as the bits of one number: cheaper than one choice each.

    One number in nine stands for all of them together.
    """
    optional = [name for name in members if name not in required]
    every = 2 ** len(optional) - 1
    chosen = min(every, draw(st.integers(0, every + every // 8)))
    absent = {name for bit, name in enumerate(optional) if not chosen >> bit & 1}
    return {name: draw(strategy) for name, strategy in members.items() if name not in absent}


def _repeated(items: list[Any], length: int) -> list[Any]:
    """Return `length` items, the few drawn ones over and over: long arrays cost no more than short ones."""
    return [items[index % len(items)] for index in range(length)]


def _require_only(schema: Schema, allowed: set[str] | frozenset[str], pointer: str) -> None:
    for keyword in schema:
        if keyword not in allowed:
            raise UnknownKeywordError(pointer, keyword)


def _strings(schema: Schema, pointer: str) -> Strategy:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength")
    if "format" in schema:
        if schema["format"] not in FORMATS or "pattern" in schema:
            raise UnknownKeywordError(pointer, "format")
        return _of_length(st.sampled_from(FORMATS[schema["format"]].right), shortest, longest)
    if "pattern" in schema:
        return _of_length(st.from_regex(python_pattern(schema["pattern"])), shortest, longest)
    return texts(shortest, shortest + STRING_LENGTH_MAX if longest is None else longest)


def _of_length(drawn: Strategy, shortest: int, longest: int | None) -> Strategy:
    if not shortest and longest is None:
        return drawn
    return drawn.filter(lambda text: shortest <= len(text) and (longest is None or len(text) <= longest))


def _integers(schema: Schema) -> Strategy:
    least = max(schema.get("minimum", -INTEGER_LIMIT), schema.get("exclusiveMinimum", -INTEGER_LIMIT - 1) + 1)
    most = min(schema.get("maximum", INTEGER_LIMIT), schema.get("exclusiveMaximum", INTEGER_LIMIT + 1) - 1)
    step = schema.get("multipleOf", 1)
    first, last = math.ceil(least / step) if step > 1 else math.ceil(least), math.floor(most / step)
    last = math.floor(most) if step == 1 else last
    edges = {first, first + 1, last - 1, last, 0, 1, -1}
    drawn = st.sampled_from(sorted(value for value in edges if first <= value <= last)) | st.integers(
        first, last
    )
    return drawn if step == 1 else drawn.map(lambda value: value * step)


def _numbers(schema: Schema) -> Strategy:
    least: float = {"minimum": schema.get("exclusiveMinimum", -NUMBER_LIMIT), **schema}["minimum"]
    most: float = {"maximum": schema.get("exclusiveMaximum", NUMBER_LIMIT), **schema}["maximum"]
    edges = [value for value in (least, most, least + 0.5, most - 0.5, 1, 0) if least <= value <= most]
    whole = st.integers(math.ceil(least), math.floor(most))
    drawn = st.sampled_from(edges) | whole | st.floats(least, most)
    if schema.keys() & {"exclusiveMinimum", "exclusiveMaximum"}:
        bounds = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
        return drawn.filter(lambda value: value not in bounds)
    return drawn
