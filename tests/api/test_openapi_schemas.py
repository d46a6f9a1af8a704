"""An OpenAPI document in the place of the four files: it judges as they do, in all the shapes that it comes in.

The shapes are those of public documents and of what was reported against tools that read them: siblings of `$ref`
(Redocly/redocly-cli#1611), `; charset` in media types (EXXETA/openapi-cop#112), `$id` within components
(swagger-api/swagger-editor#4346), `nullable` left over in 3.1 (OAI/OpenAPI-Specification#2244), FastAPI's `anyOf`
with null and its 422, generic names that need escapes, YAML anchors and merge keys.
"""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from generations_contract.api import foreign_schemas
from generations_contract.api.schema_files import ANNOTATION, ERROR, MEDIA, NAMES, REQUEST, RESPONSE, load
from generations_contract.strategies.from_schema import documents
from tests.api.openapi_helpers import (
    JSON,
    OWN,
    Json,
    body,
    components,
    made,
    operation,
    ref,
    small,
    validator,
    written,
)
from tests.api.test_schema_differential import EXAMPLES, mutated

GOOD: Json = {"id": "gen_1", "output": {"media": [{"url": "https://a.example"}]}}
BAD: Json = {"id": "gen_1", "output": {"media": [{"url": 1}]}}


@cache
def pairs() -> dict[str, tuple[Any, Any]]:
    """By name: a validator of the suite's files, and one of its OpenAPI document."""
    files = {name: load(name) for name in NAMES}
    described = made(OWN / "openapi.yaml")
    return {name: (validator(files, name), validator(described, name)) for name in NAMES}


# -- the suite's own document -----------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_own_document_judges_examples_as_the_files_do(name: str, example: object) -> None:
    """An example of the files is valid by the schemas that the document gives."""
    assert pairs()[name][1].is_valid(example)


@settings(max_examples=300)
@given(documents(load(REQUEST)))
def test_own_document_takes_every_request_that_the_files_take(request_body: object) -> None:
    """What is drawn from the request's file is valid by the document too."""
    assert pairs()[REQUEST][1].is_valid(request_body)


@settings(max_examples=500)
@given(mutated())
def test_own_document_judges_mutated_examples_as_the_files_do(case: tuple[str, Any]) -> None:
    """On examples with places deleted, replaced and added, files and document give one verdict."""
    name, document = case
    files, described = pairs()[name]
    assert files.is_valid(document) == described.is_valid(document)


def test_own_document_keeps_codes_and_addresses() -> None:
    """The table of codes comes through, nothing needs to be said, and each schema has the address of its file."""
    found, notes = foreign_schemas.load(OWN / "openapi.yaml", OWN)
    assert notes == []
    assert found[ERROR]["$defs"]["code"][ANNOTATION] == load(ERROR)["$defs"]["code"][ANNOTATION]
    assert {name: found[name]["$id"] for name in NAMES} == {name: load(name)["$id"] for name in NAMES}


def test_schemas_of_a_document_stand_alone() -> None:
    """Each schema has only the definitions that it needs, and no reference leads out of it."""
    found = made(OWN / "openapi.yaml")
    assert set(found[REQUEST]["$defs"]) == {"GenerationRequestInput"}
    assert "$defs" not in found[MEDIA]
    assert "components" not in json.dumps(found)


# -- shapes -----------------------------------------------------------------------------------------------


def prefixed(document: Json) -> None:
    """Another prefix, another name of the id, a slash at the end."""
    paths = document["paths"]
    paths["/api/v1/generations/"] = paths.pop("/v1/generations")
    paths["/api/v1/generations/{generation_id}"] = paths.pop("/v1/generations/{id}")


def served_below(document: Json) -> None:
    """The version stands in the server's URL; a resource of a similar path is none."""
    paths = document["paths"]
    paths["/generations"] = paths.pop("/v1/generations")
    paths["/generations/{generationId}"] = paths.pop("/v1/generations/{id}")
    paths["/images/generations"] = {"post": {"requestBody": body({"type": "string"})}}
    document["servers"] = [{"url": "https://gateway.example/v1"}]


