"""JSON values: equality, types and order as JSON Schema has them, not as Python has them.

No schema is read here. `1` and `1.0` are one value, `true` and `1` are two: every comparison of documents
in this package goes through `freeze`.
"""

import json
from collections.abc import Hashable
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

Json: TypeAlias = Any

NULL: Final = "null"
BOOLEAN: Final = "boolean"
INTEGER: Final = "integer"
FRACTION: Final = "fraction"  # a number that is no integer: no keyword names it, negation needs it
STRING: Final = "string"
ARRAY: Final = "array"
OBJECT: Final = "object"
ALL_TYPES: Final = frozenset({NULL, BOOLEAN, INTEGER, FRACTION, STRING, ARRAY, OBJECT})
NUMBERS: Final = frozenset({INTEGER, FRACTION})
TEXT_SHOWN_MAX: Final = 100_000
# The order in which a witness is looked for: the plainest values first.
TYPE_ORDER: Final = (OBJECT, STRING, INTEGER, FRACTION, BOOLEAN, NULL, ARRAY)


def exact(number: float | Decimal) -> Fraction:
    """The number as written in JSON, so that 0.1 is a tenth."""
    return Fraction(number) if isinstance(number, int) else Fraction(str(number))


def type_of(value: Json) -> str:
    """The type of a JSON value, numbers split into integers (1.0 too) and fractions."""
    if value is None:
        return NULL
    if isinstance(value, bool):
        return BOOLEAN
    if isinstance(value, int):
        return INTEGER
    if isinstance(value, float | Decimal):
        return INTEGER if exact(value).denominator == 1 else FRACTION
    if isinstance(value, str):
        return STRING
    return ARRAY if isinstance(value, list) else OBJECT


def freeze(value: Json) -> Hashable:
    """A hashable key, equal for two values exactly when JSON Schema calls them equal."""
    kind = type_of(value)
    if kind in NUMBERS:
        return (0, exact(value))
    if kind == ARRAY:
        return (1, tuple(freeze(item) for item in value))
    if kind == OBJECT:
        return (2, frozenset((name, freeze(item)) for name, item in value.items()))
    return (kind, value)


def same(one: Json, other: Json) -> bool:
    """Whether JSON Schema calls two values equal; what is spelled alike is found so at once."""
    return one is other or compact(one) == compact(other) or freeze(one) == freeze(other)


def as_number(number: Fraction) -> int | float:
    """The JSON number nearest to an exact one; integers stay integers."""
    return int(number) if number.denominator == 1 else float(number)


def compact(value: Json) -> str:
    """The value on one line, for messages and for comparing sizes."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def is_longer(value: Json, most: int) -> bool:
    """Whether a value has more characters in its texts and names, and more parts, than so many."""
    todo, size = [value], 0
    while todo and size <= most:
        one = todo.pop()
        size += 1 + (len(one) if isinstance(one, str) else 0)
        if isinstance(one, dict):
            size += sum(map(len, one))
            todo += one.values()
        elif isinstance(one, list):
            todo += one
    return size > most


def shortened(value: Json) -> Json:
    """The value with texts of more than `TEXT_SHOWN_MAX` characters told by their length: nobody reads megabytes."""
    if isinstance(value, str) and len(value) > TEXT_SHOWN_MAX:
        return f"{value[:20]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [shortened(item) for item in value]
    if isinstance(value, dict):
        return {name: shortened(item) for name, item in value.items()}
    return value
