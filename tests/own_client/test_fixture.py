"""The fixture for teams who test their client: their httpx code, the reference gateway, no time spent."""

import asyncio
import time
from typing import Any

import httpx
import pytest

from generations_contract.api.usage import UsageError
from generations_contract.own_client.mount import MountedGateway, mounted

pytest_plugins = ["pytester"]


def create_and_wait(url: str, key: str, *, timeout_s: float, deadline_s: float = 300) -> dict[str, Any]:
    """A client as teams write them: create, then poll until the end, obeying Retry-After on 429."""
    headers, deadline = {"Authorization": f"Bearer {key}"}, time.monotonic() + deadline_s
    with httpx.Client(base_url=url, headers=headers, timeout=timeout_s) as client:
        body = {"model": "flux-1.1-pro", "input": {"prompt": "a lighthouse"}, "wait": 0}
        job: dict[str, Any] = client.post("/v1/generations", json=body).raise_for_status().json()
        while job["status"] in ("queued", "running") and time.monotonic() < deadline:
            answer = client.get(f"/v1/generations/{job['id']}", params={"wait": 60})
            job = answer.raise_for_status().json()
    return job


@pytest.mark.generations_gateway(durations_s=150)
def test_fixture_a_long_job_takes_no_time(generations_gateway: MountedGateway) -> None:
    """Three held polls of a job of 150 s come and go; the clock shows 150 s, and the client was polite."""
    job = create_and_wait(generations_gateway.url, generations_gateway.api_key, timeout_s=65)
    assert job["status"] == "completed"
    assert [round(each.elapsed_s) for each in generations_gateway.exchanges] == [0, 60, 60, 30]
    assert round(generations_gateway.now) == 150
    assert generations_gateway.findings() == []
    with pytest.warns(DeprecationWarning, match=r"findings\(\)"):
        assert generations_gateway.manners() == []


@pytest.mark.generations_gateway(durations_s={"flux-1.1-pro": 45})
def test_fixture_finds_a_client_that_gives_up_at_30_s(generations_gateway: MountedGateway) -> None:
    """A read time-out of 30 s raises `ReadTimeout` after 30 virtual seconds, and the finding tells why."""
    with pytest.raises(httpx.ReadTimeout):
        create_and_wait(generations_gateway.url, generations_gateway.api_key, timeout_s=30)
    assert round(generations_gateway.now) == 30
    [complaint] = generations_gateway.findings()
    assert complaint.startswith("client.gives-window: GET /v1/generations/")
    assert "given up after 30.0 s: read time-out too short" in complaint


def test_fixture_finds_a_client_that_ignores_retry_after(generations_gateway: MountedGateway) -> None:
    """Polling with wait=0 in a loop, against Retry-After, is complained of; waiting for it is not."""
    url, headers = (
        f"{generations_gateway.url}/v1/generations",
        {"Authorization": f"Bearer {generations_gateway.api_key}"},
    )
    body = {"model": "flux-1.1-pro", "input": {"prompt": "a lighthouse"}, "wait": 0}
    job = httpx.post(url, json=body, headers=headers).json()
    time.sleep(1)
    answer = httpx.get(f"{url}/{job['id']}", headers=headers)
    assert generations_gateway.findings() == []
    assert answer.headers["retry-after"] == "1"
    httpx.get(f"{url}/{job['id']}", headers=headers)
    hurried, impolite = sorted(generations_gateway.findings())
    assert hurried.startswith("client.honours-retry-after: ")
    assert hurried.endswith("; sent 0.0 s after it")
    assert impolite.startswith("client.polite-polling: a second between short polls; ")


@pytest.mark.generations_gateway(faults=["headers-terminal-no-store"], url="https://gateway.llm-stats.com")
def test_fixture_marker_chooses_faults_and_address(generations_gateway: MountedGateway) -> None:
    """The gateway stands at the address that the client has built in, and tells the lie that was asked for."""
    job = create_and_wait("https://gateway.llm-stats.com", generations_gateway.api_key, timeout_s=65)
    assert job["output"]["media"][0]["url"].startswith("https://gateway.llm-stats.com/media/")
    assert generations_gateway.exchanges[-1].header("cache-control") == "no-store"


def test_fixture_serves_asynchronous_clients() -> None:
    """`httpx.AsyncClient` and `asyncio.sleep` run on the same virtual clock."""

    async def run(gateway: MountedGateway) -> float:
        async with httpx.AsyncClient(timeout=65) as client:
            body = {"model": "veo-3", "input": {"prompt": "a lighthouse"}, "wait": 0}
            headers = {"Authorization": f"Bearer {gateway.api_key}"}
            created = await client.post(f"{gateway.url}/v1/generations", json=body, headers=headers)
            await asyncio.sleep(20)
            answer = await client.get(f"{gateway.url}/v1/generations/{created.json()['id']}", headers=headers)
            assert answer.json()["status"] == "completed"
        return gateway.now

    with mounted(durations_s=12) as gateway:
        assert asyncio.run(run(gateway)) == pytest.approx(20)


def _asked(gateway: MountedGateway) -> dict[str, Any]:
    return {"base_url": gateway.url, "headers": {"Authorization": f"Bearer {gateway.api_key}"}}


async def _job(client: httpx.AsyncClient, model: str = "flux-1.1-pro") -> str:
    body = {"model": model, "input": {"prompt": "a lighthouse"}, "wait": 0}
    created: dict[str, Any] = (await client.post("/v1/generations", json=body)).json()
    return str(created["id"])


