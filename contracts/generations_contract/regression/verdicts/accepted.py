"""Changes that a person has accepted, in a TOML file, each with the reason.

Nothing is accepted without a reason, and an entry that accepts nothing is reported: it has outlived its
change.
"""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table
from generations_contract.regression.verdicts.change import Change


def _given(reason: str) -> str:
    if not reason.strip():
        raise ValueError("needs a reason: nothing is accepted without one")
    return reason.strip()


@dataclass(frozen=True)
class Acceptance:
    """One entry: the fingerprint of a change, and why it is accepted. `id` is for the reader."""

    fingerprint: str
    reason: str


class _Entry(Table):
    fingerprint: Annotated[str, Field(min_length=1)]
    reason: Annotated[str, AfterValidator(_given)]
    id: str = ""


class _File(Table):
    accepted: list[_Entry] = Field(default_factory=list)


def read(path: Path) -> list[Acceptance]:
    """The entries of a file with `[[accepted]]` tables. Raises `UsageError`."""
    entries = toml_file.read(path, _File).accepted
    return [Acceptance(each.fingerprint, each.reason) for each in entries]


def accept(changes: list[Change], entries: list[Acceptance]) -> tuple[list[Change], list[Acceptance]]:
    """The changes, those accepted marked so, and the entries that match no change."""
    reasons = {entry.fingerprint: entry.reason for entry in entries}
    marked = [replace(change, accepted=reasons.get(change.fingerprint, "")) for change in changes]
    met = {change.fingerprint for change in changes}
    return marked, [entry for entry in entries if entry.fingerprint not in met]
