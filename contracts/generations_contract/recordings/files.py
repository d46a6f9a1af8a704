"""Recorded traffic as files hold it: HAR of browsers, proxies and this suite, or JSON lines of exchanges.

Only the form is read here, into entries; which of them concern the API, and whose they are, is decided in
`recognition`. What can be read is read: of a file that was cut off everything before its end, of a list with
something odd in it the rest. A file that is no recording at all is one line (`UsageError`).
"""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from generations_contract.api.usage import UsageError
from generations_contract.exchange.exchange import Failure, Headers
from generations_contract.recordings.codec import EXTRAS
from generations_contract.recordings.entry import Entry, unread
from generations_contract.recordings.har_entries import har_entry
from generations_contract.recordings.noted import own
from generations_contract.recordings.opening import Opened, opened

_NOT_AS_EXPECTED: Final = (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError)
_DECODER: Final = json.JSONDecoder()
# Where the entries begin, in a text that cannot be read as one document; quotes within texts are escaped.
_ENTRIES: Final = re.compile(r'(?<!\\)"entries"\s*:\s*\[')
_BETWEEN: Final = re.compile(r"[\s,]*")
_UNREADABLE: Final = "of a form that is no exchange"


def read(path: Path) -> list[Entry]:
    """The entries of a file in its order; raises `UsageError` for a file that is no recording."""
    return [entry for each in opened(path) for entry in _entries(path, each)]


def _entries(path: Path, recording: Opened) -> Iterator[Entry]:
    """The entries of a HAR, of several one after the other or in an array, of a HAR that was cut, or of lines."""
    text = recording.text
    documents, end = _documents(text)
    logs = [
        log
        for each in documents
        for one in (each if isinstance(each, list) else [each])
        for log in _logs(one)
    ]
    for number, log in enumerate(logs):
        yield from _har(path, log, recording, f"HAR {number + 1}, " if len(logs) > 1 else "")
    begun = _ENTRIES.search(text, end) if logs or not documents else None
    if begun:
        yield from _cut_har(recording, begun.end())
    elif not logs:
        yield from _lines(path, recording)
    elif end < len(text):
        yield unread(f"{recording.name}the end", f"no recording: what stands behind it, {_place(text, end)}")


def _documents(text: str) -> tuple[list[Any], int]:
    """The JSON documents that a text begins with, a few at the most, and where what follows begins."""
    found: list[Any] = []
    end = _BETWEEN.match(text).end()  # type: ignore[union-attr]
    while end < len(text):
        try:
            document, end = _DECODER.raw_decode(text, end)
        except (ValueError, RecursionError):
            break
        found.append(document)
        end = _BETWEEN.match(text, end).end()  # type: ignore[union-attr]
        if not any(_logs(each) for each in (document if isinstance(document, list) else [document])):
            break
    return found, end


def _logs(document: Any) -> list[Any]:
    """The `log` of a document where it is a HAR, with its usual frame or without."""
    if isinstance(document, dict) and "log" in document:
        return [document["log"]]
    return [document] if isinstance(document, dict) and isinstance(document.get("entries"), list) else []


def _har(path: Path, log: Any, recording: Opened, prefix: str) -> Iterator[Entry]:
    entries = log.get("entries") if isinstance(log, dict) else None
    if not isinstance(entries, list):
        raise UsageError(f"{path}: log.entries is no array; is this a HAR 1.2?")
    for number, entry in enumerate(entries, 1):
        yield _one(f"{recording.name}{prefix}entry {number}", entry, recording)


def _one(name: str, entry: Any, recording: Opened) -> Entry:
    try:
        return har_entry(name, entry, recording.attached)
    except _NOT_AS_EXPECTED:
        return unread(name, _UNREADABLE)


def _cut_har(recording: Opened, at: int) -> Iterator[Entry]:
    """The entries of a text that ends before the HAR does; the last says where."""
    text, number = recording.text, 0
    while True:
        at = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        if text[at : at + 1] == "]":
            break
        try:
            entry, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        number += 1
        yield _one(f"{recording.name}entry {number}", entry, recording)
    end = f"behind entry {number}, {_place(text, at)}"
    yield unread(f"{recording.name}the end", f"cut off or damaged: nothing is read {end}")


def _place(text: str, at: int) -> str:
    """Where it is in the text, for a person with an editor."""
    return f"line {text.count(chr(10), 0, at) + 1}, column {at - text.rfind(chr(10), 0, at)}"


def _lines(path: Path, recording: Opened) -> Iterator[Entry]:
    """The exchanges of JSON lines; what is none is left out, unless nothing is one."""
    found, problem = False, "is empty"
    lines = recording.text.split("\n")
    for number, line in enumerate(lines, 1):
        if not line.strip("\0 \t\r,"):
            continue
        try:
            yield _line_entry(f"{recording.name}line {number}", json.loads(line.strip("\0")))
            found = True
        except _NOT_AS_EXPECTED as error:
            problem = "is neither a HAR nor JSON lines of exchanges: " + _why(error) if not found else problem
            cut = number == len(lines) and isinstance(error, json.JSONDecodeError)
            yield unread(
                f"line {number}", f"cut off: nothing is read behind line {number - 1}" if cut else _UNREADABLE
            )
    if not found:
        raise UsageError(f"{path}: {problem}")


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
        own=own({key: document[key] for key in EXTRAS if key in document}),
    )


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
