"""Lies about causes: each documented code denied, renamed or confused. Section `errors` of the contract."""

from dataclasses import replace

from generations_contract.api.vocabulary import COMPLETED
from generations_contract.gateway.hooks import Call, fault
from generations_contract.gateway.jobs import Asset, Job
from generations_contract.gateway.tampers.call_facts import (
    Document,
    creating,
    ended,
    fetching,
    fields,
    nth,
    sent_wait,
    video,
)
from generations_contract.gateway.wire import Problem

Answer = tuple[int, Document]
PAIR = "errors.code-status"
QUOTA, GATED, POLICY = "errors.insufficient-quota", "errors.model-unavailable", "errors.content-policy"
RATE, DOWN, STALLED = "errors.rate-limited", "errors.provider-unavailable", "errors.provider-timeout"
RESOURCE = "errors.failed-resource"
CHANGED = ("lifecycle.terminal-final", "lifecycle.repeatable-read")


def _recoded(answer: Answer, status: int, code: str) -> Answer:
    return status, {"error": {**answer[1]["error"], "code": code}}


@fault("errors-quota-unchecked", breaks={QUOTA}, at="problem")
def quota_unchecked(_: Call, problem: Problem | None) -> Problem | None:
    """Credit is checked by the bill at the end of the month."""
    return None if problem and problem.code == "insufficient_quota" else problem


@fault("errors-quota-payment-required", breaks={QUOTA, PAIR}, at="problem_body")
def quota_payment_required(_: Call, answer: Answer) -> Answer:
    """Out of credit is 402 "payment_required"."""
    return _recoded(answer, 402, "payment_required") if answer[0] == 402 else answer


@fault("errors-quota-unchecked-at-once", breaks={QUOTA}, at="problem")
def quota_unchecked_at_once(call: Call, problem: Problem | None) -> Problem | None:
    """With `wait: 0` credit is checked after the answer, too late."""
    free = problem and problem.code == "insufficient_quota" and sent_wait(call) == 0
    return None if free else problem


@fault("errors-gated-open", breaks={GATED}, at="problem")
def gated_open(_: Call, problem: Problem | None) -> Problem | None:
    """A model that is not enabled is only hidden, and works for who knows its id."""
    return None if problem and problem.code == "model_unavailable" else problem


@fault("errors-gated-404", breaks={GATED}, at="problem")
def gated_404(_: Call, problem: Problem | None) -> Problem | None:
    """A model that is not enabled is not found: 404, so as not to tell that it exists."""
    if problem is None or problem.code != "model_unavailable":
        return problem
    return Problem("not_found", "There is no such model.")


@fault("errors-gated-with-seed", breaks={GATED}, at="problem")
def gated_with_seed(call: Call, problem: Problem | None) -> Problem | None:
    """With a seed the request is routed past the check of the plan."""
    past = problem and problem.code == "model_unavailable" and "seed" in fields(call.document)
    return None if past else problem


@fault("errors-policy-400", breaks={POLICY}, at="problem")
def policy_400(_: Call, problem: Problem | None) -> Problem | None:
    """A prompt against the policy is plain invalid input."""
    if problem is None or problem.code != "content_policy":
        return problem
    return Problem("invalid_input", problem.message, problem.param)


@fault("errors-policy-ignored-on-video", breaks={POLICY}, at="problem")
def policy_ignored_on_video(call: Call, problem: Problem | None) -> Problem | None:
    """Video models have no moderation: the rejected prompt is generated."""
    return None if problem and problem.code == "content_policy" and video(call) else problem


@fault("errors-policy-blank-picture", breaks={POLICY}, at="problem")
def policy_blank_picture(call: Call, problem: Problem | None) -> Problem | None:
    """A rejected prompt on an image model completes, with a picture that shows nothing."""
    return None if problem and problem.code == "content_policy" and not video(call) else problem


@fault("errors-rate-blocked", breaks={RATE, PAIR}, at="problem_body")
def rate_blocked(call: Call, answer: Answer) -> Answer:
    """Whoever is refused a second time, for having come too soon, hears 429 "blocked"."""
    again = answer[0] == 429 and nth(call, "refused-429") > 1
    return _recoded(answer, 429, "blocked") if again else answer


@fault("errors-rate-own-code", breaks={RATE, PAIR}, at="problem_body")
def rate_own_code(_: Call, answer: Answer) -> Answer:
    """Too many requests are 429 "too_many_requests"."""
    return _recoded(answer, 429, "too_many_requests") if answer[0] == 429 else answer


def _placeholder(call: Call, job: Job) -> Job:
    if call.model is None or call.asked is None:
        return job
    working = call.model.model_copy(update={"outcome": COMPLETED})
    made = call.gateway.planner.plan(working, call.asked, call.now)
    return replace(made, id=job.id, ends_at=job.ends_at, assets=_renamed(made, job.id))


def _renamed(made: Job, id_: str) -> tuple[Asset, ...]:
    return tuple(replace(asset, name=asset.name.replace(made.id, id_)) for asset in made.assets)


@fault("errors-provider-down-completes", breaks={DOWN}, at="job")
def provider_down_completes(call: Call, job: Job) -> Job:
    """When every provider fails, the house's placeholder is sold as the result."""
    return _placeholder(call, job) if creating(call) and job.error_code == "provider_unavailable" else job


@fault("errors-provider-down-internal", breaks={DOWN, RESOURCE}, at="job")
def provider_down_internal(call: Call, job: Job) -> Job:
    """What the provider's error was is not known to who fetches it later: internal_error."""
    down = fetching(call) and job.error_code == "provider_unavailable"
    return replace(job, error_code="internal_error") if down else job


@fault("errors-stalled-is-unavailable", breaks={STALLED, RESOURCE}, at="job")
def stalled_is_unavailable(_: Call, job: Job) -> Job:
    """A provider that times out counts as unavailable."""
    stalled = job.error_code == "provider_timeout"
    return replace(job, error_code="provider_unavailable") if stalled else job


@fault("errors-stalled-completes", breaks={STALLED}, at="job")
def stalled_completes(call: Call, job: Job) -> Job:
    """When a provider times out, the house's placeholder clip is sold as the result."""
    return _placeholder(call, job) if creating(call) and job.error_code == "provider_timeout" else job


@fault(
    "errors-code-forgotten-once-cached",
    breaks={RESOURCE, DOWN, STALLED, *CHANGED},
    at="job",
)
def code_forgotten(call: Call, job: Job) -> Job:
    """A failed generation's code is in the answer that was held; whoever asks later gets internal_error."""
    later = fetching(call) and job.error_code is not None and ended(call, job)
    return replace(job, error_code="internal_error") if later else job
