"""Every way in which a client sleeps is seen by the fixture's clock, or the test says that it stood still."""

import asyncio
import queue
import select
import threading
import time
from collections.abc import Callable
from functools import partial
from time import monotonic, sleep

import anyio
import httpx
import pytest
import uvloop

from generations_contract.own_client import mount
from generations_contract.own_client.mount import MountedGateway, mounted
from generations_contract.own_client.virtual_time import VirtualTime

BODY = {"model": "flux-1.1-pro", "input": {"prompt": "a lake"}, "wait": 0}
IMPORTED = sleep
MOST_POLLS = 12


class Napper:
    """A client's class that holds what it sleeps by."""

    nap = staticmethod(time.sleep)

    def by_default(self, seconds: float, sleeper: Callable[[float], None] = time.sleep) -> None:
        """Sleep by a default argument."""
        sleeper(seconds)


def by_name(seconds: float, *, sleeper: Callable[[float], None] = time.sleep) -> None:
    """Sleep by a default argument that only has a name."""
    sleeper(seconds)


def by_queue(seconds: float) -> None:
    """Wait for something that does not come."""
    with pytest.raises(queue.Empty):
        queue.Queue[int]().get(timeout=seconds)


def by_condition(seconds: float) -> None:
    """Wait for a change that does not come."""
    changed = threading.Condition()
    with changed:
        changed.wait_for(lambda: False, timeout=seconds)


def until(seconds: float) -> None:
    """Sleep in pieces, by a clock that was imported."""
    ends_at = monotonic() + seconds
    while monotonic() < ends_at:
        sleep(0.1)


SLEEPS: dict[str, Callable[[float], object]] = {
    "time.sleep": lambda seconds: time.sleep(seconds),
    "from time import sleep": lambda seconds: sleep(seconds),
    "another name": lambda seconds: IMPORTED(seconds),
    "a default argument": lambda seconds: by_name(seconds),
    "a class": lambda seconds: Napper.nap(seconds),
    "a method's default": lambda seconds: Napper().by_default(seconds),
    "Event.wait": lambda seconds: threading.Event().wait(seconds),
    "Condition.wait_for": by_condition,
    "Semaphore.acquire": lambda seconds: threading.Semaphore(0).acquire(timeout=seconds),
    "queue.get": by_queue,
    "until": until,
}
# What nobody can replace takes real time.
REAL_SLEEPS: dict[str, Callable[[float], object]] = {
    "partial": partial(time.sleep),
    "select": lambda seconds: select.select([], [], [], seconds),
    "Lock.acquire": lambda seconds: _taken().acquire(timeout=seconds),
}


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


def hurried(gateway: MountedGateway) -> list[str]:
    """The findings about requests that came too soon; that short polls are a cadence of its own is told apart."""
    return [each for each in gateway.findings() if not each.startswith("client.polite-polling")]


def poll(gateway: MountedGateway, nap: Callable[[float], object], pause_s: float = 1) -> int:
    """Create a generation and poll it with short polls; gives how many it took."""
    headers = {"Authorization": f"Bearer {gateway.api_key}"}
    with httpx.Client(base_url=gateway.url, headers=headers) as client:
        job = client.post("/v1/generations", json=BODY).json()
        for turn in range(MOST_POLLS):
            if job["status"] == "completed":
                return turn
            nap(pause_s)
            job = client.get(f"/v1/generations/{job['id']}").json()
    pytest.fail(f"still {job['status']}: {gateway.findings()}")


@pytest.mark.parametrize("nap", SLEEPS.values(), ids=SLEEPS)
def test_sleep_is_seen_however_it_is_held(nap: Callable[[float], object]) -> None:
    """Six polls a second apart, in no time: the clock moves, and the client is good."""
    began = time.monotonic()
    with mounted(durations_s=6) as gateway:
        assert poll(gateway, nap) in (6, 7)
        assert hurried(gateway) == []
        assert gateway.now == pytest.approx(6.5, abs=0.7)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize("nap", REAL_SLEEPS.values(), ids=REAL_SLEEPS)
def test_sleep_that_is_real_passes_as_much_time(nap: Callable[[float], object]) -> None:
    """What sleeps out of sight is seen by what it takes; nobody is accused of not having waited."""
    with mounted(durations_s=1) as gateway:
        assert poll(gateway, nap, 1.02) == 1
        assert hurried(gateway) == []


