"""Lies about the one shape: members missing, too early, of the wrong type. Section `response`."""

from dataclasses import replace

from generations_contract.gateway.call import Call, Reply
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    Document,
    HeaderList,
    creating,
    fetching,
    header,
    media,
    non_terminal,
    video,
    without,
)

SCHEMA, ECHO, SAME = "response.schema", "response.model-echo", "response.same-shape"
ENDED, OUTPUT, USAGE = "response.completed-at", "response.output", "response.usage"
TIMES, ERROR, COUNT = "response.timestamps", "response.error", "response.media-count"
TYPE, JSON = "response.media-type", "response.json"
# The codes that the profile provokes show in failed generations only, where these cannot be read.
PROVIDERS = ("errors.provider-unavailable", "errors.provider-timeout")


# ---- what is always there


@fault("response-object-named-by-modality", breaks={SCHEMA}, at="resource")
def object_by_modality(call: Call, document: Document) -> Document:
    """On video models `object` is "video.generation"."""
    return {**document, "object": "video.generation"} if video(call) else document


@fault("response-status-processing", breaks={SCHEMA}, at="resource")
def status_processing(_: Call, document: Document) -> Document:
    """A job that runs is shown in the provider's own word, "processing"."""
    return {**document, "status": "processing"} if document["status"] == "running" else document


@fault("response-width-text", breaks={SCHEMA}, at="resource")
def width_text(call: Call, document: Document) -> Document:
    """On video models `width` and `height` are texts, as the provider gives them."""
    if not video(call):
        return document
    sides = ("width", "height")
    return media(document, lambda _, entry: entry | {side: str(entry[side]) for side in sides})


@fault("response-model-normalised", breaks={ECHO}, at="job")
def model_normalised(call: Call, job: Job) -> Job:
    """The model is stored, and shown, as the provider's route: "image/flux-1.1-pro"."""
    return replace(job, model=f"{job.modality}/{job.model}") if creating(call) else job


@fault("response-model-of-provider", breaks={ECHO, "lifecycle.identity"}, at="resource")
def model_of_provider(call: Call, document: Document) -> Document:
    """On GET, `model` is the provider's version of the model."""
    return {**document, "model": f"{document['model']}-2026-04"} if fetching(call) else document


# ---- by state


@fault("response-ended-early", breaks={ENDED}, at="resource")
def ended_early(_: Call, document: Document) -> Document:
    """`completed_at` is filled with an estimate while the job still runs."""
    return {**document, "completed_at": document["created_at"]} if non_terminal(document) else document


@fault("response-ended-missing-on-failed", breaks={ENDED}, at="resource")
def ended_missing_on_failed(_: Call, document: Document) -> Document:
    """A failed generation has no `completed_at`: it was never completed."""
    return {**document, "completed_at": None} if document["status"] == "failed" else document


@fault("response-ended-before-created", breaks={ENDED, TIMES}, at="resource")
def ended_before_created(_: Call, document: Document) -> Document:
    """`completed_at` comes from a worker whose clock is slow, before `created_at`."""
    if non_terminal(document):
        return document
    year = int(document["created_at"][:4])
    return {**document, "completed_at": f"{year - 1}{document['created_at'][4:]}"}


@fault("response-output-early", breaks={OUTPUT}, at="resource")
def output_early(_: Call, document: Document) -> Document:
    """An empty output is there from the start, to be filled."""
    return {**document, "output": {"media": []}} if non_terminal(document) else document


@fault("response-output-on-failed", breaks={OUTPUT}, at="resource")
def output_on_failed(_: Call, document: Document) -> Document:
    """A failed generation has an output without media."""
    return {**document, "output": {"media": []}} if document["status"] == "failed" else document


@fault("response-usage-missing-on-failed", breaks={USAGE}, at="resource")
def usage_missing_on_failed(_: Call, document: Document) -> Document:
    """A failed generation has no usage: nothing was billed."""
    return {**document, "usage": None} if document["status"] == "failed" else document


