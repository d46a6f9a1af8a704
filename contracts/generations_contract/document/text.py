"""The document's own text against the table: each sentence has its row, and each row its sentence.

The text is not kept in this repository; whoever has it names a file. A heading stands on a line of its own. A field's
name, type and default are one sentence; code runs to the end of its section, and is one sentence as well.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import Final

from generations_contract.document.table import Document, Sentence

_TYPE: Final = re.compile(
    r'(?:string|object|integer|number|MediaArtifact|"[a-z]+")(?:\[\])?(?: \| (?:null|string|object|"[a-z]+"))*'
)
_END: Final = re.compile(r"(?<=[.!?])(?<!e\.g\.)\s+")
_CODE: Final = ("{", "import ")


def sections(text: str, titles: Sequence[str]) -> dict[str, list[str]]:
    """Title -> the sentences of that section; what stands before the first heading has the title ""."""
    lines: dict[str, list[str]] = {"": []}
    here = ""
    for raw in text.splitlines():
        line = " ".join(raw.split()).removeprefix("•").strip()
        if line in titles and line not in lines:
            here = line
            lines[here] = []
        elif line:
            lines[here].append(line)
    return {title: list(_sentences(found)) for title, found in lines.items()}


def _sentences(lines: list[str]) -> Iterator[str]:
    index = 0
    while index < len(lines):
        line, after = lines[index], index + 1
        if line == _CODE[0] or line.startswith(_CODE[1]):
            yield " ".join(lines[index:])
            return
        if after < len(lines) and " " not in line and _TYPE.fullmatch(lines[after]):
            after += 1
            while after < len(lines) and lines[after].startswith(("required", "default:")):
                after += 1
            yield " ".join(lines[index:after])
        else:
            yield from _END.split(line)
        index = after


def differences(text: str, table: Document) -> Iterator[str]:
    """A line for each sentence without a row, each row without a sentence, and each section that is gone."""
    found = sections(text, [each.title for each in table.section])
    if missing := [each.title for each in table.section if each.title not in found]:
        yield f"the text has no section {', '.join(missing)}"
    rows: dict[str, list[Sentence]] = {}
    for sentence in table.sentences():
        rows.setdefault(sentence.section, []).append(sentence)
    for title, sentences in found.items():
        place = title or "before the first heading"
        for said, row in zip_longest(sentences, rows.get(title, [])):
            if row is None:
                yield f"{place}: no row for {_short(said)}"
            elif said is None:
                yield f"{place}: no sentence begins with {_short(row.words)}"
            elif not said.startswith(row.words):
                yield f"{place}: the row {_short(row.words)} stands where the text has {_short(said)}"
                break


def _short(text: str) -> str:
    return f"“{text[:48]}…”" if len(text) > 48 else f"“{text}”"
