"""The command line of diff: inputs, exit codes, accepted changes, and one clear line for whatever is wrong."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api.schema_names import SUFFIX
from generations_contract.cli import main
from generations_contract.regression.sources import home, load
from generations_contract.regression.versions.openapi import document
from generations_contract.regression.versions.units import OPENAPI
from tests.regression.test_request_edits import OLD, REQUEST, SOUND, edited

RESPONSE = f"generation-response{SUFFIX}"


def written(folder: Path, file: str = REQUEST, edits: dict[str, Any] | None = None) -> str:
    """A directory with the project's schemas, edited; its path."""
    folder.mkdir(exist_ok=True)
    for name, schema in edited(file, edits or {}).files.items():
        (folder / name).write_text(json.dumps(schema), "utf-8")
    return str(folder)


def diff(*arguments: str) -> int:
    """The exit code of `diff`."""
    return main(["diff", *arguments])


LOWERED = {SOUND: 4000}
REWORDED = {"/properties/n/description": "How many."}


@pytest.mark.parametrize(
    ("edits", "fail_on", "code"),
    [
        ({}, "breaking,undecided", 0),
        (LOWERED, "breaking,undecided", 1),
        (LOWERED, "undecided", 0),
        (LOWERED, "none", 0),
        (REWORDED, "breaking,undecided", 0),
        (REWORDED, "policy", 3),
        (LOWERED | REWORDED, "policy,breaking", 1),
    ],
)
def test_diff_exit_code_tells_the_worst_level(tmp_path: Path, edits: Any, fail_on: str, code: int) -> None:
    """0 nothing that fails, 1 breaking, 3 policy; only levels that were asked for fail."""
    new = written(tmp_path / "new", edits=edits)
    assert diff(written(tmp_path / "old"), new, "--fail-on", fail_on) == code


def test_diff_undecided_has_its_own_exit_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is neither proved nor refuted is undecided, exit code 2, and counts as a major step."""
    old, new = tmp_path / "a-request.json", tmp_path / "b-request.json"
    # Back-references are no regular language, and no short string tells these two apart.
    old.write_text(json.dumps({"type": "string", "pattern": "^(a{40})\\1$"}), "utf-8")
    new.write_text(json.dumps({"type": "string", "pattern": "^(a{40}|b)\\1{1}$"}), "utf-8")
    assert diff(str(old), str(new)) == 2
    assert "version step: major" in capsys.readouterr().out


def test_diff_without_arguments_compares_with_the_latest_release() -> None:
    """OLD is the latest release and NEW the project's schemas."""
    assert diff() == 0
    assert diff(str(home())) == 0
    assert diff("published", str(home())) == 0


def test_diff_reads_git_revisions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`git:REVISION` is its schemas/, `git:REVISION:PATH` any file or directory."""
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "schemas")
    for arguments in (
        ["init", "-q"],
        ["add", "."],
        ["-c", "user.name=a", "-c", "user.email=a@b.c", "commit", "-qm", "a"],
    ):
        subprocess.run(["git", *arguments], check=True)
    written(tmp_path / "schemas", edits=LOWERED)
    assert diff("git:HEAD", "schemas") == 1
    assert diff(f"git:HEAD:schemas/{REQUEST}", f"schemas/{REQUEST}") == 1
    assert diff("git:HEAD", "git:HEAD:schemas") == 0
    assert diff("git:none", "schemas") == 4


def test_diff_reads_openapi_documents(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Bodies, parameters and protocol of an OpenAPI document are compared, in YAML or JSON."""
    new = json.loads(json.dumps(document()))
    new["components"]["schemas"]["GenerationRequest"]["properties"]["n"]["maximum"] = 4
    new["components"]["parameters"]["Wait"]["schema"]["maximum"] = 30
    del new["components"]["responses"]["RateLimited"]["headers"]
    (tmp_path / "new.json").write_text(json.dumps(new), "utf-8")
    assert diff(str(home() / OPENAPI), str(tmp_path / "new.json"), "--format", "json") == 1
    found = {(one["id"], one["unit"]) for one in json.loads(capsys.readouterr().out)["changes"]}
    assert ("request-maximum-lowered", "POST /v1/generations request") in found
    assert ("parameter-maximum-lowered", "GET /v1/generations/{id} parameter wait") in found
    assert ("response-header-removed", "POST /v1/generations 429 Retry-After") in found


