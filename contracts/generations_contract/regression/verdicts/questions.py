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

from generations_contract.containment.decide import (
    CONTAINED,
    NOT_CONTAINED,
    Limits,
    Verdict,
    decide,
)
from generations_contract.containment.validators import validator_pair
from generations_contract.containment.values import Json, shortened
from generations_contract.regression.edits.edits import completed
from generations_contract.regression.verdicts.audiences import (
    SENDERS,
    STRICT,
    TOLERANT,
    closed,
    shape_of,
    tolerated,
)
from generations_contract.regression.verdicts.congruence import Congruence
from generations_contract.regression.verdicts.reduced import Reduction
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.examples import examples_of
from generations_contract.regression.versions.units import OPENAPI, Unit

EQUAL: Final = Verdict(CONTAINED, "equality", proofs=("equality",))
BY_PARTS: Final = Verdict(CONTAINED, "solver, part by part", proofs=("solver",))
CONGRUENCES_MAX: Final = 8
CONTRACT: Final = "contract"  # the reader who goes by the schema, no more and no less


def has(contract: Contract, unit: Unit) -> bool:
    """Whether the version has the same unit."""
    return contract.unit(unit.key) is not None


def own(contract: Contract, unit: Unit) -> Unit:
    """The version's own same unit. Raises `LookupError` where it has none."""
    found = contract.unit(unit.key)
    if found is None:
        raise LookupError(unit.name)
    return found


