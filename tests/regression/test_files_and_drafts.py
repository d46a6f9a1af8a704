"""References into other files, anchors, addresses and drafts: followed, or refused in one line."""

import subprocess
from pathlib import Path
from typing import Any, Final

import pytest

from generations_contract.api.usage import UsageError
from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.change import SAFE
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.versions.units import Role
from tests.regression.document_helpers import (
    SHORT,
    TEXT,
    answered,
    api,
    asked,
    at,
    members,
    query,
    sent,
    written,
)

A: Final = members(a=TEXT)
NEWEST: Final = "https://json-schema.org/draft/2020-12/schema"
OF_2019: Final = "https://json-schema.org/draft/2019-09/schema"
DRAFT: Final = "http://json-schema.org/draft-0{}/schema#"


def refers(reference: str) -> Any:
    """A document whose body is a reference."""
    return api(sent({"$ref": reference}))


def whole(**paths: Any) -> Any:
    """A document of these paths."""
    return {"openapi": "3.1.0", "info": {}, "paths": {f"/{name}": item for name, item in paths.items()}}


def schema(draft: str, **rest: Any) -> Any:
    """A schema file of a draft."""
    return {"$schema": draft, **rest}


# What is meant; the first file and the others, where every `TEXT` becomes `SHORT` in the new version.
FOLLOWED: list[tuple[str, dict[str, Any]]] = [
    ("a schema in a file", {"openapi.json": refers("schemas/a.json"), "schemas/a.json": A}),
    ("a fragment of a file", {"openapi.json": refers("c.yaml#/x/A"), "c.yaml": {"x": {"A": A}}}),
    ("a chain that goes up and down", {
        "openapi.json": refers("s/a.json"), "s/a.json": members(z={"$ref": "../t/b.json#/B"}),
        "t/b.json": {"B": {"$ref": "#/C"}, "C": TEXT}}),
    ("a path item in a file", {"openapi.json": whole(a={"$ref": "p.json"}), "p.json": {"post": sent(A)}}),
    ("all paths in a file", {
        "openapi.json": {**whole(), "paths": {"$ref": "p.json"}},
        "p.json": {"/a": {"post": sent({"$ref": "q.json"})}}, "q.json": A}),
    ("all components in a file", {
        "openapi.json": {**api(sent(at("schemas", "A"))), "components": {"$ref": "c.json"}},
        "c.json": {"schemas": {"A": A}}}),
    ("a parameter that leads back", {
        "openapi.json": {**api(asked({"$ref": "p.json#/Q"})), "components": {"schemas": {"S": TEXT}}},
        "p.json": {"Q": query(schema={"$ref": "openapi.json#/components/schemas/S"})}}),
    ("a name with a space", {"openapi.json": refers("my%20schemas/a.json"), "my schemas/a.json": A}),
    ("a schema beside a schema", {"x-request.json": schema(NEWEST, **{"$ref": "b.json"}), "b.json": TEXT}),
    ("an anchor", {"x-request.json": schema(NEWEST, **{"$ref": "#P", "$defs": {"p": {"$anchor": "P", **TEXT}}})}),
    ("a name in per cent", {"x-request.json": schema(NEWEST, **{"$ref": "#/$defs/A%20B", "$defs": {"A B": TEXT}})}),
    ("a name of a generic", {
        "x-request.json": schema(NEWEST, **{"$ref": "#/$defs/P%3CI%3E", "$defs": {"P<I>": TEXT}})}),
    ("a recursive schema", {"x-request.json": {**members(a=TEXT, n={"$ref": "#"}), "$schema": NEWEST}}),
    ("an embedded address", {"x-request.json": schema(NEWEST, **{
        "$id": "https://x.example/r", "$ref": "i",
        "$defs": {"I": {"$id": "i", "$ref": "#k", "$defs": {"k": {"$anchor": "k", **TEXT}}}}})}),
    ("an anchor of draft-04", {"x-request.json": schema(DRAFT.format(4), **members(a={"$ref": "#p"}),
        definitions={"p": {"id": "#p", **TEXT}})}),
    ("draft-06", {"x-request.json": schema(DRAFT.format(6), items=[TEXT])}),
    ("2019-09", {"x-request.json": schema(OF_2019, items=[TEXT])}),
    ("a recursive reference of 2019-09", {
        "x-request.json": schema(OF_2019, **members(a={"$recursiveRef": "#"}, b=TEXT))}),
]  # fmt: skip
FOLDERS: list[tuple[str, dict[str, Any]]] = [
    ("a file of the folder", {"x-request.schema.json": schema(NEWEST, **{"$ref": "b.schema.json#/$defs/A%20B"}),
        "b.schema.json": {"$defs": {"A B": TEXT}}}),
    ("by name, while the addresses are elsewhere", {
        "x-request.schema.json": schema(NEWEST, **{"$id": "https://x.example/1", "$ref": "b.schema.json"}),
        "b.schema.json": {"$id": "https://y.example/2", **TEXT}}),
    ("an anchor of another file", {"x-request.schema.json": schema(NEWEST, **{"$ref": "b.schema.json#c"}),
        "b.schema.json": {"$defs": {"A": {"$anchor": "c", **TEXT}}}}),
    ("files of two drafts", {
        "x-request.schema.json": schema(NEWEST, **members(b={"$ref": "b.schema.json"})),
        "b.schema.json": schema(DRAFT.format(7), items=[TEXT])}),
]  # fmt: skip


