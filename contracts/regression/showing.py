"""A review for its readers: terminal, JSON, Markdown, JUnit, GitHub annotations.

Nothing is judged here. Every text of a schema is hostile until escaped: it may hold control characters,
markup, or what a workflow runner takes for a command.
"""

import json
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final
from xml.etree import ElementTree

from contracts import plain
from contracts.regression.containment.values import Json, compact
from contracts.regression.judging import BREAKING, LEVELS, UNDECIDED, Change
from contracts.regression.review import Review, breaks_only_strict

TEXT_MAX: Final = 60
ITEMS_MAX: Final = 10
# A place or a reason is shown whole.
printable: Final = partial(plain.printable, longest=None)
_MARKS: Final = {"breaking": "✗", "undecided": "?", "policy": "!", "safe": "✓"}


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


def _witness(value: Json) -> str:
    return printable(json.dumps(shortened(value), ensure_ascii=False))


def _place(change: Change) -> str:
    pointers = dict.fromkeys((change.old_pointer, change.new_pointer))
    return f"{change.file}#{' → #'.join(pointers)}"


def _whom(change: Change) -> str:
    return "breaks " + " and ".join(change.breaks) if change.breaks else ""


def _summary(review: Review) -> str:
    counts = {level: len([c for c in review.changes if c.level == level]) for level in LEVELS}
    told = ", ".join(f"{count} {level}" for level, count in counts.items() if count) or "no change"
    accepted = sum(bool(change.accepted) for change in review.changes)
    return told + (f" ({accepted} accepted)" if accepted else "")


def _policy(review: Review) -> str:
    return "format asserted" if review.formats else "format not asserted"


def terminal(review: Review) -> str:
    """Plain text, a few lines a change."""
    lines = [f"{review.old} → {review.new} ({_policy(review)})"]
    for change in review.changes:
        mark = "~" if change.accepted else _MARKS[change.level]
        whom = _whom(change)
        lines.append(f"{mark} {change.level:9} {change.id}  {_place(change)}  [{change.fingerprint}]")
        lines.append(f"    {change.text}" + (f"  — {whom}" if whom else ""))
        if change.accepted:
            lines.append(f"    accepted: {change.accepted}")
        elif change.level == UNDECIDED:
            lines.append(f"    undecided: {change.reason}")
        lines += [f"    {audience}: {_witness(witness)}" for audience, witness in change.breaks.items()]
    lines += [f"~ accepted but not met: {entry.fingerprint} ({entry.reason})" for entry in review.stale]
    lines.append(f"{_summary(review)}; version step: {review.step}")
    return "\n".join(printable(line) for line in lines) + "\n"


def as_json(review: Review) -> str:
    """Everything, witnesses whole; the keys are stable."""
    data: dict[str, Any] = {
        "old": review.old,
        "new": review.new,
        "formats": "asserted" if review.formats else "not asserted",
        "step": review.step,
        "counts": {level: len(review.counted(level)) for level in LEVELS},
        "changes": [_record(change) for change in review.changes],
        "stale": [{"fingerprint": entry.fingerprint, "reason": entry.reason} for entry in review.stale],
    }
    return json.dumps(data, indent=2) + "\n"


def _record(change: Change) -> dict[str, Json]:
    return {
        "id": change.id, "level": change.level, "file": change.file, "unit": change.unit,
        "old_pointer": change.old_pointer, "new_pointer": change.new_pointer, "text": change.text,
        "reason": change.reason, "breaks": change.breaks, "fingerprint": change.fingerprint,
        "accepted": change.accepted,
    }  # fmt: skip


def _code(text: str) -> str:
    """A Markdown code span that holds any text, in a table too."""
    text = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}"


def _plain(text: str) -> str:
    """Text in Markdown: no markup, no HTML, no mention."""
    return re.sub(r"([\\`*_{}\[\]<>#|@~])", r"\\\1", printable(text))


