"""requests: a session for the API, none for the media host; state in a file."""

import json
import os
import sys
import time
from pathlib import Path

import requests

BASE = os.environ["GATEWAY_URL"] + "/v1/generations"
DEADLINE = time.monotonic() + float(os.environ["GATEWAY_DEADLINE_S"])
STATE = Path("state.json")
session = requests.Session()
session.headers["Authorization"] = "Bearer " + os.environ["GATEWAY_API_KEY"]


class GaveUp(Exception):
    """Nothing more can be done."""


def remaining():
    return DEADLINE - time.monotonic()


def sleep(seconds):
    if remaining() <= seconds:
        time.sleep(max(0, remaining()))
        raise GaveUp("deadline passed")
    time.sleep(seconds)


def code_of(response):
    try:
        return response.json()["error"]["code"]
    except (ValueError, KeyError, TypeError):
        return None


def create():
    body = {
        "model": os.environ["GATEWAY_MODEL"],
        "input": {"prompt": os.environ["GATEWAY_PROMPT"]},
        "wait": 10,
    }
    for _ in range(6):
        try:
            response = session.post(BASE, json=body, timeout=(3.05, min(10, max(1, remaining())) + 6))
        except requests.exceptions.ConnectionError as error:
            if "refused" in str(error).lower():
                sleep(0.7)
                continue
            raise GaveUp(f"the creation may have happened: {type(error).__name__}") from None
        except requests.exceptions.Timeout:
            raise GaveUp("the creation may have happened: no answer") from None
        if response.status_code in (429, 503):
            sleep(float(response.headers.get("Retry-After", 1)))
            continue
        if not response.ok:
            raise GaveUp(f"refused with {response.status_code} {code_of(response)}")
        return response.json()
    raise GaveUp("the gateway does not take the creation")


def poll(job_id):
    while remaining() > 0:
        window = min(30, max(0.5, remaining() - 0.5))
        try:
            response = session.get(
                f"{BASE}/{job_id}", params={"wait": f"{window:.1f}"}, timeout=(3.05, window + 6)
            )
        except requests.exceptions.RequestException:
            sleep(1)
            continue
        if response.status_code == 429:
            sleep(float(response.headers.get("Retry-After", 1)))
        elif response.status_code >= 500:
            sleep(1)
        elif not response.ok:
            raise GaveUp(f"poll refused: {response.status_code} {code_of(response)}")
        else:
            job = response.json()
            if job["status"] not in ("queued", "running"):
                return job
    raise GaveUp(f"deadline passed, last id {job_id}")


def download(job):
    for number, media in enumerate(job["output"]["media"], 1):
        with requests.get(media["url"], timeout=(3.05, 20), stream=True) as response:
            response.raise_for_status()
            target = Path(f"{number}.{media.get('format') or media['type']}")
            with target.open("wb") as file:
                for chunk in response.iter_content(65536):
                    file.write(chunk)


def main():
    if STATE.exists():
        job = {"id": json.loads(STATE.read_text())["id"], "status": "running"}
    else:
        job = create()
        STATE.write_text(json.dumps({"id": job["id"]}))
    if job["status"] in ("queued", "running"):
        job = poll(job["id"])
    if job["status"] != "completed":
        raise GaveUp(f"{job['status']}: {(job.get('error') or {}).get('code')}")
    try:
        download(job)
    except requests.exceptions.RequestException:
        download(poll(job["id"]))


try:
    main()
except GaveUp as error:
    sys.exit(str(error))
except requests.exceptions.RequestException as error:
    sys.exit(f"the network: {type(error).__name__}")
