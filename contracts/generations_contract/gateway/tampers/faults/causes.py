"""Lies about what a profile promises: a rejected picture, a low limit, a stalled provider. Section `errors`."""

from dataclasses import replace

from generations_contract.api.vocabulary import CANCELLED
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    Answer,
    creating,
    ended,
    fetching,
    fields,
    image,
    number,
    rejected,
    sent_wait,
)
from generations_contract.gateway.wire import Problem

POLICY, RATE, STALLED = "errors.content-policy", "errors.rate-limited", "errors.provider-timeout"
RESOURCE, CHANGED = "errors.failed-resource", ("lifecycle.terminal-final", "lifecycle.repeatable-read")
_LONG_S = 10


def _policy(problem: Problem | None, param: str) -> bool:
    return problem is not None and problem.code == "content_policy" and problem.param == param


@fault("errors-policy-pictures-unread", breaks={POLICY}, at="problem")
def policy_pictures_unread(_: Call, problem: Problem | None) -> Problem | None:
    """Only prompts are moderated: a rejected reference picture is worked on."""
    return None if _policy(problem, "input.images") else problem


@fault("errors-policy-second-picture-unread", breaks={POLICY}, at="problem")
def policy_second_picture_unread(call: Call, problem: Problem | None) -> Problem | None:
    """Of several reference pictures only the first, the primary input, is moderated."""
    images = fields(call.document).get("images", [])
    unread = _policy(problem, "input.images") and images[0] not in call.state.catalogue.house.rejected_images
    return None if unread else problem


@fault("errors-policy-unread-at-once", breaks={POLICY}, at="problem")
def policy_unread_at_once(call: Call, problem: Problem | None) -> Problem | None:
    """With `wait: 0` nobody waits for the moderation, and the rejected prompt passes."""
    return None if _policy(problem, "input.prompt") and sent_wait(call) == 0 else problem


@fault("errors-policy-ends-cancelled", breaks={POLICY}, at="problem")
def policy_ends_cancelled(call: Call, problem: Problem | None) -> Problem | None:
    """A rejected prompt on an image model is accepted from whoever waits for it, and then withdrawn: cancelled."""
    withdrawn = (
        _policy(problem, "input.prompt") and image(call) and number(sent_wait(call)) and sent_wait(call) > 0
    )
    return None if withdrawn else problem


@policy_ends_cancelled.also("job")
def _withdrawn(call: Call, job: Job) -> Job:
    if not creating(call) or not rejected(call):
        return job
    return replace(job, ends_as=CANCELLED, error_code=None, assets=(), cost_usd=0.0)


@fault("errors-limit-never-met", breaks={RATE}, at="rate")
def limit_never_met(_: Call, _seconds: int | None) -> int | None:
    """The limiter was turned off for a demonstration: no account is ever limited."""
    return None


@fault("errors-timeout-as-502", breaks={STALLED, "errors.code-status"}, at="job")
def timeout_as_502(call: Call, job: Job) -> Job:
    """A POST that waits for more than ten seconds when the provider times out has provider_timeout with 502."""
    stalled = creating(call) and job.error_code == "provider_timeout" and call.model is not None
    if stalled and call.model is not None and call.asked is not None and _long(call.asked.wait):
        call.model = call.model.model_copy(update={"failure_shows_as": "http"})
    return job


def _long(wait: float | str) -> bool:
    return not isinstance(wait, str) and wait > _LONG_S


@timeout_as_502.also("problem_body")
def _bad_gateway(call: Call, answer: Answer) -> Answer:
    return (502, answer[1]) if creating(call) and answer[1]["error"]["code"] == "provider_timeout" else answer


@fault("errors-policy-renamed-later", breaks={RESOURCE, *CHANGED}, at="job")
def policy_renamed_later(call: Call, job: Job) -> Job:
    """A picture that the provider refused is content_policy to whoever waited, and provider_unavailable later on."""
    later = fetching(call) and job.error_code == "content_policy" and ended(call, job)
    return replace(job, error_code="provider_unavailable") if later else job
