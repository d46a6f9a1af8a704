"""What is asked of a version of the schemas before anything is judged by it, and how it is chosen."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api import foreign_schemas, schema_checks, schema_choice, schema_files
from generations_contract.api.schema_files import NAMES, SUFFIX, VARIABLE, load
from generations_contract.api.usage import UsageError

OWN = schema_files.own_directory()
Schemas = dict[str, Any]


def test_own_schemas_hold() -> None:
    """Nothing is wrong with the suite's own schemas."""
    schema_checks.check({name: load(name) for name in NAMES})


def put(name: str, way: str, value: Any) -> Callable[[Schemas], None]:
    """A change that puts a value at a place of one of the schemas."""

    def changed(schemas: Schemas) -> None:
        *keys, last = way.split("/")
        here = schemas[name]
        for key in keys:
            here = here[key]
        here[last] = value

    return changed


REQUEST, RESPONSE, MEDIA, ERROR = NAMES
WRONG: dict[str, tuple[Callable[[Schemas], object], str]] = {
    "meta-schema": (
        put(REQUEST, "properties/n/minimum", "1"),
        """generation-request#/properties/n/minimum: is no schema: "1" is not of type "number\"""",
    ),
    "draft": (
        put(ERROR, "$schema", "http://json-schema.org/draft-07/schema#"),
        "error#/$schema: is 'http://json-schema.org/draft-07/schema#'; write the schema in https://json-schema",
    ),
    "draft within": (
        put(ERROR, "$defs/code/$schema", "http://json-schema.org/draft-07/schema#"),
        "error#/$defs/code/$schema: is ",
    ),
    "nullable": (
        put(MEDIA, "properties/width/nullable", value=True),
        "media-artifact#/properties/width/nullable: is",
    ),
    "relative address": (put(MEDIA, "$id", "media.json"), "media-artifact#/$id: is 'media.json'"),
    "shared address": (
        put(MEDIA, "$id", load(ERROR)["$id"]),
        "error#/$id: is that of media-artifact too; give each schema its own",
    ),
    "local reference": (
        put(REQUEST, "properties/input/$ref", "#/$defs/inputs"),
        "generation-request#/properties/input/$ref: '#/$defs/inputs' leads to none of the four schemas; nothing",
    ),
    "network": (
        put(RESPONSE, "$defs/usage/properties/cost_usd/$ref", "https://a.example/money.json"),
        "generation-response#/$defs/usage/properties/cost_usd/$ref: 'https://a.example/money.json' leads to none",
    ),
    "no schema behind it": (
        put(RESPONSE, "$defs/usage/$ref", "#/title"),
        "generation-response#/$defs/usage/$ref: '#/title' leads to none",
    ),
    "format": (
        put(MEDIA, "properties/url/format", "url"),
        "media-artifact#/properties/url/format: 'url' is not known; known: date-time, date, ",
    ),
    "pattern": (
        put(REQUEST, "properties/model/pattern", "("),
        "generation-request#/properties/model/pattern: '(' is no pattern that is read: ",
    ),
    "pattern of Python alone": (
        put(REQUEST, "properties/model/pattern", "^(?P<a>x)(?P=a)$"),
        "generation-request#/properties/model/pattern: ",
    ),
    "pattern of names": (
        put(REQUEST, "$defs/input/patternProperties", {r"^\\p{L}$": {}}),
        r"generation-request#/$defs/input/patternProperties/^\\p{L}$: ",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_schema_is_told_in_one_line(name: str) -> None:
    """The line begins with the schema and the place."""
    change, message = WRONG[name]
    schemas = {each: load(each) for each in NAMES}
    change(schemas)
    with pytest.raises(UsageError) as caught:
        schema_checks.check(schemas)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)


def test_embedded_addresses_and_anchors_resolve() -> None:
    """A reference may lead to an `$id` or an `$anchor` within the four."""
    schemas = {each: load(each) for each in NAMES}
    schemas[ERROR]["$defs"]["code"]["$id"] = "code.json"
    schemas[ERROR]["$defs"]["message"]["$anchor"] = "message"
    schemas[RESPONSE]["properties"]["code"] = {"$ref": "code.json"}
    schemas[RESPONSE]["properties"]["message"] = {"$ref": "error.schema.json#message"}
    schema_checks.check(schemas)


# -- files ------------------------------------------------------------------------------------------------


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """A directory with a copy of the four files."""
    for name in NAMES:
        shutil.copy(OWN / f"{name}{SUFFIX}", tmp_path)
    return tmp_path


def refused(place: Path) -> str:
    """What is said of a version that cannot be read."""
    with pytest.raises(UsageError) as caught:
        foreign_schemas.load(place, OWN)
    assert "\n" not in str(caught.value)
    return str(caught.value).removeprefix(str(place))


def test_missing_file_is_named(edited: Path) -> None:
    """One of the four that is not there is never taken from elsewhere, even beside an OpenAPI document."""
    shutil.copy(OWN / "openapi.yaml", edited)
    (edited / f"{MEDIA}{SUFFIX}").unlink()
    assert refused(edited) == ": holds no media-artifact.schema.json; the four belong together"


def test_empty_directory_is_told(tmp_path: Path) -> None:
    """A directory with neither is told what it could hold."""
    expected = ": holds no generation-request.schema.json; nor is there an openapi.yaml in their place"
    assert refused(tmp_path) == expected
    assert "no such directory or file" in refused(tmp_path / "none")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            '{\n "type": "object",\n}',
            "is no JSON: Expecting property name enclosed in double quotes: line 3 column 1",
        ),
        ('{"type": "object", "type": "array"}', "is no JSON: the member 'type' stands twice"),
        ("[]", "is no schema: its top level must be an object"),
        ("\xff", "is no JSON: 'utf-8' codec can't decode"),
    ],
)
def test_broken_file_is_told_with_its_line(edited: Path, text: str, message: str) -> None:
    """The line names the file, and where in it."""
    (edited / f"{ERROR}{SUFFIX}").write_bytes(text.encode("latin-1"))
    assert refused(edited).startswith(f"/{ERROR}{SUFFIX}: {message}")


