"""Whether an answer says that a request is valid, that it is not, or nothing about it.

No clause lives here. The order of checks is not documented, so 401, 402, 403,
404 and 429 are believed where they may come before validation, and prove nothing about it.
"""

import re
from collections.abc import Callable
from typing import Final

from generations_contract.api.terms import TRAIT_OF_FIELD
from generations_contract.api.vocabulary import PROVIDER_CODES
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, elsewhere, outcome, unreadable
from generations_contract.clauses.facts.request import reading, rejected_inputs
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import CLAUSES, MOOT, Breach, Earlier, Findings

When = Callable[[Exchange], object]

# What `param` may say for the whole request.
WHOLE_BODY: Final = frozenset({"", "$", "#", "/", ".", "body", "root", "request"})
# Statuses by which servers refuse a request for what it says.
REFUSALS: Final = frozenset({400, 405, 406, 411, 413, 414, 415, 422, 431})


def refused(exchange: Exchange) -> bool:
    """Whether the answer says that the request itself is wrong; no other cause of the document fits."""
    return exchange.status in REFUSALS and exchange.code != "content_policy"


def answered_caller(exchange: Exchange) -> bool:
    """Whether an authenticated caller got some answer."""
    return exchange.response is not None and exchange.authenticated


def breaking(clause_id: str) -> When:
    """Applies to requests that violate the clause."""
    return lambda exchange: answered_caller(exchange) and clause_id in reading(exchange).violations


def allowed(exchange: Exchange) -> bool:
    """Whether the document clearly allows the request, for this caller and this model."""
    terms = exchange.terms
    return (
        answered_caller(exchange)
        and exchange.account in SOUND_ACCOUNTS
        and terms.lists(exchange.model)
        and exchange.model != terms.restricted
        and reading(exchange).valid
        and not rejected_inputs(exchange)
    )


def may_be_refused(exchange: Exchange) -> list[str]:
    """The fields of a creation that only some models take, or only some values of, where no trait names the model."""
    terms, model, ignored = exchange.terms, exchange.model, reading(exchange).irrelevant
    traits = terms.traits_of(model)
    fields = (name for name in exchange.sent_input or {} if name in TRAIT_OF_FIELD)
    return [
        f"input.{name}"
        for name in fields
        if TRAIT_OF_FIELD[name] not in traits and f"input.{name}" not in ignored
    ]


def accepted(exchange: Exchange, earlier: Earlier, what: str, *fields: str) -> Findings:
    """A 2xx, or a breach where the request is refused for what it says; other failures prove nothing.

    Where `fields` are given, a refusal that blames another one is left to `request.documented-accepted`. What only
    some models take excuses a refusal that does not blame something else.
    """
    if refused(exchange) or (exchange.status == 404 and accepted_before(exchange, earlier)):
        param = (exchange.problem or {}).get("param")
        blamed = param if isinstance(param, str) else ""
        another = fields and isinstance(param, str) and not any(names(param, each) for each in fields)
        if another or any(names(blamed, each) for each in may_be_refused(exchange)):
            yield MOOT
        else:
            yield Breach(f"accepted: {what}", outcome(exchange))
    elif not exchange.ok:
        yield MOOT


def names(param: str, where: str) -> bool:
    """Whether `param` names the field at the dotted path `where`, or an object that holds it."""
    told = param.strip().casefold()
    if told in WHOLE_BODY or (told == "input" and where.startswith("input.")):
        return True
    key = where.removeprefix("input.")
    if key.isidentifier():
        return key.casefold() in re.findall(r"\w+", told)
    return key.strip().casefold() in told


def accepted_before(exchange: Exchange, earlier: Earlier) -> bool:
    """Whether an earlier creation proves that this account, path and model work."""
    model = exchange.model

    def proves(each: Exchange) -> bool:
        return each.kind == "create" and each.ok and (model is None or each.model == model)

    return earlier.last(proves) is not None


def rejected(exchange: Exchange, earlier: Earlier, clause_id: str, why: str) -> Findings:
    """400 `invalid_input`, or a breach of the clause that the request violates; `why` names what is wrong.

    401, 403 and 404 may come before validation; they count only where an earlier creation shows that
    account, model and path were not the reason. `earlier` is grouped by `creator`.
    """
    if exchange.refused_with("invalid_input", 400):
        return
    if (
        elsewhere(exchange)
        or unreadable(exchange, 400)
        or blames_provider(exchange)
        or (exchange.status in (401, 403, 404) and not accepted_before(exchange, earlier))
    ):
        yield MOOT
    else:
        level = reading(exchange).levels.get(clause_id) if CLAUSES[clause_id].level == "MUST" else None
        yield Breach(f"400 invalid_input: {why}", outcome(exchange), level=level)


def blames_provider(exchange: Exchange) -> bool:
    """Whether the profile names a cause for the provider's error that the answer shows."""
    terms = exchange.terms
    named = exchange.model is not None and exchange.model in (terms.failing, terms.timing_out)
    named = named or rejected_inputs(exchange)
    return named and not exchange.ok and exchange.code in PROVIDER_CODES
