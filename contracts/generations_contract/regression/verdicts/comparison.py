"""The verdict on every edit: whom it breaks, and the document that shows it.

Containment is asked in the direction in which the documents travel: what old senders send must still be
accepted, what the new server answers must still be readable. An edit is to blame for a document that the
whole change breaks and that undoing this edit, and nothing else, saves: that finds what several edits break
only together, too. An edit whose every document is broken by another one as well is judged alone, done to
the old version. When the whole new version is proved contained, its edits compensate each other and none is
breaking.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Final

from generations_contract.containment.decide import (
    CONTAINED,
    NOT_CONTAINED,
    UNSUPPORTED,
    Limits,
    Verdict,
    decide,
)
from generations_contract.containment.dialect import UnsupportedSchemaError
from generations_contract.containment.validators import Judge, judge_of
from generations_contract.containment.values import Json
from generations_contract.regression.edits.edits import ABSENT, Edit, completed, done, undone
from generations_contract.regression.edits.names import named, sentence, whole
from generations_contract.regression.edits.walk import edits_between
from generations_contract.regression.verdicts.audiences import (
    SENDERS,
    STRICT,
    TOLERANT,
    closed,
    shape_of,
    tolerated,
)
from generations_contract.regression.verdicts.blame import joined
from generations_contract.regression.verdicts.change import (
    BREAKING,
    LEVELS,
    POLICY,
    SAFE,
    UNDECIDED,
    Change,
    Level,
)
from generations_contract.regression.versions.document import Contract, Role, Unit, role_of

IN_VAIN_MAX: Final = 5
CONTRACT: Final = "contract"  # the reader who goes by the schema, no more and no less
_MADE_UP: Final = "made up for by another change: the whole is proved contained"
_MASKED: Final = "witness, judged alone: another change breaks that document too"
_TOGETHER: Final = "witness, harmless alone: breaks together with another change"
_SHARED: Final = "witness of all changes together: none is to blame alone"


@dataclass
class Comparison:
    """Two versions of a contract, and the questions about them. `formats`: whether `format` is asserted."""

    old: Contract
    new: Contract
    formats: bool = True
    limits: Limits = field(default_factory=lambda: Limits(time_s=2.0, prove_s=1.5))
    _answers: dict[tuple[int, int, str, str], Verdict] = field(default_factory=dict)
    _kept: list[Contract] = field(default_factory=list)
    _full: tuple[Contract, Contract] = field(init=False)
    _in_vain: int = 0
    _count: int = 0
    _met: defaultdict[str, set[Level]] = field(default_factory=lambda: defaultdict(set))

    def __post_init__(self) -> None:
        self._full = completed(self.old, self.new), completed(self.new, self.old)

    def changes(self) -> list[Change]:
        """Every change, the worst first."""
        edits = edits_between(self.old, self.new)
        self._count = len([edit for edit in edits if not edit.is_annotation])
        found = [(edit, self._change(edit)) for edit in edits]
        shared = [self._shared(edit, change) for edit, change in found]
        return sorted(shared, key=lambda change: LEVELS.index(change.level))

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
            sentence(edit),
            "",
            exact=sentence(edit, whole),
        )
        if edit.is_annotation:
            policy = edit.kind in ("default", "description", "deprecated")
            return replace(base, level=POLICY if policy else SAFE, reason="no document can tell: read it")
        if edit.kind == "schema-file":
            return self._whole_file(edit, base)
        if unit is None:
            return replace(base, reason="nothing that both versions have refers to it")
        found = [self._judged(edit, one, base) for one in units]
        for one, judged in zip(units, found, strict=True):
            self._met[one.name].add(judged.level)
        return min(found, key=lambda change: (LEVELS.index(change.level), -len(change.breaks)))

    def _touched(self, edit: Edit) -> list[Unit]:
        """The units of both versions in which the edited schema takes part, in either."""
        old_units = {unit.name: unit for unit in self.old.units()}
        touched = []
        for unit in [one for one in self.new.units() if one.name in old_units]:
            sides = [(self.new, unit, edit.new_holder), (self.old, old_units[unit.name], edit.old_holder)]
            if any(id(holder) in contract.reached(one) for contract, one, holder in sides):
                touched.append(unit)
        return touched

    def _shared(self, edit: Edit, change: Change) -> Change:
        """The same change, or worse where all edits together break what none of them is to blame for."""
        for unit in [] if edit.is_annotation or edit.kind == "schema-file" else self._touched(edit):
            together = self._asked(self.old, self.new, unit, CONTRACT)
            if together.outcome != CONTAINED and not self._met[unit.name] & {BREAKING, UNDECIDED}:
                return self._concluded(change, unit, self.new, together, _SHARED)
        return change

    def _whole_file(self, edit: Edit, base: Change) -> Change:
        if edit.first.new is ABSENT:
            return replace(base, level=POLICY, reason="a schema of the contract is gone")
        return replace(base, reason="a new schema: nobody relied on it")

    def _judged(self, edit: Edit, unit: Unit, base: Change) -> Change:
        base = replace(base, id=named(edit, unit.role), unit=unit.name)
        # Alone, the only edit is the new version itself.
        alone = (done(self._full[0], edit) if self._count > 1 else None) or self.new
        verdict, together = (self._asked(self.old, one, unit, CONTRACT) for one in (alone, self.new))
        if together.outcome == CONTAINED and alone is not self.new:
            reason = f"proved by {verdict.reason}" if verdict.outcome == CONTAINED else _MADE_UP
            return replace(base, reason=reason, breaks=self._strictly(alone, unit))
        if alone is self.new and self._count == 1:
            return self._concluded(base, unit, alone, verdict, "witness")
        return self._among_others(edit, unit, base, alone, verdict)

    def _among_others(
        self, edit: Edit, unit: Unit, base: Change, alone: Contract, verdict: Verdict
    ) -> Change:
        """The verdict on one edit of several that are not contained as a whole.

        The best witness is broken by the whole change and saved by undoing this edit; it also finds the edits
        that break only together. Then one of the edit alone; then, where it cannot be made alone, of the whole.
        """
        if verdict.outcome == NOT_CONTAINED and self._is_owed(verdict.witness, edit, unit):
            return self._concluded(base, unit, alone, verdict, "witness")
        owed = self._owed(edit, unit, CONTRACT)
        if owed.outcome == NOT_CONTAINED:
            harmless = verdict.outcome == CONTAINED
            return self._concluded(base, unit, edit, owed, _TOGETHER if harmless else "witness")
        if verdict.outcome == UNSUPPORTED:  # what it refers to came with another edit
            alone, verdict = self.new, self._asked(self.old, self.new, unit, CONTRACT)
            if owed.outcome == CONTAINED:
                verdict = owed
        return self._concluded(base, unit, alone, verdict, _MASKED)

    def _concluded(
        self, base: Change, unit: Unit, version: Contract | Edit, verdict: Verdict, reason: str
    ) -> Change:
        """The change with its level; `version` is what to ask the readers about."""
        if verdict.outcome == CONTAINED:
            breaks = self._strictly(version, unit) if isinstance(version, Contract) else {}
            return replace(base, reason=f"proved by {verdict.reason}", breaks=breaks)
        if verdict.outcome != NOT_CONTAINED:
            return replace(base, level=UNDECIDED, reason=verdict.reason)
        breaks = {SENDERS: verdict.witness} if unit.is_sent else self._readers(version, unit, verdict.witness)
        return replace(base, level=BREAKING, reason=reason, breaks=breaks)

    def _is_owed(self, witness: Json, edit: Edit, unit: Unit) -> bool:
        """Whether the whole change breaks this document, and undoing the edit alone saves it."""
        without = undone(self._full[1], edit)
        if without is None or not self._has(without, unit):
            return False
        try:
            new, saved = (self._judge(one, unit).accepts(witness) for one in (self.new, without))
        except UnsupportedSchemaError:
            return False
        return new is not unit.is_sent and saved is unit.is_sent

    def _owed(self, edit: Edit, unit: Unit, reader: str) -> Verdict:
        """Whether some document is broken by the whole change and saved by undoing this edit alone."""
        without = undone(self._full[1], edit)
        if without is None or not all(self._has(one, unit) for one in (self.old, self.new, without)):
            return Verdict(UNSUPPORTED, "the edit cannot be undone alone")
        kept = [tolerated(one) if reader == TOLERANT else one for one in (self.old, without)]
        schemas = [one.schema(self._own(one, unit)) for one in kept]
        both = joined(schemas, "allOf" if unit.is_sent else "anyOf", self.new.dialect)
        if both is None:
            return Verdict(UNSUPPORTED, "the references are dynamic")
        new = self.new.schema(self._own(self.new, unit))
        first, second = (both, new) if unit.is_sent else (new, both)
        return self._decided(first, second, self._examples(unit))

    def _strictly(self, alone: Contract, unit: Unit) -> dict[str, Json]:
        """Whom a change breaks that the contract allows: readers who refuse what was not documented."""
        verdict: Verdict | None = None
        # What the whole change does not do to them, no part of it does.
        for version in () if unit.is_sent else (self.new, alone):
            if self._closing(self.old, unit) == self._closing(version, unit):
                return {}
            verdict = self._asked(self.old, version, unit, STRICT)
            if verdict.outcome != NOT_CONTAINED:
                return {}
        return {STRICT: verdict.witness} if verdict else {}

    def _closing(self, contract: Contract, unit: Unit) -> Json:
        return shape_of(contract, self._own(contract, unit)).closing()

    def _readers(self, version: Contract | Edit, unit: Unit, witness: Json) -> dict[str, Json]:
        """Which readers an answer breaks that the contract does not allow; the same one where it does."""
        breaks = {STRICT: witness}
        without = undone(self._full[1], version) if isinstance(version, Edit) else None
        # Of a document that shows other changes too, this edit must be what the reader stumbles over.
        readers = [tolerated(one) for one in (self.old, without) if one is not None]
        if not any(self._judge(reader, unit).accepts(witness) for reader in readers):
            return breaks | {TOLERANT: witness}
        if isinstance(version, Edit):
            verdict = self._owed(version, unit, TOLERANT)
        else:
            verdict = self._asked(self.old, version, unit, TOLERANT)
        return breaks | ({TOLERANT: verdict.witness} if verdict.outcome == NOT_CONTAINED else {})

    def _has(self, contract: Contract, unit: Unit) -> bool:
        return any(one.name == unit.name for one in contract.units())

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
        if reader == STRICT:
            first, second = closed(sent, sender), closed(read, receiver)
        else:
            second = (tolerated(read) if reader == TOLERANT else read).schema(receiver)
            first = sent.schema(sender)
        return self._decided(first, second, (*sent.examples(sender), *read.examples(receiver)))

    def _examples(self, unit: Unit) -> tuple[Json, ...]:
        """The examples of both versions, the sender's first."""
        versions = (self.old, self.new) if unit.is_sent else (self.new, self.old)
        return tuple(one for version in versions for one in version.examples(self._own(version, unit)))

    def _decided(self, first: Json, second: Json, examples: tuple[Json, ...]) -> Verdict:
        # Where nothing helps, the next question is not looked into as long as the first.
        limits = self.limits if self._in_vain < IN_VAIN_MAX else replace(self.limits, time_s=0.1, prove_s=0.1)
        draft = self.new.dialect.uri
        verdict = decide(first, second, draft=draft, formats=self.formats, examples=examples, limits=limits)
        self._in_vain += verdict.outcome == UNDECIDED
        return verdict


def _file_role(comparison: Comparison, edit: Edit) -> Role:
    return role_of(edit.file, {**comparison.old.roles, **comparison.new.roles})
