"""Requests with known verdicts: rows at every limit, pairs, named mutations, open questions, random layers.

No network and no gateway here. A positive comes from the request schema or from the document's limits, a
negative from a named mutation, and both know their clause; start with `boundaries` and `mutations`.
"""

from generations_contract.strategies.base import EXAMPLE_BASES, Base, encode
from generations_contract.strategies.boundaries import BOUNDARIES, Row
from generations_contract.strategies.layers import Refused, documented_requests, refused_requests
from generations_contract.strategies.mutations import MUTATIONS, Mutation
from generations_contract.strategies.open_questions import OPEN_QUESTIONS, Question
from generations_contract.strategies.pairwise import PAIRWISE
from generations_contract.strategies.texts import prompts, undisputed_prompts

__all__ = [
    "BOUNDARIES",
    "EXAMPLE_BASES",
    "MUTATIONS",
    "OPEN_QUESTIONS",
    "PAIRWISE",
    "Base",
    "Mutation",
    "Question",
    "Refused",
    "Row",
    "documented_requests",
    "encode",
    "prompts",
    "refused_requests",
    "undisputed_prompts",
]
