"""The repository as a whole: what stands at its top, what must never stand in it, and that all of it is tested."""

import ast
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.house.test_architecture import LAYERS, ROOT

TOP_LEVEL = {
    "pyproject.toml", "README.md", "LICENSE", "conftest.py", "schemas", "contracts", "loadtests", "tests",
    ".ci", ".github", ".gitignore", "requirements.lock",
}  # fmt: skip
# Parts of `contracts` that are tested under another name than `test_<part>*.py`.
TESTED_IN = {
    "vocabulary": "test_document.py",
    "clauses": "test_clauses_*.py",
    "collecting": "test_load_collecting.py",
    "embedded": "test_stage.py",
    "bounds": "test_hostile.py",
    "transport": "test_client.py",
    "proxies": "test_hostile.py",
    "codec": "test_recording.py",
    "files": "test_har.py",
    "recognition": "test_audit.py",
    "traffic": "test_har.py",
    "selection": "test_session.py",
    "probes": "test_probe.py",
    "mount": "test_fixture.py",
    "watching": "test_watch.py",
}
# Packages of which every module counts as a part; the others have tests by what they do.
ROOMS = ("wire", "run", "recordings")
# Tests that are about time on a wire must spend some; each waits for a moment, not for luck.
MAY_SLEEP = {
    "test_virtual_time.py",
    "bench_load.py",
    "browser_load.py",
    "long_load.py",
    "test_fixture.py",
    "test_gateway_safety.py",
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
    files = sorted((ROOT / "tests").glob("*.py"))
    return {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in files}


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


def _parts() -> list[str]:
    of_rooms = [path.stem for room in ROOMS for path in sorted((ROOT / "contracts" / room).glob("[!_]*.py"))]
    return [*(part for layer in LAYERS for part in layer if part not in ROOMS), *of_rooms]


@pytest.mark.parametrize("part", _parts())
def test_every_part_has_tests(part: str) -> None:
    """By its own name, or under the one that the table gives."""
    assert list((ROOT / "tests").glob(TESTED_IN.get(part, f"test_{part}*.py")))


def test_table_of_tests_names_what_exists() -> None:
    """A part that is gone, or that got tests of its own name, leaves the table."""
    assert TESTED_IN.keys() <= set(_parts())
    assert [part for part in TESTED_IN if (ROOT / "tests" / f"test_{part}.py").exists()] == []


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
    assert asleep <= MAY_SLEEP


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
