"""Releases of the contract: one command makes them, a breaking one needs a major step, and their chain stays judged."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api import schema as schemas
from generations_contract.cli import main
from generations_contract.regression.publish import STEPS, complaints, stepped
from generations_contract.regression.sources import home, load
from generations_contract.regression.verdicts.review import review
from generations_contract.regression.versions import openapi
from generations_contract.regression.versions.releases import releases, version_of

RELEASES = releases(home())
REQUEST = f"{schemas.REQUEST}{schemas.SUFFIX}"


def test_contract_has_been_published() -> None:
    """There is a release to compare with by default."""
    assert RELEASES


def test_chain_of_releases_steps_as_far_as_it_must() -> None:
    """Each release's version is at least the step that its changes ask for, and no release was edited."""
    assert complaints(home()) == []
    assert main(["publish", "--check"]) == 0


def test_working_contract_breaks_nothing_released() -> None:
    """What stands in schemas/ can be released without a major step; a break is published with one."""
    found = review(load(str(RELEASES[-1])), load(str(home())), formats=True)
    assert found.counted("breaking") == []
    assert found.counted("undecided") == []


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the project's schemas with one release."""
    for name in schemas.NAMES:
        shutil.copy(home() / f"{name}{schemas.SUFFIX}", tmp_path)
    openapi.write(tmp_path)
    assert publish(tmp_path, "2026-05-01") == 0
    return tmp_path


def publish(folder: Path, date: str, *options: str) -> int:
    """The command's exit code."""
    return main(["publish", "--schemas", str(folder), "--date", date, *options])


def edit(folder: Path, pointer: list[str], value: Any) -> None:
    """Change the request schema, and generate again."""
    path = folder / REQUEST
    whole = schema = json.loads(path.read_text("utf-8"))
    for key in pointer[:-1]:
        schema = schema[key]
    schema[pointer[-1]] = value
    path.write_text(json.dumps(whole), "utf-8")
    openapi.write(folder)


def version(folder: Path, date: str) -> str:
    """The version of a release."""
    return version_of(folder / "published" / date)


def test_first_release_is_1_0_0(folder: Path) -> None:
    """The first release is a copy of the schemas and the document, with its version."""
    release = folder / "published" / "2026-05-01"
    names = {f"{name}{schemas.SUFFIX}" for name in schemas.NAMES} | {"openapi.yaml", "release.json"}
    assert {path.name for path in release.iterdir()} == names
    assert version(folder, "2026-05-01") == "1.0.0"


def test_widening_is_released_as_minor(folder: Path) -> None:
    """A change that breaks nobody steps the minor version by itself."""
    edit(folder, ["properties", "n", "maximum"], 20)
    assert publish(folder, "2026-06-01") == 0
    assert version(folder, "2026-06-01") == "1.1.0"


def test_wording_is_released_as_patch(folder: Path) -> None:
    """A change of a description steps the patch version."""
    edit(folder, ["properties", "n", "description"], "How many.")
    assert publish(folder, "2026-06-01") == 0
    assert version(folder, "2026-06-01") == "1.0.1"


def test_breaking_release_needs_a_major_step(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A lowered limit is refused with the change that asks for it, and released with --step major."""
    edit(folder, ["properties", "n", "maximum"], 4)
    assert publish(folder, "2026-06-01") == 4
    assert "request-maximum-lowered" in capsys.readouterr().err
    assert publish(folder, "2026-06-01", "--step", "minor") == 4
    assert publish(folder, "2026-06-01", "--step", "major") == 0
    assert version(folder, "2026-06-01") == "2.0.0"


def test_chain_that_does_not_hold_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A release called minor that breaks, and a release edited afterwards, are found by the check."""
    edit(folder, ["properties", "n", "maximum"], 4)
    assert publish(folder, "2026-06-01", "--step", "major") == 0
    assert main(["publish", "--check", "--schemas", str(folder)]) == 0
    notes = folder / "published" / "2026-06-01" / "release.json"
    notes.write_text(notes.read_text("utf-8").replace('"2.0.0"', '"1.1.0"'), "utf-8")
    assert complaints(folder) == ["2026-06-01: is 1.1.0, but its changes ask for a major step, 2.0.0"]
    first = folder / "published" / "2026-05-01" / REQUEST
    first.write_text(first.read_text("utf-8").replace("8000", "4000"), "utf-8")
    capsys.readouterr()
    assert main(["publish", "--check", "--schemas", str(folder)]) == 1
    assert f"2026-05-01: {REQUEST} was edited after its release" in capsys.readouterr().out


def test_release_says_its_version_in_its_document(folder: Path) -> None:
    """The OpenAPI document of a release, and the working one after it, have the version that was released."""
    edit(folder, ["properties", "n", "maximum"], 20)
    assert publish(folder, "2026-06-01") == 0
    for path in (folder / "published" / "2026-06-01", folder):
        assert load(str(path)).files["openapi.yaml"]["info"]["version"] == "1.1.0"
    assert main(["openapi", "--check", "--schemas", str(folder)]) == 0


def test_release_names_the_one_before_by_its_date(folder: Path) -> None:
    """No path of the machine that released is kept."""
    edit(folder, ["properties", "n", "maximum"], 20)
    assert publish(folder, "2026-06-01") == 0
    text = (folder / "published" / "2026-06-01" / "release.json").read_text("utf-8")
    assert json.loads(text)["after"] == "2026-05-01"
    assert str(folder) not in text


def test_rewriting_is_released_as_patch(folder: Path) -> None:
    """Schemas in other words that say the same are released, though no reader can tell."""
    edit(folder, ["$defs", "fields"], json.loads((folder / REQUEST).read_text("utf-8"))["$defs"]["input"])
    edit(folder, ["properties", "input"], {"$ref": "#/$defs/fields"})
    whole = json.loads((folder / REQUEST).read_text("utf-8"))
    del whole["$defs"]["input"]
    (folder / REQUEST).write_text(json.dumps(whole), "utf-8")
    openapi.write(folder)
    assert publish(folder, "2026-06-01") == 0
    assert version(folder, "2026-06-01") == "1.0.1"


def test_release_of_a_missing_directory_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is not there is named, not called stale."""
    assert publish(tmp_path / "none", "2026-06-01") == 4
    assert "No such file" in capsys.readouterr().err


@pytest.mark.parametrize(
    "date", ["2026-05-01", "2025-12-31", "tomorrow", "2026-6-1", "2026-13-45", "2027-02-29"]
)
def test_release_date_comes_after_the_latest(folder: Path, date: str) -> None:
    """A date that is none, or not after the latest release, is refused."""
    edit(folder, ["properties", "n", "maximum"], 20)
    assert publish(folder, date) == 4


def test_release_without_change_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing to release is said in one line."""
    assert publish(folder, "2026-06-01") == 4
    assert capsys.readouterr().err == "generations-contract: nothing has changed since 2026-05-01\n"


def test_release_of_a_stale_document_is_refused(folder: Path) -> None:
    """The OpenAPI document must be generated before a release."""
    (folder / "openapi.yaml").write_text("openapi: 3.1.0\n", "utf-8")
    assert publish(folder, "2026-06-01") == 4


@pytest.mark.parametrize(
    ("version", "step", "after"),
    [
        ("1.2.3", "major", "2.0.0"),
        ("1.2.3", "minor", "1.3.0"),
        ("1.2.3", "patch", "1.2.4"),
        ("1.2.3", "none", "1.2.3"),
    ],
)
def test_version_steps_as_semantic_versions_do(version: str, step: Any, after: str) -> None:
    """A step resets what is below it."""
    assert stepped(version, step) == after
    assert step in STEPS
