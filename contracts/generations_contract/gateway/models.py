"""The request, strictly: from bytes to a `CreateRequest`, or to the one `Problem` that names the field.

Validation of form lives here; what depends on the model or the account does not. The gateway has these
models of its own and never looks at `schemas/`, so that a misreading cannot sit on both sides unseen.

Where the document leaves room, this reads JSON as JSON Schema 2020-12 does: `1.0` is an integer, `true` is
no number, `"5"` is no number, `null` is not the same as absent, a character is a code point. Duplicate keys
are refused: which of the two counts would be a guess. `n` out of range is refused on a video model too,
where it is otherwise ignored: "out-of-range parameters" are invalid input, and form does not depend on the
model.
"""

import difflib
import json
import re
from collections.abc import Collection
from itertools import islice
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from generations_contract.gateway.wire import Problem

Json = Any

# The gateway's own reading of the document's limits (see above); the clauses have theirs from the schemas.
PROMPT_LENGTH_MIN, PROMPT_LENGTH_MAX = 1, 8000
N_MIN, N_MAX, N_DEFAULT = 1, 10, 1
IMAGES_MAX: Final = 8
WAIT_MIN_S, WAIT_MAX_S = 0, 60


def _integral(value: object) -> object:
    return int(value) if type(value) is float and value.is_integer() else value


