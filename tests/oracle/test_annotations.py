"""`x-contract`: its form, what is refused and where, and that what the suite's own schemas say is true."""

import copy
from typing import Any

import pytest

from generations_contract.api.schema import NAMES, load
from generations_contract.api.schema_files import ANNOTATION, REQUEST
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.oracle import annotations
from generations_contract.oracle.annotations import UNCLEAR, Break
from generations_contract.oracle.fields import FIELDS, Field
from generations_contract.oracle.reading import read_field
from generations_contract.strategies.values import home

ALL = {name: load(name) for name in NAMES}


def test_own_schemas_are_annotated_as_the_form_says() -> None:
    """The suite's own schemas pass the check, and name only clauses that there are."""
    annotations.check(ALL)
    annotations.check_clauses(ALL, CLAUSES)
    assert len(list(annotations.annotated(ALL))) > 20


def test_unknown_clause_is_refused_with_its_path() -> None:
    """And with the one that was meant."""
    schemas = copy.deepcopy(ALL)
    schemas[REQUEST]["properties"]["n"][ANNOTATION] = {"breaks": "request.n-rang"}
    with pytest.raises(
        UsageError, match=r"^generation-request#/properties/n/x-contract: .*request.n-range\?$"
    ):
        annotations.check_clauses(schemas, CLAUSES)


@pytest.mark.parametrize(
    ("mark", "told"),
    [
        ({"break": "request.n-range"}, "/properties/n/x-contract: Additional properties"),
        ({"breaks": "n-range"}, "/properties/n/x-contract/breaks"),
        ({"breaks": {"maximum": {"clause": "request.n-range", "level": "must"}}}, "/x-contract/breaks"),
        ({"modality": "audio"}, "/x-contract/modality: 'audio' is not one of"),
        ({"open": [{"clause": "request.characters"}]}, "/x-contract/open/0: 'when' is a required"),
        ({"examples": {"refuse": {"0": 0}}}, "/x-contract/examples: Additional properties"),
        ({"trait": ["sized"]}, "/x-contract/trait"),
        ({"honoured": {"type": "strin"}}, "/x-contract/honoured: is no schema"),
        ({"open": [{"when": {"minimum": "0"}}]}, "/x-contract/open/0/when: is no schema"),
        ("request.n-range", "/properties/n/x-contract: 'request.n-range' is not of type 'object'"),
    ],
)
def test_misspelt_annotation_is_refused_with_its_path(mark: Any, told: str) -> None:
    """File and path are named, in one line."""
    schemas = copy.deepcopy(ALL)
    schemas[REQUEST]["properties"]["n"][ANNOTATION] = mark
    with pytest.raises(UsageError) as caught:
        annotations.check(schemas)
    assert str(caught.value).startswith("generation-request#/properties/n/x-contract")
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_member_named_like_the_annotation_is_none() -> None:
    """A field of that name is described as any other; so are examples and defaults that hold it."""
    schemas = copy.deepcopy(ALL)
    schemas[REQUEST]["properties"][ANNOTATION] = {"type": "string"}
    schemas[REQUEST]["properties"]["n"]["default"] = {ANNOTATION: {"misspelt": 1}}
    annotations.check(schemas)


@pytest.mark.parametrize(
    ("raw", "read"),
    [
        ({}, {}),
        ({"breaks": "request.n-range"}, {"*": Break("request.n-range")}),
        (
            {"breaks": {"clause": "request.size-form", "level": "SHOULD"}},
            {"*": Break("request.size-form", "SHOULD")},
        ),
        (
            {"breaks": {"pattern": {"clause": "request.size-form", "level": "SHOULD"}, "*": "strict.nested"}},
            {"pattern": Break("request.size-form", "SHOULD"), "*": Break("strict.nested")},
        ),
    ],
)
def test_breaks_are_read_in_each_of_their_forms(raw: dict[str, Any], read: dict[str, Break]) -> None:
    """One clause for all keywords, one with a level, or a table by keyword."""
    assert annotations.breaks_of({ANNOTATION: raw}) == read


ANNOTATED = [(name, kind) for name, one in FIELDS.items() for kind in one.mark.examples]


@pytest.mark.parametrize(("name", "kind"), ANNOTATED)
def test_annotated_examples_are_what_they_are_called(name: str, kind: str) -> None:
    """Where the field belongs, accepted ones are clearly valid, refused ones break a clause, open ones are open."""
    one: Field = FIELDS[name]
    for label, value in one.mark.examples[kind].items():
        read = read_field(name, value, *home(one))
        found = "accepted" if read.valid else "refused" if read.violations else "open"
        assert found == kind, label
        assert UNCLEAR not in read.opens


def test_usual_values_are_clearly_valid() -> None:
    """What stands in for a field when something else is meant can be no reason of a refusal."""
    for name, one in FIELDS.items():
        for modality, value in one.mark.usual.items():
            assert read_field(name, value, one.mark.modality or modality, home(one)[1]).valid, name  # type: ignore[arg-type]
