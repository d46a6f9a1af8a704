"""No key and no signature in anything that a run leaves behind, however hard the gateway tries."""

import base64
import os
import re
import subprocess
import sys

import pytest

from generations_contract.gateway.doors.profile import key_variables
from tests import ROOT
from tests.support.echoing import MARKED, OTHER, catalogue

# Probes that crash in the midst, with everything in their local variables, and one that fails.
CRASHING = '''
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch

@probe("lifecycle.not-found", depth="free")
def test_crash(target):
    """A probe with a mistake in it."""
    profile, step = target.profile, Fetch("gen_never", intent="unknown-id")
    raise RuntimeError(f"lost my way: {target} {profile} {step}")
    yield step

@probe("auth.invalid-key", "auth.scheme", depth="free")
def test_every_way_of_showing_it(target):
    """All wrong ways."""
    for credential in ("prefix", "half", "extension", "case", "basic", "token", "bare"):
        yield Create(target.request(wait=0), credential=credential)

@probe("response.schema", depth="quick")
def test_life(target):
    """A generation with its media URLs."""
    created = yield Create(target.request(wait=5))
    for _ in range(8):
        yield Fetch(created.generation_id, wait=1)
'''


@pytest.fixture(scope="module")
def left_behind(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Everything that a run against the echoing gateway wrote: files of the report, logs, both outputs."""
    directory = tmp_path_factory.mktemp("run")
    (directory / "test_errors.py").write_text(CRASHING)
    profile = directory / "target.toml"
    environment = {
        **os.environ,
        **key_variables(catalogue()),
        "PYTHONPATH": str(ROOT),
        "GITHUB_ACTIONS": "true",
    }
    environment.pop("PYTEST_XDIST_TESTRUNUID", None)
    command = [sys.executable, "-m", "tests.support.echoing", str(profile)]
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as gateway:
        assert gateway.stdout is not None
        assert gateway.stdout.readline() == "listening\n"
        try:
            # As talkative as pytest can be made: local variables, full traces, all logs, to file and live.
            options = ["--showlocals", "--tb=long", "-vv", "-rA", "--log-level=DEBUG", "-o", "log_cli=true"]
            files = [
                "--contract-report",
                "report",
                "--log-file=all.log",
                "--junitxml=pytest.xml",
                "--contract-memory=memory.json",
            ]
            ran = subprocess.run(
                [sys.executable, "-m", "pytest", "-p", "generations_contract.plugin", "-p", "no:locust", "test_errors.py",
                 "--contract-target", str(profile), "--contract-depth", "quick", *options, *files],
                cwd=directory, env=environment, capture_output=True, timeout=120, check=False,
            )  # fmt: skip
        finally:
            gateway.terminate()
    texts = {
        str(path.relative_to(directory)): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }
    return {**texts, "stdout": ran.stdout, "stderr": ran.stderr}


def test_secrets_run_was_one_that_could_leak(left_behind: dict[str, bytes]) -> None:
    """The run did provoke, crash, echo and write: otherwise there would be nothing to find."""
    out = left_behind["stdout"]
    for name in ("verdicts.json", "report.html", "traffic.har", "junit.xml", "summary.md"):
        assert len(left_behind[f"report/{name}"]) > 500
    assert b"lost my way" in out
    assert b"::error title=auth.key-never-echoed" in out
    assert (
        b"X-Caller" in left_behind["report/traffic.har"] or b"x-caller" in left_behind["report/traffic.har"]
    )
    assert b"$GATEWAY_API_KEY" in left_behind["report/traffic.har"]
    assert b"REDACTED-" in left_behind["report/traffic.har"]
    assert b'"generations"' in left_behind["memory.json"]


@pytest.mark.parametrize("key", [MARKED, OTHER], ids=["main", "other"])
def test_secrets_no_artefact_holds_a_key(left_behind: dict[str, bytes], key: str) -> None:
    """Not as it is, not percent-encoded, not in base64 at any alignment, not nearly, in any case."""
    inner = [base64.b64encode(b"\0" * offset + key.encode())[4:-4] for offset in range(3)]
    plain = [
        key,
        key[:-1],
        key[: len(key) // 2],
        key[3:],
        key.swapcase(),
        key.replace("_", "%5F"),
        key.replace("-", "%2D"),
    ]
    encoded = [
        "".join(f"%{byte:02X}" for byte in key.encode()),
        "".join(f"%{byte:02x}" for byte in key.encode()),
    ]
    wanted = [*(text.encode() for text in (*plain, *encoded)), *inner]
    found = {
        f"{name}: {spelling!r}"
        for name, content in left_behind.items()
        for spelling in wanted
        if spelling in content
    }
    assert found == set()


def test_secrets_no_artefact_holds_a_signature(left_behind: dict[str, bytes]) -> None:
    """The URLs that media are signed with are recorded without what makes them work."""
    signature = re.compile(rb"X-Amz-Signature=(?:[0-9a-f]{64})")
    assert {name for name, content in left_behind.items() if signature.search(content)} == set()
    assert b"Signature" not in left_behind["memory.json"]
