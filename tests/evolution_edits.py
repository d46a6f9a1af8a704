"""The edits of `tests.evolution`: each changes the schema files alone; a small override lets the gateway follow.

An edit that the reference gateway would follow anyway has a stray of its own: a tamper that does not.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, create_model

from generations_contract.api.schema_files import ANNOTATION, ERROR, MEDIA, REQUEST, RESPONSE, Schema
from generations_contract.gateway import models
from generations_contract.gateway.call import Call
from generations_contract.gateway.hooks import Fault
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.tampers import FAULTS

Schemas = dict[str, Schema]
Answer = tuple[int, Any]
# What the gateway is given on its way: overrides of its models, and tampers.
Following = Callable[[], tuple[Fault, ...]]


@dataclass(frozen=True)
class Edit:
    """An edit of the schemas.

    `about`: the request, or an answer. `breaks`: the clauses that a gateway breaks which stays as the document of today has it, or, where that would
    be right as well, one with the tampers of `stray`. `follows`: lets the reference gateway follow.
    """

    name: str
    apply: Callable[[Schemas], object]
    breaks: frozenset[str]
    follows: Following = tuple
    stray: Following = tuple
    about: Literal["request", "answer"] = "request"


def _request(schemas: Schemas) -> dict[str, Any]:
    properties: dict[str, Any] = schemas[REQUEST]["properties"]
    return properties


def _input(schemas: Schemas) -> dict[str, Any]:
    properties: dict[str, Any] = schemas[REQUEST]["$defs"]["input"]["properties"]
    return properties


def _rebuilt(table: type[BaseModel], without: str = "", **members: Any) -> Any:
    """The gateway's model with other members; one that is taken away keeps a value that jobs are drawn from."""
    kept = {
        name: (each.rebuild_annotation(), each.default if not each.is_required() else ...)
        for name, each in table.model_fields.items()
        if name != without
    }
    base = (
        type("_Base", (models._Strict,), {"__annotations__": {without: ClassVar[str]}, without: ""})
        if without
        else models._Strict
    )
    return create_model(table.__name__, __base__=base, **{**kept, **members})


def _with_input(without: str = "", **members: Any) -> Following:
    """The gateway's reading of `input` has other members."""

    def follow() -> tuple[Fault, ...]:
        models.InputFields = _rebuilt(models.InputFields, without, **members)
        models.CreateRequest = _rebuilt(models.CreateRequest, input=(models.InputFields, ...))
        return _renewed()

    return follow


def _with_top(**members: Any) -> Following:
    """The gateway's reading of the top level has other members."""

    def follow() -> tuple[Fault, ...]:
        models.CreateRequest = _rebuilt(models.CreateRequest, **members)
        return _renewed()

    return follow


def _renewed() -> tuple[Fault, ...]:
    models.TOP_LEVEL_KEYS = tuple(models.CreateRequest.model_fields)  # type: ignore[misc]
    models.INPUT_KEYS = tuple(models.InputFields.model_fields)  # type: ignore[misc]
    return ()


def _tamper(hook: str, change: Callable[[Call, Any], Any]) -> Following:
    return lambda: (Fault("evolution", "follows the edit, or does not", frozenset(), {hook: (change,)}),)


# -- fields of the request -----------------------------------------------------------------------------------


def _count(most: int) -> Any:
    integral = BeforeValidator(models._integral)
    return (Annotated[int, Field(ge=1, le=most), integral], 1)


def _prompt(least: int, most: int) -> Any:
    return (Annotated[str, Field(min_length=least, max_length=most)], ...)


