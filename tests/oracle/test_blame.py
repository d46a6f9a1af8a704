"""Which clause an answer breaks that a schema refuses: by the nearest annotation, else by the schema as a whole."""

from typing import Any

import pytest

from generations_contract.api.schema import ERROR, RESPONSE
from generations_contract.oracle.blame import blamed

BEGUN: dict[str, Any] = {
    "id": "gen_1",
    "object": "generation",
    "status": "running",
    "model": "flux-1.1-pro",
    "created_at": "2026-04-18T12:00:00Z",
}
ASSET = {"type": "image", "url": "https://media.example/gen_1.png"}
ENDED = {
    **BEGUN,
    "status": "completed",
    "completed_at": "2026-04-18T12:00:09Z",
    "output": {"media": [ASSET]},
    "usage": {"cost_usd": 0.04},
}


@pytest.mark.parametrize(
    ("document", "clauses"),
    [
        (BEGUN, set()),
        (ENDED, set()),
        ({}, {"response.schema"}),
        ([], {"response.schema"}),
        ({**BEGUN, "status": "processing"}, {"response.schema"}),
        ({**BEGUN, "id": ""}, {"response.schema"}),
        ({**BEGUN, "created_at": 1}, {"response.schema"}),
        ({**BEGUN, "created_at": "today"}, {"response.timestamps"}),
        ({**BEGUN, "completed_at": "2026-04-18T12:00:09Z"}, {"response.completed-at"}),
        ({**BEGUN, "output": {"media": []}}, {"response.output"}),
        ({**BEGUN, "error": {"code": "x"}}, {"response.error"}),
        ({**ENDED, "completed_at": None}, {"response.completed-at"}),
        ({**ENDED, "usage": {}}, {"response.usage"}),
        ({**ENDED, "usage": {"cost_usd": -1}}, {"response.usage"}),
        ({name: value for name, value in ENDED.items() if name != "usage"}, {"response.usage"}),
        ({**ENDED, "output": None}, {"response.output"}),
        ({**ENDED, "output": {"media": [{**ASSET, "url": "no url"}]}}, {"media.direct-url"}),
        ({**ENDED, "output": {"media": [{"type": "image"}]}}, {"response.schema"}),
        ({**ENDED, "output": {"media": [{**ASSET, "width": 1.5}]}}, {"response.schema"}),
        ({**ENDED, "status": "failed", "output": None}, {"response.error"}),
    ],
)
def test_response_is_laid_to_the_clause_of_the_place(document: object, clauses: set[str]) -> None:
    """A condition that has a clause of its own is that clause's; everything else is `response.schema`'s."""
    assert blamed(RESPONSE, document).keys() == clauses


@pytest.mark.parametrize(
    ("document", "clauses"),
    [
        ({"error": {"code": "not_found", "message": "x"}}, set()),
        ({"error": {"code": "not_found", "message": "x", "param": None, "more": 1}}, set()),
        ({}, {"errors.envelope"}),
        (None, {"errors.envelope"}),
        ({"error": "Not Found"}, {"errors.envelope"}),
        ({"error": {"message": "x"}}, {"errors.envelope"}),
        ({"error": {"code": "not_found", "message": ""}}, {"errors.envelope"}),
        ({"error": {"code": 404, "message": "x"}}, {"errors.envelope"}),
        ({"error": {"code": "not_found", "message": "x", "param": ["n"]}}, {"errors.schema"}),
        ({"error": {"code": 404, "message": "x", "param": 5}}, {"errors.envelope", "errors.schema"}),
    ],
)
def test_error_is_laid_to_the_clause_of_the_place(document: object, clauses: set[str]) -> None:
    """Code and message are the envelope's; everything else is `errors.schema`'s."""
    assert blamed(ERROR, document).keys() == clauses
