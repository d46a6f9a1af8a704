"""The verdict on every edit: whom it breaks, and the document that shows it.

Containment is asked in the direction in which the documents travel: what old senders send must still be
accepted, what the new server answers must still be readable. An edit is judged alone, done to the old
version, and blamed for a witness only if undoing it in the new version, and nothing else, saves that
document. When the whole new version is proved contained, its edits compensate each other and none is
breaking.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Final, Literal

from contracts.regression.audiences import SENDERS, STRICT, TOLERANT, closed, shape_of, tolerated
from contracts.regression.containment.decide import CONTAINED, NOT_CONTAINED, Limits, Verdict, decide
from contracts.regression.containment.dialect import UnsupportedSchemaError
from contracts.regression.containment.judges import Judge, judge_of
from contracts.regression.containment.values import Json
from contracts.regression.contract import Contract, Role, Unit, role_of
from contracts.regression.edits import ABSENT, Edit, done, undone
from contracts.regression.naming import named, told
from contracts.regression.walking import edits_between

Level = Literal["breaking", "undecided", "policy", "safe"]
BREAKING: Final = "breaking"
UNDECIDED: Final = "undecided"
POLICY: Final = "policy"
SAFE: Final = "safe"
CONTRACT: Final = "contract"  # the reader who goes by the schema, no more and no less
LEVELS: Final = (BREAKING, UNDECIDED, POLICY, SAFE)


@dataclass(frozen=True)
class Change:
    """One edit with its verdict. `breaks` maps an audience to the document that breaks it, or to `None`.

    `unit` is what travels (a body, a parameter); pointers are JSON Pointers within `file`.
    """

    id: str
    level: Level
    file: str
    unit: str
    old_pointer: str
    new_pointer: str
    text: str
    reason: str
    breaks: dict[str, Json] = field(default_factory=dict)
    accepted: str = ""

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that name this change of this place, whatever else changed."""
        named_by = "\n".join((self.id, self.file, self.old_pointer, self.new_pointer, self.text))
        return hashlib.sha256(named_by.encode()).hexdigest()[:12]

    @property
    def witness(self) -> Json:
        """The document to show: for the audience that breaks first."""
        return next((w for w in self.breaks.values() if w is not None), None)


