"""Clauses about what a client makes of it: no second generation, the asset in time, an honest exit code."""

from typing import Final

from generations_contract.clauses.facts.clients import (
    ONE_ATTEMPT_S,
    asked,
    completed,
    failure_told,
    lost,
    told,
)
from generations_contract.exchange.ended import HANGING, Ended
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import MOOT, Breach, Earlier, Findings, clause, everyone

# Whoever waits so much longer than the window has no time-out at all.
_NO_TIME_OUT_S: Final = 12.0


def _end(exchange: Exchange) -> bool:
    return exchange.ended is not None


def _twins(exchange: Exchange) -> str | None:
    """Group: a client and its twin, which met the same but for what was altered."""
    return exchange.ended.pair or None if exchange.ended else None


@clause(
    "client.no-duplicate-creation",
    "MUST",
    says="You POST once, the server holds the connection open while the job runs",
    on=("create", "other"),
    by=everyone,
    when=lambda exchange: exchange.kind == "create" or _end(exchange),
)
def no_duplicate_creation(exchange: Exchange, earlier: Earlier) -> Findings:
    """After 429, 503 and a connection that never stood it may be sent again: nothing was made."""
    if exchange.ended is not None:  # whoever met it, and did not create again, kept to it
        if earlier.last(lambda each: each.kind == "create" and _perhaps_made(each)) is None:
            yield MOOT
        return
    before = earlier.last(lambda each: each.kind == "create" and _same_work(each, exchange))
    if before is None or not _perhaps_made(before):
        yield MOOT
        return
    gap_s = exchange.sent_at - before.answered_at
    if gap_s < ONE_ATTEMPT_S:
        yield Breach(
            f"the generation not created again after {told(before)}: it may have been made",
            f"created again {gap_s:.1f} s later",
            (before,),
        )


def _same_work(one: Exchange, other: Exchange) -> bool:
    keys = ("model", "input", "n")
    sent, again = one.sent_object, other.sent_object
    if sent is None or again is None or one.account != other.account:
        return False
    return all(sent.get(key) == again.get(key) for key in keys)


def _perhaps_made(exchange: Exchange) -> bool:
    if exchange.failure is not None and exchange.terms.watched is None:
        return False  # of a recording nobody knows whether it was sent at all
    if exchange.failure is not None:
        return exchange.failure.kind != "refused" and (lost(exchange) or exchange.failure.kind == "abandoned")
    return (exchange.status or 0) >= 500 and exchange.status != 503


@clause(
    "client.resumes-after-crash",
    "SHOULD",
    says="Persist job.id immediately after POST.",
    on=("other",),
    by=everyone,
    when=lambda exchange: bool(exchange.ended and exchange.ended.resumes),
)
def resumes_after_crash(exchange: Exchange, earlier: Earlier) -> Findings:
    """Started again in its folder it fetches the id that it had, and creates nothing."""
    generation_id = exchange.ended.resumes if exchange.ended else ""
    killed = earlier.last(_end)
    since = [each for each in earlier if killed is not None and each.sent_at > killed.answered_at]
    created = next((each for each in since if each.kind == "create"), None)
    if created is not None:
        yield Breach(
            f"{generation_id} fetched again, nothing created", "a second generation was created", (created,)
        )
    elif not any(each.kind == "fetch" and each.generation_id == generation_id for each in since):
        yield Breach(f"{generation_id} fetched again", "it was not fetched")


@clause(
    "client.outer-deadline",
    "SHOULD",
    says="Apply your own outer deadline and bail out cleanly with the last id",
    on=("other",),
    by=everyone,
    when=_end,
    timing=True,
)
def outer_deadline(exchange: Exchange, earlier: Earlier) -> Findings:
    """About two seconds after it at the latest; a client that gives up earlier is not wrong."""
    ended: Ended | None = exchange.ended
    last = earlier.last(lambda each: each.kind in ("create", "fetch"))
    if ended is None or last is None or ended.lasted_s < ended.deadline_s - 1:
        yield MOOT
        return
    expected = f"an end within {ended.deadline_s:g} s and a moment, told by the exit code"
    if ended.code is None and last.failure is not None and last.failure.detail == HANGING:
        window_s = last.longest_window_s or 0.0
        forever = last.elapsed_s > window_s + _NO_TIME_OUT_S
        why = "no time-out ends it" if forever else "no outer deadline ends it"
        yield Breach(expected, f"{asked(last)} stood open for {last.elapsed_s:.0f} s: {why}", (last,))
    elif ended.code is None and not last.terminal:
        yield Breach(expected, f"still at it after {ended.lasted_s:.0f} s: no outer deadline", (last,))
    elif ended.lasted_s > ended.allowed_s and not last.terminal:
        yield Breach(expected, f"ended after {ended.lasted_s:.1f} s", (last,))


