"""A clock that jumps, in place of the process's: for code that sleeps, and for asyncio with all its tasks.

`time.sleep` moves it. An event loop moves it to its next timer whenever no task can run: so tasks that wait at
the same time wait side by side, as they would in real time, and `asyncio.sleep`, `wait_for` and `timeout` need
no knowledge of it. Threads have no such moment of rest, and share the clock at their own risk.

A loop that rests cannot be told by public means. `_run_once`, `_ready` and
`_scheduled` of `asyncio.BaseEventLoop` are private, and the same in all versions of Python that we support;
other loops (uvloop, trio) keep real time.
"""

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest


@dataclass
class VirtualTime:
    """Seconds since the start; `epoch` is the Unix time of the start."""

    epoch: float = 0.0
    now: float = 0.0

    def pass_time(self, seconds: float) -> None:
        """Let time pass, as `time.sleep` does while this clock is the process's."""
        self.now += max(0.0, seconds)

    def reach(self, moment: float) -> None:
        """Let it be that moment, unless it is later: sums of floats, and an event loop's timers, fall short of it."""
        self.now = max(self.now, moment)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While the block runs, this is the time of `time` and of asyncio."""
        began = time.monotonic()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(time, "sleep", self.pass_time)
            for clock, origin in (("monotonic", began), ("perf_counter", began), ("time", self.epoch)):
                patch.setattr(time, clock, lambda origin=origin: origin + self.now)
            patch.setattr(asyncio.BaseEventLoop, "time", lambda _: began + self.now)
            patch.setattr(asyncio.BaseEventLoop, "_run_once", self._jumping(began))
            yield

    def _jumping(self, began: float) -> Any:
        """The loop's turn, before which the clock jumps where the loop would wait for a timer."""
        run_once = vars(asyncio.BaseEventLoop)["_run_once"]

        def turn(loop: Any) -> None:
            timers = [timer.when() for timer in loop._scheduled if not timer.cancelled()]
            if timers and not loop._ready and not loop._stopping:
                self.now = max(self.now, min(timers) - began)
            run_once(loop)

        return turn
