"""The verdict on every edit of the schemas: whom it breaks, and the document that shows it.

An edit is to blame for a document that the whole change breaks and that undoing this edit, and nothing else,
saves: that finds what several edits break only together, too. An edit whose every document is broken by
another one as well is judged alone, done to the old version. When the whole new version is proved contained,
its edits compensate each other and none is breaking. Which containment questions are asked is in `questions`
and `blame`; no schema is built here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable
from dataclasses import dataclass, replace
from typing import Final

from generations_contract.containment.decide import CONTAINED, NOT_CONTAINED, UNSUPPORTED, Verdict
from generations_contract.regression.edits.edits import ABSENT, Edit
from generations_contract.regression.edits.names import named, sentence, whole
from generations_contract.regression.edits.walk import edits_between
from generations_contract.regression.verdicts.blame import Blame
from generations_contract.regression.verdicts.change import (
    BREAKING,
    LEVELS,
    POLICY,
    SAFE,
    UNDECIDED,
    Change,
    Level,
)
from generations_contract.regression.verdicts.questions import Questions
from generations_contract.regression.verdicts.silent import spoken
from generations_contract.regression.versions.document import Contract, role_of
from generations_contract.regression.versions.units import Unit

_SAID: Final = (
    "default", "description", "deprecated", "contentEncoding", "contentMediaType", "contentSchema"
)  # fmt: skip
_MADE_UP: Final = "made up for by another change: the whole is proved contained"
_MASKED: Final = "witness, judged alone: another change breaks that document too"
_TOGETHER: Final = "witness, harmless alone: breaks together with another change"
_UNREACHED: Final = "nothing that both versions have refers to it"
_SHARED: Final = "witness of all changes together: none is to blame alone"


@dataclass(frozen=True)
class _Judged:
    """The change that an edit is, and its level in each unit in which it was judged."""

    change: Change
    levels: list[tuple[Unit, Level]]


def schema_changes(old: Contract, new: Contract, *, formats: bool) -> list[Change]:
    """Every change of the schemas, the worst first. `formats`: whether `format` is asserted."""
    questions = Questions(old, new, formats)
    edits = edits_between(old, new)
    is_only = sum(not edit.is_annotation for edit in edits) == 1
    judged = [_judged(questions, edit, is_only=is_only) for edit in edits]
    met: defaultdict[Hashable, set[Level]] = defaultdict(set)
    for one in judged:
        for unit, level in one.levels:
            met[unit.key].add(level)
    changes = [
        spoken(edit, _shared(questions, one, met), _touched(questions, edit), new)
        for edit, one in zip(edits, judged, strict=True)
    ]
    return sorted(changes, key=lambda change: LEVELS.index(change.level))


def _judged(questions: Questions, edit: Edit, *, is_only: bool) -> _Judged:
    """The edit's change: in the unit in which it is worst."""
    units = _touched(questions, edit)
    if edit.is_annotation:
        return _Judged(_annotated(questions, edit, units), [])
    base = _unjudged(questions, edit, units[0] if units else None)
    if edit.kind == "schema-file":
        return _Judged(_whole_file(edit, base), [])
    if not units:
        return _Judged(replace(base, reason=_UNREACHED), [])
    blame = Blame(questions, edit)
    found = []
    for unit in units:
        known = replace(base, id=named(edit, unit.role), unit=unit.name)
        found.append(
            _concluded(questions, unit, known, questions.new, questions.together(unit), "witness")
            if is_only
            else _among_others(blame, unit, known)
        )
    worst = min(found, key=lambda change: (LEVELS.index(change.level), -len(change.breaks)))
    return _Judged(worst, [(unit, change.level) for unit, change in zip(units, found, strict=True)])


def _annotated(questions: Questions, edit: Edit, units: list[Unit]) -> Change:
    """The change of what no document can tell: its rule says how bad it is, and senders are thought of first."""
    sent = [unit for unit in units if unit.is_sent]
    base = _unjudged(questions, edit, next(iter(sent or units), None))
    policy = edit.kind in _SAID and units
    reason = "no document can tell" if units else _UNREACHED
    return replace(base, level=POLICY if policy else SAFE, reason=reason)


