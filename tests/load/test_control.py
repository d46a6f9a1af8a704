"""`generations_load.under_locust.control`: early ends, the verdict, the report on disk, comparison with a baseline."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generations_contract.own_client import embedded
from generations_load.judging.load_judge import all_clauses, choose
from generations_load.measure.metrics import Recorder
from generations_load.measure.totals import FINISHED, STARTED
from generations_load.plan.setup import Setup, baseline, default_wait_s
from generations_load.under_locust.control import Control
from generations_load.verdict.fitness import Means
from generations_load.verdict.slo import ExitCode, Gate

GATE = Gate.of(
    {
        "objectives": ["contract.breaches == 0", "poll.overshoot_s.p99 < 0.25"],
        "abort": ["errors.ratio < 0.5"],
        "abort_after_s": 0,
    }
)


class Bench:
    """A run without users: ticks are made by hand, what is said is kept."""

    def __init__(self, directory: Path | None = None, compare: Path | None = None, **setup: Any) -> None:
        self.said: list[str] = []
        profile = '[target]\nbase_url = "http://t"\n[models]\nimage = "flux-1.1-pro"'
        self.control = Control(
            Setup(profile, users=10, wait_s=4, **setup),
            GATE,
            Means(users=10),
            directory=directory,
            baseline=baseline(str(compare)) if compare else None,
            say=self.said.append,
        )
        self.control.describe(embedded.target("load-"), {"full-window": 1.0}, choose(all_clauses()))
        self.recorder = Recorder()
        self.second = 0

    def polls(self, count: int, overshoot_s: float = 0.01, *, errors: int = 0, final: bool = False) -> None:
        """A second with so many polls."""
        record = self.recorder
        for name in (STARTED, FINISHED, "contract.judged"):
            record.count(name, count)
        record.count("errors", errors)
        for index in range(count):
            record.sample("poll.overshoot_s", overshoot_s * (1 + index / count / 10))
        self.second += 1
        self.control.add("local", record.cut(self.second, final=final))


def test_run_that_held_writes_its_report_and_passes(tmp_path: Path) -> None:
    """Exit code 0; load.json, junit.xml and report.html are there; concluding twice says it once."""
    bench = Bench(tmp_path / "r")
    bench.polls(1_500, final=True)
    assert bench.control.conclude() is bench.control.conclude() is ExitCode.PASSED
    assert {file.name for file in (tmp_path / "r").iterdir()} == {"load.json", "junit.xml", "report.html"}
    assert sum("load: PASSED" in said for said in bench.said) == 1
    result = json.loads((tmp_path / "r" / "load.json").read_text("utf-8"))
    assert result["run"]["clauses left out"]["wait.independent"]
    assert result["run"]["libraries"]["locust"]


def breach(bench: Bench) -> None:
    """A clause was broken."""
    bench.recorder.count("contract.breaches")
    bench.recorder.count("breach.response.schema")


@pytest.mark.parametrize(
    ("spoil", "overshoot_s", "count", "code"),
    [
        (breach, 0.01, 1_000, ExitCode.BREACH),
        (lambda bench: bench.recorder.count(STARTED, 5), 0.01, 1_000, ExitCode.UNFIT),
        (lambda _: None, 0.5, 1_000, ExitCode.SLO),
        (lambda _: None, 0.5, 0, ExitCode.NO_DATA),
    ],
    ids=["breach", "books", "slo", "no data"],
)
def test_verdict_is_the_first_that_applies(
    spoil: Callable[[Bench], object], overshoot_s: float, count: int, code: ExitCode
) -> None:
    """A broken clause, books that do not balance, a missed objective, nothing at all."""
    bench = Bench()
    spoil(bench)
    bench.polls(count, overshoot_s, final=True)
    assert bench.control.conclude() is code


def test_hopeless_run_ends_early() -> None:
    """Twice in a row most of the newest polls failed: a reason to end, with its figure."""
    bench = Bench()
    bench.polls(10, errors=9)
    assert bench.control.reason_to_end() is None
    reason = bench.control.reason_to_end()
    assert reason is not None
    assert "errors.ratio < 0.5 is 0.9" in reason


def test_used_up_budget_ends_the_run_once_nothing_is_held() -> None:
    """The budget allows no more creations: polls that are held are waited for."""
    bench = Bench()
    bench.recorder.count("budget.exhausted")
    bench.recorder.gauge("poll.held", 3)
    bench.polls(5)
    assert bench.control.reason_to_end() is None
    bench.recorder.gauge("poll.held", 0)
    bench.polls(5)
    assert "budget is used up" in str(bench.control.reason_to_end())
    assert bench.control.conclude() == ExitCode.BUDGET
    assert "load: BUDGET" in bench.said[-1]


@pytest.mark.parametrize(
    ("overshoot_s", "setup", "code", "said"),
    [
        (0.01, {}, ExitCode.PASSED, "noise"),
        (0.08, {}, ExitCode.SLO, "regression"),
        (0.01, {"run_time_s": 99.0}, ExitCode.USAGE, "the runs are unlike: run_time_s was 0.0 and is 99.0"),
    ],
)
def test_run_is_compared_with_its_baseline(
    tmp_path: Path, overshoot_s: float, setup: dict[str, Any], code: ExitCode, said: str
) -> None:
    """The same again is noise, eight times the overshoot a regression, another length is refused."""
    first = Bench(tmp_path / "first")
    first.polls(2_000, final=True)
    first.control.conclude()
    second = Bench(compare=tmp_path / "first", **setup)
    second.polls(2_000, overshoot_s, final=True)
    assert second.control.conclude() is code
    assert said in "".join(second.said)


def test_part_of_a_run_is_judged_on_its_own() -> None:
    """A bad level after a good one: only what came since the window was opened counts."""
    bench = Bench()
    bench.polls(1_000, 0.01)
    bench.control.totals.open_part()
    bench.polls(1_000, 0.9)
    held, judged = bench.control.judge_part()
    assert not held
    assert [each.n for each in judged] == [1_000, 1_000]


@pytest.mark.parametrize(("run_time_s", "wait_s"), [(0, 60), (600, 60), (30, 3), (5, 1)])
def test_default_window_fits_the_run(run_time_s: float, wait_s: float) -> None:
    """The document's longest window where the run has room for it, else a tenth of the run; jobs of our own are short."""
    assert default_wait_s(run_time_s) == wait_s
    assert default_wait_s(run_time_s, embedded=True) == min(2.0, wait_s)


def test_setup_travels_to_workers_whole() -> None:
    """What the master sends is what the worker reads; no key is in it."""
    setup = Setup("[target]", scenarios=("fan-out",), users=7, embedded=True, environment={"A": "b"})
    assert Setup.parse(setup.dump()) == setup
