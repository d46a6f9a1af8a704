"""Which of the collected tests a run plays, and in which order: depth, needs, and what costs nothing first.

Probes and tests marked `generations_contract` are treated alike. What is left out is excused in the ledger, clause by
clause, with the reason: nothing is left out in silence.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.judging.verdict import Ledger
from generations_contract.scripts.probe import DEPTHS, Depth, Probe


@dataclass(frozen=True)
class Selected:
    """What a collected test says of itself."""

    clauses: tuple[str, ...]
    depth: int
    needs: tuple[str, ...]

    @classmethod
    def of(cls, item: pytest.Item) -> "Selected":
        """Read a probe's or a marker's word; any other test concerns no clause and is always played."""
        made = probe_of(item)
        if made is not None:
            clauses = (*made.clauses, *made.clauses_of(case_of(item)))
            return cls(clauses, DEPTHS.index(made.depth), made.needs)
        marker = item.get_closest_marker("generations_contract")
        if marker is None:
            return cls((), 0, ())
        depth = DEPTHS.index(marker.kwargs.get("depth", "standard"))
        return cls(marker.args, depth, tuple(marker.kwargs.get("needs", ())))

    @property
    def place(self) -> tuple[int, bool]:
        """Where it stands in the order of a run; less is sooner."""
        levels = {CLAUSES[each].level for each in self.clauses if each in CLAUSES}
        return self.depth, levels == {"OPEN"}

    def left_out(self, depth: Depth, target: Target, wanted: Collection[str] = ()) -> str | None:
        """Why this run does not play it, if so. A need that a profile can meet is told by the test itself."""
        if wanted and self.clauses and not set(wanted) & set(self.clauses):
            return f"left out: only {', '.join(wanted)} was asked for"
        if self.depth > DEPTHS.index(depth):
            return f"left out by depth {depth}"
        if any(need.startswith("reference.") and not target.offers(need) for need in self.needs):
            return "only the embedded gateway is known to have such a model"
        return None


def arrange(
    items: Iterable[pytest.Item], depth: Depth, target: Target, ledger: Ledger, wanted: Collection[str] = ()
) -> tuple[list[pytest.Item], list[pytest.Item]]:
    """(tests in the order to run, tests left out): by value for money.

    What costs nothing comes first, and what can only be recorded comes after what can break. `wanted`: ids of the
    clauses that alone are to be exercised, none for all of them.
    """
    kept, left_out = [], []
    for item in items:
        selected = Selected.of(item)
        reason = selected.left_out(depth, target, wanted)
        if reason is None:
            kept.append(item)
        else:
            left_out.append(item)
            ledger.excuse(selected.clauses, reason)
    return sorted(kept, key=lambda item: Selected.of(item).place), left_out


def known_clauses(named: Iterable[str]) -> list[str]:
    """The clause ids that a run was asked for; raises `UsageError` for one that there is not."""
    found = list(named)
    for each in found:
        if each not in CLAUSES:
            raise UsageError(f"clause {each}: is unknown; {_hint(each)}")
    return found


def check_waivers(waivers: Iterable[str]) -> None:
    """Raise `UsageError` for an id that is no clause's: a typo would waive nothing, silently."""
    for each in waivers:
        if each not in CLAUSES:
            raise UsageError(f'[waive] "{each}" is no clause; {_hint(each)}')


def _hint(misspelt: str) -> str:
    close = get_close_matches(misspelt, CLAUSES, n=1)
    return f"did you mean {close[0]}?" if close else "`generations-contract clauses` lists them"


def plan(items: Sequence[pytest.Item], target: Target) -> list[tuple[Probe, str | None]]:
    """The probes among the tests that the target can serve, with their cases, in order."""
    found = [(probe_of(item), case_of(item)) for item in items]
    return [(probe, case) for probe, case in found if probe is not None and not probe.lacks(target)]


def probe_of(item: pytest.Item) -> Probe | None:
    """The probe that a test plays."""
    made: Probe | None = getattr(getattr(item, "function", None), "probe", None)
    return made


def case_of(item: pytest.Item) -> str | None:
    """The id of the case that a test plays."""
    callspec: Any = getattr(item, "callspec", None)
    return callspec.params.get("case_id") if callspec else None
