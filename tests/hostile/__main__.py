"""The hostile table: whatever a gateway does, and the verdict that is right. `python -m tests.hostile [TEXT]`.

Each row is played on a real socket against the suite as it is, with bounds that end sooner; the command prints
every row with its verdict, and fails where one is not the expected one.
"""

import argparse
import sys

from tests.hostile.play import ROW_S, Played, Row, peak_mb, played
from tests.hostile.rows_content import HEADERS, IDS, JSON, REFUSALS
from tests.hostile.rows_framing import FRAMING
from tests.hostile.rows_media import BYTES, MEDIA
from tests.hostile.rows_tls import TLS
from tests.hostile.rows_wire import CONNECTIONS, SIZES

GROUPS = {
    "connections": CONNECTIONS,
    "TLS": TLS,
    "framing": FRAMING,
    "sizes": SIZES,
    "JSON": JSON,
    "ids": IDS,
    "headers": HEADERS,
    "refusals": REFUSALS,
    "media": MEDIA,
    "pictures": BYTES,
}
ROWS = {row.name: row for rows in GROUPS.values() for row in rows}


def wrong(row: Row, came: Played) -> list[str]:
    """What is not as it should be with what came of a row."""
    expectations = {
        f"verdict {row.verdict}": came.verdict == row.verdict,
        f"a detail that says {row.notes!r}": row.notes in came.details,
        f"an end within {ROW_S:g} s": came.seconds < ROW_S,
        "a server that saw nothing it should not": came.checked,
    }
    return [expected for expected, met in expectations.items() if not met]


def main(wanted: str = "") -> int:
    """Print the rows of a group, or those whose name contains a text; returns how many are wrong."""
    total = failures = 0
    for group, rows in GROUPS.items():
        for row in (each for each in rows if wanted in (group, "") or wanted in each.name):
            came = played(row)
            missing = wrong(row, came)
            total, failures = total + 1, failures + bool(missing)
            print(f"{group:<12} {row.name:<53} {came.seconds:5.2f} s  {came.verdict}")
            for expected in missing:
                print(f"{'':<12} WRONG, expected {expected}; {came.details[:300]!r}")
    print(f"{total} rows, {failures} wrong, peak memory {peak_mb()} MB")
    return failures


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=__doc__)
    parser.add_argument("text", nargs="?", default="", help="only rows whose name has it")
    sys.exit(bool(main(parser.parse_args().text)))
