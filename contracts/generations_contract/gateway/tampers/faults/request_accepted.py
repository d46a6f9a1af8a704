"""Lies about what is accepted: a documented request is refused. Section `request` of the contract."""

import re

from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import fault
from generations_contract.gateway.models import printable
from generations_contract.gateway.tampers.call_facts import (
    body,
    ended,
    fetching,
    fields,
    image,
    number,
    valid_creation,
    video,
)
from generations_contract.gateway.wire import Problem

ACCEPTED = "request.documented-accepted"


def _refused(message: str, param: str) -> Problem:
    return Problem("invalid_input", f"{param}: {printable(message)}", param)


@fault("request-emoji-refused", breaks={ACCEPTED}, at="problem")
def emoji_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A prompt with a character beyond the BMP does not fit the database, and is refused."""
    prompt = fields(call.document).get("prompt", "")
    if valid_creation(call, problem) and any(ord(character) > 0xFFFF for character in prompt):
        return _refused("characters that cannot be stored", "input.prompt")
    return problem


@fault("request-markup-refused", breaks={ACCEPTED}, at="problem")
def markup_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A filter takes a prompt with tags for an attack."""
    prompt = fields(call.document).get("prompt", "")
    if valid_creation(call, problem) and re.search(r"<\w+>", prompt):
        return _refused("characters that are not allowed", "input.prompt")
    return problem


@fault("request-bytes-counted", breaks={"request.prompt-length", ACCEPTED}, at="problem")
def bytes_counted(call: Call, problem: Problem | None) -> Problem | None:
    """The 8000 are counted in bytes, so a prompt in another script may be half as long."""
    prompt = fields(call.document).get("prompt", "")
    if (
        valid_creation(call, problem)
        and prompt
        and max(prompt) < "\U00010000"
        and len(prompt.encode()) > 8000
    ):
        return _refused("longer than 8000", "input.prompt")
    return problem


@fault("request-long-prompt-refused", breaks={"request.prompt-length", ACCEPTED}, at="problem")
def long_prompt_refused(call: Call, problem: Problem | None) -> Problem | None:
    """The provider takes 4,000 characters, and so does the gateway."""
    prompt = fields(call.document).get("prompt", "")
    too_long = valid_creation(call, problem) and 4000 < len(prompt) <= 8000 and max(prompt) < "\U00010000"
    return _refused("longer than 4000", "input.prompt") if too_long else problem


@fault("request-prompt-8000-refused", breaks={"request.prompt-length", ACCEPTED}, at="problem")
def prompt_8000_refused(call: Call, problem: Problem | None) -> Problem | None:
    """Off by one: a prompt of exactly 8000 characters is too long."""
    prompt = fields(call.document).get("prompt", "")
    if valid_creation(call, problem) and len(prompt) == 8000 and max(prompt) < "\U00010000":
        return _refused("longer than 8000", "input.prompt")
    return problem


