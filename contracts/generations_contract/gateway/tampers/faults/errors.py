"""Lies in errors: another envelope, the wrong code or status, too much said, a cause denied. Section `errors`."""

import json
from dataclasses import replace
from typing import Any

from generations_contract.api.vocabulary import COMPLETED
from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.checks import NOT_FOUND
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import NON_TERMINAL, Job
from generations_contract.gateway.models import INPUT_KEYS, TOP_LEVEL_KEYS, read_wait
from generations_contract.gateway.tampers.call_facts import (
    Answer,
    Document,
    creating,
    ended,
    fetching,
    fields,
    nth,
    path_id,
    refusal,
    renamed,
    sent_wait,
    video,
)
from generations_contract.gateway.wire import Problem

ENVELOPE, PAIR = "errors.envelope", "errors.code-status"
SERVER, LEAK = "errors.no-server-error", "errors.no-leak"
UNKNOWN_CALLER = ("auth.missing-key", "auth.before-validation")
STRICT = {"strict.top-level", "strict.nested", "strict.every-modality"}
ELAPSED = "errors.elapsed-is-not-an-error"
QUOTA, GATED, POLICY = "errors.insufficient-quota", "errors.model-unavailable", "errors.content-policy"
RATE, DOWN, STALLED = "errors.rate-limited", "errors.provider-unavailable", "errors.provider-timeout"
RESOURCE = "errors.failed-resource"
CHANGED = ("lifecycle.terminal-final", "lifecycle.repeatable-read")


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


@fault("errors-param-path", breaks={"errors.schema"}, at="problem_body")
def param_path(_: Call, answer: Answer) -> Answer:
    """`param` is the framework's own path, an array: `["body", "n"]`."""
    param = answer[1]["error"].get("param")
    return (answer[0], {"error": {**answer[1]["error"], "param": ["body", param]}}) if param else answer


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


@fault("errors-quota-in-200", breaks={ENVELOPE, QUOTA}, at="problem_body")
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


@fault("errors-missing-key-own-code", breaks={PAIR, *UNKNOWN_CALLER}, at="problem_body")
def missing_key_own_code(call: Call, answer: Answer) -> Answer:
    """A GET without a key is 401 "missing_api_key"."""
    bare = answer[0] == 401 and call.request.header("authorization") is None and fetching(call)
    return _recoded(answer, 401, "missing_api_key") if bare else answer


@fault("errors-not-found-400", breaks={PAIR, "lifecycle.not-found"}, at="problem_body")
def not_found_400(call: Call, answer: Answer) -> Answer:
    """not_found has the status 400 where a window above zero is given."""
    wait = read_wait(call.request.query("wait")) if fetching(call) else None
    unknown = (
        fetching(call)
        and answer[1]["error"]["code"] == "not_found"
        and path_id(call) not in call.state.records
    )
    return (400, answer[1]) if unknown and isinstance(wait, float) and wait > 0 else answer


# ---- elapsed windows


@fault("errors-elapsed-post-504-on-video", breaks={ELAPSED}, at="reply")
def elapsed_post_504(call: Call, reply: Reply) -> Reply:
    """A POST on a video model whose window elapses is a timeout: 504 provider_timeout."""
    elapsed = creating(call) and video(call) and call.record is not None and call.wait_s
    return _timeout(reply) if elapsed and _unfinished(reply) else reply


@fault("errors-elapsed-get-504-when-long", breaks={ELAPSED, "lifecycle.resumable"}, at="reply")
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


@fault("errors-emoji-500", breaks={SERVER}, at="problem")
def emoji_500(call: Call, problem: Problem | None) -> Problem | None:
    """A prompt with an emoji breaks the insert into the database: 500."""
    prompt: Any = fields(call.document).get("prompt", "")
    broken = problem is None and creating(call) and any(character > "\uffff" for character in prompt)
    return Problem("internal_error", "Something went wrong.") if broken else problem


@fault("errors-echo-500", breaks={SERVER, *STRICT}, at="problem")
def echo_500(call: Call, problem: Problem | None) -> Problem | None:
    """A refusal repeats the unknown key, and half a surrogate pair in it cannot be encoded: 500."""
    known = (*TOP_LEVEL_KEYS, *INPUT_KEYS)
    given = (*(call.document if isinstance(call.document, dict) else ()), *fields(call.document))
    broken = any("\ud800" <= character <= "\udfff" for key in given for character in key if key not in known)
    return Problem("internal_error", "Something went wrong.") if problem is not None and broken else problem


@fault("errors-n-text-500", breaks={SERVER, "request.n-range"}, at="problem")
def n_text_500(call: Call, problem: Problem | None) -> Problem | None:
    """An `n` that is no number is compared with one: 500."""
    sent = call.document.get("n") if isinstance(call.document, dict) else None
    wrong = problem is not None and problem.param == "n" and isinstance(sent, str)
    return Problem("internal_error", "Something went wrong.") if wrong else problem


# ---- causes: each documented code denied, renamed or confused


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
    made = call.state.planner.plan(working, call.asked, call.now)
    return replace(renamed(made, job.id), ends_at=job.ends_at)


@fault("errors-provider-down-completes", breaks={DOWN}, at="job")
def provider_down_completes(call: Call, job: Job) -> Job:
    """When every provider fails, the house's placeholder is sold as the result."""
    return _placeholder(call, job) if creating(call) and job.error_code == "provider_unavailable" else job


@fault("errors-provider-down-internal", breaks={DOWN, RESOURCE, SERVER}, at="job")
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
    breaks={RESOURCE, DOWN, STALLED, SERVER, "lifecycle.completes", *CHANGED},
    at="job",
)
def code_forgotten(call: Call, job: Job) -> Job:
    """A failed generation's code is in the answer that was held; whoever asks later gets internal_error."""
    later = fetching(call) and job.error_code is not None and ended(call, job)
    return replace(job, error_code="internal_error") if later else job
