"""The door to the schemas: loading, explanations, hostile documents."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from jsonschema import Draft202012Validator

from generations_contract.api import schema, schema_files, vocabulary
from generations_contract.api.schema import (
    ERROR,
    MEDIA,
    NAMES,
    REQUEST,
    RESPONSE,
    accepts,
    accepts_by_reference,
    explain,
    load,
)
from generations_contract.api.schema_files import ANNOTATION

LEAST: dict[str, Any] = {"model": "m", "input": {"prompt": "x"}}
EXAMPLES = [(name, example) for name in NAMES for example in load(name)["examples"]]


def nested(depth: int, key: str = "a") -> dict[str, Any]:
    """Return objects within objects, as deep as asked."""
    document: dict[str, Any] = {}
    for _ in range(depth):
        document = {key: document}
    return document


def members(node: object, pointer: str = "") -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every schema of a member (what stands under `properties`), with its place."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "properties" and not pointer.endswith(("/if", "/then")):
                yield from ((f"{pointer}/{name}", member) for name, member in value.items())
            yield from members(value, f"{pointer}/{key}")


@pytest.mark.parametrize("name", NAMES)
def test_schema_is_itself_valid(name: str) -> None:
    """Each schema is valid JSON Schema 2020-12, to both validators."""
    Draft202012Validator.check_schema(load(name))
    assert jsonschema_rs.meta.is_valid(load(name))


@pytest.mark.parametrize("name", NAMES)
def test_schema_describes_itself_and_every_member(name: str) -> None:
    """Each schema has title, description and examples, and every member says what it is."""
    document = load(name)
    assert document["$id"].endswith(f"/{name}.schema.json")
    assert document["title"]
    assert document["description"]
    assert document["examples"]
    assert [place for place, member in members(document) if not member.keys() & {"description", "$ref"}] == []


@pytest.mark.parametrize(("name", "example"), EXAMPLES)
def test_schema_accepts_its_own_examples(name: str, example: object) -> None:
    """An example in a schema is valid by that schema."""
    assert explain(name, example) == []
    assert accepts_by_reference(name, example)


def test_schema_gives_the_vocabulary_the_documents_limits() -> None:
    """What is read from the schemas is what the document says: its numbers, letter for letter."""
    words = vocabulary
    assert (words.PROMPT_LENGTH_MIN, words.PROMPT_LENGTH_MAX, words.IMAGES_MAX) == (1, 8000, 8)
    assert (words.N_MIN, words.N_MAX, words.N_DEFAULT) == (1, 10, 1)
    assert (words.WAIT_MIN_S, words.WAIT_MAX_S, words.WAIT_AUTO) == (0, 60, "auto")
    assert (words.REQUIRED_KEYS, words.REQUIRED_INPUT_KEYS) == (("model", "input"), ("prompt",))


def test_schema_tells_terminal_states_from_others() -> None:
    """The states that the suite has words for are the schema's, and the final ones are known as such."""
    assert {"queued", "running"} == vocabulary.NON_TERMINAL
    assert {"completed", "failed", "cancelled"} <= vocabulary.TERMINAL
    assert frozenset(load(RESPONSE)["properties"]["status"]["enum"]) == vocabulary.STATUSES


def test_schema_gives_every_code_a_status_and_an_occasion() -> None:
    """Enumeration, annotation and description of the codes name the same ones, each with its status."""
    code = load(ERROR)["$defs"]["code"]
    assert code["enum"] == list(vocabulary.STATUS_OF_CODE)
    pairs = ", ".join(f"{name} {status}" for name, status in vocabulary.STATUS_OF_CODE.items())
    assert code["description"].endswith(f": {pairs}.")
    assert all(vocabulary.WHEN_OF_CODE.values())
    assert {"status", "when", "on_fetch", "of_provider"} >= {
        key for row in code[ANNOTATION]["codes"].values() for key in row
    }


