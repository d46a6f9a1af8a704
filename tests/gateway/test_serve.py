"""The gateway on a real socket: one process, started as a user starts it."""

import io
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests
from PIL import Image

from generations_contract.gateway import default_catalogue

KEY = default_catalogue().accounts["main"].key
AUTHORIZATION = {"Authorization": f"Bearer {KEY}"}
HEAD = f"Host: x\r\nAuthorization: Bearer {KEY}\r\n".encode()


def start(*options: str) -> subprocess.Popen[str]:
    """The command, as a process."""
    command = [sys.executable, "-m", "generations_contract.gateway", *options]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def address(process: subprocess.Popen[str]) -> str:
    """Where it listens, once it says so."""
    assert process.stdout is not None
    for line in process.stdout:
        if match := re.search(r"^listening on (\S+)$", line):
            return match[1]
    raise AssertionError("it never listened")


@contextmanager
def served(*options: str) -> Iterator[str]:
    """The base URL of a gateway that is stopped afterwards, and must stop well."""
    process = start("--port", "0", *options)
    try:
        yield address(process)
    finally:
        process.terminate()
        told, complaints = process.communicate(timeout=10)
    assert (process.returncode, complaints) == (0, ""), told


@pytest.fixture(scope="module")
def base_url() -> Iterator[str]:
    """One gateway for all tests of this module."""
    with served() as url:
        yield url


def raw(url: str, data: bytes) -> socket.socket:
    """A connection on which these bytes were sent."""
    host, port = url.removeprefix("http://").split(":")
    connection = socket.create_connection((host, int(port)), timeout=10)
    connection.sendall(data)
    return connection


def answer(connection: socket.socket) -> bytes:
    """All that comes until the server closes."""
    with closing(connection):
        return b"".join(iter(lambda: connection.recv(65536), b""))


def post(url: str, **given: Any) -> requests.Response:
    """A POST with the demonstration key."""
    document = {"model": "instant-image", "input": {"prompt": "x"}, **given}
    return requests.post(f"{url}/v1/generations", headers=AUTHORIZATION, json=document, timeout=20)


def test_quickstart_of_the_document_works(base_url: str) -> None:
    """The document's own example, with base URL and key changed, ends with an image that downloads."""
    res = requests.post(
        f"{base_url}/v1/generations",
        headers=AUTHORIZATION,
        json={"model": "flux-1.1-pro", "input": {"prompt": "A beautiful sunset"}, "wait": "auto"},
        timeout=70,
    )
    job = res.json()
    while job["status"] in ("queued", "running"):
        res = requests.get(
            f"{base_url}/v1/generations/{job['id']}", params={"wait": 60}, headers=AUTHORIZATION, timeout=70
        )
        job = res.json()
    assert job["status"] == "completed"
    download = requests.get(job["output"]["media"][0]["url"], timeout=10)
    assert download.headers["content-type"] == "image/png"
    with Image.open(io.BytesIO(download.content)) as image:
        assert image.size == (1024, 1024)


def test_hold_is_as_long_as_said_and_measured(base_url: str) -> None:
    """A poll of half a second takes half a second, and Server-Timing tells the true hold."""
    id_ = post(base_url, model="marathon-video", wait=0).json()["id"]
    began = time.perf_counter()
    response = requests.get(
        f"{base_url}/v1/generations/{id_}", params={"wait": 0.5}, headers=AUTHORIZATION, timeout=20
    )
    took = time.perf_counter() - began
    stamp = response.headers["server-timing"].removeprefix("hold;dur=")
    hold = float(stamp.partition(",")[0]) / 1000
    assert 0.5 <= hold <= took < 1.5
    assert response.headers["retry-after"] == "1"


def test_held_poll_delays_nobody_and_may_be_dropped(base_url: str) -> None:
    """While one client is held, and after it has hung up, others are answered as ever."""
    id_ = post(base_url, model="marathon-video", wait=0).json()["id"]
    held = raw(base_url, b"GET /v1/generations/%b?wait=60 HTTP/1.1\r\n%b\r\n" % (id_.encode(), HEAD))
    assert post(base_url).elapsed.total_seconds() < 1
    held.close()
    again = requests.get(f"{base_url}/v1/generations/{id_}", headers=AUTHORIZATION, timeout=5)
    assert again.json()["status"] == "queued"


