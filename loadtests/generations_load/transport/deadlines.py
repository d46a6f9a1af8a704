"""How long requests may wait: one timer for all of them, where gevent has a timer object for each.

What a request that was late is called is `client`'s business.
"""

import time
from typing import Any, Final

from gevent import get_hub

# How late a deadline may be noticed.
_TICK_S: Final = 0.05


class LateError(BaseException):
    """The deadline of a request has passed; like `gevent.Timeout`, nothing that catches errors catches it."""


class Deadlines:
    """Ends the greenlets that wait too long, by `LateError`, `_TICK_S` late at most.

    Requests of equal patience become due in the order in which they began, so one queue for each patience
    and one timer for all replace a timer for each request. It wakes the process when the oldest is due, which
    of a poll that is answered is hardly ever.
    """

    def __init__(self) -> None:
        self._queues: dict[float, dict[Any, float]] = {}
        self._timer: Any = None
        self._next = float("inf")  # when the timer is due

    def begin(self, greenlet: Any, patience_s: float) -> None:
        """From now on the greenlet has so many seconds."""
        queue = self._queues.get(patience_s)
        if queue is None:
            queue = self._queues[patience_s] = {}
        due = queue[greenlet] = time.perf_counter() + patience_s
        if due < self._next:
            self._wake_at(due, patience_s)

    def end(self, greenlet: Any, patience_s: float) -> None:
        """The greenlet is done, or was late."""
        queue = self._queues.get(patience_s)
        if queue is not None:
            queue.pop(greenlet, None)

    def _wake_at(self, due: float, in_s: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        # Does not keep the loop alive, and is made here: a forked worker has a loop of its own.
        self._timer, self._next = get_hub().loop.timer(max(_TICK_S, in_s), ref=False), due
        self._timer.start(self._tick)

    def _tick(self) -> None:
        now, late, soonest = time.perf_counter(), [], float("inf")
        for patience_s, queue in list(self._queues.items()):
            for greenlet, due in queue.items():
                if due > now:
                    soonest = min(soonest, due)
                    break
                late.append((greenlet, queue))
            if not queue:
                del self._queues[patience_s]
        self._next = float("inf")
        if soonest < self._next:
            self._wake_at(soonest, soonest - now)
        for greenlet, queue in late:
            # One that was resumed meanwhile is no longer waiting.
            if queue.pop(greenlet, None) is not None:
                greenlet.throw(LateError)


DEADLINES: Final = Deadlines()
