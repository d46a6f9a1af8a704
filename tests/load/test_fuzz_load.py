"""The files of a load run, damaged in every way: refused in one line before it begins, never at its end."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.usage import UsageError
from generations_load.measure.compare import UnlikeRunsError, compare
from generations_load.measure.metrics import Histogram
from generations_load.plan import setup
from generations_load.plan.shapes import Plan
from generations_load.verdict.slo import DEFAULT_FILE, Gate
from tests import ROOT
from tests.recordings.test_fuzz_files import IN_TEST, only
from tests.support.fuzzing import changed, damaged, written

PLANS = [path.read_bytes() for path in sorted((ROOT / "loadtests" / "plans").glob("*.toml"))]
HISTOGRAM = Histogram()
for _milliseconds in range(300):
    HISTOGRAM.record(_milliseconds / 1000)
RUN: dict[str, Any] = {
    "format": 1,
    "run": {"target": "https://gateway.test", "mix": {"a": 1}, "users": 2},
    "fitness": {"verdict": "VALID"},
    "histograms": {"poll.overshoot_s": HISTOGRAM.pack(), "poll.instant_s": HISTOGRAM.pack()},
}
WRONG_PLANS = [
    '[[stage]]\nkind = "steps"\nstart = 1\nend = 1e9\nby = 1e-9\neach_s = 1',
    '[[stage]]\nkind = "steps"\nstart = 1\nend = 1e308\nby = 1e-300\neach_s = 1',
    "[population]\nlimit = 1e400",
    '"a\\nb" = 1',
    "x = " + "[" * 50_000,
    "x = " + "9" * 5000,
]
WRONG_GATES = [
    *(f'objectives = ["errors.ratio < 1"]\nabort_{line}' for line in (
        'after_s = "x"', "after_s = -1", "after_s = nan", "after_s = inf", "after_s = true",
        "window_s = 1.5", "window_s = 0", "window_s = true",
    )),
    *(f'objectives = ["{text}"]' for text in ("errors.ratio < 1e999", "errors.ratio < " + "9" * 500, "x\\ny", "a." * 20_000)),
    '"a\\nb" = 1',
    "x = " + "{a = " * 20_000,
    "x = " + "9" * 5000,
]  # fmt: skip


@IN_TEST
@given(st.one_of(st.sampled_from(PLANS).flatmap(damaged), st.binary(max_size=60)))
def test_plan_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as a plan gives one whose course can be laid out, or a `UsageError`."""
    path = tmp_path / "plan.toml"
    path.write_bytes(content)
    plan = only(UsageError, lambda: Plan.load(path))
    assert plan is None or plan.course is not None


@IN_TEST
@given(st.one_of(damaged(DEFAULT_FILE.read_bytes()), st.binary(max_size=60)))
def test_gate_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as objectives gives a gate or a `UsageError`."""
    path = tmp_path / "slo.toml"
    path.write_bytes(content)
    only(UsageError, lambda: Gate.load(path))


@IN_TEST
@given(st.one_of(changed(RUN).map(written), damaged(written(RUN)), st.binary(max_size=60)))
def test_earlier_run_is_read_or_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    """Any file as an earlier run is refused before the run, or can be compared at its end."""
    path = tmp_path / "load.json"
    path.write_bytes(content)
    before = only(UsageError, lambda: setup.baseline(str(path)))
    if before is not None:
        only(UnlikeRunsError, lambda: compare(before, json.loads(json.dumps(RUN))))


@pytest.mark.parametrize("text", WRONG_PLANS, ids=range(len(WRONG_PLANS)))
def test_plan_beyond_all_measure_is_refused(tmp_path: Path, text: str) -> None:
    """Steps without number, numbers without end, keys with line ends: one line, at once."""
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        Plan.load(path)
    assert str(refused.value).isprintable()


@pytest.mark.parametrize("text", WRONG_GATES, ids=range(len(WRONG_GATES)))
def test_gate_that_cannot_be_kept_is_refused(tmp_path: Path, text: str) -> None:
    """No seconds, limits that nothing reaches, texts that are traps: one line, at once."""
    path = tmp_path / "slo.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as refused:
        Gate.load(path)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 3000
