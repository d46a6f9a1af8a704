"""The document's own words: its tables, limits and names, as the schema files say them.

What a schema can say is read from `schemas/`, so that one edit there is enough; what it cannot (defaults of
GET, deadlines, headers) is transcribed here. No logic lives here, and no judgement. The clauses, the strategies
and the reports take the document's limits from here. The gateway takes words only, never a limit or a list of
fields or codes: it has its own, so that a misreading of the document cannot sit on both sides unseen.
"""

from collections.abc import Iterator
from typing import Any, Final, Literal

from generations_contract.api.schema_files import (
    ANNOTATION,
    ERROR,
    REQUEST,
    RESPONSE,
    Schema,
    load,
    load_own,
    member,
)

Modality = Literal["image", "video"]

GENERATIONS_PATH: Final = "/v1/generations"

_REQUEST: Final = load(REQUEST)
_RESPONSE: Final = load(RESPONSE)
_INPUT: Final = member(_REQUEST, "input")
_CODES: Final[dict[str, dict[str, Any]]] = load(ERROR)["$defs"]["code"][ANNOTATION]["codes"]


def _described(*names: str) -> Schema:
    """The schema of a member; an empty one where this version of the schemas has none."""
    try:
        return member(_REQUEST, *names)
    except KeyError:
        return {}


def _limits(schema: Schema, keyword: str) -> Iterator[Any]:
    """A keyword of a schema, or of the branches that make it up."""
    if keyword in schema:
        yield schema[keyword]
    for branch in schema.get("anyOf", ()):
        yield from _limits(branch, keyword)


def _limit(schema: Schema, keyword: str, otherwise: Any) -> Any:
    return next(_limits(schema, keyword), otherwise)


_PROMPT: Final = _described("input", "prompt")
_N: Final = _described("n")
_WAIT: Final = _described("wait")

# Response: `status`. "queued and running are non-terminal; the rest are terminal."
QUEUED: Final = "queued"
RUNNING: Final = "running"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
STATUSES: Final[frozenset[str]] = frozenset(member(_RESPONSE, "status")["enum"])


def _ended() -> Iterator[str]:
    """The states in which the schema requires `completed_at`: "set once the generation reaches a terminal state"."""
    for condition in _RESPONSE.get("allOf", ()):
        if "completed_at" in condition.get("then", {}).get("required", ()):
            yield from condition["if"]["properties"]["status"]["enum"]


# Where the schemas do not say it, the document's sentence does.
TERMINAL: Final[frozenset[str]] = frozenset(_ended()) or STATUSES - {QUEUED, RUNNING}
NON_TERMINAL: Final = STATUSES - TERMINAL

# "object: always "generation"."
OBJECT: Final = "generation"

# "Error codes": `error.code`, the HTTP status that goes with it, and when it happens.
STATUS_OF_CODE: Final[dict[str, int]] = {code: row["status"] for code, row in _CODES.items()}
WHEN_OF_CODE: Final[dict[str, str]] = {code: row["when"] for code, row in _CODES.items()}
# The way back. Several codes may share a status.
CODES_OF_STATUS: Final = {
    status: tuple(code for code, one in STATUS_OF_CODE.items() if one == status)
    for status in STATUS_OF_CODE.values()
}
# Failures of the provider: they may show as an HTTP error or as a failed generation.
PROVIDER_CODES: Final = frozenset(code for code, row in _CODES.items() if row.get("of_provider"))
# What GET can meet: it never refuses a prompt and calls no provider. POST can meet every code.
FETCH_CODES: Final = tuple(code for code, row in _CODES.items() if row.get("on_fetch"))

# Request: the documented keys. "Unknown top-level or nested keys are rejected with invalid_input."
TOP_LEVEL_KEYS: Final = tuple[str, ...](_REQUEST["properties"])
INPUT_KEYS: Final = tuple[str, ...](_INPUT["properties"])
REQUIRED_KEYS: Final = tuple[str, ...](_REQUEST.get("required", ()))
# "All input fields live under input and are optional unless noted."
REQUIRED_INPUT_KEYS: Final = tuple[str, ...](_INPUT.get("required", ()))
OPTIONAL_KEYS: Final = tuple(key for key in TOP_LEVEL_KEYS if key not in REQUIRED_KEYS)
OPTIONAL_INPUT_KEYS: Final = tuple(key for key in INPUT_KEYS if key not in REQUIRED_INPUT_KEYS)

# Request: limits and defaults. "The text prompt. 1-8000 characters." Where the schemas say nothing: no limit
# that a request could meet.
PROMPT_LENGTH_MIN: Final[int] = _limit(_PROMPT, "minLength", 0)
PROMPT_LENGTH_MAX: Final[int] = _limit(_PROMPT, "maxLength", 8000)
# "Number of images to generate", 1 to 10. "Image-only: ignored for video models."
N_MIN: Final[int] = _limit(_N, "minimum", 1)
N_MAX: Final[int] = _limit(_N, "maximum", 1)
N_DEFAULT: Final[int] = _limit(_N, "default", 1)
# "Up to 8 reference image URLs."
IMAGES_MAX: Final[int] = _limit(_described("input", "images"), "maxItems", 0)
# "Server-side long-poll window in seconds (0-60)", or ""auto" picks a sensible default per modality".
WAIT_MIN_S: Final[int] = _limit(_WAIT, "minimum", 0)
WAIT_MAX_S: Final[int] = _limit(_WAIT, "maximum", 60)
WAIT_AUTO: Final[str] = _limit(_WAIT, "const", "auto")
# GET: "wait: number, default 0".
GET_WAIT_DEFAULT_S: Final = 0


def _examples(name: str) -> tuple[Any, ...]:
    return tuple(_described("input", name).get("examples", ()))


def _modalities(request: Schema) -> dict[str, Modality]:
    found: dict[str, Modality] = member(request, "model").get(ANNOTATION, {}).get("modalities", {})
    return found


# The models that the document itself gives as examples, and what kind each is; then its other examples.
EXAMPLE_MODELS: Final = _modalities(_REQUEST) or _modalities(load_own(REQUEST))
EXAMPLE_ASPECT_RATIOS: Final[tuple[str, ...]] = _examples("aspect_ratio")
EXAMPLE_SIZES: Final[tuple[str, ...]] = _examples("size")
EXAMPLE_DURATIONS: Final[tuple[int | str, ...]] = _examples("duration")
EXAMPLE_RESOLUTIONS: Final[tuple[str, ...]] = _examples("resolution")

# Headers by state: "Cache-Control: private, max-age=60" and "Cache-Control: no-store".
TERMINAL_MAX_AGE_S: Final = 60

# The outer deadlines that the document suggests: 5 minutes for images, 10 for videos.
IMAGE_DEADLINE_S: Final = 300.0
VIDEO_DEADLINE_S: Final = 600.0
