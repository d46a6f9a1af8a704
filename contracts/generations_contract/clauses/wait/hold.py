"""Section `wait`: the long poll, one client at a time: how long an answer may and must take.

What several clients show of each other lives in `pollers.py`. Only the
client's clock counts; late means later than window and slack, early means sooner than the window less 50 ms.
"""

from generations_contract.api.terms import EARLY_TOLERANCE_S
from generations_contract.api.vocabulary import FAILED, QUEUED, WAIT_AUTO, WAIT_MAX_S, WAIT_MIN_S
from generations_contract.clauses.facts.endings import first_terminal
from generations_contract.clauses.facts.history import (
    behaviour,
    creation,
    elsewhere,
    outcome,
    seconds,
    unreadable,
)
from generations_contract.clauses.facts.windows import (
    allowance_s,
    auto,
    documented_window_s,
    heard,
    pending,
    wait_text,
)
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, Observation, alone, clause


def _held(exchange: Exchange) -> str:
    return f"answered after {seconds(exchange.elapsed_s)}" if exchange.response else outcome(exchange)


def _within(exchange: Exchange, limit_s: float, why: str) -> Findings:
    """Answered within a limit and slack; "no answer" only counts once that time is over."""
    if exchange.elapsed_s > limit_s + allowance_s(exchange):
        slack = seconds(exchange.terms.allowance_s)
        yield Breach(f"within {seconds(limit_s)} (slack {slack}): {why}", _held(exchange))
    elif exchange.response is None:
        yield MOOT


