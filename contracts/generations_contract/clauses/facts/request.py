"""A creation's body read against the document: what it violates, and what of it the document leaves open.

No clause lives here and no answer is looked at: a `Reading` is a fact about the request alone. It does not
use `schemas/`, because it must tell the clauses apart, and say "open" where a schema only knows yes and no; a
test keeps the two equal wherever nothing is open.
"""

from collections.abc import Mapping
from typing import Any, Final

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import (
    N_MAX,
    N_MIN,
    TOP_LEVEL_KEYS,
    WAIT_AUTO,
    WAIT_MAX_S,
    WAIT_MIN_S,
    Modality,
)
from generations_contract.clauses.facts.fields import (
    PLAIN_LENGTH,
    UNCLEAR,
    Reading,
    is_number,
    read_further,
    read_input,
)
from generations_contract.clauses.facts.windows import json_request, twice
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived

# Beyond this a proxy may refuse for size alone; a valid request is far smaller.
BODY_LIMIT_BYTES: Final = 1_000_000

_TOP_LEVEL = frozenset(TOP_LEVEL_KEYS)
_READ_HERE = frozenset({"model", "input", "n", "wait"})
_BYTE_ORDER_MARKS = (b"\xef\xbb\xbf", b"\xfe\xff", b"\xff\xfe", b"\x00")


@derived
def reading(exchange: Exchange) -> Reading:
    """The reading of a creation's body, by the profile's terms."""
    read, sent, body = Reading(), exchange.sent_object, exchange.request.body
    if not json_request(exchange) or len(body) > BODY_LIMIT_BYTES:
        read.leaves_open(UNCLEAR, "the request as a whole")
    elif sent is None:
        if body.startswith(_BYTE_ORDER_MARKS) or b"\x00" in body[:4]:
            read.leaves_open(UNCLEAR, "another encoding")
        else:
            read.violates("request.malformed-body", "")
    elif twice(exchange):
        read.leaves_open("request.duplicate-keys", "a key that stands twice")
    else:
        _top_level(read, sent, exchange.terms)
    return read


def _top_level(read: Reading, sent: Mapping[str, Any], terms: Terms) -> None:
    for key in sent:
        if key not in _TOP_LEVEL:
            read.violates("strict.top-level", key)
        elif key not in _READ_HERE:
            read_further(read, sent[key], key)
    model = sent.get("model")
    modality = terms.modality(model)
    if not isinstance(model, str):
        read.violates("request.model-required", "model")
    if "n" in sent:
        _n(read, sent["n"], modality)
    if "wait" in sent:
        _wait(read, sent["wait"])
    value = sent.get("input")
    if isinstance(value, dict):
        read_input(read, value, modality, sized=isinstance(model, str) and model in terms.sized)
    else:
        read.violates("request.input-required", "input")


def _n(read: Reading, value: object, modality: Modality | None) -> None:
    if modality != "image":
        read.irrelevant.append("n")
    if value is None:
        read.leaves_open("request.null-optional", "n null")
    elif is_number(value) and N_MIN <= value <= N_MAX and value == int(value):
        if isinstance(value, float):
            read.leaves_open("request.integral-float", "n as an integral float")
    elif modality == "image":
        read.violates("request.n-range", "n")
    else:
        kind = "out of range" if is_number(value) else "of another type"
        read.leaves_open("request.n-on-video" if modality else UNCLEAR, f"n {kind} on a video model")


def _wait(read: Reading, value: object) -> None:
    if value is None:
        read.leaves_open("request.null-optional", "wait null")
    elif value != WAIT_AUTO and not (is_number(value) and WAIT_MIN_S <= value <= WAIT_MAX_S):
        read.violates("request.wait-range", "wait")


def plain(exchange: Exchange, *besides: str) -> bool:
    """Whether a body holds only a model, a plain prompt, a plain `wait`, and the fields named."""
    sent, inner = exchange.sent_object or {}, exchange.sent_input or {}
    prompt, wait = inner.get("prompt"), sent.get("wait", 0)
    keys = {*sent, *(f"input.{key}" for key in inner)} - {"model", "input", "wait", "input.prompt", *besides}
    return (
        not keys
        and ("wait" in besides or (type(wait) is int and WAIT_MIN_S <= wait < WAIT_MAX_S))
        and (
            "input.prompt" in besides
            or (isinstance(prompt, str) and prompt.isascii() and len(prompt) <= PLAIN_LENGTH)
        )
    )
