"""To which edit a broken document is owed: the question that undoes one edit and leaves all others.

An edit is to blame when some document is broken by the whole change and saved by undoing this edit alone.
That is one containment question over three schemas, the old, the new, and the new without the edit. Two
versions of one schema share their addresses, so each gets addresses of its own. No level is given here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import quote, urljoin

from generations_contract.api.subschemas import subschemas, walk
from generations_contract.containment.decide import UNSUPPORTED, Verdict
from generations_contract.containment.dialect import Dialect, UnsupportedSchemaError
from generations_contract.containment.values import Json
from generations_contract.regression.edits.edits import Edit, done, undone
from generations_contract.regression.verdicts.audiences import TOLERANT, tolerated
from generations_contract.regression.verdicts.questions import BY_PARTS, CONTRACT, Questions, has, own
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import Unit

_DYNAMIC: Final = frozenset({"$dynamicRef", "$recursiveRef"})


@dataclass
class Blame:
    """One edit of several: done alone to the old version, and undone in the new one."""

    questions: Questions
    edit: Edit

    @cached_property
    def alone(self) -> Contract:
        """The old version with this edit alone; the new version where the edit cannot be made alone."""
        return done(self.questions.completed[0], self.edit) or self.questions.new

    @cached_property
    def without(self) -> Contract | None:
        """The new version without this edit; nothing where it cannot be undone alone."""
        return undone(self.questions.completed[1], self.edit)

    def is_owed(self, witness: Json, unit: Unit) -> bool:
        """Whether the whole change breaks this document, and undoing the edit alone saves it."""
        if self.without is None or not has(self.without, unit):
            return False
        try:
            new, saved = (
                self.questions.accepts(one, unit, witness) for one in (self.questions.new, self.without)
            )
        except UnsupportedSchemaError:
            return False
        return new is not unit.is_sent and saved is unit.is_sent

    def owed(self, unit: Unit, reader: str = CONTRACT) -> Verdict:
        """Contained where no document is broken by the whole change and saved by undoing this edit alone."""
        old, new, without = self.questions.old, self.questions.new, self.without
        if without is None or not all(has(one, unit) for one in (old, new, without)):
            return Verdict(UNSUPPORTED, "the edit cannot be undone alone")
        if reader == CONTRACT and self.is_harmless(unit):
            return BY_PARTS
        asked = tolerated if reader == TOLERANT else Contract.schema
        schemas = [asked(one, own(one, unit)) for one in (old, without)]
        both = joined(schemas, "allOf" if unit.is_sent else "anyOf", new.dialect)
        if both is None:
            return Verdict(UNSUPPORTED, "the references are dynamic")
        whole = new.schema(own(new, unit))
        first, second = (both, whole) if unit.is_sent else (whole, both)
        return self.questions.decided(first, second, self.questions.examples(unit))

    def is_harmless(self, unit: Unit) -> bool:
        """Whether it is proved part by part that this edit, made last, breaks nothing that travels."""
        if self.without is None or not has(self.without, unit):
            return False
        sent, read = (
            (self.without, self.questions.new) if unit.is_sent else (self.questions.new, self.without)
        )
        return self.questions.by_parts(sent, own(sent, unit), read, own(read, unit))

    def broken(self, unit: Unit, witness: Json) -> dict[str, Json]:
        """Whom an owed document breaks, each with such a document."""
        # Where it shows other changes too, this edit must be what a reader stumbles over.
        readers = [one for one in (self.questions.old, self.without) if one is not None]
        return self.questions.broken_among(readers, unit, witness, lambda: self.owed(unit, TOLERANT))


def joined(schemas: list[Json], keyword: str, dialect: Dialect) -> Json | None:
    """One schema out of complete ones, under `allOf` or `anyOf`; nothing where references are dynamic."""
    if any(_DYNAMIC & inner.keys() for schema in schemas for inner in walk(schema)):
        return None
    homes = [f"https://version-{place}.invalid/" for place in range(len(schemas))]
    parts = {f"version-{place}": _moved(schemas[place], home) for place, home in enumerate(homes)}
    holder = "$defs" if dialect.is_modern else "definitions"
    return {"$schema": dialect.uri, keyword: [{"$ref": home} for home in homes], holder: parts}


def _moved(schema: Json, home: str) -> Json:
    """The schema at another address, with all that it embeds and refers to."""
    if not isinstance(schema, dict):
        return {"$id": home, "allOf": [schema]}
    root = str(schema.get("$id", home))
    addresses = {root: home}
    _collect(schema, root, addresses, home)
    return _rewritten(schema, root, addresses) | {"$id": home}


def _collect(schema: Json, base: str, addresses: dict[str, str], home: str) -> None:
    for _, inner in subschemas(schema):
        if isinstance(inner, dict):
            inside = _base(inner, base)
            if inside not in addresses:
                addresses[inside] = f"{home}{quote(inside, safe='')}"
            _collect(inner, inside, addresses, home)


def _base(schema: dict[str, Json], base: str) -> str:
    own = schema.get("$id")
    return urljoin(base, own) if isinstance(own, str) and not own.startswith("#") else base


def _rewritten(schema: Json, base: str, addresses: dict[str, str]) -> Json:
    if not isinstance(schema, dict):
        return schema
    base, copy = _base(schema, base), dict(schema)
    for path, inner in subschemas(schema):
        changed, keyword = _rewritten(inner, base, addresses), str(path[0])
        if len(path) == 1:
            copy[keyword] = changed
            continue
        if copy[keyword] is schema[keyword]:
            copy[keyword] = schema[keyword].copy()
        copy[keyword][path[1]] = changed
    if isinstance(schema.get("$id"), str) and not schema["$id"].startswith("#"):
        copy["$id"] = addresses[base]
    if isinstance(schema.get("$ref"), str):
        address, mark, fragment = urljoin(base, schema["$ref"]).partition("#")
        copy["$ref"] = f"{addresses.get(address, address)}{mark}{fragment}"
    copy.pop("$schema", None)
    return copy
