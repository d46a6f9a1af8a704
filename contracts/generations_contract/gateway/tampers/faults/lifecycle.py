"""Lies about a generation's life: going back, changing after the end, getting lost. Section `lifecycle`."""

import json
from dataclasses import replace

from generations_contract.api.vocabulary import CANCELLED, COMPLETED, FAILED
from generations_contract.gateway.answers import timestamp
from generations_contract.gateway.call import Call, Record, Reply
from generations_contract.gateway.checks import NOT_FOUND
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.models import read_wait
from generations_contract.gateway.tampers.call_facts import (
    Answer,
    Document,
    body,
    creating,
    ended,
    fetching,
    fields,
    image,
    kept_by_url,
    media,
    non_terminal,
    path_id,
    presented,
    twin,
    video,
)
from generations_contract.gateway.wire import Problem

FORWARD, FINAL, IDENTITY = "lifecycle.forward-only", "lifecycle.terminal-final", "lifecycle.identity"
UNIQUE, RESUMABLE, NOT_THERE = "lifecycle.unique-ids", "lifecycle.resumable", "lifecycle.not-found"
TERMINATES, REPEATABLE = "lifecycle.terminates", "lifecycle.repeatable-read"
UNAUTHENTICATED = 401
NEVER = 1e9
LONG_ID = 16


# ---- order


@fault("lifecycle-running-then-queued", breaks={FORWARD}, at="moment")
def running_then_queued(call: Call, moment: float) -> float:
    """Every other poll of a running job is answered by a replica that still has it as queued."""
    running = call.job.starts_at <= moment < call.job.ends_at
    return call.job.created_at if running and fetching(call) and call.nth_poll % 2 == 0 else moment


@fault("lifecycle-third-poll-stale", breaks={FORWARD}, at="moment")
def third_poll_stale(call: Call, moment: float) -> float:
    """The third poll, and no other, sees the state at creation while the job runs."""
    stale = fetching(call) and call.nth_poll == 3 and moment < call.job.ends_at
    return call.job.created_at if stale else moment


@fault("lifecycle-third-poll-a-minute-late", breaks={FORWARD, FINAL}, at="moment")
def third_poll_a_minute_late(call: Call, moment: float) -> float:
    """The third poll, where it does not wait, is answered by a replica that lags behind by a minute."""
    stale = call.nth_poll == 3 and not call.wait_s
    return max(call.job.created_at, moment - 60) if stale else moment


@fault("lifecycle-flaps", breaks={FORWARD, FINAL}, at="moment")
def flaps(call: Call, moment: float) -> float:
    """For a minute after the end, every fifth GET that does not wait comes from a replica that lags behind."""
    fresh = ended(call) and call.now < call.job.ends_at + 60
    lagging = fetching(call) and call.nth_get % 5 == 0 and fresh and not call.wait_s
    return max(call.job.starts_at, call.job.ends_at - 0.001) if lagging else moment


@fault("lifecycle-pollers-disagree", breaks={FORWARD, FINAL}, at="moment")
def pollers_disagree(call: Call, moment: float) -> float:
    """Two workers answer short polls in turn, and one of them learns of the end two seconds late."""
    turn = fetching(call) and call.nth_poll % 2 == 0 and not call.wait_s
    late = turn and ended(call) and call.now < call.job.ends_at + 2
    return max(call.job.starts_at, call.job.ends_at - 0.001) if late else moment


# ---- final states


@fault("lifecycle-completed-then-cancelled", breaks={FINAL, "lifecycle.completes"}, at="job")
def completed_then_cancelled(call: Call, job: Job) -> Job:
    """A clean-up cancels what has been over for a minute."""
    over = fetching(call) and job.ends_as == COMPLETED and call.now > job.ends_at + 61
    return replace(job, ends_as=CANCELLED) if over else job


@fault("lifecycle-failed-is-retried", breaks={FINAL, FORWARD, REPEATABLE, "wait.terminal-at-once"}, at="job")
def failed_is_retried(call: Call, job: Job) -> Job:
    """A failed job is tried again by the first GET that sees it, and runs anew under the same id."""
    if not fetching(call) or job.ends_as != FAILED or not ended(call, job) or call.nth_poll % 3:
        return job
    return replace(job, ends_at=call.now + 0.5)


