"""Edits that a rule for each keyword gets wrong: rewritten, moved, split, masked; each with its verdict."""

from typing import Any

import pytest

from generations_contract.api import schema as schemas
from generations_contract.api.schema_names import SUFFIX
from generations_contract.regression.verdicts.change import BREAKING, POLICY, SAFE
from tests.regression.test_request_edits import GONE, INPUT, OLD, REQUEST, changes, verdicts

RESPONSE, MEDIA, ERROR = (name + SUFFIX for name in (schemas.RESPONSE, schemas.MEDIA, schemas.ERROR))
PROMPT = f"{INPUT}/prompt"
RATIO = f"{INPUT}/aspect_ratio/pattern"
SENT: Any = OLD.files[REQUEST]
ANSWERED: Any = OLD.files[RESPONSE]
OWN: Any = SENT["$defs"]["input"]["properties"]["prompt"]
WAIT: Any = SENT["properties"]["wait"]["anyOf"]
STATUS: Any = ANSWERED["properties"]["status"]
CONDITIONS: Any = ANSWERED["allOf"]
CODES: Any = OLD.files[ERROR]["$defs"]["code"]["enum"]
STATES = [{"const": one} for one in STATUS["enum"]]
TEN = list(range(1, 11))

# What is equivalent or wider in other words: nobody breaks, whatever each of the edits would do alone.
HARMLESS: list[tuple[str, str, dict[str, Any]]] = [
    ("pattern in other words", REQUEST, {RATIO: "^[1-9]\\d*:[1-9]\\d*$"}),
    ("pattern with decimals", REQUEST, {RATIO: "^[1-9][0-9]*(\\.[0-9]+)?:[1-9][0-9]*$"}),
    ("pattern without anchors", REQUEST, {RATIO: "[1-9][0-9]*:[1-9][0-9]*"}),
    ("bounds as an enumeration", REQUEST, {"/properties/n": {**SENT["properties"]["n"], "enum": TEN, "minimum": 0}}),
    ("anyOf as oneOf", REQUEST, {"/properties/wait/oneOf": WAIT, "/properties/wait/anyOf": GONE}),
    ("branches in another order", REQUEST, {"/properties/wait/anyOf": WAIT[::-1]}),
    ("const as an enumeration", REQUEST, {"/properties/wait/anyOf/1": {"enum": ["auto"]}}),
    ("another word beside auto", REQUEST, {"/properties/wait/anyOf/1": {"enum": ["auto", "max"]}}),
    ("branches as one schema", REQUEST, {
        "/properties/wait/type": ["number", "string"], "/properties/wait/minimum": 0,
        "/properties/wait/maximum": 60, "/properties/wait/pattern": "^auto$", "/properties/wait/anyOf": GONE,
    }),
    ("closed by unevaluatedProperties", REQUEST, {"/additionalProperties": GONE, "/unevaluatedProperties": False}),
    ("split by allOf, and closed after it", REQUEST, {
        "/properties": {}, "/allOf": [{"properties": SENT["properties"]}],
        "/additionalProperties": GONE, "/unevaluatedProperties": False,
    }),
    ("nested object opened", REQUEST, {"/$defs/input/additionalProperties": True}),
    ("nested object opened to texts", REQUEST, {"/$defs/input/additionalProperties": {"type": "string"}}),
    ("one picture without a list", REQUEST, {f"{INPUT}/images/type": ["array", "string"]}),
    ("prompt or pictures", REQUEST, {
        "/$defs/input/required": GONE, "/$defs/input/anyOf": [{"required": ["prompt"]}, {"required": ["images"]}],
    }),
    ("conditions in another order", RESPONSE, {"/allOf": CONDITIONS[::-1]}),
    ("conditions one level down", RESPONSE, {"/allOf": [{"allOf": CONDITIONS}]}),
    ("condition as a disjunction", RESPONSE, {
        "/allOf/4/anyOf": [{"not": CONDITIONS[4]["if"]}, CONDITIONS[4]["then"]], "/allOf/4/if": GONE, "/allOf/4/then": GONE,
    }),
    ("states as constants", RESPONSE, {"/properties/status/oneOf": STATES, "/properties/status/enum": GONE}),
    ("length as a pattern", RESPONSE, {"/properties/id/pattern": "^[\\s\\S]", "/properties/id/minLength": GONE}),
    ("answer closed", RESPONSE, {"/unevaluatedProperties": False}),
    ("error closed", ERROR, {"/$defs/detail/additionalProperties": False}),
    ("usage always there", RESPONSE, {"/required/5": "usage"}),
]  # fmt: skip

