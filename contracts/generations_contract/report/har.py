"""`traffic.har`: a run's exchanges in HAR 1.2, as browsers' network panels and proxies open it.

Written from documents (`recordings.codec.to_dict`), which are redacted. What HAR has no place for stands in fields
that begin with an underscore, as the format allows, so that `audit` gets back exactly what was recorded.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from generations_contract.exchange.parsing import path_and_query
from generations_contract.recordings.codec import EXTRAS
from generations_contract.recordings.traffic import started_unix

_UNKNOWN_TIMINGS = ("blocked", "dns", "connect", "ssl")


def document(exchanges: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The HAR of recorded exchanges, in the order given."""
    try:
        release = version("generations-contract")
    except PackageNotFoundError:
        release = "source"
    return {
        "log": {
            "version": "1.2",
            "creator": {"name": "generations-contract", "version": release},
            "pages": [],
            "entries": [_entry(exchange) for exchange in exchanges],
        }
    }


def write(path: Path, exchanges: Iterable[Mapping[str, Any]]) -> None:
    """Write `traffic.har`."""
    path.write_text(json.dumps(document(exchanges), indent=1) + "\n", encoding="utf-8")


def _entry(exchange: Mapping[str, Any]) -> dict[str, Any]:
    elapsed_ms = round((exchange["answered_at"] - exchange["sent_at"]) * 1000, 3)
    moment = datetime.fromtimestamp(started_unix(exchange), UTC)
    return {
        "startedDateTime": moment.isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "time": elapsed_ms,
        "request": _request(exchange["request"]),
        "response": _response(exchange),
        "cache": {},
        "timings": {"send": 0, "wait": elapsed_ms, "receive": 0, **dict.fromkeys(_UNKNOWN_TIMINGS, -1)},
        **{f"_{name}": exchange[name] for name in EXTRAS if name in exchange},
        **_why(exchange),
    }  # fmt: skip


def _why(exchange: Mapping[str, Any]) -> dict[str, Any]:
    failure = exchange.get("failure")
    return {"_error": f"{failure['kind']}: {failure['detail']}"} if failure else {}


def _request(request: Mapping[str, Any]) -> dict[str, Any]:
    query = parse_qsl(path_and_query(request["url"])[1], keep_blank_values=True, errors="replace")
    body = _text(request)
    found = {
        "method": request["method"],
        "url": request["url"],
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(request["headers"]),
        "queryString": _pairs(query),
        "headersSize": -1,
        "bodySize": _size(request),
    }
    if body["text"]:
        kind = _header(request, "content-type")
        found["postData"] = {"mimeType": kind, "text": body.pop("text"), **_own(body)}
    return found


def _response(exchange: Mapping[str, Any]) -> dict[str, Any]:
    response = exchange.get("response") or {"status": 0, "headers": []}
    size = response.get("body_left_out", _size(response))
    content = {"size": size, "mimeType": _header(response, "content-type"), **_text(response)}
    if "body_left_out" in response:
        del content["text"]
        content["comment"] = "too long: left out of the recording"
    return {
        "status": response["status"],
        "statusText": "",
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": _pairs(response["headers"]),
        "content": content,
        "redirectURL": _header(response, "location"),
        "headersSize": -1,
        "bodySize": size,
    }


def _pairs(fields: Iterable[Iterable[str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in fields]


def _header(message: Mapping[str, Any], wanted: str) -> str:
    return next((value for name, value in message["headers"] if name.lower() == wanted), "")


def _text(message: Mapping[str, Any]) -> dict[str, str]:
    if "body_base64" in message:
        return {"text": message["body_base64"], "encoding": "base64"}
    # An empty text says that there was no body; without a text nobody could tell.
    return {"text": message.get("body", "")}


def _own(members: Mapping[str, str]) -> dict[str, str]:
    """HAR knows `encoding` of content only; for what was posted it is a field of our own."""
    return {f"_{name}": value for name, value in members.items()}


def _size(message: Mapping[str, Any]) -> int:
    if "body_base64" in message:
        return len(base64.b64decode(message["body_base64"]))
    return len(message.get("body", "").encode("utf-8", "surrogatepass"))
