"""Changes that no schema shows: protocol, tables, defaults of parameters, headers.

Containment is not asked here. What is compared stands in the OpenAPI document (its `x-` members hold what
JSON Schema cannot say: which states are terminal, which code goes with which status, the cap of `wait`). A
difference is a change of level "policy", for a person to read; but where requests that were answered no
longer can be, it is breaking, and such a request is the witness.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from contracts.regression.audiences import SENDERS
from contracts.regression.change import BREAKING, POLICY, Change
from contracts.regression.containment.dialect import walk
from contracts.regression.containment.values import Json, freeze
from contracts.regression.contract import METHODS, OPENAPI, Contract, Path, pointer_of
from contracts.regression.edits import ABSENT
from contracts.regression.naming import shown, whole

_PARAMETER: Final = {
    "added": "parameter-added", "required-added": "required-parameter-added", "removed": "parameter-removed",
}  # fmt: skip
REASON: Final = "no document shows it: a person decides"
_INFO: Final = {
    "x-lifecycle": "status-terminal-set-changed",
    "x-wait": "wait-cap-changed",
    "description": "description-changed",
}


def policy_changes(old: Contract, new: Contract) -> list[Change]:
    """The policy changes between two versions; none where either has no OpenAPI document."""
    if old.openapi is None or new.openapi is None:
        return []
    comparison = _Documents(old, new)
    return [*comparison.document(), *comparison.operations()]


class _Documents:
    """Two OpenAPI documents side by side."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self.contracts = (old, new)
        self.old: dict[str, Any] = old.files[OPENAPI]
        self.new: dict[str, Any] = new.files[OPENAPI]

    def change(self, name: str, path: Path, was: Json, now: Json, about: str = "") -> Change:
        """One policy change."""
        text, exact = (
            (f"{about}: " if about else "") + f"{show(was)} → {show(now)}" for show in (shown, whole)
        )
        place = pointer_of(path)
        return Change(name, POLICY, OPENAPI, about, place, place, text, REASON, exact=exact)

    def breaking(self, change: Change, path: Path, **lacking: Json) -> Change:
        """The change, with a request that the old version answers and the new one does not."""
        request = {"method": str(path[2]).upper(), "path": path[1], **lacking}
        return replace(change, level=BREAKING, reason="witness", breaks={SENDERS: request})

    def document(self) -> Iterator[Change]:
        """What holds for the whole API."""
        before, after = self.old.get("info", {}), self.new.get("info", {})
        for key, name in _INFO.items():
            if freeze(before.get(key)) != freeze(after.get(key)):
                yield self.change(name, ("info", key), before.get(key, ABSENT), after.get(key, ABSENT))
        yield from self.statuses()
        yield from self.table(before.get("x-error-codes", {}), after.get("x-error-codes", {}))
        for key, name in (("servers", "server-changed"), ("security", "security-changed")):
            if freeze(self.old.get(key)) != freeze(self.new.get(key)):
                yield self.change(name, (key,), self.old.get(key, ABSENT), self.new.get(key, ABSENT))

    def statuses(self) -> Iterator[Change]:
        """States that came without being called terminal or non-terminal: no poller knows whether to go on."""
        before, after = (_unclassified(document) for document in (self.old, self.new))
        path: Path = ("info", "x-lifecycle")
        for status in (one for one in after if one not in before):
            change = self.change("status-not-classified", path, ABSENT, status, str(status))
            told = f"{shown(status)} is neither terminal nor non-terminal: pollers cannot tell when to stop"
            yield replace(change, text=told, exact="")

    def table(self, before: dict[str, Json], after: dict[str, Json]) -> Iterator[Change]:
        """The codes and the statuses that go with them."""
        for code in dict.fromkeys([*before, *after]):
            was, now = before.get(code, ABSENT), after.get(code, ABSENT)
            if was != now:
                way = "added" if was is ABSENT else "removed" if now is ABSENT else "status-changed"
                yield self.change(f"error-code-{way}", ("info", "x-error-codes", code), was, now, code)

    def operations(self) -> Iterator[Change]:
        """Every operation: there or not, its parameters, its answers and their headers."""
        before, after = self.old.get("paths", {}), self.new.get("paths", {})
        for address in dict.fromkeys([*before, *after]):
            for method in METHODS:
                was, now = before.get(address, {}).get(method), after.get(address, {}).get(method)
                path, about = ("paths", address, method), f"{method.upper()} {address}"
                if (was is None) != (now is None):
                    if was is None:
                        yield self.change("operation-added", path, ABSENT, about)
                    else:
                        yield self.breaking(self.change("operation-removed", path, about, ABSENT), path)
                elif was is not None and now is not None:
                    yield from self.operation(path, was, now, about)

    def operation(self, path: Path, was: Json, now: Json, about: str) -> Iterator[Change]:
        """One operation that both have."""
        for key, name in (("description", "description-changed"), ("security", "security-changed")):
            if freeze(was.get(key)) != freeze(now.get(key)):
                yield self.change(
                    f"operation-{name}", (*path, key), was.get(key, ABSENT), now.get(key, ABSENT), about
                )
        yield from self.parameters(path, about)
        needed = [one.get("requestBody", {}).get("required", False) for one in (was, now)]
        if needed[0] != needed[1]:
            place = (*path, "requestBody", "required")
            change = self.change("request-body-required-changed", place, needed[0], needed[1], about)
            yield self.breaking(change, path, body="none") if needed[1] else change
        before, after = was.get("responses", {}), now.get("responses", {})
        for status in dict.fromkeys([*before, *after]):
            place, told = (*path, "responses", status), f"{about} {status}"
            if status not in before or status not in after:
                way = "added" if status not in before else "removed"
                yield self.change(f"response-status-{way}", place, status in before, status in after, told)
            else:
                yield from self.answer(place, told)

    def parameters(self, path: Path, about: str) -> Iterator[Change]:
        """Which parameters there are, which are needed, and what holds without them."""
        sides = []
        for contract, document in zip(self.contracts, (self.old, self.new), strict=True):
            listed = document["paths"][path[1]][path[2]].get("parameters", [])
            found = [
                contract.followed(document, (*path, "parameters", place))[1] for place in range(len(listed))
            ]
            sides.append({(one.get("in"), one.get("name")): one for one in found})
        before, after = sides
        for key in dict.fromkeys([*before, *after]):
            told = f"{about} parameter {key[1]}"
            place = (*path, "parameters")
            was, now = (side.get(key, {}).get("required", False) for side in (before, after))
            if key not in before or key not in after:
                way = "removed" if key in before else "required-added" if now else "added"
                change = self.change(_PARAMETER[way], place, key in before, key in after, told)
            elif was != now:
                change = self.change("parameter-required-changed", place, was, now, told)
            else:
                continue
            yield self.breaking(change, path, without=key[1]) if now and not was else change

    def answer(self, path: Path, about: str) -> Iterator[Change]:
        """The headers of one answer, and the code that goes with it."""
        answers = [c.followed(d, path)[1] for c, d in zip(self.contracts, (self.old, self.new), strict=True)]
        headers = []
        for contract, document, answer in zip(self.contracts, (self.old, self.new), answers, strict=True):
            place = contract.followed(document, path)[0]
            names = answer.get("headers", {})
            headers.append(
                {name: contract.followed(document, (*place, "headers", name))[1] for name in names}
            )
        before, after = headers
        for name in dict.fromkeys([*before, *after]):
            if freeze(before.get(name)) != freeze(after.get(name)):
                way = "added" if name not in before else "removed" if name not in after else "changed"
                was, now = before.get(name, ABSENT), after.get(name, ABSENT)
                yield self.change(
                    f"response-header-{way}", (*path, "headers", name), was, now, f"{about} {name}"
                )
        codes = [answer.get("x-error-code") for answer in answers]
        if codes[0] != codes[1]:
            yield self.change("error-code-status-changed", (*path, "x-error-code"), codes[0], codes[1], about)


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
