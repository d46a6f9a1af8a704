"""Derived facts: computed once, kept with their owner."""

from typing import Any

from generations_contract.exchange.fact import SHARED, derived, fact


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


class _Sentence:
    computed = 0

    def __init__(self, words: str, shared: dict[str, Any]) -> None:
        self.words = words
        self.__dict__[SHARED] = shared

    @fact
    def length(self) -> int:
        """Of the words alone."""
        type(self).computed += 1
        return len(self.words)


@derived
def _first_word(sentence: _Sentence) -> list[str]:
    return sentence.words.split()[:1]


def test_fact_of_the_words_is_computed_once_for_all_who_say_them() -> None:
    """The second to say the same computes nothing, and is told the very same."""
    shared: dict[str, Any] = {}
    one, other = (_Sentence("a lighthouse", shared) for _ in range(2))
    assert [one.length, other.length] == [12, 12]
    assert _Sentence.computed == 1
    assert _first_word(one) is _first_word(other)


def test_fact_of_other_words_is_their_own() -> None:
    """Who says something else shares nothing."""
    assert [_Sentence(words, {}).length for words in ("a", "bc")] == [1, 2]
