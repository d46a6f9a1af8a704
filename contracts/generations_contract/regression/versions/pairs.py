"""`diff --pairs`: one containment verdict for every line of a file of schema pairs.

The question of a line is whether every document valid under `s1` is valid under `s2`. Each line is judged
in a worker process that is killed when its time is up or its memory is spent: no schema, however hostile,
stops the run. A line that is no pair gets the verdict `unsupported` like any other, and makes the run's
exit code 4.
"""

import json
import multiprocessing
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from generations_contract.api.documents import parsed
from generations_contract.api.process_limits import limit_memory
from generations_contract.containment.decide import UNDECIDED, UNSUPPORTED, Limits, Verdict, decide
from generations_contract.containment.values import Json

EXIT_OK: Final = 0
EXIT_USAGE: Final = 4
MEMORY_MAX_BYTES: Final = 3 << 30
RECURSION_MAX: Final = 6_000
# The worker stops by itself at its own limit; the parent gives it this much more before killing it.
GRACE_S: Final = 1.0


@dataclass(frozen=True)
class Pair:
    """One line: its id, its draft, both schemas; `problem` is set where the line is no pair."""

    id: Json
    draft: Json = None
    first: Json = None
    second: Json = None
    problem: str = ""


def read_pair(line: str, number: int) -> Pair:
    """The pair on a line of the file, numbered from 1."""
    try:
        data = parsed(line)
    except (ValueError, RecursionError) as broken:
        return Pair(None, problem=f"line {number} is no JSON: {str(broken)[:120]}")
    missing = [key for key in ("s1", "s2") if not isinstance(data, dict) or key not in data]
    if missing:
        return Pair(
            data.get("id") if isinstance(data, dict) else None,
            problem=f"line {number} needs an object with id, draft, s1 and s2; {missing[0]} is missing",
        )
    return Pair(data.get("id"), data.get("draft"), data["s1"], data["s2"])


def _serve(connection: Connection) -> None:
    """The worker: answers pairs until the parent hangs up."""
    sys.setrecursionlimit(RECURSION_MAX)
    limit_memory(MEMORY_MAX_BYTES)
    decide({"type": "string"}, {"minLength": 1})  # what is slow only once is not the first pair's fault
    connection.send(None)
    while (asked := connection.recv()) is not None:
        pair, formats, budget_ms = asked
        started = perf_counter()
        connection.send((_judge(pair, formats=formats, budget_ms=budget_ms), perf_counter() - started))


def _judge(pair: Pair, *, formats: bool, budget_ms: float) -> Verdict:
    limits = Limits(budget_ms)
    try:
        return decide(pair.first, pair.second, draft=pair.draft, formats=formats, limits=limits)
    except MemoryError:
        return Verdict(UNDECIDED, "out of memory")
    except RecursionError:
        return Verdict(UNSUPPORTED, "the schema is nested too deeply")
    except Exception as problem:  # the run goes on, and the record says that something is to be mended
        return Verdict(UNDECIDED, f"failed: {type(problem).__name__}: {str(problem)[:200]}")


class Worker:
    """A process that judges pairs; replaced when it has to be killed. A context manager."""

    def __init__(self, *, formats: bool, time_s: float, budget_ms: float = Limits.budget_ms) -> None:
        self.formats, self.time_s, self.budget_ms = formats, time_s, budget_ms
        self._process: Any = None
        self._connection: Connection | None = None

    def __enter__(self) -> "Worker":
        return self

    def __exit__(self, *_: object) -> None:
        self._stop()

    def _start(self) -> Connection:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        self._process.start()
        theirs.close()
        ours.recv()
        self._connection = ours
        return ours

    def _stop(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.join()
        if self._connection is not None:
            self._connection.close()
        self._process = self._connection = None

    def judge(self, pair: Pair) -> tuple[Verdict, float]:
        """The verdict on a pair, and the seconds it took."""
        connection = self._connection or self._start()
        started = perf_counter()
        try:
            connection.send((pair, self.formats, self.budget_ms))
            if connection.poll(self.time_s + GRACE_S):
                verdict, took_s = connection.recv()
                return verdict, took_s
            verdict = Verdict(UNDECIDED, f"stopped after {self.time_s + GRACE_S:g} s")
        except RecursionError:
            return Verdict(UNSUPPORTED, "the schema is nested too deeply"), perf_counter() - started
        except (EOFError, OSError):
            verdict = Verdict(UNDECIDED, "the process that judged this pair died")
        self._stop()
        return verdict, perf_counter() - started


def judged(
    lines: Iterable[str], *, formats: bool, time_s: float, budget_ms: float = Limits.budget_ms
) -> Iterator[dict[str, Json]]:
    """One record a line: `id`, `verdict`, `reason`, `time_ms`, and `witness` where not contained."""
    with Worker(formats=formats, time_s=time_s, budget_ms=budget_ms) as worker:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            pair = read_pair(line, number)
            verdict, took_s = (
                (Verdict(UNSUPPORTED, pair.problem), 0.0) if pair.problem else worker.judge(pair)
            )
            record = {"id": pair.id, "verdict": verdict.outcome, "reason": verdict.reason}
            if verdict.outcome == "not-contained":
                record["witness"] = verdict.witness
            yield (
                record | {"time_ms": round(took_s * 1000, 2)} | ({"malformed": True} if pair.problem else {})
            )


def run(path: Path, *, formats: bool, time_s: float, budget_ms: float = Limits.budget_ms) -> int:
    """Print the records of a file's pairs; 0, or 4 when some line is no pair. Raises `OSError`."""
    malformed = 0
    with path.open(encoding="utf-8", errors="surrogateescape") as lines:
        for record in judged(lines, formats=formats, time_s=time_s, budget_ms=budget_ms):
            malformed += bool(record.pop("malformed", False))
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()
    if malformed:
        sys.stderr.write(f"{path}: {malformed} line(s) are no pair: see their reasons\n")
    return EXIT_USAGE if malformed else EXIT_OK
