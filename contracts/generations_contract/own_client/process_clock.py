"""The process's own ways to tell and to pass time, replaced wherever a module of the client holds one.

`from time import sleep` is a reference of the importing module, a default argument one of a function: both are looked
for, and put back afterwards. What was taken meanwhile goes on working: the stand-ins are the same for every clock, and
without one they are the real functions. Other modules may keep real time, such as pytest's own.
"""

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, Final, Protocol

import pytest

_NS: Final = 1_000_000_000
_REAL: Final[dict[str, Callable[..., Any]]] = {
    name: getattr(time, name)
    for name in ("sleep", "time", "monotonic", "perf_counter", "time_ns", "monotonic_ns", "perf_counter_ns")
}
_REAL_WAIT: Final = threading.Condition.wait
# They measure tests, or carry them: no client's code.
_NOT_THE_CLIENTS: Final = (
    "_pytest", "pytest", "pluggy", "xdist", "execnet", "hypothesis", "coverage", "faulthandler", "importlib", "time",
    "generations_contract", "logging", "_strptime",
)  # fmt: skip
_INSTALLED: Final = ("site-packages", "dist-packages", "/lib/python")


class Clock(Protocol):
    """What the stand-ins ask of a clock: `seen` is what it shows, in seconds, by the name of the function."""

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""

    def seen(self, name: str) -> float:
        """What a function of `time` shows."""

    def alone(self) -> bool:
        """Whether nobody but the caller could end a wait."""


_clocks: list[Clock] = []


def _stand_in(name: str) -> Callable[..., Any]:
    real = _REAL[name]

    def sleep(seconds: float) -> None:
        if _clocks:
            _clocks[-1].pass_time(seconds)
        else:
            real(seconds)

    def told() -> Any:
        if not _clocks:
            return real()
        seen = _clocks[-1].seen(name.removesuffix("_ns"))
        return int(seen * _NS) if name.endswith("_ns") else seen

    return sleep if name == "sleep" else told


_STAND_INS: Final = {name: _stand_in(name) for name in _REAL}
_BY_IDENTITY: Final = {id(real): _STAND_INS[name] for name, real in _REAL.items()}


def _wait(self: threading.Condition, timeout: float | None = None) -> bool:
    """`Condition.wait`, and so `Event`, `Semaphore` and `queue.Queue`: a wait that nobody can end takes no time."""
    if timeout is None or not _clocks or not _clocks[-1].alone():
        return _REAL_WAIT(self, timeout)
    if _REAL_WAIT(self, 0):
        return True
    _clocks[-1].pass_time(timeout)
    return False


@contextmanager
def replaced(clock: Clock) -> Iterator[None]:
    """While the block runs, this is the clock of the process."""
    with pytest.MonkeyPatch.context() as patch:
        for name, stand_in in _STAND_INS.items():
            patch.setattr(time, name, stand_in)
        patch.setattr(threading.Condition, "wait", _wait)
        if (uvloop := sys.modules.get("uvloop")) is not None:
            # Its loops keep real time; whoever asks for one gets asyncio's own.
            patch.setattr(uvloop, "Loop", asyncio.SelectorEventLoop)
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and module.__name__.partition(".")[0] not in _NOT_THE_CLIENTS:
                _replace_in(module, patch)
        _clocks.append(clock)
        try:
            yield
        finally:
            _clocks.remove(clock)


def _replace_in(module: ModuleType, patch: pytest.MonkeyPatch) -> None:
    """Replace what a module holds; in code that is not installed also what its functions and classes hold."""
    for name, value in list(vars(module).items()):
        if id(value) in _BY_IDENTITY:
            patch.setitem(vars(module), name, _BY_IDENTITY[id(value)])
    where = getattr(module, "__file__", None) or ""
    if any(each in where for each in _INSTALLED) or not where:
        return
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) != module.__name__:
            continue
        members = list(vars(value).items()) if isinstance(value, type) else []
        for name, member in members:
            held = member.__func__ if isinstance(member, staticmethod) else member
            if id(held) in _BY_IDENTITY:
                patch.setattr(value, name, staticmethod(_BY_IDENTITY[id(held)]))
        for function in (value, *(member for _, member in members)):
            if isinstance(function, FunctionType):
                _replace_defaults(function, patch)


def _replace_defaults(function: FunctionType, patch: pytest.MonkeyPatch) -> None:
    positional, named = function.__defaults__ or (), function.__kwdefaults__ or {}
    if any(id(each) in _BY_IDENTITY for each in positional):
        patch.setattr(
            function, "__defaults__", tuple(_BY_IDENTITY.get(id(each), each) for each in positional)
        )
    for name, value in named.items():
        if id(value) in _BY_IDENTITY:
            patch.setitem(named, name, _BY_IDENTITY[id(value)])


def real(name: str) -> float:
    """What a function of `time` really shows."""
    return float(_REAL[name]())
