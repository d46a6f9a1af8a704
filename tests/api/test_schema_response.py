"""The response schema, document by document: the shape, the lifecycle conditions, the tolerance."""

import pytest

from generations_contract.api.schema import RESPONSE, accepts, accepts_by_reference, explain

CREATED_AT = "2026-04-18T12:00:00Z"
COMPLETED_AT = "2026-04-18T12:00:09Z"
RUNNING = {"id": "gen_1", "object": "generation", "status": "running", "model": "m", "created_at": CREATED_AT}
QUEUED = {**RUNNING, "status": "queued"}
MEDIA = {"type": "image", "url": "https://media.example/a.png"}
ENDED: dict[str, object] = {**RUNNING, "completed_at": COMPLETED_AT, "usage": {"cost_usd": 0.04}}
COMPLETED = {**ENDED, "status": "completed", "output": {"media": [MEDIA]}}
FAILURE = {"code": "content_policy", "message": "Refused."}
FAILED = {**ENDED, "status": "failed", "error": FAILURE}
CANCELLED = {**ENDED, "status": "cancelled"}
NULLS = {"completed_at": None, "output": None, "usage": None, "error": None}


def without(document: dict[str, object] | dict[str, str], key: str) -> dict[str, object]:
    """Return the document less one member."""
    return {name: value for name, value in document.items() if name != key}


ACCEPTED = [
    ("queued", "enum", QUEUED),
    ("running", "enum", RUNNING),
    ("running-nulls", "type", {**RUNNING, **NULLS}),
    ("running-usage-so-far", "type", {**RUNNING, "usage": {"cost_usd": 0.01}}),
    ("completed", "if", COMPLETED),
    ("completed-null-error", "type", {**COMPLETED, "error": None}),
    ("completed-free", "minimum", {**COMPLETED, "usage": {"cost_usd": 0}}),
    ("completed-two", "minItems", {**COMPLETED, "output": {"media": [MEDIA, MEDIA]}}),
    ("failed", "if", FAILED),
    ("failed-null-output", "type", {**FAILED, "output": None}),
    ("cancelled", "if", CANCELLED),
    ("cancelled-nulls", "type", {**CANCELLED, "output": None, "error": None}),
    ("additional-member", "properties", {**COMPLETED, "object_version": 2}),
    ("additional-in-usage", "properties", {**COMPLETED, "usage": {"cost_usd": 1, "seconds": 4}}),
    ("additional-in-output", "properties", {**COMPLETED, "output": {"media": [MEDIA], "seed": 1}}),
    ("additional-in-error", "properties", {**FAILED, "error": {**FAILURE, "provider": "p"}}),
    ("created-offset", "pattern", {**RUNNING, "created_at": "2026-04-18T12:00:00+00:00"}),
    ("created-fraction", "pattern", {**RUNNING, "created_at": "2026-04-18T12:00:00.123456Z"}),
    ("created-no-offset", "pattern", {**RUNNING, "created_at": "2026-04-18T12:00:00"}),
    ("created-short-offset", "pattern", {**RUNNING, "created_at": "2026-04-18T12:00:00-0530"}),
    ("created-minutes", "pattern", {**RUNNING, "created_at": "2026-04-18T12:00Z"}),
    ("created-leap-second", "pattern", {**RUNNING, "created_at": "2026-06-30T23:59:60Z"}),
    ("created-basic", "pattern", {**RUNNING, "created_at": "20260418T120000Z"}),
    ("created-comma", "pattern", {**RUNNING, "created_at": "2026-04-18T12:00:00,5Z"}),
]

