"""The stated rate of false alarms: an exact bound, and a table that leaves nothing out."""

from fractions import Fraction
from math import comb

import pytest

from generations_contract.clauses import CLAUSES
from tests.honest import at_most, counted, table

TIMING = [each.id for each in CLAUSES.values() if each.timing]


@pytest.mark.parametrize(
    ("breaches", "judgements", "bound"),
    [
        (0, 1, 0.95),
        (0, 61, 1 - 0.05 ** (1 / 61)),
        (0, 300, 1 - 0.05 ** (1 / 300)),
        (0, 100_000, 1 - 0.05 ** (1 / 100_000)),
        (1, 10, 0.39416),
        (5, 5, 1.0),
        (0, 0, 1.0),
    ],
)
def test_bound_is_that_of_clopper_and_pearson(breaches: int, judgements: int, bound: float) -> None:
    """Of none in 300, one percent; of all, all; of nothing that was judged nothing is known."""
    assert at_most(breaches, judgements) == pytest.approx(bound, rel=1e-4)


@pytest.mark.parametrize(("breaches", "judgements"), [(0, 300), (1, 61), (3, 100), (7, 20)])
def test_bound_is_where_so_few_become_unlikely(breaches: int, judgements: int) -> None:
    """At the bound exactly one in twenty would see no more breaches, reckoned in whole numbers."""
    rate = Fraction(at_most(breaches, judgements))
    likely = sum(
        comb(judgements, count) * rate**count * (1 - rate) ** (judgements - count)
        for count in range(breaches + 1)
    )
    assert float(likely) == pytest.approx(0.05, rel=1e-6)


def test_bound_for_none_is_about_three_in_so_many() -> None:
    """The rule of three, which people reckon in their heads."""
    assert at_most(0, 1000) == pytest.approx(3 / 1000, rel=0.01)


def _clause(
    clause_id: str, exercised: int, broken: int = 0, notes: tuple[str, ...] = ()
) -> dict[str, object]:
    return {"id": clause_id, "exercised": exercised, "broken": broken, "unmet": 0, "notes": list(notes)}


def test_table_counts_runs_and_judgements() -> None:
    """One run of two alarmed: its clause, the others with no breach, and what was late once only."""
    once = "wait.never-late: not repeated, so not counted: after 1.2 s (test_wait::test_it)"
    clean = counted(0, [_clause("wait.never-late", 90, notes=(once,)), _clause("auth.scheme", 5)], 40.0)
    alarmed = counted(1, [_clause("wait.never-late", 10, 1), _clause("wait.wakes", 3)], 50.0, "…")
    lines = list(table([clean, alarmed], "2 runs at once"))
    assert lines[0].startswith("Measured on ")
    assert lines[0].endswith("; 2 runs at once.")
    assert "| **runs of `check --target`** | 2 | 1 | 97 % | 1 |" in lines
    assert "| wait.never-late | 100 | 1 | 4.7 % | 1 |" in lines
    assert "| wait.wakes | 3 | 0 | 63 % | 0 |" in lines
    assert lines[-1] == "A run took 40 to 50 s, 50 s in the median."


def test_table_has_every_timing_clause() -> None:
    """One that no run judged says so: a bound would claim too much."""
    lines = list(table([counted(0, [], 1.0)], "nothing else"))
    assert [line.split("|")[1].strip() for line in lines if "| not judged |" in line] == TIMING
    assert not any("auth.scheme" in line for line in lines)


def test_run_keeps_little() -> None:
    """Three hundred of them fit in memory: counts of what is about time, and of what broke."""
    run = counted(1, [_clause(each, 3) for each in CLAUSES], 1.0, "x")
    assert set(run.judged) == set(TIMING)
    assert not run.broken
    assert not run.once
