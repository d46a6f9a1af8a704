"""Every reason to refuse a request before there is a job, one function each: `check(call) -> Problem | None`.

They fill in the call as they go (account, document, asked, model). Their order is the gateway's order of
refusal, and stands in `CREATE`. Waiting, timelines and rendering never come here.
"""

from collections.abc import Callable
from typing import Final

from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.gateway import accounts
from generations_contract.gateway.call import Call, Operation
from generations_contract.gateway.models import (
    MalformedBodyError,
    printable,
    read_document,
    read_leniently,
    validate,
)
from generations_contract.gateway.sizes import size_form
from generations_contract.gateway.wire import Problem

Check = Callable[[Call], Problem | None]

NOT_FOUND: Final = Problem("not_found", "There is no such generation.")
_NO_SUCH_PATH: Final = Problem("not_found", "There is nothing at this path.")
_UNAUTHENTICATED: Final = Problem(
    "unauthenticated",
    "Missing or invalid API key: send `Authorization: Bearer YOUR_API_KEY`.",
    headers=(("WWW-Authenticate", "Bearer"),),
)


def operation_of(method: str, path: str) -> Operation:
    """Which documented operation a request is, or "other"."""
    if path == GENERATIONS_PATH:
        return "create" if method == "POST" else "other"
    if method == "GET" and _names_a_generation(path):
        return "fetch"
    return "other"


def _names_a_generation(path: str) -> bool:
    parent, _, last = path.rpartition("/")
    return parent == GENERATIONS_PATH and last != ""


def route(call: Call) -> Problem:
    """405 where the path is documented and the method is not; 404 elsewhere."""
    path = call.request.path
    if path == GENERATIONS_PATH or _names_a_generation(path):
        allowed = "POST" if path == GENERATIONS_PATH else "GET"
        message = f"This path takes {allowed} only."
        return Problem("method_not_allowed", message, headers=(("Allow", allowed),))
    return _NO_SUCH_PATH


def authenticate(call: Call) -> Problem | None:
    """Whose key it is; before all else, so that a stranger learns nothing."""
    key = accounts.bearer_key(call.request.header("authorization"))
    book = accounts.find(call.state.books, key)
    call.account = call.at("credentials", book)
    return None if call.account else _UNAUTHENTICATED


def rate(call: Call) -> Problem | None:
    """The account's POSTs in its window. Every admitted POST counts, also one that is refused later."""
    seconds = call.at("rate", call.account.retry_after(call.now) if call.account else None)
    if seconds is None:
        return None
    message = f"Slow down: the next request is admitted in {seconds} s."
    return Problem("rate_limited", message, headers=(("Retry-After", str(seconds)),))


def size(call: Call) -> Problem | None:
    """The body's length: a limit far above the largest request that makes sense, so 413 has its own code."""
    most = call.state.catalogue.house.body_bytes_max
    if len(call.request.body) <= most:
        return None
    return Problem("payload_too_large", f"The body is longer than {most} bytes.")


def form(call: Call) -> Problem | None:
    """The body as JSON, then as a request."""
    malformed = None
    try:
        call.document = read_document(call.request.body)
    except MalformedBodyError as error:
        malformed = Problem("invalid_input", f"The body must be one JSON object: {error}.")
    call.document = call.at("document", call.document)
    valid = malformed if call.document is None and malformed else validate(call.document)
    if isinstance(valid, Problem):
        call.asked = read_leniently(call.document)  # seen by nobody unless a tamper lifts the refusal
        return valid
    call.asked = valid
    return None


def known_model(call: Call) -> Problem | None:
    """The model id, exactly as listed. An unknown one is a wrong value of a field, not a missing resource."""
    name = call.asked.model if call.asked else ""
    call.model = call.state.catalogue.models.get(name)
    if call.model is not None:
        return None
    return Problem("invalid_input", f"model: there is no model {printable(name)!r}", "model")


def fitting(call: Call) -> Problem | None:
    """What has to hold on this model only: the form of `size`, where it is taken."""
    if call.asked is None or call.model is None:
        return None
    asked_size = call.asked.input.size
    if call.model.sized and "size" in call.asked.input.model_fields_set and not size_form(asked_size):
        return Problem("invalid_input", "input.size: not of the form WxH", "input.size")
    return None


def enabled(call: Call) -> Problem | None:
    """403 for a model that this deployment lists but does not enable."""
    if call.model is None or not call.model.restricted:
        return None
    return Problem("model_unavailable", f"{call.model.id} is not enabled for your account.")


def credit(call: Call) -> Problem | None:
    """402 when the account has nothing left."""
    if call.account is None or not call.account.exhausted:
        return None
    return Problem("insufficient_quota", "The account is out of credit.")


def policy(call: Call) -> Problem | None:
    """422 for a prompt, or a reference picture where one is taken, that the provider rejects at sight."""
    if call.asked is None:
        return None
    house, given = call.state.catalogue.house, call.asked.input
    if any(phrase in given.prompt for phrase in house.rejected_phrases):
        return Problem("content_policy", "The provider rejected the prompt.", "input.prompt")
    takes_images = call.model is not None and call.model.takes_images
    if takes_images and not {*given.images}.isdisjoint(house.rejected_images):
        return Problem("content_policy", "The provider rejected the input image.", "input.images")
    return None


CREATE: Final[tuple[Check, ...]] = (rate, size, form, known_model, fitting, enabled, credit, policy)
