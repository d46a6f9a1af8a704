"""The load client on a hostile wire: every request ends, in little time and memory, and names what happened."""

import re
import subprocess
import sys

from tests.support.stages import ROOT

PEAK_MB = 500


def test_load_client_ends_every_hostile_answer_as_the_other_client_does() -> None:
    """Floods, bombs, drips and lies about lengths: bounded, and never taken for a whole answer."""
    command = [sys.executable, "-m", "tests.hostile.load"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    told = re.search(r"0 wrong, peak memory (\d+) MB", done.stdout)
    assert told is not None
    assert int(told[1]) < PEAK_MB
