"""Section `request`, what the document leaves open: recorded as observed behaviour, never judged.

No MUST and no SHOULD lives here. A request is observed only where it is
otherwise allowed and open in exactly one respect, so that the answer can be laid to that.
"""

from typing import Final
from urllib.parse import parse_qsl

from generations_contract.clauses.facts.history import behaviour
from generations_contract.clauses.facts.request import reading
from generations_contract.clauses.facts.validity import answered_caller, refused
from generations_contract.clauses.facts.windows import json_request
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.parsing import MALFORMED, media_type
from generations_contract.judging.clause import Earlier, Findings, Observation, alone, clause

QUESTIONS: Final = {
    "request.characters": "whether 8000 counts code points, UTF-16 units or bytes",
    "request.null-optional": "whether null for an optional field is accepted",
    "request.integral-float": "whether n: 1.0 is accepted",
    "request.duplicate-keys": "what duplicate JSON keys do",
    "request.n-on-video": "whether an out-of-range n is refused on a video model",
    "request.unsupported-value": "what a well-formed value outside the model's set does",
    "request.image-urls": "whether entries of images that are not URLs are refused",
}


def settled(exchange: Exchange) -> bool:
    """Whether the answer takes the request or refuses it for what it says."""
    return answered_caller(exchange) and (exchange.ok or refused(exchange))


def _observe(clause_id: str, says: str) -> None:
    def applies(exchange: Exchange) -> bool:
        read = reading(exchange) if settled(exchange) else None
        return (
            read is not None
            and not read.violations
            and len(read.opens.get(clause_id, ())) == len(read.opens) == 1
        )

    @clause(clause_id, "OPEN", says=says, on=("create",), by=alone, when=applies)
    def observe(exchange: Exchange, _earlier: Earlier) -> Findings:
        yield Observation(reading(exchange).opens[clause_id][0], behaviour(exchange))


for _clause_id, _says in QUESTIONS.items():
    _observe(_clause_id, _says)


@clause(
    "request.content-type",
    "OPEN",
    says="what a JSON body under another content type does",
    on=("create",),
    by=alone,
    when=lambda exchange: (
        settled(exchange)
        and exchange.sent is not MALFORMED
        and not exchange.request.query
        and not json_request(exchange)
    ),
)
def content_type(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Only the type is told, not its parameters."""
    kind = media_type(exchange.request.headers.get("content-type"))
    yield Observation(f"a JSON body as {kind[:60] or 'no content type'}", behaviour(exchange))


def _unknown_parameter(exchange: Exchange) -> bool:
    query = exchange.request.query
    if not query or (query.startswith("wait=") and "&" not in query):
        return False
    return any(name != "wait" for name, _ in parse_qsl(query, keep_blank_values=True))


@clause(
    "request.unknown-query",
    "OPEN",
    says="what an unknown query parameter on GET does",
    on=("fetch",),
    by=alone,
    when=lambda exchange: settled(exchange) and _unknown_parameter(exchange),
)
def unknown_query(exchange: Exchange, _earlier: Earlier) -> Findings:
    """One subject for whatever parameter it is."""
    yield Observation("an unknown query parameter on GET", behaviour(exchange))
