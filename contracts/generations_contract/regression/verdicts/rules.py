"""The catalogue of rules: what a kind of change is called, how bad it is by default, and who breaks how.

The rows stand in `rules.toml`; this module reads them and finds the rule of a change. How a project overrules a
severity is in `severities`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Final, Literal, get_args

from pydantic import Field

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table
from generations_contract.regression.versions.units import Role

Severity = Literal["proved", "breaking", "undecided", "policy", "safe"]
Step = Literal["major", "minor", "patch", "none"]
Whom = Literal["senders", "readers"]
# The role of the schema that changed stands before the rule's name: `request-max-length-lowered`.
ROLES: Final[tuple[Role, ...]] = get_args(Role)


class _Row(Table):
    severity: Severity
    reason: str
    whom: Whom | None = None
    step: Step | None = None


class _File(Table):
    sets: dict[str, list[str]]
    rules: dict[str, _Row] = Field(min_length=1)


@dataclass(frozen=True)
class Rule:
    """A kind of change. `whom` is broken without a witness; `step` is asked for where it breaks nobody."""

    name: str
    severity: Severity
    reason: str
    whom: Whom | None = None
    step: Step = "minor"


# Of a change that the catalogue does not name, so that none is ever left out: another version of it may.
UNNAMED: Final = Rule(
    "unnamed", "policy", "A change without a rule of its own: a person reads it.", step="major"
)


@cache
def rules() -> Mapping[str, Rule]:
    """Every rule by its name, in the order of the file."""
    text = files("generations_contract.regression.verdicts").joinpath("rules.toml").read_text("utf-8")
    read = toml_file.parse(text, _File, "rules.toml")
    found: dict[str, Rule] = {}
    for written, row in read.rules.items():
        step: Step = row.step or ("minor" if row.severity in ("proved", "safe") else "major")
        for name in _spelt_out(written, read.sets):
            found[name] = Rule(name, row.severity, row.reason, row.whom, step)
    return found


def _spelt_out(name: str, sets: Mapping[str, list[str]]) -> Iterator[str]:
    used = [key for key in sets if f"{{{key}}}" in name]
    for words in product(*(sets[key] for key in used)):
        yield name.format(**dict(zip(used, words, strict=True)))


def names_of(change_id: str) -> tuple[str, ...]:
    """What the rule of a change may be called, the most exact first: with the schema's role, and without."""
    role, _, rest = change_id.partition("-")
    return (change_id, rest) if role in ROLES and rest else (change_id,)


def rule_of(change_id: str) -> Rule:
    """The rule of a change; where the catalogue has none, one for a person to read, called like the change."""
    found = next((rules()[name] for name in names_of(change_id) if name in rules()), None)
    return found or replace(UNNAMED, name=names_of(change_id)[-1])


def is_rule(name: str) -> bool:
    """Whether a rule is called so, with or without the role of a schema."""
    return any(one in rules() for one in names_of(name))


def nearest(name: str) -> str:
    """What was perhaps meant by a name that no rule has."""
    known = [*rules(), *(f"{role}-{rule}" for role in ROLES for rule in rules())]
    close = get_close_matches(name, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]}?" if close else "`generations-contract rules` lists them"
