"""`python -m tests.hostile.load [TEXT]`: the hostile rows of connections, framing and sizes on the load client.

A process of its own, because importing locust patches the one that does it. No verdict of a clause is looked
at here, only how each request ends: the parser is another one, the blame must be the same.
"""

import locust  # isort: skip - patches sockets and threads, which everything below must find patched

import argparse
import sys
import time

from generations_contract.exchange.exchange import Failure
from generations_load.under_locust.selftest import _get, _SelfTestTransport
from tests.hostile.play import ROW_S, Row, peak_mb
from tests.hostile.rows_framing import FRAMING
from tests.hostile.rows_wire import CONNECTIONS, SIZES
from tests.hostile.wire import serving

assert locust
TIMEOUT_S = 0.5
# Where this parser is stricter or more forgiving than the other, or a bound lies elsewhere: no harm either way.
OTHERWISE = {
    "Content-Length too short": "garbage",
    "Content-Length beside chunks": "garbage",
    "chunk of 2^64 bytes": "garbage",
    "HTTP/0.9": "garbage",
    "the same Content-Length twice": "garbage",
    "a list of equal Content-Lengths": "garbage",
    "lines that end with LF only": "garbage",
    "a folded header": "garbage",
    "an unknown transfer coding": "404",
    "a chunk extension of 1 MB": "404",
    "trailers for ever": "timeout",
    "100 in a flood": "too-large",
    "gzip bomb": "200",  # sixteen megabytes are just taken
    "gzip bomb in gzip": "200",
}
# What needs another script, another URL or a wait.
LEFT_OUT = {"host name does not exist", "poll cut by an idle time-out"}


def end(row: Row) -> str:
    """How a request of the load client ends: a status, or the kind of its failure."""
    with serving(row.manner) as server:
        transport = _SelfTestTransport(row.url(server.url))
        outcome = transport.send(_get(timeout_s=TIMEOUT_S))
        transport.close()
    return outcome.kind if isinstance(outcome, Failure) else str(outcome.status)


def main(wanted: str = "") -> int:
    """Print the rows whose name contains a text; returns how many ended otherwise than they should."""
    wrong = 0
    for row in (*CONNECTIONS, *FRAMING, *SIZES):
        if row.name in LEFT_OUT or wanted not in row.name:
            continue
        began = time.monotonic()
        came, expected = end(row), OTHERWISE.get(row.name, row.verdict.partition(";")[0].partition(",")[0])
        seconds = time.monotonic() - began
        right = came == expected and seconds < ROW_S
        wrong += not right
        print(
            f"{row.name:<53} {seconds:5.2f} s  {came}{'' if right else f'  WRONG, expected {expected}'}",
            flush=True,
        )
    print(f"{wrong} wrong, peak memory {peak_mb()} MB")
    return wrong


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.hostile.load", description=__doc__)
    parser.add_argument("text", nargs="?", default="", help="only rows whose name has it")
    sys.exit(bool(main(parser.parse_args().text)))
