"""The table of the rival, from rows to Markdown. Pure: nothing is run here."""

import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median

from tests.rival.settings import EXAMPLES


@dataclass(frozen=True)
class Row:
    """One gateway: whether either side complained, and what that took. Seconds of wall time, US dollars.

    `ours` is the deepest campaign, in virtual time; `ours_paid` the depth that a live target is sent by default,
    and our generations and cost are that one's.
    """

    kind: str
    section: str
    theirs: bool
    ours: bool
    ours_paid: bool
    their_seconds: float
    our_paid_seconds: float
    their_generations: int
    their_cost_usd: float
    our_generations: int
    our_cost_usd: float


def _rate(caught: Iterable[bool]) -> str:
    found = list(caught)
    return f"{sum(found)}/{len(found)} ({sum(found) * 100 / max(1, len(found)):.0f} %)"


def _verdicts(row: Row) -> tuple[bool, bool, bool]:
    return row.theirs, row.ours_paid, row.ours


def _rates(rows: Sequence[Row]) -> list[str]:
    return [_rate(found) for found in zip(*map(_verdicts, rows), strict=True)]


def _line(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"


def _of(rows: Sequence[Row], kind: str) -> list[Row]:
    return [row for row in rows if row.kind == kind]


def markdown(rows: Sequence[Row], rival_version: str, day: date) -> str:
    """The table: faults caught by section, false alarms, time, generations and their cost."""
    faults, variants = _of(rows, "fault"), [*_of(rows, "honest"), *_of(rows, "variant")]
    lines = [
        _line(
            "faults caught",
            f"schemathesis {rival_version}",
            "this suite, as a live target gets it",
            "all of it",
        ),
        _line("---", "---:", "---:", "---:"),
    ]
    for section in sorted({row.section for row in faults}):
        own = [row for row in faults if row.section == section]
        lines.append(_line(section, *_rates(own)))
    lines.append(_line("**all**", *_rates(faults)))
    if variants:
        alarms = (sum(found) for found in zip(*map(_verdicts, variants), strict=True))
        lines.append(_line(f"false alarms (of {len(variants)} honest gateways)", *alarms))
    lines += _costs(rows)
    return "\n".join([*lines, "", _note(day)])


def _costs(rows: Sequence[Row]) -> list[str]:
    return [
        _line(
            "seconds a gateway (median)",
            f"{median(row.their_seconds for row in rows):.1f}",
            f"{median(row.our_paid_seconds for row in rows):.2f} (virtual time)",
            "–",
        ),
        _line(
            "generations accepted (median)",
            f"{median(row.their_generations for row in rows):.0f}",
            f"{median(row.our_generations for row in rows):.0f}",
            "–",
        ),
        _line(
            "billed for them (median)",
            f"{median(row.their_cost_usd for row in rows):.2f} USD",
            f"{median(row.our_cost_usd for row in rows):.2f} USD",
            "–",
        ),
    ]


def _note(day: date) -> str:
    return (
        f"Measured on {day:%d %B %Y} with Python {platform.python_version()} by `python -m tests.rival`, one "
        f"gateway for each fault. The rival runs over HTTP with all checks and phases, {EXAMPLES} examples, "
        "its read timeout raised to 75 s, jobs of milliseconds, and our OpenAPI document told this "
        "deployment's models. This suite plays in virtual time: at the depth that a live target is sent by default, "
        "for which generations and dollars are counted, and at its deepest, which is for the embedded gateway."
    )
