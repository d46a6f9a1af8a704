"""`--contract-memory` on a gateway on a socket: two runs, one file, and what is wrong with a file is one line."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.run.runs import PROBES_OF_A_RUN, Run
from tests.support.stages import served

pytest_plugins = ["pytester", "tests.run.runs"]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A served gateway, with all its accounts: the environment that its profile needs, and the profile's path."""
    directory = tmp_path_factory.mktemp("gateway")
    with served(directory) as target:
        keys = {target.variables[label]: key for label, key in target.keys.items()}
        yield {**keys, "profile": str(directory / "served.toml")}


@pytest.fixture
def profile(gateway: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """The profile, its keys at hand."""
    for variable, value in gateway.items():
        if variable != "profile":
            monkeypatch.setenv(variable, value)
    return gateway["profile"]


def test_second_run_looks_at_what_the_first_has_made(
    run: Run, profile: str, gateway: dict[str, str], tmp_path: Path
) -> None:
    """Both pass; the second says how many it asked for, and the file holds neither key nor signature."""
    memory = tmp_path / "cache" / "memory.json"
    options = ("--contract-target", profile, "--contract-memory", str(memory))
    first, _ = run(PROBES_OF_A_RUN, *options)
    assert first.ret == 0
    made = json.loads(memory.read_text())["generations"]
    assert len(made) == 2
    second, report = run(PROBES_OF_A_RUN, *options)
    assert second.ret == 0
    second.stdout.fnmatch_lines(
        ["*note: lifecycle.resumable: 2 generations of earlier runs fetched again, the oldest after 0 min"]
    )
    (clause,) = [each for each in report["clauses"] if each["id"] == "lifecycle.resumable"]
    assert (clause["state"], clause["broken"]) == ("held", 0)
    text = memory.read_text()
    assert len(json.loads(text)["generations"]) == 4
    secrets = [value for name, value in gateway.items() if name != "profile"]
    assert [each for each in (*secrets, "Signature", "REDACTED", "take ", "lighthouse") if each in text] == []


@pytest.mark.parametrize(
    ("content", "code", "line"),
    [
        ('{"format": 1, "target": "other.test"}', 4, "*memory.json: is about other.test, and this run is about 127.0.0.1:*; give each a file"),
        ("{", 0, "--memory *memory.json: is damaged; it was set aside as memory.json.damaged, and a new one is begun"),
    ],
)  # fmt: skip
def test_file_that_cannot_be_used_is_one_line(
    run: Run, profile: str, tmp_path: Path, content: str, code: int, line: str
) -> None:
    """Another target's ends the run before it begins, and a damaged one does not."""
    memory = tmp_path / "memory.json"
    memory.write_text(content)
    options = ("--contract-target", profile, "--contract-memory", str(memory), "--contract-depth", "free")
    result, _ = run(PROBES_OF_A_RUN, *options)
    assert result.ret == code
    (result.stderr if code else result.stdout).fnmatch_lines([f"*{line}"])
    assert "Traceback" not in result.stdout.str() + result.stderr.str()


def test_parallel_workers_leave_one_memory(run: Run, profile: str, tmp_path: Path) -> None:
    """Both workers write what they made; the past is asked for once."""
    memory = tmp_path / "memory.json"
    options = ("--contract-target", profile, "--contract-memory", str(memory))
    run(PROBES_OF_A_RUN, *options)
    result, report = run(PROBES_OF_A_RUN, *options, "-n", "2")
    assert result.ret == 0
    (clause,) = [each for each in report["clauses"] if each["id"] == "lifecycle.resumable"]
    assert [note.partition(",")[0] for note in clause["notes"]] == [
        "lifecycle.resumable: 2 generations of earlier runs fetched again"
    ]
    assert len(json.loads(memory.read_text())["generations"]) == 4


def test_embedded_run_says_that_it_has_no_past(run: Run, tmp_path: Path) -> None:
    """A line, and nothing is written."""
    memory = tmp_path / "memory.json"
    result, _ = run(PROBES_OF_A_RUN, "--contract-memory", str(memory), "--contract-depth", "free")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        ["--memory is for live targets: the embedded gateway begins anew with each run"]
    )
    assert not memory.exists()
