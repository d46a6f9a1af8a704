"""Releases of a contract: `published/<date>/` beside it, made by one command and never edited afterwards.

A release is a copy of the schemas and the OpenAPI document, or of a team's document alone, with a `release.json`
that says its version and what it was judged against. It is refused where it breaks without a major step; the chain
of releases stays judged by a test.
"""

import json
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Final

from generations_contract.api.schema import NAMES
from generations_contract.api.schema_names import SUFFIX
from generations_contract.api.usage import UsageError
from generations_contract.regression.sources import folder_of, load
from generations_contract.regression.verdicts.review import Review, review
from generations_contract.regression.verdicts.rules import Step
from generations_contract.regression.versions import openapi
from generations_contract.regression.versions.document import Contract
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
from generations_contract.regression.versions.units import OPENAPI

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


def publish(place: Path, date: str, step: Step | None = None) -> Release:
    """Release a contract, a directory or a document, under a date. Raises `UsageError` when that is not allowed.

    `step` is the version step that its maker is ready for; without one, any step short of major.
    """
    if not is_date(date):
        raise UsageError(f"--date {date}: write a day as YYYY-MM-DD")
    folder = folder_of(place)
    before = releases(folder)
    if before and date <= before[-1].name:
        raise UsageError(f"--date {date}: not after the latest release, {before[-1].name}")
    if is_generated(place):
        _check_generated(place)
    now = load(str(place))
    found = _judged(now, before[-1]) if before else None
    version = _version(before[-1], found, step) if before and found else FIRST
    try:
        _write(place, now, date, version, found)
    except OSError as error:
        raise UsageError(f"{folder / PUBLISHED / date}: cannot be written: {error.strerror}") from error
    return Release(date, version, found)


def is_generated(place: Path) -> bool:
    """Whether the OpenAPI document of a directory is made of its schemas, because it holds the suite's four."""
    return place.is_dir() and all((place / name).is_file() for name in _SCHEMAS)


def _check_generated(schemas: Path) -> None:
    written = schemas / OPENAPI
    try:
        expected = openapi.text(openapi.read(schemas), latest_version(schemas))
        same = written.is_file() and written.read_text("utf-8") == expected
    except (OSError, ValueError) as error:
        raise UsageError(f"{schemas}: {error}") from error
    if not same:
        raise UsageError(f"{written}: is not what the schemas give; run `generations-contract openapi` first")


def _judged(now: Contract, latest: Path) -> Review:
    before = load(str(latest))
    found = review(before, now, formats=True)
    return replace(found, rewritten=True) if found.step == "none" and _texts(before) != _texts(now) else found


def _texts(contract: Contract) -> dict[str, str]:
    """The files that people write: where there are schemas, the document is made of them."""
    written = contract.schema_files or contract.files
    return {name: contract.origins[name].text for name in written}


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


def _write(place: Path, now: Contract, date: str, version: str, found: Review | None) -> None:
    release = folder_of(place) / PUBLISHED / date
    release.mkdir(parents=True)
    for name, origin in now.origins.items():
        as_it_is = "openapi.json" if name == OPENAPI and origin.path.endswith(".json") else name
        (release / as_it_is).write_bytes(origin.text.encode())
    if is_generated(place):
        # The working document is that of the version which is out now.
        for written in (release, place):
            (written / OPENAPI).write_text(openapi.text(openapi.read(place), version), "utf-8")
    changes = found.changes if found else []
    notes = {
        "version": version,
        "date": date,
        "after": Path(found.old).name if found else None,
        "step": found.step if found else None,
        "changes": [{"id": c.id, "level": c.level, "fingerprint": c.fingerprint} for c in changes],
        "sha256": digests(release),
    }
    (release / NOTES).write_text(json.dumps(notes, indent=2) + "\n", "utf-8")


def complaints(folder: Path) -> list[str]:
    """What is wrong with the chain of releases of a directory: a file edited afterwards, a step too small."""
    found = releases(folder)
    told = [] if not found or version_of(found[0]) == FIRST else [f"{found[0].name}: is not {FIRST}"]
    for release in found:
        known = notes_of(release).get("sha256", {})
        told += [
            f"{release.name}: {name} was edited after its release"
            for name in sorted(known.keys() | digests(release).keys())
            if digests(release).get(name) != known.get(name)
        ]
    for before, after in pairwise(found):
        asked = _judged(load(str(after)), before).step
        least, made = stepped(version_of(before), asked), version_of(after)
        if [int(part) for part in made.split(".")] < [int(part) for part in least.split(".")]:
            told.append(f"{after.name}: is {made}, but its changes ask for a {asked} step, {least}")
    return told