def all_referenced(document: Json) -> None:
    """Path items, bodies and answers are references, with escapes."""
    kept = document["components"]
    kept["pathItems"] = {"Generations": document["paths"]["/v1/generations"]}
    document["paths"]["/v1/generations"] = {"$ref": "#/components/pathItems/Generations"}
    post = kept["pathItems"]["Generations"]["post"]
    kept["requestBodies"] = {"Create": post["requestBody"]}
    post["requestBody"] = {"$ref": "#/components/requestBodies/Create"}
    kept["responses"] = {"Not Found": body(ref("Error"))}
    operation(document, "get")["responses"]["404"] = {"$ref": "#/components/responses/Not%20Found"}
    operation(document, "get")["responses"]["200"] = {
        "$ref": "#/components/pathItems/Generations/post/responses/200"
    }


def siblings(document: Json) -> None:
    """Words and constraints beside `$ref`; a schema at the root that is nothing but a reference."""
    operation(document)["requestBody"] = body({**ref("Create"), "description": "words"})
    components(document)["Create"] = {**ref("Request"), "required": ["n"], "x-go-name": "Create"}


def media_types(document: Json) -> None:
    """Parameters of media types, other media types beside, problem+json for errors, ranges of statuses."""
    post = operation(document)
    schema = post["requestBody"]["content"].pop(JSON)
    post["requestBody"]["content"] = {
        "multipart/form-data": {"schema": {"type": "string"}}, "application/json; charset=utf-8": schema,
    }  # fmt: skip
    post["responses"] = {
        "2XX": body(ref("Generation"), "application/json;charset=UTF-8"),
        "4XX": body(ref("Error"), "application/problem+json"),
        "503": {"description": "nothing to read"},
    }


def of_fastapi(document: Json) -> None:
    """Null by `anyOf`, the framework's own 422, titles everywhere."""
    components(document)["Output"] = components(document)["Generation"]["properties"]["output"] | {
        "type": "object"
    }
    components(document)["Generation"]["properties"]["output"] = {
        "anyOf": [ref("Output"), {"type": "null"}], "title": "Output",
    }  # fmt: skip
    components(document)["HTTPValidationError"] = {
        "type": "object", "properties": {"detail": {"type": "array", "items": {}}}, "required": ["detail"],
    }  # fmt: skip
    operation(document)["responses"]["422"] = body(ref("HTTPValidationError"))


def generic_names(document: Json) -> None:
    """Names that need escapes in a reference: `Page<Media>`, a blank, a slash."""
    components(document)["Page<Media> a/b"] = components(document).pop("Media")
    media = components(document)["Generation"]["properties"]["output"]["properties"]["media"]
    media["items"] = ref("Page%3CMedia%3E%20a~1b")


def anchored(document: Json) -> None:
    """A definition that is reached by its `$anchor`."""
    components(document)["Media"]["$anchor"] = "media"
    media = components(document)["Generation"]["properties"]["output"]["properties"]["media"]
    media["items"] = {"$ref": "#media"}


def into_the_middle(document: Json) -> None:
    """References into the middle of another schema, and of an operation; a schema that holds itself."""
    components(document)["Generation"]["properties"]["parent"] = ref("Generation")
    components(document)["Generation"]["properties"]["thumb"] = ref(
        "Generation/properties/output/properties/media/items"
    )
    operation(document, "get")["responses"]["200"]["content"][JSON]["schema"] = {
        "$ref": "#/paths/~1v1~1generations/post/responses/200/content/application~1json/schema"
    }


def spoken_only(document: Json) -> None:
    """What only OpenAPI knows, or what belongs to others: nothing of it judges."""
    components(document)["Request"]["properties"]["n"] |= {"format": "int32", "example": 3, "xml": {}}
    components(document)["Generation"] |= {"discriminator": {"propertyName": "id"}, "externalDocs": {}}
    components(document)["Elsewhere"] = {"type": "string", "format": "money", "pattern": "("}
    document["webhooks"] = {"done": {"post": {"requestBody": body({"$ref": "other.yaml"})}}}
    document["jsonSchemaDialect"] = "https://spec.openapis.org/oas/3.1/dialect/base"


