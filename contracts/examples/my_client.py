"""A client as a team may have one: create, then poll with whole windows until the job is done."""

import time
from typing import Any

import httpx

WINDOW_S = 60
DONE = ("completed", "failed", "cancelled")


def create_and_wait(url: str, api_key: str, model: str = "flux-1.1-pro") -> dict[str, Any]:
    """Make one generation and wait for its end; the read time-out is longer than a held poll."""
    headers = {"Authorization": f"Bearer {api_key}"}
    body = {"model": model, "input": {"prompt": "a lighthouse at dusk"}, "wait": 0}
    with httpx.Client(base_url=url, headers=headers, timeout=WINDOW_S + 10) as client:
        answer = client.post("/v1/generations", json=body)
        while True:
            answer.raise_for_status()
            job: dict[str, Any] = answer.json()
            if job["status"] in DONE:
                return job
            if "wait" not in answer.request.url.params:
                time.sleep(int(answer.headers.get("Retry-After", "1")))
            answer = client.get(f"/v1/generations/{job['id']}", params={"wait": WINDOW_S})