@fault("response-usage-early", breaks={USAGE}, at="resource")
def usage_early(_: Call, document: Document) -> Document:
    """While a job is running its usage is shown as 0 so far."""
    return {**document, "usage": {"cost_usd": 0}} if document["status"] == "running" else document


@fault("response-cost-text", breaks={USAGE}, at="resource")
def cost_text(_: Call, document: Document) -> Document:
    """`cost_usd` is a decimal in a text."""
    usage = document["usage"]
    return {**document, "usage": {"cost_usd": f"{usage['cost_usd']:.2f}"}} if usage else document


@fault("response-cost-missing", breaks={USAGE}, at="resource")
def cost_missing(call: Call, document: Document) -> Document:
    """The usage of a video tells seconds and no cost."""
    return {**document, "usage": {"seconds": 8}} if document["usage"] and video(call) else document


@fault("response-cost-negative", breaks={USAGE, "billing.positive"}, at="job")
def cost_negative(call: Call, job: Job) -> Job:
    """Cost is booked as a debit, with a minus sign, where there is more than one picture."""
    return replace(job, cost_usd=-job.cost_usd) if creating(call) and len(job.assets) > 1 else job


@fault("response-error-text", breaks={ERROR, SCHEMA, "errors.failed-resource", *PROVIDERS}, at="resource")
def error_text(_: Call, document: Document) -> Document:
    """The error of a failed generation is its message, a text."""
    return {**document, "error": document["error"]["message"]} if document["error"] else document


@fault("response-error-code-provider", breaks={ERROR, "errors.failed-resource", *PROVIDERS}, at="resource")
def error_code_provider(_: Call, document: Document) -> Document:
    """The error of a failed generation has the provider's own code."""
    return {**document, "error": {**document["error"], "code": "E2001"}} if document["error"] else document


@fault("response-error-empty-when-completed", breaks={ERROR}, at="resource")
def error_empty_when_completed(_: Call, document: Document) -> Document:
    """A completed generation has an error with nothing in it."""
    done = document["status"] == "completed"
    return {**document, "error": {"code": "", "message": ""}} if done else document


@fault("response-error-message-empty", breaks={ERROR}, at="resource")
def error_message_empty(_: Call, document: Document) -> Document:
    """A failed generation gives a code and no message."""
    return {**document, "error": {**document["error"], "message": ""}} if document["error"] else document


# ---- times


@fault("response-times-unix", breaks={TIMES, SCHEMA}, at="resource")
def times_unix(_: Call, document: Document) -> Document:
    """`completed_at` is a Unix time."""
    return {**document, "completed_at": 1776513609} if document["completed_at"] else document


@fault("response-times-naive", breaks={TIMES}, at="resource")
def times_naive(_: Call, document: Document) -> Document:
    """`created_at` has no offset: the reader may guess."""
    return {**document, "created_at": document["created_at"].removesuffix("Z")}


@fault("response-times-local", breaks={TIMES}, at="resource")
def times_local(_: Call, document: Document) -> Document:
    """Times are local, two hours ahead, and still say `Z`."""
    later = {name: _two_hours_later(document[name]) for name in ("created_at", "completed_at")}
    return {**document, **later}


def _two_hours_later(text: str | None) -> str | None:
    if text is None:
        return None
    day, _, rest = text.partition("T")
    hour = int(rest[:2]) + 2
    return (
        f"{day}T{hour:02}{rest[2:]}"
        if hour < 24
        else f"{day[:-2]}{int(day[-2:]) + 1:02}T{hour - 24:02}{rest[2:]}"
    )


# ---- media


@fault("response-media-first-only", breaks={COUNT}, at="resource")
def media_first_only(_: Call, document: Document) -> Document:
    """Of several pictures only the first is listed."""
    if not document["output"]:
        return document
    return {**document, "output": {"media": document["output"]["media"][:1]}}


@fault("response-media-nine-at-most", breaks={COUNT}, at="resource")
def media_nine_at_most(_: Call, document: Document) -> Document:
    """A page of media holds nine entries, so the tenth is never seen."""
    if not document["output"]:
        return document
    return {**document, "output": {"media": document["output"]["media"][:9]}}


