"""Changes that a person has accepted, in a TOML file, each with the reason.

Nothing is accepted without a reason, and an entry that accepts nothing is reported: it has outlived its
change.
"""

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

from generations_contract.api.target import UsageError
from generations_contract.regression.verdicts.change import Change

KEYS = {"fingerprint", "reason", "id"}


@dataclass(frozen=True)
class Acceptance:
    """One entry: the fingerprint of a change, and why it is accepted. `id` is for the reader."""

    fingerprint: str
    reason: str


def read(path: Path) -> list[Acceptance]:
    """The entries of a file with `[[accepted]]` tables. Raises `UsageError`."""
    try:
        data = tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error
    if unknown := set(data) - {"accepted"}:
        raise UsageError(f"{path}: unknown table {min(unknown)!r}; entries stand under [[accepted]]")
    entries = data.get("accepted", [])
    if not isinstance(entries, list):
        raise UsageError(f"{path}: write [[accepted]], with two brackets")
    return [_entry(path, number, entry) for number, entry in enumerate(entries, 1)]


def _entry(path: Path, number: int, entry: object) -> Acceptance:
    where = f"{path}: entry {number}"
    if not isinstance(entry, dict) or set(entry) - KEYS:
        raise UsageError(f"{where}: only fingerprint, reason and id are known")
    fingerprint, reason = entry.get("fingerprint"), entry.get("reason")
    if not isinstance(fingerprint, str) or not fingerprint:
        raise UsageError(f"{where}: needs the fingerprint that the report shows")
    if not isinstance(reason, str) or not reason.strip():
        raise UsageError(f"{where}: needs a reason: nothing is accepted without one")
    return Acceptance(fingerprint, reason.strip())


def accept(changes: list[Change], entries: list[Acceptance]) -> tuple[list[Change], list[Acceptance]]:
    """The changes, those accepted marked so, and the entries that match no change."""
    reasons = {entry.fingerprint: entry.reason for entry in entries}
    marked = [replace(change, accepted=reasons.get(change.fingerprint, "")) for change in changes]
    met = {change.fingerprint for change in changes}
    return marked, [entry for entry in entries if entry.fingerprint not in met]
