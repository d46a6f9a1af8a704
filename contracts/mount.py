"""For teams who test their client: the reference gateway under respx, with a clock that jumps.

The client's own httpx code runs unchanged. A poll that is held for 60 s takes no time, and so does the
client's `time.sleep`: both move one virtual clock, which `time.monotonic`, `time.time` and
`time.perf_counter` show. One thing at a time: a client that polls from several threads or tasks needs the
served gateway and real time.

respx is imported here besides `stage`, because there scripts are the caller and here it is anybody's code.
The one decision worth knowing: bad manners of the client are facts like any other (`manners`), found by
comparing what it did with what it had been told.
"""

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import respx

from contracts import embedded
from contracts.exchange import Exchange, Failure, Headers
from contracts.gateway import Catalogue, Gateway, Reply, default_catalogue
from contracts.gateway import Request as GatewayRequest
from contracts.recognition import Recogniser
from contracts.recorded import Entry

# A client whose outer deadline ends a poll is right; one that never gives a poll its window is not.
_ROUNDING_S = 0.001


@dataclass
class MountedGateway:
    """The mounted gateway: `url` and `api_key` for the client, `exchanges` and `manners()` for the test.

    `now`: the virtual clock in seconds since the start; `gateway.ledger`: what was accepted and billed.
    """

    url: str
    api_key: str
    gateway: Gateway
    now: float = 0.0
    exchanges: list[Exchange] = field(default_factory=list)
    _recogniser: Recogniser = field(default_factory=Recogniser)

    @property
    def ids(self) -> list[str]:
        """The ids of the generations that were created, in order."""
        return list(self.gateway.records)

    def manners(self) -> list[str]:
        """What the client did that the document asks clients not to do; empty for a good one."""
        return [*self._hurried(), *self._impatient()]

    def pass_time(self, seconds: float) -> None:
        """Let time pass, as `time.sleep` does while the gateway is mounted."""
        self.now += max(0.0, seconds)

    # -- what the client did ------------------------------------------------------------------------------

    def _hurried(self) -> Iterator[str]:
        """Requests that came before the time that `Retry-After` had named for them."""
        asked: dict[tuple[str, str], Exchange] = {}
        for exchange in self.exchanges:
            key = (exchange.account, exchange.generation_id or exchange.kind)
            before = asked.get(key)
            if before is not None and before.retry_after_s is not None:
                gap_s = exchange.sent_at - before.answered_at
                # A long poll is a wait of its own; only the immediate question hurries.
                if gap_s < before.retry_after_s - _ROUNDING_S and not exchange.window_s:
                    yield (
                        f"{exchange.request.method} {exchange.request.path} was sent {gap_s:.1f} s after an "
                        f"answer ({before.status}) with Retry-After: {before.retry_after_s:.0f}"
                    )
            asked[key] = exchange

    def _impatient(self) -> Iterator[str]:
        """Requests that the client gave up before their window was over."""
        for exchange in self.exchanges:
            window_s = exchange.longest_s
            if exchange.failure and window_s is not None and exchange.elapsed_s < window_s:
                yield (
                    f"{exchange.request.method} {exchange.request.path} was given up after "
                    f"{exchange.elapsed_s:.1f} s, its window is {window_s:g} s: read time-out too short"
                )

    # -- what respx calls ---------------------------------------------------------------------------------

    def answer(self, request: httpx.Request) -> httpx.Response:
        """The gateway's answer, with the clock moved to its moment; raises `ReadTimeout` as httpx does."""
        sent_at, fields = (
            self.now,
            tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw),
        )
        target = request.url.raw_path.decode("ascii")
        reply = self.gateway.receive(GatewayRequest(request.method, target, fields, request.content), sent_at)
        timeout: Mapping[str, float | None] = request.extensions.get("timeout", {})
        read = timeout.get("read")
        if read is not None and reply.at > sent_at + read:
            self.now = sent_at + read
            self.gateway.dropped(reply, self.now)
            self._record(request, fields, sent_at, None)
            raise httpx.ReadTimeout("The read operation timed out", request=request)
        self.now = reply.at
        self._record(request, fields, sent_at, reply)
        return httpx.Response(reply.status, headers=list(reply.headers), content=reply.body)

    def _record(
        self, request: httpx.Request, fields: tuple[tuple[str, str], ...], sent_at: float, reply: Reply | None
    ) -> None:
        outcome: dict[str, Any] = {"failure": Failure("abandoned", "read time-out of the client")}
        if reply is not None:
            outcome = {"status": reply.status, "answer_headers": Headers(reply.headers), "answer": reply.body}
        entry = Entry(
            name=f"request {len(self.exchanges) + 1}",
            method=request.method,
            url=str(request.url),
            headers=Headers(fields),
            body=request.content,
            sent_unix=self.gateway.epoch + sent_at,
            answered_unix=self.gateway.epoch + self.now,
            own={"sent_at": sent_at},
            **outcome,
        )
        if (exchange := self._recogniser.exchange(entry)) is not None:
            self.exchanges.append(exchange)


@contextmanager
def mounted(
    *,
    url: str = embedded.ORIGIN,
    faults: Sequence[str] = (),
    durations_s: float | Mapping[str, float] | None = None,
    catalogue: Catalogue | None = None,
) -> Iterator[MountedGateway]:
    """The reference gateway in place of everything httpx sends to `url`, and time that is virtual.

    `faults`: names of faults and variants (`generations-contract faults`). `durations_s`: how long jobs take,
    for all models or by model id.
    """
    offered = _with_durations(catalogue or default_catalogue(), durations_s)
    gateway = Gateway(offered, origin=url, tampers=embedded.faults(faults))
    key = next(account.key for account in offered.accounts.values())
    here = MountedGateway(url, key, gateway)
    with respx.mock(assert_all_called=False) as router, pytest.MonkeyPatch.context() as patch:
        router.route(host=httpx.URL(url).host).mock(side_effect=here.answer)
        _stop_the_clock(patch, here)
        yield here


def _with_durations(catalogue: Catalogue, durations_s: float | Mapping[str, float] | None) -> Catalogue:
    """The catalogue with fixed durations: a tenth of it queued, the rest running."""
    if durations_s is None:
        return catalogue
    wanted = durations_s if isinstance(durations_s, Mapping) else dict.fromkeys(catalogue.models, durations_s)
    unknown = sorted(set(wanted) - set(catalogue.models))
    if unknown:
        raise ValueError(f"the gateway has no model {unknown[0]!r}; it has: {', '.join(catalogue.models)}")
    models = dict(catalogue.models)
    for name, seconds in wanted.items():
        queued_s = max(0.001, seconds / 10)
        running_s = max(0.001, seconds - queued_s)
        change = {"queued_s": (queued_s, queued_s), "running_s": (running_s, running_s)}
        models[name] = models[name].model_copy(update=change)
    return catalogue.model_copy(update={"models": models})


def _stop_the_clock(patch: pytest.MonkeyPatch, here: MountedGateway) -> None:
    began, epoch = time.monotonic(), here.gateway.epoch

    async def sleep_later(delay: float, result: object = None) -> object:
        here.pass_time(delay)
        await _yield(0)
        return result

    _yield = asyncio.sleep
    patch.setattr(time, "sleep", here.pass_time)
    patch.setattr(asyncio, "sleep", sleep_later)
    for clock, origin in (("monotonic", began), ("perf_counter", began), ("time", epoch)):
        patch.setattr(time, clock, lambda origin=origin: origin + here.now)