def narrowed(value: Any) -> Any:
    """The same with every text shortened."""
    if value == TEXT:
        return SHORT
    if isinstance(value, list):
        return [narrowed(one) for one in value]
    if not isinstance(value, dict):
        return value
    long = value.get("type") == "string" and "$schema" not in value
    return {key: narrowed(one) for key, one in value.items()} | ({"maxLength": 3} if long else {})


@pytest.mark.parametrize(
    ("files", "first"),
    [(row[1], next(iter(row[1]))) for row in FOLLOWED] + [(row[1], "") for row in FOLDERS],
    ids=[row[0] for row in FOLLOWED + FOLDERS],
)
def test_reference_is_followed_wherever_it_leads(tmp_path: Path, files: dict[str, Any], first: str) -> None:
    """What it leads to was narrowed, and that breaks senders; the other way round nothing is broken."""
    for side, content in (("old", files), ("new", {name: narrowed(one) for name, one in files.items()})):
        written(tmp_path, side, content)
    roles: dict[str, Role] = {"b": "request"}
    old, new = (load(str(tmp_path / side / first), dict(roles)) for side in ("old", "new"))
    assert {(one.level, *one.breaks) for one in review(old, new, formats=True).changes} == {
        ("breaking", "senders")
    }
    old, new = (load(str(tmp_path / side / first), dict(roles)) for side in ("new", "old"))
    assert {one.level for one in review(old, new, formats=True).changes} == {SAFE}


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("$ref 'a.json' leads nowhere", {"openapi.json": refers("a.json")}),
    ("$ref '#/components/schemas/No' leads nowhere", {"openapi.json": refers("#/components/schemas/No")}),
    ("$ref '#/components/parameters/No' leads nowhere", {"openapi.json": api(asked(at("parameters", "No")))}),
    ("a.yaml: is no YAML: line 2", {"openapi.json": refers("a.yaml"), "a.yaml": "{"}),
    ("leads to an address, and nothing is fetched", {"openapi.json": api(asked({"$ref": "https://x.example/p"}))}),
    ("refers to https://x.example/p, which is not among", {"openapi.json": refers("https://x.example/p")}),
    ("goes in circles", {"openapi.json": whole(a={"$ref": "#/paths/~1b"}, b={"$ref": "#/paths/~1a"})}),
    ("goes in circles", {"openapi.json": {
        **api(asked(at("parameters", "P"))), "components": {"parameters": {"P": at("parameters", "P")}}}}),
    ("there is no such anchor", {"openapi.json": refers("#nope")}),
    ("leads to the whole document", {"openapi.json": refers("#")}),
    ("Swagger 2.0 is not read", {"openapi.json": {"swagger": "2.0", "paths": {}}}),
    ("is not read within OpenAPI", {"openapi.json": api(sent(schema(DRAFT.format(7), items=[TEXT])))}),
    ("is not read within OpenAPI", {"openapi.json": api(sent(A), jsonSchemaDialect=DRAFT.format(4))}),
    ("true is not of type", {"a.json": schema(DRAFT.format(4), **members(a={"required": True}))}),
    ("draft 'http://json-schema.org/draft-03/schema#' is not supported", {"a.json": schema(DRAFT.format(3))}),
    ("recursive anchors", {"a.json": schema(OF_2019, **{"$recursiveAnchor": True})}),
]  # fmt: skip


