"""All exchanges of a run, kept as they come: one JSON object a line, in a file beside the reports.

A run that is killed has written what it has seen. Parallel workers have a file each; `gather` puts them in
one order. Everything in an exchange is redacted already. Nothing is judged here, and no report is made
here: `report.har` does that, and `audit` reads the same lines.

Long bodies (pictures, clips) are left out and the line says how many bytes
they had, because a recording is looked at, and mailed, and attached to tickets.
"""

import errno
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

from generations_contract.exchange.exchange import Exchange
from generations_contract.recordings.codec import to_dict
from generations_contract.wire.stage import Overheard, Stage

T = TypeVar("T")
LONGEST_BODY = 64 * 1024
_PATTERN = ".traffic-*.jsonl"


class TrafficLog:
    """Appends exchanges to a file of its own in `directory`. Thread-safe.

    `world` names the clock that the times are on, where several of one recording have nothing to do with each
    other (parallel workers in virtual time); empty where there is but one.
    """

    def __init__(self, directory: Path, world: str = "") -> None:
        directory.mkdir(parents=True, exist_ok=True)
        worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
        path = directory / _PATTERN.replace("*", worker)
        self._file = path.open("a", encoding="utf-8")
        self._world = {"world": world} if world else {}
        self._lock = Lock()

    def __call__(self, exchange: Exchange) -> None:
        """Write one exchange down."""
        line = json.dumps(shortened(to_dict(exchange)) | self._world)
        with self._lock:
            if not self._file.closed:
                self._file.write(line + "\n")
                self._file.flush()

    def close(self) -> None:
        """Close the file; what still comes is not recorded."""
        with self._lock:
            self._file.close()


class Recorded(Overheard):
    """A stage whose every exchange is also written to a log."""

    def __init__(self, stage: Stage, log: TrafficLog) -> None:
        super().__init__(stage, log)
        self._log = log

    def close(self) -> None:
        """Close the stage, then the log."""
        super().close()
        self._log.close()


def prepare(directory: Path) -> None:
    """Remove what a run that was killed has left; raises `OSError` for what cannot be written.

    Tried by writing, because the end of a paid run is too late to find out. Nothing new is left there.
    """
    if directory.exists() and not directory.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
    absent = not directory.exists()
    directory.mkdir(parents=True, exist_ok=True)
    (directory / _PATTERN.replace("*", "main")).touch()
    clear(directory)
    if absent:
        directory.rmdir()


def clear(directory: Path) -> None:
    """Remove what a run has left there."""
    for path in directory.glob(_PATTERN):
        path.unlink(missing_ok=True)


def gather(directory: Path) -> list[dict[str, Any]]:
    """The exchanges that all workers of a run wrote, as documents, in the order in which they were sent."""
    paths = sorted(directory.glob(_PATTERN))
    return sorted((document for path in paths for document in _lines(path)), key=started_unix)


def started_unix(document: Mapping[str, Any]) -> float:
    """When a recorded exchange was sent, in Unix seconds."""
    elapsed_s: float = document["answered_at"] - document["sent_at"]
    return float(document["answered_unix"]) - elapsed_s


def shortened(document: dict[str, Any]) -> dict[str, Any]:
    """The document of an exchange without a response body that is too long; `body_left_out` is its length."""
    response = document.get("response", {})
    for member, bytes_each in (("body", 1.0), ("body_base64", 0.75)):
        if len(response.get(member, "")) > LONGEST_BODY / bytes_each:
            response["body_left_out"] = int(len(response.pop(member)) * bytes_each)
    return document


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file; the last line of a killed worker may be cut off."""
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.endswith("\n"):
                yield json.loads(line)