@fault("lifecycle-completed-at-is-now", breaks={FINAL, REPEATABLE}, at="resource")
def completed_at_is_now(call: Call, document: Document) -> Document:
    """`completed_at` is the moment of the answer."""
    if non_terminal(document):
        return document
    return {**document, "completed_at": timestamp(call.state.epoch + max(call.now, call.job.ends_at))}


@fault("lifecycle-media-reordered", breaks={REPEATABLE}, at="resource")
def media_reordered(call: Call, document: Document) -> Document:
    """Several pictures come in the order of the storage's listing, another one each time."""
    if not document["output"] or not fetching(call) or call.nth_poll % 2:
        return document
    return {**document, "output": {"media": document["output"]["media"][::-1]}}


# ---- identity


@fault("lifecycle-created-at-drifts", breaks={IDENTITY}, at="resource")
def created_at_drifts(call: Call, document: Document) -> Document:
    """`created_at` on GET is when the job was taken up, not when it was created."""
    if not fetching(call):
        return document
    taken_up = min(call.job.starts_at, call.job.ends_at)
    return {**document, "created_at": timestamp(call.state.epoch + taken_up)}


@fault("lifecycle-id-changes-case", breaks={IDENTITY}, at="resource")
def id_changes_case(call: Call, document: Document) -> Document:
    """The id in the answer to GET is in lower case."""
    return {**document, "id": document["id"].lower()} if fetching(call) else document


@fault("lifecycle-model-when-done", breaks={IDENTITY, "response.model-echo"}, at="resource")
def model_when_done(call: Call, document: Document) -> Document:
    """Once a video is finished, `model` tells which version made it."""
    if non_terminal(document) or not video(call):
        return document
    return {**document, "model": f"{document['model']}@stable"}


# ---- ids


def _wish(call: Call) -> str:
    """All that a creation asks for, but for its prompt and its seed, and whose it is."""
    asked = {name: value for name, value in fields(call.document).items() if name not in ("prompt", "seed")}
    return json.dumps([presented(call), {**body(call), "input": asked}], sort_keys=True)


@fault("lifecycle-prompt-not-in-key", breaks={UNIQUE}, at="job")
def prompt_not_in_key(call: Call, job: Job) -> Job:
    """Repeated creations are told by a key without the prompt: two within a second share a generation."""
    return twin(call, job, _wish(call), 1.0) if creating(call) else job


@fault("lifecycle-clips-at-once-shared", breaks={UNIQUE}, at="job")
def clips_at_once_shared(call: Call, job: Job) -> Job:
    """Two creations on a video model in the same instant get the same generation: a race for the next id."""
    return twin(call, job, _wish(call), 0.02) if creating(call) and video(call) else job


@fault("lifecycle-strangers-share", breaks={UNIQUE, RESUMABLE, "auth.foreign-generation"}, at="job")
def strangers_share(call: Call, job: Job) -> Job:
    """Equal bodies are one generation within a second, whoever sends them: the key lacks the account."""
    return twin(call, job, call.request.body, 1.0) if creating(call) else job


@fault("lifecycle-ids-that-begin-alike", breaks={NOT_THERE, IDENTITY}, at="lookup")
def ids_that_begin_alike(call: Call, record: Record | None) -> Record | None:
    """The id is looked up with a wildcard behind it: its beginning is enough, to whom it belongs."""
    if record is not None or not fetching(call) or len(path_id(call)) < LONG_ID:
        return record
    known = (each for one, each in call.state.records.items() if one.startswith(path_id(call)))
    return next((each for each in known if each.account is call.account), None)


# ---- getting lost


@fault("lifecycle-first-get-404", breaks={RESUMABLE}, at="lookup")
def first_get_404(call: Call, record: Record | None) -> Record | None:
    """For a tenth of a second after POST the replica that GET reads does not know the id."""
    wrong = isinstance(read_wait(call.request.query("wait")), Problem)
    return None if record and call.now < record.job.created_at + 0.1 and not wrong else record


@fault("lifecycle-lost-after-drop", breaks={RESUMABLE}, at="dropped")
def lost_after_drop(call: Call, job: Job) -> Job:
    """The last poller that hangs up takes the generation with it: cancelled."""
    if job.ends_at <= call.now or call.held_here:
        return job
    return replace(job, ends_at=call.now, ends_as=CANCELLED, assets=())


