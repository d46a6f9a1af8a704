"""The packaged table `sentences.toml`, read: sentences with their owners, and what is said of each clause."""

import re
from collections.abc import Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table

# How words are told apart that begin two sentences of one section.
_TURN: Final = re.compile(r" \(\d+\)$")
_Text = Annotated[str, Field(min_length=1)]


def day(text: str) -> str:
    """A date as YYYY-MM-DD, unchanged; raises `ValueError` for anything else."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text, re.ASCII):
        raise ValueError("is no date; write it as YYYY-MM-DD")
    try:
        date.fromisoformat(text)
    except ValueError:
        raise ValueError("is no day of the calendar") from None
    return text


class Section(Table):
    """A section of the document. `rows`: first words -> the clauses that own the sentence, or why none does.

    `sentences`: how many the section has. What stands before the first heading has the title "".
    """

    title: str
    sentences: int
    rows: dict[_Text, Annotated[list[_Text], Field(min_length=1)] | _Text]


class Entry(Table):
    """What is said of a clause: since which state of the contract it is one, and what it allows.

    `implied`: why it is a clause although no sentence says it.
    """

    since: Annotated[str, AfterValidator(day)]
    allows: _Text
    implied: _Text | None = None


class Sentence(Table):
    """A sentence by its first words. `owners`: clause ids; `excluded`: why there are none."""

    section: str
    words: str
    owners: tuple[str, ...] = ()
    excluded: str = ""


class Document(Table):
    """The whole table."""

    section: list[Section]
    clauses: dict[str, Entry]

    def sentences(self) -> Iterator[Sentence]:
        """All sentences in the order of the document."""
        for section in self.section:
            for words, owners in section.rows.items():
                row = Sentence(section=section.title, words=_TURN.sub("", words))
                told = {"excluded": owners} if isinstance(owners, str) else {"owners": tuple(owners)}
                yield row.model_copy(update=told)

    def owned_by(self, clause_id: str) -> list[Sentence]:
        """The sentences that a clause owns."""
        return [each for each in self.sentences() if clause_id in each.owners]


@cache
def document() -> Document:
    """The packaged table; raises `UsageError` where it does not fit its form."""
    text = files("generations_contract.document").joinpath("sentences.toml").read_text("utf-8")
    return toml_file.parse(text, Document, "sentences.toml")
