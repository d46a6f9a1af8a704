"""Where a generation's end was first seen.

No clause lives here, nor what an end is made of: that is section `lifecycle`'s.
"""

from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Earlier


def is_terminal(exchange: Exchange) -> bool:
    """Whether the answer shows a terminal state."""
    return exchange.terminal


def first_terminal(earlier: Earlier) -> Exchange | None:
    """The first sight of the generation's terminal state."""
    return earlier.first(is_terminal)
