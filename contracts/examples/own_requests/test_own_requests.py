"""Hypothesis tests of our own: the suite draws the requests, and knows what must become of each.

Against the embedded gateway; `--contract-target staging.toml` sends them to a real one, within its limits.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.scripts import Create, drawn, once
from generations_contract.strategies import EXAMPLE_BASES, Refused, documented_requests, refused_requests

BASES = st.sampled_from(
    EXAMPLE_BASES
)  # the models of the document; `Base("our-model", "video")` is one of ours


@pytest.mark.generations_contract("request.documented-accepted")
@drawn
@given(body=BASES.flatmap(documented_requests))
def test_what_the_document_allows_is_accepted(generations_campaign: Any, body: dict[str, Any]) -> None:
    """Any combination of documented fields, at their limits and between them."""
    answer = generations_campaign.perform(once(Create(body)), "request.documented-accepted")
    assert answer.state in ("queued", "running", "completed")


@pytest.mark.generations_contract(depth="free")
@drawn
@given(refused=BASES.flatmap(refused_requests))
def test_what_it_forbids_is_refused(generations_campaign: Any, refused: Refused) -> None:
    """A documented request with one to three violations, of which it knows the clauses."""
    answer = generations_campaign.perform(once(Create(refused.body)), *refused.clauses)
    assert answer.refused_with("invalid_input", 400)
