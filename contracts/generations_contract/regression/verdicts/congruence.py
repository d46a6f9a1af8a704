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
from itertools import product
from typing import Final

from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json
from generations_contract.regression.verdicts.apart import Apart
from generations_contract.regression.versions.document import Contract

# What these say depends on what their neighbours have looked at, or on where they stand: taken as a whole.
_WHOLE: Final = frozenset({"unevaluatedItems", "unevaluatedProperties", "$defs", "definitions"})
_CONDITION: Final = ("if", "then", "else")
_CONTAINS: Final = ("contains", "minContains", "maxContains")
Ask = Callable[[Contract, Json, Contract, Json], bool]


@dataclass
class Congruence:
    """Compares two versions, the sender's first. `ask` decides about two schemas that are not built alike."""

    first: Contract
    second: Contract
    ask: Ask
    failed: set[str] = field(default_factory=set)
    uses_reverse: bool = False
    _settled_at: tuple[int, int, bool] | None = None

    def contained(self, first: Json, second: Json) -> bool:
        """Whether it is proved that every document of the first schema is one of the second."""
        while True:
            self._settle()
            before = self.uses_reverse
            is_within = self.within(first, second)
            if before == self.uses_reverse:
                return is_within

    @cached_property
    def reverse(self) -> Congruence:
        """The same the other way round: where both ways hold, a part may stand in any place."""
        return Congruence(self.second, self.first, self.ask)

    def equivalent(self, first: Json, second: Json) -> bool:
        """Whether each is contained in the other where every component that has not failed is."""
        if self.is_unchanged(first, second):
            return True
        if not self.within(first, second):
            return False
        self.uses_reverse = True
        return self.reverse.within(second, first)

    def is_unchanged(self, first: Json, second: Json) -> bool:
        """Whether both say the same, and so do all the components that they reach."""
        one, other = self.first.parts.of(first), self.second.parts.of(second)
        return one.digest == other.digest and one.is_plain and not one.names & self.changed

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

    def _settle(self) -> None:
        """Find the components that are not proved: one that fails may fail others, in either way."""
        while self._settled_at != (now := (len(self.failed), len(self.reverse.failed), self.uses_reverse)):
            self.failed |= self._failing()
            if self.uses_reverse:
                self.reverse.failed |= self.reverse._failing()
            self._settled_at = now

    def _failing(self) -> set[str]:
        before, after = self.first.components, self.second.components
        return {
            name
            for name in sorted(self.changed - self.failed)
            if name not in before or name not in after or not self.within(before[name], after[name])
        }

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
            ("dependentSchemas", self._maps), ("propertyNames", self.within), ("not", self.equivalent),
        ):  # fmt: skip
            if keyword in first and keyword in second and holds(first[keyword], second[keyword]):
                del first[keyword], second[keyword]
        for keywords, holds_together in ((_CONDITION, self._conditions), (_CONTAINS, self._contains)):
            if keywords[0] in first and keywords[0] in second and holds_together(first, second):
                for side, keyword in product((first, second), keywords):
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
        """The same for `oneOf`: no document of one branch may now be one of another that has grown."""
        if not self._lists(first, second):
            return False
        grown = [i for i, pair in enumerate(zip(first, second, strict=True)) if not self.is_unchanged(*pair)]
        loose = [
            i
            for i in grown
            if not all(self._apart.are_apart(second[i], other) for j, other in enumerate(second) if j != i)
        ]
        return all(self.equivalent(first[i], second[i]) for i in loose)

    @cached_property
    def _apart(self) -> Apart:
        return Apart(self.second)

    def _conditions(self, first: dict[str, Json], second: dict[str, Json]) -> bool:
        return self.equivalent(first["if"], second["if"]) and all(
            self.within(first.get(keyword, True), second.get(keyword, True)) for keyword in ("then", "else")
        )

    def _contains(self, first: dict[str, Json], second: dict[str, Json]) -> bool:
        counts = [[side.get(keyword) for keyword in _CONTAINS[1:]] for side in (first, second)]
        return counts[0] == counts[1] and self.equivalent(first["contains"], second["contains"])
