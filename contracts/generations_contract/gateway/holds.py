"""How many answers are being held back at a moment, without a clock and without being told when they leave.

An answer leaves at the moment it is due, or earlier when its client hangs up; both are kept as heaps of due
times, so that counting is cheap with ten thousand of them.
"""

from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(slots=True)
class Holds:
    """The due times of held answers, and of those whose client is gone."""

    due: list[float] = field(default_factory=list)
    gone: list[float] = field(default_factory=list)

    def hold(self, now: float, until: float) -> None:
        """An answer is held until then."""
        self.count(now)  # forgets those that have left, so that an hour of polls takes no more room than one
        heappush(self.due, until)

    def drop(self, until: float) -> None:
        """The client of an answer that was due then has hung up."""
        heappush(self.gone, until)

    def count(self, now: float) -> int:
        """How many are held at `now`, which never goes back."""
        for heap in (self.due, self.gone):
            while heap and heap[0] <= now:
                heappop(heap)
        return len(self.due) - len(self.gone)
