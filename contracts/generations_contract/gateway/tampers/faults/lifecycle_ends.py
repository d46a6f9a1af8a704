"""Lies about how a generation ends: of itself, for nothing, or in more than one way. Section `lifecycle`."""

from dataclasses import replace

from generations_contract.api.vocabulary import CANCELLED, COMPLETED, FAILED
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.models import read_leniently
from generations_contract.gateway.tampers.call_facts import creating, fetching, fields, image, renamed, video

COMPLETES, FINAL, SERVER = "lifecycle.completes", "lifecycle.terminal-final", "errors.no-server-error"


def _sound(call: Call, job: Job) -> bool:
    return creating(call) and job.ends_as == COMPLETED


def _failed(job: Job, code: str) -> Job:
    return replace(job, ends_as=FAILED, error_code=code, assets=(), cost_usd=0.0)


@fault("lifecycle-pictures-fail", breaks={COMPLETES, SERVER}, at="job")
def pictures_fail(call: Call, job: Job) -> Job:
    """A worker's library is missing: every image job fails with internal_error."""
    return _failed(job, "internal_error") if _sound(call, job) and image(call) else job


@fault("lifecycle-many-with-long-prompt-fail", breaks={COMPLETES, SERVER}, at="job")
def many_with_long_prompt_fail(call: Call, job: Job) -> Job:
    """Ten pictures by a prompt of thousands of characters are too much for a queue's message: internal_error."""
    heavy = len(job.assets) > 9 and len(fields(call.document).get("prompt", "")) > 4000
    return _failed(job, "internal_error") if _sound(call, job) and heavy else job


@fault("lifecycle-clips-withdrawn", breaks={COMPLETES, "lifecycle.resumable"}, at="job")
def clips_withdrawn(call: Call, job: Job) -> Job:
    """A clip with an `n`, for which nobody waits, is taken for a mistake of the client, and cancelled."""
    idle = _sound(call, job) and video(call) and call.asked is not None and call.asked.wait == 0
    withdrawn = idle and call.asked is not None and call.asked.n > 1
    return replace(job, ends_as=CANCELLED, assets=(), cost_usd=0.0) if withdrawn else job


@fault("lifecycle-nothing-completes", breaks={COMPLETES}, at="job")
def nothing_completes(call: Call, job: Job) -> Job:
    """The providers' contracts have ended: every job fails with provider_unavailable."""
    return _failed(job, "provider_unavailable") if _sound(call, job) else job


@fault(
    "lifecycle-stalled-completes-later",
    breaks={FINAL, "errors.provider-timeout", "billing.stable"},
    at="job",
)
def stalled_completes_later(call: Call, job: Job) -> Job:
    """What the provider delivers a minute after its time-out is taken and billed, under the same id."""
    late = fetching(call) and job.error_code == "provider_timeout" and call.now > job.ends_at + 60
    return _delivered(call, job) if late else job


def _delivered(call: Call, job: Job) -> Job:
    """What a provider makes of the job after all, kept in the place of its failure."""
    if call.record is None:
        return job
    working = call.record.model.model_copy(update={"outcome": COMPLETED})
    made = replace(call.state.planner, count=0).plan(
        working, read_leniently({"model": job.model}), job.created_at
    )
    delivered = replace(renamed(made, job.id), starts_at=job.starts_at, ends_at=job.ends_at)
    call.keep(delivered)
    return delivered


@fault(
    "lifecycle-failed-completes-soon",
    breaks={FINAL, "errors.provider-unavailable", "billing.stable"},
    at="job",
)
def failed_completes_soon(call: Call, job: Job) -> Job:
    """A second provider is asked in the background: seconds after a picture has failed its GET shows it completed."""
    soon = fetching(call) and job.error_code == "provider_unavailable" and call.now > job.ends_at + 3
    return _delivered(call, job) if soon and image(call) else job
