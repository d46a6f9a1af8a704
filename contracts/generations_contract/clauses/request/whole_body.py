"""Section `request`, the request as a whole: what is clearly allowed, which model and bytes, who is blamed.

No single field is judged here. A request whose only peculiarity is a field
that the model ignores belongs to `request.irrelevant-ignored` alone; every other one that is allowed belongs
to `request.documented-accepted`.
"""

from generations_contract.clauses.facts.groups import creator
from generations_contract.clauses.facts.history import elsewhere, outcome, unreadable
from generations_contract.clauses.facts.request import plain, reading
from generations_contract.clauses.facts.validity import (
    accepted,
    allowed,
    answered_caller,
    breaking,
    names,
    rejected,
)
from generations_contract.clauses.facts.windows import json_request
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, alone, clause


def _only_irrelevant(exchange: Exchange) -> bool:
    irrelevant = reading(exchange).irrelevant
    return bool(irrelevant) and plain(exchange, *irrelevant)


@clause(
    "request.documented-accepted",
    "MUST",
    says="every request that the document allows is accepted",
    on=("create",),
    by=creator,
    when=lambda exchange: allowed(exchange) and not _only_irrelevant(exchange),
)
def documented_accepted(exchange: Exchange, earlier: Earlier) -> Findings:
    """Any combination of fields by the document's own example values, any text as prompt."""
    return accepted(exchange, earlier, "the document allows it")


@clause(
    "request.irrelevant-ignored",
    "MUST",
    says="n is ignored for video models; image models ignore duration and resolution; models that don't "
    "accept size ignore it",
    on=("create",),
    by=creator,
    when=lambda exchange: allowed(exchange) and _only_irrelevant(exchange),
)
def irrelevant_ignored(exchange: Exchange, earlier: Earlier) -> Findings:
    """Judged where nothing else of the request can be the reason; `documented-accepted` has the rest."""
    ignored = reading(exchange).irrelevant
    return accepted(exchange, earlier, f"{', '.join(ignored)} is ignored", *ignored)


def _known(exchange: Exchange) -> set[str | None]:
    """The models of which the profile tells that they are listed."""
    terms = exchange.terms
    return {*terms.modalities, terms.restricted, terms.failing, terms.timing_out} - {None}


def _unlisted(exchange: Exchange) -> bool:
    """Whether the model is certainly no listed one: the script says so, or it only looks like a known one."""
    model, known = exchange.model, _known(exchange)
    if model is None or model in known:
        return False
    look = model.strip().casefold()
    return exchange.intent == "unknown-model" or not look or look in {str(each).casefold() for each in known}


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
