"""Where output cannot go, and proxies that cannot be used: one line, and an exit code that says nothing else."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from generations_contract.cli import main
from tests import ROOT

FAULTY = "audit tests/data/mitmproxy_faulty.har"
CHECK = "check --depth free --clause auth.scheme"


def run(command: str, **variables: str) -> tuple[int, str]:
    """(exit code of the command itself, what it said on stderr) of a shell line, GC standing for the console script."""
    line = command.replace("GC", f"{sys.executable} -m generations_contract.cli")
    environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        ["bash", "-c", f"{line}; exit ${{PIPESTATUS[0]}}"],
        cwd=ROOT, env=environment | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stderr


@pytest.mark.parametrize(
    ("command", "code"),
    [(f"GC {FAULTY} | head -1", 1), ("GC clauses --json | head -1", 0), (f"GC {CHECK} | head -1", 0),
     (f"GC {CHECK} --fault auth-bearer-optional-scheme | true", 4)],
)  # fmt: skip
def test_reader_who_has_left_changes_no_exit_code(command: str, code: int) -> None:
    """Behind `| head` a breach is still a breach, and a pass a pass; nothing is complained of."""
    found, told = run(command)
    assert found == code
    assert "Traceback" not in told
    assert "BrokenPipe" not in told


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is full")
@pytest.mark.parametrize("place", ["> /dev/full", ">&-"])
@pytest.mark.parametrize("command", [FAULTY, "clauses", "diff schemas schemas", CHECK])
def test_output_that_cannot_be_written_is_one_line(command: str, place: str) -> None:
    """A full or closed output ends with 4, whatever the verdict would have been."""
    found, told = run(f"GC {command} {place}")
    assert found == 4
    assert told.startswith("generations-contract: standard output ")
    assert told.count("\n") == 1


@pytest.mark.parametrize("place", ["file", "file/below", "/proc/nowhere/report"])
def test_report_that_cannot_be_written_is_one_line(
    place: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`audit --report` finds out before it judges, and names the place."""
    (tmp_path / "file").touch()
    report = str(tmp_path / place) if not place.startswith("/") else place
    assert main([*FAULTY.split(), "--report", report]) == 4
    [line] = capsys.readouterr().err.splitlines()
    assert f"--report {report}: cannot be written" in line


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (
            {"ALL_PROXY": "socks5://127.0.0.1:1080"},
            "ALL_PROXY=socks5://127.0.0.1:1080: SOCKS proxies are not supported",
        ),
        ({"https_proxy": "socks5h://u:s3cret@127.0.0.1:1080"}, "https_proxy=socks5h://127.0.0.1:1080: SOCKS"),
        ({"HTTP_PROXY": "htp://127.0.0.1:9"}, "HTTP_PROXY=htp://127.0.0.1:9: is no proxy"),
        ({"HTTP_PROXY": "http://127.0.0.1:port"}, "HTTP_PROXY=http://127.0.0.1:port: names no host and port"),
        ({"NO_PROXY": "localhost,[::1]"}, "NO_PROXY: [::1] is no host"),
        ({"HTTP_PROXY": "http://u:s3cret@127.0.0.1:9"}, "the proxy http://127.0.0.1:9 refuses"),
        ({"ALL_PROXY": "127.0.0.1:9"}, "the proxy 127.0.0.1:9 refuses"),
    ],
    ids=str,
)
def test_proxy_that_cannot_be_used_is_one_line(variables: dict[str, str], told: str) -> None:
    """The line names the variable, says what is wrong, and shows no password; the target is not blamed."""
    found, _ = run("true")
    command = f"GC {CHECK} --target http://gateway.example 2>&1 >/dev/null | tail -3 >&2"
    found, said = run(command, GATEWAY_API_KEY="a-key-of-nobody", **variables)
    assert found == 4
    assert told in said
    assert next(iter(variables)) in said
    assert "s3cret" not in said


def test_crash_ends_with_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What nobody foresaw ends with 70, never with a code that stands for a verdict."""

    def crash(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("generations_contract.catalogues.clauses", crash)
    assert main(["clauses"]) == 70
    assert "ZeroDivisionError" in capsys.readouterr().err
