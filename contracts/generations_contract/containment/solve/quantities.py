"""One number under many constraints: found, proved impossible, or left open. Exact arithmetic throughout.

No term and no schema is read here. Divisibility repeats with a period, so a whole period without a hit is a
proof; a period too long to walk is not.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import islice
from math import ceil, floor, gcd, inf, isfinite, lcm, nextafter
from typing import Final

from generations_contract.containment.regex.strings import ImpossibleError, UndecidedError
from generations_contract.containment.values import as_number, exact

STEPS_MAX: Final = 2_000
HUGE: Final = 10**40
_PLACES: Final = (
    Fraction(1, 2),
    Fraction(1, 4),
    Fraction(1, 8),
    Fraction(1, 10),
    Fraction(3, 10),
    Fraction(7, 100),
)


@dataclass
class NumberGoal:
    """What a number must and must not be; `integral` chooses between integers and all other numbers."""

    integral: bool
    low: Fraction | None = None
    low_exclusive: bool = False
    high: Fraction | None = None
    high_exclusive: bool = False
    divisors: list[Fraction] = field(default_factory=list)
    not_divisors: list[Fraction] = field(default_factory=list)
    excluded: set[Fraction] = field(default_factory=set)

    def raise_low(self, bound: Fraction, *, exclusive: bool) -> None:
        """Add a lower bound."""
        if self.low is None or (bound, exclusive) > (self.low, self.low_exclusive):
            self.low, self.low_exclusive = bound, exclusive

    def lower_high(self, bound: Fraction, *, exclusive: bool) -> None:
        """Add an upper bound."""
        if self.high is None or (bound, not exclusive) < (self.high, not self.high_exclusive):
            self.high, self.high_exclusive = bound, exclusive

    def admits(self, number: Fraction) -> bool:
        """Whether the number meets every constraint."""
        return (
            (number.denominator == 1) is self.integral
            and (self.low is None or number > self.low or (number == self.low and not self.low_exclusive))
            and (self.high is None or number < self.high or (number == self.high and not self.high_exclusive))
            and all((number / divisor).denominator == 1 for divisor in self.divisors)
            and not any((number / divisor).denominator == 1 for divisor in self.not_divisors)
            and number not in self.excluded
        )


def find_number(goal: NumberGoal) -> int | float:
    """A number that meets the goal. Raises `ImpossibleError` (proved) or `UndecidedError`."""
    if goal.low is not None and goal.high is not None and goal.low > goal.high:
        raise ImpossibleError
    step = _common(goal.divisors + ([Fraction(1)] if goal.integral else []))
    found = _on_grid(goal, step) if step is not None else _dense(goal)
    try:
        number = as_number(found)
    except OverflowError:
        raise UndecidedError from None
    if isinstance(number, int) and abs(number) > HUGE:
        return _short(goal, number)
    if goal.admits(exact(number)):
        return number
    raise UndecidedError  # it exists, but no float is near enough


def _short(goal: NumberGoal, number: int) -> int | float:
    """A huge integer as a float near it, which readers can read and validators agree on; else itself."""
    near = float(number)
    for short in (near, nextafter(near, inf), nextafter(near, -inf)):
        if isfinite(short) and goal.admits(exact(short)):
            return short
    return number


def _common(divisors: list[Fraction]) -> Fraction | None:
    """The smallest positive number that all of them divide."""
    step = None
    for divisor in divisors:
        step = (
            divisor
            if step is None
            else Fraction(lcm(step.numerator, divisor.numerator), gcd(step.denominator, divisor.denominator))
        )
    return step


def _on_grid(goal: NumberGoal, step: Fraction) -> Fraction:
    period = _common([step, Fraction(1), *goal.not_divisors]) or step
    needed = int(period / step) + len(goal.excluded) + 2
    tried = 0
    for number in islice(_multiples(goal, step), min(needed, STEPS_MAX)):
        tried += 1
        if goal.admits(number):
            return number
    # Fewer than asked for: the bounds hold no more. As many as a period: nor does anything else.
    if tried < min(needed, STEPS_MAX) or needed <= STEPS_MAX:
        raise ImpossibleError
    raise UndecidedError


def _multiples(goal: NumberGoal, step: Fraction) -> Iterator[Fraction]:
    """The multiples within the bounds, from the one nearest to a bound, or from 0 where there is none."""
    start, way = 0, 1
    if goal.low is not None:
        start = ceil(goal.low / step)
        start += goal.low_exclusive and start * step == goal.low
    elif goal.high is not None:
        start, way = floor(goal.high / step), -1
        start -= goal.high_exclusive and start * step == goal.high
    while True:
        number = start * step
        if goal.high is not None and (number > goal.high or (number == goal.high and goal.high_exclusive)):
            return
        yield number
        start += way


def _dense(goal: NumberGoal) -> Fraction:
    """A number that is no integer, between the bounds: there are too many to exclude them all."""
    for number in _between(goal):
        if goal.admits(number):
            return number
    if goal.low is not None and goal.low == goal.high:
        raise ImpossibleError
    raise UndecidedError


def _between(goal: NumberGoal) -> Iterator[Fraction]:
    low, high = goal.low, goal.high
    if low is None and high is None:
        low, high = Fraction(0), Fraction(1)
    elif low is None and high is not None:
        low = high - 1
    elif high is None and low is not None:
        high = low + 1
    if low is None or high is None:
        return
    yield from (low, high)
    yield from (floor(low) + place for place in _PLACES)
    yield from (ceil(high) - place for place in _PLACES)
    for parts in (2, 3, 5, 7, 10, 11, 13, 17, 19, 23, 1000):
        yield from (low + (high - low) * Fraction(place, parts) for place in range(1, min(parts, 12)))
