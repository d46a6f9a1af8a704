"""httpx under asyncio: one `timeout` around everything is the outer deadline."""

import asyncio
import os
import sys
from pathlib import Path

import httpx

ID = Path("id.txt")


async def create(client):
    body = {"model": os.environ["GATEWAY_MODEL"], "input": {"prompt": os.environ["GATEWAY_PROMPT"]}}
    while True:
        try:
            answer = await client.post("/v1/generations", json=body, timeout=75)
        except httpx.ConnectError:
            await asyncio.sleep(0.5)
            continue
        except httpx.TransportError as error:
            sys.exit(f"the creation was cut ({error!r}); not sent again")
        if answer.status_code not in (429, 503):
            break
        await asyncio.sleep(float(answer.headers.get("retry-after", 1)))
    if not answer.is_success:
        sys.exit(f"refused: {answer.status_code}")
    return answer.json()


async def poll(client, job_id):
    pause = 0.5
    while True:
        try:
            answer = await client.get(f"/v1/generations/{job_id}?wait=60", timeout=70)
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.is_success:
            job = answer.json()
            if job["status"] not in {"queued", "running"}:
                return job
            continue
        if answer is not None and 400 <= answer.status_code < 500 and answer.status_code != 429:
            sys.exit(f"refused: {answer.status_code}")
        await asyncio.sleep(float(answer.headers.get("retry-after", pause)) if answer is not None else pause)
        pause = min(pause * 2, 8)


async def save(index, entry):
    async with httpx.AsyncClient(follow_redirects=True, timeout=30) as media:
        answer = await media.get(entry["url"])
        answer.raise_for_status()
        Path(f"asset{index}").write_bytes(answer.content)


async def main():
    headers = {"Authorization": "Bearer " + os.environ["GATEWAY_API_KEY"]}
    async with httpx.AsyncClient(base_url=os.environ["GATEWAY_URL"], headers=headers) as client:
        if ID.exists():
            job = await poll(client, ID.read_text())
        else:
            job = await create(client)
            ID.write_text(job["id"])
            if job["status"] in {"queued", "running"}:
                job = await poll(client, job["id"])
        for again in (1, 0):
            if job["status"] != "completed":
                sys.exit(f"{job['status']}: {(job.get('error') or {}).get('code')}")
            try:
                await asyncio.gather(*(save(i, each) for i, each in enumerate(job["output"]["media"])))
                break
            except httpx.HTTPError as error:
                if not again:
                    sys.exit(f"download: {error!r}")
                job = await poll(client, job["id"])


async def in_time():
    try:
        async with asyncio.timeout(float(os.environ["GATEWAY_DEADLINE_S"])):
            await main()
    except TimeoutError:
        sys.exit(f"deadline; id {ID.read_text() if ID.exists() else 'none'}")


asyncio.run(in_time())