@dataclass
class Questions:
    """Two versions of a contract, to be asked about. `formats`: whether `format` is asserted.

    Every question compares the old version with another one. Those about the new version are asked by every
    edit, so they are remembered; a version with one edit done is asked about once.
    """

    old: Contract
    new: Contract
    formats: bool = True
    limits: Limits = field(default_factory=Limits)
    _together: dict[Hashable, Verdict] = field(default_factory=dict)  # by unit and reader
    _answers: dict[tuple[str | bytes, ...], Verdict] = field(default_factory=dict)  # by what was asked
    _congruences: dict[tuple[int, int], Congruence] = field(default_factory=dict)
    _documented: dict[bytes, Json] = field(default_factory=dict)

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
        keys = sent.key(sender), read.key(receiver)
        if keys[0] == keys[1]:
            return EQUAL
        key = (reader, *keys)
        if key not in self._answers:
            self._answers[key] = self._answered(sent, sender, read, receiver, reader)
        return self._answers[key]

    def _answered(self, sent: Contract, sender: Unit, read: Contract, receiver: Unit, reader: str) -> Verdict:
        if reader == CONTRACT and self.by_parts(sent, sender, read, receiver):
            return BY_PARTS
        if reader == STRICT:
            first, second = closed(sent, sender), closed(read, receiver)
        else:
            second = tolerated(read, receiver) if reader == TOLERANT else read.schema(receiver)
            first = sent.schema(sender)
        examples = (*examples_of(sent, sender), *examples_of(read, receiver))
        likely = self._differing(sent, sender, read, receiver) if reader == CONTRACT else ()
        return self.decided(first, second, examples, likely)

    def by_parts(self, sent: Contract, sender: Unit, read: Contract, receiver: Unit) -> bool:
        """Whether it is proved part by part that what is sent under one version is read under the other."""
        pair = self._alike(sent, sender, read, receiver)
        return pair is not None and pair[0].contained(*pair[1:])

    def _alike(
        self, sent: Contract, sender: Unit, read: Contract, receiver: Unit
    ) -> tuple[Congruence, Json, Json] | None:
        """Both schemas as they stand in their documents, where all that they refer to is known by name."""
        for one, unit in ((sent, sender), (read, receiver)):
            if unit.file != OPENAPI or one.components_reached(unit) is None:
                return None
        first, second = sent.stated(sender), read.stated(receiver)
        sent, read = (one.towards(is_sent=sender.is_sent) for one in (sent, read))
        pair = id(sent), id(read)
        if pair not in self._congruences:
            if len(self._congruences) > CONGRUENCES_MAX:
                self._congruences.clear()
            self._congruences[pair] = Congruence(sent, read, self._part)
        return self._congruences[pair], first, second

    def _differing(self, sent: Contract, sender: Unit, read: Contract, receiver: Unit) -> tuple[Json, ...]:
        """A document that tells the two apart where all that is alike is left out: worth to be tried first."""
        if (pair := self._alike(sent, sender, read, receiver)) is None:
            return ()
        found = self.decided(*Reduction(pair[0]).pair(*pair[1:]), ())
        return (found.witness,) if found.outcome == NOT_CONTAINED else ()

    def _part(self, sent: Contract, first: Json, read: Contract, second: Json) -> bool:
        """Whether one schema within the first version is contained in one within the other."""
        names = sent.parts.reached(first, sent.components), read.parts.reached(second, read.components)
        if names[0] is None or names[1] is None:
            return False
        keys = (
            sent.parts.closure(first, names[0], sent.components),
            read.parts.closure(second, names[1], read.components),
        )
        if ("part", *keys) not in self._answers:
            whole = sent.complete(first, names[0]), read.complete(second, names[1])
            self._answers["part", *keys] = self.decided(*whole, ())
        return self._answers["part", *keys].outcome == CONTAINED

    def examples(self, unit: Unit) -> tuple[Json, ...]:
        """The examples of both versions, the sender's first."""
        versions = (self.old, self.new) if unit.is_sent else (self.new, self.old)
        return tuple(one for version in versions for one in examples_of(version, own(version, unit)))

    def decided(
        self, first: Json, second: Json, examples: tuple[Json, ...], likely: tuple[Json, ...] = ()
    ) -> Verdict:
        """Whether every document of the first schema is one of the second; `likely` ones are tried first."""
        return decide(
            first, second, draft=self.new.dialect.uri, formats=self.formats,
            examples=examples, likely=likely, limits=self.limits,
        )  # fmt: skip

    def accepts(self, contract: Contract, unit: Unit, document: Json) -> bool:
        """Whether a version accepts the document as this unit. Raises `UnsupportedSchemaError`."""
        schema = contract.schema(own(contract, unit))
        return validator_pair(schema, contract.dialect, formats=self.formats).accepts(document)

    def tolerates(self, contract: Contract, unit: Unit, document: Json) -> bool:
        """Whether a tolerant reader of a version accepts the document. Raises `UnsupportedSchemaError`."""
        schema = tolerated(contract, own(contract, unit))
        return validator_pair(schema, contract.dialect, formats=self.formats).accepts(document)

    def only_strict(self, version: Contract, unit: Unit) -> dict[str, Json]:
        """Whom a version breaks that the contract allows: readers who refuse what was not documented."""
        verdict: Verdict | None = None
        # What the whole change does not do to them, no part of it does.
        for one in () if unit.is_sent else (self.new, version):
            if self.documented(self.old, unit) == self.documented(one, unit):
                return {}
            verdict = self.asked(one, unit, STRICT)
            if verdict.outcome != NOT_CONTAINED:
                return {}
        return {STRICT: shortened(verdict.witness)} if verdict else {}

    def broken(self, version: Contract, unit: Unit, witness: Json) -> dict[str, Json]:
        """Whom a version breaks that the contract does not allow, each with a document."""
        return self.broken_among([self.old], unit, witness, lambda: self.asked(version, unit, TOLERANT))

    def broken_among(
        self, readers: list[Contract], unit: Unit, witness: Json, ask: Callable[[], Verdict]
    ) -> dict[str, Json]:
        """Senders; or readers, the tolerant ones by the same witness where it breaks them, else as asked."""
        if unit.is_sent:
            return {SENDERS: shortened(witness)}
        breaks = {STRICT: shortened(witness)}
        if not any(self.tolerates(reader, unit, witness) for reader in readers):
            return breaks | {TOLERANT: shortened(witness)}
        verdict = ask()
        return breaks | ({TOLERANT: shortened(verdict.witness)} if verdict.outcome == NOT_CONTAINED else {})

    def documented(self, contract: Contract, unit: Unit) -> Json:
        """What a version documents of a unit, to be compared with another."""
        unit = own(contract, unit)
        key = contract.key(unit)
        if key not in self._documented:
            self._documented[key] = shape_of(contract, unit).closing()
        return self._documented[key]
