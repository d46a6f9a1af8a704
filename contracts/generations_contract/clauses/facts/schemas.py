"""What the schemas refuse of an answer, by the clause that it breaks.

No clause lives here. The answer's schema is asked as a whole, once; a condition that has a clause of its own is
that clause's, and what has none belongs to the clause of the schema.
"""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Final

from generations_contract.api.schema import ERROR, RESPONSE, Violation
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.judging.clause import Breach, Earlier, Findings
from generations_contract.oracle.annotations import Break
from generations_contract.oracle.blame import blamed

Refusals = dict[str, list[tuple[Break, Violation]]]
Check = Callable[[Exchange, Earlier], Findings]

# What is wrong in many places is told of a few.
TOLD: Final = 5


@derived
def refusals(exchange: Exchange) -> Refusals:
    """What the schema of the answer refuses; nothing where there is no JSON object to judge."""
    if exchange.ok:
        return blamed(RESPONSE, exchange.resource) if exchange.resource is not None else {}
    return blamed(ERROR, exchange.json) if exchange.problem is not None else {}


def refused_by_schema(exchange: Exchange, clause_id: str, what: str) -> Iterator[Breach]:
    """A breach for each place that the schema refuses, and that belongs to the clause."""
    for broken, violation in refusals(exchange).get(clause_id, ())[:TOLD]:
        level = broken.level if broken.level == "SHOULD" else None
        yield Breach(f"a body that fits {what}", str(violation), level=level)


def and_by_schema(clause_id: str) -> Callable[[Check], Check]:
    """Let a clause, where it finds nothing itself, judge by what the schema says of its place as well."""

    def of(check: Check) -> Check:
        @wraps(check)
        def both(exchange: Exchange, earlier: Earlier) -> Findings:
            found = list(check(exchange, earlier))
            yield from found or refused_by_schema(exchange, clause_id, RESPONSE)

        return both

    return of