def test_fixture_lets_tasks_wait_side_by_side() -> None:
    """Ten polls of 45 s that are held together take 45 s, and each task sees the clock of its own answer."""

    async def run(gateway: MountedGateway) -> list[float]:
        async with httpx.AsyncClient(**_asked(gateway), timeout=65) as client:
            ids = [await _job(client) for _ in range(10)]

            async def poll(one: str, start_s: float) -> float:
                await asyncio.sleep(start_s)
                answer = await client.get(f"/v1/generations/{one}", params={"wait": 60})
                assert answer.json()["status"] == "completed"
                return time.monotonic()

            began = time.monotonic()
            return [at - began for at in await asyncio.gather(*(poll(one, n) for n, one in enumerate(ids)))]

    with mounted(durations_s=45) as gateway:
        ends = asyncio.run(run(gateway))
    assert ends == pytest.approx([45.0] * 10)
    assert gateway.now == pytest.approx(45)
    held = sorted(each.elapsed_s for each in gateway.exchanges[10:])
    assert held == pytest.approx([36.0 + n for n in range(10)])
    assert gateway.findings() == []


def test_fixture_keeps_two_clients_apart() -> None:
    """One client waits for a minute while the other polls every second: neither's time is the other's."""

    async def run(gateway: MountedGateway) -> int:
        async with httpx.AsyncClient(**_asked(gateway), timeout=65) as one:
            job = await _job(one, "veo-3")
            held = asyncio.create_task(one.get(f"/v1/generations/{job}", params={"wait": 60}))
            polls = 0
            async with httpx.AsyncClient(**_asked(gateway)) as other:
                while not held.done():
                    await asyncio.sleep(1)
                    await other.get(f"/v1/generations/{job}")
                    polls += 1
            assert (await held).json()["status"] == "completed"
            return polls

    with mounted(durations_s=20) as gateway:
        assert asyncio.run(run(gateway)) == pytest.approx(20, abs=1)
        told = {line.partition(":")[0] for line in gateway.findings()}
    # The second one has a cadence of its own, and looks once more at what the first has seen the end of.
    assert told <= {"client.polite-polling", "client.stops-at-terminal"}


@pytest.mark.parametrize("way", ["wait_for", "timeout", "httpx"])
def test_fixture_finds_a_task_that_gives_up(way: str) -> None:
    """Whoever cancels a held poll at 30 s has given it up at 30 s, by whatever means."""

    async def run(gateway: MountedGateway) -> None:
        async with httpx.AsyncClient(**_asked(gateway), timeout=30 if way == "httpx" else 65) as client:
            job = await _job(client)
            poll = client.get(f"/v1/generations/{job}", params={"wait": 60})
            with pytest.raises((TimeoutError, httpx.ReadTimeout)):
                if way == "wait_for":
                    await asyncio.wait_for(poll, 30)
                elif way == "timeout":
                    async with asyncio.timeout(30):
                        await poll
                else:
                    await poll

    with mounted(durations_s=45) as gateway:
        asyncio.run(run(gateway))
        assert gateway.now == pytest.approx(30)
        [complaint] = gateway.findings()
    assert "given up after 30.0 s: read time-out too short" in complaint


def test_fixture_refuses_a_model_that_is_not_there() -> None:
    """A misspelt model id in `durations_s` is an error that lists the ids."""
    with (
        pytest.raises(UsageError, match=r"no model 'flux'; it has: flux-1\.1-pro"),
        mounted(durations_s={"flux": 1}),
    ):
        pass


TEAM = """
import httpx, pytest

@pytest.mark.generations_gateway(durations_s=45)
def test_impatient(generations_gateway):
    with httpx.Client(base_url=generations_gateway.url, timeout=30,
                      headers={"Authorization": f"Bearer {generations_gateway.api_key}"}) as client:
        client.post("/v1/generations", json={"model": "veo-3", "input": {"prompt": "x"}, "wait": 60})

@pytest.mark.generations_gateway("headers-429-bare")
def test_positional(generations_gateway): ...

@pytest.mark.generations_gateway(duration=3)
def test_unknown_option(generations_gateway): ...

@pytest.mark.generations_gateway(faults=["nosuch"])
def test_unknown_fault(generations_gateway): ...
"""


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n", "2")], ids=["alone", "two workers"])
def test_fixture_tells_beside_a_failure_what_the_client_did(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    """A team's test that fails shows the requests with their times and why; a wrong marker is one line."""
    pytester.makepyfile(TEAM)
    ran = pytester.runpytest_subprocess("-p", "generations_contract.plugin", *workers)
    ran.assert_outcomes(failed=1, errors=3)
    ran.stdout.fnmatch_lines(
        ["*generations gateway*", "*0.0 – 30.0 s  POST /v1/generations → read time-out of the client*"]
    )
    ran.stdout.fnmatch_lines(
        ["finding: client.gives-window: POST /v1/generations *given up after 30.0 s: read time-out too short"]
    )
    told = ran.stdout.str()
    assert "generations_gateway(headers-429-bare): it takes faults=, durations_s=, url=, catalogue=" in told
    assert "generations_gateway(duration): it takes faults=" in told
    assert "nosuch: is unknown" in told
    assert "UsageError" not in told


def test_fixture_gives_the_clock_back() -> None:
    """After the test, time passes as ever."""

    def clocks() -> tuple[object, ...]:
        loop = asyncio.BaseEventLoop
        return time.sleep, time.monotonic, time.time, time.perf_counter, loop.time, vars(loop)["_run_once"]

    real = clocks()
    with mounted():
        assert not set(clocks()) & set(real)
    assert clocks() == real
