"""The run as a whole: where ticks come together, when to end early, and the verdict at the end.

One per run, in the only process of a local run or on the master; it knows neither locust nor users. The
order of judgement is fixed here: the books, the generator's fitness, the objectives, the comparison.
"""

import platform
import sys
import time
from collections.abc import Callable, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from generations_contract.api import schema_files
from generations_contract.api.target import Target
from generations_load.judging.load_judge import ClauseSelection
from generations_load.measure.compare import UnlikeRunsError, compare
from generations_load.measure.metrics import Tick
from generations_load.measure.totals import STARTED, Totals
from generations_load.plan.setup import Setup
from generations_load.report import page, report
from generations_load.verdict.fitness import Fitness, Means, judge
from generations_load.verdict.slo import ExitCode, Gate, Judgement, verdict

_SPARE_S: Final = 5.0
_LIBRARIES: Final = ("locust", "gevent", "geventhttpclient", "hdrhistogram", "jsonschema-rs")


class Control:
    """What is known of a run, from its start to its verdict."""

    def __init__(
        self,
        setup: Setup,
        gate: Gate,
        means: Means,
        *,
        directory: Path | None = None,
        baseline: Mapping[str, Any] | None = None,
        say: Callable[[str], object] = sys.stdout.write,
    ) -> None:
        self.setup, self.gate, self.means = setup, gate, means
        self.totals = Totals()
        self.ended = ""
        self.facts: dict[str, Any] = {}
        self.code: ExitCode | None = None
        self.started = time.time()
        self._directory, self._baseline, self._say = directory, baseline, say
        self._hopeless = 0
        self._longest_s = float("inf")

    def add(self, source: str, tick: Tick) -> None:
        """Take a process's tick."""
        self.totals.add(source, tick)
        self.totals.close(tick.second)

    def describe(
        self, target: Target, weights: Mapping[str, float], choice: ClauseSelection, **more: Any
    ) -> None:
        """Note what the run is, for its report and for later comparison."""
        plan = self.setup.load_plan()
        if not self.setup.embedded:
            self._longest_s = target.profile.limits.max_time_s
        self.facts = {
            "target": "embedded reference gateway" if self.setup.embedded else target.base_url,
            "schemas": str(schema_files.version()),
            "started": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.started)),
            "population": plan.population.kind + (f", {plan.population.arrivals}" if _open(plan) else ""),
            "plan": [stage.model_dump() for stage in plan.stage] or "users and time of the command line",
            "users": self.means.users,
            "run_time_s": self.setup.run_time_s,
            "wait_s": self.setup.wait_s,
            "mix": dict(weights),
            "numbers": {name: dict(each) for name, each in plan.scenario.items()} or None,
            "workers": self.means.workers,
            "seed": self.setup.seed,
            "settle_s": self.setup.settle_s,
            "python": platform.python_version(),
            "libraries": {name: version(name) for name in _LIBRARIES},
            "clauses judged": len(choice.judged),
            "clauses left out": dict(sorted(choice.left_out.items())),
            **more,
        }

    def reason_to_end(self) -> str | None:
        """Why the run should end now: nothing more can be learned, or the budget is used up."""
        totals = self.totals
        if totals.count("budget.exhausted") and totals.gauge("poll.held") == 0:
            return "the profile's budget is used up: nothing more may be created"
        lasted_s = time.time() - self.started
        # Locust's own timer ends a run of just that length, a moment earlier.
        if lasted_s > self._longest_s + _SPARE_S:
            return f"the profile's limits.max_time_s = {self._longest_s:g} is over"
        if lasted_s < self.gate.abort_after_s:
            return None
        judged = self.gate.hopeless(totals.newest(self.gate.abort_window_s))
        # Twice in a row: one bad second at the edge of the window is no reason.
        self._hopeless = self._hopeless + 1 if judged else 0
        if judged and self._hopeless >= 2:
            return f"ended early: {judged.objective.text} is {judged.value:.3g} over the newest seconds"
        return None

    def judge_part(self) -> tuple[bool, list[Judgement]]:
        """Whether the objectives hold on the open window (a level of a breakpoint search), and why."""
        judged = self.gate.judge(self.totals.part or self.totals)
        return all(each.result == "held" for each in judged), judged

    def conclude(self) -> ExitCode:
        """Judge the run, say so, and write the report; once."""
        if self.code is not None:
            return self.code
        totals = self.totals
        totals.close()
        fitness = judge(totals, self.means)
        judgements = self.gate.judge(totals)
        changes, refusal = self._compare(fitness, judgements)
        self.code = verdict(
            breaches=totals.count("contract.breaches"),
            unfit=fitness.verdict == "UNFIT",
            judgements=judgements,
            regressed=any(each.kind == "regression" for each in changes),
        )
        if refusal and self.code is ExitCode.PASSED:
            self.code = ExitCode.USAGE
        result = report.document(self._run(), totals, fitness, judgements, changes, self.code)
        result["comparison"] += [f"not compared: {refusal}"] if refusal else []
        self._say(report.text(result))
        if self._directory is not None:
            try:
                report.write(self._directory, result, page.render(result))
                self._say(f"load: report in {self._directory}\n")
            except OSError as error:  # the disk is full: the verdict above stands, but there is no report
                self._say(f"load: no report in {self._directory}: {error.strerror}\n")
                self.code = self.code or ExitCode.USAGE
        return self.code

    def _run(self) -> dict[str, Any]:
        lasted = round(time.time() - self.started, 1)
        startup = (
            f"{self.totals.count('poll.during_startup')} polls started before the population stood are "
            "judged and counted, but not in any time"
        )
        return {**self.facts, "lasted_s": lasted, "ended": self.ended, "start-up": startup}

    def _compare(self, fitness: Fitness, judgements: list[Judgement]) -> tuple[list[Any], str]:
        if self._baseline is None:
            return [], ""
        current = report.document(self._run(), self.totals, fitness, judgements, [], ExitCode.PASSED)
        try:
            return compare(self._baseline, current), ""
        except UnlikeRunsError as error:
            return [], str(error)

    @property
    def ran(self) -> bool:
        """Whether anything was started at all."""
        return self.totals.count(STARTED) > 0


def _open(plan: Any) -> bool:
    return bool(plan.population.kind == "open")
