"""A process that has users: what the only process of a run, and every worker of a distributed one, does.

Wiring between locust's events and a `Runtime`; only the locustfile imports this module. The worker's half of
the flush is here: when the master asks, it stops its users, so that what is in flight is recorded, and sends
everything before locust's own stop begins.
"""

from typing import Any

from gevent.event import Event
from locust.user.task import filter_tasks_by_tags

from generations_contract.api.usage import UsageError
from generations_load.embedded import end_with_parent
from generations_load.measure.metrics import Tick
from generations_load.plan.setup import Setup
from generations_load.play.runtime import Runtime
from generations_load.transport import client
from generations_load.under_locust import gc_tuning as collecting
from generations_load.under_locust import population
from generations_load.under_locust.endings import hear_no_more
from generations_load.under_locust.locust_stats import LocustStats


class Generator:
    """A process that has users: the only one, or a worker. `others`: users of a locustfile that are not ours."""

    def __init__(self, environment: Any) -> None:
        self.environment = environment
        ours = (population.LongPolls, population.Arrivals)
        self.others = [each for each in environment.user_classes if each not in ours]
        self.runtime: Runtime | None = None
        self._teller: LocustStats | None = None
        self._leaving = False

    def start(self, setup: Setup, deliver: Any) -> Runtime:
        """Build this process's runtime and give locust its tasks; raises `UsageError`."""
        environment = self.environment
        teller = LocustStats(environment)
        runtime = Runtime(setup, teller, lambda: environment.runner.user_count)
        client.trusted[:] = [setup.certificates] if setup.certificates else []
        self.cast(setup, runtime.weights, runtime.target.base_url)
        client.opened[:] = [lambda seconds: _opened(runtime, seconds)]
        client.reopened[:] = [lambda: runtime.recorder.count("connection.reopened")]
        population.runtimes[:] = [runtime]
        environment.events.user_error.add_listener(self.failed)
        self.runtime, self._teller = runtime, teller

        collector = collecting.Collecting()

        def every_second(tick: Tick) -> None:
            teller.flush()
            collector.every_second(environment.runner.user_count, tick.gauges["generator.rss_bytes"])
            deliver(tick)

        runtime.start(every_second)
        return runtime

    def halt(self) -> None:
        """The users of this process are about to be stopped."""
        if self.runtime is not None:
            self.runtime.stopping()

    def finish(self) -> Tick | None:
        """The last tick of this process; `None` when it has none any more."""
        runtime, self.runtime = self.runtime, None
        if runtime is None or self._teller is None:
            return None
        tick = runtime.stop()
        self._teller.flush()
        return tick

    def failed(self, **_: Any) -> None:
        """A script or a user ended with an exception: locust tells it, and the run is not fit."""
        if self.runtime is not None:
            self.runtime.recorder.count("generator.exceptions")

    def cast(self, setup: Setup, weights: dict[str, float], base_url: str) -> None:
        """Give locust our users with their tasks, and whoever else stands in the locustfile."""
        environment = self.environment
        ours = population.set_tasks(weights, open_population=is_open(setup))
        for each in ours:
            each.host = base_url
        # Ours are chosen already; an open population's have no tags of their own.
        environment.tags = environment.exclude_tags = None
        for each in self.others:
            filter_tasks_by_tags(each, set(setup.tags) or None, set(setup.exclude_tags) or None)
        environment.user_classes = [*ours, *self.others]
        environment.host = base_url

    def leave(self) -> None:
        """The end has begun; whoever would end this process a second time waits until the first has."""
        hear_no_more()
        if self._leaving:
            Event().wait()
        self._leaving = True

    def spawned(self, **_: Any) -> None:
        """The population stands: take what exists out of the collector's sight, then begin to measure."""
        collecting.freeze()
        if self.runtime is not None:
            self.runtime.steady()


class Worker(Generator):
    """A locust worker: gets its setup from the master, sends ticks, flushes when asked."""

    def __init__(self, environment: Any) -> None:
        super().__init__(environment)
        self._proven = Event()
        self._pending: list[dict[str, Any]] = []
        environment.process_exit_code = 0  # the verdict is the master's
        population.set_stand_ins()
        if environment.parsed_options.processes:
            end_with_parent()

    def listen(self) -> None:
        """Connect to locust's events."""
        hooks, runner = self.environment.events, self.environment.runner
        hooks.test_start.add_listener(self.test_start)
        hooks.spawning_complete.add_listener(self.spawned)
        hooks.report_to_master.add_listener(self.report)
        hooks.quitting.add_listener(self.quitting)
        runner.register_message("load_stop", self.flush, concurrent=True)

    def proven(self) -> None:
        """The self-test has passed: orders that came meanwhile are carried out."""
        self._proven.set()

    def test_start(self, **_: Any) -> None:
        """Take the setup that came with the first order to spawn."""
        self._proven.wait()
        setup = Setup.parse(self.environment.parsed_options.load_setup)
        try:
            setup.check_schemas()
            self.start(setup, lambda tick: self._pending.append(tick.pack()))
        except UsageError as error:
            self.environment.runner.send_message("load_refused", {"reason": str(error)})

    def report(self, data: dict[str, Any], **_: Any) -> None:
        """Put what has been ticking into locust's own report."""
        data["load"], self._pending = self._pending, []

    def quitting(self, **_: Any) -> None:
        """Told to end, by a signal or by locust: what this worker has seen goes to the master first."""
        self.leave()
        if self.runtime is not None:
            self.flush()

    def flush(self, **_: Any) -> None:
        """Stop the users, so that what is in flight is recorded, and send everything."""
        runner = self.environment.runner
        self.halt()
        runner.stop()
        last = self.finish()
        if last is not None:
            self._pending.append(last.pack())
        ticks, self._pending = self._pending, []
        runner.send_message("load_flushed", {"ticks": ticks})


def _opened(runtime: Runtime, seconds: float) -> None:
    runtime.recorder.count("connection.opened")
    runtime.recorder.sample("connection.open_s", seconds)


def is_open(setup: Setup) -> bool:
    """Whether arrivals come whatever the server does."""
    return setup.load_plan().population.kind == "open"
