"""Five small edits take few files and leave nothing red: one fact stands once (`python -m tests.newcomer`)."""

from functools import cache

import pytest

from tests.newcomer import Edit, Outcome, Patch, perform, perform_all, table
from tests.newcomer_edits import EDITS

NEW_FILE = Patch("tests/house/new.py", "x = 1\n")


@cache
def outcomes() -> dict[str, Outcome]:
    """What came of the five edits, made once for all tests."""
    return {outcome.edit.name: outcome for outcome in perform_all(list(EDITS.values()))}


@pytest.mark.parametrize("name", list(EDITS))
def test_edit_takes_few_files_and_leaves_all_green(name: str) -> None:
    """The files touched, tests and generated ones included, are within the limit, and the tests pass."""
    assert list(outcomes()[name].complaints()) == []


def test_edits_are_the_five() -> None:
    """Each edit has a row in the table, and none may touch what was published."""
    told = "\n".join(table(list(outcomes().values())))
    assert all(name in told for name in EDITS)
    assert len(EDITS) == 5
    assert "published" not in told


@pytest.mark.parametrize(
    ("edit", "complaint"),
    [
        (Edit("one too many", 0, (NEW_FILE,), ()), "1 files, at most 0"),
        (Edit("red", 1, (NEW_FILE,), (("-c", "raise SystemExit(1)"),)), "raise SystemExit(1)"),
        (Edit("unseen", 1, (NEW_FILE,), (("-c", "print('other')"),), shows=("style",)), "nothing says 'style'"),
        (
            Edit("half an edit", 1, EDITS["an optional input field"].patches[:1],
                 (("-m", "pytest", "-q", "tests/gateway/test_own_reading.py"),)),
            "test_gateway_and_schemas_read_the_document_alike",
        ),
    ],
    ids=lambda value: value.name if isinstance(value, Edit) else "",
)  # fmt: skip
def test_edit_that_costs_more_is_told(edit: Edit, complaint: str) -> None:
    """A file too many, a red test, an edit that nothing notices, and half an edit are complaints."""
    assert complaint in "\n".join(perform(edit).complaints())


def test_patch_that_has_no_place_is_an_error() -> None:
    """A patch whose line has moved fails by name; it is not made somewhere else."""
    edit = Edit("lost", 1, (Patch("README.md", "b", "no such line in it"),), ())
    with pytest.raises(ValueError, match=r"README\.md: .* stands there 0 times"):
        perform(edit)
