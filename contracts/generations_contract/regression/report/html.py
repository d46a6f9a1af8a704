"""A review as a page that a person reads, in the look of all our pages: the verdict, then a card a change.

Nothing is judged here. What a schema says is escaped by the template, and passes `safe_text`.
"""

from typing import Any, Final

from generations_contract.forms.html import template
from generations_contract.regression.report.phrases import (
    MARKS,
    formats,
    laid_out,
    place,
    proofs,
    sentence,
    shortened,
    whom,
    why,
)
from generations_contract.regression.verdicts.change import (
    BREAKING,
    IGNORED,
    LEVELS,
    POLICY,
    SAFE,
    UNDECIDED,
    Change,
)
from generations_contract.regression.verdicts.review import Review
from generations_contract.regression.verdicts.rules import rule_of

# By the worst level that nobody has accepted: the headline, and the class of the header.
_VERDICTS: Final = {
    BREAKING: ("The change breaks people", "broken"),
    UNDECIDED: ("Whether the change breaks anybody is undecided", "inconclusive"),
    POLICY: ("The change has to be read", "inconclusive"),
}
_NOTHING: Final = ("Nothing breaks", "passed")


def html(review: Review) -> str:
    """One file, no script, readable on a phone."""
    title, kind = next((told for level, told in _VERDICTS.items() if review.counted(level)), _NOTHING)
    quiet = [c for c in review.changes if c.level == IGNORED or (c.level == SAFE and not c.breaks)]
    return template("generations_contract.regression.report", "changes.html.j2").render(
        review=review,
        title=title,
        kind=kind,
        formats=formats(review),
        counts=[(level, len([c for c in review.changes if c.level == level])) for level in LEVELS],
        told=[_card(change) for change in review.changes if change not in quiet],
        quiet=[_card(change) for change in quiet],
    )


def _card(change: Change) -> dict[str, Any]:
    return {
        "id": change.id,
        "rule": rule_of(change.id).name,
        "level": change.level,
        "mark": "~" if change.accepted else MARKS[change.level],
        "accepted": change.accepted,
        "place": place(change),
        "text": change.text,
        "whom": whom(change),
        "why": why(change),
        "fingerprint": change.fingerprint,
        "proofs": [(sentence(who, change), laid_out(shortened(witness))) for who, witness in proofs(change)],
    }
