"""For teams who test their client: the reference gateway under respx, with a clock that jumps.

The client's own httpx code runs unchanged. A poll that is held for 60 s takes no time, and so does the
client's `time.sleep` or `asyncio.sleep`: all move one virtual clock (`virtual_time`), which `time.monotonic`,
`time.time` and `time.perf_counter` show. A loop of polls without any pause comes to its end as well. What the
tasks of an event loop wait for they wait for side by side. A client that polls from several threads needs the
served gateway and real time.

respx is imported here besides `stage`, because there scripts are the caller and here it is anybody's code.
What the client did is judged by the clauses of section `client` (`findings`).
"""

import asyncio
import warnings
from collections import Counter
from collections.abc import Awaitable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import respx

from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLIENT_CLAUSES
from generations_contract.exchange.exchange import Exchange, Failure, Headers
from generations_contract.gateway import Catalogue, Gateway, Reply, default_catalogue
from generations_contract.gateway import Request as GatewayRequest
from generations_contract.judging.clause import breaches_of
from generations_contract.judging.judge import Judge
from generations_contract.own_client import embedded
from generations_contract.own_client.virtual_time import VirtualTime
from generations_contract.recordings.entry import Entry
from generations_contract.recordings.recognition import Recogniser

# What is no pause (seconds).
_ROUNDING_S = 0.001
# How long the way there and back takes (seconds) once so many requests came without any pause: such a loop comes to
# its end. And how many requests a test may send before it is told that there is none.
_WAY_S = 0.005
_FREE_OF_TIME = 25
_MOST_REQUESTS = 10_000
# Requests that are shown beside a failure.
_SHOWN = 20
_BY_A_TASK = "generations_contract.by_a_task"


@dataclass
class MountedGateway:
    """The mounted gateway: `url` and `api_key` for the client, `exchanges` and `findings()` for the test.

    `now`: the virtual clock in seconds since the start; `gateway.ledger`: what was accepted and billed.
    Exchanges stand in the order of their ends.
    """

    url: str
    api_key: str
    gateway: Gateway
    clock: VirtualTime
    exchanges: list[Exchange] = field(default_factory=list)
    _recogniser: Recogniser = field(default_factory=lambda: Recogniser(watched=True))
    _answered_at: float = -1.0
    _unpaused: int = 0

    @property
    def now(self) -> float:
        """Seconds since the start, on the clock that jumps."""
        return self.clock.now

    @property
    def ids(self) -> list[str]:
        """The ids of the generations that were created, in order."""
        return list(self.gateway.state.records)

    def findings(self) -> list[str]:
        """What the clauses of section `client` find of what the client did, each once; empty for a good one."""
        judge = Judge(CLIENT_CLAUSES.values())
        counted = Counter(
            f"{clause_id}: {breach.expected}; {breach.actual}"
            for exchange in self.exchanges
            for clause_id, breach in breaches_of(judge.judge(exchange).rulings)
        )
        return [f"{each} (×{count:,})" if count > 1 else each for each, count in counted.items()]

    def manners(self) -> list[str]:
        """The old name of `findings`, for one release."""
        warnings.warn("manners() is findings() now", DeprecationWarning, stacklevel=2)
        return self.findings()

    def sentences(self) -> list[str]:
        """The last requests, what came of them and when, then the findings: for a test's report."""
        hidden = len(self.exchanges) - _SHOWN
        lines = [f"({hidden} earlier requests)"] if hidden > 0 else []
        for each in self.exchanges[-_SHOWN:]:
            query = f"?{each.request.query}" if each.request.query else ""
            asked = f"{each.request.method} {each.request.path}{query}"
            failure = each.failure.detail if each.failure else ""
            came = failure or f"{each.status} {each.state or each.code or ''}".rstrip()
            lines.append(f"{each.sent_at:8.1f} – {each.answered_at:.1f} s  {asked} → {came}")
        return [*lines, *(f"finding: {complaint}" for complaint in self.findings())]

    def pass_time(self, seconds: float) -> None:
        """Let time pass, as `time.sleep` does while the gateway is mounted."""
        self.clock.pass_time(seconds)

    # -- what respx calls ---------------------------------------------------------------------------------

    def answer(self, request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        """The gateway's answer at its moment; raises `ReadTimeout` as httpx does."""
        call = self._received(request)
        if request.extensions.get(_BY_A_TASK):
            return self._answer_later(call)
        self.clock.reach(call.ends_at)
        return self._ended(call)

    async def _answer_later(self, call: "_Call") -> httpx.Response:
        try:
            await asyncio.sleep(call.held_s)
        except asyncio.CancelledError:
            self._given_up(call, "cancelled by the client")
            raise
        self.clock.reach(call.ends_at)
        return self._ended(call)

    def _received(self, request: httpx.Request) -> "_Call":
        self.clock.look()
        self._unpaused = self._unpaused + 1 if self.now == self._answered_at else 0
        if len(self.exchanges) >= _MOST_REQUESTS:
            shown = "".join(f"; {each}" for each in self.findings()[:2])
            pytest.fail(
                f"{_MOST_REQUESTS:,} requests in {self.now:.0f} s and no end: the client polls without waiting, or the "
                f"clock stood still while it slept{shown}",
                pytrace=False,
            )
        fields = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw)
        target = request.url.raw_path.decode("ascii")
        arrived = GatewayRequest(request.method, target, fields, request.content)
        reply = self.gateway.receive(arrived, self.now)
        timeout: Mapping[str, float | None] = request.extensions.get("timeout", {})
        read = timeout.get("read")
        patience_s = float("inf") if read is None else read
        way_s = _WAY_S if self._unpaused > _FREE_OF_TIME else 0.0
        return _Call(request, fields, self.now, reply, patience_s, way_s)

    def _ended(self, call: "_Call") -> httpx.Response:
        if call.impatient:
            self._given_up(call, "read time-out of the client")
            raise httpx.ReadTimeout("The read operation timed out", request=call.request)
        reply = call.reply
        self._record(call, status=reply.status, answer_headers=Headers(reply.headers), answer=reply.body)
        return httpx.Response(reply.status, headers=list(reply.headers), content=reply.body)

    def _given_up(self, call: "_Call", why: str) -> None:
        self.gateway.dropped(call.reply, self.now)
        self._record(call, failure=Failure("abandoned", why))

    def _record(self, call: "_Call", **outcome: Any) -> None:
        # A held poll is a pause of its own.
        self._answered_at = self.now if self.now - call.sent_at <= _WAY_S + _ROUNDING_S else -1.0
        entry = Entry(
            name=f"request {len(self.exchanges) + 1}",
            method=call.request.method,
            url=str(call.request.url),
            headers=Headers(call.fields),
            body=call.request.content,
            sent_unix=self.gateway.state.epoch + call.sent_at,
            answered_unix=self.gateway.state.epoch + self.now,
            own={"sent_at": call.sent_at},
            **outcome,
        )
        if (exchange := self._recogniser.exchange(entry)) is not None:
            self.exchanges.append(exchange)


