"""Money and patience as resources: what a run may create is reserved before it is sent (decision 6).

A `Budget` may be shared by the workers of a parallel run through a small locked file, so that its limits hold
for all of them together. A reservation is reconciled when the true cost is known.

What the document refuses is free, and sent without limit, as long as the gateway refuses it. One that accepts
such *ventures* would have a single broken clause eat the whole budget: so each aim is proved `PROOFS` times and
no more, all proofs together may take `PROOF_SHARE` of the limits, and the rest is kept for what comes after.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Final

from filelock import FileLock

# How often one thing that should be refused may be accepted, and paid, before no more of it is sent.
PROOFS: Final = 1
# The part of the limits that may go for what should have been refused.
PROOF_SHARE: Final = 1 / 2


class BudgetExceededError(Exception):
    """Sending this would break a limit of the profile; the message names the limit."""


@dataclass
class _Spent:
    generations: int = 0
    reserved_usd: float = 0.0
    billed_usd: float = 0.0
    in_flight: int = 0
    # Ventures: how many are under way, how many were accepted, both by aim as well; what they (may) cost.
    under_way: int = 0
    accepted: int = 0
    trying: dict[str, int] = field(default_factory=dict)
    proofs: dict[str, int] = field(default_factory=dict)
    venture_usd: float = 0.0
    claims: list[str] = field(default_factory=list)

    def set_aside(self, cost_usd: float) -> None:
        self.generations += 1
        self.reserved_usd += cost_usd
        self.in_flight += 1

    def give_back(self, cost_usd: float) -> None:
        self.generations -= 1
        self.reserved_usd -= cost_usd
        self.in_flight -= 1


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
            if over := self._over(spent, cost_usd):
                raise BudgetExceededError(over)
            spent.set_aside(cost_usd)

    def venture(self, aims: Sequence[str], cost_usd: float) -> bool:
        """Set aside what a request costs that should be refused; `aims` name what its acceptance proves.

        False: ask again, it depends on another one under way. Raises `BudgetExceededError` where it is no
        longer worth, or no longer has, the money. While nothing was ever accepted one may always go.
        """
        with self._spent() as spent:
            if _proved(spent, aims):
                raise BudgetExceededError("one like it was accepted, and paid for: that is proof enough")
            if all(spent.proofs.get(aim, 0) + spent.trying.get(aim, 0) >= PROOFS for aim in aims):
                return False
            over = self._over(spent, cost_usd) or self._over_share(spent, cost_usd)
            if over and spent.under_way:
                return False
            if over and spent.accepted:
                raise BudgetExceededError(over)
            spent.set_aside(cost_usd)
            spent.under_way += 1
            spent.venture_usd += cost_usd
            _count(spent.trying, aims, 1)
            return True

    def ventured(self, aims: Sequence[str], cost_usd: float, *, accepted: bool) -> None:
        """What came of a venture: refused, it was free."""
        with self._spent() as spent:
            spent.under_way -= 1
            _count(spent.trying, aims, -1)
            if accepted:
                spent.in_flight -= 1
                spent.accepted += 1
                _count(spent.proofs, aims, 1)
            else:
                spent.give_back(cost_usd)
                spent.venture_usd -= cost_usd

    def proved(self, aims: Sequence[str]) -> bool:
        """Whether everything that an acceptance would prove is proved."""
        with self._spent() as spent:
            return _proved(spent, aims)

    def claim(self, what: str) -> bool:
        """Whether nobody has claimed this before: for what all workers together do only once."""
        with self._spent() as spent:
            if what in spent.claims:
                return False
            spent.claims.append(what)
            return True

    def check_time(self, ahead_s: float = 0.0) -> None:
        """Raises `BudgetExceededError` once the time is over, or would be after a pause of `ahead_s`."""
        left_s = self._started_at + self.max_time_s - self._now()
        if left_s <= 0:
            raise BudgetExceededError(f"budget: max_time_s = {self.max_time_s:g} is over")
        if ahead_s >= left_s:
            raise BudgetExceededError(
                f"budget: a pause of {ahead_s:g} s would exceed max_time_s = {self.max_time_s:g}"
            )

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
            spent.give_back(reserved_usd)

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

    def _over(self, spent: _Spent, cost_usd: float) -> str | None:
        """Which limit one more generation would break, if any."""
        if spent.generations + 1 > self.max_generations:
            return f"budget: max_generations = {self.max_generations:g} is used up"
        total = spent.reserved_usd + spent.billed_usd + cost_usd
        if total > self.max_cost_usd + 1e-9:
            return f"budget: ${total:.2f} would exceed max_cost_usd = {self.max_cost_usd:g}"
        return None

    def _over_share(self, spent: _Spent, cost_usd: float) -> str | None:
        few = spent.under_way + spent.accepted + 1 <= max(1.0, self.max_generations * PROOF_SHARE)
        cheap = spent.venture_usd + cost_usd <= self.max_cost_usd * PROOF_SHARE + 1e-9
        if few and cheap:
            return None
        return (
            f"budget: its half for what should be refused and is accepted is used up ({spent.accepted} times); "
            "the rest is kept for the other checks"
        )

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


def _proved(spent: _Spent, aims: Sequence[str]) -> bool:
    return all(spent.proofs.get(aim, 0) >= PROOFS for aim in aims)


def _count(tally: dict[str, int], aims: Sequence[str], by: int) -> None:
    for aim in aims:
        tally[aim] = tally.get(aim, 0) + by
