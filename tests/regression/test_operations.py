"""OpenAPI documents: what changes around the bodies, who breaks, and what only a person can judge."""

import json
from pathlib import Path
from typing import Any

import pytest

from generations_contract.regression.sources import home
from generations_contract.regression.versions.openapi import document
from generations_contract.regression.versions.units import OPENAPI
from tests.regression.test_command import diff, file, written


@pytest.mark.parametrize("state", ["terminal", "non-terminal", None])
def test_status_that_nobody_calls_terminal_or_not_is_a_policy_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], state: str | None
) -> None:
    """A new status breaks strict readers; where it is in neither set, no poller knows when to stop."""
    new = json.loads(json.dumps(document()))
    new["components"]["schemas"]["GenerationResponse"]["properties"]["status"]["enum"].append("expired")
    if state:
        new["info"]["x-lifecycle"][state].append("expired")
    assert diff(str(home() / OPENAPI), file(tmp_path, "new.json", new), "--format", "json") == 1
    found = {one["id"]: one["level"] for one in json.loads(capsys.readouterr().out)["changes"]}
    told = "status-terminal-set-changed" if state else "status-not-classified"
    assert found == {"response-enum-value-added": "breaking", told: "policy"}


def _without_get(document: Any) -> None:
    del document["paths"]["/v1/generations/{id}"]


def _with_a_header(document: Any) -> None:
    header = {"name": "X-Tenant", "in": "header", "required": True, "schema": {"type": "string"}}
    document["paths"]["/v1/generations"]["post"]["parameters"] = [header]


def _with_another_media_type(document: Any) -> None:
    content = document["paths"]["/v1/generations"]["post"]["requestBody"]["content"]
    content["application/xml"] = content.pop("application/json")


def _with_wait_required(document: Any) -> None:
    document["components"]["parameters"]["Wait"]["required"] = True


@pytest.mark.parametrize(
    ("edit", "identity", "witness"),
    [
        (_without_get, "operation-removed", {"method": "GET", "path": "/v1/generations/{id}"}),
        (_with_a_header, "required-parameter-added",
         {"method": "POST", "path": "/v1/generations", "without": "X-Tenant"}),
        (_with_another_media_type, "request-media-type-removed",
         {"method": "POST", "path": "/v1/generations", "media_type": "application/json"}),
        (_with_wait_required, "parameter-required-changed",
         {"method": "GET", "path": "/v1/generations/{id}", "without": "wait"}),
    ],
)  # fmt: skip
def test_request_that_can_no_longer_be_made_is_breaking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], edit: Any, identity: str, witness: dict[str, str]
) -> None:
    """An operation that is gone, or asks for more, breaks senders; the request is the witness. Undone, it is policy."""
    new = json.loads(json.dumps(document()))
    edit(new)
    old, path = str(home() / OPENAPI), file(tmp_path, "new.json", new)
    assert diff(old, path, "--format", "json") == 1
    found = json.loads(capsys.readouterr().out)
    breaking = [(one["id"], one["breaks"]) for one in found["changes"] if one["level"] == "breaking"]
    assert breaking == [(identity, {"senders": witness})]
    assert found["step"] == "major"


@pytest.mark.parametrize(
    ("edit", "identity"),
    [
        (lambda post: post["responses"].pop("402"), "response-status-removed"),
        (lambda post: post["responses"]["200"].pop("links"), "response-link-removed"),
        (lambda post: post.update(security=[]), "operation-security-changed"),
        (lambda post: post.update(description="Anything."), "operation-description-changed"),
    ],
)
def test_change_around_a_body_is_policy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], edit: Any, identity: str
) -> None:
    """What a person has to read fails nothing by default: exit code 3 where that was asked for."""
    new = json.loads(json.dumps(document()))
    edit(new["paths"]["/v1/generations"]["post"])
    path = file(tmp_path, "new.json", new)
    assert diff(str(home() / OPENAPI), path) == 0
    capsys.readouterr()
    assert diff(str(home() / OPENAPI), path, "--format", "json", "--fail-on", "policy") == 3
    assert identity in {one["id"] for one in json.loads(capsys.readouterr().out)["changes"]}


@pytest.mark.parametrize("name", ["terminal", "json", "markdown"])
def test_version_without_operations_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Where one side has no OpenAPI document, what it would say was not compared, and that is said."""
    bare = written(tmp_path / "bare")
    assert diff(str(home()), bare, "--format", name) == 0
    told = capsys.readouterr().out.replace("\\", "")
    assert f"has no {OPENAPI}: operations were not compared" in told
    assert diff(bare, bare, "--format", name) == 0
    assert "not compared" not in capsys.readouterr().out
