"""Section `request`, field by field: what is accepted, what is refused with 400 `invalid_input`.

Nothing about the request as a whole lives here. Several rules broken at once
each expect the same refusal, so each is judged; accepting is judged only where nothing else is unusual.
"""

from typing import Any, Final

from generations_contract.api.vocabulary import PROMPT_LENGTH_MAX, PROMPT_LENGTH_MIN, WAIT_AUTO
from generations_contract.clauses.facts.groups import creator
from generations_contract.clauses.facts.request import plain, reading
from generations_contract.clauses.facts.validity import When, accepted, allowed, breaking, rejected
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Earlier, Findings, clause
from generations_contract.oracle.fields import FIELDS
from generations_contract.oracle.wording import described, ends, unlike

# The fields whose accepting is judged by a clause of their own.
FIELD_OF: Final = {
    "request.prompt-length": "prompt",
    "request.n-range": "n",
    "request.wait-range": "wait",
    "request.images-limit": "images",
}


def _accepting(*fields: str) -> When:
    return lambda exchange: allowed(exchange) and plain(exchange, *fields)


def _both_sides(refusing: str, accepting: When) -> When:
    broken = breaking(refusing)
    return lambda exchange: broken(exchange) or accepting(exchange)


def _where(name: str) -> str:
    return FIELDS[name].where if name in FIELDS else name


def _sent(exchange: Exchange, name: str) -> Any:
    """The value of a documented field as it was sent; `None` also where it was not."""
    sent = exchange.sent_object if name in FIELDS and len(FIELDS[name].path) == 1 else exchange.sent_input
    return (sent or {}).get(name)


def _ends_of(name: str) -> frozenset[float]:
    """The numbers, lengths or counts at the ends of a field's range."""
    keywords = ("minimum", "maximum", "minLength", "maxLength", "maxItems")
    branches = FIELDS[name].branches if name in FIELDS else ()
    return frozenset(branch[keyword] for branch in branches for keyword in keywords if keyword in branch)


ENDS: Final = {name: _ends_of(name) for name in FIELD_OF.values()}


def _at_an_end(exchange: Exchange, name: str) -> bool:
    """Whether a field was sent, to a model that has a use for it, with a value at an end of its range."""
    terms, model = exchange.terms, exchange.model
    if name not in FIELDS or not FIELDS[name].belongs_to(terms.modality(model), terms.traits_of(model)):
        return False
    value = _sent(exchange, name)
    size = len(value) if isinstance(value, str | list) else value
    return isinstance(size, int | float) and not isinstance(size, bool) and size in ENDS[name]


def _both_ends(clause_id: str) -> When:
    """Applies to what breaks the clause, and to values at an end of the range that nothing else can spoil."""
    name = FIELD_OF[clause_id]
    fits = _accepting(_where(name))
    return _both_sides(clause_id, lambda exchange: _at_an_end(exchange, name) and fits(exchange))


def _judged(clause_id: str, exchange: Exchange, earlier: Earlier, accept: str = "") -> Findings:
    name = FIELD_OF[clause_id]
    if clause_id in reading(exchange).violations:
        return rejected(exchange, earlier, clause_id, f"{name} is {described(name)}")
    return accepted(exchange, earlier, accept or f"{name} of {ends(FIELDS[name])}", _where(name))


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
    return rejected(exchange, earlier, "request.model-required", "model is a required string")


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
    return rejected(exchange, earlier, "request.input-required", "input is a required object")


@clause(
    "request.prompt-length",
    "MUST",
    says=f"prompt: string, required, {PROMPT_LENGTH_MIN}-{PROMPT_LENGTH_MAX} characters",
    on=("create",),
    by=creator,
    when=_both_ends("request.prompt-length"),
)
def prompt_length(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides: what is too short or too long is refused, both ends of the range are accepted."""
    allowed_lengths = f"{PROMPT_LENGTH_MIN} and {PROMPT_LENGTH_MAX} characters are allowed"
    return _judged("request.prompt-length", exchange, earlier, allowed_lengths)


@clause(
    "request.n-range",
    "MUST",
    says=f"n: {described('n')}, image only",
    on=("create",),
    by=creator,
    when=_both_ends("request.n-range"),
)
def n_range(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides, on image models: what is no count in the range is refused, both ends are accepted."""
    return _judged("request.n-range", exchange, earlier)


def _window_that_tells(exchange: Exchange) -> bool:
    wait = _sent(exchange, "wait")
    return wait in (0.5, WAIT_AUTO) or _at_an_end(exchange, "wait")


@clause(
    "request.wait-range",
    "MUST",
    says=f"wait: {described('wait')}, in seconds",
    on=("create",),
    by=creator,
    when=_both_sides(
        "request.wait-range", lambda exchange: _window_that_tells(exchange) and _accepting("wait")(exchange)
    ),
)
def wait_range(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides: numbers outside the range, other texts, true are refused; both ends, 0.5 and "auto" are accepted."""
    return _judged(
        "request.wait-range", exchange, earlier, f'wait of {ends(FIELDS["wait"])}, 0.5 and "{WAIT_AUTO}"'
    )


@clause(
    "request.images-limit",
    "MUST",
    says=f"images: {described('images')}",
    on=("create",),
    by=creator,
    when=_both_ends("request.images-limit"),
)
def images_limit(exchange: Exchange, earlier: Earlier) -> Findings:
    """Both sides: more, no array and entries of other types are refused, as many as are allowed are accepted."""
    return _judged("request.images-limit", exchange, earlier, f"{ends(FIELDS['images'])} images")


@clause(
    "request.field-types",
    "MUST",
    says="each documented field has its JSON type",
    on=("create",),
    by=creator,
    when=breaking("request.field-types"),
)
def field_types(exchange: Exchange, earlier: Earlier) -> Findings:
    """Fields without a clause of their own, by their schema; on a model that ignores the field it is open."""
    wrong = reading(exchange).violations["request.field-types"]
    return rejected(exchange, earlier, "request.field-types", unlike(wrong))


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
    return rejected(exchange, earlier, "request.aspect-ratio-form", "aspect_ratio has the form W:H")


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
    return rejected(exchange, earlier, "request.size-form", "size has the form WxH")
