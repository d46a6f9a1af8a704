"""Containment part by part: two schemas that are built alike, of parts each contained in its counterpart.

Nothing is refuted here: "not so" only means that the whole has to be asked about. A part counts where it stands in
a place that grows with it (a member, an item, a branch of `allOf` or `anyOf`), and components are compared by name:
what holds of all of them, assumed of those they refer to, holds of every finite document. What is left once equal
parts are taken out is a small question of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

from generations_contract.api.pointers import at
from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.versions.document import OPENAPI, Contract

# What these say depends on what their neighbours have looked at, or on where they stand: taken as a whole.
_WHOLE: Final = frozenset({"unevaluatedItems", "unevaluatedProperties", "$defs", "definitions"})
_CONDITION: Final = ("if", "then", "else")
_APART_DEPTH_MAX: Final = 5
_TYPES: Final = frozenset({"null", "boolean", "number", "string", "array", "object"})
Ask = Callable[[Contract, Json, Contract, Json], bool]


@dataclass
class Congruence:
    """Compares two versions, the sender's first. `ask` decides about two schemas that are not built alike."""

    first: Contract
    second: Contract
    ask: Ask
    failed: set[str] = field(default_factory=set)

    def contained(self, first: Json, second: Json) -> bool:
        """Whether it is proved that every document of the first schema is one of the second."""
        return self._settled and self.within(first, second)

    @cached_property
    def changed(self) -> set[str]:
        """The components that are not, with all they refer to, what they were."""
        before, after = self.first.components, self.second.components
        todo = [name for name in {*before, *after} if not self._alike(before.get(name), after.get(name))]
        users: dict[str, set[str]] = {}
        for contract in (self.first, self.second):
            for name, schema in contract.components.items():
                for used in contract.parts.of(schema).names:
                    users.setdefault(used, set()).add(name)
        found = set(todo)
        while todo:
            fresh = users.get(todo.pop(), set()) - found
            found |= fresh
            todo += fresh
        return found

    def _alike(self, one: Json, other: Json) -> bool:
        return one is other or self.first.parts.of(one).digest == self.second.parts.of(other).digest

    @cached_property
    def _settled(self) -> bool:
        """True, once it is known which components are not proved: one that fails may fail others."""
        before, after = self.first.components, self.second.components
        while True:
            fresh = {
                name
                for name in self.changed - self.failed
                if name not in before or name not in after or not self.within(before[name], after[name])
            }
            if not fresh:
                return True
            self.failed |= fresh

    def within(self, first: Json, second: Json) -> bool:
        """Whether the first is contained in the second where every component that has not failed is."""
        one, other = self.first.parts.of(first), self.second.parts.of(second)
        if one.digest == other.digest and not one.names & self.changed:
            return one.is_plain
        if not (one.is_plain and other.is_plain):
            return False
        if not (isinstance(first, dict) and isinstance(second, dict)):
            return self._asked(first, second)
        if (_WHOLE & first.keys()) or (_WHOLE & second.keys()):
            return self._asked(first, second)
        rest = (
            {k: v for k, v in first.items() if k not in ANNOTATIONS},
            {k: v for k, v in second.items() if k not in ANNOTATIONS},
        )
        self._take_out(*rest)
        return self._asked(*rest)

    def _asked(self, first: Json, second: Json) -> bool:
        """Whether the rest is contained; not asked where a component in it is known not to be."""
        parts = self.first.parts.of(first), self.second.parts.of(second)
        names = parts[0].names | parts[1].names
        if parts[0].digest == parts[1].digest and not names & self.changed:
            return True
        return not names & self.failed and self.ask(self.first, first, self.second, second)

    def _take_out(self, first: dict[str, Json], second: dict[str, Json]) -> None:
        """Take out of both what is contained in its counterpart whatever stands beside it."""
        if "$ref" in first and first["$ref"] == second.get("$ref"):
            names = self.first.parts.of({"$ref": first["$ref"]}).names
            if not names & self.failed:
                del first["$ref"], second["$ref"]
        for keyword, holds in (
            ("allOf", self._lists), ("anyOf", self._lists), ("oneOf", self._branches),
            ("dependentSchemas", self._maps), ("propertyNames", self.within),
        ):  # fmt: skip
            if keyword in first and keyword in second and holds(first[keyword], second[keyword]):
                del first[keyword], second[keyword]
        if "if" in first and "if" in second and self._conditions(first, second):
            for side in (first, second):
                for keyword in _CONDITION:
                    side.pop(keyword, None)
        self._take_out_scoped(first, second)

    def _take_out_scoped(self, first: dict[str, Json], second: dict[str, Json]) -> None:
        """The same for what tells by names and places which members and items the others speak of."""
        scoped = [
            [sorted(side.get(keyword, ())) for keyword in ("properties", "patternProperties")]
            for side in (first, second)
        ]
        lengths = [len(side.get("prefixItems", ())) for side in (first, second)]
        for keyword, is_alike in (
            ("additionalProperties", scoped[0] == scoped[1]),
            ("items", lengths[0] == lengths[1]),
        ):
            if (
                is_alike
                and keyword in first
                and keyword in second
                and self.within(first[keyword], second[keyword])
            ):
                first[keyword] = second[keyword] = True
        for keyword in ("properties", "patternProperties"):
            if keyword in first and keyword in second:
                old, new = first[keyword], second[keyword]
                shared = {name for name in old if name in new and self.within(old[name], new[name])}
                for side, held in ((first, old), (second, new)):
                    side[keyword] = {n: True if n in shared else one for n, one in sorted(held.items())}
        if "prefixItems" in first and lengths[0] == lengths[1]:
            kept = [
                not self.within(*pair)
                for pair in zip(first["prefixItems"], second["prefixItems"], strict=True)
            ]
            for side in (first, second):
                side["prefixItems"] = [
                    one if k else True for one, k in zip(side["prefixItems"], kept, strict=True)
                ]

    def _lists(self, first: list[Json], second: list[Json]) -> bool:
        return len(first) == len(second) and all(map(self.within, first, second))

    def _maps(self, first: dict[str, Json], second: dict[str, Json]) -> bool:
        return first.keys() == second.keys() and all(self.within(first[name], second[name]) for name in first)

    def _branches(self, first: list[Json], second: list[Json]) -> bool:
        """The same for `oneOf`: no document of one new branch may be one of another."""
        return self._lists(first, second) and all(
            _are_apart(self.second, one, other) for i, one in enumerate(second) for other in second[i + 1 :]
        )

    def _conditions(self, first: dict[str, Json], second: dict[str, Json]) -> bool:
        parts = [side.parts.of(schema["if"]) for side, schema in ((self.first, first), (self.second, second))]
        return (
            parts[0].digest == parts[1].digest
            and not parts[0].names & self.changed
            and all(
                self.within(first.get(keyword, True), second.get(keyword, True))
                for keyword in ("then", "else")
            )
        )


