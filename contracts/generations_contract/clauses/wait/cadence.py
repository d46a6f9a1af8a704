"""Section `wait`, the next poll: one that is sent at once after an elapsed window is held like the one before.

How long a single poll is held is in `hold`. An account's own limit must not look like a cadence: a refusal counts
only where nothing but polls that came at once was refused for its pace.
"""

from typing import Final

from generations_contract.clauses.facts.history import SOUND_ACCOUNTS, outcome, recent, seconds
from generations_contract.clauses.facts.windows import allowance_s, documented_window_s, pending
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause, everyone

# Nobody makes a pause of so little.
AT_ONCE_S: Final = 0.5
# How far back the poll before is looked for, and other refusals (exchanges, seconds).
COMPARED: Final = 200
LIMIT_S: Final = 120.0
TOO_MANY: Final = 429


@clause(
    "wait.no-cadence",
    "MUST",
    says="you never need to implement a polling cadence: every wait is server-side",
    on=("fetch",),
    by=everyone,
    timing=True,
    when=lambda exchange: (
        exchange.response is not None
        and exchange.account in SOUND_ACCOUNTS
        and exchange.authenticated
        and (documented_window_s(exchange) or 0) > 0
    ),
)
def no_cadence(exchange: Exchange, earlier: Earlier) -> Findings:
    """Not refused for its pace, and not let go at once, whatever `Retry-After` the elapsed poll had."""
    before = _elapsed_before(exchange, earlier)
    if before is None:
        yield MOOT
        return
    after = f"{seconds(exchange.sent_at - before.answered_at)} after a window of"
    expected = f"held like the poll before, {after} {seconds(documented_window_s(before) or 0)} elapsed"
    if exchange.status == TOO_MANY:
        if _limited(exchange, earlier):
            yield MOOT
        else:
            yield Breach(expected, outcome(exchange), (before,))
    elif not exchange.ok:
        yield MOOT
    elif _let_go(exchange):
        yield Breach(expected, f"{exchange.state} after {seconds(exchange.elapsed_s)}", (before,))


def _elapsed_before(exchange: Exchange, earlier: Earlier) -> Exchange | None:
    """The poll of the generation whose window had just elapsed, whole, when this one was sent."""
    for each in recent(earlier, COMPARED):
        if exchange.sent_at - each.answered_at > AT_ONCE_S:
            return None
        if each.kind == "fetch" and each.generation_id == exchange.generation_id:
            same = each.account == exchange.account and each.authenticated
            return each if same and _elapsed(each) else None
    return None


def _elapsed(exchange: Exchange) -> bool:
    window = documented_window_s(exchange) or 0
    grace = allowance_s(exchange)
    return pending(exchange) and window > grace and exchange.elapsed_s >= window - grace


def _let_go(exchange: Exchange) -> bool:
    """Whether a poll with a long window was answered at once, with nothing new."""
    grace, window = allowance_s(exchange), documented_window_s(exchange) or 0
    # Of a fraction that is not read as one `wait.fractional` tells.
    return pending(exchange) and window > 3 * grace and window % 1 == 0 and exchange.elapsed_s <= grace


def _limited(exchange: Exchange, earlier: Earlier) -> bool:
    """Whether the account met its limit with something else, too: then it is not the pace of this poll."""
    for each in (*reversed(earlier.meanwhile), *recent(earlier, COMPARED)):
        if exchange.sent_at - each.answered_at > LIMIT_S:
            break
        refused = each.status == TOO_MANY and each.account == exchange.account
        if refused and not (each.kind == "fetch" and (documented_window_s(each) or 0) > 0):
            return True
    return False
