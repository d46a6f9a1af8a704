"""The way to a target: its own certificate authority, a proxy, further headers, and proxies that cut polls."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import get_args

import pytest

from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.exchange.exchange import (
    Asset,
    Exchange,
    Failure,
    FailureKind,
    Headers,
    Request,
    Response,
)
from generations_contract.recordings.codec import curl
from generations_contract.scripts.script import Create, Download, Fetch
from generations_contract.wire import proxies
from generations_contract.wire.client import Client
from generations_contract.wire.preflight import check_reachable
from generations_contract.wire.transport import HttpClient, Outgoing
from tests import ROOT
from tests.support.exchanges import ENVIRONMENT

OPENSSL = shutil.which("openssl")
ANSWER = (
    b"HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 47\r\nConnection: close\r\n\r\n"
    b'{"error":{"code":"not_found","message":"no id"}}'
).replace(b"47", b"48")


def profile(**tables: str) -> str:
    """A profile with these tables."""
    target = tables.pop("target", 'base_url = "https://gateway.example"')
    more = "".join(f"[{name}]\n{rows}\n" for name, rows in tables.items())
    return f'[target]\n{target}\n[models]\nimage = "flux-1.1-pro"\n{more}'


@contextmanager
def answering(context: ssl.SSLContext | None = None) -> Iterator[tuple[int, list[bytes]]]:
    """A server that answers 404 to everything: its port, and the heads of the requests it got."""
    heads: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as plain:
        server = context.wrap_socket(plain, server_side=True) if context else plain
        over = threading.Event()

        def serve() -> None:
            while not over.is_set():
                try:
                    with server.accept()[0] as client:
                        heads.append(client.recv(65536))
                        client.sendall(ANSWER)
                except OSError:
                    continue

        server.settimeout(0.1)
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield plain.getsockname()[1] if not context else server.getsockname()[1], heads
        finally:
            over.set()
            thread.join()
            server.close()


# -- certificates -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A directory with a certificate for 127.0.0.1 (`ca.pem`) that nobody has heard of, and its key."""
    if OPENSSL is None:
        pytest.skip("no openssl to make a certificate with")
    directory = tmp_path_factory.mktemp("tls")
    subject = ["-subj", "/CN=test", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(directory / "key.pem"), "-out", str(directory / "ca.pem")]
    command = [OPENSSL, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject, *files]
    subprocess.run(command, check=True, capture_output=True)
    return directory


def test_a_custom_ca_is_trusted_where_the_profile_names_it(certificate: Path) -> None:
    """`ca_file` stands beside the profile; without it the target's certificate is not accepted, in one line."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "ca.pem", certificate / "key.pem")
    with answering(context) as (port, _):
        url = f'base_url = "https://127.0.0.1:{port}"'
        path = certificate / "target.toml"
        path.write_text(profile(target=f'{url}\nca_file = "ca.pem"'))
        assert check_reachable(Target.load(path, ENVIRONMENT), rounds=1) > 0
        path.write_text(profile(target=url))
        with pytest.raises(UsageError, match="its TLS certificate is not accepted"):
            check_reachable(Target.load(path, ENVIRONMENT), rounds=1)


def test_tls_that_breaks_after_the_request_is_no_failed_handshake(certificate: Path) -> None:
    """A record that is none, once the request is out: a generation may have been made, and must stay reserved."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate / "ca.pem", certificate / "key.pem")

    def serve(server: socket.socket) -> None:
        with server.accept()[0] as plain, context.wrap_socket(plain, server_side=True) as client:
            while not client.recv(65536).endswith(b"{}"):
                pass
            with socket.socket(fileno=os.dup(client.fileno())) as beneath:
                beneath.sendall(b"no record at all, and long enough to be seen")
                beneath.shutdown(socket.SHUT_WR)
                beneath.recv(65536)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve, args=(server,))
        thread.start()
        url = f"https://127.0.0.1:{server.getsockname()[1]}/v1/generations"
        http = HttpClient(ca_file=certificate / "ca.pem")
        outcome = http.send(Outgoing("create", "POST", url, (), b"{}"))
        http.close()
        thread.join()
    assert isinstance(outcome, Failure)
    assert (outcome.kind, "SSL" in outcome.detail) == ("reset", True)


