"""Recorded traffic as files hold it: HAR of browsers, proxies and this suite, or JSON lines of exchanges.

Only the form is read here, into entries; which of them concern the API, and whose they are, is decided in
`recognition`. An entry holds keys and signatures as the recording does: it is never printed, written or kept.
Whatever is wrong with a file is one line (`UsageError`).
"""

import base64
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from generations_contract.api.usage import UsageError
from generations_contract.exchange.exchange import Failure, FailureKind, Headers
from generations_contract.recordings.codec import EXTRAS

# What browsers call a connection that was lost; everything else without an answer was the client's decision.
_LOST = ("CONNECTION_RESET", "CONNECTION_CLOSED", "EMPTY_RESPONSE", "NS_ERROR_NET_RESET", "NET_INTERRUPT")

# Answers that have no body, and requests that got no answer.
_WITHOUT_BODY = (0, 204, 205, 304)


@dataclass(frozen=True)
class Entry:
    """A request and its outcome as recorded, secrets included; times in Unix seconds.

    `body` and `answer` are `None` where the recording left them out. `doubt`: why it says nothing about the
    gateway, if so. `own`: what this suite itself had noted (`codec.EXTRAS`), empty for anybody else's
    recording.
    """

    name: str
    method: str
    url: str
    headers: Headers
    body: bytes | None
    sent_unix: float
    answered_unix: float
    status: int = 0
    answer_headers: Headers = field(default_factory=Headers)
    answer: bytes | None = b""
    failure: Failure | None = None
    doubt: str | None = None
    own: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Entry({self.name})"


