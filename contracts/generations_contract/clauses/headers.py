"""Section `headers`: what the header fields say of a state: when to come again, and what may be cached.

No body is judged here. Directives are parsed, not compared as text, so order,
spacing and additional directives are free.
"""

import math
from typing import Final, Literal

from generations_contract.api.vocabulary import TERMINAL_MAX_AGE_S
from generations_contract.clauses.facts.groups import limited_account
from generations_contract.clauses.facts.history import seconds, shown
from generations_contract.clauses.facts.windows import documented_window_s, pending
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.parsing import cache_directives, http_date, retry_after_s
from generations_contract.judging.clause import Breach, Earlier, Findings, alone, clause

# "Retry-After tells you for how long": longer than any outer deadline that the document suggests is no pause.
LONGEST_PAUSE_S: Final = 300.0
AGE_LENGTH: Final = 10


def _tells_when(exchange: Exchange) -> bool:
    """Whether `Retry-After` is whole seconds or an HTTP date, whatever the time is now."""
    return retry_after_s(exchange.header("retry-after"), 0.0) is not None


@clause(
    "headers.retry-after",
    "MUST",
    says='if wait elapses you get status "running" and a Retry-After header',
    by=alone,
    when=pending,
)
def retry_after(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Whole seconds of at least 0, or an HTTP date; only a SHOULD where there was no window to elapse.

    Nor is a poller sent away for long (SHOULD): a date is held against the target's own `Date`.
    """
    pause_s = retry_after_s(
        exchange.header("retry-after"), http_date(exchange.header("date") or "") or math.inf
    )
    if pause_s is not None and pause_s > LONGEST_PAUSE_S:
        expected = f"Retry-After of {LONGEST_PAUSE_S:.0f} s at the most"
        yield Breach(expected, f"Retry-After {shown(exchange.header('retry-after'))}", level="SHOULD")
    if not _tells_when(exchange):
        expected = "Retry-After with whole seconds >= 0 or an HTTP date"
        level = "SHOULD" if documented_window_s(exchange) == 0 else None
        yield Breach(expected, f"Retry-After {shown(exchange.header('retry-after'))}", level=level)  # type: ignore[arg-type]


@clause(
    "headers.cache-terminal",
    "MUST",
    says="terminal responses are safe to cache (Cache-Control: private, max-age=60)",
    by=alone,
    when=lambda exchange: exchange.terminal,
)
def cache_terminal(exchange: Exchange, _earlier: Earlier) -> Findings:
    """On POST it is a SHOULD: no cache keeps the answer to a POST. Nothing else may take it back.

    `no-cache="Set-Cookie"` takes back one header only.
    """
    level: Literal["SHOULD"] | None = "SHOULD" if exchange.kind == "create" else None
    value = exchange.header("cache-control")
    found = cache_directives(value)
    age = (found.get("max-age") or "").strip()
    right = "private" in found and age.lstrip("0") == str(TERMINAL_MAX_AGE_S)
    never = found.get("no-cache", "") is None
    if not right or "public" in found or "no-store" in found or never:
        yield Breach("Cache-Control: private, max-age=60", f"Cache-Control {shown(value)}", level=level)
    for name, wrong in (("vary", _varies), ("age", _stale)):
        told = exchange.header(name)
        if told is not None and wrong(told):
            yield Breach(
                f"nothing that takes max-age={TERMINAL_MAX_AGE_S} back", f"{name} {shown(told)}", level=level
            )


def _varies(vary: str) -> bool:
    """Whether no later request can be answered from a cache."""
    return "*" in (each.strip() for each in vary.split(","))


def _stale(age: str) -> bool:
    """Whether the answer was older than it may be kept when it came."""
    text = age.strip()
    return text.isascii() and text.isdecimal() and len(text) < AGE_LENGTH and int(text) > TERMINAL_MAX_AGE_S


@clause(
    "headers.cache-non-terminal",
    "MUST",
    says="non-terminal responses are returned with Cache-Control: no-store",
    by=alone,
    when=pending,
)
def cache_non_terminal(exchange: Exchange, _earlier: Earlier) -> Findings:
    """On POST it is a SHOULD."""
    value = exchange.header("cache-control")
    if "no-store" not in cache_directives(value):
        level = "SHOULD" if exchange.kind == "create" else None
        yield Breach("Cache-Control: no-store", f"Cache-Control {shown(value)}", level=level)  # type: ignore[arg-type]


@clause(
    "headers.rate-limit",
    "MUST",
    says="rate_limited, 429: Retry-After tells you for how long",
    by=limited_account,
    when=lambda exchange: exchange.status == 429,
)
def rate_limit(exchange: Exchange, earlier: Earlier) -> Findings:
    """`Retry-After` on every 429; and it is true (SHOULD): the next call after it is not refused again."""
    if not _tells_when(exchange):
        yield Breach("Retry-After on 429", f"Retry-After {shown(exchange.header('retry-after'))}")
    before = earlier[-1] if len(earlier) and not earlier.meanwhile else None
    promised = before.retry_after_s if before is not None and before.status == 429 else None
    if before is None or promised is None:
        return
    pause = exchange.sent_at - before.answered_at
    if pause > promised:
        expected = f"no 429 {seconds(pause)} after one with Retry-After {seconds(promised)}"
        yield Breach(expected, "429 again", (before,), level="SHOULD")
