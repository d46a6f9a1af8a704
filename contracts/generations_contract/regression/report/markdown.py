"""A review as Markdown, for a pull request: the verdict, one table, and what folds out of it.

Nothing is judged here. What a schema says stands in code spans and fences that it cannot leave.
"""

from typing import Final

from generations_contract.forms.markdown import fenced, folded, plain, span, table
from generations_contract.regression.report.phrases import (
    MARKS,
    counted,
    formats,
    laid_out,
    place,
    proofs,
    sentence,
    shortened,
    why,
)
from generations_contract.regression.verdicts.change import BREAKING, IGNORED, POLICY, SAFE, UNDECIDED, Change
from generations_contract.regression.verdicts.review import Review, breaks_only_strict
from generations_contract.regression.verdicts.rules import rule_of

QUIET_MIN: Final = 4
_HEAD: Final = ("", "change", "what", "breaks")


def markdown(review: Review) -> str:
    """For a pull request: the verdict, a row a change, the witnesses, and how to accept."""
    lines = [f"## Contract changes: {_headline(review)}", ""]
    lines += [f"{span(review.old)} → {span(review.new)}: {counted(review)}; {formats(review)}.", ""]
    lines += [plain(f"{review.note}."), ""] if review.note else []
    told, quiet = _split(review.changes)
    lines += [*table(_HEAD, map(_row, told))] if told else []
    lines += _explained(told)
    for change in told:
        lines += _proof(change)
    if quiet:
        lines += folded(f"{len(quiet)} {_quiet(quiet)}", table(_HEAD, map(_row, quiet)))
    for entry in review.stale:
        lines += ["", f"Accepted but not met: {span(entry.fingerprint)} ({plain(entry.reason)})"]
    lines += _acceptance([c for c in review.changes if not c.accepted and c.level not in (SAFE, IGNORED)])
    return "\n".join(lines) + "\n"


def _explained(changes: list[Change]) -> list[str]:
    """The command that says more of the rules of what fails."""
    asked = dict.fromkeys(rule_of(c.id).name for c in changes if c.level in (BREAKING, UNDECIDED, POLICY))
    return (
        ["", f"More on these rules: {span('generations-contract explain ' + ' '.join(asked))}"]
        if asked
        else []
    )


def _split(changes: list[Change]) -> tuple[list[Change], list[Change]]:
    """What a reviewer reads first, and, where it is much, what nobody notices."""
    quiet = [c for c in changes if c.level == IGNORED or (c.level == SAFE and not c.breaks)]
    if len(quiet) < QUIET_MIN:
        return changes, []
    return [change for change in changes if change not in quiet], quiet


def _quiet(changes: list[Change]) -> str:
    ignored = sum(change.level == IGNORED for change in changes)
    return "safe changes that no reader notices" + (f", or that are ignored ({ignored})" if ignored else "")


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


def _row(change: Change) -> tuple[str, ...]:
    level = "~ accepted" if change.accepted else f"{MARKS[change.level]} {change.level}"
    what = f"{span(change.id)}<br>{span(place(change))}"
    told = span(change.text) + (f"<br>{plain(why(change))}" if why(change) and not change.accepted else "")
    return level, what, told, _whom(change)


def _whom(change: Change) -> str:
    if breaks_only_strict(change):
        return "–<br>(readers that refuse undocumented members notice)"
    return "<br>".join(change.breaks) or "–"


def _proof(change: Change) -> list[str]:
    lines: list[str] = []
    for audience, witness in proofs(change):
        title = f"<code>{change.id}</code> {sentence(audience, change)}"
        lines += folded(title, fenced("json", laid_out(shortened(witness))))
    if change.accepted:
        lines += ["", f"{span(change.id)} is accepted: {plain(change.accepted)}"]
    return lines


def _acceptance(changes: list[Change]) -> list[str]:
    """What to put into the file of accepted changes, but for the reasons."""
    entries = [
        f'[[accepted]]\nid = "{change.id}"\nfingerprint = "{change.fingerprint}"\nreason = ""'
        for change in changes
    ]
    if not entries:
        return []
    title = "To accept: put this into the file of <code>--accepted</code>, with a reason each"
    return [*folded(title, fenced("toml", "\n\n".join(entries)))]
