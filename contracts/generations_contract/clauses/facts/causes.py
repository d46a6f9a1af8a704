"""The causes of failure that a profile names, and which creation is bound to meet one.

No clause lives here, and no answer is looked at.
"""

from collections.abc import Iterator

from generations_contract.clauses.facts.history import SOUND_ACCOUNTS
from generations_contract.clauses.facts.request import reading, rejected_inputs
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived


def sound(exchange: Exchange) -> bool:
    """Whether nothing is wrong with a creation itself."""
    return exchange.kind == "create" and exchange.authenticated and reading(exchange).valid


@derived
def cause(exchange: Exchange) -> str | None:
    """The code with which a creation is bound to fail by the profile, if by exactly one."""
    if exchange.account not in SOUND_ACCOUNTS or not sound(exchange):
        return None
    causes = list(_causes(exchange))
    return causes[0] if len(causes) == 1 and exchange.model != exchange.terms.restricted else None


def _causes(exchange: Exchange) -> Iterator[str]:
    terms, model = exchange.terms, exchange.model
    if model == terms.failing:
        yield "provider_unavailable"
    if model == terms.timing_out:
        yield "provider_timeout"
    by_prompt = (exchange.sent_input or {}).get("prompt") == terms.rejected_prompt
    # A picture is looked at by a model that takes pictures, and by no other.
    if rejected_inputs(exchange) and (by_prompt or model in terms.image_to_image):
        yield "content_policy"
