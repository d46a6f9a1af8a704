"""Clauses about single requests of a client: what it asks, how it shows the key, and to whom."""

import re
from typing import Final
from urllib.parse import parse_qsl

from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.clauses.facts.clients import FINAL_REFUSALS, ONE_ATTEMPT_S, asked, told
from generations_contract.clauses.facts.request import reading
from generations_contract.exchange.credentials import BEARER, INVALID_KEYS, KEY_IN_URL
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, alone, clause, everyone

# How a recorded request shows that a key stood there.
_KEY: Final = re.compile(r"\$[A-Z0-9_]*KEY\b")
_READING: Final = frozenset({"OPTIONS", "HEAD"})
# A person may have changed something outside the recording meanwhile.
_BY_ITSELF_S: Final = 5.0


def _about_generations(exchange: Exchange) -> bool:
    path = exchange.request.path.rstrip("/")
    return path == GENERATIONS_PATH or path.startswith(f"{GENERATIONS_PATH}/")


def _documented(exchange: Exchange) -> bool:
    return exchange.kind in ("create", "fetch") or (
        exchange.kind == "other"
        and exchange.ended is None
        and _about_generations(exchange)
        and exchange.request.method not in _READING
    )


@clause(
    "client.request-valid",
    "MUST",
    says="POST /v1/generations accepts a strict JSON body. Unknown keys are rejected with invalid_input.",
    on=("create", "fetch", "other"),
    by=everyone,
    when=lambda exchange: _documented(exchange) or exchange.ended is not None,
)
def request_valid(exchange: Exchange, earlier: Earlier) -> Findings:
    """By the schema, `wait` in range, no unknown query; and who was told 400 does not end as if all were well."""
    if exchange.ended is not None:
        yield from _swallowed(exchange, earlier)
        return
    for complaint in _complaints(exchange):
        yield Breach("a request that the document allows", f"{asked(exchange)}: {complaint}")


def _complaints(exchange: Exchange) -> list[str]:
    if exchange.kind == "other":
        return ["no operation of this API"]
    names = [name for name, _ in parse_qsl(exchange.request.query, keep_blank_values=True)]
    unknown = [name for name in names if exchange.kind == "create" or name != "wait"]
    found = [f"unknown query parameter {name[:60]!r}" for name in unknown]
    if exchange.kind == "fetch":
        return found + (
            ["`wait` is no number of seconds from 0 to 60"] if exchange.asked_window_s is None else []
        )
    return found + [
        f"{', '.join(fields) or 'the body'} breaks {clause_id}"
        for clause_id, fields in reading(exchange).violations.items()
    ]


def _swallowed(exchange: Exchange, earlier: Earlier) -> Findings:
    refused = earlier.last(lambda each: each.kind == "create" and each.status == 400)
    if refused is None or exchange.ended is None or exchange.ended.code is None:
        yield MOOT
    elif exchange.ended.code == 0:
        yield Breach("an exit code other than 0 after 400", f"{told(refused)}, then exit code 0", (refused,))


@clause(
    "client.authorization",
    "MUST",
    says='headers={"Authorization": "Bearer YOUR_API_KEY"}',
    by=alone,
    when=lambda exchange: exchange.kind in ("create", "fetch"),
)
def authorization(exchange: Exchange, _earlier: Earlier) -> Findings:
    """POST and GET alike; whether the key is a good one is not the question."""
    # Of a recording only what is seen is known: a bearer that was refused is one.
    told = exchange.terms.watched or exchange.credential not in INVALID_KEYS
    if exchange.credential != BEARER and told:
        yield Breach("Authorization: Bearer KEY", f"{asked(exchange)} with {exchange.credential} key")


@clause(
    "client.key-stays-home",
    "MUST",
    says="Signed URL. Download or copy the asset before the URL expires",
    on=("create", "fetch", "download", "other"),
    when=lambda exchange: exchange.ended is None,
)
def key_stays_home(exchange: Exchange, earlier: Earlier) -> Findings:
    """A signed URL needs no key, and its host is somebody else; and a URL is written to logs."""
    if exchange.intent == KEY_IN_URL or _KEY.search(exchange.request.url):
        yield Breach(
            "the key in the Authorization header only", f"the key in the URL of {exchange.request.method}"
        )
    if exchange.kind != "download":
        return
    home = earlier.last(lambda each: each.kind in ("create", "fetch"))
    shown = [name for name, value in exchange.request.headers if _KEY.search(value)]
    place = _origin(exchange)
    if shown and home is not None and place != _origin(home):
        yield Breach("a download without the key", f"the key in {', '.join(shown)} was sent to {place}")


def _origin(exchange: Exchange) -> str:
    return exchange.request.url.partition("://")[2].partition("/")[0].lower()


@clause(
    "client.retries-only-retryable",
    "MUST",
    says="Stable error codes. Branch on error.code",
    on=("create", "fetch", "other"),
    by=everyone,
    when=lambda exchange: exchange.kind in ("create", "fetch") or exchange.ended is not None,
)
def retries_only_retryable(exchange: Exchange, earlier: Earlier) -> Findings:
    """What was refused for what it is, is refused again."""
    if exchange.ended is not None:  # whoever was refused, and did not repeat it, kept to it
        if (
            earlier.last(lambda each: each.kind in ("create", "fetch") and each.status in FINAL_REFUSALS)
            is None
        ):
            yield MOOT
        return
    before = earlier.last(lambda each: _same(each, exchange))
    if before is None or before.status not in FINAL_REFUSALS:
        yield MOOT
        return
    gap_s = exchange.sent_at - before.answered_at
    if gap_s < (ONE_ATTEMPT_S if exchange.terms.watched else _BY_ITSELF_S):
        yield Breach(
            f"{asked(exchange)} not repeated unchanged after {told(before)}",
            f"repeated {gap_s:.1f} s later",
            (before,),
        )


def _same(one: Exchange, other: Exchange) -> bool:
    return (
        one.request.url == other.request.url
        and one.request.method == other.request.method
        and one.request.body == other.request.body
        and (one.account, one.credential) == (other.account, other.credential)
    )
