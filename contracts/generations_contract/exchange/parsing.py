"""Small parsers for what stands on the wire: JSON, Retry-After, Cache-Control, timestamps, content types.

Nothing here judges. Each parser takes whatever a gateway may send and answers with a value or `None`
(for JSON: `MALFORMED`); none of them raises, however hostile the input is.
"""

import json
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import Enum
from functools import lru_cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit


class Malformed(Enum):
    """The one value that stands for "this is not one strict JSON document"."""

    MALFORMED = "malformed"

    def __repr__(self) -> str:
        return "MALFORMED"


MALFORMED: Final = Malformed.MALFORMED

# Any JSON value; recursive aliases gain nothing here, because every reader narrows at once.
Json = Any

_DELTA_SECONDS = re.compile(r"[0-9]{1,10}", re.ASCII)
# Possessive throughout: a header as long as a client lets through must not take quadratic time.
_DIRECTIVE = re.compile(
    r"""[\s,]*+([!#$%&'*+.^_`|~0-9A-Za-z-]++)\s*+(?:=\s*+(?:"((?:[^"\\]|\\.)*+)"|([^\s,;"]*+))\s*+)?(?:,|$)"""
)
_TIMESTAMP = re.compile(
    r"(\d{4}-\d{2}-\d{2})[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d+))?\s?([Zz]|[+-]\d{2}(?::?\d{2})?)?", re.ASCII
)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


# One decoder for all: `json.loads` makes a new one for every text that comes with options.
_STRICT: Final = json.JSONDecoder(parse_constant=_refuse_constant)


def json_document(body: bytes, deepest: int | None = None) -> Json:
    """Parse exactly one strict JSON document (RFC 8259: no NaN, no text around it), else `MALFORMED`.

    One that is nested deeper than `deepest` is refused too (RFC 8259, 9): what reads it may recurse.
    """
    if not body:  # of every GET; an exception would cost ten times as much
        return MALFORMED
    try:
        document = _STRICT.decode(body.decode("utf-8"))
    except (ValueError, RecursionError):
        return MALFORMED
    if deepest is not None and body.count(b"[") + body.count(b"{") > deepest and _deeper(document, deepest):
        return MALFORMED
    return document


def _deeper(document: Json, levels: int) -> bool:
    """Whether a document has more levels of arrays and objects than these."""
    level = [document] if isinstance(document, dict | list) else []
    for _ in range(levels):
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [one for several in inner for one in several if isinstance(one, dict | list)]
        if not level:
            return False
    return True


def retry_after_s(value: str | None, now: float) -> float | None:
    """Seconds to wait by a `Retry-After` value: whole seconds, or an HTTP date against `now` (Unix time).

    `None` where there is no value or it is neither form.
    """
    if value is None:
        return None
    text = value.strip()
    if _DELTA_SECONDS.fullmatch(text):
        return float(text)
    moment = http_date(text)
    return None if moment is None else max(0.0, moment - now)


@lru_cache(maxsize=256)
def http_date(text: str) -> float | None:
    """Unix time of an HTTP date (RFC 9110, 5.6.7), else `None`."""
    if not text[:3].isalpha():
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@lru_cache(maxsize=256)
def cache_directives(value: str | None) -> Mapping[str, str | None]:
    """Directives of a `Cache-Control` value, names in lower case; quoted arguments unquoted."""
    found: dict[str, str | None] = {}
    position, text = 0, value or ""
    while match := _DIRECTIVE.match(text, position):
        name, quoted, plain = match.groups()
        found.setdefault(name.lower(), plain if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        position = match.end()
    return found


def timestamp(value: object) -> tuple[datetime, bool] | None:
    """An ISO-8601 date-time as (moment, whether it names its offset); without one it is read as UTC."""
    match = _TIMESTAMP.fullmatch(value) if isinstance(value, str) and len(value) < 80 else None
    if match is None:
        return None
    date, minutes, seconds, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z", "z") else offset
    text = f"{date}T{minutes}{seconds or ':00'}.{(fraction or '0')[:6]:0<6}{zone}"
    try:
        return datetime.fromisoformat(text), offset is not None
    except ValueError:
        return None


def media_type(value: str | None) -> str:
    """The type/subtype of a `Content-Type` value in lower case, without parameters; empty if absent."""
    return (value or "").partition(";")[0].strip().lower()


@lru_cache(maxsize=256)
def is_json_type(value: str | None) -> bool:
    """Whether a `Content-Type` names JSON: `application/json` or a `+json` type."""
    kind = media_type(value)
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def number(text: str) -> float | None:
    """A finite decimal number as it stands in a query string, else `None`."""
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", text, re.ASCII):
        return None
    value = float(text)
    return value if abs(value) != float("inf") else None


def query_value(query: str, name: str) -> str | None:
    """The last value of a parameter in a raw query string, else `None`."""
    found = [value for key, value in parse_qsl(query, keep_blank_values=True) if key == name]
    return found[-1] if found else None


def last_segment(path: str) -> str:
    """The last segment of a raw path, percent-decoded."""
    return unquote(path.rpartition("/")[2])


def path_and_query(url: str) -> tuple[str, str]:
    """The raw path and the raw query; also of what is no URL at all, because a gateway may list anything."""
    address, _, query = url.partition("#")[0].partition("?")
    return "/" + address.partition("://")[2].partition("/")[2], query


def without_query(url: str) -> str:
    """What a URL addresses: scheme, host and path, without query and fragment (where signatures live)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
