"""Lies about form: fields missing or of the wrong type, bodies that are no JSON. Section `request`."""

import json
import re
from typing import Any

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers.call_facts import (
    body,
    creating,
    fields,
    listed_modality,
    number,
    top,
    under,
    unknown_nested,
)
from generations_contract.gateway.wire import Problem

MODEL, INPUT, TYPES = "request.model-required", "request.input-required", "request.field-types"
RATIO, UNKNOWN, SIZE = "request.aspect-ratio-form", "request.unknown-model", "request.size-form"
MALFORMED, BLAME = "request.malformed-body", "request.blame"


@fault("request-model-defaulted", breaks={MODEL}, at="document")
def model_defaulted(_: Call, document: Any) -> Any:
    """Without a model, or with null, the house's default is taken."""
    missing = isinstance(document, dict) and document.get("model") is None
    return top(document, model="flux-1.1-pro") if missing else document


@fault("request-model-missing-403", breaks={MODEL}, at="problem")
def model_missing_403(call: Call, problem: Problem | None) -> Problem | None:
    """A request that names no model, and is fine otherwise, is told that the model is not enabled."""
    unnamed = creating(call) and "model" not in body(call) and fields(call.document)
    if problem is None or problem.param != "model" or not unnamed:
        return problem
    return Problem("model_unavailable", "The model is not enabled for your account.")


@fault("request-input-text", breaks={INPUT}, at="document")
def input_text(_: Call, document: Any) -> Any:
    """`input: "a prompt"` is taken as the prompt."""
    given = document.get("input") if isinstance(document, dict) else None
    return top(document, input={"prompt": given}) if isinstance(given, str) and given else document


@fault("request-input-list", breaks={INPUT}, at="document")
def input_list(_: Call, document: Any) -> Any:
    """An array of inputs is taken, and only its first entry used; an empty one is filled up."""
    given = document.get("input") if isinstance(document, dict) else None
    if not isinstance(given, list):
        return document
    return top(document, input=given[0] if given and isinstance(given[0], dict) else {"prompt": "-"})


@fault("request-seed-coerced", breaks={TYPES}, at="document")
def seed_coerced(_: Call, document: Any) -> Any:
    """A seed as text, as a fraction or as a boolean is turned into an integer."""
    seed = fields(document).get("seed")
    if isinstance(seed, bool | float) or (isinstance(seed, str) and re.fullmatch("-?[0-9]{1,9}", seed)):
        return under(document, seed=int(seed))
    return document


@fault("request-negative-prompt-any", breaks={TYPES}, at="document")
def negative_prompt_any(_: Call, document: Any) -> Any:
    """`negative_prompt` is turned into text, whatever it is."""
    given = fields(document)
    value = given.get("negative_prompt")
    return under(document, negative_prompt=str(value)) if value is not None else document


@fault("request-resolution-number", breaks={TYPES}, at="document")
def resolution_number(call: Call, document: Any) -> Any:
    """On video models `resolution: 720` is taken as "720p"."""
    value = fields(document).get("resolution")
    if number(value) and listed_modality(call, document) == "video":
        return under(document, resolution=f"{value}p")
    return document


@fault("request-size-list", breaks={TYPES}, at="document")
def size_list(_: Call, document: Any) -> Any:
    """`size: 1024` and `size: [1024, 1024]` are taken for what they mean."""
    value = fields(document).get("size")
    sides = [value, value] if number(value) else value
    if not isinstance(sides, list):
        return document
    return under(document, size="x".join(str(side) for side in sides) if len(sides) == 2 else "1024x1024")


@fault("request-ratio-any-separator", breaks={RATIO}, at="document")
def ratio_any_separator(_: Call, document: Any) -> Any:
    """`16x9`, `16/9` and `16-9` are taken as "16:9"."""
    value = fields(document).get("aspect_ratio")
    if isinstance(value, str) and re.fullmatch("[1-9][0-9]*[x/-][1-9][0-9]*", value):
        return under(document, aspect_ratio=re.sub("[x/-]", ":", value))
    return document


@fault("request-ratio-ignored", breaks={RATIO}, at="document")
def ratio_ignored(_: Call, document: Any) -> Any:
    """An `aspect_ratio` that nobody understands is ignored."""
    value = fields(document).get("aspect_ratio")
    if isinstance(value, str) and not re.fullmatch("[1-9][0-9]*:[1-9][0-9]*", value):
        return under(document, aspect_ratio="1:1")
    return document


@fault("request-unknown-model-default", breaks={UNKNOWN}, at="problem")
def unknown_model_default(call: Call, problem: Problem | None) -> Problem | None:
    """A model that nobody knows is served by the house's default model."""
    name = body(call).get("model")
    unknown = problem and problem.param == "model" and isinstance(name, str)
    return None if unknown and creating(call) else problem


def _echo_as_sent(call: Call, job: Job) -> None:
    """Keep what the client wrote as the model that is shown."""
    name = body(call).get("model")
    if creating(call) and isinstance(name, str) and name != job.model:
        call.memory.setdefault("echo-as-sent", {})[job.id] = name


