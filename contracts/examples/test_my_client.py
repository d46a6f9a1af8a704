"""A client's own tests: the reference gateway in the place of the real one, with a clock that jumps."""

from typing import Any

import httpx
import pytest
from my_client import create_and_wait

import generations_contract


@pytest.mark.generations_gateway(durations_s={"flux-1.1-pro": 145})
def test_a_job_of_more_than_two_windows(generations_gateway: Any) -> None:
    """Two windows elapse, the third ends early; not a second of real time goes by."""
    job = create_and_wait(generations_gateway.url, generations_gateway.api_key)
    assert job["status"] == "completed"
    assert generations_gateway.findings() == []


def test_the_gateway_keeps_the_contract_meanwhile(generations_gateway: Any) -> None:
    """`watch` judges what any httpx client is answered; leaving the block raises where the contract was broken."""
    headers = {"Authorization": f"Bearer {generations_gateway.api_key}"}
    with (
        httpx.Client(base_url=generations_gateway.url, headers=headers, timeout=70) as client,
        generations_contract.watch(client),
    ):
        client.post("/v1/generations", json={"model": "veo-3", "input": {"prompt": "surf"}, "wait": "auto"})
