"""The sum of all ticks of a run: of one process, or of a master over its workers; and their balance.

Adding up and the conservation law live here; no judgement. Per-second rows keep a few quantiles once a
second is closed, so that an hour's soak stays small; the totals keep the whole histograms.

The law: every poll that was started was answered (in whatever way), or was unfinished at the stop, or is
lost with a worker that was killed. A run that cannot say where its polls are is worth nothing, so this is
checked for each worker and for the sum.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from generations_load.measure.metrics import Histogram, Tick, merged

STARTED: Final = "poll.started"
FINISHED: Final = "poll.finished"
UNFINISHED: Final = "poll.unfinished"
OVERDUE: Final = "poll.overdue"  # unfinished, and late already: counted in the overshoot by their age
# How long a second stays open for the ticks of slow workers.
_OPEN_S: Final = 12
_CHARTED: Final = (0.5, 0.99)


@dataclass
class Account:
    """What is known of one process: its counters, its last gauges, whether it reported to the end."""

    name: str
    counts: dict[str, int] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    peaks: dict[str, float] = field(default_factory=dict)
    last_number: int = 0
    last_second: int = 0
    gaps: int = 0
    final: bool = False

    @property
    def held(self) -> int:
        """Polls started and neither answered nor recorded as unfinished."""
        count = self.counts.get
        return count(STARTED, 0) - count(FINISHED, 0) - count(UNFINISHED, 0)


@dataclass
class Row:
    """One second of the run, over all processes; `quantiles`: metric -> (n, p50, p99, max)."""

    second: int
    counts: dict[str, int] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    quantiles: dict[str, tuple[int, float, float, float]] = field(default_factory=dict)

    def pack(self) -> dict[str, Any]:
        """Plain values, for `load.json`."""
        return {
            "second": self.second,
            "counts": self.counts,
            "gauges": self.gauges,
            "quantiles": {name: list(values) for name, values in self.quantiles.items()},
        }


class Window:
    """What was measured in a part of a run: what objectives can be judged on."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.histograms: dict[str, Histogram] = {}

    def include(self, counts: Mapping[str, int], histograms: Mapping[str, Histogram]) -> None:
        """Add counters and histograms."""
        for name, count in counts.items():
            self.counts[name] = self.counts.get(name, 0) + count
        for name, histogram in histograms.items():
            mine = self.histograms.get(name)
            if mine is None:
                mine = self.histograms[name] = Histogram()
            mine.add(histogram)

    def histogram(self, name: str) -> Histogram:
        """A metric's distribution; empty when nothing was recorded."""
        return self.histograms.get(name) or Histogram()

    def count(self, name: str) -> int:
        """A counter; 0 when nothing was counted."""
        return self.counts.get(name, 0)


class Newest:
    """Some seconds, added up only as far as somebody asks: this is looked at every second."""

    def __init__(self, seconds: Sequence[tuple[Row, Mapping[str, Histogram]]]) -> None:
        self._seconds = seconds

    def histogram(self, name: str) -> Histogram:
        """A metric's distribution; empty when nothing was recorded."""
        return merged(histograms[name] for _, histograms in self._seconds if name in histograms)

    def count(self, name: str) -> int:
        """A counter; 0 when nothing was counted."""
        return sum(row.counts.get(name, 0) for row, _ in self._seconds)


class Totals(Window):
    """The run so far. `part`: a window that is being filled, for a search that judges level by level."""

    def __init__(self) -> None:
        super().__init__()
        self.part: Window | None = None
        self.accounts: dict[str, Account] = {}
        self.rows: list[Row] = []
        self.stories: list[dict[str, Any]] = []
        self._open: dict[int, tuple[Row, dict[str, Histogram]]] = {}

    def add(self, source: str, tick: Tick) -> None:
        """Add a process's tick; a number that was seen before is not counted twice."""
        account = self.accounts.setdefault(source, Account(source))
        if tick.number <= account.last_number:
            return
        account.gaps += tick.number - account.last_number - 1
        # The last tick may fall into a second that has one: a level is not the sum of both.
        replaced = dict(account.gauges) if tick.second == account.last_second else {}
        account.last_number, account.last_second = tick.number, tick.second
        account.final = account.final or tick.final
        account.gauges.update(tick.gauges)
        for name, value in tick.gauges.items():
            account.peaks[name] = max(value, account.peaks.get(name, value))
        for name, count in tick.counts.items():
            account.counts[name] = account.counts.get(name, 0) + count
        self.include(tick.counts, tick.histograms)
        if self.part is not None:
            self.part.include(tick.counts, tick.histograms)
        self.stories += tick.stories
        self._add_row(tick, replaced)

    def open_part(self) -> None:
        """Begin a window that takes up all that comes from now on."""
        self.part = Window()

    def close(self, before: int | None = None) -> None:
        """Close the seconds before `before` (all, when left out): keep their quantiles only."""
        for second in sorted(self._open):
            if before is not None and second >= before - _OPEN_S:
                break
            row, histograms = self._open.pop(second)
            for name, histogram in histograms.items():
                p50, p99 = (histogram.quantile(share) for share in _CHARTED)
                row.quantiles[name] = histogram.total, p50, p99, histogram.max
            self.rows.append(row)
        self.rows.sort(key=lambda row: row.second)

    def newest(self, seconds: int) -> "Newest":
        """The newest open seconds (for the web page and early abort)."""
        return Newest([self._open[second] for second in sorted(self._open)[-seconds:]])

    def gauge(self, name: str) -> float:
        """The sum of a gauge over all processes."""
        return sum(account.gauges.get(name, 0.0) for account in self.accounts.values())

    @property
    def held(self) -> int:
        """Polls under way now."""
        return sum(account.held for account in self.accounts.values() if not account.final)

    @property
    def lost(self) -> int:
        """Polls that went down with processes that never reported their end."""
        return sum(account.held for account in self.accounts.values() if not account.final)

    def imbalances(self) -> list[str]:
        """Where started != finished + unfinished (+ lost), in words; empty when the books balance."""
        found = []
        for account in self.accounts.values():
            if account.final and account.held:
                found.append(f"{account.name}: {_books(account.counts)}: {account.held:+d} polls amiss")
            if account.gaps:
                found.append(f"{account.name}: {account.gaps} of its reports never arrived")
        total = sum(account.held for account in self.accounts.values())
        count = self.count
        if count(STARTED) - count(FINISHED) - count(UNFINISHED) != total:
            found.append(f"sum: {_books(self.counts)}, over the workers {total} are open")
        return found

    def _add_row(self, tick: Tick, replaced: Mapping[str, float]) -> None:
        row, histograms = self._open.setdefault(tick.second, (Row(tick.second), {}))
        for name, count in tick.counts.items():
            row.counts[name] = row.counts.get(name, 0) + count
        for name, value in tick.gauges.items():
            row.gauges[name] = row.gauges.get(name, 0.0) + value - replaced.get(name, 0.0)
        for name, histogram in tick.histograms.items():
            histograms.setdefault(name, Histogram()).add(histogram)


def _books(counts: dict[str, int]) -> str:
    count = counts.get
    return f"started {count(STARTED, 0)} != finished {count(FINISHED, 0)} + unfinished {count(UNFINISHED, 0)}"
