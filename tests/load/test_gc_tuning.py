"""`generations_load.under_locust.gc_tuning`: the collector rests while users come and hold, and works when most are gone."""

import gc
from collections.abc import Iterator

import pytest

from generations_load.under_locust.gc_tuning import Collecting


@pytest.fixture(autouse=True)
def _collector() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)
    gc.unfreeze()


def collections(users: int, memory: float, collecting: Collecting) -> int:
    """How many whole collections one second brings."""
    before = gc.get_stats()[2]["collections"]
    collecting.every_second(users, memory)
    return gc.get_stats()[2]["collections"] - before


def test_collector_rests_while_users_come_and_hold() -> None:
    """A ramp to 1,000 users and what they keep: nothing is walked, everything is frozen."""
    collecting = Collecting()
    assert sum(collections(users, 1e8 + users * 1e5, collecting) for users in range(0, 1_000, 50)) == 0
    assert sum(collections(950, 2.5e8, collecting) for _ in range(10)) == 0
    assert gc.get_count()[0] < 1_000
    assert gc.get_freeze_count() > 0


@pytest.mark.parametrize(("users", "memory"), [(400, 2e8), (1_000, 4e8)])
def test_collector_works_when_users_are_gone_or_memory_grows(users: int, memory: float) -> None:
    """Once: when fewer than half of the users are left, or memory is half as much again without new ones."""
    collecting = Collecting()
    collecting.every_second(1_000, 2e8)
    assert collections(users, memory, collecting) == 1
    assert collections(users, memory, collecting) == 0
