"""A client generated from openapi.yaml works against the served gateway: the document is true."""

import importlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.regression.sources import home
from tests.support.stages import served

PACKAGE = "generated_generations_client"


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The client, generated into a directory of its own that can be imported from."""
    folder = tmp_path_factory.mktemp("generated")
    command = [sys.executable, "-m", "openapi_python_client", "generate", "--meta", "none"]
    paths = ["--path", str(home() / "openapi.yaml"), "--output-path", str(folder / PACKAGE)]
    done = subprocess.run([*command, *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Unable to" not in done.stdout, done.stdout
    sys.path.insert(0, str(folder))
    yield folder
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.split(".")[0] == PACKAGE]:
        del sys.modules[name]


@pytest.fixture(scope="module")
def target(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A served gateway."""
    with served(tmp_path_factory.mktemp("served")) as found:
        yield found


class Desk:
    """The generated client's operations, for one account."""

    def __init__(self, target: Target, key: str) -> None:
        client = self.module("client")
        self.client = client.AuthenticatedClient(base_url=target.base_url, token=key)
        self.models = self.module("models")

    def module(self, name: str) -> ModuleType:
        """A module of the generated package."""
        return importlib.import_module(f"{PACKAGE}.{name}")

    def create(self, body: dict[str, Any]) -> Any:
        """POST, with the answer parsed."""
        operation = self.module("api.generations.create_generation")
        given = {**body, "input_": self.models.InputFields(**body["input"])}
        del given["input"]
        return operation.sync_detailed(client=self.client, body=self.models.GenerationRequest(**given))

    def fetch(self, generation_id: str, wait: float) -> Any:
        """GET, with the answer parsed."""
        operation = self.module("api.generations.fetch_generation")
        return operation.sync_detailed(generation_id, client=self.client, wait=wait)


@pytest.fixture
def desk(generated: Path, target: Target) -> Iterator[Desk]:
    """The generated client with the main account's key."""
    desk = Desk(target, target.keys["main"])
    with desk.client:
        yield desk


def test_generated_client_creates_and_fetches_to_the_end(desk: Desk, target: Target) -> None:
    """A picture is created, found by its id, and parsed into the models of the document."""
    created = desk.create(target.request(wait=0))
    assert created.parsed.status == "queued"
    last = desk.fetch(created.parsed.id, wait=60)
    assert (last.status_code, last.parsed.status) == (200, "completed")
    assert last.headers["cache-control"] == "private, max-age=60"
    assert last.parsed.to_dict()["output"]["media"][0]["type"] == "image"
    assert last.parsed.usage.additional_properties["cost_usd"] > 0


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [({"n": 11}, 400, "invalid_input"), ({"model": "gated-model"}, 403, "model_unavailable")],
)
def test_generated_client_parses_refusals(
    desk: Desk, target: Target, change: dict[str, Any], status: int, code: str
) -> None:
    """Documented errors come back as the envelope, with the documented status."""
    refused = desk.create({**target.request(), **change})
    assert (refused.status_code, refused.parsed.error.code) == (status, code)


def test_generated_client_parses_not_found(desk: Desk) -> None:
    """An id that never was is the documented 404."""
    missing = desk.fetch("gen_none", wait=0)
    assert (missing.status_code, missing.parsed.error.code) == (404, "not_found")


def test_generated_client_without_a_key_is_unauthenticated(generated: Path, target: Target) -> None:
    """The security scheme of the document is the gateway's: another key is refused."""
    desk = Desk(target, "ze_nobody")
    with desk.client:
        refused = desk.fetch("gen_none", wait=0)
    assert (refused.status_code, refused.parsed.error.code) == (401, "unauthenticated")
