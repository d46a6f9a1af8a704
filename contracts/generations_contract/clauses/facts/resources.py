"""What clauses read from a resource: that there is one, what it costs.

No clause lives here. Facts never raise; what is not on the wire is `None`.
"""

import math
from typing import Any, Final

from generations_contract.exchange.exchange import Exchange

Resource = dict[str, Any]

MEDIA_FIELDS: Final = ("type", "format", "width", "height", "duration_seconds")


def stated(exchange: Exchange) -> bool:
    """Whether the answer is a resource in a documented state."""
    return exchange.state is not None


def resource_of(exchange: Exchange) -> Resource:
    """The resource; only for exchanges that have one."""
    return exchange.resource or {}


def cost_usd(exchange: Exchange) -> float | None:
    """`usage.cost_usd` where it is a finite number."""
    usage = resource_of(exchange).get("usage")
    cost = usage.get("cost_usd") if isinstance(usage, dict) else None
    if isinstance(cost, bool) or not isinstance(cost, int | float):
        return None
    return cost if isinstance(cost, int) or math.isfinite(cost) else None