def test_schema_examples_of_models_are_the_vocabulary() -> None:
    """Each example model has a modality."""
    examples = load(REQUEST)["properties"]["model"]["examples"]
    assert list(vocabulary.EXAMPLE_MODELS) == examples


def test_schema_formats_are_all_asserted() -> None:
    """The formats that the schemas use are among those that both validators check."""
    formats = {member["format"] for name in NAMES for _, member in members(load(name)) if "format" in member}
    assert formats <= set(schema.FORMATS)
    wrong = {"type": "image", "url": "no url"}
    assert [found.keyword for found in explain(MEDIA, wrong)] == ["format"]
    assert not accepts_by_reference(MEDIA, wrong)


def test_schema_is_found_in_an_installed_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the package holds the schemas itself, these are taken."""
    (tmp_path / "_schemas").mkdir()
    monkeypatch.setattr(schema_files, "__file__", str(tmp_path / "api" / "schema_files.py"))
    assert schema.directory() == tmp_path / "_schemas"


def test_schema_of_an_unknown_name_is_refused() -> None:
    """A name that is none of the four is an error which lists them."""
    with pytest.raises(KeyError, match="generation-response"):
        load("generation")


def test_schema_loaded_is_a_copy() -> None:
    """Whoever changes a loaded schema changes nothing for others."""
    load(REQUEST).clear()
    assert load(REQUEST)["title"] == "Generation request"


@pytest.mark.parametrize(
    ("document", "pointer", "keyword", "schema_pointer"),
    [
        ({**LEAST, "n": 11}, "/n", "maximum", "/properties/n/maximum"),
        ({**LEAST, "input": {}}, "/input", "required", "/properties/input/required"),
        ({**LEAST, "wait": 61}, "/wait", "maximum", "/properties/wait/anyOf/0/maximum"),
        ({**LEAST, "a/b~c": 1}, "", "additionalProperties", "/additionalProperties"),
    ],
)
def test_explain_names_the_place_in_document_and_schema(
    document: object, pointer: str, keyword: str, schema_pointer: str
) -> None:
    """A violation points at the document and at the schema, and reads as one line."""
    (violation,) = explain(REQUEST, document)
    assert (violation.pointer, violation.keyword, violation.schema_pointer) == (
        pointer,
        keyword,
        schema_pointer,
    )
    assert str(violation).startswith(pointer or "the document")


def test_explain_gives_every_violation() -> None:
    """Three faults in one document are three violations."""
    document = {"model": 1, "input": {"prompt": ""}, "n": 0}
    assert {violation.keyword for violation in explain(REQUEST, document)} == {"type", "minLength", "minimum"}


@pytest.mark.parametrize(
    "document",
    [
        {**LEAST, "wait": "x" * 1_000_000},
        {**LEAST, "x" * 1_000_000: 1},
        {**LEAST, "n": 10**4000},
        {**LEAST, "wait": 10**5000},
        {**LEAST, "wait": float("nan")},
        {**LEAST, "wait": float("inf")},
        {**LEAST, "wait": nested(100_000)},
        {**LEAST, "input": nested(5_000, "prompt")},
        nested(100_000),
        {**LEAST, "wait": "\ud800"},
        {**LEAST, "\udfff": 1},
        {1: 2},
        b"{}",
        object(),
    ],
    ids=lambda document: str(type(document).__name__),
)
def test_explain_survives_a_hostile_document(document: object) -> None:
    """Depth, size, lone surrogates and what is no JSON give short violations, never an exception."""
    violations = explain(REQUEST, document)
    assert violations
    assert not accepts(REQUEST, document)
    assert not accepts_by_reference(REQUEST, document)
    assert max(len(str(violation)) for violation in violations) < 300


def test_accepts_lone_surrogates_in_text() -> None:
    """A lone surrogate, which Rust cannot hold, is judged by the other validator."""
    assert accepts(REQUEST, {**LEAST, "input": {"prompt": "\ud800"}})
