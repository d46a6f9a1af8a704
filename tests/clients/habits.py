"""A careful client that may be given habits: `python habits.py [HABIT…]`. Without one it does all that the document asks.

The standard library only, so that it starts soon. What a habit does stands where the habit does it; `rows` says which
clauses each of them breaks.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

HABITS = frozenset(sys.argv[1:])
URL = os.environ["GATEWAY_URL"].rstrip("/") + "/v1/generations"
KEY = os.environ["GATEWAY_API_KEY"]
BEGAN = time.monotonic()
DEADLINE = BEGAN + (3600 if "no-deadline" in HABITS else float(os.environ["GATEWAY_DEADLINE_S"]))
STATE = Path("job.json")
MARGIN = 5.0
TERMINAL = {"completed", "failed", "cancelled"}
# Not to be sent again unchanged.
FINAL = {400, 401, 402, 403, 404, 422}


class Refused(Exception):
    """An answer that is not 2xx."""

    def __init__(self, status, document, headers):
        error = document.get("error") if isinstance(document, dict) else None
        self.status, self.headers = status, headers
        self.code = error.get("code") if isinstance(error, dict) else None
        self.message = error.get("message", "") if isinstance(error, dict) else "a page that is not the API's"
        super().__init__(f"{status} {self.code or ''} {self.message}")


class Lost(Exception):
    """No answer."""


class NeverStood(Lost):
    """The connection was refused: nothing was sent."""


class NoRedirect(urllib.request.HTTPRedirectHandler):
    """The key must not follow a redirect."""

    def redirect_request(self, *_):
        return None


OPENER = urllib.request.build_opener(NoRedirect, urllib.request.ProxyHandler({}))


def left():
    return DEADLINE - time.monotonic()


def give_up(message, code=1):
    sys.stderr.write(message + "\n")
    sys.exit(0 if "exit-0" in HABITS else code)


def raw(method, url, body=None, headers=None, timeout=None):
    request = urllib.request.Request(url, data=body, headers=headers or {}, method=method)
    try:
        with OPENER.open(request, timeout=timeout) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()
    except urllib.error.URLError as error:
        if isinstance(error.reason, ConnectionRefusedError):
            raise NeverStood("connection refused") from None
        raise Lost(str(error.reason)) from None
    except (OSError, HTTPException) as error:
        raise Lost(str(error) or type(error).__name__) from None


def api(method, path="", body=None, window=0.0):
    headers = {"Content-Type": "application/json"} if body else {}
    if not ("get-without-key" in HABITS and method == "GET"):
        scheme = "Token" if "wrong-scheme" in HABITS and method == "GET" else "Bearer"
        headers["Authorization"] = f"{scheme} {KEY}"
    url = URL + path
    if "key-in-url" in HABITS and method == "GET":
        url += ("&" if "?" in url else "?") + f"api_key={KEY}"
    timeout = window + MARGIN
    if "timeout-30" in HABITS:
        timeout = min(timeout, 30)
    if "timeout-5" in HABITS:
        timeout = min(timeout, 5)
    if "timeout-window" in HABITS:
        timeout = window or MARGIN
    if "post-timeout-10" in HABITS and method == "POST":
        timeout = min(timeout, 10)
    if "get-timeout-10" in HABITS and method == "GET":
        timeout = min(timeout, 10)
    timeout = None if "no-timeout" in HABITS else max(0.1, min(timeout, left() + 0.2))
    status, answered, text = raw(method, url, json.dumps(body).encode() if body else None, headers, timeout)
    try:
        document = json.loads(text)
    except ValueError:
        if "page-is-json" in HABITS and status >= 500:
            raise
        document = None
    if not 200 <= status < 300:
        raise Refused(status, document, answered)
    if not isinstance(document, dict) or ("strict-fields" in HABITS and set(document) - KNOWN):
        raise Refused(status, {"error": {"code": "unreadable", "message": "unexpected answer"}}, answered)
    if "needs-nulls" in HABITS:
        document["error"], document["completed_at"]
    return document


KNOWN = {"id", "object", "status", "model", "created_at", "completed_at", "output", "usage", "error"}


def pause(seconds):
    if left() <= 0:
        raise SystemExit(give_up("deadline"))
    time.sleep(max(0.0, min(seconds, left())))


def retry_after(error, fallback):
    if "ignores-retry-after" in HABITS:
        return 0.3
    try:
        return float(error.headers.get("Retry-After"))
    except (TypeError, ValueError):
        return fallback


def create():
    body = {
        "model": os.environ["GATEWAY_MODEL"],
        "input": {"prompt": os.environ["GATEWAY_PROMPT"]},
        "wait": "auto",
    }
    if "unknown-field" in HABITS:
        body["stream"] = False
    if "wait-90" in HABITS:
        body["wait"] = 90
    again = 0
    while True:
        try:
            return api("POST", "", body, 60.0)
        except NeverStood:
            pause(0.5)
        except Lost as error:
            if "creates-again-when-lost" not in HABITS or again >= 2:
                give_up(f"the answer was lost: {error}; it may have been made, so it is not created again")
            again += 1
            pause(1)
        except Refused as error:
            repeat = error.status in (429, 503)
            if "creates-again-after-5xx" in HABITS and error.status >= 500 and again < 2:
                repeat = True
            if (
                "creates-again-after-page" in HABITS
                and error.status >= 500
                and error.code is None
                and again < 2
            ):
                repeat = True
            if "repeats-4xx" in HABITS and error.status in FINAL and again < 2:
                repeat = True
            if "repeats-401" in HABITS and error.status == 401 and again < 2:
                repeat = True
            if "repeats-unless-credit" in HABITS and error.status == 402 and "credit" not in error.message:
                repeat = again < 2
            if "crashes-on-error" in HABITS:
                raise
            if not repeat:
                give_up(f"refused: {error}", 2)
            again += 1
            pause(retry_after(error, 1.0))


def fetch(job_id):
    if "short-polls" in HABITS or "short-polls-fast" in HABITS or "short-polls-slow" in HABITS:
        return api("GET", f"/{job_id}", window=0.0)
    window = max(1, min(60, int(left())))
    if "wait-90-get" in HABITS:
        return api("GET", f"/{job_id}?wait=90", window=90.0)
    if "unknown-query" in HABITS:
        return api("GET", f"/{job_id}?wait={window}&format=json", window=window)
    return api("GET", f"/{job_id}?wait={60 if 'no-deadline' in HABITS else window}", window=window)


def over(job):
    status = job["status"]
    if "cancelled-goes-on" in HABITS and status == "cancelled":
        return False
    if "failed-goes-on" in HABITS and status == "failed":
        return False
    return status in TERMINAL


def follow(job_id, job=None):
    tries = 0
    while True:
        if job is not None and over(job):
            return job
        if job is not None and "dies-on-queued" in HABITS and job["status"] == "queued":
            give_up("unexpected status queued")
        if left() <= 0 and "no-deadline" not in HABITS:
            give_up(f"deadline; the generation is {job_id}", 3)
        if "short-polls-fast" in HABITS:
            time.sleep(0.2)
        if "short-polls" in HABITS:
            time.sleep(1.0)
        if "short-polls-slow" in HABITS:
            time.sleep(1.1)
        try:
            job = fetch(job_id)
        except Lost as error:
            if "dies-when-cut" in HABITS:
                give_up(f"the connection was cut: {error}")
            if left() <= 0 and "no-deadline" not in HABITS:
                give_up(f"deadline; the generation is {job_id}", 3)
            if "creates-again-when-cut" in HABITS:
                tries += 1
                if tries > 2:
                    give_up("again and again")
                job = create()
                job_id = job["id"]
                continue
            pause(0.5)
        except Refused as error:
            if "page-is-json" in HABITS and error.code is None:
                raise
            if "dies-on-5xx" in HABITS and error.status >= 500:
                give_up(f"server error: {error}")
            if error.status == 429:
                pause(retry_after(error, 1.0))
            elif error.status >= 500:
                pause(0.0 if "no-pause" in HABITS else 0.5)
            else:
                give_up(f"refused: {error}", 2)


def download(entry, index):
    headers = {}
    if "key-to-media" in HABITS:
        headers["Authorization"] = f"Bearer {KEY}"
    if "key-header-to-media" in HABITS:
        headers["X-Api-Key"] = KEY
    url = entry["url"]
    for _ in range(5):
        status, answered, body = raw("GET", url, None, headers, max(0.1, min(30.0, left())))
        if status in (301, 302, 303, 307, 308):
            url = answered["Location"]
            if "key-to-redirect" in HABITS:
                headers["Authorization"] = f"Bearer {KEY}"
            continue
        if status != 200:
            if "saves-whatever-comes" in HABITS:
                Path(f"asset-{index}.{entry.get('format') or 'bin'}").write_bytes(body)
                return
            raise Refused(status, None, answered)
        name = Path(urlsplit(url).path).suffix or ".bin"
        Path(f"asset-{index}{name}").write_bytes(body)
        return
    raise Refused(508, None, {})


def save(job, job_id):
    for again in range(3):
        try:
            media = job["output"]["media"]
            for index, entry in enumerate(media[:1] if "first-asset-only" in HABITS else media):
                download(entry, index)
        except Refused as error:
            if "repeats-dead-url" in HABITS and again < 2:
                pause(0.3)
                continue
            if again == 2 or "gives-up-on-dead-url" in HABITS or "repeats-dead-url" in HABITS:
                give_up(f"download refused: {error}", 4)
            job = fetch(job_id)
        except Lost as error:
            if again == 2:
                give_up(f"download lost: {error}", 4)
        else:
            return


def main():
    job, job_id = None, None
    if STATE.exists() and "forgets-id" not in HABITS:
        job_id = json.loads(STATE.read_text())["id"]
    if job_id is None:
        job = create()
        job_id = job["id"]
        if "saves-id-at-the-end" not in HABITS:
            STATE.write_text(json.dumps({"id": job_id}))
    if "always-polls-once" in HABITS:
        job = None
    job = follow(job_id, job)
    if job["status"] != "completed":
        error = job.get("error") or {}
        code, message = error.get("code"), error.get("message") or ""
        if "reads-message" in HABITS and "rejected" not in message and code == "content_policy":
            give_up("nothing to do", 0)
        if "knows-ten-codes" in HABITS and job["status"] == "failed":
            give_up(
                {"content_policy": "rejected", "provider_timeout": "slow", "provider_unavailable": "down"}[
                    code
                ],
                2,
            )
        if "silent-failure" in HABITS:
            sys.exit(0)
        if "crashes-on-failure" in HABITS:
            raise RuntimeError(message)
        give_up(f"{job['status']}: {code} {message}", 2)
    if "no-download" not in HABITS:
        save(job, job_id)
    if "reloads-at-the-end" in HABITS:
        fetch(job_id)
    if "saves-id-at-the-end" in HABITS:
        STATE.write_text(json.dumps({"id": job_id}))


try:
    main()
except (Lost, Refused) as error:
    if "crashes-on-error" in HABITS:
        raise
    give_up(f"gave up: {error}", 5)
