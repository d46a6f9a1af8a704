"""The table against a text: what a sentence is, and what is told where the two differ."""

import pytest

from generations_contract.api import toml_file
from generations_contract.document.table import Document
from generations_contract.document.text import differences, sections

TEXT = """
Welcome
Fields
n
integer
default:"1"
Number of images (e.g. 4). Image-only.
• One bullet. Another
Example
Look:
{
  "id": "x. Y"
}
"""
SAID = {
    "": ["Welcome"],
    "Fields": [
        'n integer default:"1"',
        "Number of images (e.g. 4).",
        "Image-only.",
        "One bullet.",
        "Another",
    ],
    "Example": ["Look:", '{ "id": "x. Y" }'],
}
TABLE = """
[[section]]
title = ""
sentences = 1
[section.rows]
"Welcome" = "a greeting"
[[section]]
title = "Fields"
sentences = 5
[section.rows]
"n integer" = ["a.b"]
"Number of images" = ["a.b"]
"Image-only" = ["a.b"]
"One bullet." = ["a.b"]
"Another" = ["a.b"]
[[section]]
title = "Example"
sentences = 2
[section.rows]
"Look:" = "announces"
"{" = ["a.b"]
[clauses]
"a.b" = { since = "2026-11-20", allows = "x" }
"""


def test_sentences_are_found_in_lines_fields_and_code() -> None:
    """A field's head is one, code is one, an abbreviation ends none."""
    assert sections(TEXT, ["", "Fields", "Example"]) == SAID


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("", "", []),
        ("Image-only.", "Image-only. For now.", ["stands where the text has “For now.”"]),
        ("• One bullet. Another\n", "• One bullet.\n", ["no sentence begins with “Another”"]),
        ("• One bullet. Another\n", "• One bullet. Another. More.\n", ["no row for “More.”"]),
        ("Number", "Count", ["the row “Number of images” stands where the text has “Count of"]),
        ("Example\nLook:", "Sample\nLook:", ["the text has no section Example", "no row for “Sample”", "no row for “Look:”", "no row for"]),
    ],
)  # fmt: skip
def test_differences_name_the_place(old: str, new: str, told: list[str]) -> None:
    """A sentence that is new, gone or changed, and a section that is gone, are a line each."""
    lines = list(differences(TEXT.replace(old, new), toml_file.parse(TABLE, Document, "table")))
    assert len(lines) == len(told)
    assert all(part in line for part, line in zip(told, lines, strict=True))