REFUSED = [
    ("array", "type", [RUNNING]),
    ("id-missing", "required", without(RUNNING, "id")),
    ("id-number", "type", {**RUNNING, "id": 7}),
    ("id-empty", "minLength", {**RUNNING, "id": ""}),
    ("envelope", "required", {"error": FAILURE}),
    ("object-missing", "required", without(RUNNING, "object")),
    ("object-other", "const", {**RUNNING, "object": "image"}),
    ("status-missing", "required", without(RUNNING, "status")),
    ("status-unknown", "enum", {**RUNNING, "status": "processing"}),
    ("status-upper-case", "enum", {**COMPLETED, "status": "COMPLETED"}),
    ("model-missing", "required", without(RUNNING, "model")),
    ("model-null", "type", {**RUNNING, "model": None}),
    ("created-missing", "required", without(RUNNING, "created_at")),
    ("created-null", "type", {**RUNNING, "created_at": None}),
    ("created-seconds", "type", {**RUNNING, "created_at": 1776513600}),
    ("created-day", "pattern", {**RUNNING, "created_at": "2026-04-18"}),
    ("created-month-13", "pattern", {**RUNNING, "created_at": "2026-13-18T12:00:00Z"}),
    ("created-hour-25", "pattern", {**RUNNING, "created_at": "2026-04-18T25:00:00Z"}),
    ("created-space", "pattern", {**RUNNING, "created_at": "2026-04-18 12:00:00Z"}),
    ("created-words", "pattern", {**RUNNING, "created_at": "Sat, 18 Apr 2026 12:00:00 GMT"}),
    ("created-newline", "pattern", {**RUNNING, "created_at": CREATED_AT + "\n"}),
    ("completed-at-wrong", "pattern", {**COMPLETED, "completed_at": "now"}),
    ("completed-at-while-queued", "type", {**QUEUED, "completed_at": COMPLETED_AT}),
    ("completed-at-while-running", "type", {**RUNNING, "completed_at": COMPLETED_AT}),
    ("completed-at-missing", "required", without(COMPLETED, "completed_at")),
    ("completed-at-null", "type", {**FAILED, "completed_at": None}),
    ("completed-at-null-cancelled", "type", {**CANCELLED, "completed_at": None}),
    ("output-missing", "required", without(COMPLETED, "output")),
    ("output-null", "type", {**COMPLETED, "output": None}),
    ("output-array", "type", {**COMPLETED, "output": [MEDIA]}),
    ("output-while-running", "type", {**RUNNING, "output": {"media": [MEDIA]}}),
    ("output-empty-while-queued", "type", {**QUEUED, "output": {}}),
    ("output-on-failed", "type", {**FAILED, "output": {"media": []}}),
    ("output-on-cancelled", "type", {**CANCELLED, "output": {"media": [MEDIA]}}),
    ("media-missing", "required", {**COMPLETED, "output": {}}),
    ("media-none", "minItems", {**COMPLETED, "output": {"media": []}}),
    ("media-null", "type", {**COMPLETED, "output": {"media": None}}),
    ("media-object", "type", {**COMPLETED, "output": {"media": {"0": MEDIA}}}),
    ("media-without-url", "required", {**COMPLETED, "output": {"media": [MEDIA, {"type": "image"}]}}),
    ("media-type-audio", "enum", {**COMPLETED, "output": {"media": [{**MEDIA, "type": "audio"}]}}),
    ("media-relative-url", "format", {**COMPLETED, "output": {"media": [{**MEDIA, "url": "/a.png"}]}}),
    ("usage-missing", "required", without(COMPLETED, "usage")),
    ("usage-null", "type", {**COMPLETED, "usage": None}),
    ("usage-null-failed", "type", {**FAILED, "usage": None}),
    ("usage-missing-cancelled", "required", without(CANCELLED, "usage")),
    ("usage-number", "type", {**COMPLETED, "usage": 0.04}),
    ("cost-missing", "required", {**COMPLETED, "usage": {}}),
    ("cost-text", "type", {**COMPLETED, "usage": {"cost_usd": "0.04"}}),
    ("cost-true", "type", {**COMPLETED, "usage": {"cost_usd": True}}),
    ("cost-negative", "minimum", {**FAILED, "usage": {"cost_usd": -0.01}}),
    ("cost-infinite", "type", {**COMPLETED, "usage": {"cost_usd": float("inf")}}),
    ("error-missing", "required", without(FAILED, "error")),
    ("error-null", "type", {**FAILED, "error": None}),
    ("error-text", "type", {**FAILED, "error": "Refused."}),
    ("error-code-unknown", "enum", {**FAILED, "error": {**FAILURE, "code": "oops"}}),
    ("error-code-missing", "required", {**FAILED, "error": {"message": "Refused."}}),
    ("error-message-empty", "minLength", {**FAILED, "error": {**FAILURE, "message": ""}}),
    ("error-message-missing", "required", {**FAILED, "error": {"code": "content_policy"}}),
    ("error-on-completed", "type", {**COMPLETED, "error": FAILURE}),
    ("error-while-running", "type", {**RUNNING, "error": FAILURE}),
    ("error-on-cancelled", "type", {**CANCELLED, "error": FAILURE}),
]


@pytest.mark.parametrize(("keyword", "document"), [pytest.param(*row[1:], id=row[0]) for row in ACCEPTED])
def test_response_schema_accepts_all_the_room_the_document_gives(keyword: str, document: object) -> None:
    """Both validators accept the resource, whatever is null, absent or additional."""
    assert accepts(RESPONSE, document), keyword
    assert accepts_by_reference(RESPONSE, document), keyword


@pytest.mark.parametrize(("keyword", "document"), [pytest.param(*row[1:], id=row[0]) for row in REFUSED])
def test_response_schema_refuses_by_exactly_one_keyword(keyword: str, document: object) -> None:
    """Both validators refuse the resource, and the explanation names just the keyword it breaks."""
    assert not accepts(RESPONSE, document)
    assert not accepts_by_reference(RESPONSE, document)
    assert {violation.keyword for violation in explain(RESPONSE, document)} == {keyword}
