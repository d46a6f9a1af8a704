"""Realistic edits of the request schema, each with the verdict that an API reviewer would give."""

import copy
from typing import Any

import pytest

from generations_contract.api import schema as schemas
from generations_contract.api.pointers import at, path_of
from generations_contract.api.schema_names import SUFFIX
from generations_contract.regression.verdicts.change import BREAKING, POLICY, SAFE, Change
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.verdicts.rules import rule_of
from generations_contract.regression.versions.document import Contract

GONE = object()
REQUEST = schemas.REQUEST + SUFFIX
INPUT = "/$defs/input/properties"
SENDERS = ("senders",)
SOUND = f"{INPUT}/prompt/maxLength"


def own_contract() -> Contract:
    """The project's schemas."""
    return Contract("old", {name + SUFFIX: schemas.load(name) for name in schemas.NAMES})


OLD = own_contract()


def edited(file: str, edits: dict[str, Any]) -> Contract:
    """The project's schemas with values set, or taken away, at JSON Pointers of one file."""
    files = copy.deepcopy(OLD.files)
    for pointer, value in edits.items():
        *parents, key = path_of(pointer)
        holder = at(files[file], tuple(parents))
        key = int(key) if isinstance(holder, list) else key
        if value is GONE:
            del holder[key]
        elif isinstance(holder, list) and key == len(holder):
            holder.append(value)
        else:
            holder[key] = value
    return Contract("new", files)


def changes(file: str, edits: dict[str, Any]) -> list[Change]:
    """What a review finds."""
    return review(OLD, edited(file, edits), formats=True).changes


def verdicts(found: list[Change]) -> set[tuple[str, str, tuple[str, ...]]]:
    """Each change's id, level, and whom it breaks."""
    return {(change.id, change.level, tuple(change.breaks)) for change in found}


