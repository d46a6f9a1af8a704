"""Section `errors`, the codes that a profile can provoke: each with what it names for it.

Only causes that the profile names are judged here. A non-terminal answer
exercises nothing yet; the poll that shows the end is judged by the creation it goes back to.
"""

from collections.abc import Callable, Mapping
from typing import Final

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import CANCELLED, COMPLETED, STATUS_OF_CODE
from generations_contract.clauses.facts.causes import cause, sound
from generations_contract.clauses.facts.groups import limited_account
from generations_contract.clauses.facts.history import (
    creation_of,
    elsewhere,
    hung_up,
    outcome,
    seconds,
    unreadable,
)
from generations_contract.clauses.facts.windows import pending
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, alone, clause

# Whatever may be answered before the provider is asked.
BEFORE_THE_PROVIDER: Final = frozenset({401, 403, 404})
# What no account with a low limit gets through in a minute: so many creations, so many of them accepted.
A_MINUTE_S: Final = 60.0
MANY_CALLS: Final = 60
MANY_CREATIONS: Final = 10


@clause(
    "errors.insufficient-quota",
    "MUST",
    says="insufficient_quota, 402: account out of credit or over plan limits",
    on=("create",),
    by=alone,
    when=lambda exchange: (
        exchange.account == "exhausted"
        and exchange.response is not None
        and exchange.terms.lists(exchange.model)
        and exchange.model != exchange.terms.restricted
        and sound(exchange)
    ),
)
def insufficient_quota(exchange: Exchange, _earlier: Earlier) -> Findings:
    """A valid request by the account that the profile calls exhausted."""
    if not exchange.refused_with("insufficient_quota", 402):
        if exchange.status == 402:
            yield MOOT if unreadable(exchange, 402) else _unlike("insufficient_quota", exchange)
        elif elsewhere(exchange) or exchange.status == 401:
            yield MOOT
        else:
            yield _unlike("insufficient_quota", exchange)


def _unlike(code: str, exchange: Exchange) -> Breach:
    """Another answer than the one that was promised; one that simply goes on is the promise not kept."""
    return Breach(f"{STATUS_OF_CODE[code]} {code}", outcome(exchange), unmet=exchange.state is not None)


@clause(
    "errors.model-unavailable",
    "MUST",
    says="model_unavailable, 403: model isn't enabled for your account",
    on=("create",),
    by=alone,
    when=lambda exchange: (
        exchange.terms.restricted is not None
        and exchange.model == exchange.terms.restricted
        and exchange.account == "main"
        and exchange.response is not None
        and sound(exchange)
    ),
)
def model_unavailable(exchange: Exchange, _earlier: Earlier) -> Findings:
    """A valid request for the model that the profile calls restricted."""
    if not exchange.refused_with("model_unavailable", 403):
        if elsewhere(exchange) or exchange.status == 401 or unreadable(exchange, 403):
            yield MOOT
        else:
            yield _unlike("model_unavailable", exchange)


@clause(
    "errors.rate-limited",
    "MUST",
    says="rate_limited, 429: slow down",
    by=limited_account,
    when=lambda exchange: (
        exchange.status == 429
        or (exchange.account == "limited" and exchange.kind == "create" and exchange.ok)
    ),
)
def rate_limited(exchange: Exchange, earlier: Earlier) -> Findings:
    """Every 429 says so by its code; and the account that the profile calls limited meets one.

    Whether requests that are refused count towards a limit is the target's to say: it takes good ones, too.
    """
    if exchange.status == 429:
        if exchange.code is None:
            yield MOOT
        elif exchange.code != "rate_limited":
            yield _unlike("rate_limited", exchange)
        return
    calls = [each for each in (*earlier, exchange) if exchange.answered_at - each.sent_at <= A_MINUTE_S]
    if (
        len(calls) >= MANY_CALLS
        and sum(each.ok for each in calls) >= MANY_CREATIONS
        and not any(each.status == 429 for each in earlier)
    ):
        told = f"{len(calls)} creations within {seconds(exchange.answered_at - calls[0].sent_at)}"
        yield Breach("429 rate_limited, for an account with a low limit", f"{told}, none of them", unmet=True)
    else:
        yield MOOT


def _ended(code: str) -> Callable[[Exchange], bool]:
    """Applies to creations bound to end with the code, and to polls that show some end."""

    def applies(exchange: Exchange) -> bool:
        if exchange.response is None or pending(exchange):
            return False
        return _named(exchange.terms, code) and (exchange.kind == "fetch" or cause(exchange) == code)

    return applies


def _named(terms: Terms, code: str) -> bool:
    """Whether the profile names something that is bound to meet the code."""
    named: Mapping[str, tuple[str | None, ...]] = {
        "provider_unavailable": (terms.failing,),
        "provider_timeout": (terms.timing_out,),
        "content_policy": (terms.rejected_prompt, terms.rejected_image),
    }
    return any(each is not None for each in named[code])


def _provoked(code: str, exchange: Exchange, earlier: Earlier) -> Findings:
    """The code as HTTP error, or in the failed resource."""
    created = creation_of(exchange, earlier)
    if created is None or cause(created) != code or (exchange.state == CANCELLED and _given_up(earlier)):
        yield MOOT
    elif exchange.ok:
        if exchange.state is None:
            yield MOOT
        elif exchange.code != code:
            expected = f"{STATUS_OF_CODE[code]} {code}, or failed with it"
            yield Breach(expected, outcome(exchange), unmet=exchange.state == COMPLETED)
    elif not exchange.refused_with(code, STATUS_OF_CODE[code]):
        lost = exchange.kind == "fetch" and exchange.status != 500
        if (
            elsewhere(exchange)
            or exchange.status in BEFORE_THE_PROVIDER
            or lost
            or (exchange.status == 400 and code != "content_policy")  # `request.documented-accepted`'s
            or unreadable(exchange, STATUS_OF_CODE[code])
        ):
            yield MOOT
        else:
            yield Breach(f"{STATUS_OF_CODE[code]} {code}, or failed with it", outcome(exchange))


def _given_up(earlier: Earlier) -> bool:
    """Whether a poller hung up: that this cancels is `lifecycle.resumable`'s to say."""
    return earlier.first(hung_up) is not None


@clause(
    "errors.content-policy",
    "MUST",
    says="content_policy, 422: provider rejected the prompt or input image",
    when=_ended("content_policy"),
)
def content_policy(exchange: Exchange, earlier: Earlier) -> Findings:
    """The prompt that the profile calls rejected; the picture, on a model that takes pictures."""
    return _provoked("content_policy", exchange, earlier)


@clause(
    "errors.provider-unavailable",
    "MUST",
    says="provider_unavailable, 502: every provider for this model returned an error",
    when=_ended("provider_unavailable"),
)
def provider_unavailable(exchange: Exchange, earlier: Earlier) -> Findings:
    """The model that the profile calls failing."""
    return _provoked("provider_unavailable", exchange, earlier)


@clause(
    "errors.provider-timeout",
    "MUST",
    says="provider_timeout, 504: every provider for this model timed out",
    when=_ended("provider_timeout"),
)
def provider_timeout(exchange: Exchange, earlier: Earlier) -> Findings:
    """The model that the profile calls stalled."""
    return _provoked("provider_timeout", exchange, earlier)
