"""Runs by a team's own version of the schemas, each in a process of its own: every door, and what it says."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from generations_contract.api.schema_files import NAMES, RESPONSE, SUFFIX, own_directory
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.recordings.codec import to_dict
from generations_contract.regression.drift_command import play
from tests.support.stages import ROOT, virtual

PROBES = """
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create

@probe("response.schema", cases={"a": 1, "b": 2})
def test_life(target, _):
    yield Create(target.request(wait=60))
"""
PYTEST = (
    sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:locust",
    "--contract-stage", "direct", "--contract-report", "report",
)  # fmt: skip
CLI = (sys.executable, "-m", "generations_contract.cli")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a probe, and `team`: a copy of the schemas that wants a region of every generation."""
    (tmp_path / "test_wait.py").write_text(PROBES, encoding="utf-8")
    (tmp_path / "team").mkdir()
    for name in NAMES:
        shutil.copy(own_directory() / f"{name}{SUFFIX}", tmp_path / "team")
    edit(tmp_path / "team" / f"{RESPONSE}{SUFFIX}")
    return tmp_path


def edit(path: Path) -> None:
    """Let the schema of answers want a region."""
    text = path.read_text("utf-8")
    path.write_text(
        text.replace('"required": [\n    "id",', '"required": [\n    "region",\n    "id",', 1), "utf-8"
    )


def ran(folder: Path, *command: str) -> tuple[int, str]:
    """Exit code and output of a command."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    for name in ("PYTEST_XDIST_TESTRUNUID", "PYTEST_XDIST_WORKER", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    done = subprocess.run(
        command, cwd=folder, env=environment, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.returncode, done.stdout


def verdicts(folder: Path) -> tuple[dict[str, object], str]:
    """By which schemas `verdicts.json` says that the run judged, and the state of the clause about answers."""
    content = json.loads((folder / "report" / "verdicts.json").read_text("utf-8"))
    return content["schemas"], next(c["state"] for c in content["clauses"] if c["id"] == "response.schema")


@pytest.mark.parametrize("more", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_run_judges_by_the_schemas_it_is_given(place: Path, more: tuple[str, ...]) -> None:
    """What the edited schema refuses is broken, parallel workers follow, and terminal and report say by what."""
    code, output = ran(place, *PYTEST, "--contract-schemas", "team", *more)
    assert code == 1, output
    assert "region" in output
    assert "depth deep, seed 0, schemas team =" in output
    assert "generations contract: schemas team (sha256 " in output
    found, state = verdicts(place)
    assert (found["source"], state) == ("team", "broken")
    assert "schemas team (sha256" in (place / "report" / "report.html").read_text("utf-8")
    assert "schemas: <code>team</code> (sha256 " in (place / "report" / "summary.md").read_text("utf-8")


def test_run_by_the_suites_own_schemas_says_so(place: Path) -> None:
    """Without a word about schemas nothing is broken, and the report says that they were the suite's own."""
    code, output = ran(place, *PYTEST)
    assert (code, "schemas" in output.splitlines()[-1]) == (0, False), output
    found, state = verdicts(place)
    assert (found["source"], found["notes"], state) == ("the suite's own", [], "held")


def test_run_takes_an_openapi_document(place: Path) -> None:
    """In the place of the files; what it lacks is said once."""
    text = (own_directory() / "openapi.yaml").read_text("utf-8").replace("x-contract", "x-somebodys")
    text = text.replace("      - id\n      - object\n", "      - region\n      - id\n      - object\n", 1)
    (place / "openapi.yaml").write_text(text, "utf-8")
    code, output = ran(place, *PYTEST, "--contract-schemas", "openapi.yaml")
    assert code == 1, output
    note = "openapi.yaml has no x-contract.codes: the statuses of error codes are the suite's own"
    assert output.count(note) == 1
    found, state = verdicts(place)
    assert (found["source"], found["notes"], state) == ("openapi.yaml", [note], "broken")


def test_whole_suite_holds_by_its_own_openapi_document(place: Path) -> None:
    """`check` from anywhere, by the document: what is no matter of the request is held as ever."""
    command = (*CLI, "check", "--schemas", str(own_directory() / "openapi.yaml"), "--stage", "direct", "--")
    code, output = ran(place, *command, "-q", "-k", "test_auth or test_media")
    assert code == 0, output
    assert "0 broken" in output