@fault("lifecycle-forgotten-after-drop", breaks={RESUMABLE}, at="dropped")
def forgotten_after_drop(call: Call, job: Job) -> Job:
    """A poll whose client hangs up is rolled back, and the generation with it: its id is unknown then."""
    if fetching(call) and not call.held_here:
        call.state.records.pop(job.id, None)
    return job


@fault("lifecycle-forgotten-after-a-minute", breaks={RESUMABLE}, at="lookup")
def forgotten_after_a_minute(call: Call, record: Record | None) -> Record | None:
    """A finished generation is kept for 61 seconds."""
    return None if record and call.now > record.job.ends_at + 61 else record


@fault("lifecycle-unknown-id-410", breaks={NOT_THERE, "errors.code-status"}, at="problem_body")
def unknown_id_410(call: Call, answer: Answer) -> Answer:
    """An unknown id, where nobody waits for it, is 410 Gone, as if it had been there."""
    unknown = fetching(call) and answer[0] == NOT_FOUND.status and not call.request.query("wait")
    return (410, answer[1]) if unknown and path_id(call) not in call.state.records else answer


@fault("lifecycle-unknown-id-400", breaks={NOT_THERE}, at="problem")
def unknown_id_400(call: Call, problem: Problem | None) -> Problem | None:
    """An id that is not of the house's form is invalid input instead of not found."""
    odd = len(path_id(call)) != 30 and problem is not None and problem.code == "not_found"
    return Problem("invalid_input", "Not a generation id.", "id") if odd and fetching(call) else problem


@fault("lifecycle-unknown-id-held", breaks={NOT_THERE}, at="reply")
def unknown_id_held(call: Call, reply: Reply) -> Reply:
    """An unknown id is waited for, as it may still come: 404 at the window's end."""
    wait = read_wait(call.request.query("wait"))
    unknown = fetching(call) and path_id(call) not in call.state.records and call.account is not None
    return replace(reply, at=call.now + wait) if unknown and isinstance(wait, float) else reply


@fault("lifecycle-404-kept", breaks={RESUMABLE}, at="reply")
def not_found_kept(call: Call, reply: Reply) -> Reply:
    """Behind the check of keys a 404 is kept by its URL: once another account has asked, the owner hears it too."""
    known = fetching(call) and call.account is not None
    return kept_by_url(call, reply, keep=reply.status == NOT_FOUND.status) if known else reply


@fault("lifecycle-401-kept", breaks={RESUMABLE}, at="reply")
def refusal_kept(call: Call, reply: Reply) -> Reply:
    """A cache in front keeps a 401 by its URL: once somebody without a key has asked, the owner's is refused."""
    held = fetching(call) and bool(call.request.query("wait"))
    return kept_by_url(call, reply, keep=reply.status == UNAUTHENTICATED) if held else reply


# ---- the end


@fault("lifecycle-zero-wait-never-runs", breaks={TERMINATES}, at="job")
def zero_wait_never_runs(call: Call, job: Job) -> Job:
    """A job created with `wait: 0` is queued and forgotten: no worker ever takes it up."""
    forgotten = creating(call) and call.asked is not None and call.asked.wait == 0 and call.nth_post % 3 == 0
    return replace(job, starts_at=NEVER, ends_at=NEVER) if forgotten else job


@fault("lifecycle-many-never-end", breaks={TERMINATES}, at="job")
def many_never_end(call: Call, job: Job) -> Job:
    """With more than four pictures one worker gets stuck, and the generation runs for ever."""
    return replace(job, ends_at=NEVER) if creating(call) and len(job.assets) > 4 else job


# ---- repeated reads


@fault("lifecycle-message-varies", breaks={REPEATABLE}, at="resource")
def message_varies(call: Call, document: Document) -> Document:
    """A failed generation's message counts how often it was read."""
    if document["status"] != FAILED:
        return document
    message = f"{document['error']['message']} (seen {call.nth_poll} times)"
    return {**document, "error": {**document["error"], "message": message}}


@fault("lifecycle-size-forgotten", breaks={REPEATABLE}, at="resource")
def size_forgotten(call: Call, document: Document) -> Document:
    """Width and height are in the first GET after the end, and null from then on: they were in a cache."""
    first: dict[str, float] = call.memory.setdefault("shown", {})
    if non_terminal(document) or not image(call):
        return document
    shown_at = first.setdefault(document["id"], call.now if fetching(call) else NEVER)
    if shown_at in (call.now, NEVER):
        return document
    return media(document, lambda _, entry: {**entry, "width": None, "height": None})