@dataclass
class Comparison:
    """Two versions of a contract, and the questions about them. `formats`: whether `format` is asserted."""

    old: Contract
    new: Contract
    formats: bool = True
    limits: Limits = field(default_factory=lambda: Limits(time_s=1.0, prove_s=0.5))
    _answers: dict[tuple[int, int, str, str], Verdict] = field(default_factory=dict)
    _kept: list[Contract] = field(default_factory=list)
    _count: int = 0

    def changes(self) -> list[Change]:
        """Every change, the worst first."""
        edits = edits_between(self.old, self.new)
        self._count = len([edit for edit in edits if not edit.is_annotation])
        found = [self._change(edit) for edit in edits]
        return sorted(found, key=lambda change: LEVELS.index(change.level))

    def _change(self, edit: Edit) -> Change:
        units = self._touched(edit)
        unit = units[0] if units else None
        role = unit.role if unit else _file_role(self, edit)
        base = Change(
            named(edit, role),
            SAFE,
            edit.file,
            unit.name if unit else "",
            edit.old_pointer,
            edit.new_pointer,
            told(edit),
            "",
        )
        if edit.is_annotation:
            policy = edit.kind in ("default", "description", "deprecated")
            return replace(base, level=POLICY if policy else SAFE, reason="no document can tell: read it")
        if edit.kind == "schema-file":
            return self._whole_file(edit, base)
        if unit is None:
            return replace(base, reason="nothing refers to it")
        found = [self._judged(edit, one, base) for one in units]
        return min(found, key=lambda change: (LEVELS.index(change.level), -len(change.breaks)))

    def _touched(self, edit: Edit) -> list[Unit]:
        """The units in which the edited schema takes part, in either version."""
        old_units = {unit.name: unit for unit in self.old.units()}
        touched = []
        for unit in self.new.units():
            sides = [(self.new, unit, edit.new_holder), (self.old, old_units.get(unit.name), edit.old_holder)]
            if any(u is not None and id(holder) in contract.reached(u) for contract, u, holder in sides):
                touched.append(unit)
        return touched

    def _whole_file(self, edit: Edit, base: Change) -> Change:
        if edit.first.new is ABSENT:
            return replace(base, level=POLICY, reason="a schema of the contract is gone")
        return replace(base, reason="a new schema: nobody relied on it")

    def _judged(self, edit: Edit, unit: Unit, base: Change) -> Change:
        base = replace(base, id=named(edit, unit.role), unit=unit.name)
        both = self._has(self.old, unit) and self._has(self.new, unit)
        # Alone, the only edit is the new version itself.
        alone = done(self.old, edit) if both and self._count > 1 else self.new
        alone = alone or self.new
        verdict = self._asked(self.old, alone, unit, CONTRACT)
        if verdict.outcome == CONTAINED:
            reason = f"proved by {verdict.reason}"
            return replace(base, reason=reason, breaks=self._strictly(alone, unit))
        if self._asked(self.old, self.new, unit, CONTRACT).outcome == CONTAINED:
            return replace(base, reason="made up for by another change: the whole is proved contained")
        if verdict.outcome != NOT_CONTAINED:
            return replace(base, level=UNDECIDED, reason=verdict.reason)
        blamed = self._is_blamed(verdict.witness, unit, undone(self.new, edit))
        reason = "witness" if blamed else "witness, judged alone: another change breaks that document too"
        breaks = {SENDERS: verdict.witness} if unit.is_sent else self._readers(alone, unit, verdict.witness)
        return replace(base, level=BREAKING, reason=reason, breaks=breaks)

    def _strictly(self, alone: Contract, unit: Unit) -> dict[str, Json]:
        """Whom a change breaks that the contract allows: readers who refuse what was not documented."""
        if unit.is_sent or self._closing(self.old, unit) == self._closing(alone, unit):
            return {}
        verdict = self._asked(self.old, alone, unit, STRICT)
        return {STRICT: verdict.witness} if verdict.outcome == NOT_CONTAINED else {}

    def _closing(self, contract: Contract, unit: Unit) -> Json:
        return shape_of(contract, self._own(contract, unit)).closing()

    def _readers(self, alone: Contract, unit: Unit, witness: Json) -> dict[str, Json]:
        """Which readers an answer breaks that the contract does not allow; the same one where it does."""
        breaks = {STRICT: witness}
        tolerant = tolerated(self.old)
        if not self._judge(tolerant, unit).accepts(witness):
            return breaks | {TOLERANT: witness}
        verdict = self._asked(self.old, alone, unit, TOLERANT)
        return breaks | ({TOLERANT: verdict.witness} if verdict.outcome == NOT_CONTAINED else {})

    def _has(self, contract: Contract, unit: Unit) -> bool:
        return any(one.name == unit.name for one in contract.units())

    def _is_blamed(self, witness: Json, unit: Unit, without: Contract | None) -> bool:
        """Whether undoing the edit, and nothing else, saves the document."""
        if without is None:
            return False
        accepting, refusing = (without, None) if unit.is_sent else (None, without)
        try:
            if accepting is not None:
                return self._judge(accepting, unit).accepts(witness)
            return refusing is not None and not self._judge(refusing, unit).accepts(witness)
        except (UnsupportedSchemaError, StopIteration):
            return False

    def _judge(self, contract: Contract, unit: Unit) -> Judge:
        return judge_of(contract.schema(self._own(contract, unit)), contract.dialect, formats=self.formats)

    def _own(self, contract: Contract, unit: Unit) -> Unit:
        return next(one for one in contract.units() if one.name == unit.name)

    def _asked(self, old: Contract, new: Contract, unit: Unit, reader: str) -> Verdict:
        """Whether what travels under one version is understood under the other, by this reader."""
        key = (id(old), id(new), unit.name, reader)
        if key not in self._answers:
            self._kept += [old, new]
            self._answers[key] = self._decide(old, new, unit, reader)
        return self._answers[key]

    def _decide(self, old: Contract, new: Contract, unit: Unit, reader: str) -> Verdict:
        sent, read = (old, new) if unit.is_sent else (new, old)
        sender, receiver = self._own(sent, unit), self._own(read, unit)
        examples = (*sent.examples(sender), *read.examples(receiver))
        if reader == STRICT:
            first, second = closed(sent, sender), closed(read, receiver)
        else:
            second = (tolerated(read) if reader == TOLERANT else read).schema(receiver)
            first = sent.schema(sender)
        return decide(
            first, second, draft=sent.dialect.uri, formats=self.formats, examples=examples, limits=self.limits
        )


def _file_role(comparison: Comparison, edit: Edit) -> Role:
    return role_of(edit.file, {**comparison.old.roles, **comparison.new.roles})
