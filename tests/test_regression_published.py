"""Releases of the contract: one command makes them, a breaking one needs a major step, and their chain stays judged."""

import json
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from contracts import schema as schemas
from contracts.regression import openapi
from contracts.regression.command import main
from contracts.regression.publishing import STEPS, stepped, version_of
from contracts.regression.review import review
from contracts.regression.sources import home, load, releases

RELEASES = releases(home())
REQUEST = f"{schemas.REQUEST}{schemas.SUFFIX}"


def test_contract_has_been_published() -> None:
    """There is a release to compare with by default."""
    assert RELEASES


def test_chain_of_releases_steps_as_far_as_it_must() -> None:
    """Each release's version is at least the step that its changes ask for, from the first on."""
    assert version_of(RELEASES[0]) == "1.0.0"
    for before, after in pairwise(RELEASES):
        asked = review(load(str(before)), load(str(after)), formats=True).step
        least, made = stepped(version_of(before), asked), version_of(after)
        assert [int(part) for part in least.split(".")] <= [int(part) for part in made.split(".")]


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


@pytest.mark.parametrize("date", ["2026-05-01", "2025-12-31", "tomorrow", "2026-6-1"])
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
