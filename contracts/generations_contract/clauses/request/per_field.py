"""Section `request`, field by field: what is accepted, what is refused with 400 `invalid_input`.

Nothing about the request as a whole lives here. Several rules broken at once
each expect the same refusal, so each is judged; accepting is judged only where nothing else is unusual.
"""

from typing import Final

from generations_contract.api.vocabulary import (
    IMAGES_MAX,
    N_MAX,
    N_MIN,
    PROMPT_LENGTH_MAX,
    PROMPT_LENGTH_MIN,
    WAIT_AUTO,
)
from generations_contract.clauses.facts.fields import unlike
from generations_contract.clauses.facts.groups import creator
from generations_contract.clauses.facts.request import plain, reading
from generations_contract.clauses.facts.validity import When, accepted, allowed, breaking, rejected
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Earlier, Findings, clause

ENDS_OF_WAIT: Final = (0, 60, 0.5, WAIT_AUTO)
FIELDS: Final = {
    "request.prompt-length": "input.prompt",
    "request.n-range": "n",
    "request.wait-range": "wait",
    "request.images-limit": "input.images",
}


def _accepting(*fields: str) -> When:
    return lambda exchange: allowed(exchange) and plain(exchange, *fields)


def _both_sides(refusing: str, accepting: When) -> When:
    broken = breaking(refusing)
    return lambda exchange: broken(exchange) or accepting(exchange)


def _judged(clause_id: str, exchange: Exchange, earlier: Earlier, *, refuse: str, accept: str) -> Findings:
    if clause_id in reading(exchange).violations:
        return rejected(exchange, earlier, refuse)
    return accepted(exchange, earlier, accept, FIELDS[clause_id])


@clause(
    "request.model-required",
    "MUST",
    says="model: string, required",
    on=("create",),
    by=creator,
    when=breaking("request.model-required"),
)
def model_required(exchange: Exchange, earlier: Earlier) -> Findings:
    """`model` missing or not a string."""
    return rejected(exchange, earlier, "model is a required string")


@clause(
    "request.input-required",
    "MUST",
    says="input: object, required",
    on=("create",),
    by=creator,
    when=breaking("request.input-required"),
)
def input_required(exchange: Exchange, earlier: Earlier) -> Findings:
    """`input` missing or not an object."""
    return rejected(exchange, earlier, "input is a required object")


def _end_of_prompt(exchange: Exchange) -> bool:
    prompt = (exchange.sent_input or {}).get("prompt")
    return isinstance(prompt, str) and len(prompt) in (PROMPT_LENGTH_MIN, PROMPT_LENGTH_MAX)


@clause(
    "request.prompt-length",
    "MUST",
    says="prompt: string, required, 1-8000 characters",
    on=("create",),
    by=creator,
    when=_both_sides(
        "request.prompt-length",
        lambda exchange: _end_of_prompt(exchange) and _accepting("input.prompt")(exchange),
    ),
)
def prompt_length(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides: what is too short or too long is refused, 1 and 8000 are accepted."""
    return _judged(
        "request.prompt-length",
        exchange,
        earlier,
        refuse="prompt is a string of 1-8000 characters",
        accept="1 and 8000 characters are allowed",
    )


def _end_of_n(exchange: Exchange) -> bool:
    n = (exchange.sent_object or {}).get("n")
    return exchange.modality == "image" and type(n) is int and n in (N_MIN, N_MAX)


@clause(
    "request.n-range",
    "MUST",
    says="n: integer, 1-10, image only",
    on=("create",),
    by=creator,
    when=_both_sides("request.n-range", lambda exchange: _end_of_n(exchange) and _accepting("n")(exchange)),
)
def n_range(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides, on image models: 0, 11, "1", 1.5 and true are refused, 1 and 10 are accepted."""
    return _judged(
        "request.n-range", exchange, earlier, refuse="n is an integer from 1 to 10", accept="n of 1 and 10"
    )


def _end_of_wait(exchange: Exchange) -> bool:
    wait = (exchange.sent_object or {}).get("wait")
    return isinstance(wait, str | int | float) and wait in ENDS_OF_WAIT


@clause(
    "request.wait-range",
    "MUST",
    says='wait: number | "auto", 0-60 seconds',
    on=("create",),
    by=creator,
    when=_both_sides(
        "request.wait-range", lambda exchange: _end_of_wait(exchange) and _accepting("wait")(exchange)
    ),
)
def wait_range(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides: -1, 61, "60", true are refused; 0, 60, 0.5 and "auto" are accepted."""
    return _judged(
        "request.wait-range",
        exchange,
        earlier,
        refuse='wait is a number from 0 to 60 or "auto"',
        accept='wait of 0, 0.5, 60 and "auto"',
    )


def _full_images(exchange: Exchange) -> bool:
    images = (exchange.sent_input or {}).get("images")
    return isinstance(images, list) and len(images) == IMAGES_MAX


@clause(
    "request.images-limit",
    "MUST",
    says="images: string[], up to 8",
    on=("create",),
    by=creator,
    when=_both_sides(
        "request.images-limit",
        lambda exchange: _full_images(exchange) and _accepting("input.images")(exchange),
    ),
)
def images_limit(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides: nine, no array and entries of other types are refused, eight are accepted."""
    return _judged(
        "request.images-limit",
        exchange,
        earlier,
        refuse="images is an array of up to 8 strings",
        accept="8 images",
    )


@clause(
    "request.field-types",
    "MUST",
    says="each documented field has its JSON type",
    on=("create",),
    by=creator,
    when=breaking("request.field-types"),
)
def field_types(exchange: Exchange, earlier: Earlier) -> Findings:
    """Fields without a clause of their own; on a model that ignores the field its type is open."""
    fields = reading(exchange).violations["request.field-types"]
    return rejected(exchange, earlier, f"{', '.join(fields)} {unlike(fields)}")


@clause(
    "request.aspect-ratio-form",
    "SHOULD",
    says='aspect_ratio: in W:H form (e.g. "16:9")',
    on=("create",),
    by=creator,
    when=breaking("request.aspect-ratio-form"),
)
def aspect_ratio_form(exchange: Exchange, earlier: Earlier) -> Findings:
    """Anything but two numbers with a colon between."""
    return rejected(exchange, earlier, "aspect_ratio has the form W:H")


@clause(
    "request.size-form",
    "SHOULD",
    says='size: explicit pixel size (e.g. "1024x1024")',
    on=("create",),
    by=creator,
    when=breaking("request.size-form"),
)
def size_form(exchange: Exchange, earlier: Earlier) -> Findings:
    """Only on models that the profile calls sized: the others ignore the field."""
    return rejected(exchange, earlier, "size has the form WxH")