SHAPES = [
    small, prefixed, served_below, all_referenced, siblings, media_types, of_fastapi, generic_names, anchored,
    into_the_middle, spoken_only,
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES, ids=lambda each: str(each.__name__))
def test_shape_of_a_document_does_not_matter(tmp_path: Path, shape: Callable[[Json], object]) -> None:
    """However a document says it, the same answers are valid and the same are not."""
    found = made(written(tmp_path, small() if shape is small else small(shape)))
    assert validator(found, RESPONSE).is_valid(GOOD)
    assert not validator(found, RESPONSE).is_valid(BAD)
    assert validator(found, MEDIA).is_valid({"url": ""})
    assert not validator(found, MEDIA).is_valid({})
    assert validator(found, ERROR).is_valid({"error": {}})
    assert not validator(found, ERROR).is_valid({})
    assert validator(found, REQUEST).is_valid({"model": "m", "n": 1})
    assert not validator(found, REQUEST).is_valid({"model": "m", "n": 11})


def test_what_stands_beside_a_reference_judges(tmp_path: Path) -> None:
    """A constraint beside `$ref` is kept, at the root too."""
    found = made(written(tmp_path, small(siblings)))
    assert not validator(found, REQUEST).is_valid({"model": "m"})


def test_each_schema_of_errors_is_one(tmp_path: Path) -> None:
    """Where answers of errors differ, either will do."""
    found = made(written(tmp_path, small(of_fastapi)))
    assert validator(found, ERROR).is_valid({"detail": []})


def test_format_of_an_integer_is_its_limits(tmp_path: Path) -> None:
    """`int32` refuses what it cannot hold; a limit that is stricter stays."""
    found = made(written(tmp_path, small(spoken_only)))
    assert found[REQUEST]["properties"]["n"]["minimum"] == -(2**31)
    assert found[REQUEST]["properties"]["n"]["maximum"] == 10


def test_anchors_and_merge_keys_of_yaml_are_written_out(tmp_path: Path) -> None:
    """`&`, `*` and `<<` mean what they mean in YAML; dates and `on` stay text."""
    base = "x-base: &base {type: object, required: [on], description: 2026-04-18}\npaths:"
    text = yaml.safe_dump(small(), sort_keys=False).replace("paths:", base, 1)
    text = text.replace("    Error:\n", "    Error:\n      <<: *base\n", 1)
    found = made(written(tmp_path, text, "openapi.yml"))[ERROR]
    assert (found["required"], found["description"]) == (["error"], "2026-04-18")
    text = text.replace("      required:\n      - error\n", "", 1)
    assert made(written(tmp_path, text, "openapi.yaml"))[ERROR]["required"] == ["on"]


def test_codes_that_a_document_lacks_are_the_suites_own(tmp_path: Path) -> None:
    """A document without a table of codes gets the suite's, and that is said."""
    found, notes = foreign_schemas.load(written(tmp_path, small()), OWN)
    assert notes == ["openapi.json has no x-contract.codes: the statuses of error codes are the suite's own"]
    assert found[ERROR]["$defs"]["code"][ANNOTATION] == load(ERROR)["$defs"]["code"][ANNOTATION]


def test_codes_are_found_anywhere_in_a_document(tmp_path: Path) -> None:
    """A table of codes counts wherever it stands among the components."""
    codes = {"codes": {"teapot": {"status": 418, "when": "always"}}}
    path = written(
        tmp_path, small(lambda it: components(it).update(Code={"type": "string", ANNOTATION: codes}))
    )
    found, notes = foreign_schemas.load(path, OWN)
    assert (found[ERROR]["$defs"]["code"][ANNOTATION], notes) == (codes, [])
