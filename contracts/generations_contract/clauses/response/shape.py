"""Section `response`, the resource itself: one shape for both endpoints, and what each state holds.

Media entries live in `media_fields`. `response.schema` judges names and
types; what depends on the state belongs to the clause of the field, so that one fault breaks one clause.
"""

import math
from datetime import UTC, datetime
from typing import Final

from generations_contract.api.schema import RESPONSE
from generations_contract.api.vocabulary import FAILED, STATUS_OF_CODE
from generations_contract.clauses.facts.history import creation_of, outcome, shown
from generations_contract.clauses.facts.resources import cost_usd, resource_of, stated
from generations_contract.clauses.facts.schemas import and_by_schema, refused_by_schema
from generations_contract.clauses.facts.windows import grain, moment, pending, twice
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.exchange.parsing import is_json_type
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, alone, clause

FUTURE_TOLERANCE_S: Final = 60.0
PAST_TOLERANCE_S: Final = 300.0
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@clause(
    "response.schema",
    "MUST",
    says="both endpoints return the same GenerationResponse shape",
    by=alone,
    when=lambda exchange: exchange.ok,
)
def shape(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The whole schema; what it says by state, of timestamps and of URLs has clauses of its own."""
    if exchange.resource is None:
        yield Breach("a generation as JSON object", f"{outcome(exchange)}, no JSON object")
    elif "error" in exchange.resource and not {"id", "status"} & exchange.resource.keys():
        yield MOOT  # the envelope in place of the resource: `errors.envelope`
    else:
        yield from refused_by_schema(exchange, "response.schema", RESPONSE)


@clause(
    "response.model-echo",
    "MUST",
    says="model echoes the model from the request",
    when=lambda exchange: exchange.resource is not None and not twice(exchange),
)
def model_echo(exchange: Exchange, earlier: Earlier) -> Findings:
    """Byte for byte, on POST and on every GET. A model with a lone surrogate has no bytes to repeat."""
    created = creation_of(exchange, earlier)
    asked, told = created.model if created else None, resource_of(exchange).get("model")
    # A resource without one is `response.schema`'s.
    if asked is None or told is None or any("\ud800" <= character <= "\udfff" for character in asked):
        yield MOOT
    elif told != asked:
        yield Breach(f"model {shown(asked)}", f"model {shown(told)}")


@clause(
    "response.completed-at",
    "MUST",
    says="completed_at is set once the generation reaches a terminal state",
    by=alone,
    when=stated,
)
@and_by_schema("response.completed-at")
def completed_at(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Null or absent until then; not before `created_at`, as far as their precision tells."""
    resource = resource_of(exchange)
    value = resource.get("completed_at")
    if pending(exchange):
        if value is not None:
            yield Breach(f"completed_at null while {exchange.state}", shown(value))
        return
    if value is None:
        yield Breach(f"completed_at set when {exchange.state}", "null or absent")
        return
    begun, ended = moment(resource.get("created_at")), moment(value)
    if begun and ended and begun[1] == ended[1] and begun[0] - ended[0] > grain(begun[0], ended[0]):
        yield Breach(f"not before created_at {shown(resource['created_at'])}", f"completed_at {shown(value)}")


@clause("response.usage", "MUST", says="usage is present on terminal states", by=alone, when=stated)
@and_by_schema("response.usage")
def usage(exchange: Exchange, _earlier: Earlier) -> Findings:
    """`cost_usd` a finite number of at least 0 once terminal; nothing before (SHOULD)."""
    value = resource_of(exchange).get("usage")
    if pending(exchange):
        if value is not None:
            yield Breach(f"usage null while {exchange.state}", shown(value), level="SHOULD")
        return
    cost = cost_usd(exchange)
    if cost is None or cost < 0:
        told = value.get("cost_usd") if isinstance(value, dict) else value
        yield Breach(f"usage.cost_usd a number >= 0 when {exchange.state}", shown(told))


@clause(
    "response.timestamps",
    "MUST",
    says="created_at: ISO-8601 timestamp",
    when=lambda exchange: exchange.resource is not None and "created_at" in exchange.resource,
)
def timestamps(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both timestamps are ISO-8601 date-times; with an offset, and about when it was (SHOULD).

    `created_at` is when the creation was sent; `completed_at` is not before the last sight of it unfinished. Only
    what neither the target's `Date` nor this client's clock allows is held against it.
    """
    malformed, moments = _timestamps(exchange)
    yield from malformed
    created, unfinished = creation_of(exchange, earlier), earlier.last(pending)
    for name, unix_s in moments:
        value = shown(resource_of(exchange)[name])
        if all(unix_s > now + FUTURE_TOLERANCE_S for now in _clocks(exchange)):
            yield Breach(f"{name} not in the future beyond a minute", value, level="SHOULD")
        since = created if name == "created_at" else unfinished
        if since is not None and all(
            unix_s < now - since.elapsed_s - PAST_TOLERANCE_S for now in _clocks(since)
        ):
            when = "the creation was sent" if name == "created_at" else f"it was seen {since.state}"
            yield Breach(f"{name} not five minutes and more before {when}", value, level="SHOULD")


def _clocks(exchange: Exchange) -> tuple[float, ...]:
    """The moment of an answer (Unix seconds) by the target's clock and by this client's."""
    return tuple(now for now in (exchange.server_unix, exchange.answered_unix) if now > 0) or (math.nan,)


@derived
def _timestamps(exchange: Exchange) -> tuple[list[Breach], list[tuple[str, float]]]:
    """What is wrong with the timestamps by themselves, and the moments (Unix seconds) of the others."""
    malformed, moments = [], []
    for name in ("created_at", "completed_at"):
        value = resource_of(exchange).get(name)
        read = moment(value)
        if read is not None and read[1]:
            moments.append((name, (read[0] - _EPOCH).total_seconds()))
        elif read is not None:
            malformed.append(Breach(f'{name} with an offset or "Z"', shown(value), level="SHOULD"))
        elif value is not None:
            malformed.append(Breach(f"{name} an ISO-8601 date-time", shown(value)))
    return malformed, moments


@clause(
    "response.error",
    "MUST",
    says="error is present on status failed: {code, message}",
    by=alone,
    when=stated,
)
@and_by_schema("response.error")
def error(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Exactly when failed; a documented code, a message that is not empty."""
    value = resource_of(exchange).get("error")
    if exchange.state != FAILED:
        if value is not None:
            yield Breach(f"error null while {exchange.state}", shown(value))
    elif not isinstance(value, dict):
        yield Breach("error {code, message} when failed", shown(value))
    else:
        code, message = value.get("code"), value.get("message")
        if not isinstance(code, str) or code not in STATUS_OF_CODE:
            yield Breach("error.code in the documented set", shown(code))
        if not isinstance(message, str) or not message.strip():
            yield Breach("error.message a text", shown(message))


@clause(
    "response.json",
    "MUST",
    says="both operations answer with JSON",
    by=alone,
    when=lambda exchange: exchange.ok or (exchange.status is not None and exchange.status >= 400),
)
def json_type(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The content type of every answer, errors too; parameters are free."""
    content_type = exchange.header("content-type")
    if not is_json_type(content_type):
        yield Breach("Content-Type application/json", f"Content-Type {shown(content_type)}")
