"""Requests with known verdicts: rows at every limit, pairs, named mutations, open questions, random layers.

No network and no gateway here. All of it comes from the request schema: values are proposed by keyword, and kept
by the oracle (`values`); so positives and negatives know their clause. Start with `values` and `boundaries`.

All of it starts from a `Base`: a model, its modality and a prompt; `EXAMPLE_BASES` has one of each modality of the
document. Random: `documented_requests(base)` draws what every gateway must accept, `refused_requests(base)` draws a
`Refused` with 1-3 mutations, `violations(base)` one that breaks exactly one keyword of the schema; `prompts()` and
`undisputed_prompts()` draw texts of 1-8000 characters. Written down: a `Row` of `BOUNDARIES` or `PAIRWISE` must be
accepted, a `Mutation` of `MUTATIONS` breaks the clause that it names, a `Question` of `OPEN_QUESTIONS` is left open.
`encode` gives the bytes to send.
"""

from generations_contract.strategies.base import EXAMPLE_BASES, Base, encode
from generations_contract.strategies.boundaries import BOUNDARIES, Row
from generations_contract.strategies.layers import Refused, documented_requests, refused_requests
from generations_contract.strategies.mutations import MUTATIONS, Mutation
from generations_contract.strategies.open_questions import OPEN_QUESTIONS, Question
from generations_contract.strategies.pairwise import PAIRWISE
from generations_contract.strategies.texts import prompts, undisputed_prompts
from generations_contract.strategies.violations import violations

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
    "violations",
]
