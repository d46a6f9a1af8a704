"""Money and patience as resources: what a run may create is set aside before it is sent (decision 6).

No request and no answer is known here, only amounts and counts; `purchase` says what a creation costs. A
`Budget` may be shared by the workers of a parallel run through a small locked file, so that its limits hold
for all of them together.

What the document refuses is free, and sent without limit, as long as the gateway refuses it. One that accepts
such requests would have a single broken clause eat the whole budget: so of each kind `ACCEPTANCES_PAID_FOR`
are paid and no more, all of them together may take `UNEXPECTED_SHARE` of the limits, and the rest is kept for
what comes after.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any, Final, Literal, TypeAlias

# How often one thing that should be refused may be accepted, and paid, before no more of it is sent.
ACCEPTANCES_PAID_FOR: Final = 1
# The part of the limits that may go for what should have been refused.
UNEXPECTED_SHARE: Final = 1 / 2

# What came of a creation; "lost": it may have made a generation, and nobody knows which.
Fate: TypeAlias = Literal["accepted", "refused", "lost"]


class BudgetExceededError(Exception):
    """Sending this would break a limit of the profile; the message names the limit, `key` is its key."""

    def __init__(self, told: str, key: str = "") -> None:
        super().__init__(told)
        self.key = key


@dataclass
class _Spent:
    generations: int = 0
    reserved_usd: float = 0.0
    billed_usd: float = 0.0
    in_flight: int = 0
    # The most that one asset of a model has cost.
    dearest_usd: dict[str, float] = field(default_factory=dict)
    # What should be refused: how many are under way, and how many were accepted, both by what they are about as
    # well; how many answers were lost; what they cost, or may cost.
    under_way: int = 0
    accepted: int = 0
    trying: dict[str, int] = field(default_factory=dict)
    acceptances: dict[str, int] = field(default_factory=dict)
    lost: int = 0
    unexpected_usd: float = 0.0
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
        self._file_lock = _lock_beside(shared) if shared else nullcontext()
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
                raise over
            spent.set_aside(cost_usd)

    def reserve_unexpected(self, about: Sequence[str], cost_usd: float) -> bool:
        """Set aside what a request costs that should be refused; `about`: what its acceptance would show.

        False: ask again, it depends on another one under way. Raises `BudgetExceededError` where it is no
        longer worth, or no longer has, the money. While nothing was ever accepted one may always go.
        """
        with self._spent() as spent:
            if _paid_for(spent, about):
                raise BudgetExceededError("one like it was accepted, and paid for: that is proof enough")
            if all(_met(spent, each) + spent.trying.get(each, 0) >= ACCEPTANCES_PAID_FOR for each in about):
                return False
            over = self._over(spent, cost_usd) or self._over_share(spent, cost_usd)
            if over and spent.under_way:
                return False
            if over and (spent.accepted or spent.lost):
                raise over
            spent.set_aside(cost_usd)
            spent.under_way += 1
            spent.unexpected_usd += cost_usd
            _count(spent.trying, about, 1)
            return True

    def reserve_again(self, cost_usd: float) -> bool:
        """Set aside what the same request may cost once more, its answer being lost; whether there is room for that.

        To be settled as the request itself is, about nothing.
        """
        with self._spent() as spent:
            if self._over(spent, cost_usd) or self._over_share(spent, cost_usd):
                return False
            spent.set_aside(cost_usd)
            spent.under_way += 1
            spent.unexpected_usd += cost_usd
            return True

    def settle_unexpected(self, about: Sequence[str], cost_usd: float, fate: Fate) -> None:
        """What came of it: refused, it was free; where its answer was lost, the money stays set aside."""
        with self._spent() as spent:
            spent.under_way -= 1
            _count(spent.trying, about, -1)
            if fate == "refused":
                spent.give_back(cost_usd)
                spent.unexpected_usd -= cost_usd
                return
            spent.in_flight -= 1
            if fate == "lost":
                spent.lost += 1
            else:
                spent.accepted += 1
                _count(spent.acceptances, about, 1)

    def paid_for(self, about: Sequence[str]) -> bool:
        """Whether all that an acceptance would show was shown, and paid for."""
        with self._spent() as spent:
            return _paid_for(spent, about)

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

    def billed(self, reserved_usd: float, cost_usd: float, model: str, assets: int = 1) -> None:
        """The true cost of a generation is known: it takes the place of what was reserved."""
        with self._spent() as spent:
            spent.reserved_usd -= reserved_usd
            spent.billed_usd += cost_usd
            each_usd = cost_usd / max(1, assets)
            spent.dearest_usd[model] = max(spent.dearest_usd.get(model, 0.0), each_usd)

    def dearest_usd(self, model: str) -> float:
        """The most that one asset of a model has cost so far; 0 where none was billed."""
        with self._spent() as spent:
            return spent.dearest_usd.get(model, 0.0)

    def unexpected(self, cost_usd: float) -> None:
        """The gateway accepted what it should have refused: it counts, although nothing was reserved."""
        with self._spent() as spent:
            spent.generations += 1
            spent.reserved_usd += cost_usd

    def _over(self, spent: _Spent, cost_usd: float) -> BudgetExceededError | None:
        """Which limit one more generation would break, if any."""
        if spent.generations + 1 > self.max_generations:
            told = f"budget: max_generations = {self.max_generations:g} is used up"
            return BudgetExceededError(told, "max_generations")
        total = spent.reserved_usd + spent.billed_usd + cost_usd
        if total > self.max_cost_usd + 1e-9:
            told = f"budget: ${total:.2f} would exceed max_cost_usd = {self.max_cost_usd:g}"
            return BudgetExceededError(told, "max_cost_usd")
        return None

    def _over_share(self, spent: _Spent, cost_usd: float) -> BudgetExceededError | None:
        count = spent.under_way + spent.accepted + spent.lost
        few = count + 1 <= max(1.0, self.max_generations * UNEXPECTED_SHARE)
        cheap = spent.unexpected_usd + cost_usd <= self.max_cost_usd * UNEXPECTED_SHARE + 1e-9
        if few and cheap:
            return None
        lost = f", {spent.lost} answers lost" if spent.lost else ""
        return BudgetExceededError(
            f"budget: its half for what should be refused and is accepted is used up ({spent.accepted} times"
            f"{lost}); the rest is kept for the other checks"
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


def _lock_beside(shared: Path) -> AbstractContextManager[Any]:
    # Costly to import, and of use to parallel workers alone.
    from filelock import FileLock

    return FileLock(f"{shared}.lock")


def _paid_for(spent: _Spent, about: Sequence[str]) -> bool:
    return all(_met(spent, each) >= ACCEPTANCES_PAID_FOR for each in about)


def _met(spent: _Spent, what: str) -> int:
    return spent.acceptances.get(what, 0)


def _count(tally: dict[str, int], about: Sequence[str], by: int) -> None:
    for each in about:
        tally[each] = tally.get(each, 0) + by