@pytest.mark.parametrize(
    ("body", "status"), [(b" " * 1_100_000, 413), (b" " * 5_000_000, 413), (b"\xff", 400), (b"", 400)]
)
def test_body_is_refused_in_the_envelope(base_url: str, body: bytes, status: int) -> None:
    """A body that is too large or is none gets its status and the envelope, on a living connection."""
    response = requests.post(f"{base_url}/v1/generations", headers=AUTHORIZATION, data=body, timeout=20)
    assert response.status_code == status
    assert response.json()["error"]["message"]


def test_chunked_body_is_read(base_url: str) -> None:
    """A body without Content-Length is as good as another."""
    parts = iter([b'{"model": "instant-image", ', b'"input": {"prompt": "x"}}'])
    response = requests.post(f"{base_url}/v1/generations", headers=AUTHORIZATION, data=parts, timeout=20)
    assert response.json()["status"] == "completed"


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET\r\n\r\n",
        b"POST /v1/generations HTTP/1.1\r\nContent-Length: many\r\n\r\n",
        b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000,
    ],
    ids=["tls", "nonsense", "length", "head"],
)
def test_what_is_no_request_is_400_and_closed(base_url: str, data: bytes) -> None:
    """Garbage, and a head that never ends, are answered in the envelope, and the connection is closed."""
    head, _, body = answer(raw(base_url, data)).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400 ")
    assert json.loads(body)["error"]["code"] == "invalid_input"


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_stop_is_clean_and_at_once_with_polls_held(sent: signal.Signals) -> None:
    """A signal ends it within a second, with exit code 0 and the bill, whoever is waiting."""
    process = start("--port", "0")
    url = address(process)
    body = b'{"model": "marathon-image", "input": {"prompt": "x"}, "n": 2}'
    head = b"POST /v1/generations HTTP/1.1\r\n%bContent-Length: %d\r\n\r\n" % (HEAD, len(body))
    held = [raw(url, head + body) for _ in range(20)]
    post(url)  # so that those before it have been read
    began = time.perf_counter()
    process.send_signal(sent)
    told, complaints = process.communicate(timeout=10)
    assert time.perf_counter() - began < 2
    assert (process.returncode, complaints) == (0, "")
    assert told.endswith("main: 21 generations accepted, 3.21 USD billed\n")
    for connection in held:
        connection.close()


def test_profile_is_written_and_keys_are_told(tmp_path: Path) -> None:
    """`--write-profile` writes the profile of this very address, and says which variables it needs."""
    process = start("--port", "0", "--write-profile", str(tmp_path / "p.toml"))
    url = address(process)
    assert f'base_url = "{url}"' in (tmp_path / "p.toml").read_text()
    process.terminate()
    assert process.wait(10) == 0
    process.communicate()


def test_fault_and_variant_can_be_served() -> None:
    """`--fault` and `--variant` put their lies and liberties on the wire."""
    with served("--fault", "strict-top-dropped", "--variant", "created-is-201", "--seed", "1") as url:
        assert post(url, seeed=1).status_code == 201


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--port", "99999"], "cannot listen on 127.0.0.1 port 99999"),
        (["--host", "256.0.0.1"], "cannot listen on 256.0.0.1 port"),
        (["--catalogue", "no/such.toml"], "no/such.toml: No such file"),
        (["--write-profile", "no/such/profile.toml", "--port", "0"], "cannot write no/such/profile.toml"),
        (["--fault", "wait-answer-at-window-end"], "did you mean 'wait-answers-at-window-end'?"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_4(options: list[str], told: str) -> None:
    """Whatever is wrong is said in one line, without a traceback."""
    process = start(*options)
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 4
    assert told in complaints
    assert complaints.count("\n") == 1


def test_port_in_use_is_one_line(base_url: str) -> None:
    """So is a port that somebody else has."""
    port = base_url.rpartition(":")[2]
    process = start("--port", port)
    _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints.count("\n")) == (4, 1)
    assert f"cannot listen on 127.0.0.1 port {port}" in complaints
