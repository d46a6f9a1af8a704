"""Values like a given one: to fill an array with distinct items without asking the solver for each.

Nothing is judged here: whoever asks keeps what he needs.
"""

from collections.abc import Iterator

from generations_contract.containment.values import Json

LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"


def variants(value: Json) -> Iterator[Json]:
    """Other values of the same type and shape, without end where there is no end to them."""
    if isinstance(value, bool) or value is None:
        yield from (True, False)
    elif isinstance(value, int | float):
        for step in range(1, 10_000):
            yield value + step
            yield value - step
    elif isinstance(value, str):
        yield from _texts(value)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ([*value[:place], other, *value[place + 1 :]] for other in variants(item))
    else:
        for name, item in value.items():
            yield from ({**value, name: other} for other in variants(item))


def _texts(value: str) -> Iterator[str]:
    """The text with other letters in one place, then in two, then with something behind it."""
    for place in range(len(value) - 1, -1, -1):
        yield from (value[:place] + letter + value[place + 1 :] for letter in LETTERS)
    for place in range(len(value) - 2, -1, -1):
        yield from (value[:place] + one + two + value[place + 2 :] for one in LETTERS for two in LETTERS)
    yield from (value + "".join(LETTERS[int(digit)] for digit in str(count)) for count in range(2_000))
