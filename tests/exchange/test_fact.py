"""Derived facts: computed once, kept with their owner."""

from generations_contract.exchange.fact import WORDS, TimeAskedError, derived, fact


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

    def __init__(self, words: str, said_at: float) -> None:
        self.words, self._said_at = words, said_at

    @property
    def said_at(self) -> float:
        """When it was said."""
        return self._said_at

    @fact
    def length(self) -> int:
        """Of the words alone."""
        type(self).computed += 1
        return len(self.words)


class _Words(_Sentence):
    @property
    def said_at(self) -> float:
        """Words do not tell."""
        raise TimeAskedError


@derived
def _minute(sentence: _Sentence) -> float:
    return sentence.said_at // 60


def _said(words: _Words, said_at: float) -> _Sentence:
    sentence = _Sentence(words.words, said_at)
    sentence.__dict__[WORDS] = words
    return sentence


def test_fact_of_the_words_is_computed_once_for_all_who_say_them() -> None:
    """The second to say the same computes nothing."""
    words = _Words("a lighthouse", 0)
    assert [_said(words, at).length for at in (1.0, 2.0)] == [12, 12]
    assert _Words.computed + _Sentence.computed == 1


def test_fact_about_a_time_is_everybodys_own() -> None:
    """The same words at another time: what was found out for one is not said of the other."""
    words = _Words("a lighthouse", 0)
    assert [_minute(_said(words, at)) for at in (30.0, 90.0, 30.0)] == [0, 1, 0]
