"""Who plays the scenarios under locust: users of a closed population, arrivals of an open one, and the shape.

Only the locustfile imports this module. What is played and what comes of it is `runtime`'s business; here
is only how many play, when, and how they end.
"""

import time
from collections.abc import Callable
from math import gcd
from typing import Any, Final

import gevent
from gevent.pool import Group
from locust import LoadTestShape, tag
from locust.exception import StopUser

from generations_contract.exchange.exchange import Exchange
from generations_contract.money import BudgetExceededError
from generations_load.plan.backoff import Backoff
from generations_load.plan.shapes import Plan, Search
from generations_load.play.runtime import Runtime
from generations_load.scenarios import SCENARIOS, load
from generations_load.transport.client import LongPollUser, Transport, shared_session
from generations_load.under_locust.control import Control

# New users do not begin in step.
_JITTER_S: Final = 1.0
runtimes: list[Runtime] = []  # the one of this process, while a test runs


class LongPolls(LongPollUser):
    """A user of a closed population: one scenario after another, drawn by weight."""

    def on_start(self) -> None:
        """Begin at a moment of its own."""
        if not runtimes:
            raise StopUser  # the run could not start, and says so elsewhere
        self.transport = _transport()
        self.backoff = Backoff(runtimes[-1].random)
        gevent.sleep(runtimes[-1].random.uniform(0, _JITTER_S))

    def back_off(self, setback: Exchange | None) -> None:
        """After a script that did not come to its end: wait, as a client with manners would."""
        runtimes[-1].recorder.count("backoff.pauses")
        gevent.sleep(self.backoff.setback_s(setback, time.perf_counter()))


class Arrivals(LongPollUser):
    """The open population's dispatcher: scripts begin when they are due, whatever became of earlier ones."""

    def on_start(self) -> None:
        """One connection pool for all arrivals of this worker."""
        self.transport = _transport()
        self.arriving = Group()

    def on_stop(self) -> None:
        """End what is under way, so that it is recorded as unfinished."""
        self.arriving.kill()

    def dispatch(self) -> None:
        """Start every arrival of this worker's share at its time, then wait for the end of the run."""
        runtime, begun = runtimes[-1], time.perf_counter()
        population, count = runtime.plan.population, runtime.recorder.count
        share, limit = 1 / runtime.setup.workers, max(1, population.limit // runtime.setup.workers)
        for due in runtime.plan.course.arrivals(population.arrivals, runtime.random, share):
            gevent.sleep(max(0.0, begun + due - time.perf_counter()))
            count("arrival.due")
            if len(self.arriving) >= limit:
                count("arrival.dropped")
            else:
                self.arriving.spawn(self.arrive, begun + due)
        self.arriving.join()
        gevent.sleep(3_600)

    def arrive(self, intended_at: float) -> None:
        """One arrival; its response is measured from when it should have begun."""
        runtime = runtimes[-1]
        steady = intended_at >= runtime.observer.steady_from
        if steady:
            runtime.recorder.sample("arrival.lateness_s", time.perf_counter() - intended_at)
        names = list(runtime.weights)
        name = runtime.random.choices(names, [runtime.weights[each] for each in names])[0]
        try:
            runtime.play(name, self.transport)
        except BudgetExceededError as over:
            _exhausted(runtime, over)
            return
        except Exception:
            runtime.recorder.count("generator.exceptions")
            raise
        if steady:
            runtime.recorder.sample("arrival.response_s", time.perf_counter() - intended_at)


def _transport() -> Transport:
    """To the target, whatever host was written into locust's page: the keys are the target's."""
    url = runtimes[-1].target.base_url
    return Transport(shared_session(url), url)


def _exhausted(runtime: Runtime, over: BudgetExceededError) -> None:
    runtime.recorder.count("budget.exhausted")
    runtime.recorder.count(f"budget.{over.key}")


def set_tasks(weights: dict[str, float], *, open_population: bool) -> list[type[LongPollUser]]:
    """Give locust the scenarios as weighted, tagged tasks; returns the user classes to run."""
    if open_population:
        Arrivals.tasks = [Arrivals.dispatch]
        return [Arrivals]
    scaled = {name: max(1, round(weight * 10)) for name, weight in weights.items()}
    divisor = gcd(*scaled.values())
    LongPolls.tasks = [
        task for name, weight in scaled.items() for task in [_task(name)] * (weight // divisor)
    ]
    return [LongPolls]


def set_stand_ins() -> None:
    """Tasks for a worker that has not heard from its master yet: locust looks at them before it asks."""
    load()
    set_tasks(dict.fromkeys(SCENARIOS, 1.0), open_population=False)
    set_tasks({}, open_population=True)


def _task(name: str) -> Callable[[Any], None]:
    def run(user: LongPolls) -> None:
        runtime = runtimes[-1]
        try:
            setback = runtime.play(name, user.transport)
        except BudgetExceededError as over:
            _exhausted(runtime, over)
            raise StopUser from None
        except Exception:
            user.back_off(None)
            raise
        if setback is None:
            user.backoff.success()
        else:
            user.back_off(setback)

    run.__name__ = name.replace("-", "_")
    tagged: Callable[[Any], None] = tag(name, *SCENARIOS[name].tags)(run)
    return tagged


class PlanShape(LoadTestShape):
    """A plan's stages, or its breakpoint search, as locust's shape."""

    abstract = True  # chosen by the plan, not by locust's search for shapes

    def __init__(self, plan: Plan, control: Callable[[], Control], workers: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._plan, self._control, self._workers = plan, control, workers
        self._rate = plan.population.spawn_rate * workers
        self._course = plan.course
        self._search = Search(plan.breakpoint) if plan.breakpoint else None
        self._level_since: float | None = None
        self.levels: list[dict[str, Any]] = []

    def tick(self) -> tuple[int, float] | None:
        """(users, spawn rate), or `None` at the end."""
        if self._search:
            return self._seek()
        level = self._course.level(self._now())
        if level is None:
            return None
        if self._plan.population.kind == "open":
            return self._workers, self._rate
        return max(1, round(level)), self._rate

    def _now(self) -> float:
        return float(self.get_run_time())  # type: ignore[no-untyped-call]

    def _users(self) -> int:
        return int(self.get_current_user_count())  # type: ignore[no-untyped-call]

    def _seek(self) -> tuple[int, float] | None:
        search, now, control = self._search, self._now(), self._control()
        assert search is not None  # noqa: S101 - for the type checker
        level = max(1, round(search.level))
        if self._level_since is None and self._users() == level:
            self._level_since = now + search.plan.settle_s
        if self._level_since is not None and now >= self._level_since and control.totals.part is None:
            control.totals.open_part()
        if self._level_since is None or now < self._level_since + search.plan.hold_s:
            return level, self._rate
        held, judged = control.judge_part()
        missed = [str(each) for each in judged if each.result != "held"]
        self.levels.append({"level": level, "held": held, "missed": missed})
        control.facts["breakpoint"] = {**search.outcome(), "levels": self.levels}
        following = search.judged(held=held)
        control.facts["breakpoint"] = {**search.outcome(), "levels": self.levels}
        control.totals.part = self._level_since = None
        return None if following is None else (max(1, round(following)), self._rate)