def read(path: Path) -> list[Entry]:
    """The entries of a file in its order; raises `UsageError` for a file that is neither form."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path}: is no UTF-8 text; expected a HAR or JSON lines of exchanges") from None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        return list(_lines(path, text))
    if isinstance(document, dict) and "log" in document:
        return list(_har(path, document))
    return list(_lines(path, text))


def _har(path: Path, document: Mapping[str, Any]) -> Iterator[Entry]:
    entries = document["log"].get("entries") if isinstance(document["log"], dict) else None
    if not isinstance(entries, list):
        raise UsageError(f"{path}: log.entries is no array; is this a HAR 1.2?")
    for number, entry in enumerate(entries, 1):
        try:
            yield _har_entry(f"entry {number}", entry)
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise UsageError(f"{path}: entry {number} is none of HAR 1.2: {_why(error)}") from None


def _har_entry(name: str, entry: Mapping[str, Any]) -> Entry:
    request, response = entry["request"], entry["response"]
    started = datetime.fromisoformat(entry["startedDateTime"]).timestamp()
    # A request that waited for a free connection was not on the wire yet.
    timings = entry.get("timings") or {}
    before_ms = sum(_spent_ms(timings, part) for part in ("blocked", "dns", "connect"))
    total_ms = _total_ms(entry, timings)
    status = int(response.get("status") or 0)
    own = _own({key: entry[f"_{key}"] for key in EXTRAS if f"_{key}" in entry})
    headers = _headers(request["headers"])
    return Entry(
        name=name,
        method=str(request["method"]).upper(),
        url=str(request["url"]),
        headers=headers,
        body=_posted(request, headers),
        sent_unix=started + min(before_ms, total_ms or 0.0) / 1000,
        answered_unix=started + (total_ms or 0.0) / 1000,
        status=status,
        answer_headers=_headers(response.get("headers") or []),
        answer=_answer(response),
        failure=None if status else _failure(str(entry.get("_error") or response.get("_error") or ""), own),
        doubt=_doubt(entry, total_ms),
        own=own,
    )


def _total_ms(entry: Mapping[str, Any], timings: Mapping[str, Any]) -> float | None:
    """How long it took; browsers write null or -1 for what they do not know (a request that still runs)."""
    known = entry["time"] is not None and float(entry["time"]) >= 0
    if known:
        return float(entry["time"])
    parts = sum(_spent_ms(timings, part) for part in ("blocked", "dns", "connect", "send", "wait", "receive"))
    return parts if _spent_ms(timings, "wait") > 0 else None


def _spent_ms(timings: Mapping[str, Any], part: str) -> float:
    """Milliseconds of a part of the time; -1 stands for none, and null for unknown."""
    return max(0.0, float(timings.get(part) or 0))


def _doubt(entry: Mapping[str, Any], total_ms: float | None) -> str | None:
    if entry.get("_fromCache") or entry["response"].get("_fetchedViaServiceWorker"):
        return "from a cache, or a part only"
    return "how long it took is not in the recording" if total_ms is None else None


def _headers(fields: list[Mapping[str, str]]) -> Headers:
    """Header fields; pseudo-headers of HTTP/2 (":authority") are none."""
    return Headers(
        tuple((str(each["name"]), str(each["value"])) for each in fields if not each["name"].startswith(":"))
    )


def _posted(request: Mapping[str, Any], headers: Headers) -> bytes | None:
    posted = request.get("postData")
    if isinstance(posted, dict) and isinstance(posted.get("text"), str):
        coded = posted.get("_encoding") == "base64" or posted.get("encoding") == "base64"
        return base64.b64decode(posted["text"]) if coded else posted["text"].encode("utf-8", "surrogatepass")
    size = int(request.get("bodySize") or 0)
    return None if size > 0 or (headers.get("content-length") or "0") != "0" else b""


def _answer(response: Mapping[str, Any]) -> bytes | None:
    content = response.get("content") or {}
    text = content.get("text")
    if isinstance(text, str):
        coded = content.get("encoding") == "base64"
        return base64.b64decode(text) if coded else text.encode("utf-8", "surrogatepass")
    # Without a text nobody knows whether there was none, or whether it was left out: browsers write no size
    # of what they did not keep. Only the header, or the status, tells.
    length = _headers(response.get("headers") or []).get("content-length")
    return b"" if length == "0" or response.get("status") in _WITHOUT_BODY else None


def _failure(told: str, own: Mapping[str, Any]) -> Failure:
    if isinstance(own.get("failure"), dict):
        return Failure(**own["failure"])
    kind: FailureKind = "reset" if any(mark in told.upper() for mark in _LOST) else "abandoned"
    return Failure(kind, told[:200])


def _lines(path: Path, text: str) -> Iterator[Entry]:
    found = False
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            yield _line_entry(f"line {number}", json.loads(line))
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
            kind = (
                f"line {number} is no exchange" if found else "is neither a HAR nor JSON lines of exchanges"
            )
            raise UsageError(f"{path}: {kind}: {_why(error)}") from None
        found = True
    if not found:
        raise UsageError(f"{path}: is empty")


def _line_entry(name: str, document: Mapping[str, Any]) -> Entry:
    request, response = document["request"], document.get("response")
    failure = document.get("failure")
    elapsed_s = float(document["answered_at"]) - float(document["sent_at"])
    answered = float(document.get("answered_unix") or document["answered_at"])
    answer = response or {"headers": []}
    return Entry(
        name=name,
        method=str(request["method"]).upper(),
        url=str(request["url"]),
        headers=_pairs(request["headers"]),
        body=_body(request),
        sent_unix=answered - elapsed_s,
        answered_unix=answered,
        status=int(response["status"]) if response else 0,
        answer_headers=_pairs(answer["headers"]),
        answer=None if "body_left_out" in answer else _body(answer),
        failure=None if response else Failure(**failure) if failure else Failure("abandoned"),
        own=_own({key: document[key] for key in EXTRAS if key in document}),
    )


def _own(noted: dict[str, Any]) -> dict[str, Any]:
    """What this suite had noted; raises `TypeError` or `ValueError` for what it never would have."""
    for key, value in noted.items():
        if key == "sent_at":
            noted[key] = float(value)
            if not math.isfinite(noted[key]):
                raise ValueError(key)
        elif not isinstance(value, {"echoed": list, "asset": dict, "failure": dict}.get(key, str)):
            raise TypeError(key)
    asset = noted.get("asset", {"generation_id": "", "index": 0, "entry": {}})
    forms = (("generation_id", str), ("index", int), ("entry", dict))
    if not all(isinstance(asset[name], form) for name, form in forms):
        raise TypeError("asset")
    return noted


def _pairs(fields: list[list[str]]) -> Headers:
    return Headers(tuple((str(name), str(value)) for name, value in fields))


def _body(message: Mapping[str, Any]) -> bytes:
    if "body_base64" in message:
        return base64.b64decode(message["body_base64"])
    return str(message.get("body", "")).encode("utf-8", "surrogatepass")


def _why(error: Exception) -> str:
    """What is wrong, in a few words, without any value from the file: it may be a secret."""
    if isinstance(error, KeyError):
        return f"{error.args[0]!r} is missing"
    if isinstance(error, json.JSONDecodeError):
        return "no JSON"
    return "a member has another type or form than expected"
