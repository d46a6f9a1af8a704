"""Output that the terminal's encoding cannot hold, and systems without POSIX modules: the exit code stays what it is."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from generations_contract.forms.console import plain, write_what_can_be_written

# A finder that knows no module of POSIX alone, as Python on Windows.
WITHOUT_POSIX = """
import sys
class Windows:
    def find_spec(self, name, path=None, target=None):
        if name in ("resource", "fcntl", "pwd", "grp", "termios", "uvloop"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Windows())
"""
OLD = {
    "type": "object",
    "properties": {"a": {"maxLength": 9, "description": "1–9 字"}},
    "enum": [{"a": "é😀"}],
}
NEW = {
    "type": "object",
    "properties": {"a": {"maxLength": 5, "description": "1–5 字"}},
    "enum": [{"a": "ü😀"}],
}


def ran(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command over two versions of a request schema, with these variables."""
    for name, schema in (("old", OLD), ("new", NEW)):
        text = json.dumps(schema, ensure_ascii=False)
        (folder / f"{name}-request.json").write_text(text, "utf-8")
    command = [sys.executable, "-m", "generations_contract.cli", *arguments]
    return subprocess.run(
        command, cwd=folder, env={**os.environ, **environment}, capture_output=True, check=False
    )


DIFF = ("diff", "old-request.json", "new-request.json")


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        *((encoding, "terminal") for encoding in ("cp932", "ascii", "latin-1", "utf-8", "ascii:strict")),
        *(("cp1252", form) for form in ("terminal", "markdown", "github", "junit")),
    ],
)
def test_output_is_replaced_where_it_cannot_be_written(tmp_path: Path, encoding: str, form: str) -> None:
    """Whatever the console's encoding is, a breaking change ends with 1, told, and without a traceback."""
    done = ran(tmp_path, *DIFF, "--format", form, PYTHONIOENCODING=encoding)
    assert (done.returncode, done.stderr) == (1, b"")
    assert b"request-enum-value-removed" in done.stdout
    done.stdout.decode(encoding.partition(":")[0])


@pytest.mark.parametrize("encoding", ["cp1252", "cp932", "ascii"])
def test_json_stays_json_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    """What the encoding lacks is escaped as JSON escapes it: a reader gets the same values."""
    done = ran(tmp_path, *DIFF, "--format", "json", PYTHONIOENCODING=encoding)
    told = json.loads(done.stdout.decode(encoding))
    witnesses = [each["breaks"]["senders"] for each in told["changes"] if "senders" in each["breaks"]]
    assert {"a": "é😀"} in witnesses


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (DIFF, 1),
        (("diff", "old-request.json", "old-request.json"), 0),
        (("clauses",), 0),
        (("faults",), 0),
        (("serve", "--help"), 0),
        (("diff", "none.json", "old-request.json"), 4),
    ],
)
def test_exit_code_is_the_same_without_posix(tmp_path: Path, arguments: tuple[str, ...], code: int) -> None:
    """No command needs a module that Windows has not."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_POSIX, "utf-8")
    done = ran(tmp_path, *arguments, PYTHONPATH=str(tmp_path))
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("character", "written"), [("→", "->"), ("✗", "x"), ("é", "\\u00e9"), ("😀", "\\ud83d\\ude00")]
)
def test_sign_has_a_plain_spelling(character: str, written: str) -> None:
    """Signs of ours are written as people write them, all else as JSON has it."""
    assert plain(character) == written


def test_stream_that_is_no_text_file_is_left_alone() -> None:
    """Whoever put something of their own in the place of standard output keeps it."""
    own = io.StringIO()
    write_what_can_be_written(own)
    own.write("→")
    assert own.getvalue() == "→"
