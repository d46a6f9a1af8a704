"""While a run against a live target waits: what for, and for how long.

On a terminal one line is rewritten every second; elsewhere (CI) a plain line comes every half minute.
Nothing is measured or judged here. What is under way is read off the scripts' steps as they pass, so neither the
drivers nor the clients know of it.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TextIO, TypeVar

import pytest

from generations_contract.api.vocabulary import WAIT_AUTO
from generations_contract.forms.text import printable
from generations_contract.scripts.driver import See
from generations_contract.scripts.script import Create, Download, Fetch, Pause, Raw, Script, Step, through
from generations_contract.wire.client import Client
from generations_contract.wire.stage import Stage

T = TypeVar("T")
# What is over sooner than this needs no line.
_SHORT_S = 2.0
_TERMINAL_EVERY_S, _PLAIN_EVERY_S = 1.0, 30.0
_SHOWN = 3


class Board:
    """What is under way at the moment: step -> when it began, in seconds on `clock`. Thread-safe."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._steps: dict[object, tuple[str, float]] = {}

    @contextmanager
    def under_way(self, text: str) -> Iterator[None]:
        """Keep a line on the board while the block runs."""
        token = object()
        with self._lock:
            self._steps[token] = (text, self._clock())
        try:
            yield
        finally:
            with self._lock:
                del self._steps[token]

    def lines(self) -> list[str]:
        """What has been under way for longest, and how long: "POST veo-3, wait 60: 12 s"."""
        now = self._clock()
        with self._lock:
            steps = sorted(self._steps.values(), key=lambda step: step[1])
        shown = [f"{text}: {now - began:.0f} s" for text, began in steps[:_SHOWN]]
        return [*shown, f"and {len(steps) - _SHOWN} more"] if len(steps) > _SHOWN else shown


class Observed:
    """A stage whose steps stand on a board while they are under way."""

    def __init__(self, stage: Stage, board: Board) -> None:
        self._stage, self._board = stage, board
        self.client: Client = stage.client
        self.virtual: bool = stage.virtual

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script on the stage."""
        return self._stage.perform(through(script, self._observed), see)

    def now(self) -> float:
        """Seconds on the stage's clock."""
        return self._stage.now()

    def close(self) -> None:
        """Close the stage."""
        self._stage.close()

    def _observed(self, step: Step) -> Script[Any]:
        with self._board.under_way(one_line(step)):
            return (yield step)


class Screen:
    """Where progress is shown: past pytest's capturing, which holds back what is written during a test.

    To be made while nothing is captured (`pytest_configure`).
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        # A stream that is no file, as a test of a test has it, has nothing captured below it.
        with suppress(OSError, ValueError):
            self._stream = os.fdopen(os.dup(stream.fileno()), "w", encoding="utf-8", errors="replace")
        self.interactive = stream.isatty()
        self._dirty = False

    def show(self, text: str, reporter: pytest.TerminalReporter) -> None:
        """Show a line: on a terminal in the place of the one before, elsewhere as one of its own."""
        if not self._dirty and (reporter.currentfspath or reporter._tw.width_of_current_line):
            # What pytest has written of its line stays; it begins a new one afterwards.
            self._stream.write("\n")
            reporter.currentfspath = None
            reporter._tw._current_line = ""
        if self.interactive:
            width = max(20, reporter._tw.fullwidth - 1)
            self._stream.write("\r" + text[:width].ljust(width))
        else:
            self._stream.write(text + "\n")
        self._stream.flush()
        self._dirty = self.interactive

    def wipe(self, reporter: pytest.TerminalReporter) -> None:
        """Take the line away, so that pytest goes on where nothing was."""
        if self._dirty:
            self._stream.write("\r" + " " * max(20, reporter._tw.fullwidth - 1) + "\r")
            self._stream.flush()
        self._dirty = False


class Ticker:
    """Shows the board's lines while a test waits; `tick` is what its thread calls."""

    def __init__(
        self,
        board: Board,
        reporter: pytest.TerminalReporter,
        screen: Screen,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._board, self._reporter, self._screen, self._clock = board, reporter, screen, clock
        self._every_s = _TERMINAL_EVERY_S if screen.interactive else _PLAIN_EVERY_S
        self._lock = threading.Lock()
        self._waiting: tuple[str, float] | None = None
        self._over = threading.Event()

    def start(self) -> None:
        """Begin to write, in a thread of its own."""
        threading.Thread(target=self._run, daemon=True).start()

    def stop(self) -> None:
        """Write no more."""
        self._over.set()

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """While the block runs, the run waits for `what`."""
        with self._lock:
            self._waiting = (what, self._clock())
        try:
            yield
        finally:
            with self._lock:
                self._waiting = None
                self._screen.wipe(self._reporter)

    def tick(self) -> None:
        """Write the line of this moment, where there is something to wait for."""
        with self._lock:
            if self._waiting is None:
                return
            what, since = self._waiting
            waited_s = self._clock() - since
            if waited_s < _SHORT_S:
                return
            told = "; ".join([f"waiting {waited_s:.0f} s for {what}", *self._board.lines()])
            self._screen.show(printable(told, 400), self._reporter)

    def _run(self) -> None:
        while not self._over.wait(self._every_s):
            self.tick()


def one_line(step: Step) -> str:
    """A step in a few words: "POST veo-3, wait auto", "GET gen_01…, wait 60"."""
    if isinstance(step, Create):
        body = step.body if not isinstance(step.body, bytes) else {}
        return f"POST {body.get('model', '(odd body)')}, wait {body.get('wait', WAIT_AUTO)}"
    if isinstance(step, Fetch):
        return f"GET {step.generation_id[:14]}, wait {0 if step.wait is None else step.wait}"
    if isinstance(step, Pause):
        return f"a pause of {step.seconds:.0f} s"
    if isinstance(step, Download):
        return "a download"
    return f"{step.method} {step.path}" if isinstance(step, Raw) else "several things"
