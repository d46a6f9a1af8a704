"""The causes of failure that a profile names, and which creation is bound to meet one.

No clause lives here, and no answer is looked at.
"""

from collections.abc import Mapping

from generations_contract.api.terms import Terms
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS
from generations_contract.clauses.facts.request import reading
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived


def named_causes(terms: Terms) -> Mapping[str, str | None]:
    """Code -> the model, or the prompt, that the profile names for it."""
    return {
        "provider_unavailable": terms.failing,
        "provider_timeout": terms.timing_out,
        "content_policy": terms.rejected_prompt,
    }


def sound(exchange: Exchange) -> bool:
    """Whether nothing is wrong with a creation itself."""
    return exchange.kind == "create" and exchange.authenticated and reading(exchange).valid


@derived
def cause(exchange: Exchange) -> str | None:
    """The code with which a creation is bound to fail by the profile, if by exactly one."""
    terms = exchange.terms
    if exchange.account not in SOUND_ACCOUNTS or not any(
        named is not None for named in named_causes(terms).values()
    ):
        return None
    if not sound(exchange):
        return None
    prompt = (exchange.sent_input or {}).get("prompt")
    causes = [
        code
        for code, named in named_causes(terms).items()
        if named is not None and named == (prompt if code == "content_policy" else exchange.model)
    ]
    return causes[0] if len(causes) == 1 and exchange.model != terms.restricted else None
