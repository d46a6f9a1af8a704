"""Liberties of money: what one asset, several, and a second of a clip cost is the gateway's to say."""

from dataclasses import replace

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import variant
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import creating


@variant("price-of-one-for-all", at="job")
def price_of_one_for_all(call: Call, job: Job) -> Job:
    """A request has one price, however many pictures it gives."""
    return replace(job, cost_usd=round(job.cost_usd / max(1, len(job.assets)), 6)) if creating(call) else job


@variant("price-by-the-work", at="job")
def price_by_the_work(call: Call, job: Job) -> Job:
    """The provider's time is paid for: equal requests cost a little more or less."""
    work_s = job.ends_at - job.starts_at
    return replace(job, cost_usd=round(job.cost_usd * (1 + work_s % 1), 6)) if creating(call) else job
