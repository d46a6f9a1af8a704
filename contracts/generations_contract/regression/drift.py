"""What answers say against the contract, and what they never showed: answers in, findings out.

Nothing is sent, read or judged in time here: clauses do that. A finding carries the recorded body as its
witness; bodies are redacted before they get into an exchange. What was never seen is coverage, never a
failure; and nothing is concluded from its absence before `ENOUGH` answers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from jsonschema import Draft202012Validator, ValidationError
from jsonschema_specifications import REGISTRY as META_SCHEMAS  # type: ignore[import-untyped]

from generations_contract.api.pointers import pointer_of
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.containment.dialect import DRAFT_2020_12
from generations_contract.containment.validators import RememberingChecker
from generations_contract.containment.values import Json, freeze
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.parsing import MALFORMED
from generations_contract.regression.edits.names import shown
from generations_contract.regression.verdicts.audiences import Shape, shape_of
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.units import Unit

ITEMS_DEPTH_MAX: Final = 8  # arrays may hold arrays of themselves
ENOUGH: Final = 5
BREACH: Final = "answer-breaks-schema"
UNDOCUMENTED: Final = "answer-member-undocumented"
UNKNOWN_CODE: Final = "answer-code-undocumented"
BEHAVIOUR: Final = "behaviour-changed"
UNSEEN: Final = "never-seen"
LEVEL_OF: Final = {
    BREACH: "breaking", UNDOCUMENTED: "policy", UNKNOWN_CODE: "policy", BEHAVIOUR: "policy",
    UNSEEN: "coverage",
}  # fmt: skip
_NAMING: Final = frozenset({"required", "dependentRequired", "additionalProperties", "unevaluatedProperties"})
Observed = Mapping[str, Mapping[str, Iterable[str]]]


@dataclass
class Finding:
    """One difference, wherever and however often it was met; `pointer` has `*` for any item of an array."""

    id: str
    unit: str
    pointer: str
    text: str
    schema_pointer: str = ""
    count: int = 1
    body: Json = None

    @property
    def level(self) -> str:
        """`breaking`, `policy` or `coverage`."""
        return LEVEL_OF[self.id]

    @property
    def fingerprint(self) -> str:
        """Twelve hexadecimal digits that name this finding."""
        named_by = "\n".join((self.id, self.unit, self.pointer, self.schema_pointer, self.text))
        return hashlib.sha256(named_by.encode("utf-8", "replace")).hexdigest()[:12]


@dataclass
class Drift:
    """Collects findings over the answers of a run. Raises `UsageError` for a contract without both bodies."""

    contract: Contract
    answers: int = 0
    _found: dict[tuple[str, ...], Finding] = field(default_factory=dict)
    _seen: dict[tuple[str, str], set[Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.units = {role: self._unit(role) for role in ("response", "error")}
        self._shapes = {role: shape_of(self.contract, unit) for role, unit in self.units.items()}
        self._validators = {
            role: Draft202012Validator(
                self.contract.schema(unit),
                registry=META_SCHEMAS,
                format_checker=RememberingChecker(DRAFT_2020_12),
            )
            for role, unit in self.units.items()
        }

    def _unit(self, role: str) -> Unit:
        found = next((unit for unit in self.contract.units() if unit.role == role), None)
        if found is None:
            raise UsageError(
                f"{self.contract.label}: has no schema of the {role}; name the directory of schemas"
            )
        return found

    def see(self, exchange: Exchange) -> None:
        """Take one exchange in; what is no answer of the two operations is left out."""
        if exchange.kind not in ("create", "fetch") or exchange.response is None:
            return
        self.answers += 1
        role = "response" if exchange.ok else "error"
        unit, body = self.units[role].name, exchange.json
        if body is MALFORMED:
            self._add(
                Finding(BREACH, unit, "", f"status {exchange.status}: the body is no JSON document"), "json"
            )
            return
        for error in self._validators[role].iter_errors(body):
            self._breach(unit, error, body)
        self._walk(unit, self._shapes[role], body, "", body)
        code = exchange.code
        if code is not None and code not in STATUS_OF_CODE:
            pointer = "/error/code"
            self._add(Finding(UNKNOWN_CODE, unit, pointer, shown(code), body=body), code)

    def _add(self, finding: Finding, *details: str) -> None:
        # Not by the schema's place: a value that two places forbid alike is one fault.
        key = (finding.id, finding.unit, finding.pointer, *details)
        if key in self._found:
            self._found[key].count += 1
        else:
            self._found[key] = finding

    def _breach(self, unit: str, error: ValidationError, body: Json) -> None:
        pointer = _general(error.absolute_path)
        keyword = pointer_of(tuple(error.absolute_schema_path))
        rule = str(error.validator)
        if rule in _NAMING:  # what is wrong is a name, and one object may lack several
            text = detail = f"{rule}: {error.message}"
        else:
            text, detail = f"{rule}: {shown(error.instance)} against {shown(error.validator_value)}", rule
        self._add(Finding(BREACH, unit, pointer, text, keyword, body=body), detail)

    def _walk(self, unit: str, shape: Shape, value: Json, pointer: str, body: Json) -> None:
        """Compare names with the documented ones, and note which values were seen."""
        if not isinstance(value, dict | list):
            self._seen.setdefault((unit, pointer), set()).add(freeze(value))
        if isinstance(value, list) and shape.items is not None:
            for item in value:
                self._walk(unit, shape.items, item, f"{pointer}/*", body)
        if isinstance(value, dict) and shape.members:
            self._seen.setdefault((unit, pointer), set()).update(value)
            for name, inner in value.items():
                place = pointer + pointer_of((name,))
                if name in shape.members:
                    self._walk(unit, shape.members[name], inner, place, body)
                elif not shape.is_open and not shape.patterns:
                    self._add(Finding(UNDOCUMENTED, unit, place, shown(inner), body=body))

    def behaviours(self, before: Observed, now: Observed) -> None:
        """Compare the OPEN behaviours of two runs: subject by subject, where both have seen something."""
        for clause, subjects in now.items():
            for subject, behaviours in subjects.items():
                known = set(before.get(clause, {}).get(subject, ()))
                fresh = sorted(set(behaviours) - known)
                if known and fresh:
                    told = f"{subject}: {' / '.join(fresh)} (was {' / '.join(sorted(known))})"
                    self._add(Finding(BEHAVIOUR, clause, "", told), subject)

    def findings(self) -> list[Finding]:
        """Everything found, the worst first, then what was documented and never seen."""
        order = ["breaking", "policy", "coverage"]
        found = [*self._found.values(), *(self._unseen() if self.answers >= ENOUGH else ())]
        return sorted(found, key=lambda finding: order.index(finding.level))

    def _unseen(self) -> Iterator[Finding]:
        for role, unit in self.units.items():
            yield from self._unseen_in(unit.name, self._shapes[role], "")

    def _unseen_in(self, unit: str, shape: Shape, pointer: str) -> Iterator[Finding]:
        seen = self._seen.get((unit, pointer), set())
        for value in shape.values:
            if freeze(value) not in seen:
                yield Finding(UNSEEN, unit, pointer, f"value {shown(value)}")
        for name, inner in sorted(shape.members.items()):
            if name not in seen:
                yield Finding(UNSEEN, unit, pointer + pointer_of((name,)), "member")
            else:
                yield from self._unseen_in(unit, inner, pointer + pointer_of((name,)))
        if shape.items is not None and not pointer.endswith("/*" * ITEMS_DEPTH_MAX):
            yield from self._unseen_in(unit, shape.items, f"{pointer}/*")


def _general(path: Iterable[str | int]) -> str:
    """The JSON Pointer with every index as `*`: the same fault of every item is one finding."""
    return pointer_of(tuple("*" if isinstance(key, int) else key for key in path))