def _shown_as_sent(call: Call, document: dict[str, Any]) -> dict[str, Any]:
    if call.record is not None:
        _echo_as_sent(call, call.job)
    name = call.memory.get("echo-as-sent", {}).get(document["id"])
    return {**document, "model": name} if name else document


def _listed(call: Call, document: Any, normal: str) -> Any:
    return top(document, model=normal) if normal in call.state.catalogue.models else document


@fault("request-model-any-case", breaks={UNKNOWN}, at="document")
def model_any_case(call: Call, document: Any) -> Any:
    """Model ids are looked up without regard to case."""
    name = document.get("model") if isinstance(document, dict) else None
    return _listed(call, document, name.lower()) if isinstance(name, str) else document


@fault("request-model-trimmed", breaks={UNKNOWN}, at="document")
def model_trimmed(call: Call, document: Any) -> Any:
    """Spaces around a model id are trimmed before it is looked up."""
    name = document.get("model") if isinstance(document, dict) else None
    return _listed(call, document, name.strip()) if isinstance(name, str) else document


model_any_case.also("resource")(_shown_as_sent)
model_trimmed.also("resource")(_shown_as_sent)


@fault("request-size-ignored", breaks={SIZE}, at="problem")
def size_ignored(_: Call, problem: Problem | None) -> Problem | None:
    """A `size` that is no size is ignored."""
    return None if problem and problem.param == "input.size" and "WxH" in problem.message else problem


@fault("request-size-square", breaks={SIZE}, at="document")
def size_square(call: Call, document: Any) -> Any:
    """`size: "1024"` is taken as a square."""
    value = fields(document).get("size")
    if isinstance(value, str) and value.isdecimal() and listed_modality(call, document) == "image":
        return under(document, size=f"{value}x{value}")
    return document


@fault("request-nan-taken", breaks={MALFORMED}, at="document")
def nan_taken(call: Call, document: Any) -> Any:
    """The language's own JSON reader takes `NaN` and `Infinity`, and the default is used in their place."""
    if document is not None or not re.search(rb"NaN|Infinity", call.request.body):
        return document
    try:
        sent = json.loads(re.sub(rb"-?(NaN|Infinity)", b"null", call.request.body))
    except (ValueError, RecursionError):
        return document
    return _without_nulls(sent)


def _without_nulls(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    return {k: _without_nulls(v) for k, v in value.items() if v is not None}


@fault("request-text-after-body", breaks={MALFORMED}, at="document")
def text_after_body(call: Call, document: Any) -> Any:
    """A streaming reader stops at the end of the first JSON object: what follows is not seen."""
    if document is not None:
        return document
    try:
        first, _ = json.JSONDecoder().raw_decode(call.request.body.decode())
    except (ValueError, RecursionError):
        return document
    return first if isinstance(first, dict) and b"NaN" not in call.request.body else document


@fault("request-body-in-array", breaks={MALFORMED}, at="document")
def body_in_array(call: Call, document: Any) -> Any:
    """An array around the body is taken off: batches were planned once."""
    try:
        sent = json.loads(call.request.body)
    except (ValueError, RecursionError):
        return document
    return sent[0] if document is None and isinstance(sent, list) and len(sent) == 1 else document


@fault("request-empty-body-500", breaks={MALFORMED, "errors.no-server-error"}, at="problem")
def empty_body_500(call: Call, problem: Problem | None) -> Problem | None:
    """A body that is empty or cut off makes the handler stumble: 500."""
    if problem is None or problem.code != "invalid_input" or not creating(call):
        return problem
    cut = not call.request.body.strip() or not call.request.body.rstrip().endswith((b"}", b"]", b"!"))
    return Problem("internal_error", "Unexpected end of input.") if cut else problem


@fault("request-model-in-a-list", breaks={"request.model-required"}, at="document")
def model_in_a_list(_: Call, document: Any) -> Any:
    """A list of models is taken, for the first of it: fallbacks were planned once."""
    model = document.get("model") if isinstance(document, dict) else None
    return {**document, "model": model[0]} if isinstance(model, list) and model else document


@fault("request-blames-neighbour", breaks={BLAME}, at="problem")
def blames_neighbour(call: Call, problem: Problem | None) -> Problem | None:
    """Whatever is wrong under `input` is blamed on the prompt."""
    nested = problem and problem.param and problem.param.startswith("input.") and creating(call)
    return Problem(problem.code, problem.message, "input.prompt") if problem and nested else problem


@fault("request-blames-known-key", breaks={BLAME}, at="problem")
def blames_known_key(call: Call, problem: Problem | None) -> Problem | None:
    """An unknown key under `input` is blamed on `model`, whose options it was checked against."""
    if problem is None or problem.code != "invalid_input" or not unknown_nested(call.document):
        return problem
    return Problem(problem.code, problem.message, "model")
