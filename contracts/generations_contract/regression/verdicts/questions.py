"""The containment questions about two versions of a contract, and what was answered before.

A question goes in the direction in which the documents travel: what old senders send must still be accepted,
what the new server answers must still be readable. Which edit is to blame, and how bad it is, is not said
here.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from generations_contract.containment.decide import NOT_CONTAINED, UNDECIDED, Limits, Verdict, decide
from generations_contract.containment.validators import validator_pair
from generations_contract.containment.values import Json
from generations_contract.regression.edits.edits import completed
from generations_contract.regression.verdicts.audiences import (
    SENDERS,
    STRICT,
    TOLERANT,
    closed,
    shape_of,
    tolerated,
)
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import Unit

IN_VAIN_MAX: Final = 5
LIMITS: Final = Limits(time_s=2.0, prove_s=1.5)
LIMITS_IN_VAIN: Final = Limits(time_s=0.1, prove_s=0.1)
CONTRACT: Final = "contract"  # the reader who goes by the schema, no more and no less


def has(contract: Contract, unit: Unit) -> bool:
    """Whether the version has the same unit."""
    return any(one.key == unit.key for one in contract.units())


def own(contract: Contract, unit: Unit) -> Unit:
    """The version's own same unit. Raises `StopIteration` where it has none."""
    return next(one for one in contract.units() if one.key == unit.key)


@dataclass
class Questions:
    """Two versions of a contract, to be asked about. `formats`: whether `format` is asserted.

    Every question compares the old version with another one. Those about the new version are asked by every
    edit, so they are remembered; a version with one edit done is asked about once.
    """

    old: Contract
    new: Contract
    formats: bool = True
    _together: dict[Hashable, Verdict] = field(default_factory=dict)  # by unit and reader
    _in_vain: int = 0

    @cached_property
    def completed(self) -> tuple[Contract, Contract]:
        """Both versions, each with the definitions and files that only the other has: for edits made alone."""
        return completed(self.old, self.new), completed(self.new, self.old)

    def together(self, unit: Unit, reader: str = CONTRACT) -> Verdict:
        """Whether what travels under one version is understood under the other, by this reader."""
        key = unit.key, reader
        if key not in self._together:
            self._together[key] = self._asked(self.new, unit, reader)
        return self._together[key]

    def asked(self, version: Contract, unit: Unit, reader: str = CONTRACT) -> Verdict:
        """The same about the old version and another one, which may be the new version itself."""
        return self.together(unit, reader) if version is self.new else self._asked(version, unit, reader)

    def _asked(self, version: Contract, unit: Unit, reader: str) -> Verdict:
        sent, read = (self.old, version) if unit.is_sent else (version, self.old)
        sender, receiver = own(sent, unit), own(read, unit)
        if reader == STRICT:
            first, second = closed(sent, sender), closed(read, receiver)
        else:
            second = (tolerated(read) if reader == TOLERANT else read).schema(receiver)
            first = sent.schema(sender)
        return self.decided(first, second, (*sent.examples(sender), *read.examples(receiver)))

    def examples(self, unit: Unit) -> tuple[Json, ...]:
        """The examples of both versions, the sender's first."""
        versions = (self.old, self.new) if unit.is_sent else (self.new, self.old)
        return tuple(one for version in versions for one in version.examples(own(version, unit)))

    def decided(self, first: Json, second: Json, examples: tuple[Json, ...]) -> Verdict:
        """Whether every document of the first schema is one of the second."""
        # Where nothing helps, the next question is not looked into as long as the first.
        limits = LIMITS if self._in_vain < IN_VAIN_MAX else LIMITS_IN_VAIN
        draft = self.new.dialect.uri
        verdict = decide(first, second, draft=draft, formats=self.formats, examples=examples, limits=limits)
        self._in_vain += verdict.outcome == UNDECIDED
        return verdict

    def accepts(self, contract: Contract, unit: Unit, document: Json) -> bool:
        """Whether a version accepts the document as this unit. Raises `UnsupportedSchemaError`."""
        schema = contract.schema(own(contract, unit))
        return validator_pair(schema, contract.dialect, formats=self.formats).accepts(document)

    def only_strict(self, version: Contract, unit: Unit) -> dict[str, Json]:
        """Whom a version breaks that the contract allows: readers who refuse what was not documented."""
        verdict: Verdict | None = None
        # What the whole change does not do to them, no part of it does.
        for one in () if unit.is_sent else (self.new, version):
            if _documented(self.old, unit) == _documented(one, unit):
                return {}
            verdict = self.asked(one, unit, STRICT)
            if verdict.outcome != NOT_CONTAINED:
                return {}
        return {STRICT: verdict.witness} if verdict else {}

    def broken(self, version: Contract, unit: Unit, witness: Json) -> dict[str, Json]:
        """Whom a version breaks that the contract does not allow, each with a document."""
        return self.broken_among([self.old], unit, witness, lambda: self.asked(version, unit, TOLERANT))

    def broken_among(
        self, readers: list[Contract], unit: Unit, witness: Json, ask: Callable[[], Verdict]
    ) -> dict[str, Json]:
        """Senders; or readers, the tolerant ones by the same witness where it breaks them, else as asked."""
        if unit.is_sent:
            return {SENDERS: witness}
        breaks = {STRICT: witness}
        if not any(self.accepts(tolerated(reader), unit, witness) for reader in readers):
            return breaks | {TOLERANT: witness}
        verdict = ask()
        return breaks | ({TOLERANT: verdict.witness} if verdict.outcome == NOT_CONTAINED else {})


def _documented(contract: Contract, unit: Unit) -> Json:
    return shape_of(contract, own(contract, unit)).closing()
