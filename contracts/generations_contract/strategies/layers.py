"""The random layer: requests that must be accepted, and requests that must be refused, each with its verdict.

Never here: what is written down row by row (`boundaries`, `pairwise`, `mutations`). Decision: a refused
request is a drawn valid one with one to three mutations, so every refusal is known by clause id; mutations of
the same field are never stacked, because the second would undo the first.
"""

import math
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from generations_contract.api.schema import REQUEST, load
from generations_contract.api.schema_files import ANNOTATION
from generations_contract.oracle.fields import FIELDS, Field
from generations_contract.oracle.reading import read_field
from generations_contract.strategies.base import (
    Base,
    Request,
    encode,
    filled,
    needs_reference,
    with_members,
)
from generations_contract.strategies.fitting import INTEGER_PLAIN_MAX, bounds
from generations_contract.strategies.from_schema import STRING_LENGTH_MAX, documents
from generations_contract.strategies.mutations import MUTATIONS, Mutation
from generations_contract.strategies.texts import undisputed
from generations_contract.strategies.values import legal, plain_value

STACKED_MAX: Final = 3


@dataclass(frozen=True)
class Refused:
    """A request that must be refused: what to send, and by which mutations it breaks which clauses."""

    body: bytes
    mutations: tuple[str, ...]
    clauses: frozenset[str]


@cache
def documented_requests(base: Base) -> st.SearchStrategy[Request]:
    """Draw requests for one model that every gateway must accept.

    From the request schema, less what the contract leaves open: where only the document's examples are certain
    to be supported, one of these; pictures are the target's own.
    """
    places = {"/properties/model": st.just(base.model)}
    for name, one in FIELDS.items():
        if name not in ("model", "input") and (strategy := _certain(one, base)) is not None:
            places["".join(f"/properties/{step}" for step in one.path)] = strategy
    return documents(load(REQUEST), places)


def _certain(one: Field, base: Base) -> st.SearchStrategy[Any] | None:
    """Values of a field that every gateway must accept; `None` where the schema alone says which these are."""
    offered = [each for each in legal(one.name).values() if base.reference_image or not needs_reference(each)]
    if not offered:  # a pattern without examples, as teams write it: what all other requests send
        return st.just(plain_value(one.name, base.modality))
    sampled = st.sampled_from([filled(each, base.reference_image) for each in offered])
    if any(each.when is None for each in one.mark.open) or any(map(needs_reference, offered)):
        return sampled
    if len(one.branches) > 1 or one.schema.keys() & {"enum", "const"}:
        return None
    kind = one.schema.get("type")
    if kind == "string" and not one.schema.keys() & {"pattern", "format"}:
        shortest = max(one.schema.get("minLength", 1), 1)
        # What is drawn first is what a failure shrinks to.
        return undisputed(shortest, one.schema.get("maxLength", shortest + STRING_LENGTH_MAX)) | sampled
    if kind == "integer":
        integers = st.integers(*_integers(one))
        return integers.filter(lambda value: _fits(one, value, base)) | sampled
    return sampled if one.mark.open else None


def _fits(one: Field, value: object, base: Base) -> bool:
    return read_field(one.name, value, base.modality, base.traits).valid


def _integers(one: Field) -> tuple[int, int]:
    """The ends between which integers of a field are clearly legal, as far as its annotation says so."""
    lowest, highest = map(_listed, bounds(one.schema))
    for each in one.schema.get(ANNOTATION, {}).get("open", ()):
        within = each["when"].get("not", {}) if isinstance(each["when"], dict) else {}
        lowest += _listed(within.get("minimum"))
        highest += _listed(within.get("maximum"))
    return (
        math.ceil(max(lowest, default=-INTEGER_PLAIN_MAX)),
        math.floor(min(highest, default=INTEGER_PLAIN_MAX)),
    )


def _listed(end: float | None) -> list[float]:
    return [] if end is None else [end]


@cache
def refused_requests(base: Base) -> st.SearchStrategy[Refused]:
    """Draw requests for one model that every gateway must refuse with 400 `invalid_input`."""
    applicable = [mutation for mutation in MUTATIONS if mutation.certain and mutation.applies_to(base)]
    # By number: a strategy over the mutations themselves would print them all in every failure.
    one = st.integers(0, len(applicable) - 1).map(applicable.__getitem__)
    chosen = st.lists(one, min_size=1, max_size=STACKED_MAX)
    return st.builds(_refused, documented_requests(base), chosen, st.just(base))


def _refused(request: Request, mutations: list[Mutation], base: Base) -> Refused:
    """Apply the first mutation, and those after it that leave alone what was changed before."""
    kept: list[Mutation] = []
    for mutation in mutations:
        if all(mutation.leaves_alone(other) for other in kept):
            kept.append(mutation)
    for mutation in kept:
        request = with_members(request, filled(dict(mutation.beside(base)), base.reference))
    body: Request | bytes = request
    for mutation in kept:
        if isinstance(body, dict):
            body = mutation.mutate(body, base)
    return Refused(
        body=encode(body),
        mutations=tuple(mutation.id for mutation in kept),
        clauses=frozenset(mutation.clause for mutation in kept),
    )
