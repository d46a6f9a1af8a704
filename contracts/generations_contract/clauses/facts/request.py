"""A creation's body read against the document: what it violates, and what of it the document leaves open.

No clause lives here and no answer is looked at: a `Reading` is a fact about the request alone. What the schemas
say of a JSON object is `oracle`'s; here is what they cannot see: bytes, encodings, keys that stand twice.
"""

from typing import Final

from generations_contract.api.vocabulary import WAIT_MAX_S, WAIT_MIN_S
from generations_contract.clauses.facts.windows import json_request, twice
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived
from generations_contract.oracle.annotations import UNCLEAR
from generations_contract.oracle.reading import PLAIN_LENGTH, Reading, read_body

# Beyond this a proxy may refuse for size alone; a valid request is far smaller.
BODY_LIMIT_BYTES: Final = 1_000_000

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
        model, terms = exchange.model, exchange.terms
        read_body(sent, terms.modality(model), terms.traits_of(model), read)
    return read


def rejected_inputs(exchange: Exchange) -> bool:
    """Whether a creation has the prompt, or a picture, that the profile calls rejected, whatever the model takes."""
    terms, sent = exchange.terms, exchange.sent_input or {}
    images = sent.get("images")
    return (terms.rejected_prompt is not None and sent.get("prompt") == terms.rejected_prompt) or (
        terms.rejected_image is not None and isinstance(images, list) and terms.rejected_image in images
    )


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
