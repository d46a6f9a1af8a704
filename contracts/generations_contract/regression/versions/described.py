"""The OpenAPI document's own words: operations, headers, answers and links of the two endpoints.

Only prose and protocol live here; what bodies look like comes from the schemas (`openapi` joins the two), and
codes, limits and paths come from `vocabulary`. Section names refer to the API's document.
"""

from http import HTTPStatus
from typing import Any, Final

from generations_contract.api import vocabulary as words

Json = dict[str, Any]

SERVER: Final = "https://gateway.llm-stats.com"


def component(kind: str, name: str) -> Json:
    """A reference to a component."""
    return {"$ref": f"#/components/{kind}/{name}"}


def response_name(code: str) -> str:
    """`invalid_input` → `InvalidInput`."""
    return "".join(part.capitalize() for part in code.split("_"))


def info(version: str) -> Json:
    """What the API is, and the lifecycle that its schemas cannot say."""
    return {
        "title": "Generations",
        "version": version,
        "summary": "Image and video generation as one resource with server-side long polling.",
        "description": (
            "POST once, the server holds the connection open while the job runs, and you get back a final "
            "response with a direct URL to the asset. If the job needs longer than the wait window, GET the "
            "same id with another wait. Branch on error.code, never on error.message."
        ),
        "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        "x-lifecycle": {
            "non-terminal": sorted(words.NON_TERMINAL),
            "terminal": sorted(words.TERMINAL),
        },
        "x-error-codes": dict(words.STATUS_OF_CODE),
        "x-wait": {"minimum-seconds": words.WAIT_MIN_S, "maximum-seconds": words.WAIT_MAX_S},
    }


def create(examples: Json) -> Json:
    """POST: "Create a generation"."""
    return {
        "operationId": "createGeneration",
        "summary": "Create a generation",
        "description": "Takes a strict JSON body: unknown keys, at any level, are rejected.",
        "tags": ["generations"],
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {
                    "schema": component("schemas", "GenerationRequest"),
                    "examples": examples,
                }
            },
        },
        "responses": _responses(
            "The generation, as far as it has come when it ends or `wait` elapses.", words.STATUS_OF_CODE
        ),
    }


def fetch() -> Json:
    """GET: "Fetch a generation"."""
    return {
        "operationId": "fetchGeneration",
        "summary": "Fetch a generation",
        "description": "Answers in the POST shape. With wait, once the job is terminal or wait has elapsed.",
        "tags": ["generations"],
        "parameters": [component("parameters", "Id"), component("parameters", "Wait")],
        "responses": _responses("The generation as it is now.", words.FETCH_CODES),
    }


def _responses(description: str, codes: Any) -> Json:
    answers = {str(words.STATUS_OF_CODE[code]): component("responses", response_name(code)) for code in codes}
    success = {
        "description": description,
        "headers": {
            "Cache-Control": component("headers", "CacheControl"),
            "Retry-After": component("headers", "RetryAfter"),
        },
        "content": {
            "application/json": {
                "schema": component("schemas", "GenerationResponse"),
                "examples": {
                    name: component("examples", name) for name in ("completed", "running", "failed")
                },
            }
        },
        "links": {"fetch": component("links", "Fetch")},
    }
    return (
        {"200": success} | dict(sorted(answers.items())) | {"default": component("responses", "OtherError")}
    )


def parameters() -> Json:
    """The parameters of GET."""
    return {
        "Id": {
            "name": "id",
            "in": "path",
            "required": True,
            "description": "Stable identifier of the generation, as POST answered it.",
            "schema": {"type": "string", "minLength": 1},
            "example": "gen_01H",
        },
        "Wait": {
            "name": "wait",
            "in": "query",
            "description": "Long-poll window in seconds. Without it, the answer comes at once.",
            "schema": {
                "type": "number",
                "minimum": words.WAIT_MIN_S,
                "maximum": words.WAIT_MAX_S,
                "default": words.GET_WAIT_DEFAULT_S,
            },
            "example": words.WAIT_MAX_S,
        },
    }


def headers() -> Json:
    """The headers that the document promises."""
    return {
        "CacheControl": {
            "description": (
                f"On GET, `private, max-age={words.TERMINAL_MAX_AGE_S}` once the generation is terminal, and "
                "`no-store` before."
            ),
            "schema": {"type": "string"},
            "example": f"private, max-age={words.TERMINAL_MAX_AGE_S}",
        },
        "RetryAfter": {
            "description": (
                "Whole seconds, or an HTTP date. On every non-terminal answer after an elapsed wait, "
                "and on every 429."
            ),
            "schema": {"type": "string"},
            "example": "1",
        },
    }


def links() -> Json:
    """How GET follows from an answer."""
    return {
        "Fetch": {
            "operationId": "fetchGeneration",
            "description": "Fetch the same id, with another wait, until it is terminal.",
            "parameters": {"id": "$response.body#/id"},
        }
    }


def error_responses() -> Json:
    """One response for every documented code, and one for all others."""
    answers = {response_name(code): _error(code, status) for code, status in words.STATUS_OF_CODE.items()}
    other = {
        "description": "Any other refusal: the same envelope, with a code that the document does not list."
    }
    return answers | {"OtherError": other | _envelope({})}


def _error(code: str, status: int) -> Json:
    answer: Json = {"description": f"{HTTPStatus(status).phrase}: {words.WHEN_OF_CODE[code]}"}
    if code == "rate_limited":
        answer["headers"] = {"Retry-After": component("headers", "RetryAfter")}
    example = {"error": {"code": code, "message": words.WHEN_OF_CODE[code]}}
    return answer | {"x-error-code": code} | _envelope({"examples": {code: {"value": example}}})


def _envelope(extra: Json) -> Json:
    return {"content": {"application/json": {"schema": component("schemas", "Error"), **extra}}}
