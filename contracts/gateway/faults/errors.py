"""Lies in errors: the wrong code, the wrong status, another envelope, too much said. Section `errors`."""

import json
from dataclasses import replace
from typing import Any

from contracts.gateway.checks import NOT_FOUND
from contracts.gateway.faults.circumstances import (
    Document,
    creating,
    ended,
    fetching,
    fields,
    number,
    path_id,
    refusal,
    sent_wait,
    video,
)
from contracts.gateway.jobs import Job
from contracts.gateway.seams import Call, fault
from contracts.gateway.wire import Problem, Reply
from contracts.vocabulary import CANCELLED, COMPLETED, NON_TERMINAL

Answer = tuple[int, Document]
ENVELOPE, PAIR, SERVER, LEAK = (
    "errors.envelope",
    "errors.code-status",
    "errors.no-server-error",
    "errors.no-leak",
)
QUOTA, GATED, POLICY = "errors.insufficient-quota", "errors.model-unavailable", "errors.content-policy"
RATE, DOWN, STALLED = "errors.rate-limited", "errors.provider-unavailable", "errors.provider-timeout"
ELAPSED, RESOURCE = "errors.elapsed-is-not-an-error", "errors.failed-resource"


def _code(answer: Answer) -> str:
    return str(answer[1]["error"]["code"])


def _recoded(answer: Answer, status: int, code: str) -> Answer:
    return status, {"error": {**answer[1]["error"], "code": code}}


# ---- the envelope


@fault("errors-flat", breaks={ENVELOPE}, at="problem_body")
def flat(_: Call, answer: Answer) -> Answer:
    """Validation errors come without the envelope: `{"code", "message"}`."""
    return (answer[0], answer[1]["error"]) if answer[0] == 400 else answer


@fault("errors-text", breaks={ENVELOPE}, at="problem_body")
def text(_: Call, answer: Answer) -> Answer:
    """Not found is the framework's `{"error": "Not Found"}`."""
    return (answer[0], {"error": "Not Found"}) if answer[0] == 404 else answer


@fault("errors-message-empty", breaks={ENVELOPE}, at="problem_body")
def message_empty(_: Call, answer: Answer) -> Answer:
    """Refusals of a key have an empty message, so as to tell nothing."""
    if answer[0] != 401:
        return answer
    return 401, {"error": {**answer[1]["error"], "message": ""}}


@fault("errors-not-found-html", breaks={ENVELOPE, LEAK, "response.json"}, at="reply")
def not_found_html(call: Call, reply: Reply) -> Reply:
    """Ids of an odd form do not match the route: the proxy's HTML page."""
    if not fetching(call) or reply.status != NOT_FOUND.status or len(path_id(call)) == 30:
        return reply
    return refusal(reply, 404, "text/html", "<html><body><h1>404 Not Found</h1></body></html>")


@fault("errors-quota-in-200", breaks={ENVELOPE, QUOTA, "response.schema"}, at="problem_body")
def quota_in_200(_: Call, answer: Answer) -> Answer:
    """Out of credit is answered with the envelope and status 200."""
    return (200, answer[1]) if answer[0] == 402 else answer


# ---- saying too much


@fault("errors-stack-trace", breaks={LEAK}, at="problem")
def stack_trace(_: Call, problem: Problem | None) -> Problem | None:
    """A body that is no JSON is answered with the reader's stack trace."""
    if problem is None or not problem.message.startswith("The body must be"):
        return problem
    trace = 'Traceback (most recent call last):\n  File "/srv/gateway/app.py", line 41, in create\n'
    return Problem(problem.code, f"{trace}ValueError: {problem.message}")


@fault("errors-file-path", breaks={LEAK}, at="resource")
def file_path(_: Call, document: Document) -> Document:
    """A failed generation's message names the worker's file."""
    if not document["error"]:
        return document
    message = "provider error in /opt/gateway/workers/provider.py:212"
    return {**document, "error": {**document["error"], "message": message}}


# ---- code and status


@fault("errors-missing-key-own-code", breaks={PAIR, "auth.missing-key"}, at="problem_body")
def missing_key_own_code(call: Call, answer: Answer) -> Answer:
    """A GET without a key is 401 "missing_api_key"."""
    bare = answer[0] == 401 and call.request.header("authorization") is None and fetching(call)
    return _recoded(answer, 401, "missing_api_key") if bare else answer


@fault("errors-not-found-400", breaks={PAIR, "lifecycle.not-found"}, at="problem_body")
def not_found_400(call: Call, answer: Answer) -> Answer:
    """not_found has the status 400 where a window is given."""
    held = fetching(call) and _code(answer) == "not_found" and call.request.query("wait")
    return (400, answer[1]) if held else answer


