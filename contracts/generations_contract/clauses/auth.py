"""Section `auth`: who may ask, and what strangers learn.

Never here: what a body must look like. An unauthenticated request that has
something else wrong with it belongs to `auth.before-validation` alone, so that one fault breaks one clause.
"""

from generations_contract.clauses.facts.history import (
    SOUND_ACCOUNTS,
    creation,
    elsewhere,
    outcome,
    unreadable,
)
from generations_contract.clauses.facts.request import reading
from generations_contract.clauses.facts.windows import documented_window_s, wait_text
from generations_contract.exchange.credentials import INVALID_KEYS, MISSING_KEY, WRONG_SCHEMES
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause

UNAUTHENTICATED = MISSING_KEY | INVALID_KEYS | WRONG_SCHEMES


def _otherwise_sound(exchange: Exchange) -> bool:
    """Whether nothing but the key can be wrong with a request."""
    if exchange.kind == "create":
        return reading(exchange).valid
    return exchange.intent != "unknown-id" and (
        wait_text(exchange) is None or documented_window_s(exchange) is not None
    )


def _otherwise_wrong(exchange: Exchange) -> bool:
    """Whether something else is certainly wrong: an invalid body, an id that never was."""
    if exchange.kind == "create":
        return bool(reading(exchange).violations)
    return exchange.intent == "unknown-id"


def _unauthenticated(exchange: Exchange) -> Findings:
    if exchange.refused_with("unauthenticated", 401):
        return
    if elsewhere(exchange) or unreadable(exchange, 401):
        yield MOOT
    else:
        yield Breach(f"401 unauthenticated: key shown as {exchange.credential!r}", outcome(exchange))


@clause(
    "auth.missing-key",
    "MUST",
    says="unauthenticated, 401: missing API key",
    when=lambda exchange: exchange.credential in MISSING_KEY and _otherwise_sound(exchange),
)
def missing_key(exchange: Exchange, _earlier: Earlier) -> Findings:
    """No `Authorization` at all."""
    return _unauthenticated(exchange)


@clause(
    "auth.invalid-key",
    "MUST",
    says="unauthenticated, 401: invalid API key",
    when=lambda exchange: exchange.credential in INVALID_KEYS and _otherwise_sound(exchange),
)
def invalid_key(exchange: Exchange, _earlier: Earlier) -> Findings:
    """An unknown or empty key, a part of a good one, a longer one, another case."""
    return _unauthenticated(exchange)


@clause(
    "auth.scheme",
    "SHOULD",
    says='the key is shown as "Authorization: Bearer KEY"',
    when=lambda exchange: exchange.credential in WRONG_SCHEMES and _otherwise_sound(exchange),
)
def scheme(exchange: Exchange, _earlier: Earlier) -> Findings:
    """The key under another scheme, or bare."""
    return _unauthenticated(exchange)


@clause(
    "auth.before-validation",
    "SHOULD",
    says="an unauthenticated caller learns nothing about body or ids",
    when=lambda exchange: exchange.credential in UNAUTHENTICATED and _otherwise_wrong(exchange),
)
def before_validation(exchange: Exchange, _earlier: Earlier) -> Findings:
    """401 also where the body is invalid or the id unknown."""
    return _unauthenticated(exchange)


@clause(
    "auth.foreign-generation",
    "SHOULD",
    says="another account's key never reads a generation",
    on=("fetch",),
    when=lambda exchange: exchange.response is not None and exchange.authenticated,
)
def foreign_generation(exchange: Exchange, earlier: Earlier) -> Findings:
    """Judged between accounts that the profile calls others, where the creation was seen."""
    created = creation(earlier)
    accounts = {exchange.account, created.account} if created else set()
    if len(accounts) != 2 or not accounts <= SOUND_ACCOUNTS:
        yield MOOT
    elif not exchange.refused_with("not_found", 404):
        wrong_wait = exchange.status == 400 and documented_window_s(exchange) is None
        if elsewhere(exchange) or unreadable(exchange, 404) or wrong_wait:
            yield MOOT
        else:
            yield Breach("404 not_found: a generation of another account", outcome(exchange))


@clause(
    "auth.key-never-echoed",
    "SHOULD",
    says="no response body or header contains the API key",
    on=("create", "fetch", "other"),
    when=lambda exchange: exchange.response is not None and exchange.credential != "missing",
)
def key_never_echoed(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Found, and replaced, when the exchange was recorded."""
    if exchange.echoed:
        yield Breach("no API key in the answer", f"a key in {', '.join(exchange.echoed)[:120]}")
