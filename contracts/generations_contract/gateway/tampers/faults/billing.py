"""Lies about money: nothing, drifting, twice. Section `billing` of the contract."""

from dataclasses import replace

from generations_contract.api.vocabulary import COMPLETED
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import Document, creating, fetching, video

POSITIVE, STABLE = "billing.positive", "billing.stable"
FINAL, REPEATABLE = "lifecycle.terminal-final", "lifecycle.repeatable-read"


def _cost(document: Document, cost_usd: float) -> Document:
    return {**document, "usage": {**document["usage"], "cost_usd": round(cost_usd, 6)}}


@fault("billing-free-video", breaks={POSITIVE}, at="job")
def free_video(call: Call, job: Job) -> Job:
    """Videos are billed by another system: their cost is 0."""
    return replace(job, cost_usd=0.0) if creating(call) and video(call) else job


@fault("billing-free-when-several", breaks={POSITIVE}, at="job")
def free_when_several(call: Call, job: Job) -> Job:
    """With more than one picture the sum is not made: 0."""
    several = creating(call) and len(job.assets) > 1 and job.ends_as == COMPLETED
    return replace(job, cost_usd=0.0) if several else job


@fault("billing-free-for-the-second-account", breaks={POSITIVE}, at="job")
def free_for_second(call: Call, job: Job) -> Job:
    """The second account's price list is empty: everything costs 0."""
    second = creating(call) and call.account is call.state.books[1]
    return replace(job, cost_usd=0.0) if second else job


@fault("billing-by-the-read", breaks={STABLE, FINAL, REPEATABLE}, at="resource")
def by_the_read(call: Call, document: Document) -> Document:
    """Every read of a finished generation adds a tenth of a cent."""
    if not document["usage"] or not fetching(call):
        return document
    return _cost(document, document["usage"]["cost_usd"] + 0.001 * call.nth_poll)


@fault("billing-settled-later", breaks={STABLE, FINAL, REPEATABLE}, at="resource")
def settled_later(call: Call, document: Document) -> Document:
    """Until a second after the end the cost is an estimate."""
    if not document["usage"] or call.now > call.job.ends_at + 1:
        return document
    return _cost(document, document["usage"]["cost_usd"] * 1.2 + 0.001)


@fault("billing-failure-twice", breaks={STABLE, FINAL, REPEATABLE}, at="resource")
def failure_twice(call: Call, document: Document) -> Document:
    """A failed generation is billed when it fails, and once more when it is read."""
    if document["status"] != "failed" or not fetching(call):
        return document
    return _cost(document, document["usage"]["cost_usd"] + 0.01 * min(call.nth_poll, 2))


@fault("billing-ten-as-one-at-first", breaks={STABLE, FINAL, REPEATABLE}, at="resource")
def ten_as_one_at_first(call: Call, document: Document) -> Document:
    """Ten pictures are billed as one until the books are balanced, half a minute after the end."""
    if not document["usage"] or len(call.job.assets) != 10 or call.now > call.job.ends_at + 30:
        return document
    return _cost(document, document["usage"]["cost_usd"] / 10)
