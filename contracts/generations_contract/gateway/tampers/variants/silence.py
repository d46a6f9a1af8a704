"""Liberties where the document is silent (OPEN): the behaviours that the reference does not choose."""

import json
import math
import re
from dataclasses import replace
from typing import Any

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import variant
from generations_contract.gateway.models import (
    INPUT_KEYS,
    PROMPT_LENGTH_MAX,
    TOP_LEVEL_KEYS,
    MalformedBodyError,
    read_document,
    validate,
)
from generations_contract.gateway.tampers.call_facts import (
    creating,
    fetching,
    fields,
    listed_modality,
    number,
    path_id,
    valid_creation,
    video,
)
from generations_contract.gateway.wire import Problem


def _refused(message: str, param: str | None = None) -> Problem:
    return Problem("invalid_input", message, param)


@variant("nulls-accepted", at="document")
def nulls_accepted(_: Call, document: Any) -> Any:
    """Null for an optional field means that it was left out."""
    if not isinstance(document, dict):
        return document
    optional = {"n", "wait", *INPUT_KEYS} - {"prompt"}
    kept = {k: v for k, v in document.items() if v is not None or k not in optional}
    inner = {k: v for k, v in fields(kept).items() if v is not None or k not in optional}
    return {**kept, "input": inner} if fields(kept) else kept


@variant("integral-floats-refused", at="problem")
def integral_floats_refused(call: Call, problem: Problem | None) -> Problem | None:
    """`1.0` is no integer."""
    if not valid_creation(call, problem):
        return problem
    if isinstance(call.document.get("n"), float):
        return _refused("n: not an integer", "n")
    whole = not isinstance(fields(call.document).get("seed"), float)
    return problem if whole else _refused("input.seed: not an integer", "input.seed")


@variant("last-of-twin-keys", at="document")
def last_of_twin_keys(call: Call, document: Any) -> Any:
    """Of two equal keys the last one counts."""
    try:
        read_document(call.request.body)
    except MalformedBodyError as error:
        if "twice" not in str(error):
            return document
        return json.loads(call.request.body)
    return document


@variant("characters-in-utf16", at="problem")
def characters_in_utf16(call: Call, problem: Problem | None) -> Problem | None:
    """The 8000 are UTF-16 units: an emoji counts twice."""
    if not valid_creation(call, problem):
        return problem
    units = len(fields(call.document)["prompt"].encode("utf-16-le", "surrogatepass")) // 2
    return problem if units <= PROMPT_LENGTH_MAX else _refused("input.prompt: too long", "input.prompt")


@variant("unsupported-ratio-refused", at="problem")
def unsupported_ratio_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A ratio outside the model's set is refused."""
    ratio = fields(call.document).get("aspect_ratio") if valid_creation(call, problem) else None
    common = ("1:1", "16:9", "9:16", "4:3", "3:4")
    return _refused("not supported", "input.aspect_ratio") if ratio and ratio not in common else problem


@variant("unsupported-size-refused", at="problem")
def unsupported_size_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A size other than the model's own is refused."""
    size = fields(call.document).get("size") if valid_creation(call, problem) else None
    refused = size not in (None, "1024x1024") and call.model is not None and call.model.sized
    return _refused("not supported", "input.size") if refused else problem


