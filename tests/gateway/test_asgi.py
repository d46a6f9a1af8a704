"""The adapter between ASGI and the core: bodies, holds, clients that hang up, bugs."""

import asyncio
import json
from collections.abc import Iterable
from typing import Any

import pytest

from generations_contract.gateway import Fault, Gateway
from generations_contract.gateway.doors.asgi import App, Message
from generations_contract.gateway.tampers import FAULTS
from tests.gateway.gateway_helpers import bearer

WHOLE = [{"type": "http.request", "body": b'{"model": "instant-image", "input": {"prompt": "x"}}'}]
HUNG_UP = {"type": "http.disconnect"}


def ask(
    app: App, messages: Iterable[Message], *, method: str = "POST", path: str = "/v1/generations"
) -> list[Message]:
    """What the application sends to a client that says these things and then nothing more."""
    name, value = bearer(app.gateway)
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.lower().encode(), value.encode())],
    }
    coming, sent = iter(messages), list[Message]()

    async def receive() -> Message:
        for message in coming:
            return message
        await asyncio.Event().wait()
        raise AssertionError("unreachable")

    async def send(message: Message) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    return sent


def answer(sent: list[Message]) -> tuple[int, Any, dict[str, str]]:
    """Status, JSON and headers of what was sent."""
    start, body = sent
    headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
    return start["status"], json.loads(body["body"]), headers


def test_answer_waits_until_it_is_due() -> None:
    """The application sleeps until `reply.at`, and tells the true hold."""
    status, document, headers = answer(ask(App(Gateway()), WHOLE))
    assert (status, document["status"]) == (200, "completed")
    assert float(headers["server-timing"].removeprefix("hold;dur=").partition(",")[0]) >= 2


def test_answer_is_never_early_on_a_slow_clock() -> None:
    """When the event loop wakes before the clock says so, the application goes on waiting."""
    ticks = iter([0.0, 0.0, 0.0019, 0.0019999])
    app = App(Gateway(), clock=lambda: next(ticks, 0.0021))
    assert answer(ask(app, WHOLE))[1]["status"] == "completed"
    assert next(ticks, None) is None


def test_body_in_pieces_is_put_together() -> None:
    """A body may come in any pieces, empty ones too."""
    whole = WHOLE[0]["body"]
    pieces = [whole[:9], b"", whole[9:30], whole[30:]]
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    assert answer(ask(App(Gateway()), [*messages, {"type": "http.request"}]))[0] == 200


def test_client_gone_before_its_body_is_whole_gets_nothing() -> None:
    """Half a request is none: nothing is created, nothing sent."""
    app = App(Gateway())
    assert ask(app, [{"type": "http.request", "body": b"{", "more_body": True}, HUNG_UP]) == []
    assert not app.gateway.state.records


def test_client_gone_while_held_is_told_to_the_core() -> None:
    """Hanging up during the hold ends it, and reaches the hook `dropped`."""
    app = App(Gateway(tampers=[FAULTS["lifecycle-lost-after-drop"]]))
    assert ask(app, [{**WHOLE[0], "body": WHOLE[0]["body"].replace(b"instant", b"marathon")}, HUNG_UP]) == []
    (record,) = app.gateway.state.records.values()
    assert record.job.ends_as == "cancelled"
    assert app.gateway.state.holds.count(0) == 0


def test_slow_body_is_408() -> None:
    """A body that does not come in time is given up, and the connection with it."""
    app = App(Gateway(), body_s=0.01)
    status, document, headers = answer(ask(app, [{"type": "http.request", "body": b"{", "more_body": True}]))
    assert (status, document["error"]["code"]) == (408, "request_timeout")
    assert headers["connection"] == "close"


@pytest.mark.parametrize(("pieces", "close"), [(20, None), (60, "close")])
def test_large_body_is_413_and_drained_within_reason(pieces: int, close: str | None) -> None:
    """Too large a body is read to its end, so that the answer arrives; an endless one is not."""
    app = App(Gateway(), drain_bytes=2_000_000)
    piece = {"type": "http.request", "body": b" " * 100_000, "more_body": True}
    status, document, headers = answer(ask(app, [piece] * pieces + [{"type": "http.request"}]))
    assert (status, document["error"]["code"]) == (413, "payload_too_large")
    assert headers.get("connection") == close


def test_bug_is_answered_as_internal_error(caplog: pytest.LogCaptureFixture) -> None:
    """A bug of ours is logged with its traceback and answered with the document's code, and no more."""

    def broken(_call: Any, _value: Any) -> Any:
        raise RuntimeError("secret detail")

    app = App(Gateway(tampers=[Fault("broken", "Breaks.", frozenset(), {"resource": (broken,)})]))
    status, document, _ = answer(ask(app, WHOLE))
    assert (status, document["error"]["code"]) == (500, "internal_error")
    assert "secret" not in json.dumps(document)
    assert "secret detail" in caplog.text


def test_head_of_a_request_is_passed_as_it_is() -> None:
    """Method and path reach the core untouched."""
    status, _, headers = answer(ask(App(Gateway()), WHOLE, method="PATCH", path="/v1/generations/x"))
    assert (status, headers["allow"]) == (405, "GET")


def test_other_protocols_are_not_spoken() -> None:
    """A websocket is no HTTP."""
    with pytest.raises(NotImplementedError):
        asyncio.run(App(Gateway())({"type": "websocket"}, None, None))  # type: ignore[arg-type]
