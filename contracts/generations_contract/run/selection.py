"""Which of the collected tests a run plays, and in which order: depth, needs, and what costs nothing first.

Probes and tests marked `generations_contract` are treated alike. What is left out is excused in the ledger, clause by
clause, with the reason: nothing is left out in silence.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import pytest

from generations_contract.api.promises import MAX_GENERATIONS
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.judging.clause import CLIENT
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import LEFT_OUT, SECTIONS
from generations_contract.options import ALL
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
        return self.depth, self._only_records

    @property
    def late(self) -> bool:
        """Whether it is better played when all else is; what costs nothing never is."""
        return self.depth == DEPTHS.index("deep") or (self._only_records and self.depth > 0)

    @property
    def _only_records(self) -> bool:
        return {CLAUSES[each].level for each in self.clauses if each in CLAUSES} == {"OPEN"}

    def left_out(self, depth: Depth, target: Target, wanted: Collection[str] = ()) -> str | None:
        """Why this run does not play it, if so. A need that a profile can meet is told by the test itself."""
        if wanted and self.clauses and not set(wanted) & set(self.clauses):
            return f"{LEFT_OUT}: only {', '.join(wanted)} was asked for"
        if any(need.startswith("reference.") and not target.offers(need) for need in self.needs):
            return "only the embedded gateway is known to have such a model"
        if self.depth > DEPTHS.index(_as_far_as(depth, target)):
            bought = (
                f"; [limits] max_generations above {MAX_GENERATIONS} buys it" if depth == "standard" else ""
            )
            return f"{LEFT_OUT} by depth {depth}{bought}"
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
            ledger.left_out[reason] += 1
    return sorted(kept, key=lambda item: Selected.of(item).place), left_out


def _as_far_as(depth: Depth, target: Target) -> Depth:
    """The depth to which a run goes: with more money than the usual looks need, a standard one goes on."""
    more = not target.reference and target.profile.limits.max_generations > MAX_GENERATIONS
    return "deep" if depth == "standard" and more else depth


def known_clauses(named: Iterable[str]) -> list[str]:
    """The clause ids that a run was asked for; raises `UsageError` for one that there is not."""
    found = list(named)
    for each in found:
        if each not in CLAUSES:
            raise UsageError(f"clause {each}: is unknown; {_nearest(each)}")
    return found


def required_patterns(named: str | None) -> list[str]:
    """What `--require-exercised` names: all clauses, ids, or patterns ("errors.*"), by commas.

    Raises `UsageError` for one that fits no clause; one of a section of somebody's own is known later.
    """
    if named is None:
        return []
    patterns = ["*"] if named == ALL else [each.strip() for each in named.split(",")]
    known_clauses(
        each
        for each in patterns
        if is_of_the_contract(each) and not any(fnmatchcase(clause_id, each) for clause_id in CLAUSES)
    )
    return patterns


def is_of_the_contract(clause_id: str) -> bool:
    """Whether a clause of that id would belong to a section of the contract."""
    section, dot, _ = clause_id.partition(".")
    return section in (*SECTIONS, CLIENT) or not dot


def check_waivers(waivers: Iterable[str]) -> None:
    """Raise `UsageError` for an id that is no clause's: a typo would waive nothing, silently."""
    for each in waivers:
        if each not in CLAUSES:
            raise UsageError(f'[waive] "{each}" is no clause; {_nearest(each)}')


def _nearest(clause_id: str) -> str:
    if clause_id.startswith(f"{CLIENT}."):
        return "it is about clients, which `generations-contract client` judges"
    close = get_close_matches(clause_id, CLAUSES, n=1)
    return f"did you mean {close[0]}?" if close else "`generations-contract clauses` lists them"


def plan(
    items: Sequence[pytest.Item], target: Target, *, late: bool = False
) -> list[tuple[Probe, str | None]]:
    """The probes among the tests that the target can serve, with their cases, in order: the usual, or the late ones.

    Late are deep ones, many of which are crowds by themselves, and those that can only record something: they shall
    not spend what a second look at the others may need.
    """
    chosen = [item for item in items if Selected.of(item).late == late]
    found = [(probe_of(item), case_of(item)) for item in chosen]
    return [(probe, case) for probe, case in found if probe is not None and not probe.lacks(target)]


def probe_of(item: pytest.Item) -> Probe | None:
    """The probe that a test plays."""
    made: Probe | None = getattr(getattr(item, "function", None), "probe", None)
    return made


def case_of(item: pytest.Item) -> str | None:
    """The id of the case that a test plays."""
    callspec: Any = getattr(item, "callspec", None)
    return callspec.params.get("case_id") if callspec else None