@clause(
    "client.reports-failure",
    "MUST",
    says='if job["status"] == "completed": … else: failed',
    on=("other",),
    by=everyone,
    when=_end,
)
def reports_failure(exchange: Exchange, earlier: Earlier) -> Findings:
    """failed, cancelled, or no asset in its folder: an exit code other than 0. A message, no stack trace (SHOULD)."""
    ended = exchange.ended
    if ended is None or ended.code is None or ended.altered:  # what was altered is held against its twin
        yield MOOT
        return
    last = earlier.last(lambda each: each.kind in ("create", "fetch"))
    why = failure_told(last) if last is not None else ""
    against = () if last is None else (last,)
    if ended.code == 0 and (why or not (ended.assets or ended.unclear)):
        if last is None or last.status != 400:  # a 400 that is swallowed is the request's affair
            yield Breach(
                "an exit code other than 0", f"exit code 0 after {why or 'no asset was saved'}", against
            )
    elif ended.code != 0 and ended.trace:
        yield Breach("a message", f"a stack trace: {ended.trace}", against, level="SHOULD")


@clause(
    "client.asset-in-time",
    "SHOULD",
    says="Download or copy the asset before the URL expires",
    on=("other",),
    by=everyone,
    when=_end,
)
def asset_in_time(exchange: Exchange, earlier: Earlier) -> Findings:
    """Every one, or the generation is fetched again for a fresh URL."""
    done = earlier.last(completed)
    ended = exchange.ended
    if done is None or ended is None or ended.code is None:
        yield MOOT
        return
    downloads = [each for each in earlier if each.kind == "download"]
    refused = next((each for each in reversed(downloads) if (each.status or 0) >= 400), None)
    if refused is not None and not ended.assets and not _fetched_after(refused, earlier):
        yield Breach(
            "a fresh URL fetched after a download was refused",
            f"{told(refused)}, and the generation was not fetched again",
            (done, refused),
        )
    elif ended.code == 0 and 0 < ended.assets < len(done.media):
        yield Breach(
            f"all {len(done.media)} assets saved",
            f"{len(done.media) - ended.assets} were left to expire",
            (done,),
        )


def _fetched_after(refused: Exchange, earlier: Earlier) -> bool:
    return earlier.last(lambda each: each.kind == "fetch" and each.sent_at >= refused.answered_at) is not None


@clause(
    "client.branches-on-code",
    "MUST",
    says="Branch on error.code, never on error.message.",
    on=("other",),
    by=_twins,
    when=lambda exchange: bool(exchange.ended and exchange.ended.altered == "messages"),
)
def branches_on_code(exchange: Exchange, earlier: Earlier) -> Findings:
    """With messages reworded, in another language, or empty: the same requests, the same end."""
    yield from _as_its_twin(exchange, earlier, "the messages were reworded")


@clause(
    "client.tolerates-additions",
    "MUST",
    says="Codes you will see most: there are others",
    on=("other",),
    by=_twins,
    when=lambda exchange: bool(exchange.ended and exchange.ended.altered == "additions"),
)
def tolerates_additions(exchange: Exchange, earlier: Earlier) -> Findings:
    """Unknown fields, headers and error codes, and absent nulls: the same result as without."""
    yield from _as_its_twin(exchange, earlier, "there was something beside what is documented")


def _as_its_twin(exchange: Exchange, earlier: Earlier, why: str) -> Findings:
    ended = exchange.ended
    twin = earlier.last(lambda each: each.ended is not None and not each.ended.altered)
    other = None if twin is None else twin.ended
    if ended is None or other is None or ended.code is None or other.code is None:
        yield MOOT
        return
    if (ended.code == 0) != (other.code == 0) or (bool(ended.trace) and not other.trace):
        trace = f", {ended.trace}" if ended.trace else ""
        yield Breach(f"exit code {other.code}, as before {why}", f"exit code {ended.code}{trace}")
    elif ended.did != other.did:
        yield Breach(f"{', '.join(other.did)}, as before {why}", ", ".join(ended.did) or "nothing")
