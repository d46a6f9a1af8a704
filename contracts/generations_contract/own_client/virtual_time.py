"""A clock that jumps, in place of the process's: for code that sleeps, and for asyncio with all its tasks.

`time.sleep` moves it, wherever the client holds it (`process_clock`). An event loop moves it to its next timer
whenever no task can run: so tasks that wait at the same time wait side by side, as they would in real time, and
`asyncio.sleep`, `wait_for` and `timeout` need no knowledge of it. Threads have no such moment of rest, and share the
clock at their own risk.

A sleep that nobody can replace (of C code, of a reference out of sight) takes real time; that much time passes then.

A loop that rests cannot be told by public means. `_run_once`, `_ready` and
`_scheduled` of `asyncio.BaseEventLoop` are private, and the same in all versions of Python that we support;
other loops (uvloop's, made before, and trio) keep real time.
"""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from generations_contract.own_client import process_clock

# Linux tells how long a thread has run, and how long it could have run and had to wait for a processor.
_SCHEDULED: Final = Path("/proc/thread-self/schedstat")
# A thread that was idle for so long has slept (seconds); where the system does not tell how long it waited for a
# processor, a busy machine may have kept it from one.
_SLEPT_S: Final = 0.05
_SURELY_SLEPT_S: Final = 0.5


@dataclass
class VirtualTime:
    """Seconds since the start; `epoch` is the Unix time of the start."""

    epoch: float = 0.0
    now: float = 0.0
    _began: float = 0.0
    _threads: frozenset[threading.Thread] = frozenset()
    _last: tuple[float, float] = field(default=(0.0, 0.0), repr=False)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, as `time.sleep` does while this clock is the process's."""
        self.now += max(0.0, seconds)

    def reach(self, moment: float) -> None:
        """Let it be that moment, unless it is later: sums of floats, and an event loop's timers, fall short of it."""
        self.now = max(self.now, moment)

    def seen(self, name: str) -> float:
        """What `time.time`, `time.monotonic` and `time.perf_counter` show."""
        self.look()
        return (self.epoch if name == "time" else self._began) + self.now

    def alone(self) -> bool:
        """Whether the client has one thread only, and this is it."""
        threads = threading.enumerate()
        return threading.current_thread() is threading.main_thread() and self._threads.issuperset(threads)

    def look(self) -> None:
        """Let that much time pass as the thread has really slept since it was looked at last, outside of asyncio."""
        if threading.current_thread() is not threading.main_thread():
            return
        (wall, busy), (wall_before, busy_before) = _spent(), self._last
        self._last = (wall, busy)
        idle_s = (wall - wall_before) - (busy - busy_before)
        if (
            idle_s >= (_SLEPT_S if _SCHEDULED.exists() else _SURELY_SLEPT_S)
            and asyncio._get_running_loop() is None
        ):
            self.pass_time(idle_s)

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """While the block runs, this is the time of `time` and of asyncio."""
        began = self._began = process_clock.real("monotonic")
        self._threads, self._last = frozenset(threading.enumerate()), _spent()
        with pytest.MonkeyPatch.context() as patch, process_clock.replaced(self):
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


def _spent() -> tuple[float, float]:
    """(seconds on the wall, seconds in which this thread ran, or waited for a processor as far as the system tells)."""
    wall = process_clock.real("perf_counter")
    with suppress(OSError, ValueError):
        ran, waited, _ = map(int, _SCHEDULED.read_text("ascii").split())
        return wall, (ran + waited) / 1e9
    return wall, time.thread_time()
