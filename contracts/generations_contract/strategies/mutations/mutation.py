"""What a mutation is: a valid request, then one change by which it breaks one clause.

Decision: `prepare` (the valid request, with whatever legal members the case needs) stands apart from `mutate`
(the break), so the oracle can be asked twice: about the bytes as sent, and with the mutation undone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeAlias

from generations_contract.api.vocabulary import INPUT_KEYS, Modality
from generations_contract.strategies.base import Base, Members, Request, encode, with_members
from generations_contract.strategies.boundaries import BOTH, MembersOf

Break: TypeAlias = Callable[[Request, Base], Request | bytes]

# Clauses of which a breach may be answered otherwise, or not at all: the document only implies them.
NOT_CERTAIN: Final = frozenset({"request.unknown-model", "request.aspect-ratio-form", "request.size-form"})


def nothing(_base: Base) -> Members:
    """Return no members: the least request is enough."""
    return {}


@dataclass(frozen=True)
class Mutation:
    """One way to break one clause.

    `breaks` may change the request it is given. `blamed` names the offending field as an error's `param`
    would (`n`, `input.prompt`), `None` where there is none. `beside` gives legal members that stand in the
    request too. `takes_size`: only for models that do. `alone`: it alters the whole text, so that no
    other mutation of the same request could be told apart.
    """

    id: str
    clause: str
    breaks: Break
    blamed: str | None = None
    modalities: frozenset[Modality] = BOTH
    takes_size: bool = False
    beside: MembersOf = nothing
    alone: bool = False

    def applies_to(self, base: Base) -> bool:
        """Whether the mutated request breaks the clause on this model."""
        if base.modality not in self.modalities or (self.takes_size and not base.takes_size):
            return False
        return self.body(base) != encode(self.prepare(base))

    def prepare(self, base: Base) -> Request:
        """Return the request before the mutation: valid."""
        return with_members(base.request(), self.beside(base))

    def mutate(self, request: Request, base: Base) -> Request | bytes:
        """Return a request (or bytes) that breaks the clause, made from a valid one, which stays as it is."""
        return self.breaks(with_members(request, {}), base)

    def body(self, base: Base) -> bytes:
        """Return the bytes to send."""
        return encode(self.mutate(self.prepare(base), base))

    @property
    def certain(self) -> bool:
        """Whether the one right answer is 400 `invalid_input`, whatever else is wrong with the request."""
        return self.clause not in NOT_CERTAIN

    def leaves_alone(self, other: "Mutation") -> bool:
        """Whether both may break one request: neither touches what the other has changed."""
        mine, others = f"{self._touches}.", f"{other._touches}."
        return not (self.alone or other.alone or mine.startswith(others) or others.startswith(mine))

    @property
    def _touches(self) -> str:
        if self.blamed is not None:
            return self.blamed
        return "input.unknown" if self.clause == "strict.nested" else "unknown"


def sets(name: str, value: object) -> Break:
    """Return the break that gives a documented field a wrong value."""
    return lambda request, _base: with_members(request, {name: value})


def drops(name: str) -> Break:
    """Return the break that leaves a required field out."""

    def without(request: Request, _base: Base) -> Request:
        (request["input"] if name in INPUT_KEYS else request).pop(name)
        return request

    return without


def blamed(name: str) -> str:
    """Return the path of a documented field as an error's `param` gives it."""
    return f"input.{name}" if name in INPUT_KEYS else name
