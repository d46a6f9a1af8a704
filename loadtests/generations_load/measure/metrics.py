"""What a load run counts and measures, per second and in all, mergeable over workers without loss.

Counters, gauges and HDR histograms live here; no clock, no I/O and no judgement. A process records into a
`Recorder`, cuts a `Tick` from it every second, and ticks are added up in `Totals`, in whatever process.

Long-poll latencies are clusters (0, the window) with empty gaps, exactly
where interpolating sketches are wrong by a quarter. So a histogram here is a sparse map over the buckets of
HdrHistogram with three significant digits: merging is addition and loses nothing, the maximum stays exact,
and `hdr()` gives the library's own form, for others to read.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import sqrt
from typing import Any, Final

from hdrh.histogram import HdrHistogram  # type: ignore[import-untyped]

# Values are kept in microseconds (or millionths of whatever unit a metric has), up to an hour.
SCALE: Final = 1_000_000
HIGHEST: Final = 3_600 * SCALE
DIGITS: Final = 3
# Three digits need 2 x 1,000 sub-buckets: values keep their eleven leading bits.
_BITS: Final = 11
# A percentile is worth a name from this many samples beyond it.
_TAIL_SAMPLES: Final = 10


class Histogram:
    """Values from 0 up, in seconds or another unit, with three significant digits; `max` is exact."""

    __slots__ = ("buckets", "max", "min", "overflows", "sum", "total")

    def __init__(self) -> None:
        self.buckets: dict[int, int] = {}
        self.total = self.overflows = 0
        self.sum = 0.0
        self.max = 0.0
        self.min = float("inf")

    def record(self, value: float) -> None:
        """Count a value; below 0 counts as 0, above an hour as an hour (and as an overflow)."""
        scaled = int(value * SCALE)
        if scaled > HIGHEST:
            scaled = HIGHEST
            self.overflows += 1
        elif scaled < 0:
            scaled, value = 0, 0.0
        shift = scaled.bit_length() - _BITS
        if shift > 0:
            scaled = scaled >> shift << shift
        buckets = self.buckets
        buckets[scaled] = buckets.get(scaled, 0) + 1
        self.total += 1
        self.sum += value
        if value > self.max:
            self.max = value
        if value < self.min:
            self.min = value

    def add(self, other: "Histogram") -> None:
        """Merge another histogram; nothing is lost."""
        buckets = self.buckets
        for low, count in other.buckets.items():
            buckets[low] = buckets.get(low, 0) + count
        self.total += other.total
        self.overflows += other.overflows
        self.sum += other.sum
        self.max = max(self.max, other.max)
        self.min = min(self.min, other.min)

    @property
    def mean(self) -> float:
        """The exact mean; 0 when empty."""
        return self.sum / self.total if self.total else 0.0

    def quantile(self, share: float) -> float:
        """The value that at least `share` (0 to 1) of the samples do not exceed; 0 when empty.

        As HdrHistogram answers: the highest value of the bucket; never above the exact maximum.
        """
        rank = max(1, int(share * self.total + 0.5))
        return self._at_rank(rank)

    def interval(self, share: float) -> tuple[float, float]:
        """A 95 % confidence interval of a quantile, from the binomial distribution of its rank."""
        spread = 1.96 * sqrt(self.total * share * (1 - share))
        low = max(1, int(self.total * share - spread))
        high = min(self.total, int(self.total * share + spread) + 1)
        return self._at_rank(low), self._at_rank(high)

    def supports(self, share: float) -> bool:
        """Whether there are samples enough beyond a quantile for it to mean something."""
        return self.total * (1 - share) >= _TAIL_SAMPLES or self.total * (1 - share) >= share * self.total

    def share_above(self, bound: float) -> float:
        """The share of the samples above a bound, at the histogram's resolution."""
        above = sum(count for low, count in self.buckets.items() if low / SCALE > bound)
        return above / self.total if self.total else 0.0

    def _at_rank(self, rank: int) -> float:
        seen = 0
        for low in sorted(self.buckets):
            seen += self.buckets[low]
            if seen >= rank:
                width = 1 << max(0, low.bit_length() - _BITS)
                return min((low + width - 1) / SCALE, self.max)
        return self.max

    def steps(self, points: int = 200) -> Iterator[tuple[float, float]]:
        """(share, value) pairs of the percentile curve, finer towards the tail."""
        if not self.total:
            return
        for index in range(points + 1):
            share = 1 - 10 ** (-4 * index / points)
            yield share, self.quantile(share)

    def hdr(self) -> Any:
        """The same as an `HdrHistogram` of the library, in millionths of the unit."""
        found = HdrHistogram(1, HIGHEST, DIGITS)
        for low, count in self.buckets.items():
            found.record_value(low, count)
        return found

    def pack(self) -> dict[str, Any]:
        """A form of plain numbers, for the wire between workers and for files."""
        return {
            "b": [number for pair in sorted(self.buckets.items()) for number in pair],
            "n": self.total,
            "over": self.overflows,
            "sum": self.sum,
            "max": self.max,
            "min": self.min if self.total else 0.0,
        }

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> "Histogram":
        """What `pack` made."""
        found = cls()
        numbers = packed["b"]
        found.buckets = dict(zip(numbers[::2], numbers[1::2], strict=True))
        found.total, found.overflows = packed["n"], packed["over"]
        found.sum, found.max = packed["sum"], packed["max"]
        found.min = packed["min"] if found.total else float("inf")
        return found


