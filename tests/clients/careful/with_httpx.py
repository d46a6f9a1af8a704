"""httpx, synchronous: fire and forget (`wait: 0`), then one long poll after the other."""

import os
import sys
import time
from pathlib import Path

import httpx

ENDS = time.monotonic() + float(os.environ["GATEWAY_DEADLINE_S"])
ID = Path("generation.id")


class Stop(Exception):
    pass


def left():
    seconds = ENDS - time.monotonic()
    if seconds <= 0:
        raise Stop("out of time")
    return seconds


def rest(seconds):
    time.sleep(min(seconds, left()))
    left()


def limits(read):
    return httpx.Timeout(5.0, read=read)


def create(client):
    body = {
        "model": os.environ["GATEWAY_MODEL"],
        "input": {"prompt": os.environ["GATEWAY_PROMPT"]},
        "wait": 0,
    }
    while True:
        try:
            answer = client.post("/v1/generations", json=body, timeout=limits(15.0))
        except httpx.ConnectError:
            rest(0.5)
            continue
        except httpx.TransportError as error:
            raise Stop(f"not known whether it was created: {error!r}") from None
        if answer.status_code in (429, 503):
            rest(float(answer.headers.get("retry-after", "2")))
        elif answer.is_success:
            return answer.json()["id"]
        else:
            raise Stop(f"creation refused: {answer.status_code} {answer.text[:80]!r}")


def follow(client, job_id):
    while True:
        window = min(60, int(left()) + 1)
        try:
            answer = client.get(
                f"/v1/generations/{job_id}",
                params={"wait": window},
                timeout=limits(min(window + 10.0, left() + 0.3)),
            )
        except httpx.TransportError:
            rest(0.8)
            continue
        if answer.status_code == 429:
            rest(float(answer.headers.get("retry-after", "2")))
        elif answer.status_code >= 500:
            rest(0.8)
        elif answer.is_success:
            job = answer.json()
            if job["status"] in ("completed", "failed", "cancelled"):
                return job
        else:
            raise Stop(f"refused: {answer.status_code}")


def fetch(url):
    answer = httpx.get(url, follow_redirects=True, timeout=limits(20.0))
    answer.raise_for_status()
    return answer.content


def main():
    headers = {"Authorization": f"Bearer {os.environ['GATEWAY_API_KEY']}"}
    with httpx.Client(base_url=os.environ["GATEWAY_URL"], headers=headers) as client:
        job_id = ID.read_text() if ID.exists() else create(client)
        ID.write_text(job_id)
        for again in (True, False):
            job = follow(client, job_id)
            if job["status"] != "completed":
                raise Stop(f"{job['status']} {(job.get('error') or {}).get('code', '')}")
            try:
                for index, medium in enumerate(job["output"]["media"]):
                    Path(f"{job_id}-{index}").write_bytes(fetch(medium["url"]))
                return
            except httpx.HTTPError as error:
                if not again:
                    raise Stop(f"no download: {error!r}") from None


try:
    main()
except Stop as stop:
    print(stop, file=sys.stderr)
    sys.exit(3)
