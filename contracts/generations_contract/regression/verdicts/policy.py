"""Changes that no schema shows: what holds for the whole API; `operations` has what holds for each operation.

Containment is not asked here. What is compared stands in the OpenAPI document (its `x-` members hold what
JSON Schema cannot say: which states are terminal, which code goes with which status, the cap of `wait`); every
difference is a change of level "policy", and its rule says how bad that is.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from generations_contract.api.pointers import Path
from generations_contract.api.subschemas import walk
from generations_contract.containment.values import Json, freeze
from generations_contract.regression.edits.edits import ABSENT
from generations_contract.regression.edits.names import shown
from generations_contract.regression.verdicts.audiences import SENDERS
from generations_contract.regression.verdicts.change import BREAKING, Change
from generations_contract.regression.verdicts.operations import change, operation_changes
from generations_contract.regression.verdicts.security import (
    refused_credentials,
    same_credentials,
    scheme_changes,
)
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
        self.versions = (old, new)
        self.old: dict[str, Any] = old.files[OPENAPI]
        self.new: dict[str, Any] = new.files[OPENAPI]

    def document(self) -> Iterator[Change]:
        """What holds for the whole API."""
        before, after = self.old.get("info", {}), self.new.get("info", {})
        for key, name in _INFO.items():
            if freeze(_unordered(before.get(key))) != freeze(_unordered(after.get(key))):
                yield change(name, ("info", key), before.get(key, ABSENT), after.get(key, ABSENT))
        yield from self.reclassified()
        yield from self.statuses()
        yield from self.table(*(_table(document, "x-error-codes") for document in (self.old, self.new)))
        if freeze(self.old.get("servers")) != freeze(self.new.get("servers")):
            yield change(
                "server-changed",
                ("servers",),
                self.old.get("servers", ABSENT),
                self.new.get("servers", ABSENT),
            )
        yield from self.security()

    def security(self) -> Iterator[Change]:
        """Which credentials are enough where an operation says nothing of its own, and how each is sent."""
        was, now = (document.get("security", ABSENT) for document in (self.old, self.new))
        refused = refused_credentials(self.old, self.new, was or [], now or [])
        told = change("security-changed", ("security",), was, now)
        caller = next(self.without_security(), None)
        if refused is not None and caller:
            breaks: dict[str, Json] = {SENDERS: {**caller, "credentials": refused}}
            yield replace(told, id="security-required", level=BREAKING, reason="witness", breaks=breaks)
        elif not same_credentials(self.old, self.new, was or [], now or []):
            yield told
        for scheme, way, before, after in scheme_changes(self.old, self.new):
            place = ("components", "securitySchemes", scheme)
            yield change(f"security-scheme-{way}", place, before, after, scheme)

    def without_security(self) -> Iterator[dict[str, Json]]:
        """The operations of both versions that say nothing of it themselves, as requests."""
        before, after = (
            {one.key: (one, version.follow(one.path)[1]) for one in version.operations()}
            for version in self.versions
        )
        for key, (one, was) in before.items():
            sides = was, after.get(key, (one, None))[1]
            if not one.is_called_back and all(each is not None and "security" not in each for each in sides):
                yield {"method": one.method.upper(), "path": one.address}

    def reclassified(self) -> Iterator[Change]:
        """States that were an end and are none any more, or the other way round."""
        before, after = (_classes(document) for document in (self.old, self.new))
        for state in (one for one in before if after and before[one] != after.get(one)):
            if state in after or state in _unclassified(self.new):
                was, now = before[state], after.get(state, "neither")
                yield change("terminal-state-reclassified", ("info", "x-lifecycle"), was, now, str(state))

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


def _unordered(told: Json) -> Json:
    """What is told, its lists of states in one order."""
    if not isinstance(told, dict):
        return told
    return {key: sorted(map(str, one)) if isinstance(one, list) else one for key, one in told.items()}


def _classes(document: dict[str, Any]) -> dict[Any, str]:
    """Each state with the set in which `x-lifecycle` lists it."""
    lifecycle = _table(document, "x-lifecycle")
    # Whoever means something else by that name may write what he likes there.
    listed = {name: states for name, states in lifecycle.items() if isinstance(states, list)}
    return {state: name for name, states in listed.items() for state in states if isinstance(state, str)}


def _table(document: dict[str, Any], name: str) -> dict[str, Any]:
    """A table that this project's documents have under `info`; of others, nothing."""
    found = document.get("info", {}).get(name)
    return found if isinstance(found, dict) else {}


def _unclassified(document: dict[str, Any]) -> list[Json]:
    """The states that the lifecycle's enumeration lists and `x-lifecycle` does not know."""
    known = list(_classes(document))
    listed: list[Json] = []
    for schema in document.get("components", {}).get("schemas", {}).values():
        for inner in walk(schema):
            status = inner.get("properties", {}).get("status")
            values = status.get("enum", []) if isinstance(status, dict) else []
            if known and all(one in values for one in known):
                listed += [one for one in values if one not in known and one not in listed]
    return listed
