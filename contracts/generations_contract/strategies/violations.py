"""Random violations: a request that breaks one keyword of the schema, at one place, and nothing else.

Values are drawn anew each time, unlike those of `mutations`, and shrink to the simplest one that is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from generations_contract.api.schema import Schema
from generations_contract.api.vocabulary import INPUT_KEYS, TOP_LEVEL_KEYS
from generations_contract.oracle.annotations import Break
from generations_contract.oracle.fields import FIELDS, UNKNOWN_KEY, Field
from generations_contract.oracle.reading import read_field
from generations_contract.strategies.base import Base, Request, encode, with_members
from generations_contract.strategies.fitting import bounds
from generations_contract.strategies.layers import Refused, documented_requests
from generations_contract.strategies.texts import ALPHABETS, ASTRAL, COMPOSED, texts

Drawn = st.SearchStrategy[Any]

# How far beyond a limit is drawn.
FAR: Final = 1000
# By what a random key is written: no control character, which a gateway may well clean before it blames it.
_KEY_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz_ABCXYZ0189 -.é山"
_CLASSES: Final = tuple(name for name in ALPHABETS if name not in (ASTRAL, COMPOSED))
_ANY: Final[Mapping[str, Drawn]] = {
    "boolean": st.booleans(),
    "number": st.integers(-FAR, FAR) | st.floats(-FAR, FAR).filter(lambda value: not value.is_integer()),
    "string": texts(0, 20, classes=_CLASSES),
    "array": st.lists(st.none() | st.booleans() | st.integers(-9, 9), max_size=3),
    "object": st.dictionaries(st.sampled_from(("url", "value", "unknown")), st.integers(-9, 9), max_size=2),
}


@cache
def violations(base: Base) -> st.SearchStrategy[Refused]:
    """Draw requests for one model, each of which breaks exactly one keyword of the request schema.

    Every gateway must refuse them with 400 `invalid_input`. `mutations` of what is drawn names place and keyword.
    """
    ways = [way for one in FIELDS.values() for way in _of_field(one, base)]
    ways += [_with_unknown_key(level, base) for level in ("", "input")]
    return st.one_of(ways)


def _of_field(one: Field, base: Base) -> Iterator[st.SearchStrategy[Refused]]:
    if one.required:
        yield documented_requests(base).map(lambda request: _without(one, request))
    for keyword, drawn in _beyond(one):
        wrong = drawn.map(lambda value: (value, _broken(one, value, base))).filter(
            lambda pair: pair[1] is not None
        )
        yield st.builds(_with_value, documented_requests(base), wrong, st.just((one, keyword)))


def _broken(one: Field, value: object, base: Base) -> Break | None:
    """The clause that a value breaks, if it breaks one for certain."""
    read = read_field(one.name, value, base.modality, base.traits)
    if read.opens or read.levels or len(read.violations) != 1:
        return None
    return Break(next(iter(read.violations)))


def _with_value(request: Request, wrong: tuple[Any, Break], place: tuple[Field, str]) -> Refused:
    (value, broken), (one, keyword) = wrong, place
    body = encode(with_members(request, {one.name: value}))
    return Refused(body, (f"{one.where}: {keyword}",), frozenset({broken.clause}))


def _without(one: Field, request: Request) -> Refused:
    changed = with_members(request, {})
    (changed if len(one.path) == 1 else changed["input"]).pop(one.name)
    return Refused(encode(changed), (f"{one.where}: required",), frozenset({one.breaks("required").clause}))


def _with_unknown_key(level: str, base: Base) -> st.SearchStrategy[Refused]:
    known = INPUT_KEYS if level else TOP_LEVEL_KEYS
    key = st.text(_KEY_LETTERS, min_size=1, max_size=20).filter(lambda text: text not in known)
    value = st.none() | st.one_of(*_ANY.values())

    def add(request: Request, name: str, held: Any) -> Refused:
        changed = with_members(request, {})
        (changed["input"] if level else changed)[name] = held
        place = f"{level or 'the top'}: additionalProperties"
        return Refused(encode(changed), (place,), frozenset({UNKNOWN_KEY[level].clause}))

    return st.builds(add, documented_requests(base), key, value)


def _beyond(one: Field) -> Iterator[tuple[str, Drawn]]:
    """Values that break a keyword of a field, by keyword; whether they do, the oracle says."""
    kinds = {str(branch.get("type")) for branch in one.branches}
    for kind, drawn in _ANY.items():
        if kind not in kinds and not (kind == "number" and "integer" in kinds):
            yield "type", drawn
    if one.name == "input":
        return
    for branch in one.branches:
        for keyword in sorted(branch.keys() & _BY_KEYWORD.keys()):
            yield keyword, _BY_KEYWORD[keyword](branch)
    if "integer" in kinds:
        yield "type", st.floats(-FAR, FAR).filter(lambda value: not value.is_integer())


def _below(schema: Schema) -> Drawn:
    least = bounds(schema)[0] or 0
    fractions = st.floats(least - FAR, least, exclude_max=True)
    return st.integers(int(least) - FAR, int(least) - 1) | fractions


def _above(schema: Schema) -> Drawn:
    most = bounds(schema)[1] or 0
    fractions = st.floats(most, most + FAR, exclude_min=True)
    return st.integers(int(most) + 1, int(most) + FAR) | fractions


def _longer(schema: Schema) -> Drawn:
    return texts(schema["maxLength"] + 1, schema["maxLength"] + 40, classes=_CLASSES)


def _more_items(schema: Schema) -> Drawn:
    most = schema["maxItems"]
    return st.integers(most + 1, most + 20).map(lambda count: ["https://images.example/cat.png"] * count)


def _other_texts(_schema: Schema) -> Drawn:
    return _ANY["string"]


def _other_items(_schema: Schema) -> Drawn:
    return st.lists(st.none() | st.booleans() | st.integers(-9, 9), min_size=1, max_size=3)


_BY_KEYWORD: Final[Mapping[str, Callable[[Schema], Drawn]]] = {
    "minimum": _below,
    "exclusiveMinimum": _below,
    "maximum": _above,
    "exclusiveMaximum": _above,
    "maxLength": _longer,
    "minLength": lambda schema: texts(0, max(schema["minLength"] - 1, 0), classes=_CLASSES),
    "maxItems": _more_items,
    "items": _other_items,
    "enum": _other_texts,
    "const": _other_texts,
    "pattern": _other_texts,
    "format": _other_texts,
}