@pytest.mark.parametrize(
    ("content", "why"), [(None, "No such file"), ("no certificate", "holds no certificate")]
)
def test_a_ca_file_that_cannot_be_used_is_told(tmp_path: Path, content: str | None, why: str) -> None:
    """A wrong file is one line that names it."""
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    path = tmp_path / "target.toml"
    path.write_text(profile(target='base_url = "https://127.0.0.1:1"\nca_file = "ca.pem"'))
    with pytest.raises(UsageError, match=rf"\[target\] ca_file = .*ca\.pem: cannot be used: {why}"):
        check_reachable(Target.load(path, ENVIRONMENT))


# -- proxy and headers ------------------------------------------------------------------------------------


def test_a_proxy_is_taken_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests to an unresolvable host arrive at the proxy of `HTTP_PROXY`; `NO_PROXY` exempts a host."""
    for name in ("NO_PROXY", "no_proxy", "ALL_PROXY", "all_proxy", "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with answering() as (port, heads):
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{port}")
        check_reachable(Target.at("http://gateway.invalid", ENVIRONMENT), rounds=1)
        assert heads[0].startswith(b"GET http://gateway.invalid/v1/generations/")
        monkeypatch.setenv("NO_PROXY", "gateway.invalid")
        with pytest.raises(UsageError, match="does not resolve"):
            check_reachable(Target.at("http://gateway.invalid", ENVIRONMENT), rounds=1)


def test_further_headers_go_with_every_api_request() -> None:
    """The profile's headers are sent to the API, never with a download; a secret is shown by its variable."""
    text = profile(headers='X-Env = "blue"\nX-Access = { env = "ACCESS" }')
    target = Target.parse(text, {**ENVIRONMENT, "ACCESS": "s3cr"})
    client = Client(target)
    for step in (Create(target.request()), Fetch("gen_1")):
        outgoing = client.prepare(step)
        assert {("X-Env", "blue"), ("X-Access", "s3cr")} <= set(outgoing.headers)
        exchange = client.record(outgoing, Response(404), sent_at=0, answered_at=1)
        assert exchange.request.headers.get("x-access") == "$ACCESS"
        assert exchange.request.headers.get("x-env") == "blue"
        assert '"X-Access: $ACCESS"' in curl(exchange)
        assert "s3cr" not in f"{exchange!r}{target!r}{outgoing!r}"
    download = client.prepare(Download("https://cdn.example/a.png", Asset("gen_1", 0, {})))
    assert not {"X-Env", "X-Access"} & {name for name, _ in download.headers}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("Authorization = 'x'", "[headers] Authorization: is set by the suite itself; remove it"),
        ("'a b' = 'x'", "[headers] a b: is no name of a header"),
        ("X = 1", '[headers] X: is neither plain text nor { env = "VARIABLE" }'),
        ("X = { environment = 'E' }", '[headers] X: is neither plain text nor { env = "VARIABLE" }'),
        ("X = { env = 'UNSET' }", "[headers] X: set the environment variable UNSET to the header's value"),
        ("X = \"a\\nb\"", '[headers] X: is neither plain text nor { env = "VARIABLE" }'),
    ],
)  # fmt: skip
def test_headers_that_cannot_be_sent_are_told(row: str, told: str) -> None:
    """Each mistake in the table is one line that names the row."""
    with pytest.raises(UsageError, match=re.escape(told)):
        Target.parse(profile(headers=row), ENVIRONMENT)


# -- proxies that cut polls -------------------------------------------------------------------------------

