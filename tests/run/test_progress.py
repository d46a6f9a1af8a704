"""Long waits on a live target: what is waited for is told, on a terminal and in CI, and only then."""

import io
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generations_contract.exchange.exchange import Asset
from generations_contract.run.progress import Board, Observed, Screen, Ticker, one_line
from generations_contract.scripts.script import Create, Download, Fetch, Pause, Raw, Together, once
from tests.support.stages import ROOT, served, virtual


class Clock:
    """A clock that is set by hand."""

    now = 0.0

    def __call__(self) -> float:
        """The moment that was set."""
        return self.now


def ticker_on(
    pytestconfig: pytest.Config, board: Board, clock: Clock, *, terminal: bool
) -> tuple[Ticker, io.StringIO]:
    """A ticker beside a reporter of pytest, on a stream of ours."""
    stream = io.StringIO()
    stream.isatty = lambda: terminal  # type: ignore[method-assign]
    return Ticker(board, pytest.TerminalReporter(pytestconfig, stream), Screen(stream), clock), stream


@pytest.mark.parametrize("terminal", [True, False], ids=["terminal", "CI"])
def test_progress_tells_what_is_waited_for(pytestconfig: pytest.Config, terminal: bool) -> None:
    """The test, the seconds, and the requests that are under way for longest."""
    clock = Clock()
    board = Board(clock)
    ticker, stream = ticker_on(pytestconfig, board, clock, terminal=terminal)
    with ticker.waiting("test_wait::test_x"), board.under_way("POST veo-3, wait 60"):
        clock.now = 1.0
        ticker.tick()
        assert stream.getvalue() == ""
        clock.now = 12.4
        ticker.tick()
        line = "waiting 12 s for test_wait::test_x; POST veo-3, wait 60: 12 s"
        assert line[:60] in stream.getvalue()
    after = stream.getvalue()
    assert after.endswith("\n") is not terminal
    ticker.tick()
    assert stream.getvalue() == after


def test_progress_line_is_wiped_when_the_wait_is_over(pytestconfig: pytest.Config) -> None:
    """On a terminal the line is overwritten with blanks: pytest goes on where nothing was."""
    clock = Clock()
    ticker, stream = ticker_on(pytestconfig, Board(clock), clock, terminal=True)
    with ticker.waiting("x"):
        clock.now = 5
        ticker.tick()
    assert stream.getvalue().split("\r")[-1].strip() == ""
    assert "\x1b[31m" not in stream.getvalue()


def test_board_shows_the_longest_and_counts_the_rest() -> None:
    """Three are named, the others are a number; what is over is gone."""
    clock = Clock()
    board = Board(clock)
    with board.under_way("one"), board.under_way("two"), board.under_way("three"), board.under_way("four"):
        clock.now = 3.0
        assert board.lines() == ["one: 3 s", "two: 3 s", "three: 3 s", "and 1 more"]
    assert board.lines() == []


def test_observed_stage_plays_as_the_stage_itself() -> None:
    """Steps stand on the board while they are under way, branches too; results and errors pass through."""
    board, seen = Board(), []
    stage = Observed(virtual(), board)

    def script() -> Any:
        target = stage.client.target
        created = yield Create(target.request(wait=0))
        both = yield Together.of(once(Fetch(created.generation_id, wait=1)), once(Pause(1)))
        return created, both

    created, both = stage.perform(
        script(), lambda exchange: seen.append((exchange.kind, board.lines() != []))
    )
    assert created.state == "queued"
    assert both[0].kind == "fetch"
    assert [kind for kind, _ in seen] == ["create", "fetch"]
    assert all(busy for _, busy in seen)
    assert board.lines() == []
    stage.close()


@pytest.mark.parametrize(
    ("step", "text"),
    [
        (Create({"model": "veo-3", "wait": 60}), "POST veo-3, wait 60"),
        (Create({"model": "veo-3"}), "POST veo-3, wait auto"),
        (Create(b"{"), "POST (odd body), wait auto"),
        (Fetch("gen_01KPG7CJG071YQY9P0M0", wait=60), "GET gen_01KPG7CJG0, wait 60"),
        (Fetch("gen_1"), "GET gen_1, wait 0"),
        (Pause(5.2), "a pause of 5 s"),
        (Raw("DELETE", "/v1/x"), "DELETE /v1/x"),
        (Download("https://secret?sig=x", Asset("gen_1", 0, {})), "a download"),
    ],
)
def test_steps_are_told_in_a_few_words(step: Any, text: str) -> None:
    """Method, what it is about and the window; never an address with a signature."""
    assert one_line(step) == text


PATIENT = """
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Fetch, Pause

@probe("lifecycle.not-found", depth="free")
def test_patient(target):
    yield Fetch("gen_never", intent="unknown-id")
    yield Pause(4)
"""


def test_progress_is_seen_on_a_terminal_while_pytest_captures(tmp_path: Path) -> None:
    """As a user sees it: pytest holds back what is written during a test, and the line is seen all the same."""
    (tmp_path / "test_lifecycle.py").write_text(PATIENT, encoding="utf-8")
    ours, theirs = pty.openpty()
    with served(tmp_path) as target:
        keys = {target.variables[label]: key for label, key in target.keys.items()}
        variables = {**os.environ, **keys, "PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "generations_contract.plugin",
            "-p",
            "no:cacheprovider",
        ]
        command += ["--contract-target", str(tmp_path / "served.toml")]
        with subprocess.Popen(command, cwd=tmp_path, env=variables, stdout=theirs, stdin=theirs) as process:
            os.close(theirs)
            seen = _all_of(ours)
    assert process.returncode == 0, seen
    assert "waiting 3 s for test_lifecycle::test_patient; a pause of 4 s: 3 s" in seen
    assert "1 passed" in seen


def _all_of(terminal: int) -> str:
    """What is written to a terminal until nobody has it open any more."""
    parts = []
    while True:
        try:
            parts.append(os.read(terminal, 4096))
        except OSError:
            os.close(terminal)
            return b"".join(parts).decode("utf-8", "replace")