@pytest.mark.parametrize(("told", "files"), REFUSED)
def test_what_leads_nowhere_is_one_line(tmp_path: Path, told: str, files: dict[str, Any]) -> None:
    """The line names the place and what is wrong with it."""
    written(tmp_path, "a", files)
    with pytest.raises(UsageError) as refused:
        load(str(tmp_path / "a" / next(iter(files))))
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "levels"),
    [
        # Beside a reference of draft-07 nothing counts, in 2020-12 everything does.
        (schema(DRAFT.format(7), **{"$ref": "#/definitions/a", "maxItems": 1, "definitions": {"a": {}}}),
         schema(NEWEST, **{"$ref": "#/definitions/a", "maxItems": 1, "definitions": {"a": {}}}),
         {"breaking", "policy"}),
        (schema(DRAFT.format(7), items=[TEXT], additionalItems=False),
         schema(NEWEST, prefixItems=[TEXT], items=False), {"policy"}),
        (schema(DRAFT.format(4), type="integer", minimum=0, exclusiveMinimum=True),
         schema(DRAFT.format(6), type="integer", exclusiveMinimum=0), {"policy"}),
        (schema(DRAFT.format(4), const=3), schema(DRAFT.format(6), const=3), {"breaking", "policy"}),
    ],
)  # fmt: skip
def test_draft_that_changes_is_told(tmp_path: Path, old: Any, new: Any, levels: set[str]) -> None:
    """Each version is read by its own draft, and that another one is written is for a person to read."""
    specs = [written(tmp_path, name, one) for name, one in (("a-request.json", old), ("b-request.json", new))]
    changes = review(load(specs[0]), load(specs[1]), formats=True).changes
    assert {one.level for one in changes} - {SAFE} == levels
    assert "schema-draft-changed" in {one.id for one in changes}


def test_document_beside_schemas_is_compared_as_well(tmp_path: Path) -> None:
    """A folder may hold schemas and an OpenAPI document that is not made of them: both are read."""
    for side, text in (("old", TEXT), ("new", SHORT)):
        files = {"x-request.schema.json": schema(NEWEST, **A), "openapi.json": api(sent(members(a=text)))}
        written(tmp_path, side, files)
    old, new = (load(str(tmp_path / side)) for side in ("old", "new"))
    assert [(one.level, one.unit) for one in review(old, new, formats=True).changes] == [
        ("breaking", "POST /a request")
    ]


def test_answers_in_a_file_are_compared(tmp_path: Path) -> None:
    """A response behind a reference into a file is read as it stands there."""
    for side, text in (("old", SHORT), ("new", TEXT)):
        answer = answered(members(a=text))["responses"]["200"]
        written(
            tmp_path,
            side,
            {"openapi.json": api({"responses": {"200": {"$ref": "r.json"}}}), "r.json": answer},
        )
    old, new = (load(str(tmp_path / side / "openapi.json")) for side in ("old", "new"))
    assert [one.level for one in review(old, new, formats=True).changes] == ["breaking"]


def test_reference_that_depends_on_the_way_to_it_is_never_called_safe(tmp_path: Path) -> None:
    """A dynamic reference among several addresses leads to anything: what it may reach is told, not passed over."""

    def dynamic(text: Any) -> Any:
        inner = {"$id": "i", "$dynamicAnchor": "n", **members(a={"$dynamicRef": "#n"}, b=text)}
        return schema(NEWEST, **{"$id": "https://x.example/r", "$ref": "i", "$defs": {"I": inner}})

    specs = [
        written(tmp_path, f"{name}-request.json", dynamic(one)) for name, one in (("a", TEXT), ("b", SHORT))
    ]
    old, new = (load(one) for one in specs)
    assert [one.level for one in review(old, new, formats=True).changes] == ["breaking"]
    assert [one.level for one in review(new, load(specs[0]), formats=True).changes] == ["undecided"]


def test_reference_in_a_git_revision_stays_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file beside a document of a revision is the file of that revision."""
    monkeypatch.chdir(tmp_path)
    files = {"openapi.json": refers("s/a.json"), "s/a.json": A}
    written(tmp_path, "api", files)
    user = ["-c", "user.name=a", "-c", "user.email=a@b.c"]
    for arguments in (["init", "-q"], ["add", "."], [*user, "commit", "-qm", "a"]):
        subprocess.run(["git", *arguments], check=True)
    written(tmp_path, "api", {**files, "s/a.json": members(a=SHORT)})
    old, new = load("git:HEAD:api/openapi.json"), load("api/openapi.json")
    assert [one.level for one in review(old, new, formats=True).changes] == ["breaking"]
    assert review(old, load("git:HEAD:api/openapi.json"), formats=True).changes == []
