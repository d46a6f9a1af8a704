"""Changes that no schema shows: what holds for the whole API; `operations` has what holds for each operation.

Containment is not asked here. What is compared stands in the OpenAPI document (its `x-` members hold what
JSON Schema cannot say: which states are terminal, which code goes with which status, the cap of `wait`); every
difference is a change of level "policy", for a person to read.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from generations_contract.api.pointers import Path
from generations_contract.api.subschemas import walk
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.edits.edits import ABSENT
from generations_contract.regression.edits.names import shown
from generations_contract.regression.verdicts.change import Change
from generations_contract.regression.verdicts.operations import change, operation_changes
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import OPENAPI

_INFO: Final = {
    "x-lifecycle": "status-terminal-set-changed",
    "x-wait": "wait-cap-changed",
    "description": "description-changed",
}


def policy_changes(old: Contract, new: Contract) -> list[Change]:
    """The policy changes between two versions; none where either has no OpenAPI document."""
    if old.openapi is None or new.openapi is None:
        return []
    return [*_Documents(old, new).document(), *operation_changes(old, new)]


class _Documents:
    """Two OpenAPI documents side by side."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self.old: dict[str, Any] = old.files[OPENAPI]
        self.new: dict[str, Any] = new.files[OPENAPI]

    def document(self) -> Iterator[Change]:
        """What holds for the whole API."""
        before, after = self.old.get("info", {}), self.new.get("info", {})
        for key, name in _INFO.items():
            if freeze(before.get(key)) != freeze(after.get(key)):
                yield change(name, ("info", key), before.get(key, ABSENT), after.get(key, ABSENT))
        yield from self.statuses()
        yield from self.table(before.get("x-error-codes", {}), after.get("x-error-codes", {}))
        for key, name in (("servers", "server-changed"), ("security", "security-changed")):
            if freeze(self.old.get(key)) != freeze(self.new.get(key)):
                yield change(name, (key,), self.old.get(key, ABSENT), self.new.get(key, ABSENT))
        path: Path = ("components", "securitySchemes")
        schemes = [document.get("components", {}).get(path[1], ABSENT) for document in (self.old, self.new)]
        if freeze(schemes[0] or {}) != freeze(schemes[1] or {}):
            yield change("security-scheme-changed", path, *schemes)

    def statuses(self) -> Iterator[Change]:
        """States that came without being called terminal or non-terminal: no poller knows whether to go on."""
        before, after = (_unclassified(document) for document in (self.old, self.new))
        path: Path = ("info", "x-lifecycle")
        for status in (one for one in after if one not in before):
            found = change("status-not-classified", path, ABSENT, status, str(status))
            told = f"{shown(status)} is neither terminal nor non-terminal: pollers cannot tell when to stop"
            yield replace(found, text=told, exact="")

    def table(self, before: dict[str, Json], after: dict[str, Json]) -> Iterator[Change]:
        """The codes and the statuses that go with them."""
        for code in dict.fromkeys([*before, *after]):
            was, now = before.get(code, ABSENT), after.get(code, ABSENT)
            if was != now:
                way = "added" if was is ABSENT else "removed" if now is ABSENT else "status-changed"
                yield change(f"error-code-{way}", ("info", "x-error-codes", code), was, now, code)


def _unclassified(document: dict[str, Any]) -> list[Json]:
    """The states that the lifecycle's enumeration lists and `x-lifecycle` does not know."""
    known = [one for states in document.get("info", {}).get("x-lifecycle", {}).values() for one in states]
    listed: list[Json] = []
    for schema in document.get("components", {}).get("schemas", {}).values():
        for inner in walk(schema):
            status = inner.get("properties", {}).get("status")
            values = status.get("enum", []) if isinstance(status, dict) else []
            if known and all(one in values for one in known):
                listed += [one for one in values if one not in known and one not in listed]
    return listed
