"""A derived fact: computed when first asked for, and kept; and once only for all who say the same words.

Nothing of the API lives here, and no fact about a time: what is said of the same words once is said of them
whenever they come again. A value that depends on a moment is a property or a plain function. Facts are pure, so
computing one twice in two threads does no harm.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Final, Generic, TypeVar, overload

FactT = TypeVar("FactT")

# Where an object keeps the facts that it shares with all who say the same; no attribute has such a name.
SHARED: Final = "facts of the same words"


def _find(whose: Any, name: str, compute: Callable[[Any], FactT]) -> FactT:
    """The fact of that name, which is not known yet of `whose`."""
    kept: dict[str, Any] = whose.__dict__
    shared: dict[str, Any] | None = kept.get(SHARED)
    if shared is None:
        value = kept[name] = compute(whose)
        return value
    if name not in shared:
        shared[name] = compute(whose)
    value = kept[name] = shared[name]
    return value


def derived(compute: Callable[[Any], FactT]) -> Callable[[Any], FactT]:
    """A function of an exchange that several clauses ask for, as a derived fact."""
    name = f"{compute.__module__}.{compute.__qualname__}"

    @wraps(compute)
    def read(exchange: Any) -> FactT:
        try:
            return exchange.__dict__[name]  # type: ignore[no-any-return]
        except KeyError:
            return _find(exchange, name, compute)

    return read


class fact(Generic[FactT]):  # noqa: N801 - used as a decorator, like `property`
    """A derived fact as an attribute: `functools.cached_property` without its lock, which costs more than most."""

    def __init__(self, compute: Callable[[Any], FactT]) -> None:
        self._compute, self._name = compute, compute.__name__
        self.__doc__ = compute.__doc__

    @overload
    def __get__(self, whose: None, owner: type) -> "fact[FactT]": ...
    @overload
    def __get__(self, whose: object, owner: type) -> FactT: ...
    def __get__(self, whose: Any, owner: type) -> "FactT | fact[FactT]":
        return self if whose is None else _find(whose, self._name, self._compute)
