"""Releases of the contract: `schemas/published/<date>/`, made by one command and never edited afterwards.

A release is a copy of the schemas and the OpenAPI document, with a `release.json` that says its version and
what it was judged against. It is refused where it breaks without a major step; the chain of releases stays
judged by a test.
"""

import json
import shutil
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from generations_contract.api.schema import NAMES
from generations_contract.api.usage import UsageError
from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.review import Review, review
from generations_contract.regression.verdicts.rules import Step
from generations_contract.regression.versions import openapi
from generations_contract.regression.versions.document import OPENAPI, SUFFIX
from generations_contract.regression.versions.releases import (
    FIRST,
    NOTES,
    PUBLISHED,
    digests,
    is_date,
    latest_version,
    notes_of,
    releases,
    version_of,
)

_SCHEMAS: Final = tuple(f"{name}{SUFFIX}" for name in NAMES)
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


def publish(schemas: Path, date: str, step: Step | None = None) -> Release:
    """Release the schemas of a directory under a date. Raises `UsageError` when that is not allowed.

    `step` is the version step that its maker is ready for; without one, any step short of major.
    """
    if not is_date(date):
        raise UsageError(f"--date {date}: write a day as YYYY-MM-DD")
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
    try:
        expected = openapi.text(openapi.read(schemas), latest_version(schemas))
        same = written.is_file() and written.read_text("utf-8") == expected
    except (OSError, ValueError) as error:
        raise UsageError(f"{schemas}: {error}") from error
    if not same:
        raise UsageError(f"{written}: is not what the schemas give; run `generations-contract openapi` first")


def _judged(schemas: Path, latest: Path) -> Review:
    found = review(load(str(latest)), load(str(schemas)), formats=True)
    if found.step == "none" and any(
        (schemas / n).read_bytes() != (latest / n).read_bytes() for n in _SCHEMAS
    ):
        return replace(found, rewritten=True)
    return found


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
    for name in _SCHEMAS:
        shutil.copyfile(schemas / name, folder / name)
    document = openapi.text(openapi.read(schemas), version)
    (folder / OPENAPI).write_text(document, "utf-8")
    changes = found.changes if found else []
    notes = {
        "version": version,
        "date": date,
        "after": Path(found.old).name if found else None,
        "step": found.step if found else None,
        "changes": [{"id": c.id, "level": c.level, "fingerprint": c.fingerprint} for c in changes],
        "sha256": digests(folder),
    }
    (folder / NOTES).write_text(json.dumps(notes, indent=2) + "\n", "utf-8")
    # The working document is that of the version which is out now.
    (schemas / OPENAPI).write_text(document, "utf-8")


def complaints(schemas: Path) -> list[str]:
    """What is wrong with the chain of releases: a file edited afterwards, a step too small."""
    found = releases(schemas)
    told = [] if not found or version_of(found[0]) == FIRST else [f"{found[0].name}: is not {FIRST}"]
    for release in found:
        known = notes_of(release).get("sha256", {})
        told += [
            f"{release.name}: {name} was edited after its release"
            for name in sorted(known.keys() | digests(release).keys())
            if digests(release).get(name) != known.get(name)
        ]
    for before, after in pairwise(found):
        asked = _judged(after, before).step
        least, made = stepped(version_of(before), asked), version_of(after)
        if [int(part) for part in made.split(".")] < [int(part) for part in least.split(".")]:
            told.append(f"{after.name}: is {made}, but its changes ask for a {asked} step, {least}")
    return told