@fault("request-seed-zero-refused", breaks={ACCEPTED}, at="problem")
def seed_zero_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A seed of 0 is falsy, and taken for a bad one."""
    refused = valid_creation(call, problem) and fields(call.document).get("seed") == 0
    return _refused("not an integer", "input.seed") if refused else problem


@fault("request-duration-text-refused", breaks={ACCEPTED}, at="problem")
def duration_text_refused(call: Call, problem: Problem | None) -> Problem | None:
    """`duration` is taken as a number only, on video models."""
    refused = valid_creation(call, problem) and video(call)
    if refused and isinstance(fields(call.document).get("duration"), str):
        return _refused("not a number", "input.duration")
    return problem


@fault("request-images-full-refused", breaks={ACCEPTED, "request.images-limit"}, at="problem")
def images_full_refused(call: Call, problem: Problem | None) -> Problem | None:
    """Off by one: eight reference images are one too many."""
    refused = valid_creation(call, problem) and len(fields(call.document).get("images", [])) == 8
    return _refused("more than 7 entries", "input.images") if refused else problem


@fault("request-all-options-refused", breaks={ACCEPTED}, at="problem")
def all_options_refused(call: Call, problem: Problem | None) -> Problem | None:
    """`size` and `aspect_ratio` together are refused as contradictory."""
    if valid_creation(call, problem) and {"size", "aspect_ratio"} <= set(fields(call.document)):
        return _refused("give size or aspect_ratio, not both", "input.size")
    return problem


@fault("request-n-ten-refused", breaks={ACCEPTED, "request.n-range"}, at="problem")
def n_ten_refused(call: Call, problem: Problem | None) -> Problem | None:
    """Off by one: ten images are too many."""
    refused = valid_creation(call, problem) and image(call) and body(call).get("n") == 10
    return _refused("outside 1-9", "n") if refused else problem


@fault("request-wait-sixty-refused", breaks={ACCEPTED, "request.wait-range"}, at="problem")
def wait_sixty_refused(call: Call, problem: Problem | None) -> Problem | None:
    """Off by one: a POST may wait for anything below 60 seconds."""
    refused = valid_creation(call, problem) and number(body(call).get("wait")) and body(call)["wait"] == 60
    return _refused("not below 60", "wait") if refused else problem


@fault(
    "request-wait-fraction-refused",
    breaks={ACCEPTED, "request.wait-range"},
    at="problem",
)
def wait_fraction_refused(call: Call, problem: Problem | None) -> Problem | None:
    """On POST, `wait` must be a whole number."""
    wait = body(call).get("wait")
    if valid_creation(call, problem) and isinstance(wait, float) and wait % 1:
        return _refused("not an integer", "wait")
    return problem


@fault("request-wait-exponent-refused", breaks={ACCEPTED, "request.wait-range"}, at="problem")
def wait_exponent_refused(call: Call, problem: Problem | None) -> Problem | None:
    """On video models the window is read by a pattern of digits and one point: `1e1` is no number."""
    spelt = re.search(rb'"wait"\s*:\s*-?[0-9.]+[eE]', call.request.body)
    return (
        _refused("not a number", "wait")
        if valid_creation(call, problem) and video(call) and spelt
        else problem
    )


@fault("request-wait-point-refused", breaks={ACCEPTED, "request.wait-range"}, at="problem")
def wait_point_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A whole number with a point, as some languages write every number, is refused: `60.0`."""
    spelt = re.search(rb'"wait"\s*:\s*[0-9]+\.0+\s*[,}]', call.request.body)
    return _refused("not an integer", "wait") if valid_creation(call, problem) and spelt else problem


@fault("request-get-exponent-refused", breaks={ACCEPTED}, at="problem")
def get_exponent_refused(call: Call, problem: Problem | None) -> Problem | None:
    """GET's `wait` is digits and one point: once a job has ended, an exponent is refused."""
    text = "".join(call.request.query("wait")) if fetching(call) and call.record and ended(call) else ""
    return (
        _refused("not a number", "wait")
        if problem is None and re.fullmatch(r"[0-9.]+[eE].*", text)
        else problem
    )


@fault("request-n-on-video-refused", breaks={"request.irrelevant-ignored", ACCEPTED}, at="problem")
def n_on_video_refused(call: Call, problem: Problem | None) -> Problem | None:
    """`n` above 1 on a video model is refused, not ignored."""
    n = body(call).get("n")
    if valid_creation(call, problem) and video(call) and number(n) and n in range(2, 11):
        return _refused("video models make one clip", "n")
    return problem


@fault("request-duration-on-image-refused", breaks={"request.irrelevant-ignored", ACCEPTED}, at="problem")
def duration_on_image_refused(call: Call, problem: Problem | None) -> Problem | None:
    """`duration` on an image model is refused, not ignored."""
    refused = valid_creation(call, problem) and image(call) and "duration" in fields(call.document)
    return _refused("not for image models", "input.duration") if refused else problem


@fault("request-resolution-on-image-refused", breaks={"request.irrelevant-ignored", ACCEPTED}, at="problem")
def resolution_on_image_refused(call: Call, problem: Problem | None) -> Problem | None:
    """A `resolution` other than 720p is refused even on image models, where nothing reads it."""
    value = fields(call.document).get("resolution")
    if valid_creation(call, problem) and image(call) and value not in (None, "720p"):
        return _refused("not supported", "input.resolution")
    return problem


@fault("request-size-on-video-refused", breaks={"request.irrelevant-ignored", ACCEPTED}, at="problem")
def size_on_video_refused(call: Call, problem: Problem | None) -> Problem | None:
    """`size` on a video model is refused, not ignored."""
    refused = valid_creation(call, problem) and video(call) and "size" in fields(call.document)
    return _refused("not for video models", "input.size") if refused else problem
