"""Section `lifecycle`, the end: what was terminal once stays so, and reads the same to whoever asks again.

The way to the end is in `states`. What is equal as it stands needs no closer
look; only where something differs is it asked whether the difference means anything.
"""

from collections.abc import Iterator
from typing import Any

from generations_contract.clauses.facts.assets import address, addresses
from generations_contract.clauses.facts.endings import first_terminal
from generations_contract.clauses.facts.history import shown
from generations_contract.clauses.facts.resources import MEDIA_FIELDS, cost_usd, resource_of, stated
from generations_contract.clauses.facts.windows import same_moment
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause


@clause("lifecycle.terminal-final", "MUST", says="the final state", on=("fetch",), when=stated)
def terminal_final(exchange: Exchange, earlier: Earlier) -> Findings:
    """Status, `completed_at`, the assets, the cost and the error's code stay as they were first seen."""
    before = first_terminal(earlier)
    if before is None:
        yield MOOT
        return
    if _final(before) != _final(exchange):
        for expected, actual in _changes(before, exchange):
            yield Breach(expected, actual, (before,))


@derived
def _final(exchange: Exchange) -> tuple[object, ...]:
    """What an end is made of, as it stands; what is equal here needs no closer look."""
    ended = resource_of(exchange).get("completed_at")
    return exchange.state, ended, addresses(exchange), cost_usd(exchange), exchange.code


def _changes(before: Exchange, now: Exchange) -> Iterator[tuple[str, str]]:
    if before.state != now.state:
        yield f"status {before.state}", f"status {now.state}"
        return
    ended, ends = (resource_of(each).get("completed_at") for each in (before, now))
    if not same_moment(ended, ends):
        yield f"completed_at {shown(ended)}", shown(ends)
    if addresses(before) != addresses(now):
        yield f"the assets {shown(', '.join(addresses(before)))}", shown(", ".join(addresses(now)))
    if cost_usd(before) != cost_usd(now):
        yield f"usage.cost_usd {shown(cost_usd(before))}", shown(cost_usd(now))
    if before.code != now.code:
        yield f"error.code {shown(before.code)}", shown(now.code)


@clause(
    "lifecycle.repeatable-read",
    "SHOULD",
    says="terminal responses are safe to cache",
    on=("fetch",),
    when=lambda exchange: exchange.terminal,
)
def repeatable_read(exchange: Exchange, earlier: Earlier) -> Findings:
    """Documented fields alike on two GETs; moments by their time, URLs by what they address."""
    before = earlier.last(lambda each: each.kind == "fetch" and each.terminal)
    if before is None or before.state != exchange.state:
        yield MOOT
        return
    if _told_of_end(before) == _told_of_end(exchange):
        return
    for name, first, second in _pairs(before, exchange):
        if first != second:
            yield Breach(f"as before: {name} {shown(first)}", shown(second), (before,))


@derived
def _told_of_end(exchange: Exchange) -> list[object]:
    """The documented fields as they stand, URLs by what they address; what is equal needs no closer look."""
    resource = resource_of(exchange)
    moments = [resource.get(name) for name in ("created_at", "completed_at")]
    return [*moments, *(value for _, value, _ in _pairs(exchange, exchange))]


def _scalar(value: object) -> object:
    return type(value).__name__ if isinstance(value, dict | list) else value


def _pairs(before: Exchange, now: Exchange) -> Iterator[tuple[str, object, object]]:
    first, second = resource_of(before), resource_of(now)
    for name in ("id", "object", "model"):
        yield name, _scalar(first.get(name)), _scalar(second.get(name))
    for name in ("created_at", "completed_at"):
        if not same_moment(first.get(name), second.get(name)):
            yield name, shown(first.get(name)), f"another moment, {shown(second.get(name))}"
    yield "usage.cost_usd", cost_usd(before), cost_usd(now)
    for name in ("code", "message"):
        yield f"error.{name}", _member(first, "error", name), _member(second, "error", name)
    yield "the number of entries", len(before.media), len(now.media)
    for index, (one, other) in enumerate(zip(before.media, now.media, strict=False)):
        yield f"media[{index}].url", address(one, before), address(other, now)
        for name in MEDIA_FIELDS:
            yield f"media[{index}].{name}", _scalar(one.get(name)), _scalar(other.get(name))


def _member(resource: dict[str, Any], parent: str, name: str) -> object:
    value = resource.get(parent)
    return _scalar(value.get(name)) if isinstance(value, dict) else None