@clause(
    "wait.zero-create",
    "MUST",
    says='pass 0 for fire-and-forget (returns immediately with status: "queued")',
    on=("create",),
    by=alone,
    timing=True,
    when=lambda exchange: exchange.ok and exchange.state is not None and documented_window_s(exchange) == 0,
)
def zero_create(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Within slack and queued; a provider that fails at once may show as failed."""
    if exchange.state not in (QUEUED, FAILED):
        yield Breach(f"status {QUEUED} for wait 0", f"status {exchange.state}")
    yield from _within(exchange, 0, "wait 0 returns immediately")


@clause(
    "wait.never-late",
    "MUST",
    says="wait: server-side long-poll window in seconds",
    by=alone,
    timing=True,
    when=lambda exchange: (
        documented_window_s(exchange) is not None
        and heard(exchange)
        and (exchange.kind == "create" or wait_text(exchange) is not None)
    ),
)
def never_late(exchange: Exchange, _earlier: Earlier) -> Findings:
    """No answer of any kind later than window and slack. GET without `wait` is `wait.get-default`'s."""
    return _within(exchange, documented_window_s(exchange) or 0, "the wait window")


@clause(
    "wait.never-early",
    "MUST",
    says="server holds the connection open up to N seconds",
    by=alone,
    timing=True,
    when=lambda exchange: pending(exchange) and (documented_window_s(exchange) or 0) > EARLY_TOLERANCE_S,
)
def never_early(exchange: Exchange, _earlier: Earlier) -> Findings:
    """A non-terminal answer comes only once the window has elapsed."""
    window = documented_window_s(exchange) or 0
    if exchange.elapsed_s < window - EARLY_TOLERANCE_S - 1e-6:
        expected = f"{exchange.state} not before {seconds(window)} (less {seconds(EARLY_TOLERANCE_S)})"
        yield Breach(expected, _held(exchange))


@clause(
    "wait.terminal-at-once",
    "MUST",
    says="GET once and block until the job is terminal",
    on=("fetch",),
    timing=True,
    when=lambda exchange: (
        exchange.intent != "unknown-id" and documented_window_s(exchange) is not None and heard(exchange)
    ),
)
def terminal_at_once(exchange: Exchange, earlier: Earlier) -> Findings:
    """Nothing is left to wait for once somebody has seen the end."""
    before = first_terminal(earlier)
    if before is None:
        yield MOOT
        return
    for finding in _within(exchange, 0, f"it was {before.state} before"):
        yield Breach(finding.expected, finding.actual, (before,)) if isinstance(finding, Breach) else finding


@clause(
    "wait.get-default",
    "MUST",
    says="GET: wait, number, default 0",
    on=("fetch",),
    by=alone,
    timing=True,
    when=lambda exchange: wait_text(exchange) is None and heard(exchange),
)
def get_default(exchange: Exchange, _earlier: Earlier) -> Findings:
    """GET without `wait` answers at once."""
    return _within(exchange, 0, "GET without wait is wait=0")


def lenient_number(text: str) -> float | None:
    """What a generous parser could make of a text; `None` where no parser makes a number of it."""
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return float(int(text, 0))
    except (ValueError, OverflowError):
        return None


def _wrong_wait(exchange: Exchange) -> bool:
    """Whether a fetch's `wait` is certainly wrong: out of range in any notation, or no number in any."""
    text = wait_text(exchange)
    if not isinstance(text, str) or not text.strip() or text == WAIT_AUTO:
        return False
    value = lenient_number(text)
    return value is None or not WAIT_MIN_S <= value <= WAIT_MAX_S


@clause(
    "wait.get-range",
    "MUST",
    says="GET: wait, number, 0-60 s",
    on=("fetch",),
    when=lambda exchange: exchange.response is not None and exchange.authenticated and _wrong_wait(exchange),
)
def get_range(exchange: Exchange, earlier: Earlier) -> Findings:
    """Below 0, above 60 or no number: 400 `invalid_input`; strangers and unknown ids may hear 404."""
    if exchange.refused_with("invalid_input", 400):
        return
    created = creation(earlier)
    known = created is not None and created.account == exchange.account
    first = exchange.status in (401, 403, 404) and not known
    if elsewhere(exchange) or unreadable(exchange, 400) or first or exchange.status == 401:
        yield MOOT
    else:
        yield Breach("400 invalid_input: wait is a number from 0 to 60", outcome(exchange))


@clause(
    "wait.fractional",
    "MUST",
    says="wait is a number",
    timing=True,
    when=lambda exchange: (documented_window_s(exchange) or 0) % 1 > 0 and heard(exchange),
)
def fractional(exchange: Exchange, earlier: Earlier) -> Findings:
    """Half a second is neither none nor one: a non-terminal answer comes at the window, as asked."""
    window = documented_window_s(exchange) or 0
    if pending(exchange):
        if exchange.elapsed_s < window - EARLY_TOLERANCE_S - 1e-6:
            yield Breach(f"held for {seconds(window)}", _held(exchange))
        yield from _within(exchange, window, "a fraction is not rounded up")
    elif exchange.kind == "fetch" and exchange.status in (400, 422) and exchange.code != "content_policy":
        created = creation(earlier)
        known = created is not None and created.account == exchange.account
        if known and exchange.authenticated and "&" not in exchange.request.query:
            yield Breach(f"a fetch with wait={wait_text(exchange)}", outcome(exchange))
        else:
            yield MOOT
    else:
        yield MOOT


@clause(
    "wait.auto-cap",
    "MUST",
    says='wait="auto" (default) blocks for up to 60s',
    on=("create",),
    by=alone,
    timing=True,
    when=lambda exchange: auto(exchange) and heard(exchange),
)
def auto_cap(exchange: Exchange, _earlier: Earlier) -> Findings:
    """No longer than the longest window."""
    return _within(exchange, WAIT_MAX_S, '"auto" is at most 60 s')


@clause(
    "wait.get-auto",
    "OPEN",
    says="whether GET takes wait=auto",
    on=("fetch",),
    by=alone,
    when=lambda exchange: (
        exchange.response is not None
        and exchange.authenticated
        and exchange.intent != "unknown-id"
        and wait_text(exchange) == WAIT_AUTO
    ),
)
def get_auto(exchange: Exchange, _earlier: Earlier) -> Findings:
    """Accepted, or refused."""
    yield Observation("GET with wait=auto", behaviour(exchange))
