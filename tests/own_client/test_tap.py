"""How a client is listened to: its own queue is not the gateway's, hooks and cancelling lose nothing, httpx2 is welcome."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest

import generations_contract
from generations_contract.api.target import Target
from generations_contract.own_client.mount import MountedGateway, mounted
from generations_contract.own_client.watch import Watch
from tests.own_client.test_watch import BODY, client_of
from tests.support.stages import served


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """The reference gateway over real HTTP."""
    with served(tmp_path_factory.mktemp("served")) as target:
        yield target


def keyed(target: Target) -> dict[str, Any]:
    """What a client of the served gateway is made with."""
    headers = {"Authorization": f"Bearer {target.keys['main']}"}
    return {"base_url": target.base_url, "headers": headers, "timeout": httpx.Timeout(70, pool=None)}


def test_watch_does_not_count_the_clients_own_queue(reference: Target) -> None:
    """Polls that wait for the client's only connection are answered in their window, counted from when they left."""

    async def run() -> list[float]:
        limits = httpx.Limits(max_connections=1)
        async with httpx.AsyncClient(**keyed(reference), limits=limits) as client:
            with generations_contract.watch(client) as watched:
                job = (await client.post("/v1/generations", json={**BODY, "model": "runway-gen4"})).json()
                polls = (client.get(f"/v1/generations/{job['id']}", params={"wait": 0.7}) for _ in range(3))
                await asyncio.gather(*polls)
            return [each.elapsed_s for each in watched.exchanges]

    assert max(asyncio.run(run())) < 1.2


def test_watch_does_not_count_what_the_reader_of_a_stream_let_lie() -> None:
    """A client that reads the body later is no reason to call the answer late; a late end of the body still is."""
    with mounted() as gateway, client_of(gateway) as client, generations_contract.watch(client) as watched:
        with client.stream("POST", "/v1/generations", json=BODY) as answer:
            time.sleep(5)
            answer.read()
        assert watched.exchanges[0].kind == "create"
        assert watched.breaches == []


def test_watch_refuses_what_is_no_client() -> None:
    """A module, a class, a wrapper: a TypeError that says what is wanted."""
    for odd in (httpx, httpx.Client, object(), None, httpx.get):
        with pytest.raises(TypeError, match=r"takes an httpx\.Client or httpx\.AsyncClient"):
            generations_contract.watch(odd)  # type: ignore[arg-type]


@pytest.mark.parametrize("first_out", [0, 1])
def test_watch_can_be_nested(first_out: int) -> None:
    """Two watches see the same, leave in any order, and the client is as it was."""
    with mounted() as gateway, client_of(gateway) as client:
        send = client.send
        watches = [generations_contract.watch(client), generations_contract.watch(client)]
        client.post("/v1/generations", json=BODY)
        watches[first_out].stop()
        client.post("/v1/generations", json=BODY)
        watches[1 - first_out].stop()
        client.post("/v1/generations", json=BODY)
        assert [len(each.exchanges) for each in watches] == ([1, 2] if first_out == 0 else [2, 1])
        assert client.event_hooks == {"request": [], "response": []}
        with generations_contract.watch(client) as again:
            client.post("/v1/generations", json=BODY)
        assert len(again.exchanges) == 1
        assert first_out == 0 or client.send == send


def test_watch_outlives_hooks_that_are_replaced() -> None:
    """Whoever sets `event_hooks` anew, or raises in one, takes no request out of the record."""

    def refuse(response: httpx.Response) -> None:
        response.raise_for_status()

    with mounted() as gateway, client_of(gateway) as client, generations_contract.watch(client) as watched:
        client.event_hooks = {"response": [refuse]}
        client.post("/v1/generations", json=BODY)
        with pytest.raises(httpx.HTTPStatusError):
            client.get("/v1/generations/gen_nosuch")
        client.event_hooks = {}
        client.post("/v1/generations", json=BODY)
        watched.stop()
        assert client.event_hooks == {"request": [], "response": []}
    assert [each.status for each in watched.exchanges if each.kind == "create"] == [200, 200]


def test_watch_keeps_requests_that_were_cancelled() -> None:
    """A task that is cancelled while its poll is held has abandoned it: that is kept, and nobody's breach."""

    async def run(gateway: MountedGateway) -> Watch:
        headers = {"Authorization": f"Bearer {gateway.api_key}"}
        async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=65) as client:
            with generations_contract.watch(client) as watched:
                job = (await client.post("/v1/generations", json=BODY)).json()
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(client.get(f"/v1/generations/{job['id']}?wait=60"), 2)
            return watched

    with mounted(durations_s=100) as gateway:
        watched = asyncio.run(run(gateway))
    failure = watched.exchanges[-1].failure
    assert failure is not None
    assert (failure.kind, failure.detail) == ("abandoned", "CancelledError")
    assert watched.exchanges[-1].elapsed_s == pytest.approx(2, abs=0.01)


def test_watch_passes_on_what_the_connection_traces(reference: Target) -> None:
    """A `trace` of the client's own is called as ever, redirects included."""
    steps: list[str] = []
    with httpx.Client(**keyed(reference)) as client, generations_contract.watch(client):
        client.get("/v1/generations/gen_nosuch", extensions={"trace": lambda name, _: steps.append(name)})
    assert "http11.send_request_headers.started" in steps


@pytest.mark.parametrize("asynchronous", [False, True])
def test_watch_takes_a_client_of_httpx2(asynchronous: bool) -> None:
    """What goes on from httpx under another name, with the same interface, is watched in the same way."""
    httpx2 = pytest.importorskip("httpx2")

    class Streamed(httpx2.SyncByteStream, httpx2.AsyncByteStream):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[bytes]:
            yield b'{"id": "gen_1"}'

        async def __aiter__(self) -> AsyncIterator[bytes]:
            yield b'{"id": "gen_1"}'

    async def later(client: Any) -> None:
        async with client:
            await client.get("https://gw.example/v1/generations/gen_1")

    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, stream=Streamed()))
    client = (httpx2.AsyncClient if asynchronous else httpx2.Client)(transport=transport)
    watched = generations_contract.watch(client)
    if asynchronous:
        asyncio.run(later(client))
    else:
        client.get("https://gw.example/v1/generations/gen_1")
    watched.stop()
    assert [clause_id for clause_id, _ in watched.breaches][:1] == ["response.schema"]
    assert client.event_hooks == {"request": [], "response": []}
