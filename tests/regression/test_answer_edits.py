"""Realistic edits of the response, media and error schemas, each with the verdict of an API reviewer."""

from typing import Any

import pytest

from generations_contract.api import schema as schemas
from generations_contract.api.schema_names import SUFFIX
from generations_contract.regression.verdicts.change import BREAKING, POLICY, SAFE
from tests.regression.test_request_edits import GONE, OLD, changes, verdicts

RESPONSE, MEDIA, ERROR = (name + SUFFIX for name in (schemas.RESPONSE, schemas.MEDIA, schemas.ERROR))
STRICT, BOTH = ("strict readers",), ("strict readers", "tolerant readers")
STATUSES = OLD.files[RESPONSE]["properties"]["status"]["enum"]
Expected = set[tuple[str, str, tuple[str, ...]]]

ROWS: list[tuple[str, str, dict[str, Any], Expected]] = [
    ("a status added", RESPONSE, {"/properties/status/enum/5": "paused"},
     {("response-enum-value-added", BREAKING, STRICT)}),
    ("a status gone", RESPONSE, {"/properties/status/enum": STATUSES[:-1]},
     {("response-enum-value-removed", SAFE, ())}),
    ("any status", RESPONSE, {"/properties/status/enum": GONE}, {("response-enum-removed", BREAKING, STRICT)}),
    ("an optional field added", RESPONSE, {"/properties/eta_seconds": {"type": "number"}},
     {("response-property-added", SAFE, STRICT)}),
    ("a required field added", RESPONSE,
     {"/properties/region": {"type": "string"}, "/required/5": "region"},
     {("response-required-property-added", SAFE, STRICT)}),
    ("created_at renamed", RESPONSE,
     {"/properties/created": OLD.files[RESPONSE]["properties"]["created_at"], "/properties/created_at": GONE,
      "/required/4": "created"},
     {("response-property-renamed", BREAKING, BOTH)}),
    ("id may be missing", RESPONSE, {"/required/0": GONE}, {("response-property-became-optional", BREAKING, BOTH)}),
    ("output always there", RESPONSE, {"/required/5": "output"},
     {("response-property-became-required", SAFE, ())}),
    ("id a number", RESPONSE, {"/properties/id/type": "integer"}, {("response-type-changed", BREAKING, BOTH)}),
    ("id null", RESPONSE, {"/properties/id/type": ["string", "null"]},
     {("response-became-nullable", BREAKING, BOTH)}),
    ("id may be empty", RESPONSE, {"/properties/id/minLength": 0},
     {("response-min-length-lowered", BREAKING, BOTH)}),
    ("id bounded", RESPONSE, {"/properties/id/maxLength": 64}, {("response-max-length-added", SAFE, ())}),
    ("another object name", RESPONSE, {"/properties/object/const": "job"},
     {("response-const-changed", BREAKING, BOTH)}),
    ("model shape promised", RESPONSE, {"/properties/model/pattern": "^[a-z0-9.-]+$"},
     {("response-pattern-added", SAFE, ())}),
    ("dates without time", RESPONSE, {"/$defs/timestamp/pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}"},
     {("response-pattern-changed", BREAKING, BOTH)}),
    ("dates of any shape", RESPONSE, {"/$defs/timestamp/pattern": GONE},
     {("response-pattern-removed", BREAKING, BOTH)}),
    ("completed without media", RESPONSE, {"/$defs/output/properties/media/minItems": 0},
     {("response-min-items-lowered", BREAKING, BOTH)}),
    ("at most ten media", RESPONSE, {"/$defs/output/properties/media/maxItems": 10},
     {("response-max-items-added", SAFE, ())}),
    ("media not demanded", RESPONSE, {"/$defs/output/required": []},
     {("response-property-became-optional", BREAKING, BOTH)}),
    ("cost may be negative", RESPONSE, {"/$defs/usage/properties/cost_usd/minimum": GONE},
     {("response-minimum-removed", BREAKING, BOTH)}),
    ("cost in whole dollars", RESPONSE, {"/$defs/usage/properties/cost_usd/type": "integer"},
     {("response-type-narrowed", SAFE, ())}),
    ("cost as text", RESPONSE, {"/$defs/usage/properties/cost_usd/type": "string"},
     {("response-type-changed", BREAKING, BOTH)}),
    ("cost per token too", RESPONSE, {"/$defs/usage/properties/tokens": {"type": "integer"}},
     {("response-property-added", SAFE, STRICT)}),
    ("failed without error", RESPONSE, {"/allOf/4/then": {}}, {("response-property-removed", BREAKING, BOTH)}),
    ("conditions of failure gone", RESPONSE, {"/allOf/4": GONE}, {("response-condition-removed", BREAKING, BOTH)}),
    ("cancelled needs no usage", RESPONSE, {"/allOf/0/if/properties/status/enum": ["completed", "failed"]},
     {("response-condition-changed", BREAKING, BOTH)}),
    ("another kind of asset", MEDIA, {"/properties/type/enum/2": "audio"},
     {("response-enum-value-added", BREAKING, STRICT)}),
    ("url no longer promised", MEDIA, {"/required": ["type"]},
     {("response-property-became-optional", BREAKING, BOTH)}),
    ("url of any form", MEDIA, {"/properties/url/format": GONE}, {("response-format-removed", BREAKING, BOTH)}),
    ("width never null", MEDIA, {"/properties/width/type": "integer"},
     {("response-became-not-nullable", SAFE, ())}),
    ("width in fractions", MEDIA, {"/properties/width/type": ["number", "null"]},
     {("response-type-widened", BREAKING, BOTH)}),
    ("width gone", MEDIA, {"/properties/width": GONE}, {("response-property-removed", BREAKING, BOTH)}),
    ("duration renamed", MEDIA,
     {"/properties/duration_s": {"type": ["number", "null"]}, "/properties/duration_seconds": GONE},
     {("response-property-renamed", BREAKING, BOTH)}),
    ("frames per second too", MEDIA, {"/properties/fps": {"type": ["number", "null"]}},
     {("response-property-added", SAFE, STRICT)}),
    ("a code added", ERROR, {"/$defs/code/enum/10": "conflict"},
     {("response-enum-value-added", BREAKING, STRICT)}),
    ("a code gone", ERROR, {"/$defs/code/enum/9": GONE}, {("response-enum-value-removed", SAFE, ())}),
    ("message may be missing", ERROR, {"/$defs/detail/required": ["code"]},
     {("error-property-became-optional", BREAKING, BOTH)}),
    ("param always text", ERROR, {"/$defs/detail/properties/param/type": "string"},
     {("error-became-not-nullable", SAFE, ())}),
    ("param a list", ERROR, {"/$defs/detail/properties/param/type": "array"},
     {("error-type-changed", BREAKING, BOTH)}),
    ("a ticket in errors", ERROR, {"/$defs/detail/properties/ticket": {"type": "string"}},
     {("error-property-added", SAFE, STRICT)}),
    ("envelope renamed", ERROR,
     {"/properties/failure": {"$ref": "#/$defs/detail"}, "/properties/error": GONE, "/required": ["failure"]},
     {("error-property-renamed", BREAKING, BOTH)}),
    ("only the wording", RESPONSE, {"/properties/id/description": "The id."},
     {("response-description-changed", POLICY, ())}),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "edits", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_answer_edit_gets_the_verdict_of_a_reviewer(
    file: str, edits: dict[str, Any], expected: Expected
) -> None:
    """Every edit has its id, its level and its audiences; whoever breaks is shown a witness."""
    found = changes(file, edits)
    assert verdicts(found) == expected
    assert all(witness is not None for change in found for witness in change.breaks.values())
    assert all(change.breaks for change in found if change.level == BREAKING)


def test_undoing_the_blamed_change_saves_the_witness() -> None:
    """Of two changes made together, each is blamed for its own witness only."""
    found = changes(RESPONSE, {"/properties/id/minLength": 0, "/properties/status/enum/5": "paused"})
    witnesses = {change.id: change.witness for change in found}
    assert witnesses["response-min-length-lowered"]["status"] != "paused"
    assert witnesses["response-min-length-lowered"]["id"] == ""
    assert witnesses["response-enum-value-added"]["id"]
    assert {change.reason for change in found} == {"witness"}


def test_witness_of_one_of_two_changes_is_what_the_new_version_answers() -> None:
    """Where no new answer is free of the other change, the witness shows both rather than what nobody sends."""
    found = changes(RESPONSE, {"/properties/id/type": "integer", "/properties/status/enum/5": "paused"})
    witnesses = {change.id: change.witness for change in found}
    assert witnesses["response-type-changed"]["status"] != "paused"
    assert witnesses["response-enum-value-added"]["status"] == "paused"
    assert all(isinstance(witness["id"], int) for witness in witnesses.values())
    assert {change.id: tuple(change.breaks) for change in found} == {
        "response-type-changed": BOTH,
        "response-enum-value-added": STRICT,  # a tolerant reader stumbles over the id, not over the state
    }


def test_changes_that_make_up_for_each_other_are_safe() -> None:
    """A limit that moves into a conjunct is no change to any sender."""
    found = changes(RESPONSE, {"/properties/id/minLength": GONE, "/properties/id/allOf": [{"minLength": 1}]})
    assert {change.level for change in found} == {SAFE}