@variant("unsupported-duration-refused", at="problem")
def unsupported_duration_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A duration other than 8 seconds is refused on video models."""
    if not valid_creation(call, problem) or not video(call):
        return problem
    duration = fields(call.document).get("duration", 8)
    return problem if duration in (8, "8") else _refused("not supported", "input.duration")


@variant("image-urls-only", at="problem")
def image_urls_only(call: Call, problem: Problem | None) -> Problem | None:
    """What is no http(s) URL is refused as a reference image."""
    images = fields(call.document).get("images", []) if valid_creation(call, problem) else []
    odd = any(not re.match(r"https?://[^/]", text) for text in images)
    return _refused("input.images: not a URL", "input.images") if odd else problem


@variant("json-by-name-only", at="problem")
def json_by_name_only(call: Call, problem: Problem | None) -> Problem | None:
    """A body under another content type is refused."""
    named = (call.request.header("content-type") or "").lower().startswith("application/json")
    return problem if problem or named or not creating(call) else _refused("send application/json")


@variant("unknown-query-refused", at="problem")
def unknown_query_refused(call: Call, problem: Problem | None) -> Problem | None:
    """An unknown query parameter on GET is refused."""
    query = call.request.target.partition("?")[2]
    odd = fetching(call) and problem is None and any(not p.startswith("wait=") for p in query.split("&") if p)
    return _refused("unknown query parameter") if odd else problem


@variant("get-takes-auto", at="problem")
def get_takes_auto(call: Call, problem: Problem | None) -> Problem | None:
    """GET takes `wait=auto`, and holds for two seconds."""
    if not fetching(call) or call.request.query("wait") != ["auto"] or problem is None:
        return problem
    call.wait_s = 2.0
    return None if path_id(call) in call.state.records else problem


@variant("unknown-model-404", at="problem")
def unknown_model_404(call: Call, problem: Problem | None) -> Problem | None:
    """A model that is not listed is 404 not_found."""
    return Problem("not_found", "There is no such model.") if _unknown_model(call, problem) else problem


@variant("unknown-model-403", at="problem")
def unknown_model_403(call: Call, problem: Problem | None) -> Problem | None:
    """A model that is not listed is 403 model_unavailable."""
    return Problem("model_unavailable", "Not for you.") if _unknown_model(call, problem) else problem


def _unknown_model(call: Call, problem: Problem | None) -> bool:
    document = call.document
    named = isinstance(document, dict) and isinstance(document.get("model"), str)
    listed = listed_modality(call, document) is not None
    return bool(problem and problem.param == "model" and named and creating(call) and not listed)


@variant("model-looked-up-first", at="problem")
def model_looked_up_first(call: Call, problem: Problem | None) -> Problem | None:
    """A model that is not listed is blamed before anybody reads the fields beside it."""
    if not isinstance(call.document, dict) or not isinstance(call.document.get("model"), str):
        return problem
    wrong = creating(call) and (problem is None or problem.code == "invalid_input")
    unlisted = listed_modality(call, call.document) is None
    return _refused("There is no such model.", "model") if wrong and unlisted else problem


@variant("last-mistake-blamed", at="problem")
def last_mistake_blamed(call: Call, problem: Problem | None) -> Problem | None:
    """Of several mistakes the last one is blamed, not the first."""
    if problem is None or problem.code != "invalid_input" or not isinstance(call.document, dict):
        return problem
    unknown = [key for key in call.document if key not in TOP_LEVEL_KEYS]
    return replace(problem, param=unknown[-1]) if unknown else problem


@variant("n-unread-on-video", at="document")
def n_unread_on_video(call: Call, document: Any) -> Any:
    """`n` of another type is not even looked at on a video model."""
    if listed_modality(call, document) != "video" or not isinstance(document, dict):
        return document
    n = document.get("n", 1)
    return document if number(n) else {**document, "n": 1}


@variant("pictures-refused-where-not-taken", at="problem")
def pictures_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A model that takes no reference pictures refuses them."""
    images = fields(call.document).get("images") if valid_creation(call, problem) else None
    refused = images and call.model is not None and not call.model.takes_images
    return _refused("input.images: not for this model", "input.images") if refused else problem


@variant("negative-prompt-refused-for-clips", at="problem")
def negative_prompt_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A video model has no negative prompt, and refuses one."""
    refused = valid_creation(call, problem) and video(call) and "negative_prompt" in fields(call.document)
    return _refused("input.negative_prompt: not supported", "input.negative_prompt") if refused else problem


@variant("limit-of-good-requests", at="rate")
def limit_of_good_requests(call: Call, seconds: int | None) -> int | None:
    """Requests that are refused for what they say do not count towards an account's limit."""
    try:
        wrong = isinstance(validate(read_document(call.request.body)), Problem)
    except MalformedBodyError:
        wrong = True
    rate = call.account.account.rate if call.account else None
    if wrong or rate is None:
        return None if wrong else seconds
    good: list[float] = call.memory.setdefault("good posts", [])
    good[:] = [at for at in good if at + rate.window_s > call.now]
    if len(good) >= rate.posts:
        return max(1, math.ceil(good[0] + rate.window_s - call.now))
    good.append(call.now)
    return None
