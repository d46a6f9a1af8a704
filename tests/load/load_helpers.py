"""What the tests of whole load runs share: locust in a process of its own, and tiny servers that misbehave.

Locust patches the process that imports it, so no test imports it. The servers speak just enough HTTP to be
wrong in one way; they run on a thread, on loopback.
"""

import asyncio
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeAlias

from tests import ROOT

KEY = "ze_load_tests_0123456789"
Stream: TypeAlias = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Behaviour: TypeAlias = Callable[["Server", bytes, Stream], Coroutine[Any, Any, None]]


# What a run asks before it begins: so many questions.
PREFLIGHT = 8


class Server:
    """A loopback server that does `behave(server, head, stream)` with every request of a run; counts them.

    The questions before the run it answers as the API does; one that `dies` is gone after them.
    """

    def __init__(self, behave: Behaviour, *, dies: bool = False) -> None:
        self._behave, self._dies, self._asked = behave, dies, 0
        self.seen: list[bytes] = []
        self.url = ""
        self._ready = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(5)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._server = server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=500)
        )
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.run_until_complete(asyncio.sleep(0.01))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next(
                    (
                        int(line[15:])
                        for line in head.lower().split(b"\r\n")
                        if line.startswith(b"content-length")
                    ),
                    0,
                )
                body = await reader.readexactly(length)
                if b"preflight" in head + body:
                    writer.write(_refusal(head))
                    self._asked += 1
                    if self._dies and self._asked == PREFLIGHT:
                        self._server.close()
                    continue
                self.seen.append(head)
                await self._behave(self, head, (reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()


def _refusal(head: bytes) -> bytes:
    code, status = "not_found", "404 Not Found"
    if b" /v1/generations" not in head.partition(b"\r\n")[0]:
        code = "no_such_path"
    elif head.startswith(b"POST"):
        code, status = "invalid_input", "400 Bad Request"
    elif b"authorization" not in head.lower():
        code, status = "unauthenticated", "401 Unauthorized"
    return answer(status, {"error": {"code": code, "message": "No."}})


@dataclass
class Finished:
    """A run that is over."""

    code: int
    printed: str
    result: dict[str, Any]
    directory: Path
    seen: list[bytes] = field(default_factory=list)


def answer(status: str, body: dict[str, Any], *, close: bool = False) -> bytes:
    """A whole HTTP answer with JSON."""
    data = json.dumps(body).encode()
    connection = "Connection: close\r\n" if close else ""
    return (
        f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nCache-Control: no-store\r\n"
        "Retry-After: 1\r\n"
        f"{connection}Content-Length: {len(data)}\r\n\r\n"
    ).encode() + data


def resource(status: str, generation_id: str, model: str = "runway-gen4") -> dict[str, Any]:
    """A generation that is not finished."""
    return {"id": generation_id, "object": "generation", "status": status, "model": model,
            "created_at": "2026-04-18T12:00:00Z"}  # fmt: skip


async def silent(_server: Server, _head: bytes, _stream: Stream) -> None:
    """Never answers."""
    await asyncio.sleep(3_600)


async def closes(_server: Server, _head: bytes, stream: Stream) -> None:
    """Closes the connection upon every request."""
    stream[1].close()
    raise ConnectionResetError


def cuts_after(seconds: float) -> Behaviour:
    """Creates as asked, and cuts every poll at this age, as a proxy with an idle timeout does."""

    async def behave(server: Server, head: bytes, stream: Stream) -> None:
        if head.startswith(b"POST"):
            stream[1].write(answer("202 Accepted", resource("queued", f"gen_{len(server.seen)}")))
            return
        await asyncio.sleep(seconds)
        stream[1].close()
        raise ConnectionResetError

    return behave


async def closes_politely(server: Server, head: bytes, stream: Stream) -> None:
    """Creates and answers after a moment, and closes the connection with every answer."""
    if head.startswith(b"POST"):
        stream[1].write(answer("202 Accepted", resource("queued", f"gen_{len(server.seen)}"), close=True))
    else:
        await asyncio.sleep(_wait_s(head))
        name = head.split(b" ", 2)[1].partition(b"?")[0].rpartition(b"/")[2].decode()
        stream[1].write(answer("200 OK", resource("running", name), close=True))
    await stream[1].drain()
    raise ConnectionResetError


async def turns_away(_server: Server, _head: bytes, stream: Stream) -> None:
    """Tells everybody to come back in two seconds."""
    body = {"error": {"code": "rate_limited", "message": "slow down"}}
    stream[1].write(answer("429 Too Many Requests", body).replace(b"Retry-After: 1", b"Retry-After: 2"))


async def finishes(server: Server, head: bytes, stream: Stream) -> None:
    """Creates, and fails every generation at its first poll."""
    if head.startswith(b"POST"):
        stream[1].write(answer("202 Accepted", resource("queued", f"gen_{len(server.seen)}")))
        return
    name = head.split(b" ", 2)[1].partition(b"?")[0].rpartition(b"/")[2].decode()
    ended = {"completed_at": "2026-04-18T12:00:01Z", "usage": {"cost_usd": 0.1},
             "error": {"code": "provider_timeout", "message": "too slow"}}  # fmt: skip
    stream[1].write(answer("200 OK", resource("failed", name) | ended))


def _wait_s(head: bytes) -> float:
    found = re.search(rb"[?&]wait=([0-9.]+)", head)
    return float(found.group(1)) if found else 0.0


@contextmanager
def load_run(
    directory: Path,
    *options: str,
    target: str | None = None,
    mode: str = "--headless",
    locustfile: Path = ROOT / "loadtests" / "locustfile.py",
) -> Iterator["subprocess.Popen[str]"]:
    """Locust with a locustfile, headless unless `mode` says otherwise, in a process of its own; reports go to the directory."""
    command = [sys.executable, "-m", "locust", "-f", str(locustfile), mode]
    command += ["--only-summary", "--load-report", str(directory), *options]
    command += ["--target", target] if target else []
    environment = {**os.environ, "GATEWAY_API_KEY": KEY, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
        cwd=directory.parent,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()


def finish(
    process: "subprocess.Popen[str]", directory: Path, timeout_s: float = 180
) -> tuple[int, str, dict[str, Any]]:
    """(exit code, output, load.json) of a run."""
    printed, _ = process.communicate(timeout=timeout_s)
    file = directory / "load.json"
    return process.returncode, printed, json.loads(file.read_text("utf-8")) if file.exists() else {}
