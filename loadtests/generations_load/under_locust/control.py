"""The run as a whole: where ticks come together, when to end early, and the verdict at the end.

One per run, in the only process of a local run or on the master; it knows neither locust nor users. The
order of judgement is fixed here: the books, the generator's fitness, the objectives, the comparison.
"""

import platform
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from generations_contract.api import schema_files
from generations_contract.api.promises import LoadLimits, load_limits
from generations_contract.api.target import Target
from generations_load.judging.load_judge import ClauseSelection
from generations_load.measure.compare import UnlikeRunsError, compare
from generations_load.measure.metrics import Tick
from generations_load.measure.totals import FINISHED, STARTED, Totals
from generations_load.plan.setup import Setup
from generations_load.report import page, report
from generations_load.verdict.fitness import Fitness, Means, judge
from generations_load.verdict.slo import ExitCode, Gate, Judgement, verdict

_SPARE_S: Final = 5.0
_NEWEST_S: Final = 5
# The limits that a run may use up, and how much more than it seems to need it is told to write.
_BUDGETS: Final = ("max_generations", "max_cost_usd")
_ROOM: Final = 1.5
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
        self.cut_short: ExitCode | None = None
        self.facts: dict[str, Any] = {}
        self.code: ExitCode | None = None
        self._started_at, self._began = time.time(), time.monotonic()
        self._directory, self._baseline, self._say = directory, baseline, say
        self._hopeless = 0
        self._limits: LoadLimits | None = None
        self._longest_s = float("inf")

    @property
    def lasted_s(self) -> float:
        """Seconds since the start, whatever becomes of the clock on the wall."""
        return time.monotonic() - self._began

    def add(self, source: str, tick: Tick) -> None:
        """Take a process's tick."""
        self.totals.add(source, tick)
        self.totals.close(tick.second)

    def describe(
        self, target: Target, weights: Mapping[str, float], choice: ClauseSelection, **more: Any
    ) -> None:
        """Note what the run is, for its report and for later comparison."""
        if not self.setup.embedded:
            self._limits = load_limits(target.profile)[1]
            self._longest_s = self._limits.max_time_s
        self.facts = {
            "schemas": str(schema_files.version()),
            "started": time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self._started_at)),
            **conditions(self.setup, target, weights),
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
            self.cut_short = ExitCode.BUDGET
            return f"the profile's budget is used up: {self._more_budget()}"
        lasted_s = self.lasted_s
        # Locust's own timer ends a run of just that length, a moment earlier.
        if lasted_s > self._longest_s + _SPARE_S:
            self.cut_short = ExitCode.BUDGET
            return f"max_time_s = {self._longest_s:g} is over: write [load.limits] max_time_s = N, or shorten the run"
        if lasted_s < self.gate.abort_after_s:
            return None
        judged = self.gate.hopeless(totals.newest(self.gate.abort_window_s))
        # Twice in a row: one bad second at the edge of the window is no reason.
        self._hopeless = self._hopeless + 1 if judged else 0
        if judged and self._hopeless >= 2:
            return f"ended early: {judged.objective.text} is {judged.value:.3g} over the newest seconds"
        return None

    def interrupted(self) -> None:
        """Somebody ended the run; where it had no end of its own, that is how it ends."""
        self.ended = self.ended or "interrupted"
        if self.setup.run_time_s and self.lasted_s < self.setup.run_time_s and self.cut_short is None:
            self.cut_short = ExitCode.INTERRUPTED
            self.ended = f"interrupted after {self.lasted_s:.0f} s of {self.setup.run_time_s:g} s"

    def _more_budget(self) -> str:
        """What to write into the profile: as much more as the planned time is longer, and some."""
        key = next((each for each in _BUDGETS if self.totals.count(f"budget.{each}")), _BUDGETS[0])
        allowed = float(getattr(self._limits, key, 0.0))
        share = max(1.0, self.setup.run_time_s / max(1.0, self.lasted_s)) * _ROOM
        wanted = float(f"{max(1.0, allowed * share):.2g}")
        return f"{key} = {allowed:g}; write [load.limits] {key} = {wanted:g}"

    def progress(self) -> str:
        """How the run stands, in a line."""
        totals, newest = self.totals, self.totals.newest(_NEWEST_S)
        left_s = self.setup.run_time_s - self.lasted_s
        left = f", {left_s:.0f} s left" if self.setup.run_time_s and left_s > 0 else ""
        return (
            f"{self.lasted_s:.0f} s: {totals.gauge('users'):.0f} users, {totals.held:,} polls held, "
            f"{newest.count(FINISHED) / _NEWEST_S:.1f} answered/s, "
            f"{totals.count('contract.breaches'):,} breaches{left}"
        )

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
        unfit = fitness.verdict == "UNFIT"
        judgements = self.gate.judge(totals)
        if unfit:
            # Their figures are the generator's own; they are shown, and mean nothing.
            judgements = [replace(each, result="not judged") for each in judgements]
        changes, refusal = self._compare(fitness, judgements)
        self.code = verdict(
            breaches=totals.count("contract.breaches"),
            unfit=unfit,
            judgements=judgements,
            regressed=any(each.kind == "regression" for each in changes),
            cut_short=self.cut_short,
        )
        if refusal and self.code is ExitCode.PASSED:
            self.code = ExitCode.USAGE
        result = report.document(self._run(), totals, fitness, judgements, changes, self.code)
        result["comparison"] += [f"not compared: {refusal}"] if refusal else []
        if self._directory is not None:
            try:
                report.write(self._directory, result, page.render(result))
                self._say(f"load: report in {self._directory}\n")
            except OSError as error:  # the disk is full: the verdict stands, but there is no report
                self._say(f"load: no report in {self._directory}: {error.strerror}\n")
                self.code = self.code or ExitCode.USAGE
        self._say(report.text(result))
        return self.code

    def _run(self) -> dict[str, Any]:
        lasted = round(self.lasted_s, 1)
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


def conditions(setup: Setup, target: Target, weights: Mapping[str, float]) -> dict[str, Any]:
    """What must be equal for two runs to be comparable, known before the first user."""
    plan = setup.load_plan()
    kind = plan.population.kind
    return {
        "target": "embedded reference gateway" if setup.embedded else target.base_url,
        "population": f"{kind}, {plan.population.arrivals}" if kind == "open" else kind,
        "plan": [stage.model_dump() for stage in plan.stage] or "users and time of the command line",
        "users": setup.users,
        "run_time_s": setup.run_time_s,
        "wait_s": setup.wait_s,
        "mix": dict(weights),
        "numbers": {name: dict(each) for name, each in plan.scenario.items()} or None,
    }
