"""Parallel workers: what one leaves behind, should it not come to hand it over."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from generations_contract.run import workers


@pytest.fixture
def run() -> Iterator[str]:
    """The id of a run, whose files are gone afterwards."""
    name = uuid.uuid4().hex
    yield name
    workers.forget(name)
    assert not list(workers.budget_file(name).parent.glob(f"*{name}*"))


def test_keeper_leaves_the_last_ledger(run: str) -> None:
    """Copies follow at most every other second, the last one in any case."""
    clock = iter([0.0, 0.0, 1.0, 2.5, 2.5, 3.0])
    keeper = workers.Keeper(run, "gw0", clock=lambda: next(clock))
    for number in range(3):
        keeper.keep(lambda number=number: {"number": number})  # type: ignore[misc]
    assert list(workers.left_ledgers(run, ())) == [{"number": 2}]
    keeper.keep(lambda: {"number": 3}, last=True)
    assert list(workers.left_ledgers(run, ())) == [{"number": 3}]


def test_left_ledgers_are_those_that_were_not_received(run: str) -> None:
    """What a worker handed over itself is not counted twice; another run's is another run's."""
    for worker in ("gw0", "gw1", "gw10"):
        workers.Keeper(run, worker).keep(lambda worker=worker: {"of": worker})  # type: ignore[misc]
    assert list(workers.left_ledgers(run, {"gw1"})) == [{"of": "gw0"}, {"of": "gw10"}]
    assert list(workers.left_ledgers(run + "x", ())) == []


def test_forgotten_run_leaves_nothing(run: str) -> None:
    """Neither the budget nor a lock nor a ledger stays behind."""
    workers.Keeper(run, "gw0").keep(dict)
    budget = workers.budget_file(run)
    for path in (budget, Path(f"{budget}.lock")):
        path.write_text("{}")
    workers.forget(run)
    assert list(workers.left_ledgers(run, ())) == []
    assert not budget.exists()
