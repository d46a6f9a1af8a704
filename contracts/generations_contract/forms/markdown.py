"""Markdown for pull requests and job summaries: text that stays text, whoever wrote it.

Only the form lives here. Whatever came from a gateway or a schema passes `code`, `span` or `plain`: no link, no
mention, no image, no markup and no row of a table can be forged.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from generations_contract.forms.text import printable

_ACTIVE: Final = re.compile(r"[^\w\s.,;:/=+%()…–→×$'\"-]|_", re.ASCII)


def code(text: str, longest: int | None = 300) -> str:
    """The text shown as it is, on one line, between HTML tags: every active character is an entity."""
    shown = _ACTIVE.sub(lambda found: f"&#{ord(found[0])};", printable(text, longest))
    return f"<code>{shown}</code>"


def span(text: str) -> str:
    """The text in a code span of Markdown that holds any text, in a table too."""
    text = printable(text, None).replace("|", "\\|")
    fence = "`" * (_longest_run(text) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def plain(text: str) -> str:
    """Text among text: no markup, no HTML, no mention."""
    return re.sub(r"([\\`*_{}\[\]<>#|@~])", r"\\\1", printable(text, None))


def table(
    head: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int | None = None
) -> Iterator[str]:
    """A table's lines; columns from `numbers_from` on are set to the right. Cells are Markdown already."""
    right = len(head) if numbers_from is None else numbers_from
    yield f"| {' | '.join(head)} |".replace("|  |", "| |")
    yield "|" + "---|" * right + "--:|" * (len(head) - right)
    for row in rows:
        yield f"| {' | '.join(row)} |"


def folded(title: str, lines: Iterable[str]) -> Iterator[str]:
    """Lines that fold out of a title, which is HTML already."""
    yield from ("", f"<details><summary>{title}</summary>", "", *lines, "", "</details>")


def fenced(language: str, body: str) -> Iterator[str]:
    """A block that its text cannot leave."""
    fence = "`" * max(3, _longest_run(body) + 1)
    yield from (f"{fence}{language}", body, fence)


def _longest_run(text: str) -> int:
    return max((len(run) for run in re.findall("`+", text)), default=0)
