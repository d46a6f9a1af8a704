"""`generations_load.verdict.slo` and `compare`: objectives, exit codes, regression against noise."""

from pathlib import Path
from random import Random
from typing import Any

import pytest

from generations_contract.api.usage import UsageError
from generations_load.measure.compare import UnlikeRunsError, compare
from generations_load.measure.metrics import Histogram
from generations_load.measure.totals import FINISHED, OVERDUE, STARTED, Window
from generations_load.verdict.slo import DEFAULT_FILE, ExitCode, Gate, Objective, verdict


def window(samples: dict[str, list[float]] | None = None, **counts: int) -> Window:
    """What was measured: samples by metric, counters by name (dots as underscores are spelled out below)."""
    found = Window()
    for name, values in (samples or {}).items():
        histogram = found.histograms.setdefault(name, Histogram())
        for value in values:
            histogram.record(value)
    names = {"started": STARTED, "finished": FINISHED, "judged": "contract.judged", "overdue": OVERDUE,
             "breaches": "contract.breaches"}  # fmt: skip
    found.counts = {names.get(name, name): count for name, count in counts.items()}
    return found


GOOD = window({"poll.overshoot_s": [0.01] * 2000}, started=2000, finished=2000, judged=2000, errors=1)
OBJECTIVES = [
    ("poll.overshoot_s.p99 < 0.25", GOOD, "held", 2000),
    ("poll.overshoot_s.p99.9 <= 0.01", GOOD, "held", 2000),
    ("poll.overshoot_s.max < 0.001", GOOD, "failed", 2000),
    ("poll.overshoot_s.n >= 2000", GOOD, "held", 2000),
    ("errors.ratio < 0.001", GOOD, "held", 2000),
    ("errors.ratio < 0.0001", GOOD, "failed", 2000),
    ("contract.breaches == 0", GOOD, "held", 2000),
    ("contract.breaches == 0", window(started=5), "no data", 0),
    ("errors.ratio < 0.001", window(started=5), "no data", 0),
    ("poll.overshoot_s.p99 < 0.25", window(started=5, finished=5), "no data", 0),
    ("poll.started > 3", window(started=5), "held", 5),
    ("poll.overshoot_s.p99 < 9", window({"poll.overshoot_s": [0.3, 2]}, overdue=2), "no data", 0),
    ("poll.overshoot_s.p99 < 1", window({"poll.overshoot_s": [0.3, 2]}, overdue=2), "failed", 2),
    ("poll.overshoot_s.p99 < 9", window({"poll.overshoot_s": [0.3, 2]}, overdue=1), "held", 2),
    ("generation.time_to_terminal_s[veo-3].p99 < 9", window(), "no data", 0),
]


@pytest.mark.parametrize(("text", "measured", "result", "n"), OBJECTIVES, ids=[row[0] for row in OBJECTIVES])
def test_objective_is_judged_on_what_was_measured(text: str, measured: Window, result: str, n: int) -> None:
    """Each comparison gives held, failed, or no data, and says on how many samples it rests."""
    judged = Objective.parse(text).judge(measured)
    assert (judged.result, judged.n) == (result, n)


def test_percentile_of_few_samples_says_so() -> None:
    """A p99 of 20 samples is judged, with a note."""
    judged = Objective.parse("poll.overshoot_s.p99 < 1").judge(window({"poll.overshoot_s": [0.1] * 20}))
    assert judged.result == "held"
    assert "few samples" in judged.note


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("poll.overshot_s.p99 < 1", "did you mean poll.overshoot_s.p99"),
        ("poll.overshoot_s < 1", "is no metric"),
        ("errors.ratio", "is no objective"),
        ("errors.ratio < lots", "is no objective"),
    ],
)
def test_wrong_objective_is_one_line(text: str, complaint: str) -> None:
    """A typo is refused with a suggestion: it must not silently weaken a gate."""
    with pytest.raises(ValueError, match=complaint):
        Objective.parse(text)