def test_diff_compares_a_release_with_an_openapi_document(tmp_path: Path) -> None:
    """A gateway's OpenAPI document is compared with that of the latest release."""
    (tmp_path / "theirs.json").write_text(json.dumps(document()), "utf-8")
    assert diff(str(tmp_path / "theirs.json"), "--fail-on", "policy,breaking,undecided") == 0


def test_openapi_yaml_is_read_as_yaml_1_2(tmp_path: Path) -> None:
    """`on`, `16:9` and a date are text, as every OpenAPI tool reads them."""
    text = (
        "openapi: 3.1.0\npaths: {/a: {post: {requestBody: {content: {application/json: "
        "{schema: {enum: [on, 16:9, 2026-04-18, 1e3, 7, true, null]}}}}, responses: {200: {}}}}}\n"
    )
    schema = load(file(tmp_path, "a.yaml", text))
    body = schema.schema(schema.units()[0])
    assert body["enum"] == ["on", "16:9", "2026-04-18", 1000.0, 7, True, None]


def test_diff_of_draft_7_schemas_with_references(tmp_path: Path) -> None:
    """Schemas of draft-07 that refer to each other are compared as well."""
    for name, limit in (("old", 9), ("new", 5)):
        folder = tmp_path / name
        folder.mkdir()
        draft = {"$schema": "http://json-schema.org/draft-07/schema#"}
        whole = {**draft, "properties": {"a": {"$ref": "part.schema.json"}}}
        (folder / "whole-request.schema.json").write_text(json.dumps(whole), "utf-8")
        (folder / "part.schema.json").write_text(
            json.dumps({**draft, "type": "string", "maxLength": limit}), "utf-8"
        )
    assert diff(str(tmp_path / "old"), str(tmp_path / "new")) == 1
    assert diff(str(tmp_path / "new"), str(tmp_path / "old"), "--role", "part=request") == 0


def test_accepted_change_needs_a_reason_and_a_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An accepted change fails nothing; an entry that matches no change is reported."""
    old, new = written(tmp_path / "old"), written(tmp_path / "new", edits=LOWERED)
    assert diff(old, new, "--format", "json") == 1
    fingerprint = json.loads(capsys.readouterr().out)["changes"][0]["fingerprint"]
    accepted = tmp_path / "accepted.toml"
    entry = '[[accepted]]\nfingerprint = "{}"\nreason = "{}"\n'
    accepted.write_text(
        entry.format(fingerprint, "nobody sends such prompts") + entry.format("0" * 12, "gone")
    )
    assert diff(old, new, "--accepted", str(accepted)) == 0
    told = capsys.readouterr().out
    assert "accepted: nobody sends such prompts" in told
    assert "accepted but not met: 000000000000" in told
    assert "1 breaking (1 accepted); version step: major" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[accepted]]\nfingerprint = "a"\n', "accepted.1.reason is missing"),
        ('[[accepted]]\nreason = "a"\n', "accepted.1.fingerprint is missing"),
        (
            '[[accepted]]\nfingerprint = "a"\nreason = "b"\nwhy = "c"\n',
            "accepted.1.why is unknown; known: fingerprint, reason, id",
        ),
        ('[[ignored]]\nfingerprint = "a"\n', "ignored is unknown; known: accepted"),
        ("[[accepted", "is no TOML: "),
    ],
)
def test_bad_file_of_accepted_changes_is_one_line(
    tmp_path: Path, text: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A typo there must not silently let a change pass."""
    path = tmp_path / "accepted.toml"
    path.write_text(text, "utf-8")
    assert diff("--accepted", str(path)) == 4
    assert told in capsys.readouterr().err


def file(folder: Path, name: str, content: Any) -> str:
    """A file with this content; its path."""
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), "utf-8")
    return str(path)


