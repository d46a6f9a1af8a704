"""Three stages on which the same scripts play: direct, respx with a virtual clock, and real HTTP.

`direct` hands requests straight to a reference gateway; `respx` sends them through httpx and a respx router
to the same gateway, so that what httpx does to a request is part of the play; `http` sends them to a live
target. The first two share one virtual clock. The exchanges are equal on all three, times on real HTTP
aside.
"""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Final, Protocol, TypeVar

import httpx
import respx

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Exchange, Failure, Headers, Response
from generations_contract.gateway import Gateway, Reply
from generations_contract.gateway import Request as GatewayRequest
from generations_contract.scripts.driver import See, ThreadDriver, VirtualDriver, Wire
from generations_contract.scripts.script import Fetch, Script
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.client import Client, HttpClient, Outgoing, send_with
from generations_contract.wire.run_health import RunHealth
from generations_contract.wire.transport import followed

T = TypeVar("T")

# The id that a target is asked for, to see whether it answers at all.
PLAIN_QUESTION: Final = "gen_preflight_never_was"


class Stage(Protocol):
    """Where scripts play. `virtual`: time is computed, not spent."""

    client: Client
    virtual: bool

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script; `see` gets every exchange in the order of the answers."""

    def now(self) -> float:
        """Seconds on this stage's clock."""

    def close(self) -> None:
        """Let go of connections; whoever still waits gets a failure."""


class Overheard:
    """A stage whose every exchange somebody else hears of as well, before the judge does."""

    def __init__(self, stage: Stage, hear: See) -> None:
        self._stage, self._hear = stage, hear
        self.client: Client = stage.client
        self.virtual: bool = stage.virtual

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script on the stage."""

        def hear_and_see(exchange: Exchange) -> None:
            self._hear(exchange)
            see(exchange)

        return self._stage.perform(script, hear_and_see)

    def now(self) -> float:
        """Seconds on the stage's clock."""
        return self._stage.now()

    def close(self) -> None:
        """Close the stage."""
        self._stage.close()


