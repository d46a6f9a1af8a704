"""What creations cost, side by side: the bills of generations that were asked for alike.

No clause lives here. A bill is known where both the creation and an answer with the completed generation were seen.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from generations_contract.api.vocabulary import COMPLETED
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, recent
from generations_contract.clauses.facts.request import reading
from generations_contract.clauses.facts.resources import cost_usd
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.judging.clause import Earlier
from generations_contract.oracle.reading import PLAIN_LENGTH

# How far back bills are looked for, so that long runs stay cheap.
COMPARED: Final = 250
# How long a bill stays before it says what anything costs.
SETTLED_S: Final = 2.0
# What a price does not follow from: how long somebody waits, and what the picture shows.
_FREE_FIELDS: Final = frozenset({"prompt", "seed", "wait"})


class Bill(NamedTuple):
    """A completed generation: its creation, the first and the last answer that tell its cost, in US dollars."""

    created: Exchange
    first: Exchange
    told: Exchange
    cost_usd: float

    @property
    def settled(self) -> bool:
        """Whether it was told again and had not changed: a first sum may be an estimate."""
        return self.told.answered_at - self.first.answered_at >= SETTLED_S


def ordered(exchange: Exchange, earlier: Earlier) -> Exchange | None:
    """The creation of a generation, where it was seen and says beyond doubt what was ordered."""
    if exchange.kind == "create":
        return exchange if _bought(exchange) else None
    name = exchange.generation_id
    newest = recent(earlier, COMPARED)
    return next((each for each in newest if each.generation_id == name and _bought(each)), None)


def bills(created: Exchange, exchange: Exchange, earlier: Earlier) -> list[Bill]:
    """The bills of a creation's model, as far as both ends were seen; that of the creation itself the last.

    Where one of them changed, none says what anything costs: that it stays is `billing.stable`'s.
    """
    newest = [exchange, *recent(earlier, COMPARED)]
    origins = {each.generation_id: each for each in newest if each.model == created.model and _bought(each)}
    found: dict[str | None, Bill] = {}
    for each in reversed(newest):
        cost = price_usd(each) if each.generation_id in origins else None
        if cost is None:
            continue
        before = found.pop(each.generation_id, None)
        if before is not None and before.cost_usd != cost:
            return []
        first = before.first if before is not None else each
        found[each.generation_id] = Bill(origins[each.generation_id], first, each, cost)
    return [*found.values()]


@derived
def price_usd(exchange: Exchange) -> float | None:
    """What an answer tells that a completed generation costs."""
    return cost_usd(exchange) if exchange.state == COMPLETED else None


@derived
def _bought(exchange: Exchange) -> bool:
    prompt = (exchange.sent_input or {}).get("prompt") if exchange.kind == "create" else None
    return (
        exchange.generation_id is not None
        and exchange.account in SOUND_ACCOUNTS
        and isinstance(prompt, str)
        and len(prompt) <= PLAIN_LENGTH
        and reading(exchange).valid
    )


@derived
def order(created: Exchange) -> tuple[str, ...]:
    """What a creation orders that a price may follow from; what the model has no use for is left out."""
    ignored = reading(created).irrelevant
    given: Mapping[str, object] = {
        **{name: value for name, value in (created.sent_object or {}).items() if name != "input"},
        **{f"input.{name}": value for name, value in (created.sent_input or {}).items()},
    }
    free = {*_FREE_FIELDS, *(f"input.{name}" for name in _FREE_FIELDS), *ignored}
    return tuple(f"{name}={json.dumps(given[name])}" for name in sorted(given.keys() - free))


def one_price(known: Iterable[Bill]) -> float | None:
    """What all of some bills tell, where they are two at least and tell the same."""
    costs = [each.cost_usd for each in known]
    return costs[0] if len(costs) > 1 and len({*costs}) == 1 else None
