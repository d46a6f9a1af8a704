"""`generations_contract.watch`: an httpx client judged in passing, by its hooks."""

import asyncio
import gzip
from pathlib import Path
from typing import Any

import httpx
import pytest

import generations_contract
from generations_contract.audit import audit
from generations_contract.own_client.mount import MountedGateway, mounted
from generations_contract.own_client.watch import ContractBrokenError, Watch
from generations_contract.recordings.files import read
from generations_contract.wire.bounds import Bounds

BODY = {"model": "flux-1.1-pro", "input": {"prompt": "a lighthouse"}, "wait": 0}


def use(client: httpx.Client) -> dict[str, Any]:
    """Create a generation, poll it to its end, read it once more and download its picture."""
    job: dict[str, Any] = client.post("/v1/generations", json=BODY).json()
    while job["status"] not in ("completed", "failed"):
        job = client.get(f"/v1/generations/{job['id']}", params={"wait": 60}).json()
    client.get(f"/v1/generations/{job['id']}")
    httpx.Client.get(client, job["output"]["media"][0]["url"], headers={"Authorization": ""})
    return job


def client_of(gateway: MountedGateway) -> httpx.Client:
    """A team's client of the mounted gateway."""
    return httpx.Client(
        base_url=gateway.url, headers={"Authorization": f"Bearer {gateway.api_key}"}, timeout=65
    )


def test_watch_lets_an_honest_gateway_pass() -> None:
    """Everything that the client asked of the API is judged, and nothing is broken."""
    with mounted() as gateway, client_of(gateway) as client, generations_contract.watch(client) as watched:
        use(client)
        assert [each.kind for each in watched.exchanges] == ["create", "fetch", "fetch", "download"]
        assert watched.ledger.verdicts["wait.never-late"].state == "held"
        assert watched.breaches == []


def test_watch_names_the_breach_at_the_end_of_the_block() -> None:
    """A fault of the gateway fails the team's own test, with clause, expected and actual."""
    with (
        pytest.raises(ContractBrokenError, match=r"headers\.cache-terminal \(MUST\).*") as raised,
        mounted(faults=["headers-terminal-no-store"]) as gateway,
        client_of(gateway) as client,
        generations_contract.watch(client),
    ):
        use(client)
    assert "actual" in str(raised.value)
    assert gateway.api_key not in str(raised.value)


def test_watch_does_not_hide_the_clients_own_error() -> None:
    """An exception of the team's test comes out as it is, whatever has been found."""

    def run() -> None:
        with (
            mounted(faults=["headers-terminal-no-store"]) as gateway,
            client_of(gateway) as client,
            generations_contract.watch(client),
        ):
            use(client)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()


def test_watch_leaves_the_client_as_it_was() -> None:
    """After the block neither hooks nor a changed `send` remain."""
    with httpx.Client() as client:
        send = client.send
        with generations_contract.watch(client):
            assert client.send is not send
        assert client.send == send
        assert client.event_hooks == {"request": [], "response": []}


def test_watch_takes_streamed_answers_and_leaves_other_hosts_alone() -> None:
    """A body read as a stream is judged once it is closed; what is not of the API is not recorded."""
    with mounted() as gateway, client_of(gateway) as client, generations_contract.watch(client) as watched:
        with client.stream("POST", "/v1/generations", json=BODY) as answer:
            assert answer.read()
        client.get("/health")
        assert [each.kind for each in watched.exchanges] == ["create"]


def test_watch_does_not_blame_the_gateway_for_the_clients_time_out() -> None:
    """A client that hangs up before the window is over breaks nothing."""
    with (
        mounted(durations_s=100) as gateway,
        client_of(gateway) as client,
        generations_contract.watch(client) as watched,
    ):
        job = client.post("/v1/generations", json=BODY).json()
        with pytest.raises(httpx.ReadTimeout):
            client.get(f"/v1/generations/{job['id']}", params={"wait": 60}, timeout=30)
        failed = watched.exchanges[-1].failure
        assert failed is not None
        assert failed.kind == "abandoned"
        assert watched.breaches == []


def test_watch_serves_asynchronous_clients() -> None:
    """`httpx.AsyncClient` is watched in the same way."""

    async def run(gateway: MountedGateway) -> list[str]:
        headers = {"Authorization": f"Bearer {gateway.api_key}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=65) as client:
            with generations_contract.watch(client) as watched:
                job = (await client.post("/v1/generations", json={**BODY, "wait": 60})).json()
                await client.get(f"/v1/generations/{job['id']}")
            return [each.state or "" for each in watched.exchanges]

    with mounted() as gateway:
        assert asyncio.run(run(gateway)) == ["completed", "completed"]


def test_watch_writes_what_audit_reads(tmp_path: Path) -> None:
    """The JSON lines of a watched client are audited to the same verdicts, and hold no key."""
    with mounted() as gateway, client_of(gateway) as client:
        with generations_contract.watch(client, report=tmp_path) as watched:
            use(client)
        [path] = tmp_path.iterdir()
        assert gateway.api_key not in path.read_text()
        made = audit(read(path))
        assert [each.kind for _, each in made.exchanges] == ["create", "fetch", "fetch", "download"]
        assert made.ledger.failing == []
        assert made.ledger.verdicts["wait.never-late"].exercised == (
            watched.ledger.verdicts["wait.never-late"].exercised
        )


def test_watch_keeps_the_latest_and_judges_all() -> None:
    """A client may be watched for days: what is kept of its traffic has a bound, what is counted has none."""
    bounds = Bounds(watched_exchanges=3, watched_breaches=2)
    with mounted(faults=["headers-terminal-no-store"]) as gateway, client_of(gateway) as client:
        watched = Watch(client, bounds=bounds)
        for _ in range(4):
            use(client)
        watched.stop()
        with pytest.raises(ContractBrokenError):
            watched.check()
    assert (len(watched.exchanges), len(watched.breaches)) == (3, 2)
    assert watched.ledger.exchanges == 16
    assert watched.ledger.verdicts["headers.cache-terminal"].broken > 2


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_watch_keeps_no_body_that_is_too_large(coding: str) -> None:
    """The client gets all of it, packed or not; the judge is told that the recording has no body."""
    text = b'{"id": "gen_1", "more": "' + b"x" * 100_000 + b'"}'
    body = gzip.compress(text) if coding == "gzip" else text
    headers = {"Content-Type": "application/json", "Content-Encoding": coding}
    transport = httpx.MockTransport(
        lambda _: httpx.Response(200, headers=headers, stream=httpx.ByteStream(body))
    )
    with httpx.Client(base_url="https://gateway.test", transport=transport) as client:
        watched = Watch(client, bounds=Bounds(watched_bytes=50_000))
        assert client.get("/v1/generations/gen_1").content == text
        watched.stop()
    assert not watched.exchanges
    assert watched.breaches == []
