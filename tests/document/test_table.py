"""Each sentence of the document has an owner or a reason, and each clause a sentence or a reason."""

import os
from collections import Counter
from pathlib import Path

import pytest

from generations_contract.api import toml_file
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.document.table import Document, document
from generations_contract.document.text import differences

# Where the document's own text is to be had: it is not kept in this repository.
TEXT = os.environ.get("GENERATIONS_DOCUMENT")
SECTIONS = {
    "": 6, "At a glance": 8, "Quickstart": 1, "Create a generation": 2, "Request": 13, "Input fields": 23,
    "Response": 26, "MediaArtifact": 10, "Example response (completed image)": 1,
    "Example response (still running)": 3, "Fetch a generation": 6, "How wait actually works": 13,
    "Error codes": 14, "Patterns and tips": 9,
}  # fmt: skip
ALL = CLAUSES | CLIENT_CLAUSES
SMALL = (
    '[[section]]\ntitle = "A"\nsentences = 1\n[section.rows]\n"One." = {row}\n[clauses]\n"a.b" = {entry}\n'
)


def test_sections_of_the_document_are_all_there() -> None:
    """Each section stands in the document's order, with as many rows as it has sentences."""
    assert {each.title: each.sentences for each in document().section} == SECTIONS
    assert [each.title for each in document().section] == list(SECTIONS)
    assert {each.title: len(each.rows) for each in document().section} == SECTIONS


def test_every_sentence_has_an_owner_or_a_reason() -> None:
    """Clauses own a sentence, or the table says in words why none does."""
    for sentence in document().sentences():
        assert bool(sentence.owners) != bool(sentence.excluded), sentence
        assert len(set(sentence.owners)) == len(sentence.owners), sentence
        assert not sentence.excluded or " " in sentence.excluded, sentence


def test_rows_hold_first_words_only() -> None:
    """The document itself is not copied: five words at the most, and fewer than fifty characters."""
    for sentence in document().sentences():
        assert len(sentence.words.split()) <= 5, sentence
        assert len(sentence.words) < 50, sentence


def test_every_clause_is_of_the_table_and_the_other_way_round() -> None:
    """Whoever adds a clause says which sentence owns it, since when it is one, and what it allows."""
    assert document().clauses.keys() == CLAUSES.keys() | CLIENT_CLAUSES.keys()


def test_every_clause_has_a_sentence_or_a_reason() -> None:
    """What no sentence says is implied, with the reason; what a sentence says is not."""
    owners = Counter(owner for sentence in document().sentences() for owner in sentence.owners)
    implied = {clause_id for clause_id, entry in document().clauses.items() if entry.implied}
    assert owners.keys() & implied == set()
    assert owners.keys() | implied == document().clauses.keys()


def test_only_must_clauses_of_no_sentence_would_be_a_contradiction() -> None:
    """A MUST is what the document says, so a sentence owns it."""
    assert [
        name for name, entry in document().clauses.items()
        if entry.implied and name in ALL and ALL[name].level == "MUST"
    ] == []  # fmt: skip


@pytest.mark.skipif(TEXT is None, reason="GENERATIONS_DOCUMENT names no file with the document's text")
def test_table_is_the_text() -> None:
    """Each sentence of the text has its row, in its order."""
    assert list(differences(Path(str(TEXT)).read_text("utf-8"), document())) == []


@pytest.mark.parametrize(
    ("row", "entry", "line"),
    [
        ("[]", '{ since = "2026-11-20", allows = "x" }', "section.1.rows.One."),
        ('["a.b"]', '{ since = "2026-11-31", allows = "x" }', "is no day of the calendar"),
        ('["a.b"]', '{ since = "20.11.2026", allows = "x" }', "write it as YYYY-MM-DD"),
        ('["a.b"]', '{ since = "2026-11-20" }', "allows"),
        ('["a.b"]', '{ since = "2026-11-20", allows = "x", alows = "y" }', "alows"),
    ],
)
def test_table_with_a_mistake_is_one_line(row: str, entry: str, line: str) -> None:
    """A row without an owner, a date that is none, a key that is missing or misspelt: the place is named."""
    with pytest.raises(UsageError) as told:
        toml_file.parse(SMALL.format(row=row, entry=entry), Document, "sentences.toml")
    assert line in str(told.value)
    assert "\n" not in str(told.value)
