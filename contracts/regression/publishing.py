"""Releases of the contract: `schemas/published/<date>/`, made by one command and never edited afterwards.

A release is a copy of the schemas and the OpenAPI document, with a `release.json` that says its version and
what it was judged against. It is refused where it breaks without a major step; the chain of releases stays
judged by a test.
"""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from contracts.regression import openapi
from contracts.regression.contract import OPENAPI, SUFFIX
from contracts.regression.review import Review, Step, review
from contracts.regression.sources import DATE, PUBLISHED, load, releases
from contracts.schema import NAMES
from contracts.target import UsageError

FIRST: Final = "1.0.0"
NOTES: Final = "release.json"
STEPS: Final[tuple[Step, ...]] = ("none", "patch", "minor", "major")


@dataclass(frozen=True)
class Release:
    """One release: its date (`YYYY-MM-DD`), its version, and the review against the one before."""

    date: str
    version: str
    review: Review | None


def stepped(version: str, step: Step) -> str:
    """The version after a step."""
    major, minor, patch = (int(part) for part in version.split("."))
    if step == "major":
        return f"{major + 1}.0.0"
    return f"{major}.{minor + 1}.0" if step == "minor" else f"{major}.{minor}.{patch + (step == 'patch')}"


def version_of(folder: Path) -> str:
    """The version of a release. Raises `UsageError`."""
    try:
        version = json.loads((folder / NOTES).read_text("utf-8"))["version"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise UsageError(
            f"{folder}/{NOTES}: cannot be read; restore it, releases are never edited"
        ) from error
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise UsageError(f"{folder}/{NOTES}: version {version!r} is not MAJOR.MINOR.PATCH")
    return version


def publish(schemas: Path, date: str, step: Step | None = None) -> Release:
    """Release the schemas of a directory under a date. Raises `UsageError` when that is not allowed.

    `step` is the version step that its maker is ready for; without one, any step short of major.
    """
    if not DATE.fullmatch(date):
        raise UsageError(f"--date {date}: write it as YYYY-MM-DD")
    before = releases(schemas)
    if before and date <= before[-1].name:
        raise UsageError(f"--date {date}: not after the latest release, {before[-1].name}")
    _check_generated(schemas)
    found = _judged(schemas, before[-1]) if before else None
    version = _version(before[-1], found, step) if before and found else FIRST
    _write(schemas, date, version, found)
    return Release(date, version, found)


def _check_generated(schemas: Path) -> None:
    written = schemas / OPENAPI
    if not written.is_file() or written.read_text("utf-8") != openapi.text(openapi.read(schemas)):
        raise UsageError(f"{written}: is not what the schemas give; run `generations-contract openapi` first")


def _judged(schemas: Path, latest: Path) -> Review:
    return review(load(str(latest)), load(str(schemas)), formats=True)


def _version(latest: Path, found: Review, step: Step | None) -> str:
    if found.step == "none":
        raise UsageError(f"nothing has changed since {latest.name}")
    if found.step == "major" and step != "major":
        worst = found.changes[0]
        raise UsageError(
            f"{worst.id} at {worst.file}#{worst.new_pointer} ({worst.level}) asks for --step major"
        )
    if step is not None and STEPS.index(step) < STEPS.index(found.step):
        raise UsageError(f"--step {step}: the changes ask for {found.step}")
    return stepped(version_of(latest), step or found.step)


def _write(schemas: Path, date: str, version: str, found: Review | None) -> None:
    folder = schemas / PUBLISHED / date
    folder.mkdir(parents=True)
    for name in (*(f"{name}{SUFFIX}" for name in NAMES), OPENAPI):
        shutil.copyfile(schemas / name, folder / name)
    notes = {
        "version": version,
        "date": date,
        "after": found.old if found else None,
        "step": found.step if found else None,
        "changes": [{"id": c.id, "level": c.level, "fingerprint": c.fingerprint} for c in found.changes]
        if found
        else [],
    }
    (folder / NOTES).write_text(json.dumps(notes, indent=2) + "\n", "utf-8")
