"""What a creation did to the account: whether it can have made a generation, and what its bill says.

Facts about one exchange only; limits and reservations are `budget`'s. Shared by the contract suite's spending
and by load, so that both give a reservation back for the same reasons.
"""

from typing import Final

from generations_contract.exchange.exchange import Exchange

# A generation that claims to cost more has no credible cost.
MOST_USD: Final = 1e6
# Answers to a creation after which a generation may have been made, though none is named: a provider failed, or
# somebody on the way gave up waiting (408, and whatever proxies make of it beyond the 500s that are registered).
_PERHAPS_MADE: Final = frozenset({408, 422, *range(500, 600)} - {501, 503})
# Failures of requests that never reached the gateway.
_NEVER_OUT: Final = frozenset({"refused", "dns", "tls", "unsafe", "unsent"})


def nothing_made(created: Exchange) -> bool:
    """Whether a creation certainly made no generation: it never got out, or was refused for good reason."""
    if created.failure is not None:
        return created.failure.kind in _NEVER_OUT
    return not created.ok and created.status not in _PERHAPS_MADE


def billed_usd(exchange: Exchange) -> float | None:
    """What the answer says that its generation cost: a finite amount that is not below 0, else `None`.

    Anything else must not reach a sum of money: a negative cost would buy more generations.
    """
    usage = (exchange.resource or {}).get("usage")
    cost = usage.get("cost_usd") if isinstance(usage, dict) else None
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost <= MOST_USD:
        return None
    return float(cost)