REFUSED = {
    "missing": (lambda team: (team / f"error{SUFFIX}").unlink(), f"team: holds no error{SUFFIX}; the four belong together"),
    "syntax": (lambda team: (team / f"error{SUFFIX}").write_text("{\n"), f"team/error{SUFFIX}: is no JSON: "),
    "format": (
        lambda team: replaced(team / f"media-artifact{SUFFIX}", '"iri"', '"url"'),
        "team: media-artifact#/properties/url/format: 'url' is not known; known: ",
    ),
    "misspelt annotation": (
        lambda team: replaced(team / f"generation-request{SUFFIX}", '"ignored"', '"ignore"'),
        "team: generation-request#/properties/n/x-contract: Additional properties are not allowed",
    ),
    "unknown clause": (
        lambda team: replaced(team / f"generation-request{SUFFIX}", '"request.n-range"', '"request.n-rang"'),
        "team: generation-request#/properties/n/x-contract: there is no clause 'request.n-rang'; did you mean",
    ),
    "keyword of requests": (
        lambda team: replaced(team / f"generation-request{SUFFIX}", '"maximum": 10,', '"maximum": 10, "not": {"const": 7},'),
        "team: generation-request#/properties/n: the suite cannot make requests of the keyword 'not'",
    ),
}  # fmt: skip


def replaced(path: Path, old: str, new: str) -> None:
    """Another text in a file."""
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")


@pytest.mark.parametrize("name", REFUSED)
def test_version_that_cannot_be_used_ends_the_run(place: Path, name: str) -> None:
    """One line that names what to change, exit code 4, no traceback; nothing is played."""
    change, message = REFUSED[name]
    change(place / "team")
    code, output = ran(place, *PYTEST, "--contract-schemas", "team")
    lines = [line for line in output.splitlines() if line]
    assert (code, len(lines)) == (4, 1), output
    assert message in lines[0]


@pytest.fixture
def recording(place: Path) -> Path:
    """A recording of one generation of the reference gateway, and of requests that it refused."""
    made, _ = play(embedded.target(), virtual(), Budget())
    path = place / "exchanges.jsonl"
    path.write_text("\n".join(json.dumps(to_dict(exchange)) for _, exchange in made.exchanges), "utf-8")
    return path


PROFILE = '[target]\nbase_url = "https://gateway.test"\nschemas = "team"\n[models]\nimage = "flux-1.1-pro"\n'


def test_audit_and_drift_judge_by_them_too(place: Path, recording: Path) -> None:
    """By the option under both of its names, or the profile; and say so."""
    code, output = ran(place, *CLI, "audit", recording.name)
    assert (code, "schemas" in output) == (0, False), output
    (place / "profile.toml").write_text(PROFILE, "utf-8")
    for option in (("--schemas", "team"), ("--contract-schemas=team",), ("--target", "profile.toml")):
        code, output = ran(place, *CLI, "audit", recording.name, *option)
        assert code == 1, output
        assert "exchanges judged by the schemas team" in output
    code, output = ran(place, *CLI, "drift", "--har", recording.name)
    assert code == 0, output
    code, output = ran(place, *CLI, "drift", "--har", recording.name, "--schemas", "team")
    assert code == 1, output
    assert "region" in output
    code, output = ran(place, *CLI, "audit", recording.name, "--schemas", "none")
    assert (code, output.count("\n")) == (4, 1)
    assert "none: no such directory or file; name a directory with the four schemas" in output


def test_load_judges_by_them_too(place: Path) -> None:
    """A short load run counts what the edited schema refuses, its gateway in a process of its own; and says so."""
    options = ("--users", "3", "--rate", "3", "--time", "10s", "--wait", "1", "--load-report", "load")
    code, output = ran(place, *CLI, "load", "--schemas", "team", *options)
    assert code == 1, output
    assert "load: schemas team (sha256 " in output
    content = json.loads((place / "load" / "load.json").read_text("utf-8"))
    assert content["run"]["schemas"].startswith("team (sha256 ")
    assert content["contract"]["breaches"]["response.schema"]


def test_load_ends_where_they_cannot_be_used(place: Path) -> None:
    """One line and exit code 4, from the profile too."""
    (place / "profile.toml").write_text(PROFILE.replace('"team"', '"none"'), "utf-8")
    code, output = ran(place, *CLI, "load", "--target", "profile.toml", "--time", "3s")
    assert (code, output.count("\n")) == (4, 1), output
    assert output.startswith("load: ")
    assert "none: no such directory or file" in output
