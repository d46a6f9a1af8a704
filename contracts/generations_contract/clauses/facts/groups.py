"""Groups by which clauses look back, where a judge must know them by name: by account, and by who waits together.

No clause lives here. A group that serves one clause only stands beside it.
"""

from collections.abc import Hashable

from generations_contract.api.vocabulary import CANCELLED, COMPLETED, FAILED
from generations_contract.clauses.facts.history import provider_problem
from generations_contract.exchange.exchange import Exchange


def creator(exchange: Exchange) -> Hashable | None:
    """Group: the creations of one account."""
    return exchange.account if exchange.kind == "create" else None


def creator_or_reader(exchange: Exchange) -> Hashable | None:
    """Group: the creations of one account, and the polls of one generation."""
    return creator(exchange) or (("generation", exchange.generation_id) if exchange.kind == "fetch" else None)


def purchases(exchange: Exchange) -> Hashable | None:
    """Group: the accepted creations of one account, and what tells the price of each; what is refused stands apart.

    There are hundreds of refusals in a run, and nobody looks further back than he must.
    """
    if exchange.kind == "create" and not exchange.ok:
        return ("refused", exchange.account)
    paid = exchange.kind == "create" or (exchange.kind == "fetch" and exchange.state == COMPLETED)
    return exchange.account if paid else None


def limited_account(exchange: Exchange) -> Hashable | None:
    """Group: the calls of the account that is there to be limited, and whose only caller this is."""
    return exchange.kind if exchange.account == "limited" and exchange.kind in ("create", "fetch") else None


def waiters(exchange: Exchange) -> Hashable | None:
    """Group: polls by generation; creations, whose generation is known to nobody else, by model.

    Those that end badly are together, whatever their model: there are few of them.
    """
    if exchange.kind == "fetch":
        return ("generation", exchange.generation_id)
    if exchange.kind != "create":
        return None
    badly = exchange.state in (FAILED, CANCELLED) or provider_problem(exchange)
    return "ended badly" if badly else ("model", exchange.model)
