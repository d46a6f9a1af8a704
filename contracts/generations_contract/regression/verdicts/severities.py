"""How bad a change is that no document shows: by its rule, or as a project's own file has it.

The file overrules what was found, for better and for worse; what was found is kept, because a version step does
not depend on whom a project cares about.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final, Literal

from pydantic import Field

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table
from generations_contract.api.usage import UsageError
from generations_contract.containment.values import Json
from generations_contract.regression.verdicts.audiences import SENDERS, STRICT, TOLERANT
from generations_contract.regression.verdicts.change import (
    BREAKING,
    IGNORED,
    POLICY,
    UNDECIDED,
    Change,
    Level,
)
from generations_contract.regression.verdicts.rules import Whom, is_rule, names_of, nearest, rule_of

Chosen = Literal["breaking", "policy", "ignore"]
Severities = Mapping[str, Chosen]
_LEVEL: Final[dict[Chosen, Level]] = {"breaking": BREAKING, "policy": POLICY, "ignore": IGNORED}
_BROKEN: Final[dict[Whom, dict[str, Json]]] = {
    "senders": {SENDERS: None},
    "readers": {STRICT: None, TOLERANT: None},
}


class _File(Table):
    rules: dict[str, Chosen] = Field(default_factory=dict)


def read(path: Path) -> Severities:
    """The severities of a file with a table `[rules]`. Raises `UsageError`, for a name that is no rule too."""
    chosen = toml_file.read(path, _File).rules
    for name in chosen:
        if not is_rule(name):
            raise UsageError(f"{path}: [rules] {name} is no rule; {nearest(name)}")
    return chosen


def ranked(change: Change, severities: Severities) -> Change:
    """The change with its level: what was proved, else what its rule says; and, above both, what the file says."""
    change = _by_rule(change)
    chosen = next((severities[name] for name in names_of(change.id) if name in severities), None)
    if chosen is None or _LEVEL[chosen] == change.level:
        return change
    why = f"the severity file calls it {chosen}"
    level = _LEVEL[chosen]
    breaks = change.breaks or _broken(change) if level == BREAKING else change.breaks
    return replace(change, level=level, reason=why, breaks=breaks, found=change.level)


def _by_rule(change: Change) -> Change:
    rule = rule_of(change.id)
    if change.level != POLICY or rule.severity == "proved":
        return change
    if rule.severity == UNDECIDED:
        return replace(change, level=UNDECIDED, reason=rule.reason)
    if rule.severity != BREAKING:
        return replace(change, reason=rule.reason)
    return replace(change, level=BREAKING, reason=rule.reason, breaks=_broken(change))


def _broken(change: Change) -> dict[str, Json]:
    whom = rule_of(change.id).whom
    return _BROKEN[whom] if whom else {}
