"""Section `lifecycle`, what becomes of a sound creation: it ends in no failure of the gateway's own.

One exchange is judged at a time; that some creation on a model completes at all is a matter of the whole run.
"""

from generations_contract.api.vocabulary import CANCELLED, COMPLETED, FAILED
from generations_contract.clauses.facts.causes import cause, sound
from generations_contract.clauses.facts.endings import first_terminal
from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, creation_of, hung_up, outcome
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause


@clause(
    "lifecycle.completes",
    "MUST",
    says="you get back a final response with a direct URL to the asset; internal_error: bug on our side",
    when=lambda exchange: exchange.terminal,
)
def completes(exchange: Exchange, earlier: Earlier) -> Findings:
    """Neither failed with `internal_error` nor cancelled, without a cause; what else a provider meets is its own."""
    created = creation_of(exchange, earlier)
    if created is None or not _bound_to_complete(created) or _has_completed(exchange, earlier):
        yield MOOT
    elif exchange.state == FAILED and exchange.code == "internal_error":
        yield Breach(
            "completed, or a failure with a cause of the provider",
            f"{outcome(exchange)} with internal_error",
            _origin(created, exchange),
        )
    elif exchange.state == CANCELLED and earlier.first(hung_up) is None:
        yield Breach("completed, as nobody cancelled it", outcome(exchange), _origin(created, exchange))
    elif exchange.state != COMPLETED:
        yield MOOT


def _has_completed(exchange: Exchange, earlier: Earlier) -> bool:
    """Whether it had completed, and ends otherwise now: `lifecycle.terminal-final`'s."""
    seen = first_terminal(earlier)
    return seen is not None and seen.state == COMPLETED != exchange.state


def _bound_to_complete(created: Exchange) -> bool:
    """Whether nothing that the profile names, nor the request itself, is a cause of another end."""
    terms = created.terms
    return (
        sound(created)
        and created.account in SOUND_ACCOUNTS
        and cause(created) is None
        and created.model not in (terms.restricted, terms.failing, terms.timing_out, terms.cancelling)
    )


def _origin(created: Exchange, exchange: Exchange) -> tuple[Exchange, ...]:
    return () if created is exchange else (created,)