def test_stand_in_that_was_taken_goes_on_working() -> None:
    """A module that is imported while the clock is mounted keeps a reference: afterwards it sleeps for real, then not."""
    with VirtualTime().in_place():
        taken = time.sleep
    began = time.perf_counter()
    taken(0.05)
    assert time.perf_counter() - began >= 0.05
    clock = VirtualTime()
    with clock.in_place():
        taken(100)
    assert clock.now == 100


def test_everything_is_put_back() -> None:
    """After the test the modules, functions and classes hold what they held."""

    def held() -> tuple[object, ...]:
        return (sleep, monotonic, by_name.__kwdefaults__, Napper.nap, Napper.by_default.__defaults__,
                threading.Condition.wait, uvloop.Loop)  # fmt: skip

    real = held()
    with mounted():
        assert sleep is time.sleep
    assert held() == real


def test_wait_that_a_thread_can_end_is_real() -> None:
    """Where a thread of the client is at work, a wait with a time-out waits for it, and does not jump."""
    clock, done = VirtualTime(), threading.Event()
    with clock.in_place():
        thread = threading.Thread(target=done.set)
        thread.start()
        assert done.wait(30)
        thread.join()
    assert clock.now < 20


async def create_and_poll(gateway: MountedGateway, nap: Callable[[float], object]) -> str:
    """The same with an asynchronous client."""
    headers = {"Authorization": f"Bearer {gateway.api_key}"}
    async with httpx.AsyncClient(base_url=gateway.url, headers=headers, timeout=65) as client:
        job = (await client.post("/v1/generations", json=BODY)).json()
        for _ in range(MOST_POLLS):
            if job["status"] == "completed":
                break
            await nap(1)  # type: ignore[misc]
            job = (await client.get(f"/v1/generations/{job['id']}")).json()
    return str(job["status"])


@pytest.mark.parametrize("way", ["asyncio", "anyio", "anyio with uvloop", "uvloop.run", "uvloop's factory"])
def test_tasks_sleep_by_the_same_clock(way: str) -> None:
    """asyncio's sleep and anyio's; whoever asks for a loop of uvloop gets asyncio's own."""
    with mounted(durations_s=6) as gateway:
        if way == "asyncio":
            status = asyncio.run(create_and_poll(gateway, asyncio.sleep))
        elif way.startswith("anyio"):
            options = {"use_uvloop": True} if "uvloop" in way else {}
            status = anyio.run(create_and_poll, gateway, anyio.sleep, backend_options=options)
        elif way == "uvloop.run":
            status = uvloop.run(create_and_poll(gateway, asyncio.sleep))
        else:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                status = runner.run(create_and_poll(gateway, asyncio.sleep))
        assert status == "completed"
        assert hurried(gateway) == []


def test_loop_of_another_make_fails_at_once() -> None:
    """A loop that was made before keeps real time: the test says so at the first request."""
    loop = uvloop.new_event_loop()
    with (
        mounted(durations_s=6) as gateway,
        pytest.raises(pytest.fail.Exception, match="clock stood still.*uvloop"),
    ):
        loop.run_until_complete(create_and_poll(gateway, asyncio.sleep))
    loop.close()


def test_trio_is_told_or_fails_at_once() -> None:
    """Under trio the clock stands still, and the test says so at the first request."""
    trio = pytest.importorskip("trio")
    with (
        mounted(durations_s=6) as gateway,
        pytest.raises(pytest.fail.Exception, match="clock stood still.*trio"),
    ):
        trio.run(create_and_poll, gateway, trio.sleep)


def test_loop_without_a_pause_ends_and_is_told_once() -> None:
    """Polls that never wait come to the job's end, and what is wrong with them is said once, with how often."""
    with mounted(durations_s=2) as gateway:
        headers = {"Authorization": f"Bearer {gateway.api_key}"}
        with httpx.Client(base_url=gateway.url, headers=headers) as client:
            job = client.post("/v1/generations", json=BODY).json()
            while job["status"] != "completed":
                job = client.get(f"/v1/generations/{job['id']}").json()
        complaints = hurried(gateway)
    assert len(complaints) == 2, complaints  # after queued, and after running
    assert all("with Retry-After; sent 0.0 s after it (×" in each for each in complaints)


def test_loop_without_an_end_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that polls for ever is told so after some thousand requests, and nothing hangs."""
    monkeypatch.setattr(mount, "_MOST_REQUESTS", 50)
    with (
        mounted(durations_s=600) as gateway,
        pytest.raises(pytest.fail.Exception, match="50 requests in .* no end"),
    ):
        poll(gateway, lambda _: [httpx.get(f"{gateway.url}/v1/generations/gen_x") for _ in range(60)])
