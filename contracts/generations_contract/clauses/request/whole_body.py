"""Section `request`, the request as a whole: what is clearly allowed, which model and bytes, who is blamed.

No single field is judged here. A request whose only peculiarity is a field
that the model ignores belongs to `request.irrelevant-ignored` alone; every other one that is allowed belongs
to `request.documented-accepted`.
"""

import re
from collections.abc import Callable
from typing import Final

from generations_contract.api.vocabulary import WAIT_MAX_S, WAIT_MIN_S
from generations_contract.clauses.facts.bills import Bill, bills, one_price, order, ordered, price_usd
from generations_contract.clauses.facts.groups import creator, creator_or_reader, purchases
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, elsewhere, outcome, unreadable
from generations_contract.clauses.facts.request import plain, reading
from generations_contract.clauses.facts.validity import (
    accepted,
    allowed,
    answered_caller,
    breaking,
    names,
    rejected,
)
from generations_contract.clauses.facts.windows import PLAIN_WAIT, json_request, wait_text
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.parsing import json_document
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, alone, clause

# With a point, an exponent, or both; no digits that no number of seconds has.
ODD_NUMBER: Final = re.compile(r"-?[0-9]{1,4}(\.[0-9]{1,9})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
# A bill that is higher by less may be a rounding.
DEARER: Final = 1.1


def _only_irrelevant(exchange: Exchange) -> bool:
    irrelevant = reading(exchange).irrelevant
    return bool(irrelevant) and plain(exchange, *irrelevant)


@clause(
    "request.documented-accepted",
    "MUST",
    says="every request that the document allows is accepted",
    by=creator_or_reader,
    when=lambda exchange: (
        _spelt_oddly(exchange)
        if exchange.kind == "fetch"
        else allowed(exchange) and not _only_irrelevant(exchange)
    ),
)
def documented_accepted(exchange: Exchange, earlier: Earlier) -> Findings:
    """Any combination of fields by the document's own example values, any text as prompt; any spelling of `wait`.

    Of GET's `wait` only spellings that are not everybody's are judged here: others are `lifecycle.resumable`'s.
    """
    if exchange.kind == "create":
        yield from accepted(exchange, earlier, "the document allows it")
    elif exchange.ok:
        return
    elif not exchange.refused_with("invalid_input", 400) or earlier.last(_read_by(exchange)) is None:
        yield MOOT
    else:
        yield Breach(f"a fetch with wait={wait_text(exchange)}: the same number in JSON", outcome(exchange))


def _read_by(exchange: Exchange) -> Callable[[Exchange], bool]:
    """Whether an earlier GET shows that this account can read the generation."""
    return lambda each: each.kind == "fetch" and each.ok and each.account == exchange.account


def _spelt_oddly(exchange: Exchange) -> bool:
    """Whether all that is odd about a fetch is how its `wait` is written: a JSON number within the range."""
    text = wait_text(exchange)
    if exchange.kind != "fetch" or not isinstance(text, str) or PLAIN_WAIT.fullmatch(text):
        return False
    value = json_document(text.encode("utf-8", "replace"))
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return (
        number
        and ODD_NUMBER.fullmatch(text) is not None
        and WAIT_MIN_S <= value <= WAIT_MAX_S
        and "&" not in exchange.request.query
        and answered_caller(exchange)
        and exchange.account in SOUND_ACCOUNTS
        and exchange.intent != "unknown-id"
    )


@clause(
    "request.irrelevant-ignored",
    "MUST",
    says="n is ignored for video models; image models ignore duration and resolution; models that don't "
    "accept size ignore it",
    by=purchases,
    when=lambda exchange: (
        (exchange.kind == "create" and allowed(exchange) and _only_irrelevant(exchange))
        or price_usd(exchange) is not None
    ),
)
def irrelevant_ignored(exchange: Exchange, earlier: Earlier) -> Findings:
    """Judged where nothing else of the request can be the reason; `documented-accepted` has the rest.

    Nor is it paid for (SHOULD): held against requests without it, where these cost alike.
    """
    dearer = _paid_for(exchange, earlier) if price_usd(exchange) is not None else []
    yield from dearer
    if exchange.kind == "create" and allowed(exchange) and _only_irrelevant(exchange):
        ignored = reading(exchange).irrelevant
        yield from accepted(exchange, earlier, f"{', '.join(ignored)} is ignored", *ignored)
    elif not dearer:
        yield MOOT


def _paid_for(exchange: Exchange, earlier: Earlier) -> list[Breach]:
    """What the answer tells of a bill that follows from a field for which the model has no use."""
    created, cost = ordered(exchange, earlier), price_usd(exchange) or 0
    ignored = reading(created).irrelevant if created else []
    if created is None or not ignored:
        return []
    bare: dict[tuple[str, ...], list[Bill]] = {}
    known = bills(created, exchange, earlier)
    if not any(each.created is created and each.settled for each in known):
        return []
    for each in known:
        if not reading(each.created).irrelevant:
            bare.setdefault(order(each.created), []).append(each)
    alike = bare.get(order(created), [])
    price = one_price(alike)
    # Where prices vary among equal requests they say nothing.
    if price is None or price < 0 or any(len({one.cost_usd for one in those}) > 1 for those in bare.values()):
        return []
    if cost <= price * DEARER:
        return []
    expected = f"the price without {', '.join(ignored)}, {price} USD"
    told = tuple(each.told for each in alike[-2:])
    return [Breach(expected, f"{cost} USD", told, level="SHOULD")]


def _known(exchange: Exchange) -> set[str]:
    """The models of which the profile tells that they are listed."""
    return {*exchange.terms.modalities, *exchange.terms.named}


def _unlisted(exchange: Exchange) -> bool:
    """Whether the model is certainly no listed one: the script says so, or it only looks like a known one."""
    model, known = exchange.model, _known(exchange)
    if model is None or model in known:
        return False
    look = model.strip().casefold()
    return exchange.intent == "unknown-model" or not look or look in {each.casefold() for each in known}


@clause(
    "request.unknown-model",
    "SHOULD",
    says="use the model ID exactly as listed",
    on=("create",),
    by=alone,
    when=lambda exchange: answered_caller(exchange) and json_request(exchange) and _unlisted(exchange),
)
def unknown_model(exchange: Exchange, _earlier: Earlier) -> Findings:
    """A made-up id (by the script's intent), another case, space around: 400, 403 or 404 with its code."""
    if any(
        exchange.refused_with(code, status)
        for code, status in (("invalid_input", 400), ("model_unavailable", 403), ("not_found", 404))
    ):
        return
    if elsewhere(exchange) or any(unreadable(exchange, status) for status in (400, 403, 404)):
        yield MOOT
    else:
        yield Breach(
            "400 invalid_input, 403 model_unavailable or 404 not_found: no such model", outcome(exchange)
        )


@clause(
    "request.malformed-body",
    "MUST",
    says="POST accepts a strict JSON body",
    on=("create",),
    by=creator,
    when=breaking("request.malformed-body"),
)
def malformed_body(exchange: Exchange, earlier: Earlier) -> Findings:
    """Anything but one JSON object: empty, cut off, text after it, an array, NaN, invalid UTF-8."""
    return rejected(exchange, earlier, "request.malformed-body", "the body is one JSON object")


@clause(
    "request.blame",
    "SHOULD",
    says='where the error has "param", it names the offending field',
    on=("create",),
    by=alone,
    when=lambda exchange: (
        exchange.status == 400
        and isinstance((exchange.problem or {}).get("param"), str)
        and bool(reading(exchange).violations)
        and "request.malformed-body" not in reading(exchange).violations
    ),
)
def blame(exchange: Exchange, _earlier: Earlier) -> Findings:
    """In any notation ("n", "input.seed", "/input/seed"); an enclosing object is near enough.

    A model that the profile does not know may be at fault too, whatever else is, and so may pictures that nobody
    can fetch. What cannot be printed is cleaned before it is repeated, and then hard to recognise.
    """
    param, offending = str((exchange.problem or {})["param"]), reading(exchange).offending
    if not all(map(str.isprintable, offending)):
        yield MOOT
        return
    suspects = [
        *offending,
        *([] if exchange.model in _known(exchange) else ["model"]),
        *(["input.images"] if (exchange.sent_input or {}).get("images") else []),
    ]
    if not any(names(param, where) for where in suspects):
        yield Breach(f"param names one of: {', '.join(offending)}"[:200], f"param {param[:80]!r}")
