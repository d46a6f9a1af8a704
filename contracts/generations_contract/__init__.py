"""The contract of `/v1/generations`: what it says, how to judge a deployment by it, and a reference.

Start with `api.vocabulary` (the document's tables), then the nouns `exchange`, `judging.clause`, `scripts.script` that
everything else is made of. `generations_contract.watch(client)` judges the traffic of any httpx client.

What other repositories may build on, and is kept: the names in `__all__` of these, with types and docstrings.

| from | for |
|---|---|
| `generations_contract` | `watch`: judge what an httpx client is answered |
| `generations_contract.strategies` | requests that must be accepted, or refused, each with its clause |
| `generations_contract.scripts` | what a client does, and `probe`, which makes a contract test of it |
| `generations_contract.judging` | clauses of one's own, and the judge |
| `generations_contract.exchange` | what a clause looks at |
| `generations_contract.gateway` | the reference gateway, and faults of one's own |
| `generations_load.scenarios` | scenarios of one's own, under load |
| `generations_load.under_locust.locustfile` | the users that a locustfile of one's own runs |

Besides: `generations_contract.api.target.Target`, which probes and scenarios are given; pytest's fixtures
`generations_campaign` and `generations_gateway` with the markers `generations_contract` and `generations_gateway`; and
what the command line says. `contracts/examples/` uses all of it.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from generations_contract.own_client.watch import watch

__all__ = ["watch"]


def __getattr__(name: str) -> Any:
    """Import `watch` when it is first asked for: most users of this package do without httpx."""
    if name == "watch":
        from generations_contract.own_client.watch import watch

        return watch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
