"""A comparison as a whole: its changes, the version step it asks for, and the exit code it deserves.

No output is written here. Accepted changes stay in the review and fail nothing; the version step is what it is.
"""

from dataclasses import dataclass, field
from typing import Final

from generations_contract.containment.decide import Limits
from generations_contract.regression.verdicts.accepted import Acceptance, accept
from generations_contract.regression.verdicts.audiences import STRICT
from generations_contract.regression.verdicts.change import BREAKING, LEVELS, POLICY, UNDECIDED, Change
from generations_contract.regression.verdicts.comparison import schema_changes
from generations_contract.regression.verdicts.policy import policy_changes
from generations_contract.regression.verdicts.remainder import draft_changes, remaining_changes
from generations_contract.regression.verdicts.rules import Step, rule_of
from generations_contract.regression.verdicts.severities import Severities, ranked
from generations_contract.regression.versions.dialects import alike
from generations_contract.regression.versions.document import Contract, Origin
from generations_contract.regression.versions.units import OPENAPI

EXIT_OF: Final = {BREAKING: 1, UNDECIDED: 2, POLICY: 3}
STEPS: Final[tuple[Step, ...]] = ("major", "minor", "patch")


@dataclass(frozen=True)
class Review:
    """Everything a report needs. `formats`: whether `format` was asserted; `origins`: files of the new version."""

    old: str
    new: str
    formats: bool
    changes: list[Change]
    stale: list[Acceptance] = field(default_factory=list)
    origins: dict[str, Origin] = field(default_factory=dict)
    rewritten: bool = False  # other words that say the same
    note: str = ""  # what was not compared, and why

    def counted(self, level: str) -> list[Change]:
        """The changes of a level that nobody has accepted."""
        return [change for change in self.changes if change.level == level and not change.accepted]

    @property
    def step(self) -> Step:
        """The semantic version step that the changes ask for; what is undecided counts as breaking.

        Accepting a change, or ignoring its rule, says that it may be made, not that it breaks nobody: it counts
        here as well.
        """
        asked = {_step(change) for change in self.changes} | ({"patch"} if self.rewritten else set())
        return next((step for step in STEPS if step in asked), "none")

    def exit_code(self, fail_on: tuple[str, ...]) -> int:
        """1, 2 or 3 for the worst level that fails and is met, else 0."""
        return next((code for level, code in EXIT_OF.items() if level in fail_on and self.counted(level)), 0)


def _step(change: Change) -> Step:
    found = change.found or change.level
    rule = rule_of(change.id)
    is_open = (
        found == POLICY and rule.severity == "proved"
    )  # what documents do not show, proofs do not settle
    return "major" if found in (BREAKING, UNDECIDED) or is_open else rule.step


def breaks_only_strict(change: Change) -> bool:
    """Whether the contract allows the change and only readers who refuse the unknown are broken."""
    return change.level not in (BREAKING, UNDECIDED) and STRICT in change.breaks


def review(
    old: Contract,
    new: Contract,
    *,
    formats: bool,
    accepted: list[Acceptance] | None = None,
    severities: Severities | None = None,
    limits: Limits | None = None,
) -> Review:
    """Compare two versions of a contract; two single files are versions of one, whatever they are called."""
    if len(old.files) == len(new.files) == 1:
        files, drafts = (
            dict(zip(new.files, each.values(), strict=False)) for each in (old.files, old.drafts)
        )
        old = Contract(old.label, files, old.roles, drafts=drafts, problems=old.problems)
    found: list[Change] = []
    if old.files.keys() != new.files.keys() or any(
        old.files[name] is not file for name, file in new.files.items()
    ):
        found = _changes(*alike(old, new), formats=formats, limits=limits)
    changes, stale = accept([ranked(change, severities or {}) for change in found], accepted or [])
    changes.sort(key=lambda change: LEVELS.index(change.level))
    return Review(old.label, new.label, formats, changes, stale, new.origins, note=_note(old, new))


def _changes(old: Contract, new: Contract, *, formats: bool, limits: Limits | None) -> list[Change]:
    return [
        *schema_changes(old, new, formats=formats, limits=limits),
        *policy_changes(old, new),
        *remaining_changes(old, new),
        *draft_changes(old, new),
    ]


def _note(old: Contract, new: Contract) -> str:
    """Said where one version describes operations and the other does not: silence would look like agreement."""
    lacking = [one.label for one in (old, new) if one.openapi is None]
    told = [f"{lacking[0]} has no {OPENAPI}: operations were not compared"] if len(lacking) == 1 else []
    if problems := list(dict.fromkeys([*old.problems, *new.problems])):
        told.append(f"no valid schema, so what changes there is undecided: {', '.join(problems)}")
    return "; ".join(told)
