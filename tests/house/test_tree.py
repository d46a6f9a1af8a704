"""The repository as a whole: what stands at its top, what must never stand in it, and that all of it is tested."""

import ast
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests import ROOT
from tests.house.rooms import FOLDERS

TOP_LEVEL = {
    "pyproject.toml", "README.md", "LICENSE", "conftest.py", "schemas", "contracts", "loadtests", "tests",
    ".ci", ".github", ".gitignore", "requirements.lock",
}  # fmt: skip
# Where a room's tests stand, if not in a folder of its name; doors are modules, and have a file.
TESTED_IN = {
    "as_pytest": "forms/test_output.py",
    "audit": "recordings/test_audit.py",
    "catalogues": "house/test_cli.py",
    "cli": "house/test_cli.py",
    "explain": "document/test_explain.py",
    "options": "run/test_plugin.py",
    "plugin": "run/test_plugin.py",
    "probes": "scripts/test_probe.py",
}
# Tests that are about time on a wire must spend some; each waits for a moment, not for luck.
MAY_SLEEP = {
    # Clients, played as processes: between two tries they sleep, as clients do.
    "habits.py",
    "with_httpx.py",
    "with_requests.py",
    "with_urllib3.py",
    "test_virtual_time.py",
    "bench_load.py",
    "browser_load.py",
    "long_load.py",
    "test_fixture.py",
    "test_sleeps.py",
    "test_tap.py",
    "test_safety.py",
}


@cache
def _tracked() -> list[Path]:
    """Every file of the repository: what git tracks, or, without git, what stands in its directories."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return [ROOT / name for name in listed.stdout.split("\0") if name]
    return [path for name in TOP_LEVEL for path in [ROOT / name, *(ROOT / name).rglob("*")] if path.is_file()]


@cache
def _tests() -> dict[str, ast.Module]:
    files = sorted((ROOT / "tests").rglob("*.py"))
    return {
        path.relative_to(ROOT / "tests").as_posix(): ast.parse(path.read_text(encoding="utf-8"))
        for path in files
    }


def test_nothing_else_stands_at_the_top() -> None:
    """A fixed top level: whoever comes knows where to look."""
    assert {path.relative_to(ROOT).parts[0] for path in _tracked()} <= TOP_LEVEL


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    """Neither this checkout's path, nor the interpreter's, nor a private index of packages."""
    places = [ROOT, *([Path(sys.prefix)] if sys.prefix != sys.base_prefix else [])]
    private = {f"{path}/" for path in places if len(path.parts) > 2}
    # In two halves, because this file is read as well.
    private |= {"/ro" + "ot/", "/ho" + "me/", "/Us" + "ers/", "/wo" + "rk/"}
    private |= {"index" + "-url", "find" + "-links", "/simple" + "/"}
    found = {
        f"{path.relative_to(ROOT)}: {word}"
        for path in _tracked()
        if path.is_file()
        for word in private
        if word.encode() in path.read_bytes()
    }
    assert found == set()


ROOMS = sorted({folder.partition(".")[0] for folder in FOLDERS})


@pytest.mark.parametrize("room", ROOMS)
def test_every_room_has_tests(room: str) -> None:
    """In a folder of its own name, or where the table says."""
    place = ROOT / "tests" / TESTED_IN.get(room, room)
    assert place.is_file() if room in TESTED_IN else list(place.glob("test_*.py"))


def test_table_of_tests_names_what_exists() -> None:
    """A room that is gone, or that got tests of its own name, leaves the table."""
    assert TESTED_IN.keys() <= set(ROOMS)
    assert [room for room in TESTED_IN if (ROOT / "tests" / room).exists()] == []


def test_every_test_states_its_fact() -> None:
    """Each test function has a docstring, of one sentence or more, that says what it holds."""
    wordless = [
        f"{name}:{node.lineno} {node.name}"
        for name, tree in _tests().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and node.name.startswith("test_")
        and not (ast.get_docstring(node) or "").strip().endswith((".", "?", "!"))
    ]
    assert wordless == []


def test_no_test_replaces_our_own_code() -> None:
    """What is tested is what runs: no mock library is imported."""
    mocked = [
        name
        for name, tree in _tests().items()
        for node in ast.walk(tree)
        if (isinstance(node, ast.Import) and any("mock" in alias.name for alias in node.names))
        or (isinstance(node, ast.ImportFrom) and "mock" in str(node.module))
    ]
    assert mocked == []


def test_no_test_sleeps() -> None:
    """Time is virtual, or a moment is waited for: `time.sleep` is neither."""
    asleep = {
        name
        for name, tree in _tests().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("time.sleep", "sleep")
    }
    assert {Path(name).name for name in asleep} <= MAY_SLEEP


def test_no_test_is_skipped_in_silence() -> None:
    """No test is expected to fail, and none is skipped without a condition and its reason."""
    marks = ("pytest.mark.skip", "pytest.mark.xfail")
    skipped = [
        f"{name}:{node.lineno}"
        for name, tree in _tests().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and ast.unparse(node) in marks
    ]
    assert skipped == []
