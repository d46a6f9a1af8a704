"""A team with a document of its own, in a repository of its own: every command means the working folder."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generations_contract.cli import main
from generations_contract.regression.sources import home
from generations_contract.regression.versions.openapi import document
from tests.regression.jobs_document import jobs
from tests.regression.test_drift import har_of

SIZE = "/components/schemas/NewJob/properties/size/maximum"
NAMES = ["openapi.yaml", "openapi.json", "api/jobs.yaml", "api/jobs.json", "schemas/openapi.yaml"]


@pytest.fixture(params=NAMES)
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a document, which is the working folder; the document's path in it."""
    monkeypatch.chdir(tmp_path)
    path = Path(request.param)
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(jobs()), "utf-8")
    return path


def named(place: Path) -> list[str]:
    """How the document is named to a command: not at all where it is found."""
    return [] if place.parent.name in ("", "schemas") else ["--schemas", str(place)]


def test_document_is_released_beside_itself(place: Path) -> None:
    """`publish` copies the document, and `diff`, `publish --check` and the next release go by that copy."""
    assert main(["publish", "--date", "2026-05-01", *named(place)]) == 0
    release = place.parent / "published" / "2026-05-01"
    kept = "openapi.json" if place.suffix == ".json" else "openapi.yaml"
    assert {path.name for path in release.iterdir()} == {kept, "release.json"}
    assert (release / kept).read_bytes() == place.read_bytes()
    compared = [str(place)] if named(place) else []
    assert main(["diff", *compared]) == 0
    assert main(["publish", "--date", "2026-06-01", *named(place)]) == 4
    place.write_text(json.dumps(jobs({SIZE: 4})), "utf-8")
    assert main(["diff", *compared]) == 1
    assert main(["publish", "--date", "2026-06-01", *named(place)]) == 4
    assert main(["publish", "--date", "2026-06-01", "--step", "major", *named(place)]) == 0
    notes = json.loads((place.parent / "published" / "2026-06-01" / "release.json").read_text("utf-8"))
    assert (notes["version"], notes["after"]) == ("2.0.0", "2026-05-01")
    assert main(["publish", "--check", *named(place)]) == 0
    (release / kept).write_text(json.dumps(jobs({SIZE: 3})), "utf-8")
    assert main(["publish", "--check", *named(place)]) == 1


def test_nothing_of_the_suite_is_touched(place: Path) -> None:
    """What is released here changes no file of the suite."""
    before = {path: path.read_bytes() for path in home().rglob("*") if path.is_file()}
    assert main(["publish", "--date", "2027-05-01", *named(place)]) == 0
    assert {path: path.read_bytes() for path in home().rglob("*") if path.is_file()} == before


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["diff"], "here is neither schemas/ nor openapi.yaml"),
        (["publish", "--date", "2026-05-01"], "here is neither schemas/ nor openapi.yaml"),
        (["publish", "--check"], "here is neither schemas/ nor openapi.yaml"),
        (["openapi"], "name it with --schemas DIR, or write the suite's own document with --out FILE"),
        (["openapi", "--check"], "name it with --schemas DIR"),
        (["openapi", "--schemas", "."], "No such file or directory"),
        (["publish", "--date", "2026-05-01", "--schemas", "none.yaml"], "No such file or directory"),
    ],
)
def test_empty_folder_is_one_line(
    command: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Where there is no contract, the line says how to name one; nothing is written."""
    monkeypatch.chdir(tmp_path)
    assert main(command) == 4
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_document_without_a_release_is_compared_with_nobody_elses(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`diff` alone says that there is no release; it does not take the suite's own contract for it."""
    if named(place):
        return
    assert main(["diff"]) == 4
    assert "has no release to compare with" in capsys.readouterr().err


def test_suites_own_document_is_written_where_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`openapi --out FILE` needs no schemas here."""
    monkeypatch.chdir(tmp_path)
    assert main(["openapi", "--out", "gateway.yaml"]) == 0
    assert main(["diff", "gateway.yaml", str(home() / "openapi.yaml")]) == 0


@pytest.mark.parametrize("command", [["openapi"], ["publish", "--date", "2027-05-01"]])
def test_installed_package_is_never_written_to(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Schemas that stand in site-packages are refused in one line, however they are named."""
    installed = tmp_path / "lib" / "site-packages" / "generations_contract" / "_schemas"
    shutil.copytree(home(), installed)
    before = sorted(installed.rglob("*"))
    assert main([*command, "--schemas", str(installed)]) == 4
    assert "stands in an installed package" in capsys.readouterr().err
    assert sorted(installed.rglob("*")) == before


def test_answers_are_judged_by_the_operations_of_this_resource(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`drift` goes by the generation's own answers, whatever else the document describes, and wherever it is served."""
    monkeypatch.chdir(tmp_path)
    whole = json.loads(json.dumps(document()))
    content = {"application/json": {"schema": {"type": "object", "required": ["healthy"]}}}
    health = {
        "get": {"responses": {status: {"description": "-", "content": content} for status in ("200", "503")}}
    }
    whole["paths"] = {"/health": health} | {f"/api{path}": item for path, item in whole["paths"].items()}
    Path("openapi.json").write_text(json.dumps(whole), "utf-8")
    traffic = str(har_of(tmp_path))
    assert main(["drift", "--har", traffic, "--contract", "openapi.json"]) == 0
    assert "0 breaking" in capsys.readouterr().out
    Path("jobs.json").write_text(json.dumps(jobs()), "utf-8")
    assert main(["drift", "--har", traffic, "--contract", "jobs.json"]) == 4
    assert "describes no POST /v1/generations" in capsys.readouterr().err


def _bare(value: Any) -> Any:
    """A document as teams write it: no examples, no annotations of ours, nothing said of which states are an end."""
    if isinstance(value, list):
        return [_bare(each) for each in value]
    if not isinstance(value, dict):
        return value
    left_out = {"x-contract", "examples", "example", "allOf", "x-lifecycle", "x-error-codes", "links"}
    return {key: _bare(inner) for key, inner in value.items() if key not in left_out}


def test_gateway_is_judged_by_a_document_of_ones_own(tmp_path: Path) -> None:
    """`check --schemas` plays and judges by a plain document: the embedded gateway keeps it, and nothing crashes."""
    (tmp_path / "openapi.json").write_text(json.dumps(_bare(json.loads(json.dumps(document())))), "utf-8")
    command = [
        sys.executable,
        "-m",
        "generations_contract.cli",
        "check",
        "--schemas",
        "openapi.json",
        "--depth",
        "free",
    ]
    done = subprocess.run(
        [*command, "--", "-q", "-k", "random_violations or test_auth or field_types"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-1000:]
    assert " 0 broken, 0 unmet" in done.stdout
