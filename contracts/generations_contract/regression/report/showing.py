"""A review for its readers: terminal, JSON, JUnit; `markdown`, `annotations` and `html` have modules of their own.

Nothing is judged here, and words that several reports share are in `phrases`.
"""

from collections.abc import Callable
from typing import Any, Final

from generations_contract.containment.values import Json
from generations_contract.forms import junit as forms
from generations_contract.regression.report.annotations import github
from generations_contract.regression.report.markdown import markdown
from generations_contract.regression.report.phrases import (
    MARKS,
    counted,
    formats,
    laid_out,
    on_one_line,
    place,
    printable,
    proofs,
    whom,
    why,
)
from generations_contract.regression.verdicts.change import BREAKING, IGNORED, LEVELS, UNDECIDED, Change
from generations_contract.regression.verdicts.review import Review
from generations_contract.regression.verdicts.rules import rule_of


def terminal(review: Review) -> str:
    """Plain text, a few lines a change."""
    lines = [f"{review.old} → {review.new} ({formats(review)})"]
    lines += [f"({review.note})"] if review.note else []
    for change in review.changes:
        mark = "~" if change.accepted else MARKS[change.level]
        lines.append(f"{mark} {change.level:9} {change.id}  {place(change)}  [{change.fingerprint}]")
        lines.append(f"    {change.text}" + (f"  — {whom(change)}" if whom(change) else ""))
        if change.accepted:
            lines.append(f"    accepted: {change.accepted}")
        elif why(change):
            lines.append(f"    {change.level}: {why(change)}")
        lines += [f"    {audience}: {on_one_line(witness)}" for audience, witness in proofs(change)]
    lines += [f"~ accepted but not met: {entry.fingerprint} ({entry.reason})" for entry in review.stale]
    lines.append(f"{counted(review)}; version step: {review.step}")
    return "\n".join(printable(line) for line in lines) + "\n"


def as_json(review: Review) -> str:
    """Everything, witnesses whole; the keys are stable."""
    data: dict[str, Any] = {
        "old": review.old,
        "new": review.new,
        "formats": "asserted" if review.formats else "not asserted",
        "note": review.note,
        "step": review.step,
        "counts": {level: len(review.counted(level)) for level in LEVELS},
        "changes": [record(change) for change in review.changes],
        "stale": [{"fingerprint": entry.fingerprint, "reason": entry.reason} for entry in review.stale],
    }
    return laid_out(data) + "\n"


def record(change: Change) -> dict[str, Json]:
    """A change as JSON types."""
    return {
        "id": change.id, "rule": rule_of(change.id).name, "level": change.level, "found": change.found or change.level,
        "file": change.file, "unit": change.unit,
        "old_pointer": change.old_pointer, "new_pointer": change.new_pointer, "text": change.text,
        "reason": change.reason, "breaks": change.breaks, "fingerprint": change.fingerprint,
        "accepted": change.accepted,
    }  # fmt: skip


def junit(review: Review) -> str:
    """One test case a change: breaking fails, undecided errs, accepted and policy are noted."""
    return forms.document("contract changes", {"contract changes": map(_case, review.changes)})


def _case(change: Change) -> forms.Case:
    name = f"{change.id} {place(change)}"
    told = change.text + (f"; {whom(change)}" if whom(change) else "")
    if change.accepted or change.level == IGNORED:
        why_not = f"accepted: {change.accepted}" if change.accepted else change.reason
        return forms.Case(change.file, name, "skipped", why_not)
    if change.level not in (BREAKING, UNDECIDED):
        return forms.Case(change.file, name, lines=[f"{change.level}: {told}"])
    shown = [f"{audience}: {on_one_line(witness)}" for audience, witness in proofs(change)]
    outcome: forms.Outcome = "failure" if change.level == BREAKING else "error"
    return forms.Case(change.file, name, outcome, told, shown or [change.reason], kind=change.level)


def html(review: Review) -> str:
    """A page; the templates take time to import, and most comparisons do without."""
    from generations_contract.regression.report.html import html as page

    return page(review)


FORMATS: Final[dict[str, Callable[[Review], str]]] = {
    "terminal": terminal,
    "json": as_json,
    "markdown": markdown,
    "junit": junit,
    "github": github,
    "html": html,
}
# What `--report DIR` writes, by file name.
REPORTS: Final = {"summary.md": markdown, "report.html": html, "changes.json": as_json, "junit.xml": junit}