class DirectStage:
    """The reference gateway without HTTP, on a virtual clock."""

    virtual = True

    def __init__(self, target: Target, gateway: Gateway) -> None:
        self.client = Client(target)
        self.gateway = gateway
        self._driver = VirtualDriver(self._send)

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script in virtual time."""
        return self._driver.perform(script, see)

    def now(self) -> float:
        """Virtual seconds since the stage was opened."""
        return self._driver.now

    def jump(self, now: float) -> None:
        """Let the clock go on to a later time."""
        self._driver.now = max(self._driver.now, now)

    def close(self) -> None:
        """Nothing to let go of."""

    def _send(self, step: Wire, now: float) -> Exchange:
        outgoing = self.client.prepare(step)
        at = now

        def send(hop: Outgoing) -> Response | Failure:
            nonlocal at
            outcome, at = self._deliver(hop, at)
            return outcome

        outcome = followed(outgoing, self.client.bounds.hops, send)
        return self.client.record(
            outgoing, outcome, sent_at=now, answered_at=at, answered_unix=self.gateway.state.epoch + at
        )

    def _deliver(self, outgoing: Outgoing, now: float) -> tuple[Response | Failure, float]:
        reply = self.gateway.receive(_gateway_request(outgoing), now)
        if reply.at > now + outgoing.timeout_s:
            at = now + outgoing.timeout_s
            self.gateway.dropped(reply, at)
            return outgoing.gave_up(), at
        return Response(reply.status, Headers(reply.headers), reply.body), reply.at


class RespxStage(DirectStage):
    """The reference gateway behind httpx and respx, on a virtual clock: no socket, no sleep."""

    def __init__(self, target: Target, gateway: Gateway) -> None:
        super().__init__(target, gateway)
        self._now = 0.0
        self._reply: Reply | None = None
        self._router = respx.Router(assert_all_called=False)
        self._router.route().mock(side_effect=self._answer)
        self._http = httpx.Client(
            transport=httpx.MockTransport(self._router.handler), headers={"Accept": "*/*"}
        )

    def close(self) -> None:
        """Close the httpx client."""
        self._http.close()

    def _deliver(self, outgoing: Outgoing, now: float) -> tuple[Response | Failure, float]:
        self._now, self._reply = now, None
        outcome = send_with(self._http, outgoing)
        self._router.calls.clear()
        if self._reply is None:
            return outcome, now
        if isinstance(outcome, Response):
            return outcome, self._reply.at
        at = min(self._reply.at, now + outgoing.timeout_s)
        self.gateway.dropped(self._reply, at)
        return outcome, at

    def _answer(self, request: httpx.Request) -> httpx.Response:
        sent = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw)
        target = request.url.raw_path.decode("ascii")
        self._reply = self.gateway.receive(
            GatewayRequest(request.method, target, sent, request.content), self._now
        )
        timeout: Mapping[str, float | None] = request.extensions.get("timeout", {})
        read = timeout.get("read")
        # respx knows no time-outs: without this a poll that never ends would look answered.
        if read is not None and self._reply.at > self._now + read:
            raise httpx.ReadTimeout("the virtual clock passed the read timeout", request=request)
        return httpx.Response(self._reply.status, headers=list(self._reply.headers), content=self._reply.body)


class HttpStage:
    """A live target over real HTTP, in real time."""

    virtual = False

    def __init__(
        self,
        target: Target,
        floor_s: float = 0.0,
        bounds: Bounds = BOUNDS,
        unix: Callable[[], float] | None = None,
    ) -> None:
        self._unix = unix or time.time
        self.client = Client(target, target.terms(floor_s), bounds)
        self._http = HttpClient(ca_file=target.ca_file, bounds=bounds)
        limits = target.profile.limits
        longest_s = limits.max_time_s + max(limits.image_deadline_s, limits.video_deadline_s)
        self._watch = RunHealth(bounds, time.monotonic() + longest_s)
        self._closed = threading.Event()
        self._driver = ThreadDriver(self._send, self._pause)

    @property
    def lost(self) -> str | None:
        """Why nothing more is sent, `None` while the run may go on."""
        return self._watch.over(time.monotonic())

    def perform(self, script: Script[T], see: See) -> T:
        """Run a script in this thread and real time."""
        return self._driver.perform(script, see)

    def now(self) -> float:
        """Seconds on the monotonic clock."""
        return time.monotonic()

    def close(self) -> None:
        """Wake those who pause and close all connections."""
        self._closed.set()
        self._http.close()

    def _pause(self, seconds: float) -> None:
        if self._closed.wait(min(seconds, threading.TIMEOUT_MAX)):
            raise StageClosedError

    def _send(self, step: Wire) -> Exchange:
        if self._closed.is_set():
            raise StageClosedError
        if self.lost:
            raise (TargetLostError if self._watch.lost else StageClosedError)(self.lost)
        outgoing = self.client.prepare(step)
        moments = [time.monotonic()]
        outcome = self._http.send(outgoing, lambda: moments.append(time.monotonic()))
        answered_at = time.monotonic()
        if self._watch.suspicious(outgoing.kind, outcome, answered_at):
            self._watch.conclude(self._http.send(self.client.prepare(Fetch(PLAIN_QUESTION))))
        return self.client.record(
            outgoing,
            self._watch.keep(outgoing.kind, outcome),
            sent_at=moments[-1],
            answered_at=answered_at,
            answered_unix=self._unix(),
        )


class StageClosedError(Exception):
    """The run is over; a script that still plays ends here. The message says why, unless it was wanted."""


class TargetLostError(StageClosedError):
    """The target stopped answering; the message says how it looked."""


def _gateway_request(outgoing: Outgoing) -> GatewayRequest:
    path = outgoing.url.split("://", 1)[-1].partition("/")
    return GatewayRequest(outgoing.method, "/" + path[2], outgoing.headers, outgoing.body)
