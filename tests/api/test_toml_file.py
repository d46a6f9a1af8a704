"""Files that people write: whatever is wrong with one is told in one line that says where and what to change."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table
from generations_contract.api.usage import UsageError


class Round(Table):
    """A table of one kind."""

    kind: Literal["round"]
    radius: float


class Square(Table):
    """A table of another kind."""

    kind: Literal["square"]
    side: float


class Nothing(Table):
    """A table in a table."""

    colour: str = "red"


class Shelf(Table):
    """A file with every form of table, and a key outside them."""

    width: int = 1
    inner: Nothing | None = None
    shape: list[Annotated[Round | Square, Field(discriminator="kind")]] = Field(default_factory=list)


class Tables(Table):
    """A file of tables only."""

    inner: Nothing = Nothing()
    prices: dict[str, float] = Field(default_factory=dict)


WRONG: list[tuple[type[Table], str, str]] = [
    (Shelf, "width = 1\nwidth == 2", "is no TOML: Invalid value (at line 2, column 8)"),
    (Shelf, "width = " + "9" * 5000, "is no TOML: Exceeds the limit"),
    (Shelf, "width = " + "[" * 100_000, "is no TOML: "),
    (Shelf, "width = '1'", "width: Input should be a valid integer"),
    (Shelf, "widht = 1", "widht is unknown; did you mean width?"),
    (Shelf, "zzz = 1", "zzz is unknown; known: width, inner, shape"),
    (Shelf, "[inner]\ncolor = 'red'", "[inner] color is unknown; did you mean colour?"),
    (Shelf, "[shape]", "shape: Input should be a valid list"),
    (Shelf, "[[shape]]\nkind = 'round'", "shape.1.round.radius is missing"),
    (Shelf, "[[shape]]\nkind = 'square'\nside = true", "shape.1.square.side: Input should be a valid number"),
    (Shelf, "[[shape]]\nkind = 'square'\nradius = 1", "shape.1.square.radius is unknown; known: kind, side"),
    (Shelf, "[[shape]]\nkind = 'square'\nsid = 1", "shape.1.square.sid is unknown; did you mean side?"),
    (Tables, "[iner]", "[iner] is unknown; did you mean inner?"),
    (Tables, "[prices]\na = 'dear'", "[prices] a: Input should be a valid number"),
    (Shelf, '"a\\nb\\u202e" = 1', "a\\nb\\u202e is unknown; known: width, inner, shape"),
]


@pytest.mark.parametrize(("model", "text", "told"), WRONG, ids=[repr(text)[1:30] for _, text, _ in WRONG])
def test_what_does_not_fit_is_told_in_one_line(
    tmp_path: Path, model: type[Table], text: str, told: str
) -> None:
    """The line names the file, the place, and what may have been meant; the misspelt comes before the missing."""
    path = tmp_path / "file.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError) as caught:
        toml_file.read(path, model)
    assert str(caught.value).startswith(f"{path}: {told}")
    assert str(caught.value).isprintable()


def test_what_cannot_be_read_is_told_in_one_line(tmp_path: Path) -> None:
    """Nothing there, a directory, bytes that are no text, and a name that no file can have."""
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    for path, why in (
        (tmp_path / "none.toml", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (binary, "is not UTF-8 text"),
        (tmp_path / "a\0b", "embedded null byte"),
    ):
        with pytest.raises(UsageError, match=f"cannot be read: {why}"):
            toml_file.read(path, Shelf)


def test_what_fits_is_read(tmp_path: Path) -> None:
    """A whole number does for one with a fraction, as TOML's writers expect; nothing else is converted."""
    path = tmp_path / "file.toml"
    path.write_text("width = 3\n[[shape]]\nkind = 'round'\nradius = 2\n", "utf-8")
    assert toml_file.read(path, Shelf) == Shelf(width=3, shape=[Round(kind="round", radius=2.0)])
