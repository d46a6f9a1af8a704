"""One generating process: its clocks, its probes, its observer, and the second-by-second ticks.

Everything a population needs to run, without knowing locust: users, arrivals and workers are the
locustfile's. The loop-lag probe lives here: a greenlet that sleeps 50 ms and measures by how much it
overslept.
"""

import os
import time
from collections.abc import Callable
from random import Random
from typing import Any, Final

import gevent
import psutil

from generations_contract.api.promises import load_limits
from generations_contract.api.target import Target
from generations_contract.document.states import frozen, younger
from generations_contract.exchange.exchange import Exchange
from generations_contract.money import Budget
from generations_contract.wire.client import Client
from generations_load.judging.load_judge import ClauseSelection, Explainer, LoadJudge, all_clauses, choose
from generations_load.judging.observer import Observer, ObserverContext
from generations_load.measure.metrics import Recorder, Tick
from generations_load.measure.totals import FINISHED, STARTED, UNFINISHED
from generations_load.plan.setup import Setup, chosen
from generations_load.play.driver import GreenletDriver
from generations_load.play.session import Sends, Session
from generations_load.scenarios import SCENARIOS, Setting
from generations_load.transport.wire import Wire

_PROBE_S: Final = 0.05
_RECENT_PROBES: Final = 20
# After spawning thousands of users the loop has a backlog: it is calm when a second passes without this lag.
_CALM_S: Final = 0.02
_CALM_WITHIN_S: Final = 5.0


class LagProbe:
    """How late this process's event loop is: `now_s()` counts the lateness that is still building up, too."""

    def __init__(self, record: Callable[[float], None]) -> None:
        self._record = record
        self._recent = [0.0] * _RECENT_PROBES
        self._due = float("inf")

    def run(self) -> None:
        """Probe for ever."""
        turn = 0
        while True:
            self._due = time.perf_counter() + _PROBE_S
            gevent.sleep(_PROBE_S)
            lag = max(0.0, time.perf_counter() - self._due)
            self._recent[turn % _RECENT_PROBES] = lag
            self._record(lag)
            turn += 1

    def now_s(self) -> float:
        """The largest lag of the last second, or of right now."""
        return max(*self._recent, time.perf_counter() - self._due)


