"""One entry of a HAR, of whatever tool: leniently, for what is wrong with it may concern nobody.

A member that is missing or odd is taken for absent. What that leaves out is said by the entry itself (`doubt`),
and counted where the entry concerns the API; nothing here refuses a recording.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

from generations_contract.exchange.exchange import Failure, FailureKind, Headers
from generations_contract.exchange.parsing import http_date, path_and_query
from generations_contract.recordings import har_bodies
from generations_contract.recordings.clocks import LONGEST_S, moments, seconds, started_unix
from generations_contract.recordings.codec import EXTRAS
from generations_contract.recordings.entry import Entry, unread
from generations_contract.recordings.noted import own

# What browsers call a connection that was lost; everything else without an answer was the client's decision.
_LOST: Final = (
    "CONNECTION_RESET",
    "CONNECTION_CLOSED",
    "EMPTY_RESPONSE",
    "NS_ERROR_NET_RESET",
    "NET_INTERRUPT",
)
_CACHED: Final = "from a cache, or a part only"
_NOT_THEIRS: Final = "answered by the browser or a tool, not by the gateway"
# Members by which tools say that the answer is not the server's: `_fromCache`, `fromDiskCache`, `_wasFulfilled`,
# `_fetchedViaServiceWorker`, `_isMapLocal`, `_mocked`, …
_STORED: Final = re.compile(
    r"_?(?:(?:was_?)?(?:from|served|via)_?\w*cache\w*|cached|is_?cached)", re.IGNORECASE
)
_STOOD_IN: Final = re.compile(
    r"_?\w*(?:fulfilled|service_?worker|mock(?:ed)?|stubbed|overrid(?:e|den)|map_?local|intercepted|auto_?respon\w+)",
    re.IGNORECASE,
)

Attached = Callable[[str], bytes | None]


def har_entry(name: str, entry: Any, attached: Attached) -> Entry:
    """An entry as it was recorded; `attached` gives the content of another file that it names."""
    request = _object(_object(entry).get("request"))
    url = request.get("url")
    if not isinstance(url, str) or not url:
        return unread(name, "without a request")
    response = _object(entry.get("response"))
    status = max(0, int(seconds(response.get("status")) or 0))
    headers, answer_headers = _headers(request.get("headers")), _headers(response.get("headers"))
    noted = own({key: entry[f"_{key}"] for key in EXTRAS if f"_{key}" in entry})
    posted = har_bodies.posted(request, headers, ours="kind" in noted)
    answered = har_bodies.answered(
        response, answer_headers, _attachment(response, attached), ours="kind" in noted
    )
    doubts = () if "kind" in noted else _doubts(entry, request, response, answered.why if status else "")
    found = Entry(
        name=name,
        method=str(request.get("method") or "GET").upper(),
        url=_with_query(url, request),
        headers=headers,
        body=posted.content,
        sent_unix=0.0,
        answered_unix=0.0,
        status=status,
        answer_headers=answer_headers,
        answer=answered.content,
        failure=None if status else _failure(_error(entry, response), noted),
        doubt=next(filter(None, (*doubts, posted.why)), None),
        own=noted,
    )
    return _dated(found, entry)


def _dated(found: Entry, entry: Mapping[str, Any]) -> Entry:
    """The entry with its moments; without a start the answer's own `Date` says about when it was."""
    started = started_unix(entry.get("startedDateTime"))
    if started is not None:
        (sent, answered), otherwise = moments(started, entry)
        return replace(found, sent_unix=sent, answered_unix=answered, otherwise=otherwise)
    told = http_date(found.answer_headers.get("date") or "")
    if told is None:
        return replace(found, doubt=found.doubt or "when it was sent is not in the recording")
    wide = (told - LONGEST_S, told + LONGEST_S)
    return replace(found, sent_unix=told, answered_unix=told, otherwise=wide)


def _doubts(
    entry: Mapping[str, Any], request: Mapping[str, Any], response: Mapping[str, Any], body: str
) -> Iterator[str]:
    """Why it says nothing about the gateway, the most telling reason first; `body` is what is wrong with that."""
    cache = _object(entry.get("cache"))
    flags = [name for told in (entry, response) for name, value in told.items() if value and value != "false"]
    untransferred = (
        seconds(response.get("_transferSize")) == 0 and not (seconds(response.get("bodySize")) or 0) > 0
    )
    answered = (seconds(response.get("status")) or 0) > 0
    headers = _headers(response.get("headers"))
    if any(map(_STORED.fullmatch, flags)) or cache.get("beforeRequest") or cache.get("afterRequest"):
        yield _CACHED
    if any(map(_STOOD_IN.fullmatch, flags)) or headers.get("non-authoritative-reason"):
        yield _NOT_THEIRS
    if answered and untransferred:
        yield _CACHED
    if not response:
        yield "the answer is not in the recording"
    if har_bodies.is_hidden(request["url"]) or any(map(har_bodies.is_hidden, _waits(request["url"]))):
        yield har_bodies.HIDDEN
    if not _agrees(request):
        yield "its query is told twice, and differently"
    yield body
    if answered and not headers.fields:
        yield "the answer's headers are not in the recording"


def _with_query(url: str, request: Mapping[str, Any]) -> str:
    """The URL, and the query that only `queryString` still has where the URL was stripped of it."""
    listed = _pairs(request.get("queryString"))
    return f"{url.partition('#')[0]}?{urlencode(listed)}" if listed and "?" not in url else url


def _agrees(request: Mapping[str, Any]) -> bool:
    """Whether URL and `queryString` say the same of the parameter that decides how long a poll is held."""
    listed = [value for name, value in _pairs(request.get("queryString")) if name == "wait"]
    return not listed or "?" not in request["url"] or listed == _waits(request["url"])


def _waits(url: str) -> list[str]:
    query = parse_qsl(path_and_query(url)[1], keep_blank_values=True)
    return [value for name, value in query if name == "wait"]


def _headers(fields: Any) -> Headers:
    """Header fields; pseudo-headers of HTTP/2 (":authority") are none, and Chrome joins equal names by line ends."""
    return Headers(
        tuple(
            (name, part.strip())
            for name, value in _pairs(fields)
            if not name.startswith(":")
            for part in value.split("\n")
        )
    )


def _pairs(fields: Any) -> list[tuple[str, str]]:
    """Names and values, of a list of records or of a plain object; what is neither is no field."""
    if isinstance(fields, Mapping):
        listed = [(name, each) for name, value in fields.items() for each in _many(value)]
    else:
        records = [each for each in fields if isinstance(each, Mapping)] if isinstance(fields, list) else []
        listed = [(each.get("name"), each.get("value", "")) for each in records]
    return [(str(name), str(value)) for name, value in listed if isinstance(name, str) and value is not None]


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _attachment(response: Mapping[str, Any], attached: Attached) -> bytes | None:
    """What another file holds of the body: Playwright names it in `_file`."""
    named = _object(response.get("content")).get("_file")
    return attached(named) if isinstance(named, str) else None


def _error(entry: Mapping[str, Any], response: Mapping[str, Any]) -> str:
    told = (each.get(name) for each in (entry, response) for name in ("_error", "_failureText"))
    return next((str(each) for each in told if each), "")


def _failure(told: str, noted: Mapping[str, Any]) -> Failure:
    if isinstance(noted.get("failure"), Mapping):
        return Failure(**noted["failure"])
    kind: FailureKind = "reset" if any(mark in told.upper() for mark in _LOST) else "abandoned"
    return Failure(kind, told[:200])


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