@dataclass(frozen=True)
class _Call:
    """A request that the gateway has received, and what it will answer.

    `patience_s`: the read time-out; `way_s`: how long the way takes.
    """

    request: httpx.Request
    fields: tuple[tuple[str, str], ...]
    sent_at: float
    reply: Reply
    patience_s: float
    way_s: float

    @property
    def impatient(self) -> bool:
        """Whether the client hangs up before the answer."""
        return self.reply.at > self.sent_at + self.patience_s

    @property
    def ends_at(self) -> float:
        """The moment of the answer, or at which the client hangs up."""
        return max(min(self.reply.at, self.sent_at + self.patience_s), self.sent_at + self.way_s)

    @property
    def held_s(self) -> float:
        """Seconds until then."""
        return self.ends_at - self.sent_at


class _Router(respx.MockRouter):
    """Tells who asks: a task of an event loop waits for its answer there, everybody else at once."""

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        _check_loop()
        request.extensions = {**request.extensions, _BY_A_TASK: True}
        return await super().async_handler(request)


def _check_loop() -> None:
    """Fail the test at once where tasks wait by a clock that is not this one."""
    try:
        loop: Any = asyncio.get_running_loop()
    except RuntimeError:
        loop = None
    if not isinstance(loop, asyncio.BaseEventLoop):
        kind = "trio" if loop is None else type(loop).__module__.partition(".")[0]
        pytest.fail(
            f"the clock stood still while the client slept: tasks of {kind} keep real time; run them on asyncio's own "
            "event loop, or against the served gateway (generations-contract serve)",
            pytrace=False,
        )


def mounted_for(marker: pytest.Mark | None) -> AbstractContextManager[MountedGateway]:
    """What a test's marker asks for; raises `UsageError` for what it cannot ask for."""
    known = ("faults", "durations_s", "url", "catalogue")
    if marker is None:
        return mounted()
    wrong = [str(each) for each in marker.args] or sorted(set(marker.kwargs) - set(known))
    if wrong:
        raise UsageError(
            f"generations_gateway({wrong[0]}): it takes {', '.join(f'{name}=' for name in known)}"
        )
    for name in marker.kwargs.get("faults", ()):
        embedded.faults([name])
    return mounted(**marker.kwargs)


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
    here = MountedGateway(url, key, gateway, VirtualTime(gateway.state.epoch))
    with _Router(assert_all_called=False) as router, here.clock.in_place():
        router.route(host=httpx.URL(url).host).mock(side_effect=here.answer)
        yield here


def _with_durations(catalogue: Catalogue, durations_s: float | Mapping[str, float] | None) -> Catalogue:
    """The catalogue with fixed durations: a tenth of it queued, the rest running."""
    if durations_s is None:
        return catalogue
    wanted = durations_s if isinstance(durations_s, Mapping) else dict.fromkeys(catalogue.models, durations_s)
    unknown = sorted(set(wanted) - set(catalogue.models))
    if unknown:
        raise UsageError(f"the gateway has no model {unknown[0]!r}; it has: {', '.join(catalogue.models)}")
    models = dict(catalogue.models)
    for name, seconds in wanted.items():
        queued_s = max(0.001, seconds / 10)
        running_s = max(0.001, seconds - queued_s)
        change = {"queued_s": (queued_s, queued_s), "running_s": (running_s, running_s)}
        models[name] = models[name].model_copy(update=change)
    return catalogue.model_copy(update={"models": models})
