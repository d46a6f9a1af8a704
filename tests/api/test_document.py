"""The document's own examples, letter for letter: they obey the contract that was read out of it."""

import json

import pytest

from generations_contract.api.schema import REQUEST, RESPONSE, explain
from generations_contract.api.vocabulary import STATUS_OF_CODE

QUICKSTART_REQUEST = """{
        "model": "flux-1.1-pro",
        "input": {"prompt": "A beautiful sunset over mountains"},
        "wait": "auto"
    }"""

COMPLETED_IMAGE = """{
  "id": "gen_01H…",
  "object": "generation",
  "status": "completed",
  "model": "flux-1.1-pro",
  "created_at": "2026-04-18T12:00:00Z",
  "completed_at": "2026-04-18T12:00:09Z",
  "output": {
    "media": [
      {
        "type": "image",
        "url": "https://…/gen_01H….png?X-Amz-Signature=…",
        "format": "png",
        "width": 1024,
        "height": 1024
      }
    ]
  },
  "usage": { "cost_usd": 0.04 }
}"""

STILL_RUNNING = """{
  "id": "gen_01H…",
  "object": "generation",
  "status": "running",
  "model": "veo-3",
  "created_at": "2026-04-18T12:00:00Z",
  "completed_at": null,
  "output": null,
  "usage": null,
  "error": null
}"""

ERROR_TABLE = """
invalid_input400Validation, unknown fields, out-of-range parameters.
unauthenticated401Missing or invalid API key.
insufficient_quota402Account out of credit or over plan limits.
model_unavailable403Model isn’t enabled for your account.
not_found404Unknown {id} on GET.
content_policy422Provider rejected the prompt or input image.
rate_limited429Slow down. Retry-After tells you for how long.
provider_unavailable502Every provider for this model returned an error.
provider_timeout504Every provider for this model timed out.
internal_error500Bug on our side — open a support ticket with the id.
"""  # noqa: RUF001


@pytest.mark.parametrize(
    ("name", "text"),
    [(REQUEST, QUICKSTART_REQUEST), (RESPONSE, COMPLETED_IMAGE), (RESPONSE, STILL_RUNNING)],
    ids=["quickstart-request", "completed-image", "still-running"],
)
def test_document_example_validates(name: str, text: str) -> None:
    """Each example of the document is valid as it stands, ellipses included."""
    assert explain(name, json.loads(text)) == []


@pytest.mark.parametrize(
    "key", sorted(json.loads(STILL_RUNNING).keys() - {"completed_at", "output", "usage", "error"})
)
def test_document_example_without_a_required_member_is_refused(key: str) -> None:
    """Every member that the document gives without "null" is required: its example fails without it."""
    document = json.loads(STILL_RUNNING)
    del document[key]
    assert [violation.keyword for violation in explain(RESPONSE, document)] == ["required"]


def test_document_error_table_is_the_vocabulary() -> None:
    """The document's codes and HTTP statuses come first, in full and in order; later ones may follow."""
    rows = [line.split(".")[0] for line in ERROR_TABLE.split("\n") if line]
    assert len(rows) <= len(STATUS_OF_CODE)
    for row, (code, status) in zip(rows, STATUS_OF_CODE.items(), strict=False):
        assert row.startswith(f"{code}{status}")
