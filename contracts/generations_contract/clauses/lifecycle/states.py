"""Section `lifecycle`: queued, running, terminal; one way, for everybody, for good.

No durations of polls live here. An observation is only held against what had
been *answered before it was sent*; what overlaps is compared with nothing.
"""

from typing import Final

from generations_contract.api.vocabulary import CANCELLED, QUEUED, RUNNING
from generations_contract.clauses.facts.endings import first_terminal, is_terminal
from generations_contract.clauses.facts.history import (
    SOUND_ACCOUNTS,
    creation,
    elsewhere,
    hung_up,
    outcome,
    provider_problem,
    seconds,
    shown,
    unreadable,
)
from generations_contract.clauses.facts.resources import resource_of, stated
from generations_contract.clauses.facts.windows import (
    allowance_s,
    documented_window_s,
    pending,
    same_moment,
    wait_text,
)
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause

RANKS: Final = {QUEUED: 0, RUNNING: 1}
TERMINAL_RANK: Final = 2


def rank(state: str | None) -> int:
    """How far a state is on the one way."""
    return RANKS.get(state or "", TERMINAL_RANK)


@clause(
    "lifecycle.forward-only",
    "MUST",
    says="queued and running are non-terminal; the rest are terminal",
    on=("fetch",),
    when=stated,
)
def forward_only(exchange: Exchange, earlier: Earlier) -> Findings:
    """Never back, in the real-time order of all observations, whoever makes them."""
    if not len(earlier):
        yield MOOT
        return
    now = rank(exchange.state)
    if now == TERMINAL_RANK or earlier.first(_beyond_queued if now == RANKS[QUEUED] else is_terminal) is None:
        return
    before = earlier.last(lambda each: each.state and rank(each.state) > now)
    if before is not None:
        ago = seconds(exchange.sent_at - before.answered_at)
        yield Breach(
            f"{before.state} or later, as seen {ago} before this was sent", str(exchange.state), (before,)
        )


def _beyond_queued(exchange: Exchange) -> bool:
    return exchange.state is not None and exchange.state != QUEUED


@clause(
    "lifecycle.identity",
    "MUST",
    says="id: stable identifier for this generation",
    on=("fetch",),
    when=lambda exchange: exchange.resource is not None,
)
def identity(exchange: Exchange, earlier: Earlier) -> Findings:
    """`id` is the one asked for; `object`, `model` and `created_at` are those of the first answer."""
    now = resource_of(exchange)
    if now.get("id") != exchange.generation_id:
        yield Breach(f"id {shown(exchange.generation_id)}", f"id {shown(now.get('id'))}")
    before = earlier.first(_has_resource)
    if before is None:
        return
    first = resource_of(before)
    for name in ("object", "model"):
        value = first.get(name)
        if isinstance(value, str) and now.get(name) != value:
            yield Breach(f"{name} {shown(value)}", f"{name} {shown(now.get(name))}", (before,))
    if not same_moment(first.get("created_at"), now.get("created_at")):
        expected = f"created_at {shown(first.get('created_at'))}"
        yield Breach(expected, f"created_at {shown(now.get('created_at'))}", (before,))


def _has_resource(exchange: Exchange) -> bool:
    return exchange.resource is not None


@clause(
    "lifecycle.unique-ids",
    "MUST",
    says="id: stable identifier for this generation",
    on=("create",),
    when=lambda exchange: exchange.generation_id is not None,
)
def unique_ids(exchange: Exchange, earlier: Earlier) -> Findings:
    """Two creations share an id only if they are one account's, to the last byte (`billing.deduplication`).

    That an answer belongs to its request shows where it names the model of another.
    """
    for other in (*earlier, *earlier.meanwhile):
        if other.kind != "create":
            continue
        strangers = other.account != exchange.account and {other.account, exchange.account} <= SOUND_ACCOUNTS
        if strangers or other.request.body != exchange.request.body:
            whose = "another account's" if strangers else "another"
            yield Breach(
                "an id of its own", f"id {shown(exchange.generation_id)} of {whose} creation", (other,)
            )
            break
    model = resource_of(exchange).get("model")
    asked = exchange.model
    if asked and isinstance(model, str) and model != asked and exchange.terms.modality(model) is not None:
        yield Breach(f"the answer to a request for {shown(exchange.model)}", f"one for {shown(model)}")


