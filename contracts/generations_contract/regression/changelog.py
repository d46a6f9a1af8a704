"""What each release of a contract brought: consecutive versions compared, over a range of tags or releases.

A range is `A..B`: two days of releases (`2026-01-01..2026-06-30`), else two git revisions and the tags between
them. A tag that did not touch the contract is no release of it. How it is laid out is in `report.changelog`.
"""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from generations_contract.api.usage import UsageError
from generations_contract.containment.decide import Limits
from generations_contract.regression.git import day_of, object_at, tags_between
from generations_contract.regression.sources import GIT, folder_of, load, workplace
from generations_contract.regression.verdicts.history import Release, Version
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.verdicts.severities import Severities
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.releases import is_date, releases, version_of


def changelog(
    wanted: str,
    place: str | None,
    *,
    formats: bool = True,
    severities: Severities | None = None,
    limits: Limits | None = None,
) -> list[Release]:
    """Each release of the range but the first, newest first. Raises `UsageError` for a range that is none."""
    found = list(versions(wanted, place))
    if len(found) < 2:
        raise UsageError(
            f"--changelog {wanted}: holds no two versions of {place or 'the contract'} that differ"
        )
    read = [_read(each) for each in found]
    made = []
    for (_, before), (version, after) in pairwise(zip(found, read, strict=True)):
        problem = next((one for one in (before, after) if isinstance(one, str)), "")
        both = isinstance(before, Contract) and isinstance(after, Contract)
        result = (
            review(before, after, formats=formats, severities=severities, limits=limits)  # type: ignore[arg-type]
            if both
            else None
        )
        made.append(Release(version, result, problem))
    return made[::-1]


def _read(version: Version) -> Contract | str:
    try:
        return load(version.spec, excused=None)
    except UsageError as error:
        return str(error)  # one bad version does not keep the others from being told


def versions(wanted: str, place: str | None) -> Iterator[Version]:
    """The versions of a range, oldest first."""
    first, dots, last = wanted.partition("..")
    if not dots or last.startswith("."):
        raise UsageError(f"--changelog {wanted}: write A..B, two tags or two days of releases")
    if is_date(first or last) or not (first or last):
        yield from _published(first, last, Path(place) if place else workplace())
    else:
        yield from _tagged(first, last or "HEAD", place or str(workplace()))


def _published(first: str, last: str, place: Path) -> Iterator[Version]:
    for folder in releases(folder_of(place)):
        if (first or folder.name) <= folder.name <= (last or folder.name):
            yield Version(version_of(folder), folder.name, str(folder))


def _tagged(first: str, last: str, place: str) -> Iterator[Version]:
    """The revisions at which the contract is another than before."""
    path = place if Path(place).is_absolute() else f"./{place}"
    known = ""
    for revision in dict.fromkeys([*([first] if first else []), *tags_between(first, last), last]):
        found = object_at(revision, path)
        if found and found != known:
            yield Version(revision, day_of(revision), f"{GIT}{revision}:{path}")
            known = found
