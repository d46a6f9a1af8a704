"""The published contracts as they lie on disk: `schemas/published/<date>/`, each with its `release.json`.

Nothing is judged or written here: `publish` makes releases, `sources` reads them as contracts.
"""

import hashlib
import json
import re
from datetime import date
from pathlib import Path
from typing import Any, Final

from generations_contract.api.usage import UsageError

PUBLISHED: Final = "published"
NOTES: Final = "release.json"
FIRST: Final = "1.0.0"
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def is_date(text: str) -> bool:
    """Whether it is a day of the calendar, as `YYYY-MM-DD`."""
    try:
        return bool(_DATE.fullmatch(text) and date.fromisoformat(text))
    except ValueError:
        return False


def releases(schemas: Path) -> list[Path]:
    """The published contracts, oldest first."""
    folder = schemas / PUBLISHED
    return sorted(p for p in folder.iterdir() if _DATE.fullmatch(p.name)) if folder.is_dir() else []


def notes_of(folder: Path) -> dict[str, Any]:
    """What a release says of itself. Raises `UsageError`."""
    try:
        notes = json.loads((folder / NOTES).read_text("utf-8"))
        version = notes["version"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        told = f"{folder}/{NOTES}: cannot be read; restore it, releases are never edited"
        raise UsageError(told) from error
    if not isinstance(version, str) or not re.fullmatch(r"\d+\.\d+\.\d+", version):
        raise UsageError(f"{folder}/{NOTES}: version {version!r} is not MAJOR.MINOR.PATCH")
    found: dict[str, Any] = notes
    return found


def version_of(folder: Path) -> str:
    """The version of a release. Raises `UsageError`."""
    return str(notes_of(folder)["version"])


def latest_version(schemas: Path) -> str:
    """The version that stands in `published/` last, or the first one. Raises `UsageError`."""
    found = releases(schemas)
    return version_of(found[-1]) if found else FIRST


def digests(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file of a release but its notes, by name."""
    files = sorted(path for path in folder.iterdir() if path.name != NOTES)
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
