"""Liberties of time and life: quicker and slower jobs, an answer a moment later, failures in another form."""

from dataclasses import replace

from generations_contract.api.vocabulary import COMPLETED, FAILED
from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import variant
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.models import read_wait
from generations_contract.gateway.tampers.call_facts import (
    Document,
    creating,
    fetching,
    image,
    nth,
    rejected,
    signed_for,
    twin,
    video,
)
from generations_contract.gateway.wire import Problem

# Below the embedded profile's slack, all of them together.
_MOMENT_S = 0.03


@variant("jobs-done-at-once", at="job")
def jobs_done_at_once(call: Call, job: Job) -> Job:
    """Image jobs are done a millisecond after they were created."""
    if not creating(call) or not image(call):
        return job
    return replace(job, starts_at=call.now + 0.001, ends_at=call.now + 0.001)


@variant("jobs-slow", at="job")
def jobs_slow(call: Call, job: Job) -> Job:
    """Jobs take 20 seconds longer: a busy day."""
    return replace(job, ends_at=job.ends_at + 20) if creating(call) else job


@variant("jobs-started-at-once", at="job")
def jobs_started_at_once(call: Call, job: Job) -> Job:
    """Video jobs are taken up a millisecond after they were created: hardly anybody sees them queued."""
    if not creating(call) or not video(call):
        return job
    return replace(job, starts_at=min(job.ends_at, call.now + 0.001))


@variant("first-byte-slow", at="reply")
def first_byte_slow(_: Call, reply: Reply) -> Reply:
    """Every answer comes a moment later than it might, within the slack."""
    return replace(reply, at=reply.at + _MOMENT_S)


@variant("wakes-a-moment-later", at="answer_at")
def wakes_a_moment_later(call: Call, due: float) -> float:
    """A held poll learns of the end a moment after it."""
    return due + _MOMENT_S if due >= call.job.ends_at else due


@variant("lets-go-a-moment-early", at="answer_at")
def lets_go_a_moment_early(call: Call, due: float) -> float:
    """A window is let go 20 ms before its end: clocks differ."""
    elapses = call.wait_s and due < call.job.ends_at
    return max(call.now, due - 0.02) if elapses else due


@variant("failures-as-http", at="job")
def failures_as_http(call: Call, job: Job) -> Job:
    """A POST that is still waiting when the provider fails answers with the failure's HTTP status."""
    if creating(call) and call.model is not None:
        call.model = call.model.model_copy(update={"failure_shows_as": "http"})
    return job


@variant("failures-as-resource", at="job")
def failures_as_resource(call: Call, job: Job) -> Job:
    """A failure of the provider is always a failed generation, never an HTTP error."""
    if creating(call) and call.model is not None:
        call.model = call.model.model_copy(update={"failure_shows_as": "resource"})
    return job


@variant("policy-found-later", at="problem")
def policy_found_later(call: Call, problem: Problem | None) -> Problem | None:
    """A prompt, or a picture, against the policy is accepted; the generation then fails with content_policy."""
    return None if problem and problem.code == "content_policy" and call.asked else problem


@policy_found_later.also("job")
def _policy_failure(call: Call, job: Job) -> Job:
    if not creating(call) or not rejected(call):
        return job
    return replace(job, ends_as=FAILED, error_code="content_policy", assets=(), cost_usd=0.0)


@variant("provider-fails-now-and-then", at="job")
def provider_fails_now_and_then(call: Call, job: Job) -> Job:
    """Every ninth job on a video model meets a provider that is down."""
    unlucky = creating(call) and video(call) and job.ends_as == COMPLETED and nth(call, "unlucky") % 9 == 0
    if not unlucky:
        return job
    return replace(job, ends_as=FAILED, error_code="provider_unavailable", assets=(), cost_usd=0.0)


@variant("credit-before-form", at="problem")
def credit_before_form(call: Call, problem: Problem | None) -> Problem | None:
    """An account without credit is told so before anybody reads its request."""
    broke = problem and problem.code == "invalid_input" and call.account and call.account.exhausted
    return Problem("insufficient_quota", "The account is out of credit.") if broke else problem


@variant("wait-before-id", at="problem")
def wait_before_id(call: Call, problem: Problem | None) -> Problem | None:
    """On GET a wrong `wait` is refused before the id is looked up."""
    if problem is None or problem.code != "not_found" or not fetching(call):
        return problem
    wait = read_wait(call.request.query("wait"))
    return wait if isinstance(wait, Problem) else problem


@variant("urls-signed-anew", at="resource")
def urls_signed_anew(call: Call, document: Document) -> Document:
    """Every answer has URLs of its own, an hour from its moment."""
    return signed_for(call, document, 3600)


@variant("urls-for-ten-minutes", at="resource")
def urls_for_ten_minutes(call: Call, document: Document) -> Document:
    """URLs live for ten minutes, counted from each answer."""
    return signed_for(call, document, 600)


@variant("one-for-twins", at="job")
def one_for_twins(call: Call, job: Job) -> Job:
    """Two identical creations of one account in the same second give one generation."""
    if not creating(call) or call.record is None:
        return job
    return twin(call, job, (call.record.account.account.name, call.request.body), 1.0)
