"""The process that leads a run: the only one, or the master. It sets up, watches over, stops, and concludes.

Wiring between locust's events and `Control`; only the locustfile imports this module.

Locust's master waits half a second for its workers' last reports, and a busy
worker loses that race. So before it stops, the master asks every worker to stop and flush, and waits.
"""

import logging
import sys
import time
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import gevent
from locust.runners import STATE_INIT, STATE_MISSING, STATE_STOPPED, STATE_STOPPING, MasterRunner

from generations_contract.api.usage import UsageError
from generations_load import embedded
from generations_load.measure.compare import UnlikeRunsError, require_alike
from generations_load.measure.metrics import Tick
from generations_load.plan.options import make_setup, precheck, reserve
from generations_load.plan.setup import chosen as chosen_scenarios
from generations_load.play.runtime import Runtime
from generations_load.play.session import NAMES
from generations_load.transport import client
from generations_load.under_locust import webui
from generations_load.under_locust.control import Control, conditions
from generations_load.under_locust.population import PlanShape
from generations_load.under_locust.worker import Generator, is_open
from generations_load.verdict.fitness import Means, preflight
from generations_load.verdict.slo import ExitCode

_FLUSH_S: Final = 20.0
_PROGRESS_S: Final = 5.0
_log = logging.getLogger("load")


class Lead(Generator):
    """The process that leads the run: the only one, or the master."""

    def __init__(self, environment: Any, descriptors: int) -> None:
        super().__init__(environment)
        chosen: Namespace = environment.parsed_options
        self._ending: list[str] = []
        self.master = isinstance(environment.runner, MasterRunner)
        self.gate, self.baseline = precheck(chosen)
        self.gateway = _embedded(chosen)
        self.setup = make_setup(chosen, self.gateway)
        plan = self.setup.load_plan()
        self.means = Means(
            users=self.setup.users,
            workers=self.setup.workers,
            descriptors=descriptors,
            ports=_ports(),
            spare_descriptors=client.SPARE_DESCRIPTORS,
            open_population=is_open(self.setup),
        )
        unable = preflight(self.means)
        if unable:
            raise UsageError(str(unable[0]))
        target = self.setup.target()
        weights, _ = chosen_scenarios(self.setup, target)
        self.cast(self.setup, weights, target.base_url)
        if self.baseline is not None:
            _compare_like_with_like(chosen.compare, self.baseline, conditions(self.setup, target, weights))
        reserve(chosen.load_report)
        # Workers get it with locust's order to spawn; custom options travel there.
        chosen.load_setup = self.setup.dump()
        self.control = self._control()
        if plan.stage or plan.breakpoint:
            shape = PlanShape(plan, lambda: self.control, self.setup.workers)
            shape.runner, environment.shape_class = environment.runner, shape
        self._flushed: set[str] = set()
        self._watch: Any = None

    def _control(self) -> Control:
        chosen = self.environment.parsed_options
        directory = Path(chosen.load_report) if chosen.load_report else None
        # Headless, the verdict is the last thing said: after locust's own tables.
        say = self._ending.append if chosen.headless else sys.stdout.write
        return Control(
            self.setup, self.gate, self.means, directory=directory, baseline=self.baseline, say=say
        )

    def listen(self) -> None:
        """Connect to locust's events."""
        hooks, runner = self.environment.events, self.environment.runner
        hooks.test_start.add_listener(self.test_start)
        hooks.spawning_complete.add_listener(self.spawned)
        hooks.test_stopping.add_listener(self.stopping)
        hooks.test_stop.add_listener(self.stopped)
        hooks.quitting.add_listener(self.quitting)
        hooks.quit.add_listener(self.ended)
        if self.master:
            hooks.worker_report.add_listener(self.worker_report)
            runner.register_message("load_flushed", self.flushed)
            runner.register_message("load_refused", self.refused)
            self._expect_workers()
        if self.environment.web_ui:
            webui.extend(self.environment.web_ui, lambda: self.control)

    def _expect_workers(self) -> None:
        """Wait for workers in locust's stead: where they do not come it ends with 1, which means a breach here."""
        chosen, runner = self.environment.parsed_options, self.environment.runner
        waiting = gevent.getcurrent()  # the one that locust's command runs in
        patience_s, wanted = chosen.expect_workers_max_wait, chosen.expect_workers
        chosen.expect_workers_max_wait = 0

        def give_up() -> None:
            came = len(runner.clients.ready)
            if runner.state == STATE_INIT and came < wanted:
                told = f"{came} of {wanted} workers came within {patience_s} s; look into their logs"
                sys.stderr.write(f"load: UNFIT: {told}, exit code {int(ExitCode.UNFIT)}\n")
                runner.quit()  # those that came need not wait for more
                gevent.get_hub().loop.run_callback(waiting.throw, SystemExit(int(ExitCode.UNFIT)))

        if patience_s and (chosen.headless or chosen.autostart):
            gevent.spawn_later(patience_s, give_up)

    def test_start(self, **_: Any) -> None:
        """A run begins; where it cannot, locust must not go on without it."""
        try:
            self._start()
        except Exception as error:
            if isinstance(error, UsageError):
                _log.error("the load run cannot start: %s", error)
            else:
                _log.exception("the load run cannot start")
            self.control.ended = f"the load run cannot start: {error}"
            gevent.spawn(self._end)

    def _start(self) -> None:
        self.control, self._flushed = self._control(), set()
        target, host = self.setup.target().base_url, self.environment.host
        self.environment.host = target  # for the page's next form
        if host and host.rstrip("/") != target.rstrip("/"):
            raise UsageError(
                f"the host {host} was asked for, but this run's target is {target}: see --target"
            )
        if self.master:
            runtime = Runtime(self.setup, lambda **_: None, lambda: 0)
        else:
            runtime = self.start(self.setup, lambda tick: self.control.add("local", tick))
        more = {"scenarios left out": runtime.left_out}
        self.control.describe(runtime.target, runtime.weights, runtime.choice, **more)
        self._watch = gevent.spawn(self._watch_over)

    def _watch_over(self) -> None:
        chosen, due = self.environment.parsed_options, _PROGRESS_S
        while True:
            gevent.sleep(1)
            if chosen.headless and self.control.lasted_s >= due:
                due += _PROGRESS_S
                sys.stderr.write(f"load: {self.control.progress()}\n")
            reason = self.control.reason_to_end()
            if reason:
                self.control.ended = reason
                _log.warning("%s", reason)
                gevent.spawn(self._end)
                return

    def _end(self) -> None:
        runner, chosen = self.environment.runner, self.environment.parsed_options
        (runner.quit if chosen.headless else runner.stop)()

    def stopping(self, **_: Any) -> None:
        """The stop begins; the master's waits until every worker has flushed."""
        self.halt()
        runner = self.environment.runner
        if not self.master:
            return
        runner.send_message("load_stop")
        deadline = time.monotonic() + _FLUSH_S
        while time.monotonic() < deadline:
            alive = {node.id for node in runner.clients.values() if node.state != STATE_MISSING}
            if alive <= self._flushed:
                return
            gevent.sleep(0.05)

    def stopped(self, **_: Any) -> None:
        """The users are gone: the run has a verdict."""
        if self._watch is not None:
            self._watch.kill()
        last = self.finish()
        if last is not None:
            self.control.add("local", last)
        if self.others:
            self.control.facts["other requests"] = list(_of_others(self.environment.stats))
        self.environment.process_exit_code = int(self.control.conclude())

    def quitting(self, **_: Any) -> None:
        """The end, also by Ctrl-C: whatever runs is stopped and judged first."""
        self.leave()
        runner = self.environment.runner
        if runner.state not in (STATE_INIT, STATE_STOPPED, STATE_STOPPING):
            self.control.interrupted()
            runner.stop(**({"send_stop_to_client": False} if self.master else {}))
        if self.gateway is not None:
            self.gateway.stop()

    def ended(self, **_: Any) -> None:
        """Locust has said what it had to say: the verdict comes last."""
        sys.stdout.flush()
        sys.stdout.write("".join(self._ending))
        sys.stdout.flush()

    def worker_report(self, client_id: str, data: dict[str, Any], **_: Any) -> None:
        """A worker's ticks."""
        for packed in data.get("load", []):
            self.control.add(client_id, Tick.unpack(packed))

    def flushed(self, msg: Any, **_: Any) -> None:
        """A worker's last ticks."""
        self.worker_report(msg.node_id, {"load": msg.data["ticks"]})
        self._flushed.add(msg.node_id)

    def refused(self, msg: Any, **_: Any) -> None:
        """A worker cannot play: its environment lacks a key, for example."""
        sys.stderr.write(f"load: worker {msg.node_id}: {msg.data['reason']}\n")
        self.control.ended = f"a worker refused: {msg.data['reason']}"
        gevent.spawn(self._end)


