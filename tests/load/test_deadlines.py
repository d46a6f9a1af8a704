"""`generations_load.transport.deadlines`: who waits too long is ended in time, and nobody else is woken for it.

In a process of its own: gevent patches what it is imported into.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests import ROOT

SCRIPT = """
import json, time
import gevent
from generations_load.transport.deadlines import DEADLINES, LateError

ticks = []
tick = DEADLINES._tick
DEADLINES._tick = lambda: (ticks.append(1), tick())

def wait(patience_s, seconds):
    here, begun = gevent.getcurrent(), time.perf_counter()
    DEADLINES.begin(here, patience_s)
    try:
        gevent.sleep(seconds)
        return "answered", time.perf_counter() - begun
    except LateError:
        return "late", time.perf_counter() - begun
    finally:
        DEADLINES.end(here, patience_s)

def all_of(*pairs):
    waiting = [gevent.spawn(wait, *pair) for pair in pairs]
    gevent.joinall(waiting)
    return [each.value for each in waiting]

found = {"mixed": all_of((0.5, 9), (0.1, 9), (0.3, 0.01), (0.3, 9), (2, 0.02), (0.1, 9))}
ticks.clear()
for _ in range(100):
    all_of(*[(5, 0.001)] * 10)
found["ticks"] = len(ticks)
found["again"] = all_of((0.2, 9))
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def seen() -> dict[str, Any]:
    """What happened to greenlets of different patience."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=True
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_each_deadline_is_kept_whatever_the_order(seen: dict[str, Any]) -> None:
    """A shorter patience that begins later is due first; what was answered is left alone."""
    assert [what for what, _ in seen["mixed"]] == ["late", "late", "answered", "late", "answered", "late"]
    for (_, after_s), patience_s in zip(seen["mixed"], (0.5, 0.1, 0.01, 0.3, 0.02, 0.1), strict=True):
        assert patience_s <= after_s + 0.001
        assert after_s < patience_s + 5  # how late it is depends on the machine


def test_answers_in_time_wake_nobody(seen: dict[str, Any]) -> None:
    """A thousand requests that were answered: the timer is not for them, and still serves the next one."""
    assert seen["ticks"] <= 3
    assert seen["again"][0][0] == "late"
