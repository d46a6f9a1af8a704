"""Whether no document can be one of two schemas, seen on their faces: branches with a discriminator.

Nothing is searched here. "No" only means that it is not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from generations_contract.api.pointers import at
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI

DEPTH_MAX: Final = 5
_TYPES: Final = frozenset({"null", "boolean", "number", "string", "array", "object"})


@dataclass
class _Facts:
    """What every document of a schema has for certain: one of some types, members that are there, their values."""

    types: frozenset[str] = _TYPES
    required: set[str] = field(default_factory=set)
    values: dict[str, frozenset[Any]] = field(default_factory=dict)


@dataclass
class Apart:
    """Tells branches of one version apart; what is seen of a schema is kept by its identity."""

    contract: Contract
    _known: dict[int, tuple[Json, _Facts]] = field(default_factory=dict)

    def are_apart(self, one: Json, other: Json, depth: int = 0) -> bool:
        """Whether they differ by type, or by values of a member that both require; of a union, every branch must."""
        mine, theirs = self._facts(one), self._facts(other)
        common = mine.types & theirs.types
        telling = mine.required & theirs.required & mine.values.keys() & theirs.values.keys()
        if not common or (
            common == {"object"} and any(not mine.values[n] & theirs.values[n] for n in telling)
        ):
            return True
        if depth < DEPTH_MAX:
            for union, single in ((one, other), (other, one)):
                branches = _branches(self.contract, union)
                if branches and all(self.are_apart(branch, single, depth + 1) for branch in branches):
                    return True
        return False

    def _facts(self, schema: Json) -> _Facts:
        known = self._known.get(id(schema))
        if known is None:
            facts = _Facts()
            _gather(self.contract, schema, facts, 0)
            known = self._known[id(schema)] = schema, facts
        return known[1]


def _branches(contract: Contract, schema: Json) -> list[Json]:
    for _ in range(DEPTH_MAX):
        if not isinstance(schema, dict):
            return []
        for keyword in ("oneOf", "anyOf"):
            if isinstance(schema.get(keyword), list):
                return list(schema[keyword])
        if not isinstance(schema.get("$ref"), str):
            return []
        schema = _followed(contract, schema["$ref"])
    return []


def _gather(contract: Contract, schema: Json, facts: _Facts, depth: int) -> None:
    if not isinstance(schema, dict) or depth > DEPTH_MAX:
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