SENDERS, STRICT, BOTH = ("senders",), ("strict readers",), ("strict readers", "tolerant readers")
Breaks = set[tuple[str, tuple[str, ...]]]
HARMFUL: list[tuple[str, str, dict[str, Any], Breaks]] = [
    ("pattern with a length", REQUEST, {RATIO: "^(?=.{3,9}$)[1-9][0-9]*:[1-9][0-9]*$"},
     {("request-pattern-changed", SENDERS)}),
    ("bounds as an enumeration with a hole", REQUEST, {"/properties/n/enum": [n for n in TEN if n != 7]},
     {("request-enum-added", SENDERS)}),
    ("bound made exclusive", REQUEST,
     {"/properties/wait/anyOf/0/exclusiveMaximum": 60, "/properties/wait/anyOf/0/maximum": GONE},
     {("request-exclusive-maximum-added", SENDERS)}),
    ("split by allOf, closed before it", REQUEST, {"/properties": {}, "/allOf": [{"properties": SENT["properties"]}]},
     {("request-property-removed", SENDERS)}),
    ("split off and narrowed", REQUEST, {"/$defs/prompt": {**OWN, "maxLength": 4000}, PROMPT: {"$ref": "#/$defs/prompt"}},
     {("request-max-length-lowered", SENDERS)}),
    ("integers of 32 bits", REQUEST, {f"{INPUT}/seed/maximum": 2**31 - 1}, {("request-maximum-added", SENDERS)}),
    ("integers of 64 bits", REQUEST, {f"{INPUT}/seed/minimum": -(2**63), f"{INPUT}/seed/maximum": 2**63 - 1},
     {("request-minimum-added", SENDERS), ("request-maximum-added", SENDERS)}),
    ("texts of digits", REQUEST, {f"{INPUT}/duration/pattern": "^[0-9]+$"}, {("request-pattern-added", SENDERS)}),
    ("size without ratio", REQUEST, {"/$defs/input/not": {"required": ["size", "aspect_ratio"]}},
     {("request-condition-changed", SENDERS)}),
    ("limits that exclude each other", REQUEST, {f"{PROMPT}/maxLength": 4000, f"{PROMPT}/minLength": 5000},
     {("request-max-length-lowered", SENDERS), ("request-min-length-raised", SENDERS)}),
    ("five limits at once", REQUEST,
     {f"{PROMPT}/maxLength": 4000, "/properties/n/maximum": 4, f"{INPUT}/images/maxItems": 2,
      "/properties/wait/anyOf/0/maximum": 30, f"{INPUT}/seed/minimum": 0},
     {("request-max-length-lowered", SENDERS), ("request-maximum-lowered", SENDERS),
      ("request-max-items-lowered", SENDERS), ("request-minimum-added", SENDERS)}),
    ("states as constants and one more", RESPONSE,
     {"/properties/status/oneOf": [*STATES, {"const": "expired"}], "/properties/status/enum": GONE},
     {("response-enum-removed", STRICT)}),
    ("url may be null", MEDIA, {"/properties/url/type": ["string", "null"]}, {("response-became-nullable", BOTH)}),
    ("an object of any name", RESPONSE, {"/properties/object": {"type": "string"}}, {("response-const-removed", BOTH)}),
    ("not set before the end", RESPONSE, {"/allOf/1": GONE}, {("response-condition-removed", BOTH)}),
    ("failure with any code", ERROR, {"/$defs/failure/properties/code": {"type": "string"}},
     {("response-enum-removed", STRICT)}),
    ("message may be empty", ERROR, {"/$defs/message/minLength": 0}, {("response-min-length-lowered", BOTH)}),
    ("codes gone and one come", ERROR, {"/$defs/code/enum": [*CODES[2:], "conflict"]},
     {("response-enum-value-added", STRICT)}),
]  # fmt: skip


@pytest.mark.parametrize(("file", "edits"), [row[1:] for row in HARMLESS], ids=[row[0] for row in HARMLESS])
def test_edit_in_other_words_breaks_nobody(file: str, edits: dict[str, Any]) -> None:
    """What accepts the same documents, or more of what is sent, or less of what is answered, is safe: proved."""
    found = changes(file, edits)
    assert {change.level for change in found} <= {SAFE, POLICY}
    assert all(change.breaks == {} for change in found)


@pytest.mark.parametrize(
    ("file", "edits", "breaks"), [row[1:] for row in HARMFUL], ids=[row[0] for row in HARMFUL]
)
def test_edit_that_looks_harmless_is_blamed(file: str, edits: dict[str, Any], breaks: Breaks) -> None:
    """Exactly the edits that are to blame are breaking, each with whom it breaks and a document."""
    found = [change for change in changes(file, edits) if change.level not in (SAFE, POLICY)]
    assert {(identity, whom) for identity, level, whom in verdicts(found) if level == BREAKING} == breaks
    assert all(change.level == BREAKING and change.witness is not None for change in found)
