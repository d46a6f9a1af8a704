"""A run against an earlier one: what is a regression, and what is noise.

Pure: two documents of `load.json` in, findings out. Runs that were not alike (another plan, target, model
mix, population or an unfit generator) are refused with the reason, because their difference says nothing.

A quantile has regressed when its 95 % confidence intervals (from the ranks,
no assumption on the distribution) do not overlap *and* it moved by more than the noise that is allowed for,
in both seconds and share. Either alone cries wolf: with many samples any wobble is significant, with few
any outlier is large.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from generations_load.measure.metrics import Histogram

NOISE_S: Final = 0.002
NOISE_SHARE: Final = 0.10
_SHARES: Final = ((0.5, "p50"), (0.99, "p99"))
_COMPARED: Final = (
    "poll.overshoot_s", "poll.wake_delay_s", "poll.instant_s", "poll.refusal_s",
    "generation.time_to_terminal_s",
)  # fmt: skip
# What must be equal for two runs to be comparable.
_ALIKE: Final = ("target", "mix", "numbers", "plan", "population", "users", "wait_s", "run_time_s")


class UnlikeRunsError(ValueError):
    """Two runs that cannot be compared; one line that names the difference."""


@dataclass(frozen=True)
class Change:
    """How a quantile moved, from (low, value, high) to (low, value, high)."""

    metric: str
    before: tuple[float, float, float]
    after: tuple[float, float, float]
    kind: Literal["regression", "improvement", "noise", "too few"]

    def __str__(self) -> str:
        was, now = self.before, self.after
        return (
            f"{self.kind:<11} {self.metric:<36} {was[1]:.4f} [{was[0]:.4f}-{was[2]:.4f}]"
            f" -> {now[1]:.4f} [{now[0]:.4f}-{now[2]:.4f}]"
        )


def check(document: Mapping[str, Any]) -> None:
    """Raise `ValueError` where something that is compared is missing in a document, or is no number."""
    try:
        document["run"].items(), str(document["fitness"]["verdict"])
        list(_changes(document["histograms"], document["histograms"]))
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as error:
        raise ValueError(f"{type(error).__name__}: {error}") from None


def compare(baseline: Mapping[str, Any], current: Mapping[str, Any]) -> list[Change]:
    """The changes of all compared quantiles; raises `UnlikeRunsError`."""
    if baseline.get("format") != current.get("format"):
        raise UnlikeRunsError(
            "the baseline is of another format of load.json; run it again with this version"
        )
    if (verdict := current["fitness"]["verdict"]) != "VALID":
        raise UnlikeRunsError(f"this run is {verdict}: its figures cannot be compared")
    require_alike(baseline, current["run"])
    return list(_changes(baseline["histograms"], current["histograms"]))


def require_alike(baseline: Mapping[str, Any], conditions: Mapping[str, Any]) -> None:
    """Raise `UnlikeRunsError` where a run under these conditions cannot be compared with the baseline."""
    verdict = baseline["fitness"]["verdict"]
    if verdict != "VALID":
        raise UnlikeRunsError(f"the baseline is {verdict}: its figures cannot be compared")
    for key in _ALIKE:
        was, now = baseline["run"].get(key), conditions.get(key)
        if was != now:
            raise UnlikeRunsError(f"the runs are unlike: {key} was {was!r} and is {now!r}")


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[Change]:
    for metric in _COMPARED:
        if metric not in before or metric not in after:
            continue
        was, now = Histogram.unpack(before[metric]), Histogram.unpack(after[metric])
        for share, name in _SHARES:
            yield _change(f"{metric}.{name}", was, now, share)


def _change(metric: str, was: Histogram, now: Histogram, share: float) -> Change:
    low, high = was.interval(share)
    before = (low, was.quantile(share), high)
    low, high = now.interval(share)
    after = (low, now.quantile(share), high)
    moved = after[1] - before[1]
    if not (was.supports(share) and now.supports(share)):
        return Change(metric, before, after, "too few")
    if abs(moved) <= max(NOISE_S, NOISE_SHARE * before[1]):
        return Change(metric, before, after, "noise")
    if moved > 0 and after[0] > before[2]:
        return Change(metric, before, after, "regression")
    if moved < 0 and after[2] < before[0]:
        return Change(metric, before, after, "improvement")
    return Change(metric, before, after, "noise")
