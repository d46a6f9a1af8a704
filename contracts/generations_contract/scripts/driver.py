"""Drivers carry scripts out: one in virtual time, one with threads in real time.

A driver knows nothing of HTTP or gateways: it is given `send` and calls `see` with every exchange, in the
order of the answers. The virtual driver is a heap of (time, script): an hour of long polls, overlapping as
they like, takes as long as computing the answers does, and every run is the same run.
"""

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from generations_contract.exchange.exchange import Exchange
from generations_contract.scripts.script import Create, Download, Fetch, Pause, Raw, Script, Step, Together

T = TypeVar("T")
See: TypeAlias = Callable[[Exchange], None]
Wire: TypeAlias = Create | Fetch | Raw | Download


@dataclass
class _Task:
    """A running script: `parent` and `slot` say where its result goes, `waiting` counts its children."""

    script: Script[Any]
    parent: "_Task | None" = None
    slot: int = 0
    results: list[Any] = field(default_factory=list)
    waiting: int = 0


class VirtualDriver:
    """Runs scripts on a virtual clock that jumps from event to event; `now` in seconds.

    `send(step, now)` answers at once with the exchange that will have happened; its `answered_at` says when
    the script gets it.
    """

    def __init__(self, send: Callable[[Wire, float], Exchange], now: float = 0.0) -> None:
        self.now = now
        self._send = send
        self._order = itertools.count()

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script and all it starts to the end; returns what it returns."""
        root = _Task(script)
        heap: list[tuple[float, int, _Task, Any]] = [(self.now, next(self._order), root, None)]
        result: list[T] = []
        while heap:
            at, _, task, value = heapq.heappop(heap)
            self.now = max(self.now, at)
            if isinstance(value, Exchange):
                see(value)
            self._advance(heap, task, value, result)
        return result[0]

    def _advance(
        self, heap: list[tuple[float, int, _Task, Any]], task: _Task, value: Any, result: list[Any]
    ) -> None:
        try:
            step = task.script.send(value)
        except StopIteration as stop:
            self._finish(heap, task, stop.value, result)
            return
        for at, who, what in self._outcomes(task, step):
            heapq.heappush(heap, (at, next(self._order), who, what))

    def _outcomes(self, task: _Task, step: Step) -> list[tuple[float, _Task, Any]]:
        if isinstance(step, Pause):
            return [(self.now + max(0.0, step.seconds), task, None)]
        if isinstance(step, Together):
            if not step.scripts:
                return [(self.now, task, ())]
            task.results, task.waiting = [None] * len(step.scripts), len(step.scripts)
            return [(self.now, _Task(script, task, slot), None) for slot, script in enumerate(step.scripts)]
        exchange = self._send(step, self.now)
        return [(exchange.answered_at, task, exchange)]

    def _finish(
        self, heap: list[tuple[float, int, _Task, Any]], task: _Task, value: Any, result: list[Any]
    ) -> None:
        if task.parent is None:
            result.append(value)
            return
        task.parent.results[task.slot] = value
        task.parent.waiting -= 1
        if not task.parent.waiting:
            heapq.heappush(heap, (self.now, next(self._order), task.parent, tuple(task.parent.results)))


class ThreadDriver:
    """Runs scripts in real time: the caller's thread for a script, a thread each for what runs together.

    `send(step)` blocks until there is an exchange; `sleep(seconds)` pauses. `see` is called under a lock.
    """

    def __init__(self, send: Callable[[Wire], Exchange], sleep: Callable[[float], None]) -> None:
        self._send = send
        self._sleep = sleep
        self._lock = threading.Lock()

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script to the end in this thread; an error in any of its branches is raised here."""
        value: Any = None
        while True:
            try:
                step = script.send(value)
            except StopIteration as stop:
                result: T = stop.value
                return result
            value = self._carry_out(step, see)

    def _carry_out(self, step: Step, see: See) -> Any:
        if isinstance(step, Pause):
            self._sleep(max(0.0, step.seconds))
            return None
        if isinstance(step, Together):
            return self._together(step, see)
        exchange = self._send(step)
        with self._lock:
            see(exchange)
        return exchange

    def _together(self, step: Together, see: See) -> tuple[Any, ...]:
        results: list[Any] = [None] * len(step.scripts)
        errors: list[BaseException] = []

        def run(slot: int, script: Script[Any]) -> None:
            try:
                results[slot] = self.perform(script, see)
            except BaseException as error:
                errors.append(error)

        threads = [
            threading.Thread(target=run, args=(slot, script), daemon=True)
            for slot, script in enumerate(step.scripts)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]
        return tuple(results)
