"""When an entry of a HAR was sent and answered, as far as its times can be read in one way.

HAR 1.2 puts `ssl` within `connect`; Firefox and mitmproxy write it beside, and mitmproxy connects before
`startedDateTime`. What lies between sending and the whole answer is the same in all of them (send, wait and
receive), but where it begins is not. So a moment has two readings: everything that the client did first came after
the start, or before it. Where the parts do not add up to the whole, the length has two readings too.
"""

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

# How far the sum of the parts may be off by rounding alone, and moments that differ by less are one (seconds).
_ROUNDING_S: Final = 0.002
# Nothing that is recorded takes longer: where it is not told how long it took, it was over by then (seconds).
LONGEST_S: Final = 3600.0
_BEFORE: Final = ("blocked", "dns", "connect")
_WITHIN: Final = ("send", "wait", "receive")
# What JavaScript and Python write alike; `fromisoformat` would take "20260418" for a moment too.
_MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d\S*", re.ASCII)
_MILLISECONDS_FROM: Final = 1e11


class Moments(NamedTuple):
    """(sent, answered) in Unix seconds, read as the specification says, and as it may be meant as well."""

    usual: tuple[float, float]
    otherwise: tuple[float, float] | None


def started_unix(value: Any) -> float | None:
    """The moment of a `startedDateTime`; `None` where there is none. Without an offset it is read as UTC."""
    if (number := seconds(value)) is not None and not isinstance(value, str):
        return number / 1000 if number > _MILLISECONDS_FROM else number
    if not isinstance(value, str) or not _MOMENT.fullmatch(value.strip()):
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def moments(started: float, entry: Mapping[str, Any]) -> Moments:
    """When an entry that started then was sent, and when it was answered."""
    timings = entry.get("timings")
    told = timings if isinstance(timings, Mapping) else {}
    parts = {name: _spent_s(told.get(name)) for name in (*_BEFORE, "ssl", *_WITHIN)}
    before_s = sum(parts[name] for name in _BEFORE)
    total_s, held_s = _known_s(entry.get("time")), sum(parts[name] for name in _WITHIN)
    lengths = _lengths_s(
        total_s, before_s, parts["ssl"], held_s if _known_s(told.get("wait")) is not None else None
    )
    if not lengths:
        return Moments((started, started), (started, started + LONGEST_S))
    whole_s = max(before_s + min(lengths), total_s or 0.0)
    late = (started + whole_s - min(lengths), started + whole_s)
    early = (started, started + max(lengths))
    alike = all(abs(one - other) < _ROUNDING_S for one, other in zip(late, early, strict=True))
    return Moments(late, None if alike else early)


def _lengths_s(total_s: float | None, before_s: float, ssl_s: float, held_s: float | None) -> set[float]:
    """How long it may have been under way; empty where nothing tells."""
    if total_s is None:
        return set() if not held_s else {held_s}
    by_whole = {max(0.0, total_s - before_s), max(0.0, total_s - before_s - ssl_s)}
    if held_s is None:
        return by_whole
    if any(abs(one - held_s) < max(_ROUNDING_S, total_s / 1000) for one in by_whole):
        return {held_s}
    return {*by_whole, held_s}


def seconds(value: Any) -> float | None:
    """A finite number, however it is written; `None` for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _known_s(milliseconds: Any) -> float | None:
    """Seconds of a time in milliseconds; -1, null and what is no number stand for unknown."""
    number = seconds(milliseconds)
    return None if number is None or number < 0 else number / 1000


def _spent_s(milliseconds: Any) -> float:
    return _known_s(milliseconds) or 0.0
