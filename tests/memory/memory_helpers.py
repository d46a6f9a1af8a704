"""A generation as it is remembered, and a life as a run sees it."""

from typing import Any

from generations_contract.exchange.exchange import Exchange
from generations_contract.memory.form import Generation
from generations_contract.memory.notebook import Notebook
from tests.support.exchanges import KEY, answered, resource

KEYS = {"main": KEY}
UNIX = 1_790_000_000.0
SIGNED = "https://cdn.test/a/gen_1.png?X-Amz-Signature=REDACTED-abcdef012345&Expires=1790003600"


def remembered(number: int = 1, **members: Any) -> Generation:
    """A completed generation, created an hour after the one before."""
    told = {
        "id": f"gen_{number}", "account": "main", "key": "abcdef", "created_unix": UNIX + 3600.0 * number,
        "seen_unix": UNIX + 3600.0 * number + 9, "asked_model": "flux-1.1-pro", "model": "flux-1.1-pro",
        "status": "completed",
    }  # fmt: skip
    return Generation.model_validate(told | members)


def completed(**members: Any) -> dict[str, Any]:
    """A completed resource with an asset."""
    media = [{"type": "image", "url": SIGNED, "format": "png", "width": 64, "height": 64, "note": "secret"}]
    told = {"created_at": "2026-09-21T00:00:00Z", "output": {"media": media}, "usage": {"cost_usd": 0.04}}
    return resource("completed") | told | members


def life(*answers: Exchange) -> Notebook:
    """The notebook of a run that created a generation and then saw these answers."""
    notebook = Notebook(KEYS)
    body = {"model": "flux-1.1-pro", "input": {"prompt": "a secret plan"}}
    for each in (
        answered(resource("queued"), kind="create", sent=body, status=202, answered_unix=UNIX),
        *answers,
    ):
        notebook.see(each)
    return notebook
