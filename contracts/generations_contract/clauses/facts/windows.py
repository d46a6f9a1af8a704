"""Derived facts about a request's form and its wait window, and moments on the wire.

No clause lives here. A window is a fact only where it was asked for beyond
doubt. A key that stands twice, another content type, a number in odd notation: no timing clause judges it.
"""

import json
import re
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

from generations_contract.api.vocabulary import (
    GET_WAIT_DEFAULT_S,
    NON_TERMINAL,
    WAIT_AUTO,
    WAIT_MAX_S,
    WAIT_MIN_S,
)
from generations_contract.exchange import parsing
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import derived

# Rounding of floating point times, in seconds: far below anything that is judged.
EPSILON_S: Final = 1e-6
# A window as everybody writes one in a query; other notations ("1e1", "+5", " 5") are left in peace.
PLAIN_WAIT: Final = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,9})?", re.ASCII)
TIMESTAMP_LENGTH: Final = 80


@derived
def json_request(exchange: Exchange) -> bool:
    """Whether a creation was sent as the document says: JSON by its content type, nothing in the query."""
    content_type = exchange.request.headers.get("content-type")
    if parsing.media_type(content_type) != "application/json" or exchange.request.query:
        return False
    charset = re.search(r"charset\s*=\s*\"?([\w-]+)", content_type or "", re.IGNORECASE)
    return charset is None or charset.group(1).lower() in ("utf-8", "utf8")


@derived
def documented_window_s(exchange: Exchange) -> float | None:
    """The wait window that was asked for beyond doubt, in [0, 60] seconds; `None` for "auto" and the rest."""
    if exchange.kind == "create":
        return exchange.asked_window_s if json_request(exchange) and not twice(exchange) else None
    if exchange.kind != "fetch":
        return None
    text = wait_text(exchange)
    if text is None:
        return float(GET_WAIT_DEFAULT_S)
    if not isinstance(text, str) or not PLAIN_WAIT.fullmatch(text):
        return None
    value = float(text)
    return value if WAIT_MIN_S <= value <= WAIT_MAX_S else None


@derived
def wait_text(exchange: Exchange) -> str | tuple[str, ...] | None:
    """`wait` of a fetch as it stands in the query, decoded; all of them where there are several."""
    query = exchange.request.query
    if not query:
        return None
    if query.startswith("wait=") and PLAIN_WAIT.fullmatch(query, 5):
        return query[5:]
    values = tuple(value for name, value in parse_qsl(query, keep_blank_values=True) if name == "wait")
    return values[0] if len(values) == 1 else values or None


@derived
def twice(exchange: Exchange) -> bool:
    """Whether a key stands twice in some object of the body: what it then means is nobody's to say."""
    if exchange.sent_object is None:
        return False
    try:
        _UNIQUE_DECODER.decode(exchange.request.body.decode("utf-8"))
    except _TwiceError:
        return True
    except (ValueError, RecursionError):
        return False
    return False


class _TwiceError(Exception):
    pass


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError
    return found


_UNIQUE_DECODER: Final = json.JSONDecoder(object_pairs_hook=_unique)


@derived
def auto(exchange: Exchange) -> bool:
    """Whether a creation waits by "auto", named or left out."""
    sent = exchange.sent_object
    return (
        exchange.kind == "create"
        and sent is not None
        and sent.get("wait", WAIT_AUTO) == WAIT_AUTO
        and json_request(exchange)
        and not twice(exchange)
    )


@derived
def pending(exchange: Exchange) -> bool:
    """Whether the answer shows a non-terminal state."""
    return exchange.state in NON_TERMINAL


def allowance_s(exchange: Exchange) -> float:
    """What a timing clause grants this exchange, in seconds."""
    return exchange.terms.allowance_s + EPSILON_S


def unanswered(exchange: Exchange) -> bool:
    """Whether the client waited in vain, rather than hung up or lost the connection."""
    return exchange.failure is not None and exchange.failure.kind == "timeout"


def heard(exchange: Exchange) -> bool:
    """Whether the client listened to the end: an answer, or none in all the time it gave."""
    return exchange.response is not None or unanswered(exchange)


# -- moments ----------------------------------------------------------------------------------------------


def moment(value: object) -> tuple[datetime, bool] | None:
    """An ISO-8601 date-time (extended or basic form) as (moment, whether it names its offset)."""
    return _moment(value) if isinstance(value, str) and len(value) <= TIMESTAMP_LENGTH else None


@lru_cache(maxsize=4096)
def _moment(value: str) -> tuple[datetime, bool] | None:
    text = re.sub(r"(?<=[0-9]{2}:[0-9]{2}:)60", "59", value)  # a leap second
    found = parsing.timestamp(text)
    if found is not None or not re.match(r"[0-9]{8}[Tt][0-9]{4}", text):
        return found
    try:
        read = datetime.fromisoformat(text.upper().replace(",", "."))
    except ValueError:
        return None
    return (read, True) if read.tzinfo else (read.replace(tzinfo=UTC), False)


def grain(first: datetime, second: datetime) -> timedelta:
    """By how much two texts of one moment may differ: the coarser of their precisions."""
    parts = (first.microsecond, second.microsecond)
    if 0 in parts:
        return timedelta(seconds=1) - timedelta(microseconds=1)
    if any(part % 1000 == 0 for part in parts):
        return timedelta(milliseconds=1)
    return timedelta(microseconds=1)


def same_moment(first: object, second: object) -> bool:
    """Whether two timestamps mean one moment; texts that are none are compared as they stand."""
    if not isinstance(first, str) or not isinstance(second, str):
        return isinstance(first, str) == isinstance(second, str)
    one, other = (None, None) if first == second else (moment(first), moment(second))
    if one is None or other is None:
        return first == second
    return abs(one[0] - other[0]) <= grain(one[0], other[0])
