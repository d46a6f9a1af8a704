"""`generations_load.under_locust.locust_stats`: locust's own statistics are the same, told one by one or added up.

In a process of its own, because locust patches the one that imports it.
"""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests import ROOT

SCRIPT = """
from gevent import monkey
monkey.patch_all()
import json
from locust.env import Environment
from generations_load.under_locust.locust_stats import LocustStats

def event(time_ms, error=None, name="/a"):
    return {"request_type": "GET", "name": name, "response_time": time_ms, "response_length": 10,
            "exception": error, "context": {}}

EVENTS = [event(4_000.5 + i, name="/a" if i % 3 else "/b") for i in range(100)]
EVENTS += [event(7.0, OSError("cut")), event(None, ValueError("breach"), "clause")]

def shown(listening):
    environment = Environment()
    environment.create_local_runner()
    heard = []
    if listening:
        environment.events.request.add_listener(lambda **told: heard.append(told))
    teller = LocustStats(environment)
    for number, each in enumerate(EVENTS):
        teller(**each)
        if number % 40 == 0:
            teller.flush()
    before = environment.stats.total.num_requests
    teller.flush()
    stats = environment.stats
    table = {name: [entry.num_requests, entry.num_failures, entry.num_none_requests,
                    round(entry.total_response_time, 3), entry.min_response_time, entry.max_response_time,
                    entry.total_content_length, sum(entry.num_reqs_per_sec.values()),
                    sorted(entry.response_times.items())]
             for name, entry in [*((key[0], value) for key, value in stats.entries.items()),
                                 ("total", stats.total)]}
    return {"table": table, "errors": len(stats.errors), "heard": len(heard), "before": before}

print(json.dumps({"alone": shown(False), "listening": shown(True)}))
"""


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    """What locust's statistics show after the same requests, with and without another listener."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def test_locust_shows_the_same_however_it_is_told(found: dict[str, Any]) -> None:
    """Counts, sums, extremes, buckets and failures by name and in all."""
    assert found["alone"]["table"] == found["listening"]["table"]
    assert found["alone"]["errors"] == found["listening"]["errors"] == 2
    assert found["alone"]["table"]["total"][:2] == [102, 2]


def test_another_listener_hears_every_request(found: dict[str, Any]) -> None:
    """As soon as anybody else listens nothing is added up; alone, the last ones wait for the flush."""
    assert found["listening"]["heard"] == found["listening"]["before"] == 102
    assert found["alone"]["before"] < 102