def test_files_without_addresses_have_todays(edited: Path) -> None:
    """A file needs neither `$id` nor `$schema`: references between the four work all the same."""
    for name in NAMES:
        path = edited / f"{name}{SUFFIX}"
        content = json.loads(path.read_text("utf-8"))
        path.write_text(
            json.dumps({k: v for k, v in content.items() if k not in ("$id", "$schema")}), "utf-8"
        )
    found, notes = foreign_schemas.load(edited, OWN)
    schema_checks.check(found)
    assert ({name: found[name] for name in NAMES}, notes) == ({name: load(name) for name in NAMES}, [])


# -- the choice -------------------------------------------------------------------------------------------

ASKING = """
import sys
from generations_contract.api.schema_choice import choose
choose(*[each or None for each in sys.argv[1:]])
from generations_contract.api import schema_files, vocabulary
print(schema_files.version().label, vocabulary.N_MAX)
"""


def asked(folder: Path, *arguments: str, **variables: str) -> str:
    """What a process of its own judges by: label, and what the vocabulary says of `n`; else the last line."""
    done = subprocess.run(
        [sys.executable, "-c", ASKING, *arguments], cwd=folder, capture_output=True, text=True,
        check=False, env={**os.environ, **variables},
    )  # fmt: skip
    return (done.stdout or done.stderr).strip().splitlines()[-1]


@pytest.fixture
def versions(edited: Path) -> Path:
    """Two directories, `six` and `seven`, and a profile that names the first one."""
    for name, most in (("six", 6), ("seven", 7)):
        shutil.copytree(edited, edited / name, ignore=shutil.ignore_patterns("six", "seven"))
        path = edited / name / f"{REQUEST}{SUFFIX}"
        path.write_text(path.read_text("utf-8").replace('"maximum": 10,', f'"maximum": {most},'), "utf-8")
    (edited / "profiles").mkdir()
    (edited / "profiles" / "p.toml").write_text(
        '[target]\nbase_url = "http://a.example"\nschemas = "../six"\n'
    )
    return edited


def test_option_wins_over_profile_over_variable(versions: Path) -> None:
    """The profile's is beside the profile; without any the suite's own are judged by."""
    seven = {VARIABLE: str(versions / "seven")}
    assert asked(versions) == "the suite's own 10"
    assert asked(versions, **seven) == "seven 7"
    assert asked(versions, "", "profiles/p.toml", **seven) == "six 6"
    assert asked(versions, "seven", "profiles/p.toml") == "seven 7"
    assert asked(versions / "profiles", "", "https://gateway.example", **seven) == f"{versions / 'seven'} 7"


def test_profile_that_cannot_be_read_is_told_as_ever(versions: Path) -> None:
    """Broken TOML is one line that names the file, also where only the schemas are looked for."""
    (versions / "broken.toml").write_text("[target\n")
    assert "broken.toml: is no TOML: " in asked(versions, "", "broken.toml")


def test_words_that_are_not_there_are_told(versions: Path) -> None:
    """A schema that the vocabulary finds no way in is one line, not a traceback of its own."""
    path = versions / "six" / f"{REQUEST}{SUFFIX}"
    content = json.loads(path.read_text("utf-8"))
    del content["properties"]["input"]
    path.write_text(json.dumps(content), "utf-8")
    told = asked(versions, "six")
    assert "UsageError: six: " in told


def test_another_version_comes_too_late(versions: Path) -> None:
    """A process that has read one version refuses to judge by another."""
    load(REQUEST)
    with pytest.raises(
        UsageError, match=r"/six: this process has read the schemas already \(the suite's own\)"
    ):
        schema_choice.choose(versions / "six")
    schema_choice.choose(OWN)
    assert VARIABLE not in os.environ
