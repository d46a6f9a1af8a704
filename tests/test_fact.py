"""Derived facts: computed once, kept with their owner."""

from contracts.fact import fact


class _Circle:
    computed = 0

    def __init__(self, radius: float) -> None:
        self.radius = radius

    @fact
    def area(self) -> float:
        """Three times the square, near enough."""
        type(self).computed += 1
        return 3 * self.radius**2


def test_fact_is_computed_once_for_each_owner() -> None:
    """The second look costs nothing; another owner has a fact of its own."""
    one, other = _Circle(1), _Circle(2)
    assert [one.area, one.area, other.area] == [3, 3, 12]
    assert _Circle.computed == 2


def test_fact_that_nobody_asks_for_is_not_computed() -> None:
    """Making an owner computes nothing."""
    before = _Circle.computed
    _Circle(3)
    assert _Circle.computed == before


def test_fact_of_the_class_is_the_fact_itself() -> None:
    """Asked of the class, it is the description, docstring and all."""
    assert _Circle.area.__doc__ == "Three times the square, near enough."
