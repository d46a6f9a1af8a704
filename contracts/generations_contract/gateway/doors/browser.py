"""What a served gateway has beside the API: a path that says it is up, and CORS for whoever comes from a page.

Without an `Origin` header, and elsewhere than at the health path, nothing differs from the gateway itself.
"""

from collections.abc import Callable
from typing import Any, Final

from generations_contract.gateway.answers import encode
from generations_contract.gateway.doors.asgi import Message, Receive, Send

HEALTH_PATH: Final = "/healthz"
_ALLOWED: Final = (
    (b"Access-Control-Allow-Methods", b"GET, POST, OPTIONS"),
    (b"Access-Control-Allow-Headers", b"Authorization, Content-Type"),
    (b"Access-Control-Max-Age", b"600"),
)
_SHOWN: Final = (b"Access-Control-Expose-Headers", b"Retry-After, Location, Server-Timing")


def for_browsers(app: Callable[..., Any]) -> Callable[..., Any]:
    """The application, with a health path that needs no key, and answers that pages of any origin may read."""

    async def beside(scope: Message, receive: Receive, send: Send) -> None:
        origin = dict(scope.get("headers", ())).get(b"origin")
        path = scope.get("path")
        if path == HEALTH_PATH and scope["method"] in ("GET", "HEAD"):
            await _answer(send, 200, encode({"status": "ok"}), _cors(origin))
        elif origin is not None and scope["method"] == "OPTIONS":
            await _answer(send, 204, b"", [*_cors(origin), *_ALLOWED])
        elif origin is None:
            await app(scope, receive, send)
        else:
            await app(scope, receive, _sharing(send, origin))

    return beside


def _cors(origin: bytes | None) -> list[tuple[bytes, bytes]]:
    return (
        [(b"Access-Control-Allow-Origin", origin), (b"Vary", b"Origin"), _SHOWN] if origin is not None else []
    )


def _sharing(send: Send, origin: bytes) -> Send:
    async def shared(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *_cors(origin)]}
        await send(message)

    return shared


async def _answer(send: Send, status: int, body: bytes, headers: list[tuple[bytes, bytes]]) -> None:
    fields = [(b"Content-Length", str(len(body)).encode()), (b"Cache-Control", b"no-store"), *headers]
    if body:
        fields.append((b"Content-Type", b"application/json"))
    await send({"type": "http.response.start", "status": status, "headers": fields})
    await send({"type": "http.response.body", "body": body})
