"""Whole populations of clients on one gateway: every clause looks on, none is provoked in particular."""

from typing import Any

import pytest
from hypothesis import given

from generations_contract.scripts.examples import drawn
from generations_contract.strategies.traffic import Creator, play, populations

# None whose provider cancels: nobody could tell that from a cancellation by a dropped poll.
_MODELS = (
    "flux-1.1-pro",
    "veo-3",
    "runway-gen4",
    "seedream-4",
    "instant-image",
    "stalled-provider",
)

_ACCOUNTS = ("main", "other")


@pytest.mark.generations_contract(
    "lifecycle.forward-only", "response.schema", depth="deep", needs=("reference.seedream-4",)
)
@drawn
@given(population=populations(_MODELS, _ACCOUNTS))
def test_no_population_meets_a_contradiction(generations_campaign: Any, population: list[Creator]) -> None:
    """Clients that create, poll, breathe, hang up and resume as they like all see one consistent gateway."""
    prompts = [generations_campaign.target.prompt() for _ in population]
    generations_campaign.perform(play(population, prompts), "response.schema")
