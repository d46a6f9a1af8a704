"""Section `billing`: what a generation costs, and that it does not change its price.

The form of `usage` is `response.usage`'s. Two equal creations at once may be
one generation or two; that is recorded, and `lifecycle.unique-ids` leaves it in peace.
"""

from typing import Final

from generations_contract.api.vocabulary import COMPLETED, FAILED
from generations_contract.clauses.facts.bills import Bill, bills, order, ordered, price_usd
from generations_contract.clauses.facts.groups import creator, purchases
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, creation, recent, shown
from generations_contract.clauses.facts.resources import cost_usd
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, Observation, alone, clause

QUICK_SUCCESSION_S: Final = 5.0
COMPARED_CREATIONS: Final = 8
MODEL_LENGTH: Final = 60


@clause(
    "billing.positive",
    "SHOULD",
    says="usage.cost_usd is the billed cost in USD",
    when=lambda exchange: exchange.state == COMPLETED,
)
def positive(exchange: Exchange, earlier: Earlier) -> Findings:
    """A completed generation costs more than nothing, unless the profile calls the model asked for free."""
    created, cost = creation(earlier) or exchange, cost_usd(exchange)
    if cost is None or created.model in exchange.terms.free:
        yield MOOT
    elif cost <= 0:
        yield Breach("usage.cost_usd above 0 when completed", f"usage.cost_usd {shown(cost)}")


@clause(
    "billing.stable",
    "MUST",
    says="usage.cost_usd is the billed cost in USD",
    on=("fetch",),
    when=lambda exchange: exchange.terminal,
)
def stable(exchange: Exchange, earlier: Earlier) -> Findings:
    """The cost of a terminal generation is what it was at first sight, on POST or on GET."""
    before = earlier.first(_priced)
    cost = cost_usd(before) if before else None
    if before is None or cost is None:
        yield MOOT
    elif cost_usd(exchange) != cost:
        yield Breach(f"usage.cost_usd {shown(cost)} as before", shown(cost_usd(exchange)), (before,))


def _priced(exchange: Exchange) -> bool:
    return exchange.terminal and cost_usd(exchange) is not None


@clause(
    "billing.failed",
    "OPEN",
    says="what a failed generation costs",
    by=alone,
    when=lambda exchange: exchange.state == FAILED,
)
def failed(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Nothing, or something."""
    cost = cost_usd(exchange)
    told = "no cost" if cost is None else "costs nothing" if cost == 0 else "is billed"
    yield Observation("a failed generation", told)


@clause(
    "billing.pricing",
    "OPEN",
    says="what one asset, n assets and a second of video cost",
    by=purchases,
    when=lambda exchange: price_usd(exchange) is not None,
)
def pricing(exchange: Exchange, earlier: Earlier) -> Findings:
    """By model: one asset, several in portions of one, a second of a clip; to three digits."""
    created, cost, count = ordered(exchange, earlier), price_usd(exchange) or 0, len(exchange.media)
    if created is None or not count:
        yield MOOT
        return
    model, length_s = str(created.model)[:MODEL_LENGTH], _length_s(exchange)
    if count > 1:
        single = _single(created, bills(created, exchange, earlier))
        yield Observation(f"{count} assets of {model}", f"{cost / single:.3g} times one") if single else MOOT
    elif created.modality == "video" and length_s:
        yield Observation(f"a second of {model}", f"{cost / length_s:.3g} USD")
    else:
        yield Observation(f"one asset of {model}", f"{cost:.3g} USD")


def _length_s(exchange: Exchange) -> float | None:
    value = exchange.media[0].get("duration_seconds") if exchange.media else None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if value > 0 else None


def _single(created: Exchange, known: list[Bill]) -> float | None:
    """The last price of one asset of what is otherwise the same."""
    alike = [each for each in known if _but_for_n(each.created) == _but_for_n(created)]
    return next((each.cost_usd for each in reversed(alike) if len(each.told.media) == 1), None) or None


def _but_for_n(created: Exchange) -> list[str]:
    return [each for each in order(created) if not each.startswith("n=")]


@clause(
    "billing.deduplication",
    "OPEN",
    says="whether two identical creations in quick succession give two generations",
    on=("create",),
    by=creator,
    when=lambda exchange: (
        exchange.ok and exchange.generation_id is not None and exchange.account in SOUND_ACCOUNTS
    ),
)
def deduplication(exchange: Exchange, earlier: Earlier) -> Findings:
    """One creation after another or beside it, equal to the last byte."""
    others = (*earlier.meanwhile[-COMPARED_CREATIONS:], *recent(earlier, COMPARED_CREATIONS))
    for other in others:
        same = other.request.body == exchange.request.body and other.generation_id is not None
        if same and abs(exchange.sent_at - other.sent_at) <= QUICK_SUCCESSION_S:
            one = other.generation_id == exchange.generation_id
            yield Observation("two identical creations", "one generation" if one else "two generations")
            return
    yield MOOT
