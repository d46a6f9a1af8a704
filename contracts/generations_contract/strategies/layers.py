"""The random layer: requests that must be accepted, and requests that must be refused, each with its verdict.

Never here: what is written down row by row (`boundaries`, `pairwise`, `mutations`). Decision: a refused
request is a drawn valid one with one to three mutations, so every refusal is known by clause id; mutations of
the same field are never stacked, because the second would undo the first.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hypothesis import strategies as st

from generations_contract.api.schema import REQUEST, load
from generations_contract.api.vocabulary import (
    EXAMPLE_ASPECT_RATIOS,
    EXAMPLE_DURATIONS,
    EXAMPLE_RESOLUTIONS,
    EXAMPLE_SIZES,
    IMAGES_MAX,
)
from generations_contract.strategies.base import Base, Request, encode, with_members
from generations_contract.strategies.from_schema import documents
from generations_contract.strategies.mutations import MUTATIONS, Mutation
from generations_contract.strategies.texts import undisputed_prompts

SEED_MAX: Final = 2**31 - 1
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

    From the request schema, less what the contract leaves open: supported values are the document's examples,
    pictures the target's own, a prompt 1-8000 characters by code points and by UTF-16 units.
    """
    pictures = range(IMAGES_MAX + 1) if base.reference_image else (0,)
    fields: dict[str, st.SearchStrategy[Any]] = {
        "prompt": undisputed_prompts(),
        "images": st.sampled_from([[base.reference_image] * count for count in pictures]),
        "aspect_ratio": st.sampled_from(EXAMPLE_ASPECT_RATIOS),
        "size": st.sampled_from(EXAMPLE_SIZES),
        "duration": st.sampled_from(EXAMPLE_DURATIONS),
        "resolution": st.sampled_from(EXAMPLE_RESOLUTIONS),
        "seed": st.sampled_from([0, 1, SEED_MAX]) | st.integers(0, SEED_MAX),
    }
    places = {f"/properties/input/properties/{name}": strategy for name, strategy in fields.items()}
    places["/properties/model"] = st.just(base.model)
    return documents(load(REQUEST), places)


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
        request = with_members(request, mutation.beside(base))
    body: Request | bytes = request
    for mutation in kept:
        if isinstance(body, dict):
            body = mutation.mutate(body, base)
    return Refused(
        body=encode(body),
        mutations=tuple(mutation.id for mutation in kept),
        clauses=frozenset(mutation.clause for mutation in kept),
    )
