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

from generations_contract.containment.decide import CONTAINED, NOT_CONTAINED, UNSUPPORTED, Limits, Verdict
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
from generations_contract.regression.verdicts.questions import Questions, own
from generations_contract.regression.verdicts.silent import spoken
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import Unit, role_of

_SAID: Final = (
    "default", "description", "deprecated", "contentEncoding", "contentMediaType", "contentSchema"
)  # fmt: skip
BREAKING_MAX: Final = 4
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


def schema_changes(
    old: Contract, new: Contract, *, formats: bool, limits: Limits | None = None
) -> list[Change]:
    """Every change of the schemas, the worst first. `formats`: whether `format` is asserted."""
    questions = Questions(old, new, formats, limits or Limits())
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
    found, levels = _in_units(questions, edit, base, units, is_only=is_only)
    worst = min(found, key=lambda change: (LEVELS.index(change.level), -len(change.breaks)))
    return _Judged(worst, levels)


def _in_units(
    questions: Questions, edit: Edit, base: Change, units: list[Unit], *, is_only: bool
) -> tuple[list[Change], list[tuple[Unit, Level]]]:
    """The edit's change in one unit after the other, and its level in each.

    Units that are equal in both versions share an answer, and a change that was seen to break enough units of a
    direction is taken to break the others: that it fails is known by then.
    """
    blame, found = Blame(questions, edit), list[tuple[bool, Change]]()
    levels: list[tuple[Unit, Level]] = []
    known: dict[tuple[bool, bytes, bytes], Level] = {}
    for unit in units:
        key = unit.is_sent, questions.old.key(own(questions.old, unit)), questions.new.key(unit)
        breaking = [one for sent, one in found if one.level == BREAKING and sent is unit.is_sent]
        if len(breaking) >= BREAKING_MAX or any(len(one.breaks) == 2 for one in breaking):
            known.setdefault(key, BREAKING)
        if key not in known:
            here = replace(base, id=named(edit, unit.role), unit=unit.name)
            asks = not any(one.breaks for _, one in found)
            change = (
                _concluded(
                    questions, unit, here, questions.new, questions.together(unit), "witness", asks=asks
                )
                if is_only
                else _among_others(blame, unit, here, asks=asks)
            )
            found.append((unit.is_sent, change))
            known[key] = change.level
        levels.append((unit, known[key]))
    return [change for _, change in found], levels


def _annotated(questions: Questions, edit: Edit, units: list[Unit]) -> Change:
    """The change of what no document can tell: its rule says how bad it is, and senders are thought of first."""
    sent = [unit for unit in units if unit.is_sent]
    base = _unjudged(questions, edit, next(iter(sent or units), None))
    policy = edit.kind in _SAID and units
    reason = "no document can tell" if units else _UNREACHED
    return replace(base, level=POLICY if policy else SAFE, reason=reason)


def _touched(questions: Questions, edit: Edit) -> list[Unit]:
    """The new version's units, of those in both, in which the edited schema takes part, in either."""
    old, new = questions.old.holders(edit.old_holder), questions.new.holders(edit.new_holder)
    return [
        unit
        for unit in questions.new.units()
        if questions.old.unit(unit.key) is not None and (unit.key in old or unit.key in new)
    ]


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


def _among_others(blame: Blame, unit: Unit, base: Change, *, asks: bool) -> Change:
    """The change of one edit of several.

    Where the whole change is not contained, the best witness is broken by it and saved by undoing this edit;
    it also finds the edits that break only together. Then one of the edit alone; then, where it cannot be
    made alone, of the whole.
    """
    questions, alone = blame.questions, blame.alone
    verdict = questions.asked(alone, unit)
    if verdict.outcome == CONTAINED and alone is not questions.new and blame.is_harmless(unit):
        return _safe(questions, unit, base, alone, _proved(verdict), asks=asks)
    together = questions.together(unit)
    if together.outcome == CONTAINED and alone is not questions.new:
        reason = _proved(verdict) if verdict.outcome == CONTAINED else _MADE_UP
        return _safe(questions, unit, base, alone, reason, asks=asks)
    if verdict.outcome == NOT_CONTAINED and blame.is_owed(verdict.witness, unit):
        return _concluded(questions, unit, base, alone, verdict, "witness", asks=asks)
    owed = blame.owed(unit)
    if owed.outcome == NOT_CONTAINED:
        reason = _TOGETHER if verdict.outcome == CONTAINED else "witness"
        return replace(base, level=BREAKING, reason=reason, breaks=blame.broken(unit, owed.witness))
    if verdict.outcome == UNSUPPORTED:  # what it refers to came with another edit
        alone, verdict = questions.new, owed if owed.outcome == CONTAINED else together
    return _concluded(questions, unit, base, alone, verdict, _MASKED, asks=asks)


def _shared(questions: Questions, judged: _Judged, met: defaultdict[Hashable, set[Level]]) -> Change:
    """The same change, or worse where all edits together break what none of them is to blame for."""
    for unit, _ in judged.levels:
        together = questions.together(unit)
        if together.outcome != CONTAINED and not met[unit.key] & {BREAKING, UNDECIDED}:
            return _concluded(questions, unit, judged.change, questions.new, together, _SHARED, asks=True)
    return judged.change


def _concluded(
    questions: Questions,
    unit: Unit,
    base: Change,
    version: Contract,
    verdict: Verdict,
    reason: str,
    *,
    asks: bool,
) -> Change:
    """The change with the level that a verdict on a version gives it, and whom that version breaks."""
    if verdict.outcome == CONTAINED:
        return _safe(questions, unit, base, version, _proved(verdict), asks=asks)
    if verdict.outcome != NOT_CONTAINED:
        return replace(base, level=UNDECIDED, reason=verdict.reason)
    breaks = questions.broken(version, unit, verdict.witness)
    return replace(base, level=BREAKING, reason=reason, breaks=breaks)


def _safe(
    questions: Questions, unit: Unit, base: Change, version: Contract, reason: str, *, asks: bool
) -> Change:
    """The change as one that the contract allows; `asks`: whom it breaks all the same is looked for."""
    return replace(base, reason=reason, breaks=questions.only_strict(version, unit) if asks else {})


def _proved(verdict: Verdict) -> str:
    return f"proved by {verdict.reason}"
