"""A comparison as a whole: its changes, the version step it asks for, and the exit code it deserves.

No output is written here. Accepted changes stay in the review and fail nothing; the version step is what it is.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from generations_contract.containment.decide import Limits
from generations_contract.regression.verdicts.accepted import Acceptance, accept
from generations_contract.regression.verdicts.audiences import STRICT
from generations_contract.regression.verdicts.change import BREAKING, POLICY, UNDECIDED, Change
from generations_contract.regression.verdicts.comparison import schema_changes
from generations_contract.regression.verdicts.policy import policy_changes
from generations_contract.regression.versions.document import OPENAPI, Contract, Origin

Step = Literal["major", "minor", "patch", "none"]
EXIT_OF: Final = {BREAKING: 1, UNDECIDED: 2, POLICY: 3}
# Policy changes that only say something better, or add what nobody relied on.
HARMLESS: Final = (
    "description-changed",
    "deprecation-changed",
    "header-added",
    "link-added",
    "media-type-added",
    "operation-added",
    "parameter-added",
)
WORDING: Final = (*HARMLESS[:1], "title-changed", "comment-changed", "examples-changed", "reordered")


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

        Accepting a change says that it may be made, not that it breaks nobody: it counts here as well.
        """
        if any(_is_major(change) for change in self.changes):
            return "major"
        if any(not change.id.endswith(WORDING) for change in self.changes):
            return "minor"
        return "patch" if self.changes or self.rewritten else "none"

    def exit_code(self, fail_on: tuple[str, ...]) -> int:
        """1, 2 or 3 for the worst level that fails and is met, else 0."""
        return next((code for level, code in EXIT_OF.items() if level in fail_on and self.counted(level)), 0)


def _is_major(change: Change) -> bool:
    if change.level in (BREAKING, UNDECIDED):
        return True
    return change.level == POLICY and not change.id.endswith(HARMLESS)


def breaks_only_strict(change: Change) -> bool:
    """Whether the contract allows the change and only readers who refuse the unknown are broken."""
    return change.level not in (BREAKING, UNDECIDED) and STRICT in change.breaks


def review(
    old: Contract,
    new: Contract,
    *,
    formats: bool,
    accepted: list[Acceptance] | None = None,
    limits: Limits | None = None,
) -> Review:
    """Compare two versions of a contract; two single files are versions of one, whatever they are called."""
    if len(old.files) == len(new.files) == 1:
        old = Contract(old.label, dict(zip(new.files, old.files.values(), strict=True)), old.roles)
    found: list[Change] = []
    if new.files.keys() != old.files.keys() or any(
        old.files[name] is not file for name, file in new.files.items()
    ):
        found = [*schema_changes(old, new, formats=formats, limits=limits), *policy_changes(old, new)]
    changes, stale = accept(found, accepted or [])
    order = [BREAKING, UNDECIDED, POLICY]
    changes.sort(key=lambda change: order.index(change.level) if change.level in order else len(order))
    return Review(old.label, new.label, formats, changes, stale, new.origins, note=_note(old, new))


def _note(old: Contract, new: Contract) -> str:
    """Said where one version describes operations and the other does not: silence would look like agreement."""
    lacking = [one.label for one in (old, new) if one.openapi is None]
    told = [f"{lacking[0]} has no {OPENAPI}: operations were not compared"] if len(lacking) == 1 else []
    if problems := list(dict.fromkeys([*old.problems, *new.problems])):
        told.append(f"no valid schema, so what changes there is undecided: {', '.join(problems)}")
    return "; ".join(told)