@fault("response-media-twice", breaks={"media.distinct"}, at="resource")
def media_twice(call: Call, document: Document) -> Document:
    """A video's clip is listed twice: once for the player and once for the download."""
    if not document["output"] or not video(call):
        return document
    clip = document["output"]["media"][0]
    again = {**clip, "url": clip["url"].replace("?", "?inline=1&")}
    return {**document, "output": {"media": [clip, again]}}


@fault("response-media-type-mime", breaks={TYPE, SCHEMA, "media.bytes"}, at="resource")
def media_type_mime(_: Call, document: Document) -> Document:
    """`type` is a MIME type on pictures: "image/png"."""

    def named(_: int, entry: Document) -> Document:
        return {**entry, "type": "image/png"} if entry["type"] == "image" else entry

    return media(document, named)


@fault("response-media-type-image", breaks={TYPE, "media.bytes"}, at="resource")
def media_type_image(_: Call, document: Document) -> Document:
    """`type` is "image" for everything, clips too: a default that nobody overrides."""
    return media(document, lambda _, entry: {**entry, "type": "image"})


@fault("response-duration-on-image", breaks={TYPE}, at="resource")
def duration_on_image(_: Call, document: Document) -> Document:
    """Pictures have `duration_seconds: 0`."""
    return media(document, lambda _, entry: {"duration_seconds": 0, **entry})


# ---- POST and GET


@fault(
    "response-get-without-output",
    breaks={SAME, OUTPUT, "lifecycle.terminal-final", "lifecycle.repeatable-read"},
    at="resource",
)
def get_without_output(call: Call, document: Document) -> Document:
    """GET gives a summary: output only where the client waits for it."""
    summary = fetching(call) and document["status"] == "completed" and not call.wait_s
    return without(document, "output") if summary else document


@fault("response-post-cost-estimated", breaks={"billing.stable", "lifecycle.terminal-final"}, at="resource")
def post_cost_estimated(call: Call, document: Document) -> Document:
    """A POST that ends with the result shows the estimate of the cost; the bill comes with the GET."""
    if not creating(call) or not document["usage"]:
        return document
    return {**document, "usage": {"cost_usd": round(document["usage"]["cost_usd"] * 1.1 + 0.001, 6)}}


@fault("response-get-without-format", breaks={SAME}, at="resource")
def get_without_format(call: Call, document: Document) -> Document:
    """On GET the entries of pictures have no `format`: that column is written, and never read."""
    if not fetching(call) or video(call):
        return document
    return media(document, lambda _, entry: {**entry, "format": None})


@fault("response-get-without-duration", breaks={SAME}, at="resource")
def get_without_duration(call: Call, document: Document) -> Document:
    """On GET clips have no `duration_seconds`."""
    return (
        media(document, lambda _, entry: without(entry, "duration_seconds")) if fetching(call) else document
    )


# ---- content type


@fault("response-json-as-text", breaks={JSON}, at="headers")
def json_as_text(call: Call, headers: HeaderList) -> HeaderList:
    """A GET's answer says text/plain."""
    return header(headers, "Content-Type", "text/plain; charset=utf-8") if fetching(call) else headers


@fault("response-error-as-html-type", breaks={JSON}, at="headers")
def error_as_html_type(call: Call, headers: HeaderList) -> HeaderList:
    """Refusals are JSON in a text/html wrapping: the framework's error page type."""
    refused = creating(call) and call.record is None
    return header(headers, "Content-Type", "text/html") if refused else headers


@fault("response-json-untyped", breaks={JSON}, at="reply")
def json_untyped(call: Call, reply: Reply) -> Reply:
    """A terminal POST answer, written by another branch, names no content type."""
    done = creating(call) and call.record is not None and call.job.ends_at <= reply.at
    return replace(reply, headers=tuple(header(list(reply.headers), "Content-Type", None))) if done else reply
