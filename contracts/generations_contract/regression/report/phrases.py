"""The words that all reports share: who breaks, what was compared, and texts that steer no reader.

No report is laid out here. Every text of a schema is hostile until escaped: it may hold control characters,
markup, or what a workflow runner takes for a command.
"""

import json
from functools import partial
from typing import Final

from generations_contract.containment.values import Json, compact
from generations_contract.forms import text as plain
from generations_contract.regression.verdicts.audiences import SENDERS, TOLERANT
from generations_contract.regression.verdicts.change import IGNORED, LEVELS, SAFE, Change
from generations_contract.regression.verdicts.review import Review, breaks_only_strict
from generations_contract.regression.verdicts.rules import rule_of

TEXT_MAX: Final = 60
ITEMS_MAX: Final = 10
MARKS: Final = {"breaking": "✗", "undecided": "?", "policy": "!", "safe": "✓", "ignored": "·"}
# A place or a reason is shown whole.
printable: Final = partial(plain.printable, longest=None)


def shortened(value: Json) -> Json:
    """A document with its long strings and arrays cut, and said so."""
    if isinstance(value, str) and len(value) > TEXT_MAX:
        return f"{value[:20]}… ({len(value)} characters)"
    if isinstance(value, list):
        shown = [shortened(item) for item in value[:ITEMS_MAX]]
        return [*shown, f"… ({len(value)} items)"] if len(value) > ITEMS_MAX else shown
    if isinstance(value, dict):
        return {shortened(name): shortened(inner) for name, inner in value.items()}
    return value


def on_one_line(witness: Json) -> str:
    """A witness, shortened, in the order of its members."""
    return printable(json.dumps(shortened(witness), ensure_ascii=False))


def laid_out(document: Json) -> str:
    """A document over several lines, as JSON that every reader can print."""
    text = json.dumps(document, ensure_ascii=False, indent=2)
    return "\n".join(printable(line) for line in text.split("\n"))


def place(change: Change) -> str:
    """Where it is: the file and the pointer, both pointers where they differ."""
    pointers = dict.fromkeys((change.old_pointer, change.new_pointer))
    return f"{change.file}#{' → #'.join(pointers)}"


def proofs(change: Change) -> list[tuple[str, Json]]:
    """The witnesses, each with everyone whom it breaks: `strict and tolerant readers`."""
    grouped: dict[str, tuple[list[str], Json]] = {}
    for audience, witness in shown_to_break(change).items():
        grouped.setdefault(compact(witness), ([], witness))[0].append(audience)
    return [(_all(audiences), witness) for audiences, witness in grouped.values()]


def shown_to_break(change: Change) -> dict[str, Json]:
    """Those whom a document breaks, each with it; nobody where only the rule says so."""
    return {audience: witness for audience, witness in change.breaks.items() if witness is not None}


def why(change: Change) -> str:
    """Why a change has its level, where no document shows it and somebody has to read on."""
    if change.level in (SAFE, IGNORED) and not change.found:
        return ""
    unseen = not shown_to_break(change) and rule_of(change.id).step != "patch"
    return change.reason if unseen or change.found else ""


def _all(audiences: list[str]) -> str:
    """`strict readers`, `tolerant readers` → `strict and tolerant readers`."""
    return " and ".join([one.removesuffix(" readers") for one in audiences[:-1]] + audiences[-1:])


def whom(change: Change) -> str:
    """Who breaks, in words; nothing where nobody does."""
    if breaks_only_strict(change):
        return "only readers that refuse undocumented members notice"
    if not change.breaks:
        return ""
    copes = SENDERS not in change.breaks and TOLERANT not in change.breaks
    return f"breaks {_all(list(change.breaks))}" + (", tolerant readers cope" if copes else "")


def sentence(audience: str, change: Change) -> str:
    """What a witness is, and what it does."""
    if audience == SENDERS:
        return "a request that was accepted and no longer is"
    if breaks_only_strict(change):
        return "an answer that is new: only readers that refuse undocumented members break"
    return f"an answer that was not possible, and that breaks {audience}"


def counted(review: Review) -> str:
    """How many changes of which level."""
    counts = {level: len([c for c in review.changes if c.level == level]) for level in LEVELS}
    text = ", ".join(f"{count} {level}" for level, count in counts.items() if count) or "no change"
    accepted = sum(bool(change.accepted) for change in review.changes)
    return text + (f" ({accepted} accepted)" if accepted else "")


def formats(review: Review) -> str:
    """The policy on `format`."""
    return "format asserted" if review.formats else "format not asserted"