NGINX = b"<html><head><title>504 Gateway Time-out</title></head><body><center><h1>504 Gateway Time-out</h1></center>\r\n<hr><center>nginx/1.25.3</center></body></html>"
PAGES = {
    "nginx": (504, (), NGINX),
    "Envoy": (504, (("content-type", "text/plain"),), b"upstream request timeout"),
    "HAProxy": (
        504,
        (),
        b"<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>",
    ),
    "Cloudflare": (524, (), b"error code: 524"),
    "Heroku": (503, (), b'<iframe src="//www.herokucdn.com/error-pages/application-error.html">'),
    "Squid": (504, (("X-Squid-Error", "ERR_READ_TIMEOUT 0"),), b"<title>ERROR</title>"),
    "Cloudflare challenge": (403, (("cf-mitigated", "challenge"),), b"<title>Just a moment...</title>"),
    "Amazon API Gateway": (
        504,
        (("content-type", "application/json"), ("x-amz-apigw-id", "AbC")),
        b'{"message": "Endpoint request timed out"}',
    ),
    "AWS load balancer": (504, (("Server", "awselb/2.0"),), b"<html><h1>504 Gateway Time-out</h1></html>"),
}


@pytest.mark.parametrize(("product", "page"), PAGES.items(), ids=PAGES)
def test_a_proxys_own_page_is_no_answer_of_the_gateway(
    product: str, page: tuple[int, tuple[tuple[str, str], ...], bytes]
) -> None:
    """It is recorded as a connection that was cut, with the product and the age of the poll."""
    status, headers, body = page
    client = Client(Target.parse(profile(), ENVIRONMENT))
    exchange = client.record(
        client.prepare(Fetch("gen_1", wait=60)),
        Response(status, Headers(headers), body),
        sent_at=10,
        answered_at=40.04,
    )
    assert exchange.response is None
    assert exchange.failure == Failure(
        "reset", f"cut by a proxy ({product.removesuffix(' challenge')}) with {status} at 30.0 s"
    )


@pytest.mark.parametrize(
    ("status", "content_type", "body"),
    [
        (504, "application/json", b'{"error":{"code":"provider_timeout","message":"nginx"}}'),
        (500, "text/html", NGINX),
        (502, "text/html", b"<html><h1>Bad Gateway</h1></html>"),
        (504, "text/plain", b"Gateway Timeout"),
        (200, "text/html", NGINX),
    ],
)
def test_the_gateways_own_errors_stay_its_own(status: int, content_type: str, body: bytes) -> None:
    """JSON, other statuses and pages of an unknown author are answers, and are judged."""
    assert proxies.cut_by(Response(status, Headers((("Content-Type", content_type),)), body)) is None


def test_page_at_once_is_no_cut() -> None:
    """What nothing was held for is answered in the gateway's place, not cut."""
    failure = proxies.cut(Response(502, body=NGINX), 0.02)
    assert failure == Failure("reset", "answered by a proxy (nginx) with 502 at 0.0 s")
    assert failure is not None
    assert proxies.product_in(failure) == "nginx with 502"


@pytest.mark.parametrize(
    ("status", "content_type", "body", "foreign"),
    [
        (504, "text/html", b"", True),
        (503, "application/json", b'{"message": "busy"}', True),
        (403, "text/html; charset=utf-8", b"<html>are you human?", True),
        (403, "application/json", b'{"detail": "no"}', False),
        (503, "application/json", b'{"error": {"code": "internal_error", "message": "no"}}', False),
        (500, "text/html", b"<html>", False),
        (404, "text/html", b"<html>", False),
    ],
)
def test_only_such_a_status_without_the_envelope_may_be_somebody_elses(
    status: int, content_type: str, body: bytes, foreign: bool
) -> None:
    """The documented envelope is the gateway's, and so are statuses that nobody on the way gives."""
    response = Response(status, Headers((("Content-Type", content_type),)), body)
    exchange = Exchange("fetch", Request("GET", "", "/v1/generations/gen_1"), 0, 1, response)
    assert proxies.foreign(exchange) is foreign


def test_every_kind_of_failure_is_in_the_schema_of_the_report() -> None:
    """The published schema knows what the code may write."""
    schema = (ROOT / "schemas" / "verdicts.schema.json").read_text()
    assert all(f'"{kind}"' in schema for kind in get_args(FailureKind))
