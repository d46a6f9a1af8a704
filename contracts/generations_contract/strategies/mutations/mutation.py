"""What a mutation is: a valid request, then one change by which it breaks one clause.

Decision: `prepare` (the valid request, with whatever legal members the case needs) stands apart from `mutate`
(the break), so the oracle can be asked twice: about the bytes as sent, and with the mutation undone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from generations_contract.api.vocabulary import INPUT_KEYS
from generations_contract.oracle.annotations import Break
from generations_contract.oracle.fields import Field
from generations_contract.strategies.base import Base, Members, Request, encode, filled, with_members
from generations_contract.strategies.boundaries import MembersOf

Change: TypeAlias = Callable[[Request, Base], Request | bytes]


def nothing(_base: Base) -> Members:
    """Return no members: the least request is enough."""
    return {}


@dataclass(frozen=True)
class Mutation:
    """One way to break one clause.

    `change` may alter the request it is given. `blamed` names the offending field as an error's `param`
    would (`n`, `input.prompt`), `None` where there is none. `field`: only for models that have a use for it.
    `beside` gives legal members that stand in the request too. `alone`: it alters the whole text, so that no
    other mutation of the same request could be told apart.
    """

    id: str
    broken: Break
    change: Change
    blamed: str | None = None
    field: Field | None = None
    beside: MembersOf = nothing
    alone: bool = False

    @property
    def clause(self) -> str:
        """The clause that it breaks."""
        return self.broken.clause

    def applies_to(self, base: Base) -> bool:
        """Whether the mutated request breaks the clause on this model."""
        if self.field is not None and not self.field.belongs_to(base.modality, base.traits):
            return False
        return self.body(base) != encode(self.prepare(base))

    def prepare(self, base: Base) -> Request:
        """Return the request before the mutation: valid."""
        return with_members(base.request(), filled(dict(self.beside(base)), base.reference))

    def mutate(self, request: Request, base: Base) -> Request | bytes:
        """Return a request (or bytes) that breaks the clause, made from a valid one, which stays as it is."""
        changed = self.change(with_members(request, {}), base)
        return changed if isinstance(changed, bytes) else filled(changed, base.reference)

    def body(self, base: Base) -> bytes:
        """Return the bytes to send."""
        return encode(self.mutate(self.prepare(base), base))

    @property
    def certain(self) -> bool:
        """Whether the one right answer is 400 `invalid_input`, whatever else is wrong with the request.

        Of what the document only implies (a SHOULD) a breach may be answered otherwise, or not at all.
        """
        return self.broken.level == "MUST"

    def leaves_alone(self, other: "Mutation") -> bool:
        """Whether both may break one request: neither touches what the other has changed."""
        mine, others = f"{self._touches}.", f"{other._touches}."
        return not (self.alone or other.alone or mine.startswith(others) or others.startswith(mine))

    @property
    def _touches(self) -> str:
        if self.blamed is not None:
            return self.blamed
        return "input.unknown" if self.clause == "strict.nested" else "unknown"


def sets(name: str, value: object) -> Change:
    """Return the change that gives a documented field a wrong value."""
    return lambda request, _base: with_members(request, {name: value})


def drops(name: str) -> Change:
    """Return the change that leaves a required field out."""

    def without(request: Request, _base: Base) -> Request:
        (request["input"] if name in INPUT_KEYS else request).pop(name)
        return request

    return without
