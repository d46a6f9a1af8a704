"""What the parallel workers of a run (pytest-xdist) share through files: the budget, and their ledgers.

A worker hands its ledger over when it ends. One that is killed, or whose controller was interrupted, cannot:
so every few seconds it leaves a copy beside the budget, and what was judged is not lost. The files are in the
directory for temporary files, not in pytest's cache: that may be switched off, and the budget must hold.
"""

import json
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from typing import Any, Final

# A copy of the ledger is at most this old.
EVERY_S: Final = 2.0


def budget_file(run: str) -> Path:
    """Where the workers of a run count what they spend."""
    return Path(tempfile.gettempdir()) / f"generations-contract-{run}.json"


class Keeper:
    """Leaves copies of a worker's ledger for the controller."""

    def __init__(self, run: str, worker: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._path = _ledger_file(run, worker)
        self._clock, self._kept_at = clock, float("-inf")

    def keep(self, ledger: Callable[[], dict[str, Any]], *, last: bool = False) -> None:
        """Write the ledger (`Ledger.to_dict`) unless it was written a moment ago; `last`: in any case."""
        if not last and self._clock() - self._kept_at < EVERY_S:
            return
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(ledger()), encoding="utf-8")
        fresh.replace(self._path)
        self._kept_at = self._clock()


def left_ledgers(run: str, received: Collection[str]) -> Iterator[dict[str, Any]]:
    """The last copies of the workers whose ledger was not received; `received` are ids of workers."""
    for path in sorted(_ledger_file(run, "x").parent.glob(_ledger_file(run, "*").name)):
        if path.stem.rpartition("-")[2] not in received:
            yield json.loads(path.read_text(encoding="utf-8"))


def forget(run: str) -> None:
    """Remove the files of a run, when all its workers are gone."""
    for path in Path(tempfile.gettempdir()).glob(f"generations-contract-{run}*"):
        path.unlink(missing_ok=True)


def _ledger_file(run: str, worker: str) -> Path:
    return Path(tempfile.gettempdir()) / f"generations-contract-{run}-{worker}.ledger"