BAD: list[tuple[str, Any, str]] = [
    ("a.json", "{", "is no JSON"),
    ("a.json", '{"minimum": NaN}', "NaN is no JSON"),
    ("a.json", '{"minimum": 1e999}', "1e999 is out of range"),
    ("a.json", '{"minimum": 1, "minimum": 2}', "'minimum' stands twice"),
    ("a.json", [1], "top level must be an object"),
    ("a.json", {"type": "strin"}, "no valid schema"),
    ("a.json", {"$ref": "https://example.com/other"}, "other, which is not among its files"),
    ("a.json", {"$schema": "http://json-schema.org/draft-03/schema#"}, "not supported"),
    ("a.json", {"swagger": "2.0"}, "Swagger 2.0"),
    ("a.json", {"openapi": "4.0.0", "paths": {}}, "use 3.0, 3.1 or 3.2"),
    ("a.json", {"openapi": "3.1.0", "paths": {}}, "describes no request"),
    ("a.json", {"openapi": "3.1.0", "paths": {"/a": {"get": 3}}}, "malformed"),
    ("a.yaml", "a: [", "is no YAML"),
]


@pytest.mark.parametrize(("name", "content", "told"), BAD, ids=[row[2] for row in BAD])
def test_bad_version_is_one_line(
    tmp_path: Path, name: str, content: Any, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file that is no contract is named with what is wrong with it, exit code 4, no traceback."""
    path = file(tmp_path, name, content)
    assert diff(path, path) == 4
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [["a", "b", "c"], ["no-such-file"], ["git:"], ["git:-x"], ["published:2001-01-01"], ["--fail-on", "all"],
     ["--role", "a"], ["--role", "a=b"], ["--role", "nothing=request"], ["--pairs", "none.jsonl"], ["--pairs", "none.jsonl", "a"], ["--time", "0", "--pairs", "a"]],
)  # fmt: skip
def test_wrong_usage_of_diff_is_one_line(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Wrong arguments are answered in one line that says what to change."""
    assert diff(*arguments) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_unknown_option_is_wrong_usage() -> None:
    """Complaints of argparse exit with 4 too."""
    with pytest.raises(SystemExit) as left:
        diff("--no-such-option")
    assert left.value.code == 4


def test_pairs_are_judged_line_by_line(tmp_path: Path) -> None:
    """`diff --pairs` prints a JSON verdict a line, whatever the line is, and exits with 4 when one is no pair."""
    lines = [
        {"id": 1, "draft": 7, "s1": {"type": "integer"}, "s2": {"type": "number"}},
        {"id": "b", "draft": "2020-12", "s1": {"type": "number"}, "s2": {"type": "integer"}},
        {"id": 3, "draft": "7", "s1": {"$ref": "http://a.example/b"}, "s2": True},
        {
            "id": 4,
            "draft": "2020-12",
            "s1": {"pattern": "^(?=a)(b|(c))\\2$"},
            "s2": copy.deepcopy(OLD.files[RESPONSE]),
        },
        {"id": 5, "s1": {}},
    ]
    path = tmp_path / "pairs.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + "nonsense\n", "utf-8")
    command = [
        sys.executable,
        "-m",
        "generations_contract.cli",
        "diff",
        "--pairs",
        str(path),
        "--time",
        "1",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert [record["id"] for record in records] == [1, "b", 3, 4, 5, None]
    assert [record["verdict"] for record in records[:3]] == ["contained", "not-contained", "unsupported"]
    assert records[1]["witness"] == 0.5
    assert [record["verdict"] for record in records[4:]] == ["unsupported", "unsupported"]
    assert (done.returncode, done.stderr.count("\n")) == (4, 1)


def test_diff_imports_neither_client_nor_server() -> None:
    """Who compares schemas does not wait for what talks to gateways."""
    script = (
        "import sys; from generations_contract.cli import main; main(['diff', '--format', 'json']);"
        "print(*sorted({'httpx', 'respx', 'uvicorn', 'av', 'PIL', 'locust', 'pytest'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == ""


def test_pairs_stop_quietly_where_nobody_reads_on(tmp_path: Path) -> None:
    """`| head` is no fault of the file of pairs."""
    lines = "".join(json.dumps({"id": n, "s1": True, "s2": True}) + "\n" for n in range(200))
    command = [
        sys.executable,
        "-m",
        "generations_contract.cli",
        "diff",
        "--pairs",
        file(tmp_path, "a.jsonl", lines),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        assert json.loads(process.stdout.readline())["id"] == 0
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(30) == 0
