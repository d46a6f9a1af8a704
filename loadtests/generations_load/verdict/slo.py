"""The gate: objectives of a run, read from `slo.toml`, judged on totals; and the exit code of a run.

An objective is one comparison, `poll.overshoot_s.p99 < 0.25`: a metric and a statistic, or a counter, or a
ratio. No measuring and no writing here. No data is no pass: an objective without samples has failed, with
an exit code of its own.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum
from math import inf
from operator import eq, ge, gt, le, lt, ne
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol

from pydantic import Field, field_validator

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table
from generations_load.judging.polls import OUTCOMES
from generations_load.measure.metrics import Histogram
from generations_load.measure.totals import FINISHED, OVERDUE, STARTED, UNFINISHED

DEFAULT_FILE: Final = Path(__file__).with_name("slo.toml")
Result = Literal["held", "failed", "no data", "not judged"]

_COMPARISONS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "<=": le, ">=": ge, "==": eq, "!=": ne, "<": lt, ">": gt,
}  # fmt: skip
_FORM = re.compile(
    r"\s*([a-z][\w.\[\]*-]*?)\s*(<=|>=|==|!=|<|>)\s*([0-9][0-9_]*(?:\.[0-9]+)?(?:e-?[0-9]+)?)\s*"
)
_CENSORED: Final = "poll.overshoot_s"
_PERCENTILE = re.compile(r"p([0-9]{1,2}(?:\.[0-9]+)?)")
# Metrics with a distribution, in seconds unless they say otherwise.
METRICS: Final = (
    "poll.overshoot_s", "poll.early_s", "poll.wake_delay_s", "poll.latency_s", "poll.instant_s",
    "poll.refusal_s", "poll.unfinished_age_s", "generation.polls", "generation.time_to_terminal_s",
    "generator.error_s", "generator.loop_lag_s", "connection.open_s", "arrival.lateness_s",
    "arrival.response_s", "startup.overshoot_s",
)  # fmt: skip
# Ratio -> (counter, counters that it is a share of).
RATIOS: Final[Mapping[str, tuple[str, str]]] = {
    "errors.ratio": ("errors", FINISHED),
    "unfinished.ratio": (UNFINISHED, STARTED),
    "arrival.dropped.ratio": ("arrival.dropped", "arrival.due"),
    "connection.reopened.ratio": ("connection.reopened", FINISHED),
    **{f"outcome.{each}.ratio": (f"outcome.{each}", FINISHED) for each in OUTCOMES},
}
COUNTERS: Final = (
    "contract.breaches", "contract.doubtful", "contract.judged", "contract.during_startup",
    "contract.during_stop", "contract.waived", "errors", STARTED, FINISHED, UNFINISHED, "poll.during_startup",
    "poll.during_stop", "generation.ended",
    "arrival.due", "arrival.dropped", "connection.opened", "connection.reopened",
    *(f"outcome.{each}" for each in OUTCOMES),
)  # fmt: skip


class ExitCode(IntEnum):
    """How a load run ends; the first that applies, in the order of `verdict`."""

    PASSED = 0
    BREACH = 1  # a clause of the contract was broken
    INTERRUPTED = 2  # a signal ended the run before its time
    SLO = 3  # an objective was missed, or a regression against the baseline was found
    USAGE = 4  # wrong usage, or a target that cannot be used
    UNFIT = 5  # this generator could not measure
    NO_DATA = 6  # an objective had nothing to be judged on
    BUDGET = 7  # the profile's limits ended the run before its time
    CRASHED = 70  # a fault of this program, with its traceback


class Measured(Protocol):
    """What objectives are judged on: `totals.Totals`, or a window of it."""

    def count(self, name: str) -> int:
        """A counter."""

    def histogram(self, name: str) -> Histogram:
        """A distribution."""


@dataclass(frozen=True)
class Objective:
    """One comparison; `text` as it stands in the file."""

    text: str
    metric: str
    comparison: str
    bound: float

    @classmethod
    def parse(cls, text: str) -> "Objective":
        """Read `poll.overshoot_s.p99 < 0.25`; raises `ValueError`."""
        match = _FORM.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is no objective; write e.g. 'poll.overshoot_s.p99 < 0.25'")
        metric, comparison, bound = match.groups()
        _check(metric)
        limit = float(bound.replace("_", ""))
        if limit == inf:
            raise ValueError(f"{text!r}: no number is above {bound}")
        return cls(f"{metric} {comparison} {bound}", metric, comparison, limit)

    def judge(self, measured: Measured) -> "Judgement":
        """The result on what was measured; `n` is how many samples it rests on."""
        value, n, note = value_of(self.metric, measured)
        if value is None:
            return Judgement(self, "no data", None, n, note)
        held = bool(_COMPARISONS[self.comparison](value, self.bound))
        if held and _only_bounds(self.metric, measured):
            return Judgement(self, "no data", None, 0, "only polls that were still unfinished at the stop")
        return Judgement(self, "held" if held else "failed", value, n, note)


@dataclass(frozen=True)
class Judgement:
    """What became of an objective: `value` over `n` samples, a `note` where they are few."""

    objective: Objective
    result: Result
    value: float | None
    n: int
    note: str = ""

    def __str__(self) -> str:
        shown = "no data" if self.value is None else f"{self.value:.6g}"
        note = f" ({self.note})" if self.note else ""
        return f"{self.result:<8} {self.objective.text:<44} {shown}  n={self.n}{note}"


class _File(Table):
    objectives: Annotated[list[str], Field(min_length=1)]  # a gate that lets everything pass is none
    abort: list[str] = Field(default_factory=list)
    abort_after_s: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 10.0
    # What is newest is kept by whole seconds.
    abort_window_s: Annotated[int, Field(ge=1)] = 10

    @field_validator("objectives", "abort")
    @classmethod
    def _readable(cls, objectives: list[str]) -> list[str]:
        for each in objectives:
            Objective.parse(each)
        return objectives


@dataclass(frozen=True)
class Gate:
    """The objectives of a run; `abort` are those whose failure in the newest seconds ends it early."""

    objectives: tuple[Objective, ...]
    abort: tuple[Objective, ...] = ()
    abort_after_s: float = 10.0
    abort_window_s: int = 10

    @classmethod
    def load(cls, path: Path) -> "Gate":
        """Read an SLO file; raises `UsageError`."""
        return cls._of(toml_file.read(path, _File))

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> "Gate":
        """The gate that a parsed file describes; raises `UsageError`."""
        return cls._of(toml_file.checked(document, _File, "objectives"))

    @classmethod
    def _of(cls, file: "_File") -> "Gate":
        objectives, abort = (tuple(map(Objective.parse, each)) for each in (file.objectives, file.abort))
        return cls(objectives, abort, file.abort_after_s, file.abort_window_s)

    def judge(self, measured: Measured) -> list[Judgement]:
        """Every objective's judgement."""
        return [each.judge(measured) for each in self.objectives]

    def hopeless(self, window: Measured) -> Judgement | None:
        """The first abort objective that fails on a window of the newest seconds; no data is no reason."""
        judged = (each.judge(window) for each in self.abort)
        return next((each for each in judged if each.result == "failed"), None)


