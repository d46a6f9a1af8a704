"""Two large schemas made small around what differs: where to look for a document first.

Nothing is proved here. Unchanged branches of unions and unchanged members that need not be there are left out of
both; a document that tells the rest apart is tried on the whole schemas before it counts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from generations_contract.api.subschemas import walk
from generations_contract.containment.dialect import ANNOTATIONS
from generations_contract.containment.values import Json
from generations_contract.regression.verdicts.congruence import Congruence
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.parts import component_of

DEPTH_MAX: Final = 40


@dataclass
class Reduction:
    """The two versions of a congruence, with the components that were made small so far."""

    congruence: Congruence
    held: tuple[dict[str, Json], dict[str, Json]] = field(default_factory=lambda: ({}, {}))
    needed: set[str] = field(default_factory=set)  # names of members that something requires, wherever

    def pair(self, first: Json, second: Json) -> tuple[Json, Json]:
        """Both schemas, complete with the components that are left."""
        sides = (self.congruence.first, self.congruence.second)
        for one, schema in zip(sides, (first, second), strict=True):
            reached = one.parts.reached(schema, one.components) or ()
            for part in (schema, *(one.components[name] for name in reached)):
                self.needed |= {name for inner in walk(part) for name in inner.get("required", ())}
        small = self._small(first, second, 0)
        wholes = [
            _complete(one, schema, held) for one, schema, held in zip(sides, small, self.held, strict=True)
        ]
        return wholes[0], wholes[1]

    def _small(self, first: Json, second: Json, depth: int) -> tuple[Json, Json]:
        if depth > DEPTH_MAX or not (isinstance(first, dict) and isinstance(second, dict)):
            return first, second
        sides = tuple({k: v for k, v in side.items() if k not in ANNOTATIONS} for side in (first, second))
        for keyword in ("oneOf", "anyOf", "allOf"):
            if keyword in first and keyword in second and len(first[keyword]) == len(second[keyword]):
                self._branches(keyword, sides, depth)
        if "properties" in first and "properties" in second:
            self._members(sides, depth)
        for keyword in ("items", "additionalProperties"):
            if keyword in first and keyword in second:
                sides[0][keyword], sides[1][keyword] = self._small(first[keyword], second[keyword], depth + 1)
        reference = first.get("$ref")
        if isinstance(reference, str) and reference == second.get("$ref"):
            self._component(component_of(reference), depth)
        return sides[0], sides[1]

    def _branches(self, keyword: str, sides: tuple[dict[str, Json], ...], depth: int) -> None:
        pairs = list(zip(sides[0][keyword], sides[1][keyword], strict=True))
        changed = [pair for pair in pairs if not self.congruence.is_unchanged(*pair)]
        kept = changed if changed and keyword != "allOf" else pairs
        small = [self._small(*pair, depth + 1) for pair in kept]
        for place, side in enumerate(sides):
            side[keyword] = [pair[place] for pair in small]

    def _members(self, sides: tuple[dict[str, Json], ...], depth: int) -> None:
        """Members that are needed, or differ; the others may be anything, and are not asked for."""
        old, new = (side["properties"] for side in sides)
        held: tuple[dict[str, Json], dict[str, Json]] = ({}, {})
        for name in dict.fromkeys([*old, *new]):
            if name in old and name in new:
                is_unchanged = self.congruence.is_unchanged(old[name], new[name])
                if is_unchanged:
                    held[0][name] = held[1][name] = self._needed(name, old[name], depth)
                else:
                    held[0][name], held[1][name] = self._small(old[name], new[name], depth + 1)
            else:
                for side, members in zip(held, (old, new), strict=True):
                    side.update({name: members[name]} if name in members else {})
        sides[0]["properties"], sides[1]["properties"] = held

    def _needed(self, name: str, schema: Json, depth: int) -> Json:
        """An unchanged member: what is never required will not be there, and may be anything."""
        return self._shrunk(schema, depth + 1) if name in self.needed else True

    def _component(self, name: str | None, depth: int) -> None:
        before, after = self.congruence.first.components, self.congruence.second.components
        if name is None or name in self.held[0] or name not in before or name not in after:
            return
        self.held[0][name] = self.held[1][name] = True  # while it is looked at
        if name in self.congruence.changed:
            self.held[0][name], self.held[1][name] = self._small(before[name], after[name], depth + 1)
        else:
            self.held[0][name] = self.held[1][name] = self._shrunk(before[name], depth + 1)

    def _shrunk(self, schema: Json, depth: int) -> Json:
        """An unchanged schema: one branch of a union is enough, and so are the members that must be there."""
        if not isinstance(schema, dict) or depth > DEPTH_MAX:
            return schema
        small = {k: v for k, v in schema.items() if k not in ANNOTATIONS}
        for keyword in ("oneOf", "anyOf", "allOf"):
            if small.get(keyword):
                kept = small[keyword] if keyword == "allOf" else small[keyword][:1]
                small[keyword] = [self._shrunk(one, depth + 1) for one in kept]
        if "properties" in small:
            small["properties"] = {
                name: self._needed(name, one, depth) for name, one in small["properties"].items()
            }
        if "items" in small:
            small["items"] = self._shrunk(small["items"], depth + 1) if small.get("minItems") else True
        if isinstance(small.get("$ref"), str):
            self._component(component_of(small["$ref"]), depth)
        return small


def _complete(contract: Contract, schema: Json, small: dict[str, Json]) -> Json:
    """The schema with its components, the small ones where there are such."""
    components = {**contract.components, **small}
    return contract.complete(schema, contract.parts.reached(schema, components) or [], components)
