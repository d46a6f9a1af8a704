"""`generations_load.verdict.fitness`: VALID, or UNFIT with the reason and the remedy."""

from collections.abc import Callable

import pytest

from generations_load.measure.metrics import Recorder
from generations_load.measure.totals import FINISHED, STARTED, Totals
from generations_load.verdict.fitness import Means, judge, preflight

MEANS = Means(users=100, workers=1)


def run(change: Callable[[Recorder], object] | None = None, *, final: bool = True) -> Totals:
    """A thousand polls of one worker without a flaw, but for the change."""
    recorder, totals = Recorder(), Totals()
    recorder.count(STARTED, 1000)
    recorder.count(FINISHED, 1000)
    recorder.gauge("generator.cpu_busy", 0.4)
    for _ in range(500):
        recorder.sample("generator.loop_lag_s", 0.001)
    if change:
        change(recorder)
    totals.add("w1", recorder.cut(1, final=final))
    return totals


def lag(recorder: Recorder) -> None:
    """A tenth of the probes are late."""
    for _ in range(50):
        recorder.sample("generator.loop_lag_s", 0.3)


def dropped(recorder: Recorder) -> None:
    """Two of a hundred arrivals found no room."""
    recorder.count("arrival.due", 100)
    recorder.count("arrival.dropped", 2)


FLAWS: dict[str, tuple[Callable[[Recorder], object], str, str]] = {
    "lag": (lag, "the event loop lagged 0.300 s", "more workers"),
    "cpu": (lambda r: r.gauge("generator.cpu_busy", 0.97), "97% of its core", "--processes"),
    "reopened": (
        lambda r: r.count("connection.reopened", 400),
        "400 of 1000 polls",
        "keep connections alive",
    ),
    "descriptors": (lambda r: r.count("connection.no_descriptor", 3), "3 connections failed", "ulimit -n"),
    "ports": (lambda r: r.count("connection.no_port", 3), "3 connections failed", "ip_local_port_range"),
    "dropped": (dropped, "2 of 100 arrivals were dropped", "population.limit"),
    "late": (lambda r: r.sample("arrival.lateness_s", 0.5), "started 0.500 s late", "more workers"),
    "books": (lambda r: r.count(STARTED, 2), "unaccounted for", "not complete"),
}


def test_flawless_run_is_valid() -> None:
    """Nothing to complain of: VALID, with its figures."""
    fitness = judge(run(), MEANS)
    assert (fitness.verdict, fitness.findings) == ("VALID", [])
    assert fitness.figures["polls_started"] == 1000


@pytest.mark.parametrize("name", FLAWS)
def test_flaw_makes_the_run_unfit(name: str) -> None:
    """Each flaw alone is UNFIT, with its number and what to change."""
    change, reason, remedy = FLAWS[name]
    (finding,) = judge(run(change), MEANS).findings
    assert reason in finding.reason
    assert remedy in finding.remedy


def test_worker_that_went_missing_makes_the_run_unfit() -> None:
    """A worker without a last report: UNFIT, and how many polls are lost with it."""
    totals = run(lambda r: r.count(STARTED, 7), final=False)
    fitness = judge(totals, MEANS)
    assert ["w1 went missing: 7 of its polls are lost" in each.reason for each in fitness.findings] == [True]


def test_worker_that_never_came_makes_the_run_unfit() -> None:
    """Two of three expected workers never reported."""
    (finding,) = judge(run(), Means(users=100, workers=3)).findings
    assert "2 of 3 workers never reported" in finding.reason


@pytest.mark.parametrize(
    ("means", "reason"),
    [
        (Means(users=5_000, descriptors=1_024), "room for 824 connections"),
        (Means(users=40_000, ports=28_000), "28000 ephemeral ports"),
        (Means(users=5_000, workers=10, descriptors=1_024), None),
    ],
)
def test_preflight_tells_what_cannot_work(means: Means, reason: str | None) -> None:
    """Descriptors and ports for the users of one worker are checked before the first poll."""
    findings = [each.reason for each in preflight(means)]
    assert len(findings) == (reason is not None)
    if reason:
        assert reason in findings[0]
