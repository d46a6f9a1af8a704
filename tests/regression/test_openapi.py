"""The OpenAPI document is what the schemas and the vocabulary give, valid, and says what they say."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_spec_validator import validate

from generations_contract.api import schema as schemas
from generations_contract.api import vocabulary
from generations_contract.cli import main
from generations_contract.containment.decide import CONTAINED, decide
from generations_contract.regression.sources import home, load
from generations_contract.regression.versions import openapi
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI

DOCUMENT = openapi.document()
CREATE = DOCUMENT["paths"]["/v1/generations"]["post"]
FETCH = DOCUMENT["paths"]["/v1/generations/{id}"]["get"]


def test_openapi_file_is_as_generated() -> None:
    """The checked-in file is, byte for byte, what generation gives."""
    assert (home() / OPENAPI).read_text("utf-8") == openapi.text()


def test_openapi_file_reads_back_as_the_document() -> None:
    """YAML changes nothing: what is read is what was generated."""
    assert yaml.safe_load(openapi.text()) == json.loads(json.dumps(DOCUMENT))


def test_openapi_document_is_valid() -> None:
    """It is OpenAPI 3.1 to openapi-spec-validator."""
    validate(DOCUMENT)


@pytest.mark.parametrize("code", sorted(vocabulary.STATUS_OF_CODE))
def test_openapi_has_an_answer_for_every_code(code: str) -> None:
    """Each documented code is an answer of POST under its HTTP status, with an example."""
    status = str(vocabulary.STATUS_OF_CODE[code])
    name = CREATE["responses"][status]["$ref"].rpartition("/")[2]
    answer = DOCUMENT["components"]["responses"][name]
    example = answer["content"]["application/json"]["examples"][code]["value"]
    assert (answer["x-error-code"], example["error"]["code"]) == (code, code)
    assert schemas.accepts(schemas.ERROR, example)


@pytest.mark.parametrize("operation", [CREATE, FETCH], ids=["create", "fetch"])
def test_openapi_answers_have_headers_examples_and_a_link(operation: dict[str, Any]) -> None:
    """The 200 of both operations promises the headers, shows three states, and links to GET."""
    answer = operation["responses"]["200"]
    assert set(answer["headers"]) == {"Cache-Control", "Retry-After"}
    assert set(answer["content"]["application/json"]["examples"]) == {"completed", "running", "failed"}
    assert DOCUMENT["components"]["links"]["Fetch"]["operationId"] == FETCH["operationId"]


def test_openapi_limits_are_the_vocabulary() -> None:
    """GET's `wait` and the table of codes come from the vocabulary."""
    wait = DOCUMENT["components"]["parameters"]["Wait"]["schema"]
    assert (wait["minimum"], wait["maximum"], wait["default"]) == (0, 60, 0)
    assert DOCUMENT["info"]["x-error-codes"] == vocabulary.STATUS_OF_CODE
    assert DOCUMENT["components"]["responses"]["RateLimited"]["headers"].keys() == {"Retry-After"}


@pytest.mark.parametrize(
    ("unit", "name"),
    [("POST /v1/generations request", schemas.REQUEST), ("GET /v1/generations/{id} 200", schemas.RESPONSE),
     ("POST /v1/generations 429", schemas.ERROR)],
)  # fmt: skip
def test_openapi_bodies_are_the_schemas_both_ways(unit: str, name: str) -> None:
    """What the document says of a body is proved to be what its schema says."""
    described = Contract("described", {OPENAPI: DOCUMENT})
    own = load(str(home()))
    one = described.schema(next(each for each in described.units() if each.name == unit))
    other = own.schema(next(each for each in own.units() if each.name == name))
    assert decide(one, other, formats=True).outcome == CONTAINED
    assert decide(other, one, formats=True).outcome == CONTAINED


def test_openapi_check_fails_when_the_file_is_stale(tmp_path: Path) -> None:
    """`openapi --check` writes nothing, and exits with 1 until the file is generated."""
    for name in schemas.NAMES:
        (tmp_path / f"{name}{schemas.SUFFIX}").write_text(json.dumps(schemas.load(name)), "utf-8")
    (tmp_path / OPENAPI).write_text("openapi: 3.1.0\n", "utf-8")
    assert main(["openapi", "--check", "--schemas", str(tmp_path)]) == 1
    assert main(["openapi", "--schemas", str(tmp_path)]) == 0
    assert main(["openapi", "--check", "--schemas", str(tmp_path)]) == 0
