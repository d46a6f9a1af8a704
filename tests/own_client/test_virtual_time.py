"""The clock that jumps: sleeping takes no time, tasks wait side by side, and what is real is waited for."""

import asyncio
import time

import pytest

from generations_contract.own_client.virtual_time import VirtualTime


def test_sleep_moves_the_clock_and_takes_no_time() -> None:
    """An hour passes on every clock of `time`, and nothing on the wall."""
    began, clock = time.perf_counter(), VirtualTime(epoch=1_700_000_000.0)
    with clock.in_place():
        before = time.monotonic()
        time.sleep(3600)
        time.sleep(-1)
        assert time.monotonic() - before == pytest.approx(3600)
        assert time.time() == 1_700_003_600.0
    assert clock.now == 3600
    assert time.perf_counter() - began < 60


def test_tasks_wait_side_by_side() -> None:
    """Sleeps, time-outs and timers of one loop end in the order of their times, not of their beginnings."""
    ended: list[tuple[str, float]] = []

    async def wait(name: str, seconds: float, clock: VirtualTime) -> None:
        await asyncio.sleep(seconds)
        ended.append((name, clock.now))

    async def run(clock: VirtualTime) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(
                asyncio.gather(*(wait(*each, clock) for each in (("a", 30), ("b", 10), ("c", 90)))), 60
            )

    clock = VirtualTime()
    with clock.in_place():
        asyncio.run(run(clock))
    assert ended == [("b", pytest.approx(10)), ("a", pytest.approx(30))]
    assert clock.now == pytest.approx(60)


def test_cancelled_timers_do_not_move_the_clock() -> None:
    """What nobody waits for any more is no reason to jump."""

    async def run() -> None:
        asyncio.get_running_loop().call_later(500, print).cancel()
        await asyncio.sleep(1)

    clock = VirtualTime()
    with clock.in_place():
        asyncio.run(run())
    assert clock.now == pytest.approx(1)


def test_time_goes_on_where_no_timer_is() -> None:
    """A loop that waits for a thread without a timer waits for it in real time, and no time passes."""

    async def run() -> int:
        return await asyncio.to_thread(sum, [1, 2, 3])

    clock = VirtualTime()
    with clock.in_place():
        assert asyncio.run(run()) == 6
    assert clock.now == 0
