"""The contract of `/v1/generations`: what it says, how to judge a deployment by it, and a reference.

Start with `api.vocabulary` (the document's tables), then the nouns `exchange`, `judging.clause`, `scripts.script` that
everything else is made of. `generations_contract.watch(client)` judges the traffic of any httpx client.
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
