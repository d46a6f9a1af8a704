"""Liberties of the shape: absent or null, further members, other spellings of one value."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import variant
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    Answer,
    Document,
    creating,
    image,
    media,
    non_terminal,
    renamed,
    without,
)
from generations_contract.gateway.wire import Problem


@variant("nulls-left-out", at="resource")
def nulls_left_out(_: Call, document: Document) -> Document:
    """What is not there yet is absent instead of null."""
    return {name: value for name, value in document.items() if value is not None}


@variant("error-null-left-out", at="resource")
def error_null_left_out(_: Call, document: Document) -> Document:
    """Only `error` is absent where there is none, as in the document's own example."""
    return document if document.get("error") else without(document, "error")


@variant("members-beside", at="resource")
def members_beside(_: Call, document: Document) -> Document:
    """The resource has members that nobody documented: a region, the request's number."""
    return {"region": "eu-west-1", **document, "metadata": {"tier": "standard", "tags": []}}


@variant("progress-while-running", at="resource")
def progress_while_running(call: Call, document: Document) -> Document:
    """A job that is not over tells its progress."""
    if not non_terminal(document):
        return document
    return {**document, "progress": round(min(0.99, (call.now - call.job.created_at) / 60), 3)}


@variant("usage-tells-more", at="resource")
def usage_tells_more(_: Call, document: Document) -> Document:
    """`usage` has further figures."""
    if not document.get("usage"):
        return document
    return {**document, "usage": {**document["usage"], "credits": 4, "seconds": None}}


@variant("error-tells-more", at="resource")
def error_tells_more(_: Call, document: Document) -> Document:
    """The error of a failed generation has a type and a hint."""
    if not document.get("error"):
        return document
    return {**document, "error": {**document["error"], "type": "provider_error", "retryable": True}}


@variant("media-tell-more", at="resource")
def media_tell_more(_: Call, document: Document) -> Document:
    """Media entries have further members."""
    return media(document, lambda index, entry: {**entry, "index": index, "seed": 7, "alt": None})


@variant("media-sizes-null", at="resource")
def media_sizes_null(_: Call, document: Document) -> Document:
    """Width and height are not told."""
    return media(document, lambda _, entry: {**entry, "width": None, "height": None})


@variant("media-format-left-out", at="resource")
def media_format_left_out(_: Call, document: Document) -> Document:
    """The format is not told, on pictures nothing but type and URL."""
    return media(document, lambda _, entry: without(entry, "format", "width", "height"))


@variant("media-duration-null", at="resource")
def media_duration_null(_: Call, document: Document) -> Document:
    """`duration_seconds` is null, on clips and on pictures alike."""
    return media(document, lambda _, entry: {**entry, "duration_seconds": None})


def _moments(document: Document, spell: Callable[[str], str]) -> Document:
    names = [name for name in ("created_at", "completed_at") if document.get(name)]
    return {**document, **{name: spell(document[name]) for name in names}}


def _read(text: str) -> datetime:
    return datetime.fromisoformat(text)


@variant("times-with-offset", at="resource")
def times_with_offset(_: Call, document: Document) -> Document:
    """Times end in +00:00 instead of Z."""
    return _moments(document, lambda text: _read(text).isoformat())


@variant("times-elsewhere", at="resource")
def times_elsewhere(_: Call, document: Document) -> Document:
    """Times are told with the offset of another place, truthfully."""
    zone = timezone(timedelta(hours=-7))
    return _moments(document, lambda text: _read(text).astimezone(zone).isoformat())


@variant("times-in-whole-seconds", at="resource")
def times_in_whole_seconds(_: Call, document: Document) -> Document:
    """Times have no fraction, as in the document's example."""
    return _moments(document, lambda text: _read(text).isoformat(timespec="seconds").replace("+00:00", "Z"))


@variant("times-in-microseconds", at="resource")
def times_in_microseconds(_: Call, document: Document) -> Document:
    """Times have six digits of fraction."""
    return _moments(document, lambda text: _read(text).isoformat(timespec="microseconds"))


@variant("times-two-minutes-behind", at="resource")
def times_two_minutes_behind(_: Call, document: Document) -> Document:
    """The clock of the workers is two minutes slow."""
    return _moments(document, lambda text: (_read(text) - timedelta(minutes=2)).isoformat())


@variant("cost-whole-number", at="job")
def cost_whole_number(call: Call, job: Job) -> Job:
    """Costs are whole dollars, written as integers."""
    return replace(job, cost_usd=len(job.assets)) if creating(call) and job.cost_usd else job


@variant("failure-billed", at="job")
def failure_billed(call: Call, job: Job) -> Job:
    """A failed generation costs something, too."""
    return replace(job, cost_usd=0.01) if creating(call) and job.error_code else job


@variant("no-param", at="problem")
def no_param(_: Call, problem: Problem | None) -> Problem | None:
    """Errors do not name the field."""
    return replace(problem, param=None) if problem else problem


@variant("param-without-path", at="problem")
def param_without_path(_: Call, problem: Problem | None) -> Problem | None:
    """`param` is the field's own name, without `input.` before it."""
    return replace(problem, param=problem.param.rpartition(".")[2]) if problem and problem.param else problem


@variant("param-as-pointer", at="problem")
def param_as_pointer(_: Call, problem: Problem | None) -> Problem | None:
    """`param` is a JSON Pointer: /input/prompt."""
    if problem is None or not problem.param or problem.param.startswith("/"):
        return problem
    return replace(problem, param="/" + problem.param.replace(".", "/"))


@variant("envelope-tells-more", at="problem_body")
def envelope_tells_more(_: Call, answer: Answer) -> Answer:
    """The envelope has a request id beside the error, and the error a type."""
    status, document = answer
    return status, {"error": {"type": "api_error", **document["error"]}, "request_id": "req_01"}


@variant("messages-in-another-language", at="problem")
def messages_in_another_language(_: Call, problem: Problem | None) -> Problem | None:
    """Messages are for people, in whatever language: "branch on error.code"."""
    return replace(problem, message="Запрос отклонён. リクエストは拒否されました。") if problem else problem


@variant("ids-in-hexadecimal", at="job")
def ids_in_hexadecimal(call: Call, job: Job) -> Job:
    """Ids are short, in lower case and without a prefix."""
    return renamed(job, f"{call.state.planner.count:08x}") if creating(call) else job


@variant("ids-long", at="job")
def ids_long(call: Call, job: Job) -> Job:
    """Ids are long, with characters that need no escape in a path."""
    return renamed(job, f"images~{job.id}_{'x' * 80}") if creating(call) else job


@variant("status-of-image-never-running", at="job")
def never_running(call: Call, job: Job) -> Job:
    """An image job is queued until it is done: nobody ever sees it running."""
    return replace(job, starts_at=job.ends_at) if creating(call) and image(call) else job
