"""The guard in front of the parser: heads that do not come are given up."""

import asyncio
import json

import pytest
import uvicorn
from uvicorn.server import ServerState

from generations_contract.gateway import Gateway
from generations_contract.gateway.doors import server
from generations_contract.gateway.doors.asgi import App


async def exchange(*pieces: bytes) -> list[bytes]:
    """What comes back for each piece sent on one connection; b"" is the end of it."""
    config = uvicorn.Config(App(Gateway()), ws="none", lifespan="off", log_config=None, access_log=False)
    loop = asyncio.get_running_loop()
    listener = await loop.create_server(
        lambda: server.GuardedProtocol(config, ServerState(), {}), "127.0.0.1", 0
    )
    async with listener:
        reader, writer = await asyncio.open_connection(*listener.sockets[0].getsockname()[:2])
        answers = []
        for piece in pieces:
            writer.write(piece)
            answers.append(await asyncio.wait_for(reader.read(65536), 10))
        writer.close()
    return answers


REQUEST = b"GET /v1/generations/x HTTP/1.1\r\nHost: x\r\n"


@pytest.mark.parametrize("piece", [b"", b"GET /v1/gen", REQUEST], ids=["silence", "line", "head"])
def test_head_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch, piece: bytes) -> None:
    """A connection without a whole head is closed after its time."""
    monkeypatch.setattr(server, "HEAD_S", 0.05)
    assert asyncio.run(exchange(piece)) == [b""]


def test_second_head_has_its_own_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """After an answer the connection may rest, and the next request counts from its first byte."""
    monkeypatch.setattr(server, "HEAD_S", 0.05)
    first, second = asyncio.run(exchange(REQUEST + b"\r\n", b"GET /v1"))
    assert first.startswith(b"HTTP/1.1 401 ")
    assert b'"unauthenticated"' in first + second


def test_head_in_small_pieces_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    """A head is limited as a whole, however it is cut."""
    monkeypatch.setattr(server, "HEAD_BYTES_MAX", 1000)
    (answer,) = asyncio.run(exchange(REQUEST + b"X: " + b"y" * 2000))
    status, _, rest = answer.partition(b"\r\n")
    assert status == b"HTTP/1.1 400 Bad Request"
    assert "longer than 1000 bytes" in json.loads(rest.partition(b"\r\n\r\n")[2])["error"]["message"]
