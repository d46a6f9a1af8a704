"""Money and patience as resources: what a run may create is reserved before it is sent (decision 6).

A `Budget` may be shared by the workers of a parallel run through a small locked file, so that its limits hold
for all of them together. A reservation is reconciled when the true cost is known.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Lock

from filelock import FileLock


class BudgetExceededError(Exception):
    """Sending this would break a limit of the profile; the message names the limit."""


@dataclass
class _Spent:
    generations: int = 0
    reserved_usd: float = 0.0
    billed_usd: float = 0.0
    in_flight: int = 0


class Budget:
    """Hard limits of a run: generations, US dollars, seconds since `started_at` on the clock `now`.

    `shared`: a file through which parallel workers count together. Thread-safe.
    """

    def __init__(
        self,
        *,
        max_generations: float = float("inf"),
        max_cost_usd: float = float("inf"),
        max_time_s: float = float("inf"),
        now: Callable[[], float] = lambda: 0.0,
        shared: Path | None = None,
    ) -> None:
        self.max_generations = max_generations
        self.max_cost_usd = max_cost_usd
        self.max_time_s = max_time_s
        self._now, self._started_at = now, now()
        self._lock = Lock()
        self._shared = shared
        self._file_lock = FileLock(f"{shared}.lock") if shared else nullcontext()
        self._own = _Spent()

    @property
    def spent(self) -> tuple[int, float]:
        """Generations reserved or made so far, and dollars reserved or billed."""
        with self._spent() as spent:
            return spent.generations, spent.reserved_usd + spent.billed_usd

    def reserve(self, cost_usd: float) -> None:
        """Set a generation and its cost aside; raises `BudgetExceededError` where that breaks a limit."""
        with self._spent() as spent:
            if spent.generations + 1 > self.max_generations:
                raise BudgetExceededError(f"budget: max_generations = {self.max_generations:g} is used up")
            total = spent.reserved_usd + spent.billed_usd + cost_usd
            if total > self.max_cost_usd + 1e-9:
                raise BudgetExceededError(
                    f"budget: ${total:.2f} would exceed max_cost_usd = {self.max_cost_usd:g}"
                )
            spent.generations += 1
            spent.reserved_usd += cost_usd
            spent.in_flight += 1

    def check_time(self) -> None:
        """Raises `BudgetExceededError` once the time is over."""
        if self._now() - self._started_at >= self.max_time_s:
            raise BudgetExceededError(f"budget: max_time_s = {self.max_time_s:g} is over")

    @property
    def undecided(self) -> bool:
        """Whether the fate of some reservation is not known yet: it may be given back."""
        with self._spent() as spent:
            return spent.in_flight > 0

    def accepted(self) -> None:
        """The gateway accepted what was reserved for; the cost will be known later."""
        with self._spent() as spent:
            spent.in_flight -= 1

    def refused(self, reserved_usd: float) -> None:
        """The gateway accepted nothing: give the reservation back."""
        with self._spent() as spent:
            spent.generations -= 1
            spent.in_flight -= 1
            spent.reserved_usd -= reserved_usd

    def billed(self, reserved_usd: float, cost_usd: float) -> None:
        """The true cost of a generation is known: it takes the place of what was reserved."""
        with self._spent() as spent:
            spent.reserved_usd -= reserved_usd
            spent.billed_usd += cost_usd

    def unexpected(self, cost_usd: float) -> None:
        """The gateway accepted what it should have refused: it counts, although nothing was reserved."""
        with self._spent() as spent:
            spent.generations += 1
            spent.reserved_usd += cost_usd

    @contextmanager
    def _spent(self) -> Iterator[_Spent]:
        with self._lock, self._file_lock:
            if self._shared is None:
                yield self._own
                return
            text = self._shared.read_text() if self._shared.exists() else ""
            spent = _Spent(**json.loads(text)) if text else _Spent()
            yield spent
            self._shared.write_text(json.dumps(asdict(spent)))
