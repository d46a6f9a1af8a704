"""Standard output as a command needs it: a reader who has left is no error, a place that is full is one.

Nothing is written here but what a command writes. What `| head` has seen enough of is dropped, and the command goes
on to its own exit code; anything else that keeps output from being written is an `OutputError`.
"""

import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any


class OutputError(OSError):
    """The output cannot be written; the message says why."""


class _Guarded:
    """A text stream whose reader may leave."""

    def __init__(self, stream: Any) -> None:
        self._stream = stream
        self._left = False
        self.problem: OutputError | None = None

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write, as far as anybody reads."""
        if not self._left:
            self._guard(lambda: self._stream.write(text))
        return len(text)

    def flush(self) -> None:
        """Flush, likewise."""
        if not self._left:
            self._guard(self._stream.flush)

    def _guard(self, act: Any) -> None:
        try:
            act()
        except BrokenPipeError:
            self._left = True
            self._give_up()
        except OSError as error:
            self._left = True
            self._give_up()
            self.problem = OutputError(f"standard output cannot be written: {error.strerror or error}")
            raise self.problem from None

    def close_up(self) -> None:
        """Whoever put the file back meanwhile has put a reader back who has left."""
        if self._left:
            self._give_up()

    def _give_up(self) -> None:
        """What is still in the stream goes nowhere: Python would flush it at the end, and complain."""
        with suppress(OSError, io.UnsupportedOperation):
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())


@contextmanager
def guarded() -> Iterator[None]:
    """While the block runs, `sys.stdout` is one that behaves so; raises `OutputError`, also where it is closed."""
    stream = sys.stdout
    if stream is None:
        raise OutputError("standard output is closed; write it to a file, or to /dev/null")
    guard: Any = _Guarded(stream)
    sys.stdout = guard
    try:
        yield
        guard.flush()
        if guard.problem is not None:  # whoever caught it could tell nobody
            raise guard.problem
    finally:
        guard.close_up()
        sys.stdout = stream
