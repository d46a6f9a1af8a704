"""Whatever is on the other end of the wire: a verdict, in bounded time and memory, and nothing recorded lost."""

import json
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from generations_contract.judging.ledger import Ledger
from generations_contract.recordings import codec
from generations_contract.report import bundle, terminal
from generations_contract.report import json as json_report
from tests.hostile.__main__ import GROUPS, ROWS, wrong
from tests.hostile.play import KEY, Played, Row, played
from tests.support.stages import ROOT

PEAK_MB = 400


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_hostile_row_has_its_verdict(row: Row, tmp_path: Path) -> None:
    """Each row ends with the verdict that stands in the table, and all of it can be told and kept."""
    came = played(row)
    assert wrong(row, came) == []
    assert_kept(came)
    assert_told(came.ledger)
    assert_reported(came, tmp_path)


def assert_kept(came: Played) -> None:
    """Every exchange survives being written down and read back, and no recording holds the key."""
    for exchange in came.performance.exchanges:
        text = json.dumps(codec.to_dict(exchange))
        assert KEY not in text
        again = codec.from_dict(json.loads(text))
        assert (again.status, again.failure) == (exchange.status, exchange.failure)
        assert codec.curl(exchange).encode("utf-8", "replace")


def assert_told(ledger: Ledger) -> None:
    """The terminal's lines hold nothing that acts, and the ledger is JSON."""
    json.dumps(ledger.to_dict(), allow_nan=False)
    for verdict in ledger.verdicts.values():
        for breach in verdict.breaches:
            for line in terminal.breach_lines(breach):
                assert line.encode("utf-8")
                assert not re.search(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", line)


def assert_reported(came: Played, directory: Path) -> None:
    """Every form of the report can be written and read, and neither key nor escape is in it."""
    content = json_report.document(came.ledger, target="x", stage="http", outcome="broken", note=came.details)
    bundle.write(directory, content, map(codec.to_dict, came.performance.exchanges))
    ElementTree.parse(directory / "junit.xml")  # noqa: S314 - of our own making
    for path in directory.iterdir():
        text = path.read_text(encoding="utf-8")
        assert KEY not in text
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", text), path.name


def test_names_of_rows_are_unique() -> None:
    """No row hides another."""
    assert len(ROWS) == sum(len(rows) for rows in GROUPS.values())


def test_memory_stays_within_bounds_whatever_is_sent() -> None:
    """Gigabytes on the wire, or in a bomb, leave the process small; the command prints how small."""
    command = [sys.executable, "-m", "tests.hostile", "sizes"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    told = re.search(r"(\d+) rows, 0 wrong, peak memory (\d+) MB", done.stdout)
    assert told is not None
    assert int(told[1]) == len(GROUPS["sizes"])
    assert int(told[2]) < PEAK_MB