class Runtime:
    """A generating process. `fire` tells locust of a request; `users` says how many there are."""

    def __init__(self, setup: Setup, fire: Callable[..., None], users: Callable[[], int]) -> None:
        self.setup = setup
        self.target: Target = setup.target()
        self.weights, self.left_out = chosen(setup, self.target)
        self.plan = setup.load_plan()
        self._numbers = {name: setup.numbers(name, SCENARIOS[name].numbers) for name in self.weights}
        self.random = Random(f"{setup.seed}-{os.getpid()}")  # noqa: S311 - load, not secrets
        self.recorder = Recorder()
        self.probe = LagProbe(self._lagged)
        self.choice: ClauseSelection = choose(all_clauses())
        client = Client(self.target)
        self._users = users
        self._books = {STARTED: 0, FINISHED: 0, UNFINISHED: 0}
        self._process = psutil.Process()
        self._cpu = _CpuMeter(self._process)
        self._greenlets: list[Any] = []
        self._settling = False
        self._judging_before_s = 0.0
        # Seconds are counted from one look at the clock: one that is set meanwhile moves none of them.
        self._clock_at = time.time() - time.monotonic()
        self.observer = Observer(
            Wire(client),
            self.recorder,
            LoadJudge(self.choice),
            Explainer(client.vault.conceal_text),
            ObserverContext(
                now=time.perf_counter,
                unix=time.time,
                lag_s=self.probe.now_s,
                fire=fire,
                budget=self._budget(),
                waived=frozenset(self.target.profile.waive),
                young=frozenset(younger(frozen(self.target.profile.target.document))),
                judging=setup.judging,
                embedded=setup.embedded,
            ),
        )

    def play(self, name: str, transport: Sends) -> Exchange | None:
        """One script of a scenario, from beginning to end; raises `BudgetExceededError`.

        Returns what ended it, where that was a failure, or a word to slow down.
        """
        scenario = SCENARIOS[name]
        session = Session(self.observer, transport)
        self.recorder.count(f"scenario.{name}")
        try:
            GreenletDriver(session.send).perform(
                scenario.play(Setting(self.target, self.random, self._numbers[name]))
            )
        finally:
            session.close()
        return session.setback

    def start(self, deliver: Callable[[Tick], None]) -> None:
        """Begin probing, and deliver a tick every second."""
        self._greenlets = [gevent.spawn(self.probe.run), gevent.spawn(self._tick, deliver)]

    def steady(self) -> None:
        """The population stands: what is started once the loop is calm again counts for latencies."""
        if self.observer.steady_from == float("inf") and not self._settling:
            self._settling = True
            self._greenlets.append(gevent.spawn(self._settle))

    def stopping(self) -> None:
        """The users are about to be stopped, which keeps this process busy: from now on nothing is timed."""
        self.observer.steady_until = min(self.observer.steady_until, time.perf_counter())

    def stop(self) -> Tick:
        """End the probes; returns the last tick."""
        gevent.killall(self._greenlets)
        for name, times in self.observer.judge.exercised.items():
            self.recorder.count(f"exercised.{name}", times)
        return self.cut(final=True)

    def cut(self, *, final: bool = False) -> Tick:
        """What was recorded since the last cut, with the gauges of this moment."""
        books, counts, gauge = self._books, self.recorder.counts, self.recorder.gauge
        for name in books:
            books[name] += counts.get(name, 0)
        gauge("poll.held", books[STARTED] - books[FINISHED] - books[UNFINISHED])
        gauge("users", self._users())
        gauge("generator.rss_bytes", float(self._process.memory_info().rss))
        gauge("judging.spent_s", self.observer.judging_s - self._judging_before_s)
        gauge("judging.remembered", self.observer.judge.remembered)
        self._cpu.read(gauge)
        return self.recorder.cut(int(self._unix()), final=final)

    def _settle(self) -> None:
        """Wait `settle_s`, then for a second without lag; not for ever: a busy machine never gets calm."""
        gevent.sleep(self.setup.settle_s)
        patience = time.perf_counter() + _CALM_WITHIN_S
        while self.probe.now_s() > _CALM_S and time.perf_counter() < patience:
            gevent.sleep(_PROBE_S)
        self.observer.steady_from = time.perf_counter()
        self._judging_before_s = self.observer.judging_s
        self._cpu.restart()

    def _tick(self, deliver: Callable[[Tick], None]) -> None:
        while True:
            gevent.sleep(1 - self._unix() % 1)
            deliver(self.cut())

    def _unix(self) -> float:
        return self._clock_at + time.monotonic()

    def _lagged(self, lag_s: float) -> None:
        now = time.perf_counter()
        steady = self.observer.timed(now - lag_s, now)
        self.recorder.sample("generator.loop_lag_s" if steady else "startup.loop_lag_s", lag_s)

    def _budget(self) -> Budget | None:
        """A worker's share of the profile's limits; none for the embedded gateway, which bills nobody."""
        if self.setup.embedded:
            return None
        (_, limits), workers = load_limits(self.target.profile), max(1, self.setup.workers)
        return Budget(
            max_generations=limits.max_generations // workers,
            max_cost_usd=limits.max_cost_usd / workers,
            max_time_s=limits.max_time_s,
            now=time.monotonic,
        )


class _CpuMeter:
    """The CPU that this process uses: per second, the mean and the median since the population stands."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._begun = self._last = self._total(), time.perf_counter()
        self._seconds: list[float] = []
        self._from = time.perf_counter()

    def restart(self) -> None:
        """Forget the start-up."""
        self._from = time.perf_counter()
        self._begun, self._seconds = (self._total(), time.perf_counter()), []

    def read(self, gauge: Callable[[str, float], None]) -> None:
        """Set the gauges."""
        used, at = self._total(), time.perf_counter()
        span = at - self._last[1]
        if span > 0.2:
            share = (used - self._last[0]) / span
            self._last = used, at
            if at >= self._from:
                self._seconds.append(share)
            gauge("generator.cpu", round(share, 3))
        begun, since = self._begun
        gauge("generator.cpu_s", used - begun)
        gauge("generator.cpu_mean", round((used - begun) / (at - since), 3) if at > since else 0.0)
        if self._seconds:
            gauge("generator.cpu_busy", sorted(self._seconds)[len(self._seconds) // 2])

    def _total(self) -> float:
        times = self._process.cpu_times()
        return float(times.user + times.system)
