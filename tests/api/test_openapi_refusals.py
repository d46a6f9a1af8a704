"""OpenAPI documents that are not read: each is one line that begins with the file and names what to change."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api.usage import UsageError
from tests.api.openapi_helpers import Json, body, made, operation, ref, small, written


def change(path: str, value: Any) -> Callable[[Json], None]:
    """A change that puts a value at a dotted path."""

    def changed(document: Json) -> None:
        *way, last = path.split(".")
        here = document
        for key in way:
            here = here[key]
        here[last] = value

    return changed


def without(*way: str) -> Callable[[Json], None]:
    """A change that takes out what a path leads to."""

    def changed(document: Json) -> None:
        here = document
        for key in way[:-1]:
            here = here[key]
        del here[way[-1]]

    return changed


SCHEMAS = "components.schemas."
REFUSED: dict[str, tuple[Callable[[Json], object], str]] = {
    "3.0": (change("openapi", "3.0.3"), "OpenAPI 3.0.3 is not read; convert it to 3.1"),
    "3.10": (change("openapi", "3.10.0"), "OpenAPI 3.10.0 is not read"),
    "nothing": (without("openapi"), "is no OpenAPI document"),
    "dialect": (change("jsonSchemaDialect", "http://json-schema.org/draft-07/schema"), "jsonSchemaDialect"),
    "no paths": (without("paths"), "has no paths"),
    "no POST": (without("paths", "/v1/generations", "post"), "describes no POST /v1/generations"),
    "no GET": (without("paths", "/v1/generations/{id}"), "describes no GET /v1/generations/{id}"),
    "no body": (
        without("paths", "/v1/generations", "post", "requestBody"),
        "/paths/~1v1~1generations/post has no requestBody with a schema of application/json",
    ),
    "nullable": (
        change(SCHEMAS + "Media.properties.url.nullable", value=True),
        "#/components/schemas/Media/properties/url: nullable is OpenAPI 3.0; convert the document to 3.1",
    ),
    "boolean limit": (
        change(SCHEMAS + "Request.properties.n.exclusiveMaximum", value=True),
        "#/components/schemas/Request/properties/n: exclusiveMaximum as true or false is OpenAPI 3.0",
    ),
    "$id": (change(SCHEMAS + "Media.$id", "media.json"), "#/components/schemas/Media: $id"),
    "$schema": (change(SCHEMAS + "Media.$schema", "http://json-schema.org/draft-07/schema"), "$schema"),
    "another file": (
        change(SCHEMAS + "Media.properties.url", {"$ref": "common.yaml#/Url"}),
        "$ref 'common.yaml#/Url' leads to another file: bundle them into one",
    ),
    "a path in another file": (
        lambda it: it["paths"].update({"/v1/generations": {"$ref": "./generations.yaml"}}),
        "$ref './generations.yaml' leads to another file: bundle them into one",
    ),
    "nowhere": (
        change(SCHEMAS + "Media.properties.url", ref("Url")),
        "$ref '#/components/schemas/Url' leads to no schema",
    ),
    "circle": (change(SCHEMAS + "Generation", ref("Generation")), "its $ref goes in circles"),
    "no media": (without("components", "schemas", "Generation", "properties", "output"), "no items of output.media"),
    "two resources": (
        lambda it: operation(it, "get")["responses"].update({"200": body(ref("Media"))}),
        "differ, but POST and GET answer alike",
    ),
    "two paths": (
        lambda it: (
            it["paths"].update({"/a/v1/generations": it["paths"]["/v1/generations"]}),
            it["paths"].update({"/b/v1/generations": it["paths"].pop("/v1/generations")}),
        ),
        "describes /a/v1/generations and /b/v1/generations: keep the one that is meant",
    ),
    "no errors": (
        lambda it: [operation(it, each).update(responses={"200": body(ref("Generation"))}) for each in ("post", "get")],
        "has no answer of 4xx, 5xx or default",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_document_that_is_not_read_is_told_in_one_line(tmp_path: Path, name: str) -> None:
    """The line begins with the file and names the place and what to change."""
    changed, message = REFUSED[name]
    path = written(tmp_path, small(changed))
    with pytest.raises(UsageError) as caught:
        made(path)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("swagger: '2.0'\n", "OpenAPI 2.0 (Swagger 2.0) is not read; convert it to 3.1"),
        ("openapi: 3.1.0\npaths: {\n", "is no YAML: line "),
        ("openapi: 3.1.0\ninfo: {a: 1, a: 2}\n", "is no YAML: line 2 column 14: the member 'a' stands twice"),
        ("- openapi\n", "is no OpenAPI document"),
        ("a: &a [*a]\n", "is no YAML: line 1 column 4: "),
    ],
)
def test_yaml_that_is_not_read_is_told_in_one_line(tmp_path: Path, text: str, message: str) -> None:
    """What is no YAML, or no OpenAPI, is told with its line."""
    with pytest.raises(UsageError) as caught:
        made(written(tmp_path, text, "openapi.yaml"))
    assert message in str(caught.value)
