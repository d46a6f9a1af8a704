"""Edits of schemas by what OpenAPI says beside JSON Schema, in 3.0, 3.1 and 3.2, in both directions."""

from pathlib import Path
from typing import Any, Final

import pytest

from tests.regression.document_helpers import (
    JSON,
    SHORT,
    TEXT,
    answered,
    api,
    compared,
    component,
    discriminated,
    members,
    schema_ref,
    sent,
    streamed,
    told,
)

A: Any = members(a=TEXT)
A3: Any = members(a=SHORT)
BRANCHES: Any = component(C=members(kind=TEXT), D=members(kind=TEXT, b=TEXT))
READ_ONLY: Any = {"type": "string", "readOnly": True}
WRITE_ONLY: Any = {"type": "string", "writeOnly": True}
OLDER: Final = "3.0.3"

# What was changed; the old and the new version; what is told, and what is told the other way round.
ROWS: list[tuple[str, Any, Any, str, str]] = [
    ("schema appears in request", api({"requestBody":{"content":{JSON:{}}},"responses":{}}), api({"requestBody":{"content":{JSON:{"schema":A}}},"responses":{}}),
     'breaking request-property-added, breaking request-type-added', ''),
    ("default answer", api(answered(A3,status="default")), api(answered(A,status="default")),
     'breaking error-max-length-removed', ''),
    ("range answer", api(answered(A3,status="4XX")), api(answered(A,status="4XX")),
     'breaking error-max-length-removed', ''),
    ("range case", api(answered(A,status="4XX")), api(answered(A,status="4xx")),
     '', ''),
    ("problem json", api(answered(members(["a"],a=TEXT),"application/problem+json","400")), api(answered(members(a=TEXT),"application/problem+json","400")),
     'breaking error-property-became-optional', ''),
    ("readOnly required in request", api(sent(members(id=READ_ONLY))), api(sent(members(["id"],id=READ_ONLY))),
     '', ''),
    ("readOnly required in answer", api(answered(members(["id"],id=READ_ONLY))), api(answered(members(id=READ_ONLY))),
     'breaking response-property-became-optional', ''),
    ("writeOnly required in answer", api(answered(members(["id"],id=WRITE_ONLY))), api(answered(members(id=WRITE_ONLY))),
     '', ''),
    ("no longer readOnly and required", api(sent(members(["id"],id=READ_ONLY))), api(sent(members(["id"],id=TEXT))),
     'breaking request-read-only-removed', 'policy request-read-only-added'),
    ("became writeOnly in answer", api(answered(members(["id"],id=TEXT))), api(answered(members(["id"],id=WRITE_ONLY))),
     'breaking response-write-only-added', 'policy response-write-only-removed'),
    ("readOnly behind a reference", api(sent(members(id=schema_ref("I"))),**component(I=READ_ONLY)), api(sent(members(["id"],id=schema_ref("I"))),**component(I=READ_ONLY)),
     '', ''),
    ("discriminator property", api(answered(discriminated(None)),**BRANCHES), api(answered(discriminated(None,"type")),**BRANCHES),
     'undecided response-discriminator-changed', 'undecided response-discriminator-changed'),
    ("discriminator mapping moved", api(answered(discriminated({"x":"#/components/schemas/C"})),**BRANCHES), api(answered(discriminated({"x":"#/components/schemas/D"})),**BRANCHES),
     'undecided response-discriminator-changed', 'undecided response-discriminator-changed'),
    ("discriminator mapping added", api(answered(discriminated({"x":"#/components/schemas/C"})),**BRANCHES), api(answered(discriminated({"x":"#/components/schemas/C","y":"#/components/schemas/D"})),**BRANCHES),
     '', 'undecided response-discriminator-changed'),
    ("xml of json", api(sent(members(a={**TEXT,"xml":{"name":"b"}}))), api(sent(members(a={**TEXT,"xml":{"name":"c"}}))),
     '', ''),
    ("xml of xml", api(sent(members(a={**TEXT,"xml":{"name":"b"}}),"application/xml")), api(sent(members(a={**TEXT,"xml":{"name":"c"}}),"application/xml")),
     'undecided request-xml-changed', 'undecided request-xml-changed'),
    ("int32 to int64 sent", api(sent({"type":"integer","format":"int64"})), api(sent({"type":"integer","format":"int32"})),
     'breaking request-format-changed', ''),
    ("float to double", api(answered({"type":"number","format":"float"})), api(answered({"type":"number","format":"double"})),
     'undecided response-format-changed', 'undecided response-format-changed'),
    ("format byte", api(answered({"type":"string","format":"byte"})), api(answered({"type":"string","format":"binary"})),
     'undecided response-format-changed', 'undecided response-format-changed'),
    ("format password", api(sent(TEXT)), api(sent({**TEXT,"format":"password"})),
     '', ''),
    ("contentEncoding", api(answered({**TEXT,"contentEncoding":"base64"})), api(answered(TEXT)),
     'policy response-content-encoding-removed', 'policy response-content-encoding-added'),
    ("contentMediaType", api(sent({**TEXT,"contentMediaType":"image/png"})), api(sent({**TEXT,"contentMediaType":"image/gif"})),
     'policy request-content-media-type-changed', 'policy request-content-media-type-changed'),
    ("3.0 nullable answer", api(answered(TEXT),version=OLDER), api(answered({**TEXT,"nullable":True}),version=OLDER),
     'breaking response-became-nullable', ''),
    ("3.0 nullable and enum", api(answered({**TEXT,"enum":["a"]}),version=OLDER), api(answered({**TEXT,"enum":["a"],"nullable":True}),version=OLDER),
     '', ''),
    ("3.0 nullable enum with null", api(answered({**TEXT,"nullable":True,"enum":["a"]}),version=OLDER), api(answered({**TEXT,"enum":["a",None],"nullable":True}),version=OLDER),
     'breaking response-enum-value-added', ''),
    ("3.0 nullable beside allOf", api(answered({"allOf":[schema_ref("C")]}),version=OLDER, **BRANCHES), api(answered({"allOf":[schema_ref("C")],"nullable":True}),version=OLDER, **BRANCHES),
     'undecided response-nullable-added', 'undecided response-nullable-removed'),
    ("3.0 nullable false", api(answered(TEXT),version=OLDER), api(answered({**TEXT,"nullable":False}),version=OLDER),
     '', ''),
    ("3.0 exclusive", api(sent({"type":"integer","minimum":0}),version=OLDER), api(sent({"type":"integer","minimum":0,"exclusiveMinimum":True}),version=OLDER),
     'breaking request-exclusive-minimum-added', ''),
    ("3.0 example", api(sent({**TEXT,"example":"a"}),version=OLDER), api(sent({**TEXT,"example":"b"}),version=OLDER),
     '', ''),
    ("3.0 siblings", api(sent({"$ref":"#/components/schemas/C"}),version=OLDER, **BRANCHES), api(sent({"$ref":"#/components/schemas/C","maxProperties":1}),version=OLDER, **BRANCHES),
     '', ''),
    ("3.1 siblings", api(sent({"$ref":"#/components/schemas/C"}),**BRANCHES), api(sent({"$ref":"#/components/schemas/C","maxProperties":1}),**BRANCHES),
     'breaking request-max-properties-added', ''),
    ("3.0 to 3.1", api(answered({**TEXT,"nullable":True}),version=OLDER), api(answered({"type":["string","null"]})),
     '', ''),
    ("3.1 nullable says nothing", api(answered(TEXT)), api(answered({**TEXT,"nullable":True})),
     '', ''),
    ("3.2 query", api(sent(A),version="3.2.0",method="query"), api(sent(A3),version="3.2.0",method="query"),
     'breaking request-max-length-added', ''),
    ("3.2 additional", {"openapi":"3.2.0","info":{},"paths":{"/a":{"additionalOperations":{"COPY":sent(A)}}}}, {"openapi":"3.2.0","info":{},"paths":{"/a":{"additionalOperations":{"COPY":sent(A3)}}}},
     'breaking request-max-length-added', ''),
    ("3.2 itemSchema", api(streamed(A3),version="3.2.0"), api(streamed(A),version="3.2.0"),
     'breaking response-max-length-removed', ''),
    ("jsonSchemaDialect", api(sent(A)), api(sent(A),jsonSchemaDialect="https://json-schema.org/draft/2020-12/schema"),
     '', ''),
    ("schema extension", api(sent({**TEXT,"x-a":1})), api(sent({**TEXT,"x-a":2})),
     '', ''),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "forth", "back"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS]
)
def test_edit_has_its_verdict_in_both_directions(
    tmp_path: Path, old: Any, new: Any, forth: str, back: str
) -> None:
    """What breaks is broken by a witness, what nobody can judge is told, and what says nothing is nothing."""
    for first, second, expected in ((old, new, forth), (new, old, back)):
        found = compared(tmp_path, first, second)
        assert ", ".join(f"{level} {name}" for level, name in sorted(told(found))) == expected