def _touched(questions: Questions, edit: Edit) -> list[Unit]:
    """The new version's units, of those in both, in which the edited schema takes part, in either."""
    old, new = questions.old, questions.new
    old_units = {unit.key: unit for unit in old.units()}
    touched = []
    for unit in [one for one in new.units() if one.key in old_units]:
        sides = [(new, unit, edit.new_holder), (old, old_units[unit.key], edit.old_holder)]
        if any(id(holder) in contract.reached(one) for contract, one, holder in sides):
            touched.append(unit)
    return touched


def _unjudged(questions: Questions, edit: Edit, unit: Unit | None) -> Change:
    """The change that an edit is, named and located; safe until it is judged."""
    role = unit.role if unit else role_of(edit.file, {**questions.old.roles, **questions.new.roles})
    return Change(
        named(edit, role),
        SAFE,
        edit.file,
        unit.name if unit else "",
        edit.old_pointer,
        edit.new_pointer,
        sentence(edit),
        "",
        exact=sentence(edit, whole),
    )


def _whole_file(edit: Edit, base: Change) -> Change:
    if edit.first.new is ABSENT:
        return replace(base, level=POLICY, reason="a schema of the contract is gone")
    return replace(base, reason="a new schema: nobody relied on it")


def _among_others(blame: Blame, unit: Unit, base: Change) -> Change:
    """The change of one edit of several.

    Where the whole change is not contained, the best witness is broken by it and saved by undoing this edit;
    it also finds the edits that break only together. Then one of the edit alone; then, where it cannot be
    made alone, of the whole.
    """
    questions, alone = blame.questions, blame.alone
    verdict, together = questions.asked(alone, unit), questions.together(unit)
    if together.outcome == CONTAINED and alone is not questions.new:
        reason = _proved(verdict) if verdict.outcome == CONTAINED else _MADE_UP
        return replace(base, reason=reason, breaks=questions.only_strict(alone, unit))
    if verdict.outcome == NOT_CONTAINED and blame.is_owed(verdict.witness, unit):
        return _concluded(questions, unit, base, alone, verdict, "witness")
    owed = blame.owed(unit)
    if owed.outcome == NOT_CONTAINED:
        reason = _TOGETHER if verdict.outcome == CONTAINED else "witness"
        return replace(base, level=BREAKING, reason=reason, breaks=blame.broken(unit, owed.witness))
    if verdict.outcome == UNSUPPORTED:  # what it refers to came with another edit
        alone, verdict = questions.new, owed if owed.outcome == CONTAINED else together
    return _concluded(questions, unit, base, alone, verdict, _MASKED)


def _shared(questions: Questions, judged: _Judged, met: defaultdict[Hashable, set[Level]]) -> Change:
    """The same change, or worse where all edits together break what none of them is to blame for."""
    for unit, _ in judged.levels:
        together = questions.together(unit)
        if together.outcome != CONTAINED and not met[unit.key] & {BREAKING, UNDECIDED}:
            return _concluded(questions, unit, judged.change, questions.new, together, _SHARED)
    return judged.change


def _concluded(
    questions: Questions, unit: Unit, base: Change, version: Contract, verdict: Verdict, reason: str
) -> Change:
    """The change with the level that a verdict on a version gives it, and whom that version breaks."""
    if verdict.outcome == CONTAINED:
        return replace(base, reason=_proved(verdict), breaks=questions.only_strict(version, unit))
    if verdict.outcome != NOT_CONTAINED:
        return replace(base, level=UNDECIDED, reason=verdict.reason)
    breaks = questions.broken(version, unit, verdict.witness)
    return replace(base, level=BREAKING, reason=reason, breaks=breaks)


def _proved(verdict: Verdict) -> str:
    return f"proved by {verdict.reason}"
