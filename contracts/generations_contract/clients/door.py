"""The gateway of one scenario on a socket: what the wire does to its answers, and a record of all that was said.

The reference gateway decides what is answered and when (`Gateway.receive`); here it is sent, cut, replaced, delayed.
Moments are taken before an answer is handed to the socket and after a request was read: a pause between them is never
longer than the client's own.
"""

import asyncio
import html
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Final

from generations_contract.api.terms import Terms
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.clients.record import Recorder
from generations_contract.clients.scenario import Act, Scenario
from generations_contract.clients.visit import GoneError, Visit
from generations_contract.exchange.ended import HANGING
from generations_contract.exchange.exchange import Failure
from generations_contract.gateway import Gateway, Reply, Request
from generations_contract.gateway.answers import encode
from generations_contract.gateway.doors.asgi import Message, Receive, Send, read_body, request_of
from generations_contract.gateway.wire import Headers

# An elapsed window is answered a moment after its end, as over a real network: who has no margin hangs up before.
ELAPSED_LATE_S: Final = 0.35
_BEAT_S: Final = 0.4
_PAGE: Final = (
    "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n"
    "<hr><center>edge-proxy</center>\r\n</body>\r\n</html>\r\n"
)
_REASONS: Final = {502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Time-out"}
_EXPIRED: Final = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'
    b"<Message>Request has expired</Message></Error>"
)


