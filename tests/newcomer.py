"""How a newcomer's edit feels: five small edits on a copy of the tree, the files that each takes, the tests after it.

`python -m tests.newcomer [NAME ...]` prints a row for each edit, and ends with 1 where one takes more files than
it may or leaves a test red. An edit is literal text (`tests.newcomer_edits`); what it generates counts as touched.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests import ROOT

# What a copy is made of: everything that the packages and the tests read.
PARTS = ("contracts", "loadtests", "schemas", "tests", "conftest.py", "pyproject.toml", "README.md")
NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*_cache", "*.har")
PROCESSES = 2

Command = tuple[str, ...]


@dataclass(frozen=True)
class Patch:
    """In the file at `path`, `old` becomes `new`; without `old` the file is new, or `new` comes at its end."""

    path: str
    new: str
    old: str = ""

    def apply(self, tree: Path) -> None:
        """Edit the file; raises `ValueError` where `old` does not stand in it exactly once."""
        file = tree / self.path
        before = file.read_text("utf-8") if file.exists() else ""
        if not self.old:
            file.write_text(before + self.new, "utf-8")
        elif before.count(self.old) != 1:
            raise ValueError(f"{self.path}: {self.old!r} stands there {before.count(self.old)} times")
        else:
            file.write_text(before.replace(self.old, self.new), "utf-8")


@dataclass(frozen=True)
class Edit:
    """One edit: at most `limit` files, `generates` run before they are counted, `checks` afterwards.

    Commands are what follows the interpreter. `shows`: words that the checks must print, so that an edit which
    nothing takes notice of is no success.
    """

    name: str
    limit: int
    patches: tuple[Patch, ...]
    checks: tuple[Command, ...]
    generates: tuple[Command, ...] = ()
    shows: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outcome:
    """What came of an edit: the files touched, and what is wrong."""

    edit: Edit
    touched: tuple[str, ...]
    red: tuple[str, ...]

    def complaints(self) -> Iterator[str]:
        """Yield what is wrong, a line or a command's output each."""
        if len(self.touched) > self.edit.limit:
            yield f"{self.edit.name}: {len(self.touched)} files, at most {self.edit.limit}: {self.touched}"
        yield from (f"{self.edit.name}: {told}" for told in self.red)


def _run(tree: Path, command: Command) -> "subprocess.CompletedProcess[str]":
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PYTHONPATH"] = os.pathsep.join(map(str, (tree / "contracts", tree / "loadtests", tree)))
    environment["PYTHONDONTWRITEBYTECODE"] = "1"
    return subprocess.run(
        [sys.executable, *command], cwd=tree, env=environment, capture_output=True, text=True, check=False
    )


def _touched(tree: Path) -> Iterator[str]:
    """The files of the copy that differ from this tree's, or are new."""
    for path in sorted(tree.rglob("*")):
        name = path.relative_to(tree)
        if path.is_file() and "__pycache__" not in name.parts:
            original = ROOT / name
            if not original.exists() or original.read_bytes() != path.read_bytes():
                yield str(name)


def perform(edit: Edit) -> Outcome:
    """Make the edit on a copy of the tree, count its files, run its checks."""
    with tempfile.TemporaryDirectory() as directory:
        tree = Path(directory) / "tree"
        for part in PARTS:
            if (ROOT / part).is_dir():
                shutil.copytree(ROOT / part, tree / part, ignore=NOT_COPIED)
            else:
                shutil.copy(ROOT / part, tree / part)
        for patch in edit.patches:
            patch.apply(tree)
        ran = [_run(tree, command) for command in edit.generates]
        touched = tuple(_touched(tree))
        ran += [_run(tree, command) for command in edit.checks]
    told = "".join(one.stdout for one in ran)
    red = [
        f"{' '.join(one.args[1:])}\n{one.stdout[-3000:]}{one.stderr[-3000:]}" for one in ran if one.returncode
    ]
    red += [f"nothing says {words!r}" for words in edit.shows if words not in told]
    return Outcome(edit, touched, tuple(red))


def perform_all(edits: Sequence[Edit]) -> list[Outcome]:
    """Perform the edits, two at a time."""
    with ThreadPoolExecutor(PROCESSES) as pool:
        return list(pool.map(perform, edits))


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'edit':<28}{'files':>6}{'limit':>7}  tests"
    for outcome in outcomes:
        edit = outcome.edit
        state = "red" if outcome.red else "green"
        yield f"{edit.name:<28}{len(outcome.touched):>6}{edit.limit:>7}  {state}"
        yield from (f"    {path}" for path in outcome.touched)


def main(arguments: Sequence[str] | None = None) -> int:
    """Perform the edits named (all where none is), and print the table; 0 where nothing is wrong."""
    from tests.newcomer_edits import EDITS

    names = sys.argv[1:] if arguments is None else arguments
    if unknown := set(names) - EDITS.keys():
        sys.stderr.write(f"no such edit: {', '.join(sorted(unknown))}; there are {', '.join(EDITS)}\n")
        return 2
    outcomes = perform_all([EDITS[name] for name in names or EDITS])
    complaints = [told for outcome in outcomes for told in outcome.complaints()]
    sys.stdout.write("\n".join([*table(outcomes), *complaints]) + "\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
