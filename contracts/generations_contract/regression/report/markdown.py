"""A review as Markdown, for a pull request: the verdict, one table, and what folds out of it.

Nothing is judged here. What a schema says stands in code spans and fences that it cannot leave.
"""

import re
from typing import Final

from generations_contract.regression.report.phrases import (
    MARKS,
    counted,
    formats,
    laid_out,
    place,
    printable,
    proofs,
    sentence,
    shortened,
)
from generations_contract.regression.verdicts.change import BREAKING, POLICY, SAFE, UNDECIDED, Change
from generations_contract.regression.verdicts.review import Review, breaks_only_strict

QUIET_MIN: Final = 4
_TABLE: Final = ["| | change | what | breaks |", "|---|---|---|---|"]


def markdown(review: Review) -> str:
    """For a pull request: the verdict, a row a change, the witnesses, and how to accept."""
    lines = [f"## Contract changes: {_headline(review)}", ""]
    lines += [f"{_code(review.old)} → {_code(review.new)}: {counted(review)}; {formats(review)}.", ""]
    lines += [_plain(f"{review.note}."), ""] if review.note else []
    told, quiet = _split(review.changes)
    lines += [*_TABLE, *map(_row, told)] if told else []
    for change in told:
        lines += _proof(change)
    if quiet:
        lines += _fold(f"{len(quiet)} safe changes that no reader notices", [*_TABLE, *map(_row, quiet)])
    for entry in review.stale:
        lines += ["", f"Accepted but not met: {_code(entry.fingerprint)} ({_plain(entry.reason)})"]
    lines += _acceptance([c for c in review.changes if not c.accepted and c.level != SAFE])
    return "\n".join(lines) + "\n"


def _split(changes: list[Change]) -> tuple[list[Change], list[Change]]:
    """What a reviewer reads first, and, where it is much, what nobody notices."""
    quiet = [change for change in changes if change.level == SAFE and not change.breaks]
    if len(quiet) < QUIET_MIN:
        return changes, []
    return [change for change in changes if change not in quiet], quiet


def _headline(review: Review) -> str:
    if review.counted(BREAKING):
        verdict = "breaking"
    elif review.counted(UNDECIDED):
        verdict = "undecided"
    elif review.counted(POLICY):
        verdict = "policy to read"
    else:
        verdict = "nothing breaks" if review.changes else "none"
    return f"{verdict}, version step **{review.step}**"


def _row(change: Change) -> str:
    level = "~ accepted" if change.accepted else f"{MARKS[change.level]} {change.level}"
    what = f"{_code(change.id)}<br>{_code(place(change))}"
    return f"| {level} | {what} | {_code(change.text)} | {_whom(change)} |"


def _whom(change: Change) -> str:
    if breaks_only_strict(change):
        return "–<br>(readers that refuse undocumented members notice)"
    return "<br>".join(change.breaks) or "–"


def _proof(change: Change) -> list[str]:
    lines = []
    for audience, witness in proofs(change):
        title = f"<code>{change.id}</code> {sentence(audience, change)}"
        lines += _folded(title, "json", laid_out(shortened(witness)))
    if change.accepted:
        lines += ["", f"{_code(change.id)} is accepted: {_plain(change.accepted)}"]
    elif change.level == UNDECIDED:
        lines += ["", f"{_code(change.id)} is undecided: {_plain(change.reason)}"]
    return lines


def _acceptance(changes: list[Change]) -> list[str]:
    """What to put into the file of accepted changes, but for the reasons."""
    entries = [
        f'[[accepted]]\nid = "{change.id}"\nfingerprint = "{change.fingerprint}"\nreason = ""'
        for change in changes
    ]
    title = "To accept: put this into the file of <code>--accepted</code>, with a reason each"
    return _folded(title, "toml", "\n\n".join(entries)) if entries else []


def _folded(title: str, language: str, body: str) -> list[str]:
    fence = "`" * max(3, max((len(run) for run in re.findall("`+", body)), default=0) + 1)
    return _fold(title, [f"{fence}{language}", body, fence])


def _fold(title: str, lines: list[str]) -> list[str]:
    return ["", "<details>", f"<summary>{title}</summary>", "", *lines, "", "</details>"]


def _code(text: str) -> str:
    """A Markdown code span that holds any text, in a table too."""
    text = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def _plain(text: str) -> str:
    """Text in Markdown: no markup, no HTML, no mention."""
    return re.sub(r"([\\`*_{}\[\]<>#|@~])", r"\\\1", printable(text))
