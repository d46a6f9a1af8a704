"""A changelog for its readers: what each release added, changed and broke, by rule; terminal, Markdown and JSON.

Nothing is compared here. The newest release comes first.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import Any, Final

from generations_contract.forms.markdown import plain, span
from generations_contract.regression.report.phrases import MARKS, laid_out, place, printable
from generations_contract.regression.report.showing import record
from generations_contract.regression.verdicts.change import Change
from generations_contract.regression.verdicts.history import Release
from generations_contract.regression.verdicts.rules import rule_of


def _parts(release: Release) -> dict[str, list[Change]]:
    return {"broke": release.broke(), "added": release.added(), "changed": release.changed()}


def _by_rule(changes: list[Change]) -> Iterator[tuple[str, list[Change]]]:
    ordered = sorted(changes, key=lambda change: change.id)
    yield from ((name, list(members)) for name, members in groupby(ordered, key=lambda change: change.id))


def _head(release: Release) -> str:
    return f"{release.version.name} ({release.version.day})"


def terminal(releases: Iterable[Release]) -> str:
    """Plain text, a line a change."""
    lines = []
    for release in releases:
        step = f"version step {release.review.step}" if release.review else "not compared"
        lines.append(f"{_head(release)}: {step}")
        lines += [f"  {release.problem}"] if release.problem else []
        for part, changes in _parts(release).items():
            lines += [f"  {part}"] if changes else []
            lines += [f"    {MARKS[c.level]} {c.id}  {place(c)}  {c.text}" for c in changes]
    return "\n".join(printable(line) for line in lines) + "\n"


def markdown(releases: Iterable[Release]) -> str:
    """A section a release, a list a rule."""
    lines = ["# Changelog"]
    for release in releases:
        lines += ["", f"## {plain(_head(release))}", ""]
        if release.review is None:
            lines.append(f"Not compared: {plain(release.problem)}")
            continue
        counts = ", ".join(f"{len(changes)} {part}" for part, changes in _parts(release).items() if changes)
        lines.append(f"Version step **{release.review.step}**: {counts or 'other words that say the same'}.")
        for part, changes in _parts(release).items():
            lines += ["", f"### {part.capitalize()}", ""] if changes else []
            for name, members in _by_rule(changes):
                lines.append(f"- {span(name)}: {plain(rule_of(name).reason)}")
                lines += [f"  - {span(place(change))}: {span(change.text)}" for change in members]
    return "\n".join(lines) + "\n"


def as_json(releases: Iterable[Release]) -> str:
    """Everything, witnesses whole; the keys are stable."""
    return laid_out({"releases": [_release(each) for each in releases]}) + "\n"


def _release(release: Release) -> dict[str, Any]:
    parts = _parts(release)
    counted = Counter(rule_of(change.id).name for changes in parts.values() for change in changes)
    return {
        "version": release.version.name,
        "date": release.version.day,
        "step": release.review.step if release.review else None,
        "problem": release.problem,
        "rules": dict(sorted(counted.items())),
        **{part: [record(change) for change in changes] for part, changes in parts.items()},
    }


FORMATS: Final[dict[str, Callable[[Iterable[Release]], str]]] = {
    "terminal": terminal,
    "markdown": markdown,
    "json": as_json,
}
