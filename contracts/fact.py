"""A derived fact: an attribute that is computed when first asked for, and kept.

Nothing of the API lives here; exchanges have many such facts, and most are never asked for.
"""

from collections.abc import Callable
from typing import Any, Generic, TypeVar, overload

FactT = TypeVar("FactT")


class fact(Generic[FactT]):  # noqa: N801 - used as a decorator, like `property`
    """A derived fact: computed when first asked for, then kept in the exchange's own dictionary.

    `functools.cached_property` without its lock, which costs more than most of the facts: a fact is pure, so
    computing one twice in two threads does no harm.
    """

    def __init__(self, compute: Callable[[Any], FactT]) -> None:
        self._compute, self._name = compute, compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, exchange: None, owner: type) -> "fact[FactT]": ...
    @overload
    def __get__(self, exchange: object, owner: type) -> FactT: ...
    def __get__(self, exchange: Any, owner: type) -> "FactT | fact[FactT]":
        if exchange is None:
            return self
        value = exchange.__dict__[self._name] = self._compute(exchange)
        return value
