"""Walks the versions of a document that people really published: `python -m tests.histories PLACE [PATH]`.

PLACE is a folder whose files are the versions, in the order of their names; or a git directory (a work tree or a
bare one), and then PATH is the document in it, read at every commit that touched it, oldest first. `--last N` takes
the last N versions, `--every N` each Nth of them. A step is one version compared with the next, in a process of its
own, so that its memory is its own. Printed for each step: how many operations and component schemas differ, how many
edits of schemas were settled by proof or witness and how many were not, what breaks by rule, seconds of the processor and peak memory;
then sums. A step that ends with one line (what `diff` refuses) is refused, one with a traceback is a crash. Not a
test: documents are other people's, none is kept here.
"""

import argparse
import multiprocessing
import resource
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from generations_contract.api.usage import UsageError
from generations_contract.containment.values import compact
from generations_contract.regression.sources import load
from generations_contract.regression.verdicts.change import BREAKING, SAFE, UNDECIDED
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.versions.document import Contract
from generations_contract.regression.versions.grammar import METHODS

JUDGED = (BREAKING, SAFE, UNDECIDED)


@dataclass
class Step:
    """What came of comparing one version with the next."""

    operations: int = 0
    schemas: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    undecided: list[str] = field(default_factory=list)
    seconds: float = 0.0
    memory_mb: float = 0.0
    refused: str = ""
    crash: str = ""


def compared(old: Path, new: Path) -> Step:
    """One step, in this process."""
    step, started = Step(), time.process_time()
    try:
        before = load(str(old), excused=None)
        after = load(str(new), excused=None)
        found = review(before, after, formats=True).changes
        operations = [_operations(one) for one in (before, after)]
        step.operations, step.schemas = (
            _differing(*operations),
            _differing(before.components, after.components),
        )
        # Policy and wording are read, not proved.
        step.levels = Counter(
            one.level for one in found if one.level in JUDGED and not one.reason.startswith("no document")
        )
        step.rules = Counter(one.id for one in found if one.level == BREAKING)
        step.undecided = [
            f"{one.new_pointer or one.old_pointer}: {one.reason}" for one in found if one.level == UNDECIDED
        ]
    except UsageError as error:
        step.refused = str(error)
    except Exception:  # the walk goes on, and says so
        step.crash = traceback.format_exc()
    step.seconds = time.process_time() - started
    step.memory_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return step


def _operations(contract: Contract) -> dict[str, Any]:
    paths = (contract.openapi or {}).get("paths", {})
    return {
        f"{method} {path}": operation
        for path, item in paths.items()
        for method, operation in item.items()
        if method in METHODS
    }


def _differing(before: dict[str, Any], after: dict[str, Any]) -> int:
    return sum(1 for name in {*before, *after} if compact(before.get(name)) != compact(after.get(name)))


def versions(place: Path, path: str | None, folder: Path) -> Iterator[Path]:
    """The files of the versions, oldest first; those in git are written into a folder."""
    if path is None:
        yield from sorted(one for one in place.iterdir() if one.is_file())
        return
    listed = _git(place, "log", "--reverse", "--first-parent", "--format=%h", "--", path).decode().split()
    for number, revision in enumerate(listed):
        shown = subprocess.run(
            ["git", "-C", str(place), "show", f"{revision}:{path}"],
            capture_output=True,
            check=False,
        )
        if shown.returncode == 0:  # else it was deleted there
            file = folder / f"{number:04}-{revision}{Path(path).suffix}"
            file.write_bytes(shown.stdout)
            yield file


def _git(place: Path, *arguments: str) -> bytes:
    return subprocess.run(["git", "-C", str(place), *arguments], capture_output=True, check=True).stdout


def told(old: Path, new: Path, step: Step) -> str:
    """A step on a line, and what is wrong with it below."""
    if step.crash or step.refused:
        word, text = ("CRASH", step.crash) if step.crash else ("refused", step.refused[:200])
        return f"{old.stem} → {new.stem}: {word} after {step.seconds:.1f} s: {text}"
    rules = ", ".join(f"{name} {count}" for name, count in step.rules.most_common())
    line = (
        f"{old.stem} → {new.stem}: {step.operations} operations, {step.schemas} schemas; "
        f"{step.levels[BREAKING]} breaking, {step.levels[SAFE]} safe, {step.levels[UNDECIDED]} undecided; "
        f"{step.seconds:.1f} s, {step.memory_mb:.0f} MB" + (f"; {rules}" if rules else "")
    )
    return "\n".join([line, *(f"    undecided {one[:240]}" for one in step.undecided[:20])])


def summed(steps: Sequence[Step]) -> str:
    """The sums of all steps."""
    levels: Counter[str] = sum((one.levels for one in steps), Counter())
    rules: Counter[str] = sum((one.rules for one in steps), Counter())
    every = sum(levels.values())
    settled = 100 * (every - levels[UNDECIDED]) / every if every else 100.0
    return (
        f"{len(steps)} steps: {sum(bool(one.crash) for one in steps)} crashes, "
        f"{sum(bool(one.refused) for one in steps)} refused; {every} edits of schemas, {settled:.1f} % settled "
        f"({dict(levels)}); seconds: most {max((one.seconds for one in steps), default=0):.1f}, "
        f"sum {sum(one.seconds for one in steps):.0f}; memory: most {max((one.memory_mb for one in steps), default=0):.0f} MB\n"
        f"breaking by rule: {dict(rules.most_common())}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk and print; 1 where a step crashed."""
    parser = argparse.ArgumentParser(prog="python -m tests.histories", description=__doc__)
    parser.add_argument("place", type=Path, help="a folder of versions, or a git directory")
    parser.add_argument("path", nargs="?", help="in a git directory: the document")
    parser.add_argument("--last", type=int, metavar="N", help="only the last N versions")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="each Nth version")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        files = list(versions(options.place, options.path, Path(name)))[:: options.every]
        files = files[-options.last :] if options.last else files
        steps = []
        for old, new in pairwise(files):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                steps.append(pool.apply(compared, (old, new)))
            sys.stdout.write(told(old, new, steps[-1]) + "\n")
            sys.stdout.flush()
    sys.stdout.write(summed(steps) + "\n")
    return int(any(one.crash for one in steps))


if __name__ == "__main__":
    sys.exit(main())