def _uri(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://[^\s/]+(/\S*)?", text):
        raise ValueError("is no URI")
    return text


def _require_webhook(schemas: Schemas) -> None:
    _request(schemas)["webhook_url"] = {"type": "string", "format": "uri"}
    schemas[REQUEST]["required"].append("webhook_url")


def _longer_windows() -> tuple[Fault, ...]:
    seconds = Annotated[float, Field(ge=0, le=120, allow_inf_nan=False)]
    models.WAIT_MAX_S = 120
    return _with_top(wait=(seconds | Literal["auto"], "auto"))()


_LENGTH: Final = Annotated[int, Field(ge=1)] | Annotated[float, Field(ge=1, allow_inf_nan=False)]
_ACCEPTED: Final = "request.documented-accepted"
_TYPES: Final = "request.field-types"


# -- answers and errors --------------------------------------------------------------------------------------


def _expire(schemas: Schemas) -> None:
    """A new terminal state, wherever the others stand."""
    response = schemas[RESPONSE]
    response["properties"]["status"]["enum"].append("expired")
    for condition in response["allOf"]:
        states = condition["if"]["properties"]["status"]["enum"]
        if "cancelled" in states:
            states.append("expired")


def _expiring(_: Call, job: Job) -> Job:
    return replace(job, ends_as="expired") if job.ends_as == "cancelled" else job


def _expired_without_end(_: Call, document: dict[str, Any]) -> dict[str, Any]:
    if document["status"] != "cancelled":
        return document
    return {**document, "status": "expired", "completed_at": None}


def _new_code(schemas: Schemas) -> None:
    code = schemas[ERROR]["$defs"]["code"]
    code["enum"].append("auto_blocked")
    code[ANNOTATION]["codes"]["auto_blocked"] = {
        "status": 451,
        "when": "This account is not given long windows.",
    }


def _blocked(status: int) -> Callable[[Call, Answer], Answer]:
    def change(call: Call, answer: Answer) -> Answer:
        if call.request.query("wait") != ["auto"]:
            return answer
        return status, {"error": {**answer[1]["error"], "code": "auto_blocked"}}

    return change


def _with_request_id(_: Call, answer: Answer) -> Answer:
    return answer[0], {"error": {**answer[1]["error"], "request_id": "req_1"}}


def _require_error_member(schemas: Schemas) -> None:
    detail = schemas[ERROR]["$defs"]["detail"]
    detail["required"].append("request_id")
    detail["properties"]["request_id"] = {"type": "string", "minLength": 1}


def _require_currency(schemas: Schemas) -> None:
    usage = schemas[RESPONSE]["$defs"]["usage"]
    usage["required"].append("currency")
    usage["properties"]["currency"] = {"type": "string", "const": "USD"}


def _with_currency(_: Call, document: dict[str, Any]) -> dict[str, Any]:
    usage = document["usage"]
    return {**document, "usage": {**usage, "currency": "USD"}} if usage else document


def _media_changed(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Call, Any], Any]:
    def changed(_: Call, document: dict[str, Any]) -> dict[str, Any]:
        output = document["output"]
        if not output:
            return document
        return {**document, "output": {**output, "media": [change(each) for each in output["media"]]}}

    return changed


def _renamed(_: Call, job: Job) -> Job:
    if job.id.startswith("genv2_"):
        return job
    assets = tuple(replace(each, name=each.name.replace("gen_", "genv2_")) for each in job.assets)
    return replace(job, id=job.id.replace("gen_", "genv2_"), assets=assets)


def _without_annotations(schemas: Schemas) -> None:
    """As a framework writes them that knows nothing of ours; only codes have no other place."""
    for name in (REQUEST, RESPONSE, MEDIA):
        schemas[name] = _bare(schemas[name])


def _bare(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _bare(each) for name, each in node.items() if name != ANNOTATION}
    return [_bare(each) for each in node] if isinstance(node, list) else node


def _nullable_seed(schemas: Schemas) -> None:
    """As pydantic writes an optional integer."""
    seed = _input(schemas)["seed"]
    del seed["type"]
    seed.update(anyOf=[{"type": "integer"}, {"type": "null"}], title="Seed", deprecated=True)


