"""Who judges: the noun `Clause`, the judge that asks all of them, the ledger of verdicts. No clause stands here.

`@clause(id, level, says=..., when=...)` registers a generator `(exchange, earlier)` of `Findings` as a `Clause` in
`CLAUSES`; it yields a `Breach` (expected, actual), an `Observation` where the document is silent, or `MOOT` where there
is nothing to compare with. `Earlier` is what was answered before, in one group: `generation` (the default), `everyone`,
or `alone` for nothing. A `Judge` asks all clauses about one exchange after the other, and answers with a `Judgement`.
The section of a clause is what stands before the dot of its id; any word of small letters will do.
"""

from generations_contract.judging.clause import (
    CLAUSES,
    MOOT,
    Breach,
    Clause,
    Earlier,
    Findings,
    Judgement,
    Observation,
    alone,
    clause,
    everyone,
    generation,
)
from generations_contract.judging.judge import Judge

__all__ = [
    "CLAUSES",
    "MOOT",
    "Breach",
    "Clause",
    "Earlier",
    "Findings",
    "Judge",
    "Judgement",
    "Observation",
    "alone",
    "clause",
    "everyone",
    "generation",
]