Integer = Annotated[int, BeforeValidator(_integral)]
Number = int | Annotated[float, Field(allow_inf_nan=False)]  # int first: a long one is no float
Count = Annotated[int, Field(ge=N_MIN, le=N_MAX), BeforeValidator(_integral)]
Prompt = Annotated[str, Field(min_length=PROMPT_LENGTH_MIN, max_length=PROMPT_LENGTH_MAX)]
AspectRatio = Annotated[str, Field(pattern=r"^[1-9][0-9]*:[1-9][0-9]*$")]
WaitSeconds = Annotated[float, Field(ge=WAIT_MIN_S, le=WAIT_MAX_S, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class InputFields(_Strict):
    """Everything under `input`. What was left out has a default and is not in `model_fields_set`."""

    prompt: Prompt
    images: Annotated[list[str], Field(max_length=IMAGES_MAX)] = []
    aspect_ratio: AspectRatio = ""
    size: str = ""
    duration: Number | str = ""
    resolution: str = ""
    seed: Integer = 0
    negative_prompt: str = ""


class CreateRequest(_Strict):
    """The body of `POST /v1/generations`, valid in form."""

    model: str
    input: InputFields
    n: Count = N_DEFAULT
    wait: WaitSeconds | Literal["auto"] = "auto"


TOP_LEVEL_KEYS: Final = tuple(CreateRequest.model_fields)
INPUT_KEYS: Final = tuple(InputFields.model_fields)


class MalformedBodyError(ValueError):
    """The body is not one strict JSON object; the message says why."""


def _once(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise MalformedBodyError("a key is given twice in one object")
    return table


def _no_constant(name: str) -> Json:
    raise MalformedBodyError(f"{name} is not JSON")


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)


def read_document(body: bytes) -> dict[str, Json]:
    """The one JSON object that the body is, whole and strict. Raises `MalformedBodyError`."""
    try:
        document = _DECODER.decode(body.decode("utf-8"))
    except MalformedBodyError:
        raise
    except UnicodeDecodeError:
        raise MalformedBodyError("it is not UTF-8") from None
    except RecursionError:
        raise MalformedBodyError("it is nested too deeply") from None
    except ValueError as error:  # also a number of more digits than Python reads
        reason = str(error) if isinstance(error, json.JSONDecodeError) else "a number is too long"
        raise MalformedBodyError(reason) from None
    if not isinstance(document, dict):
        raise MalformedBodyError("it is not an object")
    return document


def validate(document: Json) -> CreateRequest | Problem:
    """The document as a request, or the first thing that is wrong with it, unknown keys before all else."""
    try:
        return CreateRequest.model_validate(_excerpt(document))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
    unknown = next((f for f in faults if f["type"] == "extra_forbidden"), None)
    if unknown is not None:
        return _unknown_key(unknown["loc"])
    param = _param(faults[0]["loc"])
    message = faults[0]["msg"]
    return Problem("invalid_input", f"{param or 'body'}: {message[:1].lower()}{message[1:]}", param)


# Faults of one kind that a caller is told of are one; a hundred thousand would hold everybody up.
_EXCERPT: Final = 20


def _excerpt(document: Json) -> Json:
    """The document without most of its unknown keys and superfluous pictures: as wrong, and soon refused."""
    if not isinstance(document, dict):
        return document
    top, inner = _few_unknown(document, TOP_LEVEL_KEYS), document.get("input")
    if isinstance(inner, dict):
        top["input"] = inner = _few_unknown(inner, INPUT_KEYS)
        if isinstance(images := inner.get("images"), list):
            inner["images"] = images[:_EXCERPT]
    return top


def _few_unknown(given: dict[str, Json], known: Collection[str]) -> dict[str, Json]:
    unknown = islice((key for key in given if key not in known), _EXCERPT)
    kept = {*known, *unknown}
    return {key: value for key, value in given.items() if key in kept}


def _param(loc: tuple[int | str, ...]) -> str | None:
    """The field in dotted form. Deeper steps (an index, a branch of a union) are the validator's."""
    names = [printable(str(step)) for step in loc[: 2 if loc[:1] == ("input",) else 1]]
    return ".".join(names) or None


def _unknown_key(loc: tuple[int | str, ...]) -> Problem:
    param = _param(loc) or ""
    known = INPUT_KEYS if len(loc) > 1 else TOP_LEVEL_KEYS
    close = difflib.get_close_matches(printable(str(loc[-1])), known, n=1)
    hint = f", did you mean {close[0]!r}?" if close else ""
    return Problem("invalid_input", f"unknown field {param!r}{hint}", param or None)


_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def printable(text: str, length_max: int = 120) -> str:
    """Text of the caller as it may be given back: bounded, no control characters, no lone surrogates."""
    return _UNPRINTABLE.sub("\ufffd", text[:length_max])


def read_leniently(document: Json) -> CreateRequest:
    """What a lenient gateway makes of a bad document: the fields of a usable type, defaults for the rest.

    The honest gateway never calls it on what it refuses: only a fault that lifts a refusal gets here.
    """
    top = document if isinstance(document, dict) else {}
    given = top.get("input")
    inputs = _usable(InputFields, given if isinstance(given, dict) else {})
    inputs = {"prompt": "", **inputs}
    rest = {"model": "", **_usable(CreateRequest, {k: v for k, v in top.items() if k != "input"})}
    return CreateRequest.model_construct(input=InputFields.model_construct(**inputs), **rest)


# Usable types of the fields that are no texts.
_NO_TEXTS: Final[dict[str, type | tuple[type, ...]]] = {
    "n": (int, float),
    "wait": (int, float),
    "images": list,
    "duration": (int, float, str),
    "seed": int,
}


def _usable(table: type[BaseModel], given: dict[str, Json]) -> dict[str, Json]:
    return {
        name: value
        for name, value in given.items()
        if name in table.model_fields and isinstance(value, _NO_TEXTS.get(name, str))
    }


_JSON_NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")


def read_wait(values: list[str]) -> float | Problem | None:
    """GET's `wait` as the query gives it: seconds, None when it is left out, or the refusal.

    `auto` is POST's alone: the document gives GET a number and the default 0.
    """
    if not values:
        return None
    if len(values) > 1:
        return Problem("invalid_input", "wait: given more than once", "wait")
    if not _JSON_NUMBER.fullmatch(values[0]):
        return Problem("invalid_input", "wait: not a number of seconds", "wait")
    seconds = float(values[0])
    if not WAIT_MIN_S <= seconds <= WAIT_MAX_S:
        return Problem("invalid_input", f"wait: outside {WAIT_MIN_S}-{WAIT_MAX_S} s", "wait")
    return seconds
