"""The mock as a product: what a developer of a client gets from it, over HTTP."""

import http.client
import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.cli import main
from generations_contract.clients.play import KEY
from generations_contract.gateway import default_catalogue
from generations_contract.gateway.catalogue import faster, packaged
from tests import ROOT

DOCKERFILE = ROOT / "contracts" / "examples" / "mock" / "Dockerfile"
MAIN_KEY = next(iter(default_catalogue().accounts.values())).key


@contextmanager
def serving(*arguments: str) -> Iterator[tuple[str, int]]:
    """A mock as a process of its own, once it says that it listens: host and port."""
    command = [sys.executable, "-m", "generations_contract.cli", *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            found = re.search(r"listening on http://([\d.]+):(\d+)", line)
            assert found, line
            yield found[1], int(found[2])
        finally:
            process.send_signal(signal.SIGTERM)
    assert process.returncode == 0


def asked(
    where: tuple[str, int], method: str, path: str, body: Any = None, key: str = KEY, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Status, headers by lower-case name, body."""
    connection = http.client.HTTPConnection(*where, timeout=30)
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    if key:
        fields["Authorization"] = f"Bearer {key}"
    text = None if body is None else json.dumps(body)
    connection.request(method, path, text, {"Content-Type": "application/json", **fields})
    answer = connection.getresponse()
    told = answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    connection.close()
    return told


def creation(model: str) -> dict[str, Any]:
    """A body."""
    return {"model": model, "input": {"prompt": "x"}}


def test_mock_plays_the_scenario_that_the_model_names_and_keeps_a_journal() -> None:
    """A creation sent again after a lost answer is found, with how to mend it; the page shows it, and no key."""
    with serving("client", "--serve", "--port", "0") as where:
        for _ in range(2):
            status, _, body = asked(
                where, "POST", "/v1/generations", creation("creation-502-page"), User_Agent="curl/8"
            )
        assert (status, json.loads(body)["status"]) == (200, "completed")
        status, headers, body = asked(where, "GET", "/__journal", key="")
        assert (status, headers["content-type"]) == (200, "application/json")
        [play] = json.loads(body)["plays"]
        assert play["scenario"] == "creation-502-page"
        assert [each["clause"] for each in play["findings"]] == ["client.no-duplicate-creation"]
        assert play["findings"][0]["mend"]["language"] == "curl"
        assert len(play["exchanges"]) == 2
        status, headers, page = asked(where, "GET", "/__journal", key="", Accept="text/html")
        assert headers["content-type"].startswith("text/html")
        assert b"client.no-duplicate-creation" in page
        assert KEY.encode() not in body + page


def test_mock_plays_one_scenario_after_the_other() -> None:
    """Each creation that is over is followed by the next row of the table."""
    with serving("client", "--serve", "--port", "0") as where:
        for _ in range(2):
            assert asked(where, "POST", "/v1/generations", creation("flux-1.1-pro"))[0] == 200
        plays = json.loads(asked(where, "GET", "/__journal", key="")[2])["plays"]
    assert [each["scenario"] for each in plays] == ["plain", "video"]


def test_pages_of_any_origin_may_ask_it() -> None:
    """A preflight is answered, answers may be read, and without `Origin` nothing differs."""
    with serving("serve", "--port", "0", "--speed", "100") as where:
        status, headers, _ = asked(
            where, "OPTIONS", "/v1/generations", key="", Origin="http://localhost:5173"
        )
        assert (status, headers["access-control-allow-origin"]) == (204, "http://localhost:5173")
        assert "Authorization" in headers["access-control-allow-headers"]
        path, body = "/v1/generations", creation("flux-1.1-pro")
        status, headers, _ = asked(where, "POST", path, body, key=MAIN_KEY, Origin="http://localhost:5173")
        assert (status, headers["access-control-allow-origin"]) == (200, "http://localhost:5173")
        assert "Retry-After" in headers["access-control-expose-headers"]
        assert "access-control-allow-origin" not in asked(where, "POST", path, body, key=MAIN_KEY)[1]
        assert asked(where, "GET", "/healthz", key="")[0] == 200
        assert asked(where, "GET", path + "/gen_none", key="")[0] == 401


def test_every_code_of_the_document_can_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    """Each has its row: status, and the model, key or prompt that gives it."""
    assert main(["serve", "--codes"]) == 0
    rows = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()]
    assert {code: int(status) for code, status, _ in rows} == STATUS_OF_CODE
    assert all(len(way) > 5 for _, _, way in rows)


def test_speed_is_of_jobs_only() -> None:
    """Ten times as fast: spans of jobs are a tenth, windows and prices stay."""
    usual, fast = default_catalogue(), faster(default_catalogue(), 10)
    for name, model in usual.models.items():
        spans = (*model.queued_s, *model.running_s)
        assert (*fast.models[name].queued_s, *fast.models[name].running_s) == pytest.approx(
            [max(0.001, each / 10) for each in spans]
        )
        assert fast.models[name].price_usd == model.price_usd
    assert fast.house == usual.house


def test_catalogue_is_printed_to_be_changed(capsys: pytest.CaptureFixture[str]) -> None:
    """As it is packaged, comments and all."""
    assert main(["serve", "--print-catalogue"]) == 0
    assert capsys.readouterr().out == packaged()


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("serve", "--scenario", "crash"), "--scenario crash: cannot be served"),
        (("serve", "--speed", "0"), "--speed: give a number above 0"),
        (("client", "--serve", "--port", "70000"), "cannot listen on 127.0.0.1 port 70000"),
    ],
)
def test_mock_that_cannot_be_served_is_one_line(
    arguments: tuple[str, ...], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 4."""
    assert main(list(arguments)) == 4
    assert line in capsys.readouterr().err


def test_steps_of_the_image_do_what_they_say() -> None:
    """What it starts is healthy by its own health check; what it installs is there. A builder is not needed."""
    text = DOCKERFILE.read_text("utf-8")
    steps = dict(line.split(" ", 1) for line in text.splitlines() if line and not line.startswith("#"))
    entry = json.loads(steps["ENTRYPOINT"])
    assert shutil.which(entry[0]) or entry[0] == "generations-contract"
    [pip] = [part for part in steps["RUN"].split(" && ") if part.startswith("pip install")]
    named = [word for word in shlex.split(pip)[2:] if not word.startswith("-")]
    assert all((ROOT / name).exists() for name in named), named
    command = ["0" if word == "8080" else "127.0.0.1" if word == "0.0.0.0" else word for word in entry[1:]]  # noqa: S104
    with serving(*command) as (host, port):
        check = json.loads(steps["HEALTHCHECK"].removeprefix("CMD "))
        script = check[2].replace("127.0.0.1:8080", f"{host}:{port}")
        quiet = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        assert subprocess.run([sys.executable, "-c", script], env=quiet, check=False).returncode == 0
