"""Hostile runs that take minutes: `pytest tests/long_hostile.py`. Silence at the suite's real bounds.

Not collected by plain pytest (its name says so): CI chooses it by path.
"""

from pathlib import Path

import pytest

from tests.hostile.campaign import campaign
from tests.hostile.wire import Connection, Manner

# Two rounds of the longest poll and its grace, the plain question, and room for a busy machine.
LONGEST_S = 300


def _silent(connection: Connection) -> None:
    connection.wait(600)


def _dripping(connection: Connection) -> None:
    connection.read()
    connection.send(b"HTTP/1.1 200 OK\r\nX: ")
    connection.flood(b"x", every_s=1.0)


@pytest.mark.parametrize("manner", [_silent, _dripping], ids=["silent", "dripping"])
def test_gateway_that_goes_silent_midway_ends_the_run(manner: Manner, tmp_path: Path) -> None:
    """A target that holds every request for ever costs a few minutes, not one time-out per request."""
    run = campaign(tmp_path, manner, 100, "contracts", "--contract-depth", "quick", limit_s=600)
    assert (run.code, "Traceback" in run.output) == (1, False), run.output
    assert run.note.startswith("the target stopped answering")
    assert run.verdicts["exchanges"] >= 100
    assert run.seconds < LONGEST_S


def test_gateway_that_is_silent_from_the_start_is_unusable(tmp_path: Path) -> None:
    """The preflight ends it with exit code 4."""
    run = campaign(tmp_path, _silent, 0, "contracts", limit_s=120)
    assert run.code == 4
    assert "it does not answer" in run.output
    assert run.seconds < 60
