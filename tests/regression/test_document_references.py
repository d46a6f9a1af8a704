"""Edits behind references of every kind, each found where it stands, in both directions."""

from pathlib import Path
from typing import Any

import pytest

from tests.regression.document_helpers import (
    JSON,
    SHORT,
    TEXT,
    answered,
    api,
    asked,
    at,
    compared,
    component,
    members,
    query,
    schema_ref,
    sent,
    told,
    with_components,
)

A: Any = members(a=TEXT)
A3: Any = members(a=SHORT)
LIST: Any = {"type": "array", "items": TEXT}

# What was changed; the old and the new version; what is told, and what is told the other way round.
ROWS: list[tuple[str, Any, Any, str, str]] = [
    ("referred path item", {"openapi":"3.1.0","info":{},"paths":{"/a":at("pathItems","P")},"components":{"pathItems":{"P":{"post":sent(A)}}}}, {"openapi":"3.1.0","info":{},"paths":{"/a":at("pathItems","P")},"components":{"pathItems":{"P":{"post":sent(A3)}}}},
     'breaking request-max-length-added', ''),
    ("path of_path beside ref", {"openapi":"3.1.0","info":{},"paths":{"/a":{**at("pathItems","P"),"get":asked(query())}},"components":{"pathItems":{"P":{"post":sent(A)}}}}, {"openapi":"3.1.0","info":{},"paths":{"/a":{**at("pathItems","P"),"get":asked(query(schema=SHORT))}},"components":{"pathItems":{"P":{"post":sent(A)}}}},
     'breaking parameter-max-length-added', ''),
    ("referred operation", {"openapi":"3.1.0","info":{},"paths":{"/a":{"post":{"$ref":"#/x-ops/a"}}},"x-ops":{"a":sent(A)}}, {"openapi":"3.1.0","info":{},"paths":{"/a":{"post":{"$ref":"#/x-ops/a"}}},"x-ops":{"a":sent(A3)}},
     'breaking request-max-length-added', ''),
    ("referred body", with_components({"requestBody":at("requestBodies","B"),"responses":{}},requestBodies={"B":sent(A)["requestBody"]}), with_components({"requestBody":at("requestBodies","B"),"responses":{}},requestBodies={"B":sent(A3)["requestBody"]}),
     'breaking request-max-length-added', ''),
    ("referred parameter", with_components(asked(at("parameters","Q")),parameters={"Q":query()}), with_components(asked(at("parameters","Q")),parameters={"Q":query(schema=SHORT)}),
     'breaking parameter-max-length-added', ''),
    ("other parameter behind ref", with_components(asked(at("parameters","Q")),parameters={"Q":query(schema=LIST),"Z":query(schema=LIST,explode=False)}), with_components(asked(at("parameters","Z")),parameters={"Q":query(schema=LIST),"Z":query(schema=LIST,explode=False)}),
     'breaking parameter-style-changed', 'breaking parameter-style-changed'),
    ("referred response", with_components({"responses":{"200":at("responses","R")}},responses={"R":answered(A3)["responses"]["200"]}), with_components({"responses":{"200":at("responses","R")}},responses={"R":answered(A)["responses"]["200"]}),
     'breaking response-max-length-removed', ''),
    ("referred header", with_components(answered(A,headers={"X":at("headers","H")}),headers={"H":{"schema":SHORT}}), with_components(answered(A,headers={"X":at("headers","H")}),headers={"H":{"schema":TEXT}}),
     'breaking response-max-length-removed', ''),
    ("ref into an operation", {"openapi":"3.1.0","info":{},"paths":{"/a":{"post":sent(A)},"/b":{"post":sent({"$ref":"#/paths/~1a/post/requestBody/content/application~1json/schema"})}}}, {"openapi":"3.1.0","info":{},"paths":{"/a":{"post":sent(A3)},"/b":{"post":sent({"$ref":"#/paths/~1a/post/requestBody/content/application~1json/schema"})}}},
     'breaking request-max-length-added', ''),
    ("ref to definitions", {**api(sent({"$ref":"#/definitions/D"})),"definitions":{"D":A}}, {**api(sent({"$ref":"#/definitions/D"})),"definitions":{"D":A3}},
     'breaking request-max-length-added', ''),
    ("anchor", api(sent({"$ref":"#c"}),**component(C={"$anchor":"c",**A})), api(sent({"$ref":"#c"}),**component(C={"$anchor":"c",**A3})),
     'breaking request-max-length-added', ''),
    ("id", api(sent({"$ref":"https://x.example/c"}),**component(C={"$id":"https://x.example/c",**A})), api(sent({"$ref":"https://x.example/c"}),**component(C={"$id":"https://x.example/c",**A3})),
     'breaking request-max-length-added', ''),
    ("relative to id", api(sent(schema_ref("C")),**component(C={"$id":"https://x.example/c","$ref":"#/$defs/d","$defs":{"d":A}})), api(sent(schema_ref("C")),**component(C={"$id":"https://x.example/c","$ref":"#/$defs/d","$defs":{"d":A3}})),
     'breaking request-max-length-added', ''),
    ("percent encoded", api(sent({"$ref":"#/components/schemas/A%20B%3C~1%3E"}),**component(**{"A B</>":A})), api(sent({"$ref":"#/components/schemas/A%20B%3C~1%3E"}),**component(**{"A B</>":A3})),
     'breaking request-max-length-added', ''),
    ("percent in a name", api(sent({"$ref":"#/components/schemas/a%25b"}),**component(**{"a%b":A})), api(sent({"$ref":"#/components/schemas/a%25b"}),**component(**{"a%b":A3})),
     'breaking request-max-length-added', ''),
    ("recursive", api(sent(schema_ref("N")),**component(N=members(n=schema_ref("N"),a=TEXT))), api(sent(schema_ref("N")),**component(N=members(n=schema_ref("N"),a=SHORT))),
     'breaking request-max-length-added', ''),
    ("allOf", api(sent({"allOf":[schema_ref("C"),members(z=TEXT)]}),**component(C=A)), api(sent({"allOf":[schema_ref("C"),members(z=TEXT)]}),**component(C=A3)),
     'breaking request-max-length-added', ''),
    ("media ref", api({"requestBody":{"content":{JSON:{"schema":{"type":"array","items":A}}}},"responses":{}}), api({"requestBody":{"content":{JSON:{"schema":{"type":"array","items":A3}}}},"responses":{}}),
     'breaking request-max-length-added', ''),
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
