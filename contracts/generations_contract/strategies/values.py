"""The values of every documented field, by its schema: those that must be accepted, and those that must be refused.

Values are proposed by keyword (`fitting`, `misfit`) and kept by the oracle: what it finds clearly valid is legal,
what breaks one clause and leaves nothing open is wrong. So an edit of a schema moves both, and nothing that is
open can be among them.

Never here: requests, and values of several fields that fit together.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from generations_contract.api.schema import Part, Schema
from generations_contract.api.usual import usual
from generations_contract.api.vocabulary import Modality
from generations_contract.oracle.annotations import Break
from generations_contract.oracle.fields import FIELDS, OPTIONAL, Field
from generations_contract.oracle.reading import Reading, read_field
from generations_contract.strategies.base import needs_reference, plain
from generations_contract.strategies.fitting import Proposal, label, proposed
from generations_contract.strategies.misfit import amiss

# Keywords that make a range.
LIMITS: Final = frozenset(
    {
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
    }
)
# Stands for a proposal that is not kept: `None` may be one that is.
DROPPED: Final = object()


@dataclass(frozen=True)
class Wrong:
    """A value that breaks one clause. `everywhere`: also on models that have no use for the field."""

    value: Any
    broken: Break
    everywhere: bool


def home(one: Field) -> tuple[Modality, frozenset[str]]:
    """The modality and the traits of a model to which a field belongs."""
    return one.mark.modality or "image", frozenset({one.mark.trait} if one.mark.trait else ())


def read(one: Field, value: object) -> Reading:
    """Read a value of a field, where the field belongs."""
    return read_field(one.name, plain(value), *home(one))


@cache
def legal(name: str) -> Mapping[str, Any]:
    """Return the values of a field that every gateway must accept where the field belongs, by name."""
    one = FIELDS[name]
    return _named(one, proposed(one), lambda value: value if read(one, value).valid else DROPPED)


@cache
def wrong(name: str) -> Mapping[str, Wrong]:
    """Return the values of a field that every gateway must refuse where the field belongs, by name."""
    one = FIELDS[name]
    return _named(one, amiss(one, next(iter(legal(name).values()), None)), lambda value: _wrong(one, value))


@cache
def plain_value(name: str, modality: Modality) -> Any:
    """Return a value of a field for requests that are about something else."""
    one = FIELDS[name]
    if isinstance(one.schema.get("items"), dict) and legal(name):
        return next((value for value in legal(name).values() if value), [])
    try:
        value = usual(one.schema, modality)
    except ValueError:
        value = None
    known = (
        name in OPTIONAL and not read_field(name, value, one.mark.modality or modality, home(one)[1]).valid
    )
    return next(iter(legal(name).values()), value) if known else value


@cache
def ranges(name: str) -> tuple[tuple[Any, ...], ...]:
    """Return the legal values of a field by the branches of its schema that have a limit, each from low to high.

    Numbers go by size, texts and arrays by length; those of one length in the order of `legal`.
    """
    return tuple(
        tuple(sorted(values, key=size))
        for branch in FIELDS[name].branches
        if branch.keys() & LIMITS and (values := _accepted_by(branch, name))
    )


def _accepted_by(branch: Schema, name: str) -> list[Any]:
    part = Part({key: value for key, value in branch.items() if key != "items"})
    return [
        each
        for each in legal(name).values()
        if plain(each) == each or needs_reference(each)
        if part.accepts(each)
    ]


def size(value: Any) -> float:
    """Return how large a value of a range is: a number itself, a text or an array by its length."""
    return len(value) if isinstance(value, str | list) else float(value)


def _named(one: Field, proposals: Iterable[Proposal], keep: Callable[[Any], Any]) -> dict[str, Any]:
    """The proposals that are kept, each value and each name once."""
    found: dict[str, Any] = {}
    seen: set[str] = set()
    for name, value in proposals:
        if repr(value) in seen:
            continue
        seen.add(repr(value))
        kept = keep(value)
        if kept is DROPPED:
            continue
        texts = isinstance(value, str) and name == label(value)
        unique = f"text-{name}" if name in found or (texts and _reads_as_another(one, value)) else name
        while unique in found:
            unique += "+"
        found[unique] = kept
    return found


def _reads_as_another(one: Field, text: str) -> bool:
    """Whether a text looks like a value of another type that the field may have: "8" beside 8."""
    return len(one.branches) > 1 and bool(re.fullmatch(r"-?[0-9.]+", text))


def _wrong(one: Field, value: Any) -> Any:
    found = read(one, value)
    if found.opens or len(found.violations) != 1:
        return DROPPED
    clause = next(iter(found.violations))
    elsewhere = [read_field(one.name, plain(value), modality, ()) for modality in ("image", "video")]
    everywhere = all(each.violations and not each.opens for each in elsewhere)
    return Wrong(value, Break(clause, found.levels.get(clause, "MUST")), everywhere)
