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

from contracts.regression.audiences import SENDERS, STRICT, TOLERANT, closed, tolerated
from contracts.regression.containment.decide import CONTAINED, NOT_CONTAINED, Limits, Verdict, decide
from contracts.regression.containment.dialect import UnsupportedSchemaError
from contracts.regression.containment.judges import Judge
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

    def changes(self) -> list[Change]:
        """Every change, the worst first."""
        found = [self._change(edit) for edit in edits_between(self.old, self.new)]
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
        alone, without = done(self.old, edit), undone(self.new, edit)
        if alone is None or not self._has(self.old, unit) or not self._has(self.new, unit):
            alone = self.new
        whole = self._asked(self.old, self.new, unit, "contract")
        verdict = self._asked(self.old, alone, unit, "contract")
        breaks = {
            name: w for name in _audiences(unit) if (w := self._broken(alone, unit, name)) is not ABSENT
        }
        if whole.outcome == CONTAINED and verdict.outcome != CONTAINED:
            return replace(base, reason="made up for by another change: the whole is proved contained")
        if verdict.outcome == CONTAINED:
            return replace(base, reason=f"proved by {verdict.reason}", breaks=_only(breaks, STRICT))
        if verdict.outcome != NOT_CONTAINED:
            return replace(base, level=UNDECIDED, reason=verdict.reason)
        blamed = self._is_blamed(verdict.witness, unit, without)
        reason = "witness" if blamed else "witness, judged alone: another change breaks that document too"
        if unit.is_sent:
            breaks = {SENDERS: verdict.witness}
        else:
            breaks = {STRICT: breaks.get(STRICT, verdict.witness), **_only(breaks, TOLERANT)}
        return replace(base, level=BREAKING, reason=reason, breaks=breaks)

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
        return Judge(contract.schema(self._own(contract, unit)), contract.dialect, formats=self.formats)

    def _own(self, contract: Contract, unit: Unit) -> Unit:
        return next(one for one in contract.units() if one.name == unit.name)

    def _broken(self, alone: Contract, unit: Unit, audience: str) -> Json:
        """The document that breaks an audience, or `ABSENT`."""
        verdict = self._asked(self.old, alone, unit, audience)
        return verdict.witness if verdict.outcome == NOT_CONTAINED else ABSENT

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


def _audiences(unit: Unit) -> tuple[str, ...]:
    return () if unit.is_sent else (STRICT, TOLERANT)


def _only(breaks: dict[str, Json], audience: str) -> dict[str, Json]:
    return {audience: breaks[audience]} if audience in breaks else {}


def _file_role(comparison: Comparison, edit: Edit) -> Role:
    return role_of(edit.file, {**comparison.old.roles, **comparison.new.roles})
