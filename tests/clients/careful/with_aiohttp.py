"""aiohttp: a session for each host; its total time-out is set for each request."""

import asyncio
import os
import sys
from pathlib import Path

import aiohttp

BASE = os.environ["GATEWAY_URL"] + "/v1/generations"
AUTH = {"Authorization": "Bearer " + os.environ["GATEWAY_API_KEY"]}
KEPT = Path("kept-id")


class Final(Exception):
    pass


async def ask(session, method, url, window, **more):
    limit = aiohttp.ClientTimeout(total=window + 8, sock_connect=5)
    async with session.request(method, url, timeout=limit, **more) as answer:
        kind = answer.headers.get("Content-Type", "")
        body = await answer.json(content_type=None) if "json" in kind else None
        return answer.status, answer.headers, body


async def create(session):
    body = {
        "model": os.environ["GATEWAY_MODEL"],
        "input": {"prompt": os.environ["GATEWAY_PROMPT"]},
        "wait": 60,
    }
    while True:
        try:
            status, headers, answer = await ask(session, "POST", BASE, 60, json=body)
        except aiohttp.ClientConnectorError:
            await asyncio.sleep(0.4)
            continue
        except (aiohttp.ClientError, TimeoutError) as error:
            raise Final(f"creation unclear: {type(error).__name__}") from None
        if status in (429, 503):
            await asyncio.sleep(float(headers.get("Retry-After", 1)))
        elif 200 <= status < 300:
            return answer
        else:
            raise Final(f"refused: {status}")


async def poll(session, job_id):
    while True:
        try:
            status, headers, answer = await ask(session, "GET", f"{BASE}/{job_id}?wait=60", 60)
        except (aiohttp.ClientError, TimeoutError):
            await asyncio.sleep(0.5)
            continue
        if status == 429:
            await asyncio.sleep(float(headers.get("Retry-After", 1)))
        elif status >= 500:
            await asyncio.sleep(0.5)
        elif status != 200:
            raise Final(f"poll refused: {status}")
        elif answer["status"] in ("completed", "failed", "cancelled"):
            return answer


async def download(entries):
    async with aiohttp.ClientSession() as plain:
        for number, entry in enumerate(entries):
            async with plain.get(entry["url"], raise_for_status=True) as answer:
                Path(f"m{number}").write_bytes(await answer.read())


async def work():
    async with aiohttp.ClientSession(headers=AUTH) as session:
        job = None if KEPT.exists() else await create(session)
        if job:
            KEPT.write_text(job["id"])
        if job is None or job["status"] in ("queued", "running"):
            job = await poll(session, KEPT.read_text())
        if job["status"] != "completed":
            raise Final(f"{job['status']}: {(job.get('error') or {}).get('code')}")
        try:
            await download(job["output"]["media"])
        except aiohttp.ClientError:
            await download((await poll(session, job["id"]))["output"]["media"])


async def main():
    await asyncio.wait_for(work(), float(os.environ["GATEWAY_DEADLINE_S"]))


try:
    asyncio.run(main())
except (Final, aiohttp.ClientError) as error:
    sys.exit(f"failed: {error}")
except TimeoutError:
    sys.exit("deadline")
