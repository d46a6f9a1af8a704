"""`generations_load.transport.client` and its self-test: each repair took, and each that is undone is named.

In a process of its own, because gevent and locust patch the one that imports them.
"""

import json
import subprocess
import sys

import pytest

from tests import ROOT

SCRIPT = """
from gevent import monkey
monkey.patch_all()
import json, sys
import locust.stats
from geventhttpclient.connectionpool import ConnectionPool
from generations_contract.api.process_limits import raise_open_files
from generations_load.transport import client
from generations_load.under_locust import gc_tuning, selftest
raise_open_files()
shipped = dict(vars(ConnectionPool)) | {"bucket": locust.stats.bucket_response_time}
client.install()
repaired = dict(vars(ConnectionPool)) | {"bucket": locust.stats.bucket_response_time}
found = {"nothing": selftest.problems()}
for name in ("_is_socket_alive", "__init__"):
    setattr(ConnectionPool, name, shipped[name])
    found[name] = selftest.problems()
    setattr(ConnectionPool, name, repaired[name])
locust.stats.bucket_response_time = shipped["bucket"]
found["bucket"] = selftest.problems()
locust.stats.bucket_response_time = repaired["bucket"]
for name, value in (("network_timeout", 60.0), ("insecure", True)):
    before = getattr(client.LongPollUser, name)
    setattr(client.LongPollUser, name, value)
    found[name] = selftest.problems()
    setattr(client.LongPollUser, name, before)
gc_tuning.freeze = __import__("gc").unfreeze
found["freeze"] = selftest.problems()
print(json.dumps(found))
"""
UNDONE = {
    "nothing": None,
    "_is_socket_alive": "keep-alive above descriptor 1023",
    "__init__": "no silent re-send",
    "bucket": "response times with three digits",
    "network_timeout": "read timeout above the window",
    "insecure": "TLS verified",
    "freeze": "garbage collection frozen",
}


@pytest.fixture(scope="module")
def problems() -> dict[str, list[str]]:
    """What the self-test says with each repair undone."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("undone", UNDONE)
def test_selftest_names_the_repair_that_no_longer_takes(problems: dict[str, list[str]], undone: str) -> None:
    """As shipped one thing is wrong again: exactly that repair is named; with all in place, none."""
    named = [problem.partition(":")[0] for problem in problems[undone]]
    assert named == ([UNDONE[undone]] if UNDONE[undone] else [])
