"""Named mutations: each makes one valid request break exactly one clause, and carries that clause's id.

`mutation` is the noun, `fields`, `keys` and `bodies` are the catalogue. A mutation never breaks what the
contract leaves open; that is asked by `open_questions`.
"""

from typing import Final

from generations_contract.strategies.mutations.bodies import BODY_MUTATIONS
from generations_contract.strategies.mutations.fields import FIELD_MUTATIONS
from generations_contract.strategies.mutations.keys import KEY_MUTATIONS
from generations_contract.strategies.mutations.mutation import Mutation

MUTATIONS: Final[tuple[Mutation, ...]] = (*FIELD_MUTATIONS, *KEY_MUTATIONS, *BODY_MUTATIONS)

__all__ = ["MUTATIONS", "Mutation"]