# ---- one code each


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


@fault("errors-gated-402", breaks={GATED}, at="problem")
def gated_402(_: Call, problem: Problem | None) -> Problem | None:
    """A model that is not enabled is reported as a lack of credit for it: 402 insufficient_quota."""
    if problem is None or problem.code != "model_unavailable":
        return problem
    return Problem("insufficient_quota", "Your plan does not include this model.")


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


@fault("errors-rate-unlimited", breaks={RATE}, at="rate")
def rate_unlimited(_: Call, _seconds: int | None) -> int | None:
    """The rate limit counts, and refuses nobody."""
    return None


@fault("errors-rate-own-code", breaks={RATE, PAIR}, at="problem_body")
def rate_own_code(_: Call, answer: Answer) -> Answer:
    """Too many requests are 429 "too_many_requests"."""
    return _recoded(answer, 429, "too_many_requests") if answer[0] == 429 else answer


@fault("errors-provider-down-completes", breaks={DOWN}, at="job")
def provider_down_completes(call: Call, job: Job) -> Job:
    """When every provider fails, the house's placeholder is sold as the result."""
    if not creating(call) or job.error_code != "provider_unavailable" or call.model is None or not call.asked:
        return job
    working = call.model.model_copy(update={"outcome": COMPLETED})
    made = call.gateway.planner.plan(working, call.asked, call.now)
    return replace(job, ends_as=COMPLETED, error_code=None, cost_usd=made.cost_usd, assets=made.assets)


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


@fault("errors-stalled-is-cancelled", breaks={STALLED}, at="job")
def stalled_is_cancelled(_: Call, job: Job) -> Job:
    """A provider that times out leaves its generation cancelled, without an error."""
    if job.error_code != "provider_timeout":
        return job
    return replace(job, ends_as=CANCELLED, error_code=None)


@fault("errors-code-forgotten-once-cached", breaks={RESOURCE, "lifecycle.terminal-final"}, at="job")
def code_forgotten(call: Call, job: Job) -> Job:
    """A failed generation's code is in the answer that was held; whoever asks later gets internal_error."""
    later = fetching(call) and job.error_code is not None and ended(call, job)
    return replace(job, error_code="internal_error") if later else job


# ---- elapsed windows


@fault("errors-elapsed-post-504", breaks={ELAPSED}, at="reply")
def elapsed_post_504(call: Call, reply: Reply) -> Reply:
    """A POST whose window elapses is a timeout: 504 provider_timeout."""
    elapsed = creating(call) and call.record is not None and call.wait_s and number(sent_wait(call))
    return _timeout(reply) if elapsed and _unfinished(reply) else reply


@fault("errors-elapsed-get-504-when-long", breaks={ELAPSED}, at="reply")
def elapsed_get_504(call: Call, reply: Reply) -> Reply:
    """A GET held for more than 30 seconds in vain meets the proxy's patience: 504."""
    elapsed = fetching(call) and call.record is not None and (call.wait_s or 0) > 30
    return _timeout(reply) if elapsed and _unfinished(reply) else reply


def _unfinished(reply: Reply) -> bool:
    return reply.status == 200 and json.loads(reply.body)["status"] in NON_TERMINAL


def _timeout(reply: Reply) -> Reply:
    problem = Problem("provider_timeout", "The window elapsed.")
    return refusal(reply, 504, "application/json", json.dumps(problem.envelope()))


# ---- server errors


@fault("errors-odd-id-500", breaks={SERVER, "lifecycle.not-found"}, at="problem")
def odd_id_500(call: Call, problem: Problem | None) -> Problem | None:
    """An id that is too short for the database's key makes the look-up stumble: 500."""
    short = fetching(call) and problem is not None and len(path_id(call)) < 10
    return Problem("internal_error", "Something went wrong.") if short else problem


@fault("errors-emoji-500", breaks={SERVER, "request.documented-accepted"}, at="problem")
def emoji_500(call: Call, problem: Problem | None) -> Problem | None:
    """A prompt with an emoji breaks the insert into the database: 500."""
    prompt: Any = fields(call.document).get("prompt", "")
    broken = problem is None and creating(call) and any(character > "\uffff" for character in prompt)
    return Problem("internal_error", "Something went wrong.") if broken else problem


@fault("errors-n-text-500", breaks={SERVER, "request.n-range"}, at="problem")
def n_text_500(call: Call, problem: Problem | None) -> Problem | None:
    """An `n` that is no number is compared with one: 500."""
    sent = call.document.get("n") if isinstance(call.document, dict) else None
    wrong = problem is not None and problem.param == "n" and isinstance(sent, str)
    return Problem("internal_error", "Something went wrong.") if wrong else problem