def value_of(metric: str, measured: Measured) -> tuple[float | None, int, str]:
    """(value, samples, note) of a metric; the value is `None` without samples."""
    if metric in RATIOS:
        part, whole = (measured.count(name) for name in RATIOS[metric])
        return (part / whole if whole else None), whole, ""
    if metric in COUNTERS:
        judged = measured.count("contract.judged" if metric.startswith("contract.") else STARTED)
        return (float(measured.count(metric)) if judged else None), judged, ""
    name, statistic = _split(metric)
    histogram = measured.histogram(name)
    if not histogram.total:
        return None, 0, ""
    if percentile := _PERCENTILE.fullmatch(statistic):
        share = float(percentile.group(1)) / 100
        note = "" if histogram.supports(share) else f"few samples for a p{percentile.group(1)}"
        return histogram.quantile(share), histogram.total, note
    plain = {"max": histogram.max, "min": histogram.min, "mean": histogram.mean, "n": float(histogram.total)}
    return plain[statistic], histogram.total, ""


def _only_bounds(metric: str, measured: Measured) -> bool:
    """Whether all samples are ages of unfinished polls: they show that an objective is missed, never that it holds."""
    name, _ = _split(metric)
    return name == _CENSORED and measured.count(OVERDUE) >= measured.histogram(name).total


def verdict(
    *,
    breaches: int,
    unfit: bool,
    judgements: Iterable[Judgement],
    regressed: bool = False,
    cut_short: ExitCode | None = None,
) -> ExitCode:
    """The exit code: a breach is a fact whoever measured; the objectives of an unfit run mean nothing.

    `cut_short`: why the run ended before its time, where that was nobody's verdict on the target.
    """
    results = {each.result for each in judgements}
    if breaches:
        return ExitCode.BREACH
    if cut_short is not None:
        return cut_short
    if unfit:
        return ExitCode.UNFIT
    if "failed" in results or regressed:
        return ExitCode.SLO
    return ExitCode.NO_DATA if "no data" in results else ExitCode.PASSED


def _split(metric: str) -> tuple[str, str]:
    """A metric and its statistic; a percentile may have a dot of its own."""
    match = re.fullmatch(r"(.+?)\.(p[0-9]{1,2}(?:\.[0-9]+)?|max|min|mean|n)", metric)
    return (match.group(1), match.group(2)) if match else (metric, "")


def _check(metric: str) -> None:
    if metric in RATIOS or metric in COUNTERS:
        return
    name, statistic = _split(metric)
    base = name.partition("[")[0]
    if base in METRICS and statistic:
        return
    known = [*RATIOS, *COUNTERS, *(f"{each}.p99" for each in METRICS)]
    close = get_close_matches(metric, known, n=1, cutoff=0.4)
    hint = f"did you mean {close[0]}?" if close else "see the README for the metrics"
    raise ValueError(f"{metric} is no metric; {hint}")