EDITS: Final[tuple[Edit, ...]] = (
    Edit(
        "n at most 8",
        lambda schemas: _request(schemas)["n"].update(maximum=8),
        frozenset({"request.n-range"}),
        _with_top(n=_count(8)),
    ),
    Edit(
        "n at most 12",
        lambda schemas: _request(schemas)["n"].update(maximum=12),
        frozenset({"request.n-range"}),
        _with_top(n=_count(12)),
    ),
    Edit(
        "prompt at most 4000",
        lambda schemas: _input(schemas)["prompt"].update(maxLength=4000),
        frozenset({"request.prompt-length"}),
        _with_input(prompt=_prompt(1, 4000)),
    ),
    Edit(
        "prompt at least 3",
        lambda schemas: _input(schemas)["prompt"].update(minLength=3),
        frozenset({"request.prompt-length"}),
        _with_input(prompt=_prompt(3, 8000)),
    ),
    Edit(
        "optional style, at most 40",
        lambda schemas: _input(schemas).update(style={"type": "string", "maxLength": 40}),
        frozenset({_ACCEPTED}),
        _with_input(style=(Annotated[str, Field(max_length=40)], "")),
    ),
    Edit(
        "optional quality, listed",
        lambda schemas: _input(schemas).update(quality={"type": "string", "enum": ["low", "high"]}),
        frozenset({_ACCEPTED}),
        _with_input(quality=(Literal["low", "high"], "low")),
    ),
    Edit(
        "required webhook_url, a URI",
        _require_webhook,
        frozenset({_ACCEPTED}),
        _with_top(webhook_url=(Annotated[str, AfterValidator(_uri)], ...)),
    ),
    Edit(
        "negative_prompt removed",
        lambda schemas: _input(schemas).pop("negative_prompt"),
        frozenset({"strict.nested", "strict.every-modality"}),
        _with_input(without="negative_prompt"),
    ),
    Edit(
        "images at most 4",
        lambda schemas: _input(schemas)["images"].update(maxItems=4),
        frozenset({"request.images-limit"}),
        _with_input(images=(Annotated[list[str], Field(max_length=4)], [])),
    ),
    Edit(
        "wait at most 120",
        lambda schemas: _request(schemas)["wait"]["anyOf"][0].update(maximum=120),
        frozenset({"request.wait-range"}),
        _longer_windows,
    ),
    Edit(
        "duration at least 1",
        lambda schemas: _input(schemas)["duration"].update(minimum=1),
        frozenset({_TYPES}),
        _with_input(duration=(_LENGTH | str, "")),
    ),
    Edit(
        "seed bounded",
        lambda schemas: _input(schemas)["seed"].update(minimum=0, maximum=1_000_000),
        frozenset({_TYPES}),
        _with_input(seed=(Annotated[int, Field(ge=0, le=1_000_000), BeforeValidator(models._integral)], 0)),
    ),
    Edit(
        "a new terminal status",
        _expire,
        frozenset({"response.completed-at"}),
        _tamper("job", _expiring),
        _tamper("resource", _expired_without_end),
        about="answer",
    ),
    Edit(
        "a new code with its status",
        _new_code,
        frozenset({"errors.code-status"}),
        _tamper("problem_body", _blocked(451)),
        _tamper("problem_body", _blocked(409)),
        about="answer",
    ),
    Edit(
        "error.request_id required",
        _require_error_member,
        frozenset({"errors.schema"}),
        _tamper("problem_body", _with_request_id),
        about="answer",
    ),
    Edit(
        "usage.currency required",
        _require_currency,
        frozenset({"response.usage"}),
        _tamper("resource", _with_currency),
        about="answer",
    ),
    Edit(
        "media.duration_seconds required",
        lambda schemas: schemas[MEDIA]["required"].append("duration_seconds"),
        frozenset({"response.schema"}),
        _tamper("resource", _media_changed(lambda entry: {"duration_seconds": None, **entry})),
        _tamper(
            "resource",
            _media_changed(lambda entry: {name: each for name, each in entry.items() if each is not None}),
        ),
        about="answer",
    ),
    Edit(
        "a pattern on id",
        lambda schemas: schemas[RESPONSE]["properties"]["id"].update(pattern="^genv2_[0-9A-Z]+$"),
        frozenset({"response.schema"}),
        _tamper("job", _renamed),
        about="answer",
    ),
    Edit(
        "no annotations at all",
        _without_annotations,
        frozenset({_TYPES}),
        stray=lambda: (FAULTS["request-seed-coerced"],),
    ),
    Edit(
        "seed may be null",
        _nullable_seed,
        frozenset({_ACCEPTED}),
        _with_input(seed=(Annotated[int, BeforeValidator(models._integral)] | None, None)),
    ),
)


def text_of(schema: Mapping[str, Any]) -> str:
    """The text of a schema file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