def _of_others(stats: Any) -> Iterator[str]:
    """What users of one's own have asked, as locust counted it: a line for each of its rows."""
    for name, method in sorted(stats.entries):
        if name not in NAMES.values():
            row = stats.entries[name, method]
            yield (
                f"{method} {name}: {row.num_requests:,} requests, {row.num_failures:,} failures, "
                f"mean {row.avg_response_time:.0f} ms"
            )


def _compare_like_with_like(name: str, baseline: dict[str, Any], now: dict[str, Any]) -> None:
    """An hour of load is not spent on what cannot be compared; raises `UsageError`."""
    try:
        require_alike(baseline, now)
    except UnlikeRunsError as error:
        raise UsageError(f"--compare {name}: {error}") from None


def _embedded(chosen: Namespace) -> embedded.EmbeddedGateway | None:
    if chosen.target:
        return None
    pin = not chosen.processes and not isinstance(chosen.master, str)
    gateway = embedded.start(chosen.fault, chosen.catalogue, pin=pin)
    sys.stdout.write(
        f"load: no --target given: the reference gateway serves on {gateway.address} (process"
        f" {gateway.process.pid})\n"
    )
    return gateway


def _ports() -> int:
    try:
        low, high = Path("/proc/sys/net/ipv4/ip_local_port_range").read_text("ascii").split()
    except (OSError, ValueError):
        return 28_000
    return int(high) - int(low) + 1
