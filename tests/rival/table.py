"""The table of the rival, from rows to Markdown. Pure: nothing is run here."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from tests.rival.settings import EXAMPLES


@dataclass(frozen=True)
class Row:
    """One gateway: whether either side complained, and what that took. Seconds of wall time, US dollars."""

    kind: str
    section: str
    theirs: bool
    ours: bool
    their_seconds: float
    our_seconds: float
    their_generations: int
    their_cost_usd: float
    our_generations: int
    our_cost_usd: float


def _rate(caught: Iterable[bool]) -> str:
    found = list(caught)
    return f"{sum(found)}/{len(found)} ({sum(found) * 100 / max(1, len(found)):.0f} %)"


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _of(rows: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in rows if row.kind == kind]


def markdown(rows: Sequence[Row], rival_version: str, day: date) -> str:
    """The table: faults caught by section, false alarms, time, generations and their cost."""
    faults, variants = _of(rows, "fault"), [*_of(rows, "honest"), *_of(rows, "variant")]
    lines = [
        _line("faults caught", f"schemathesis {rival_version}", "this suite"),
        _line("---", "---:", "---:"),
    ]
    for section in sorted({row.section for row in faults}):
        own = [row for row in faults if row.section == section]
        lines.append(_line(section, _rate(row.theirs for row in own), _rate(row.ours for row in own)))
    lines.append(_line("**all**", _rate(row.theirs for row in faults), _rate(row.ours for row in faults)))
    if variants:
        alarms = [(sum(row.theirs for row in variants), sum(row.ours for row in variants))]
        lines += [
            _line(f"false alarms (of {len(variants)} honest gateways)", theirs, ours)
            for theirs, ours in alarms
        ]
    lines += _costs(rows)
    return "\n".join([*lines, "", _note(day)])


def _costs(rows: Sequence[Row]) -> list[str]:
    seconds = [(median(r.their_seconds for r in rows), median(r.our_seconds for r in rows))]
    return [
        *(_line("seconds a gateway (median)", f"{a:.1f}", f"{b:.1f}") for a, b in seconds),
        _line(
            "generations accepted (median)",
            f"{median(row.their_generations for row in rows):.0f}",
            f"{median(row.our_generations for row in rows):.0f}",
        ),
        _line(
            "billed for them (median)",
            f"{median(row.their_cost_usd for row in rows):.2f} USD",
            f"{median(row.our_cost_usd for row in rows):.2f} USD",
        ),
    ]


def _note(day: date) -> str:
    return (
        f"Measured on {day:%d %B %Y} with Python {platform.python_version()} by `python -m tests.rival`, one "
        f"gateway for each fault. The rival runs over HTTP with all checks and phases, {EXAMPLES} examples, "
        "its read timeout raised to 75 s, jobs of milliseconds, and our OpenAPI document told this "
        "deployment's models; this suite plays its deepest campaign in virtual time. A paid target gets the "
        "standard depth of this suite, within its budget."
    )