def _plain_fetch(exchange: Exchange) -> bool:
    """Whether nothing about a fetch but its id could be refused."""
    query = exchange.request.query
    only_wait = not query or (query.startswith("wait=") and "&" not in query)
    return (
        exchange.authenticated
        and only_wait
        and (wait_text(exchange) is None or documented_window_s(exchange) is not None)
    )


@clause(
    "lifecycle.resumable",
    "MUST",
    says="you can resume by re-fetching the same id, even hours later",
    on=("fetch",),
    when=lambda exchange: (
        exchange.response is not None and exchange.account in SOUND_ACCOUNTS and _plain_fetch(exchange)
    ),
)
def resumable(exchange: Exchange, earlier: Earlier) -> Findings:
    """2xx for the creator, at any time; a provider failure may show as HTTP error, on one poll."""
    created = creation(earlier)
    if created is None or created.account != exchange.account:
        yield MOOT
    elif provider_problem(exchange):
        seen = earlier.last(lambda each: each.terminal or (each.kind == "fetch" and provider_problem(each)))
        if seen is not None:
            yield Breach("2xx: the resource, its end has been seen", outcome(exchange), (seen, created))
    elif not exchange.ok:
        refused = earlier.last(lambda each: _stranger_refused(each, exchange))
        if exchange.status == 401 and refused is not None:
            yield Breach(
                "2xx: only a stranger was refused at this URL", outcome(exchange), (created, refused)
            )
        elif elsewhere(exchange) or exchange.status == 401 or (exchange.status or 0) >= 500:
            yield MOOT
        else:
            yield Breach("2xx: the generation that was created", outcome(exchange), (created,))
    elif exchange.state == CANCELLED:
        dropped, seen = earlier.last(hung_up), first_terminal(earlier)
        if dropped is not None and (seen is None or dropped.answered_at <= seen.sent_at) and _not_ended(seen):
            yield Breach("alive after a poll was dropped", outcome(exchange), (dropped, created))


def _stranger_refused(each: Exchange, exchange: Exchange) -> bool:
    """Whether this caller without a good key was refused at the very URL of the exchange."""
    return not each.authenticated and each.status == 401 and each.request.url == exchange.request.url


def _not_ended(seen: Exchange | None) -> bool:
    """Whether a generation that is cancelled now had not ended in another way before."""
    return seen is None or seen.state == CANCELLED


@clause(
    "lifecycle.not-found",
    "MUST",
    says="not_found, 404: unknown {id} on GET",
    on=("fetch",),
    timing=True,
    when=lambda exchange: (
        exchange.intent == "unknown-id" and _plain_fetch(exchange) and exchange.response is not None
    ),
)
def not_found(exchange: Exchange, _earlier: Earlier) -> Findings:
    """404 `not_found`, at once, whatever window was asked for."""
    if not exchange.refused_with("not_found", 404):
        if elsewhere(exchange) or exchange.status == 401:
            yield MOOT
            return
        if not unreadable(exchange, 404):
            yield Breach("404 not_found: an id that never was", outcome(exchange))
    if exchange.elapsed_s > allowance_s(exchange):
        yield Breach(
            f"at once (slack {seconds(exchange.terms.allowance_s)})", f"after {seconds(exchange.elapsed_s)}"
        )


@clause(
    "lifecycle.terminates",
    "SHOULD",
    says="apply your own outer deadline (e.g. 5 minutes for image, 10 minutes for video)",
    on=("fetch",),
    when=stated,
)
def terminates(exchange: Exchange, earlier: Earlier) -> Findings:
    """Terminal within the profile's deadline after the creation was answered."""
    created = creation(earlier)
    if created is None or first_terminal(earlier) is not None:  # it had ended: `lifecycle.terminal-final`'s
        yield MOOT
        return
    limit = exchange.terms.deadline_s(created.modality)
    age = exchange.sent_at - created.answered_at
    if pending(exchange):
        if age > limit + allowance_s(exchange):
            yield Breach(
                f"terminal within {seconds(limit)}", f"{exchange.state} after {seconds(age)}", (created,)
            )
        else:
            yield MOOT