@dataclass
class Door:
    """The ASGI application of one scenario, for all its origins; `origins`: API, media, and where media redirects.

    `first_at`: when the first request came; `under_way`: how many are not answered yet. `held`: set while a poll is
    held; `over`: why what is left open is so, once the client was ended.
    """

    scenario: Scenario
    gateway: Gateway
    recorder: Recorder
    clock: Callable[[], float]
    terms: Terms = field(default_factory=Terms)
    origins: tuple[str, str, str] = ("", "", "")
    held: asyncio.Event = field(default_factory=asyncio.Event)
    over: str = ""
    numbers: Counter[str] = field(default_factory=Counter)
    first_at: float | None = None
    under_way: int = 0

    def at(self, origin: int) -> Callable[[Message, Receive, Send], Any]:
        """The application as it stands at one of the origins."""

        async def app(scope: Message, receive: Receive, send: Send) -> None:
            await self._answer(Visit(scope, receive, send), origin)

        return app

    async def _answer(self, visit: Visit, origin: int) -> None:
        try:
            body = await read_body(visit.receive)
        except ConnectionError:
            return
        request = request_of(visit.scope, body)
        visit.request, visit.sent_at = request, self.clock()
        self.first_at = visit.sent_at if self.first_at is None else self.first_at
        operation = "download" if origin else _operation(request)
        self.numbers[operation] += 1
        act = self.scenario.act(operation, self.numbers[operation])
        with self._noted(visit, origin, operation):
            if origin:
                await self._download(visit, act, origin)
            else:
                await self._api(visit, act)

    @contextmanager
    def _noted(self, visit: Visit, origin: int, operation: str) -> Iterator[None]:
        """Whatever comes of the visit, it is recorded."""
        self.under_way += 1
        try:
            yield
        except (GoneError, ConnectionError):
            visit.failure = (
                Failure("timeout", self.over) if self.over else Failure("abandoned", "the client hung up")
            )
        except asyncio.CancelledError:
            visit.failure = visit.failure or Failure("timeout", HANGING)
            raise
        finally:
            self.under_way -= 1
            ended_at = visit.answered_at or self.clock()
            self.recorder.take(visit, self.origins[origin], operation, ended_at, self.terms)

    # -- the API ------------------------------------------------------------------------------------------

    async def _api(self, visit: Visit, act: Act | None) -> None:
        if act is None or act.made or act.how in ("heartbeat", "buffered", "closing", "silent"):
            reply = self.gateway.receive(visit.request, visit.sent_at)
        else:
            reply = Reply(visit.sent_at, 500, (), b"")
        how = act.how if act else ""
        if how in ("lost", "page", "refusal") and act is not None:
            await self._instead(visit, act)
        elif how == "silent":
            await visit.hold_until(float("inf"), self.clock)
        elif how == "heartbeat" and reply.at > visit.sent_at and reply.status == 200:
            await self._with_heartbeat(visit, reply)
        else:
            await self._plainly(visit, reply, act)

    async def _plainly(self, visit: Visit, reply: Reply, act: Act | None) -> None:
        due = reply.at
        if _elapsed(reply, visit.sent_at):
            due += ELAPSED_LATE_S
        if act is not None:
            due += act.after_s
        if due > visit.sent_at:
            await self._hold(visit, due, reply)
        headers = reply.headers
        if act is not None and act.how == "buffered":
            headers = (*headers, ("Connection", "close"))
        await visit.answer(
            replace(reply, headers=headers), self.clock, sized=act is None or act.how != "buffered"
        )
        if act is not None and act.how == "closing":
            visit.transport.close()

    async def _hold(self, visit: Visit, until: float, reply: Reply) -> None:
        if reply.call is not None and reply.call.operation == "fetch":
            self.held.set()
        try:
            await visit.hold_until(until, self.clock)
        except GoneError:
            self.gateway.dropped(reply, self.clock())
            raise

    async def _instead(self, visit: Visit, act: Act) -> None:
        await visit.hold_until(visit.sent_at + act.after_s, self.clock)
        if act.how == "lost":
            visit.failure = Failure("reset", "the connection was reset")
            visit.answered_at = self.clock()
            await visit.reset()
            return
        if act.how == "page":
            title = html.escape(f"{act.status} {_REASONS[act.status]}")
            headers: Headers = (("Content-Type", "text/html"), *act.headers)
            body = _PAGE.format(title=title).encode()
        else:
            headers = (("Content-Type", "application/json"), ("Cache-Control", "no-store"), *act.headers)
            body = encode({"error": {"code": act.code, "message": act.message}})
        await visit.answer(Reply(self.clock(), act.status, headers, body), self.clock)

    async def _with_heartbeat(self, visit: Visit, reply: Reply) -> None:
        await visit.begin(reply.status, reply.headers)
        due = reply.at + (ELAPSED_LATE_S if _elapsed(reply, visit.sent_at) else 0.0)
        if reply.call is not None and reply.call.operation == "fetch":
            self.held.set()
        while (left := due - self.clock()) > 0:
            await visit.send({"type": "http.response.body", "body": b" ", "more_body": True})
            await visit.hold_until(self.clock() + min(left, _BEAT_S), self.clock)
        visit.answered_at = self.clock()
        visit.reply = reply
        await visit.send({"type": "http.response.body", "body": reply.body})

    # -- downloads ----------------------------------------------------------------------------------------

    async def _download(self, visit: Visit, act: Act | None, origin: int) -> None:
        how = act.how if act else ""
        if how == "redirect" and origin == 1:
            headers: Headers = (("Location", self.origins[2] + visit.request.target), ("Content-Length", "0"))
            await visit.answer(Reply(self.clock(), 302, headers, b""), self.clock)
        elif how == "expired" and "renewal=1" in visit.request.target.split("&"):
            headers = (("Content-Type", "application/xml"),)
            await visit.answer(Reply(self.clock(), 403, headers, _EXPIRED), self.clock)
        else:
            reply = await asyncio.to_thread(self.gateway.receive, visit.request, visit.sent_at)
            await visit.answer(reply, self.clock)


def _operation(request: Request) -> str:
    if request.path == GENERATIONS_PATH and request.method == "POST":
        return "create"
    if request.path.startswith(f"{GENERATIONS_PATH}/") and request.method == "GET":
        return "fetch"
    return "other"


def _elapsed(reply: Reply, sent_at: float) -> bool:
    """Whether it is the answer at the end of a window, and not at the job's."""
    job = reply.call.record.job if reply.call and reply.call.record else None
    return job is not None and reply.at > sent_at and job.ends_at > reply.at
