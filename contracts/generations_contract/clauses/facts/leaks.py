"""What must not stand in an error: traces, paths of the server, HTML.

No clause lives here. A gateway may repeat what the request said, so whatever
also stands in the request is no leak.
"""

import json
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.parsing import MALFORMED

SEARCHED_LENGTH: Final = 200_000
_REMEMBERED_LENGTH: Final = 200
_SOURCE = r"(?:py|js|mjs|ts|java|kt|scala|go|rb|php|rs|cs|cpp|cc|so|jar)"
_PATTERNS: Final = (
    ("a stack trace", re.compile(r"Traceback \(most recent call last\)")),
    ("a stack trace", re.compile(r'File "[^"\n]{1,200}", line \d+')),
    (
        "a stack trace",
        re.compile(r"\bat [\w$.<>/]{1,200}\((?:[\w$]+\.(?:java|kt|scala|cs):\d+|Native Method)\)"),
    ),
    ("a stack trace", re.compile(r"\bat [^\n()]{0,100}\(?(?:file://)?/[^\s()]{1,200}:\d+:\d+\)?")),
    ("a stack trace", re.compile(r"\bgoroutine \d+ \[\w+")),
    ("a stack trace", re.compile(r"\bthread '[^']{1,60}' panicked at ")),
    ("a file path", re.compile(rf"(?<![\w/.:-])/(?:[\w.@+-]{{1,60}}/){{1,20}}[\w.@+-]{{1,60}}\.{_SOURCE}\b")),
    ("a file path", re.compile(rf"\b[A-Za-z]:\\(?:[^\\\s:\"]{{1,60}}\\){{1,20}}[\w.-]{{1,60}}\.{_SOURCE}\b")),
    ("a file path", re.compile(r"(?<![\w/.:-])/(?:etc|proc|root)/[\w./-]{1,100}")),
    ("HTML", re.compile(r"<!doctype html|<html[\s>]|<body[\s>]", re.IGNORECASE)),
)


def leak(exchange: Exchange) -> tuple[str, str] | None:
    """(what it is, the text) of the first leak in an error, else `None`."""
    said: str | None = None
    for text in _texts(exchange):
        suspects = _known_suspects(text) if len(text) <= _REMEMBERED_LENGTH else _suspects(text)
        for what, suspect in suspects:
            said = _said(exchange) if said is None else said
            if suspect not in said:
                return what, suspect
    return None


def _suspects(text: str) -> list[tuple[str, str]]:
    """(what it is, the text) of everything that looks like a leak."""
    searched = text[:SEARCHED_LENGTH]
    return [(what, found.group()) for what, pattern in _PATTERNS for found in pattern.finditer(searched)]


@lru_cache(maxsize=2_048)
def _known_suspects(text: str) -> list[tuple[str, str]]:
    """The same: a gateway's messages are few, and come again and again."""
    return _suspects(text)


def _texts(exchange: Exchange) -> Iterator[str]:
    """The texts of the error: of its JSON, where it is JSON, so that escapes hide nothing."""
    if exchange.json is MALFORMED:
        yield (exchange.response.body if exchange.response else b"").decode("utf-8", "replace")
    elif exchange.resource is None:
        yield from _strings(exchange.json)
    else:
        yield from _strings(exchange.resource.get("error"))


def _strings(value: object) -> Iterator[str]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, list):
            waiting += each
        elif isinstance(each, dict):
            waiting += [*each, *each.values()]


def _said(exchange: Exchange) -> str:
    """Everything that the request said, in each of its spellings."""
    request = exchange.request
    body = request.body.decode("utf-8", "replace")
    parsed = " ".join(_strings(exchange.sent)) if exchange.sent is not MALFORMED else ""
    return " ".join(
        (body, parsed, json.dumps(parsed), unquote(request.path), unquote(request.query), request.url)
    )
