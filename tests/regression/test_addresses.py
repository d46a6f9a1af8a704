"""A version at an address, and from the standard input: read within limits, or one line and exit code 4."""

import io
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final

import pytest

from generations_contract.regression.sources import home
from generations_contract.regression.versions.units import OPENAPI
from tests.regression.document_helpers import SHORT, TEXT, api, members, sent, written
from tests.regression.test_command import diff

NARROW: Final = members(a=SHORT)
WIDE: Final = members(a=TEXT)
ANSWERS: Final[dict[str, tuple[int, dict[str, str], bytes]]] = {
    "/a/openapi.json": (200, {}, json.dumps(api(sent({"$ref": "s/a.json"}))).encode()),
    "/a/s/a.json": (200, {}, json.dumps(WIDE).encode()),
    "/elsewhere": (200, {}, json.dumps(api(sent({"$ref": "https://other.example/a.json"}))).encode()),
    "/abroad": (200, {}, json.dumps(api({"$ref": "http://127.0.0.2:1/a.json"})).encode()),
    "/moved": (302, {"Location": "/a/openapi.json"}, b""),
    "/inside": (302, {"Location": "http://169.254.169.254/latest/"}, b""),
    "/round": (302, {"Location": "/round"}, b""),
    "/yaml": (200, {}, b"openapi: 3.1.0\npaths: {/a: {get: {responses: {200: {description: a}}}}}\n"),
    "/large": (200, {"Content-Length": "99000000000"}, b"{}"),
}


class _Pages(BaseHTTPRequestHandler):
    """A server of the documents above."""

    def do_GET(self) -> None:
        """Answer as the table says."""
        status, headers, body = ANSWERS.get(self.path.partition("?")[0], (404, {}, b""))
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def pages() -> Iterator[str]:
    """The address of the server."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Pages) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("page", ["/a/openapi.json", "/a/openapi.json?key=1"])
def test_address_is_a_version_like_any_other(tmp_path: Path, pages: str, page: str) -> None:
    """Its references lead to files beside it, at the same address."""
    files = {"openapi.json": api(sent({"$ref": "s/a.json"})), "s/a.json": NARROW}
    beside = f"{written(tmp_path, 'new', files)}/openapi.json"
    assert diff(f"{pages}{page}", beside) == 1
    assert diff(beside, f"{pages}{page}") == 0


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("/none?token=secret", "/none: cannot be fetched: it answers 404"),
        ("/elsewhere", "refers to https://other.example/a.json"),
        ("/abroad", "leads to an address, and nothing is fetched"),
        ("/inside", "169.254.169.254 is a link-local address"),
        ("/round", "redirected more than"),
        ("/yaml", "describes no request and no answer"),
        ("/large", "too-large"),
    ],
)
def test_address_that_gives_no_document_is_one_line(
    pages: str, page: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is wrong is said without what may be secret in an address."""
    assert diff(str(home() / OPENAPI), pages.replace("//", "//user:password@") + page) == 4
    error = capsys.readouterr().err
    assert told in error
    assert error.count("\n") == 1
    assert not any(secret in error for secret in ("password", "token", "secret"))


def test_nothing_listens_at_an_address(capsys: pytest.CaptureFixture[str]) -> None:
    """One line names the address; certificates that cannot be read are named by their option."""
    assert diff("https://127.0.0.1:1/a.json", "-") == 4
    assert "cannot be fetched: refused" in capsys.readouterr().err
    assert diff("https://127.0.0.1:1/a.json", "-", "--ca", "/none.pem") == 4
    assert "--ca /none.pem: No such file" in capsys.readouterr().err


@pytest.mark.parametrize(("schema", "code"), [(WIDE, 0), (NARROW, 1), ({"$ref": "a.json"}, 4)])
def test_standard_input_is_a_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, schema: Any, code: int
) -> None:
    """`-` reads one document, which has no files beside it."""
    typed = io.TextIOWrapper(io.BytesIO(json.dumps(api(sent(schema))).encode()))
    monkeypatch.setattr("sys.stdin", typed)
    assert diff(written(tmp_path, "a.json", api(sent(WIDE))), "-") == code
    assert diff("-", "-") == 4