@dataclass
class _Facts:
    """What every document of a schema has for certain: one of some types, members that are there, their values."""

    types: frozenset[str] = _TYPES
    required: set[str] = field(default_factory=set)
    values: dict[str, frozenset[Any]] = field(default_factory=dict)


def _are_apart(contract: Contract, one: Json, other: Json) -> bool:
    """Whether no document can be one of both, seen on their faces: by type, or by a member that tells them apart."""
    mine, theirs = _Facts(), _Facts()
    _gather(contract, one, mine, 0)
    _gather(contract, other, theirs, 0)
    common = mine.types & theirs.types
    if not common:
        return True
    telling = mine.required & theirs.required & mine.values.keys() & theirs.values.keys()
    return common == {"object"} and any(not mine.values[name] & theirs.values[name] for name in telling)


def _gather(contract: Contract, schema: Json, facts: _Facts, depth: int) -> None:
    if not isinstance(schema, dict) or depth > _APART_DEPTH_MAX:
        return
    if "type" in schema:
        named = {schema["type"]} if isinstance(schema["type"], str) else set(schema["type"])
        facts.types &= {"number" if one == "integer" else one for one in named}
    facts.required |= set(schema.get("required", ()))
    for name, member in schema.get("properties", {}).items():
        listed = _listed(contract, member)
        if listed is not None:
            facts.values[name] = facts.values.get(name, listed) & listed
    for inner in schema.get("allOf", ()):
        _gather(contract, inner, facts, depth + 1)
    if isinstance(schema.get("$ref"), str):
        _gather(contract, _followed(contract, schema["$ref"]), facts, depth + 1)


def _listed(contract: Contract, schema: Json) -> frozenset[Any] | None:
    """The values that a schema lists."""
    if isinstance(schema, dict) and isinstance(schema.get("$ref"), str):
        schema = _followed(contract, schema["$ref"])
    if not isinstance(schema, dict):
        return None
    if "const" in schema:
        return frozenset({freeze(schema["const"])})
    return frozenset(map(freeze, schema["enum"])) if isinstance(schema.get("enum"), list) else None


def _followed(contract: Contract, reference: str) -> Json:
    found = contract.resolve(OPENAPI, reference)
    return at(contract.files[found[0]], found[1]) if found else True
