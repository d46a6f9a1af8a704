"""`generations_load.measure.metrics` and `totals`: exact buckets, lossless merging, and books that balance."""

import json

import msgpack
import pytest
from hdrh.histogram import HdrHistogram
from hypothesis import given
from hypothesis import strategies as st

from generations_load.measure.metrics import DIGITS, HIGHEST, SCALE, Histogram, Recorder, Tick, merged
from generations_load.measure.totals import FINISHED, STARTED, UNFINISHED, Totals

durations = st.floats(0, 3_600, allow_nan=False)
SHARES = (0.5, 0.9, 0.99, 0.999)


def histogram(*values: float) -> Histogram:
    """A histogram of these values."""
    found = Histogram()
    for value in values:
        found.record(value)
    return found


@given(st.lists(durations, min_size=1, max_size=200))
def test_histogram_agrees_with_the_library(values: list[float]) -> None:
    """Every quantile is the one that HdrHistogram gives for the same values, but never above the maximum."""
    ours, library = histogram(*values), HdrHistogram(1, HIGHEST, DIGITS)
    for value in values:
        library.record_value(min(HIGHEST, int(value * SCALE)))
    for share in SHARES:
        theirs = library.get_value_at_percentile(share * 100) / SCALE
        assert ours.quantile(share) == pytest.approx(min(theirs, max(values)), abs=2e-6)
    assert ours.hdr().get_total_count() == library.get_total_count()


@given(st.lists(durations, min_size=1, max_size=100))
def test_histogram_keeps_three_digits(values: list[float]) -> None:
    """The median is off by a thousandth at most, and the maximum not at all."""
    ours = histogram(*values)
    exact = sorted(values)[max(1, int(len(values) * 0.5 + 0.5)) - 1]
    assert ours.quantile(0.5) == pytest.approx(exact, rel=1.1e-3, abs=2e-6)
    assert ours.max == max(values)


@given(st.lists(st.lists(durations, max_size=50), min_size=1, max_size=4))
def test_merge_loses_nothing(workers: list[list[float]]) -> None:
    """Workers' histograms, sent and added, are the histogram of all values."""
    sent = [Histogram.unpack(json.loads(json.dumps(histogram(*values).pack()))) for values in workers]
    whole = histogram(*[value for values in workers for value in values])
    found = merged(sent)
    assert (found.buckets, found.total, found.max) == (whole.buckets, whole.total, whole.max)
    assert found.sum == pytest.approx(whole.sum)


def test_two_clusters_are_not_interpolated() -> None:
    """Half at 0, half at 60 s: the median is one of them, nothing in the gap."""
    found = histogram(*[0.0] * 50, *[60.0] * 50)
    assert found.quantile(0.5) == 0.0
    assert found.quantile(0.51) == pytest.approx(60, rel=1e-3)


def test_overflow_is_counted_and_clamped() -> None:
    """More than an hour is an hour in the buckets and itself in the maximum; below 0 is 0."""
    found = histogram(4_000.0, -1.0)
    assert (found.overflows, found.max, found.min) == (1, 4_000.0, 0.0)


def test_confidence_interval_holds_the_quantile_and_narrows() -> None:
    """The interval around a p99 contains it, and shrinks with more samples."""
    few, many = (histogram(*[index / n for index in range(n)]) for n in (200, 20_000))
    for each in (few, many):
        low, high = each.interval(0.99)
        assert low <= each.quantile(0.99) <= high
    widths = [high - low for low, high in (few.interval(0.99), many.interval(0.99))]
    assert widths[1] < widths[0]
    assert not few.supports(0.999)
    assert many.supports(0.999)


def cut(recorder: Recorder, second: int, *, final: bool = False, **counts: int) -> Tick:
    """A tick with these polls, over the wire that workers use."""
    for name, count in counts.items():
        recorder.count({"s": STARTED, "f": FINISHED, "u": UNFINISHED}[name], count)
    packed = msgpack.unpackb(msgpack.packb(recorder.cut(second, final=final).pack()), strict_map_key=False)
    return Tick.unpack(packed)


def test_totals_balance_over_workers() -> None:
    """Three workers that report to the end: every poll is finished or unfinished, nothing is lost."""
    totals = Totals()
    for name in ("a", "b", "c"):
        recorder = Recorder()
        recorder.sample("poll.overshoot_s", 0.001)
        totals.add(name, cut(recorder, 100, s=10, f=7))
        totals.add(name, cut(recorder, 101, s=0, f=1, u=2, final=True))
    assert (totals.imbalances(), totals.lost) == ([], 0)
    assert totals.histogram("poll.overshoot_s").total == 3
    assert totals.count(STARTED) == totals.count(FINISHED) + totals.count(UNFINISHED) == 30


def test_killed_worker_keeps_the_books_consistent() -> None:
    """What a worker held when it was killed is lost with it, by number, and not an imbalance."""
    totals = Totals()
    totals.add("alive", cut(Recorder(), 100, s=5, f=5, final=True))
    totals.add("killed", cut(Recorder(), 100, s=9, f=5))
    assert totals.lost == 4
    assert totals.imbalances() == []


@pytest.mark.parametrize(
    ("ticks", "complaint"),
    [
        ([(1, {"s": 3, "f": 1, "final": True})], "amiss"),
        ([(1, {"s": 1}), (3, {"f": 1, "final": True})], "never arrived"),
    ],
    ids=["polls vanish", "a report is lost"],
)
def test_totals_name_what_does_not_balance(ticks: list[tuple[int, dict[str, int]]], complaint: str) -> None:
    """A poll without an end and a report that never came are complaints that name the worker."""
    totals = Totals()
    for number, counts in ticks:
        tick = cut(Recorder(), 100, **counts)
        tick.number = number
        totals.add("w1", tick)
    assert len(totals.imbalances()) == 1
    assert "w1" in totals.imbalances()[0]
    assert complaint in totals.imbalances()[0]


def test_report_that_comes_twice_counts_once() -> None:
    """A tick with a number that was seen is left alone."""
    totals, tick = Totals(), cut(Recorder(), 100, s=1, f=1)
    totals.add("w1", tick)
    totals.add("w1", tick)
    assert totals.count(STARTED) == 1


def test_rows_sum_gauges_and_keep_quantiles() -> None:
    """A second's row adds up what workers held then, and keeps n, p50, p99 and max of each metric."""
    totals = Totals()
    for name in ("a", "b"):
        recorder = Recorder()
        recorder.gauge("poll.held", 50)
        recorder.sample("poll.overshoot_s", 0.5)
        totals.add(name, cut(recorder, 100))
    totals.close()
    (row,) = totals.rows
    assert row.gauges["poll.held"] == 100
    assert row.quantiles["poll.overshoot_s"][0] == 2
    assert row.quantiles["poll.overshoot_s"][3] == 0.5


def test_level_at_the_end_is_not_counted_twice() -> None:
    """The last tick falls into a second that has one already: the level of a process is its newest."""
    totals, recorder = Totals(), Recorder()
    for held, final in ((50, False), (40, True)):
        recorder.gauge("poll.held", held)
        totals.add("a", cut(recorder, 100, final=final))
    totals.close()
    assert totals.rows[0].gauges["poll.held"] == 40