@pytest.mark.parametrize("document", [{}, {"objectives": []}, {"objectives": "x"}, {"objective": ["x"]}])
def test_gate_that_lets_everything_pass_is_refused(document: dict[str, Any]) -> None:
    """An SLO file without objectives, or with unknown keys, is no gate."""
    with pytest.raises(UsageError):
        Gate.of(document)


def test_default_gate_can_be_read() -> None:
    """The shipped slo.toml has objectives on breaches, errors and overshoot, and an abort."""
    gate = Gate.load(DEFAULT_FILE)
    assert {"contract.breaches", "errors.ratio", "poll.overshoot_s.p99"} <= {
        each.metric for each in gate.objectives
    }
    assert gate.hopeless(window(finished=100, errors=90)) is not None
    assert gate.hopeless(window()) is None


@pytest.mark.parametrize(
    ("breaches", "unfit", "measured", "regressed", "code"),
    [
        (0, False, GOOD, False, ExitCode.PASSED),
        (1, True, window(), True, ExitCode.BREACH),
        (0, True, window(), True, ExitCode.UNFIT),
        (0, False, GOOD, True, ExitCode.SLO),
        (0, False, window(), False, ExitCode.NO_DATA),
    ],
)
def test_exit_codes_are_distinct_and_ordered(
    breaches: int, unfit: bool, measured: Window, regressed: bool, code: ExitCode
) -> None:
    """A breach is a fact whoever measured; an unfit run's objectives mean nothing; no data is no pass."""
    judged = Gate.of({"objectives": ["poll.overshoot_s.p99 < 0.25"]}).judge(measured)
    assert verdict(breaches=breaches, unfit=unfit, judgements=judged, regressed=regressed) is code


def run_of(values: list[float], **run: Any) -> dict[str, Any]:
    """A load.json with this overshoot."""
    packed = window({"poll.overshoot_s": values}).histograms["poll.overshoot_s"].pack()
    return {
        "format": 1,
        "run": {"target": "t", "users": 10, "wait_s": 4, "mix": {"full-window": 1}} | run,
        "fitness": {"verdict": "VALID"},
        "histograms": {"poll.overshoot_s": packed},
    }


def noisy(scale: float, seed: int, n: int = 5_000) -> list[float]:
    """Overshoots around a scale, with a tail."""
    random = Random(seed)  # noqa: S311
    return [scale * (1 + random.expovariate(1.0)) for _ in range(n)]


@pytest.mark.parametrize(
    ("before", "after", "kinds"),
    [
        (noisy(0.01, 1), noisy(0.01, 2), {"noise"}),
        (noisy(0.01, 1), noisy(0.03, 2), {"regression"}),
        (noisy(0.03, 1), noisy(0.01, 2), {"improvement"}),
        (noisy(0.0001, 1), noisy(0.0003, 2), {"noise"}),
        (noisy(0.01, 1, n=20), noisy(0.03, 2, n=20), {"regression", "too few"}),
    ],
    ids=["same", "three times", "a third", "microseconds", "few samples"],
)
def test_comparison_tells_regression_from_noise(
    before: list[float], after: list[float], kinds: set[str]
) -> None:
    """Only what is both beyond chance and large enough to matter is a change."""
    assert {change.kind for change in compare(run_of(before), run_of(after))} == kinds


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"users": 20}, "users was 10 and is 20"),
        ({"wait_s": 60}, "wait_s"),
        ({"mix": {"image-auto": 1}}, "mix"),
    ],
)
def test_comparison_refuses_unlike_runs(change: dict[str, Any], complaint: str) -> None:
    """Another population, window or mix: the difference would say nothing."""
    with pytest.raises(UnlikeRunsError, match=complaint):
        compare(run_of([0.1]), run_of([0.1], **change))


def test_comparison_refuses_an_unfit_run() -> None:
    """Figures of a generator that could not measure are not compared."""
    unfit = run_of([0.1]) | {"fitness": {"verdict": "UNFIT"}}
    with pytest.raises(UnlikeRunsError, match="the baseline is UNFIT"):
        compare(unfit, run_of([0.1]))


def test_missing_slo_file_is_one_line(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UsageError, match="cannot be read"):
        Gate.load(tmp_path / "none.toml")