def markdown(review: Review) -> str:
    """For a pull request: one table, then the witnesses."""
    versions = f"{_code(review.old)} → {_code(review.new)}: **{_summary(review)}**."
    step = f"Version step: **{review.step}**. ({_policy(review).capitalize()}.)"
    lines = ["## Contract changes", "", f"{versions} {step}", ""]
    if review.changes:
        lines += ["| | change | where | what | breaks |", "|---|---|---|---|---|"]
    lines += [_row(change) for change in review.changes]
    for change in review.changes:
        lines += _proof(change)
    for entry in review.stale:
        lines += ["", f"Accepted but not met: {_code(entry.fingerprint)} ({_plain(entry.reason)})"]
    return "\n".join(lines) + "\n"


def _row(change: Change) -> str:
    level = "accepted" if change.accepted else change.level
    cells = [f"{_MARKS[change.level]} {level}", _code(change.id), _code(_place(change)), _code(change.text)]
    return f"| {' | '.join(cells)} | {', '.join(change.breaks) or '–'} |"


def _proof(change: Change) -> list[str]:
    lines = []
    for audience, witness in change.breaks.items():
        body = json.dumps(shortened(witness), ensure_ascii=False, indent=2)
        body = "\n".join(printable(line) for line in body.split("\n"))
        fence = "`" * max(3, max((len(run) for run in re.findall("`+", body)), default=0) + 1)
        title = f"<summary><code>{change.id}</code> {_told(audience)}</summary>"
        lines += ["", "<details>", title, "", f"{fence}json", body, fence, "", "</details>"]
    if change.accepted:
        lines += ["", f"{_code(change.id)} is accepted: {_plain(change.accepted)}"]
    elif change.level == UNDECIDED:
        lines += ["", f"{_code(change.id)} is undecided: {_plain(change.reason)}"]
    return lines


def _told(audience: str) -> str:
    if audience == "senders":
        return "a request that was accepted and no longer is"
    return f"an answer that was not possible, and that breaks {audience}"


def junit(review: Review) -> str:
    """One test case a change: breaking fails, undecided errs, accepted and policy are noted."""
    suite = ElementTree.Element("testsuite", name="contract changes", tests=str(len(review.changes)))
    counts = {"failures": review.counted(BREAKING), "errors": review.counted(UNDECIDED)}
    for name, changes in counts.items():
        suite.set(name, str(len(changes)))
    for change in review.changes:
        name = printable(f"{change.id} {_place(change)}")
        case = ElementTree.SubElement(suite, "testcase", classname=printable(change.file), name=name)
        told = printable(f"{change.text} {_whom(change)}")
        if change.accepted:
            ElementTree.SubElement(case, "skipped", message=printable(f"accepted: {change.accepted}"))
        elif change.level in (BREAKING, UNDECIDED):
            kind = "failure" if change.level == BREAKING else "error"
            found = ElementTree.SubElement(case, kind, message=told, type=change.level)
            found.text = "\n".join(
                f"{whom}: {_witness(w)}" for whom, w in change.breaks.items()
            ) or printable(change.reason)
        else:
            ElementTree.SubElement(case, "system-out").text = f"{change.level}: {told}"
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def github(review: Review) -> str:
    """Workflow commands: an annotation a change that wants attention."""
    lines = []
    for change in review.changes:
        if change.accepted or (change.level == "safe" and not breaks_only_strict(change)):
            continue
        kind = {"breaking": "error", "undecided": "warning", "policy": "notice", "safe": "notice"}[
            change.level
        ]
        body = f"{change.text}. {_whom(change).capitalize()}"
        if change.witness is not None:
            body += f"\n{compact(shortened(change.witness))}"
        place = f"file=schemas/{_property(change.file)},title={_property(change.id)}"
        lines.append(f"::{kind} {place}::{_data(body)}")
    lines.append(_data(f"{_summary(review)}; version step: {review.step}"))
    return "\n".join(lines) + "\n"


def _data(text: str) -> str:
    lines = [printable(line) for line in text.split("\n")]
    return "%0A".join(line.replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return printable(text).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")


FORMATS: Final[dict[str, Callable[[Review], str]]] = {
    "terminal": terminal,
    "json": as_json,
    "markdown": markdown,
    "junit": junit,
    "github": github,
}