ROWS: list[tuple[str, dict[str, Any], set[tuple[str, str, tuple[str, ...]]]]] = [
    ("prompt limit lowered", {SOUND: 4000}, {("request-max-length-lowered", BREAKING, SENDERS)}),
    ("prompt limit raised", {SOUND: 16000}, {("request-max-length-raised", SAFE, ())}),
    ("prompt limit dropped", {SOUND: GONE}, {("request-max-length-removed", SAFE, ())}),
    ("empty prompt allowed", {f"{INPUT}/prompt/minLength": 0}, {("request-min-length-lowered", SAFE, ())}),
    ("longer prompt demanded", {f"{INPUT}/prompt/minLength": 3}, {("request-min-length-raised", BREAKING, SENDERS)}),
    ("prompt may be null", {f"{INPUT}/prompt/type": ["string", "null"]}, {("request-became-nullable", SAFE, ())}),
    ("prompt gets a pattern", {f"{INPUT}/prompt/pattern": "\\S"}, {("request-pattern-added", BREAKING, SENDERS)}),
    ("prompt optional", {"/$defs/input/required": []}, {("request-property-became-optional", SAFE, ())}),
    (
        "size demanded",
        {"/$defs/input/required": ["prompt", "size"]},
        {("request-property-became-required", BREAKING, SENDERS)},
    ),
    ("n up to 20", {"/properties/n/maximum": 20}, {("request-maximum-raised", SAFE, ())}),
    ("n up to 4", {"/properties/n/maximum": 4}, {("request-maximum-lowered", BREAKING, SENDERS)}),
    ("n from 0", {"/properties/n/minimum": 0}, {("request-minimum-lowered", SAFE, ())}),
    ("n from 2", {"/properties/n/minimum": 2}, {("request-minimum-raised", BREAKING, SENDERS)}),
    ("n even", {"/properties/n/multipleOf": 2}, {("request-multiple-of-added", BREAKING, SENDERS)}),
    ("n in halves", {"/properties/n/type": "number"}, {("request-type-widened", SAFE, ())}),
    ("n as text", {"/properties/n/type": "string"}, {("request-type-changed", BREAKING, SENDERS)}),
    ("n defaults to 2", {"/properties/n/default": 2}, {("request-default-changed", BREAKING, SENDERS)}),
    ("n bounded exclusively", {"/properties/n/exclusiveMaximum": 11}, {("request-exclusive-maximum-added", SAFE, ())}),
    ("n gone", {"/properties/n": GONE}, {("request-property-removed", BREAKING, SENDERS)}),
    ("wait shorter", {"/properties/wait/anyOf/0/maximum": 30}, {("request-maximum-lowered", BREAKING, SENDERS)}),
    ("wait longer", {"/properties/wait/anyOf/0/maximum": 120}, {("request-maximum-raised", SAFE, ())}),
    ("wait whole", {"/properties/wait/anyOf/0/type": "integer"}, {("request-type-narrowed", BREAKING, SENDERS)}),
    ("wait without auto", {"/properties/wait/anyOf/1": GONE}, {("request-alternative-removed", BREAKING, SENDERS)}),
    (
        "wait may be null",
        {"/properties/wait/anyOf/2": {"type": "null"}},
        {("request-alternative-added", SAFE, ())},
    ),
    ("auto renamed", {"/properties/wait/anyOf/1/const": "default"}, {("request-const-changed", BREAKING, SENDERS)}),
    ("more pictures", {f"{INPUT}/images/maxItems": 16}, {("request-max-items-raised", SAFE, ())}),
    ("fewer pictures", {f"{INPUT}/images/maxItems": 4}, {("request-max-items-lowered", BREAKING, SENDERS)}),
    ("a picture demanded", {f"{INPUT}/images/minItems": 1}, {("request-min-items-added", BREAKING, SENDERS)}),
    ("pictures distinct", {f"{INPUT}/images/uniqueItems": True}, {("request-unique-items-added", BREAKING, SENDERS)}),
    ("pictures are URLs", {f"{INPUT}/images/items/format": "uri"}, {("request-format-added", BREAKING, SENDERS)}),
    (
        "ratio with leading zeros",
        {f"{INPUT}/aspect_ratio/pattern": "^[0-9]+:[0-9]+$"},
        {("request-pattern-changed", SAFE, ())},
    ),
    (
        "ratio of two digits",
        {f"{INPUT}/aspect_ratio/pattern": "^[1-9][0-9]?:[1-9][0-9]?$"},
        {("request-pattern-changed", BREAKING, SENDERS)},
    ),
    ("ratio free", {f"{INPUT}/aspect_ratio/pattern": GONE}, {("request-pattern-removed", SAFE, ())}),
    (
        "ratio from a list",
        {f"{INPUT}/aspect_ratio/enum": ["16:9", "1:1"]},
        {("request-enum-added", BREAKING, SENDERS)},
    ),
    ("duration as number only", {f"{INPUT}/duration/type": "number"}, {("request-type-narrowed", BREAKING, SENDERS)}),
    ("seed not negative", {f"{INPUT}/seed/minimum": 0}, {("request-minimum-added", BREAKING, SENDERS)}),
    ("an optional field added", {f"{INPUT}/style": {"type": "string"}}, {("request-property-added", SAFE, ())}),
    (
        "a required field added",
        {f"{INPUT}/style": {"type": "string"}, "/$defs/input/required": ["prompt", "style"]},
        {("request-required-property-added", BREAKING, SENDERS)},
    ),
    (
        "prompt renamed",
        {f"{INPUT}/text": OLD.files[REQUEST]["$defs"]["input"]["properties"]["prompt"], f"{INPUT}/prompt": GONE,
         "/$defs/input/required": ["text"]},
        {("request-property-renamed", BREAKING, SENDERS)},
    ),
    (
        "negative prompt renamed",
        {f"{INPUT}/avoid": {"type": "string"}, f"{INPUT}/negative_prompt": GONE},
        {("request-property-renamed", BREAKING, SENDERS)},
    ),
    (
        "unknown keys accepted",
        {"/additionalProperties": GONE},
        {("request-unknown-properties-allowed", SAFE, ())},
    ),
    ("at most three keys", {"/maxProperties": 3}, {("request-max-properties-added", BREAKING, SENDERS)}),
    (
        "n only without wait",
        {"/dependentSchemas": {"n": {"properties": {"wait": False}}}},
        {("request-dependent-schemas-added", BREAKING, SENDERS)},
    ),
    ("only the wording", {"/properties/n/description": "How many."}, {("request-description-changed", POLICY, ())}),
    ("only an example", {"/examples/1": {"model": "veo-3", "input": {"prompt": "a"}}}, {("request-examples-changed", SAFE, ())}),
    ("only the order", {"/required": ["input", "model"]}, {("request-required-reordered", SAFE, ())}),
]  # fmt: skip


@pytest.mark.parametrize(("edits", "expected"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_request_edit_gets_the_verdict_of_a_reviewer(
    edits: dict[str, Any], expected: set[tuple[str, str, tuple[str, ...]]]
) -> None:
    """Every edit has its id, its level and its audience, and what breaks comes with a witness where there can be one."""
    found = changes(REQUEST, edits)
    assert verdicts(found) == expected
    proved = [change for change in found if rule_of(change.id).severity == "proved"]
    assert all((change.witness is not None) is (change.level == BREAKING) for change in proved)
