"""Requests that the document allows, at every limit: one row each, with an id that says what is special.

Each field alone with every legal value of it, all fields together at both ends, in another order of keys. The
values are those of `values`: never random, and never one whose acceptance the contract leaves open.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generations_contract.oracle.fields import FIELDS, OPTIONAL, Field
from generations_contract.strategies.base import Base, Members, Request, filled, needs_reference, with_members
from generations_contract.strategies.values import legal, plain_value, ranges, size

DOCUMENTED: Final = "request.documented-accepted"
IGNORED: Final = "request.irrelevant-ignored"
# The fields of which the base itself has the value; of the prompt there are rows besides.
GIVEN: Final = frozenset({"model", "input"})

MembersOf = Callable[[Base], Members]


@dataclass(frozen=True)
class Row:
    """A request that must be accepted.

    `clauses`: what accepting it shows. `field`: the one that the row is about, on models that have a use for it,
    or, where `ignored`, on those that have none; `None`: it is about several.
    """

    id: str
    members: MembersOf
    clauses: tuple[str, ...] = (DOCUMENTED,)
    field: Field | None = None
    ignored: bool = False
    backwards: bool = False

    def applies_to(self, base: Base) -> bool:
        """Whether the row can be built from `base`, and means there what its clauses say."""
        if self.field is not None and self.field.belongs_to(base.modality, base.traits) == self.ignored:
            return False
        return base.reference_image is not None or not needs_reference(dict(self.members(base)))

    def build(self, base: Base) -> Request:
        """Return the request for one model."""
        request = with_members(base.request(), filled(dict(self.members(base)), base.reference_image))
        return _reversed(request) if self.backwards else request


def _reversed(request: Request) -> Request:
    return {
        key: _reversed(value) if isinstance(value, dict) else value
        for key, value in reversed(list(request.items()))
    }


def fixed(members: Members) -> MembersOf:
    """Return members that are the same for every model."""
    return lambda _base: members


def everything(base: Base) -> Members:
    """Return every optional field at once, each with a plain value."""
    return {name: plain_value(name, base.modality) for name in OPTIONAL}


def at_ends(end: int) -> MembersOf:
    """Return every field at the lower (0) or upper (-1) end of its range, where it has one; others are plain."""

    def members(base: Base) -> Members:
        ends = {name: value for name in FIELDS if (value := at_end(name, end)) is not None}
        return {**everything(base), **ends}

    return members


def at_end(name: str, end: int) -> Any:
    """Return the legal value at the lower (0) or upper (-1) end of a field's range, or of its examples.

    `None` where it has neither, or a value that is the usual one.
    """
    if name in GIVEN:
        return None
    if not ranges(name):
        offered = [] if FIELDS[name].mark.usual else list(legal(name).values())
        return offered[end] if offered else None
    values = ranges(name)[0]
    return values[0] if end == 0 else next(value for value in values if size(value) == size(values[-1]))


def _alone_rows() -> Iterator[Row]:
    for name, one in FIELDS.items():
        if name in GIVEN:
            continue
        of_range = one.mark.breaks.get("*")
        clauses = (DOCUMENTED, of_range.clause) if of_range else (DOCUMENTED,)
        for label, value in legal(name).items():
            members = fixed({name: value})
            yield Row(f"{name}={label}", members, clauses, one)
            if one.mark.modality or one.mark.trait:
                yield Row(f"ignored-{name}={label}", members, (IGNORED,), one, ignored=True)


def _together_rows() -> Iterator[Row]:
    yield Row("least", fixed({}))
    yield Row("everything", everything, (DOCUMENTED, IGNORED))
    yield Row("everything-lowest", at_ends(0), (DOCUMENTED, IGNORED))
    yield Row("everything-highest", at_ends(-1), (DOCUMENTED, IGNORED))
    yield Row("keys-backwards", everything, (DOCUMENTED, IGNORED), backwards=True)
    yield Row("everything-ignored", _ignored, (IGNORED,))


def _ignored(base: Base) -> Members:
    """Every field for which the model has no use."""
    useless = (name for name, one in OPTIONAL.items() if not one.belongs_to(base.modality, base.traits))
    return {name: plain_value(name, base.modality) for name in useless}


BOUNDARIES: Final = (*_together_rows(), *_alone_rows())