@dataclass
class Tick:
    """What one process saw between two cuts; `second` is the Unix time of the cut, `number` counts them.

    `stories` are the breaches that were explained in full.
    """

    number: int
    second: int
    counts: dict[str, int] = field(default_factory=dict)
    gauges: dict[str, float] = field(default_factory=dict)
    histograms: dict[str, Histogram] = field(default_factory=dict)
    stories: list[dict[str, Any]] = field(default_factory=list)
    final: bool = False

    def pack(self) -> dict[str, Any]:
        """A form of plain values, for the wire between workers."""
        return {
            "number": self.number,
            "second": self.second,
            "counts": self.counts,
            "gauges": self.gauges,
            "histograms": {name: each.pack() for name, each in self.histograms.items()},
            "stories": self.stories,
            "final": self.final,
        }

    @classmethod
    def unpack(cls, packed: Mapping[str, Any]) -> "Tick":
        """What `pack` made."""
        histograms = {name: Histogram.unpack(each) for name, each in packed["histograms"].items()}
        return cls(
            packed["number"],
            packed["second"],
            dict(packed["counts"]),
            dict(packed["gauges"]),
            histograms,
            list(packed["stories"]),
            packed["final"],
        )


class Recorder:
    """Where one process records. Not for threads: greenlets never interrupt each other here."""

    def __init__(self) -> None:
        self._number = 0
        self.counts: dict[str, int] = {}
        self.gauges: dict[str, float] = {}
        self.stories: list[dict[str, Any]] = []
        self._histograms: dict[str, Histogram] = {}

    def count(self, name: str, amount: int = 1) -> None:
        """Add to a counter."""
        counts = self.counts
        counts[name] = counts.get(name, 0) + amount

    def gauge(self, name: str, value: float) -> None:
        """Set what a level is now."""
        self.gauges[name] = value

    def sample(self, name: str, value: float) -> None:
        """Record a value of a distribution."""
        histogram = self._histograms.get(name)
        if histogram is None:
            histogram = self._histograms[name] = Histogram()
        histogram.record(value)

    def cut(self, second: int, *, final: bool = False) -> Tick:
        """What was recorded since the last cut."""
        self._number += 1
        tick = Tick(
            self._number, second, self.counts, dict(self.gauges), self._histograms, self.stories, final
        )
        self.counts, self._histograms, self.stories = {}, {}, []
        return tick


def merged(histograms: Iterable[Histogram]) -> Histogram:
    """One histogram of several."""
    found = Histogram()
    for each in histograms:
        found.add(each)
    return found
