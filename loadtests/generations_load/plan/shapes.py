"""How many clients there are, when: populations and stages, from one TOML file; and the breakpoint search.

Pure arithmetic over seconds since the start; no clock, no locust, no I/O beyond reading the plan. A
*closed* population keeps a number of users busy: a slow server slows the load down. An *open* one has
arrivals a second, Poisson or even, which come whatever the server does: a slow server makes them pile up,
and what no longer fits is counted as dropped. `level` means users in the one and arrivals a second in the
other.

Arrivals are drawn by inverting the integral of the rate, so a ramp of
arrivals is exactly that, and not a staircase of ticks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import sqrt
from pathlib import Path
from random import Random
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, model_validator

from generations_contract.api import toml_file
from generations_contract.api.toml_file import Table

Arrivals = Literal["poisson", "even"]
_Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
_Level = Annotated[float, Field(ge=0, allow_inf_nan=False)]
SPAWN_RATE_PER_WORKER: Final = 100.0
STEPS_MAX: Final = 10_000


class Constant(Table):
    """One level for some time."""

    kind: Literal["constant", "soak"]
    level: _Positive
    for_s: _Positive

    def segments(self) -> Iterator[tuple[float, float, float]]:
        """(seconds, level at the beginning, level at the end) in order."""
        yield self.for_s, self.level, self.level


class Ramp(Table):
    """From one level to another, evenly."""

    kind: Literal["ramp"]
    start: _Level
    end: _Level
    for_s: _Positive

    def segments(self) -> Iterator[tuple[float, float, float]]:
        """(seconds, level at the beginning, level at the end) in order."""
        yield self.for_s, self.start, self.end


class Steps(Table):
    """From one level to another in steps, each held for some time."""

    kind: Literal["steps"]
    start: _Positive
    end: _Positive
    by: _Positive
    each_s: _Positive

    @property
    def _steps(self) -> float:
        return abs(self.end - self.start) / self.by + 1e-9

    @model_validator(mode="after")
    def _countable(self) -> Self:
        if self._steps > STEPS_MAX:
            raise ValueError(f"more than {STEPS_MAX:,} steps; raise by")
        return self

    def segments(self) -> Iterator[tuple[float, float, float]]:
        """(seconds, level at the beginning, level at the end) in order."""
        sign = 1 if self.end >= self.start else -1
        for index in range(int(self._steps) + 1):
            level = self.start + sign * index * self.by
            yield self.each_s, level, level


class Spike(Table):
    """A level, a sudden peak, and the level again, to see the recovery."""

    kind: Literal["spike"]
    level: _Positive
    peak: _Positive
    before_s: _Positive
    peak_s: _Positive
    after_s: _Positive

    def segments(self) -> Iterator[tuple[float, float, float]]:
        """(seconds, level at the beginning, level at the end) in order."""
        yield self.before_s, self.level, self.level
        yield self.peak_s, self.peak, self.peak
        yield self.after_s, self.level, self.level


Stage = Annotated[Constant | Ramp | Steps | Spike, Field(discriminator="kind")]


class Breakpoint(Table):
    """Search for the highest level at which the SLOs hold; each level is held for `hold_s` and judged."""

    start: _Positive
    limit: _Positive
    factor: Annotated[float, Field(gt=1)] = 1.5
    precision: Annotated[float, Field(gt=0, lt=1)] = 0.1
    hold_s: _Positive = 20.0
    settle_s: Annotated[float, Field(ge=0)] = 2.0


class Population(Table):
    """Who comes: a closed or an open population. `limit`: at most so many arrivals at a time (open)."""

    kind: Literal["closed", "open"] = "closed"
    arrivals: Arrivals = "poisson"
    limit: Annotated[int, Field(ge=1)] = 10_000
    spawn_rate: _Positive = SPAWN_RATE_PER_WORKER
    seed: int = 0


class Plan(Table):
    """The population, its stages or a breakpoint search, the mix, and the scenarios' numbers."""

    population: Population = Population()
    stage: list[Stage] = Field(default_factory=list)
    breakpoint: Breakpoint | None = None
    mix: dict[str, _Level] = Field(default_factory=dict)
    scenario: dict[str, dict[str, float]] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_course(self) -> Self:
        if self.stage and self.breakpoint:
            raise ValueError("has both stages and a breakpoint search; keep one")
        return self

    @classmethod
    def parse(cls, text: str, name: str = "plan") -> "Plan":
        """Read a plan from its text; raises `UsageError`."""
        return toml_file.parse(text, cls, name)

    @classmethod
    def load(cls, path: Path) -> "Plan":
        """Read a plan file; raises `UsageError`."""
        return toml_file.read(path, cls)

    @property
    def course(self) -> "Course":
        """The stages as one course of levels."""
        return Course([segment for stage in self.stage for segment in stage.segments()])


class Course:
    """A piecewise linear level over time."""

    def __init__(self, segments: list[tuple[float, float, float]]) -> None:
        self._segments = segments
        self.seconds = sum(length for length, _, _ in segments)
        self.peak = max((max(first, last) for _, first, last in segments), default=0.0)

    def level(self, at: float) -> float | None:
        """The level `at` seconds after the start; `None` when the course is over."""
        begin = 0.0
        for length, first, last in self._segments:
            if at < begin + length:
                return first + (last - first) * (at - begin) / length
            begin += length
        return None

    def arrivals(self, kind: Arrivals, random: Random, share: float = 1.0) -> Iterator[float]:
        """The intended start of every arrival, in seconds: the level, times `share`, as a rate."""
        due = _next_due(kind, random, 0.0) if kind == "poisson" else 0.5
        begin = done = 0.0
        for length, first, last in self._segments:
            whole = share * length * (first + last) / 2
            while due <= done + whole:
                yield begin + _time_of(due - done, share * first, share * last, length)
                due = _next_due(kind, random, due)
            begin, done = begin + length, done + whole


def _next_due(kind: Arrivals, random: Random, due: float) -> float:
    return due + (random.expovariate(1.0) if kind == "poisson" else 1.0)


def _time_of(amount: float, first: float, last: float, length: float) -> float:
    """When a rate that goes from `first` to `last` over `length` seconds has brought `amount` arrivals."""
    slope = (last - first) / length
    if abs(slope) < 1e-12:
        return amount / first
    return (sqrt(max(0.0, first * first + 2 * slope * amount)) - first) / slope


@dataclass
class Search:
    """The state of a breakpoint search: grow until the SLOs break, then halve the doubt."""

    plan: Breakpoint
    good: float = 0.0
    bad: float | None = None
    level: float = 0.0

    def __post_init__(self) -> None:
        self.level = self.plan.start

    def judged(self, *, held: bool) -> float | None:
        """The next level after the present one was judged; `None` when the search is over."""
        if held:
            self.good = max(self.good, self.level)
        else:
            self.bad = self.level
        if self.bad is None:
            if self.level >= self.plan.limit:
                return None
            self.level = min(self.plan.limit, self.level * self.plan.factor)
            return self.level
        if self.bad - self.good <= max(1.0, self.plan.precision * self.bad) or self.bad <= 1:
            return None
        self.level = (self.good + self.bad) / 2
        return self.level

    def outcome(self) -> dict[str, Any]:
        """What was found: the highest good level, the lowest bad one."""
        return {"highest_good": round(self.good, 1), "lowest_bad": self.bad and round(self.bad, 1)}
