"""urllib3: its own retries for GET only; never for POST."""

import json
import os
import sys
import time
from pathlib import Path

import urllib3

BASE = os.environ["GATEWAY_URL"] + "/v1/generations"
KEY = {"Authorization": "Bearer " + os.environ["GATEWAY_API_KEY"]}
UNTIL = time.monotonic() + float(os.environ["GATEWAY_DEADLINE_S"])
FILE = Path("job")
pool = urllib3.PoolManager(retries=False)
# A habit of many: whatever fails is sent again, creations too.
AGAIN = urllib3.Retry(
    2, allowed_methods=None, status_forcelist=[500, 502, 504], backoff_factor=0.3, raise_on_status=False
)
FOR_POST = AGAIN if "retry-post" in sys.argv else False


def quit_with(message, code=1):
    print(message, file=sys.stderr)
    raise SystemExit(code)


def nap(seconds):
    time.sleep(max(0, min(seconds, UNTIL - time.monotonic())))


def create():
    body = {"model": os.environ["GATEWAY_MODEL"], "input": {"prompt": os.environ["GATEWAY_PROMPT"]}}
    while time.monotonic() < UNTIL:
        try:
            answer = pool.request(
                "POST",
                BASE,
                json=body,
                headers=KEY,
                retries=FOR_POST,
                timeout=urllib3.Timeout(connect=3, read=70),
            )
        except urllib3.exceptions.NewConnectionError:
            nap(0.5)
            continue
        except urllib3.exceptions.HTTPError as error:
            quit_with(f"perhaps created, perhaps not: {type(error).__name__}")
        if answer.status in (429, 503):
            nap(float(answer.headers.get("Retry-After", "1")))
            continue
        if answer.status >= 300:
            quit_with(f"refused: HTTP {answer.status}")
        return json.loads(answer.data)
    quit_with("deadline")


def poll(job_id):
    while (left := UNTIL - time.monotonic()) > 0:
        window = max(1, min(20, int(left)))
        read = min(window + 5, left + 0.3)
        try:
            answer = pool.request(
                "GET",
                f"{BASE}/{job_id}?wait={window}",
                headers=KEY,
                timeout=urllib3.Timeout(connect=3, read=read),
            )
        except urllib3.exceptions.HTTPError:
            nap(1)
            continue
        if answer.status == 429:
            nap(float(answer.headers.get("Retry-After", "1")))
        elif answer.status >= 500:
            nap(1)
        elif answer.status >= 300:
            quit_with(f"refused: HTTP {answer.status}")
        else:
            job = json.loads(answer.data)
            if job["status"] in ("completed", "failed", "cancelled"):
                return job
    quit_with(f"deadline, id {job_id}", 3)


def get(url):
    answer = urllib3.request("GET", url, timeout=20, redirect=True)
    if answer.status != 200:
        raise OSError(f"HTTP {answer.status}")
    return answer.data


job = json.loads(FILE.read_text()) if FILE.exists() else create()
FILE.write_text(json.dumps({"id": job["id"], "status": "running"}))
if job["status"] in ("queued", "running"):
    job = poll(job["id"])
for turn in (0, 1):
    if job["status"] != "completed":
        quit_with(f"{job['status']} {job.get('error')}")
    try:
        for i, each in enumerate(job["output"]["media"]):
            Path(f"file-{i}").write_bytes(get(each["url"]))
        break
    except (OSError, urllib3.exceptions.HTTPError) as error:
        if turn:
            quit_with(f"no download: {error}")
        job = poll(job["id"])
