"""`generations_contract.watch(client)`: a team's own httpx client, judged by the contract in passing.

Whatever the client sends to a `/v1/generations` is recorded and judged; nothing is sent, changed or
delayed. httpx is imported here besides `client`, because its hooks and streams are what this module is
about. Only public hooks are used (`event_hooks`, and the client's own
`send` for requests that end without an answer), so that redirects, retries, transports and mocks of the
client stay what they are.
"""

import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

import httpx

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.document.states import frozen
from generations_contract.exchange.exchange import Exchange, Failure, FailureKind, Headers
from generations_contract.judging.clause import Breach, Ruling, breaches_of
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.verdict import breach_document
from generations_contract.recordings.files import Entry
from generations_contract.recordings.recognition import WITHOUT_PROFILE, Recogniser
from generations_contract.recordings.traffic import TrafficLog
from generations_contract.report import terminal
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.decoding import TooLargeError, UndecodableError, decoded

_SENT = "generations_contract.sent"


class ContractBrokenError(AssertionError):
    """The traffic of a watched client breaks the contract; the message is the breaches in full."""


class Watch:
    """The judge of a client's traffic; use it as a context manager, or call `check` and `stop` yourself.

    `ledger`: the verdicts, of everything; `exchanges`: the latest of them; `breaches`: the first of each clause, as
    (clause id, breach); `findings`: the same of the client's side, which never raise. A client may be watched for
    days: `bounds` says how much is kept. Thread-safe.
    """

    def __init__(
        self,
        client: httpx.Client | httpx.AsyncClient,
        target: Target | None = None,
        report: Path | None = None,
        bounds: Bounds = BOUNDS,
    ) -> None:
        self.findings: list[tuple[str, Breach]] = []
        self._client_judge = Judge(CLIENT_CLAUSES.values(), memory_s=bounds.watched_memory_s)
        self.ledger = Ledger(
            target.profile.waive if target else WITHOUT_PROFILE,
            document=frozen(target.profile.target.document) if target else None,
        )
        self.exchanges: deque[Exchange] = deque(maxlen=bounds.watched_exchanges)
        self.breaches: list[tuple[str, Breach]] = []
        self._bounds, self._count = bounds, 0
        self._judge = Judge(memory_s=bounds.watched_memory_s)
        self._recogniser, self._lock = Recogniser(target, watched=True), RLock()
        self._log = TrafficLog(report) if report else None
        self._lines: list[str] = []
        self._client: Any = client
        # Wall clock and monotonic clock at one moment: durations are of the one, dates of the other.
        self._unix = time.time() - time.monotonic()
        self._hooks = _hooks(self, asynchronous=isinstance(client, httpx.AsyncClient))
        for event, hook in self._hooks.items():
            client.event_hooks[event].append(hook)
        self._send: Callable[..., Any] = client.send
        vars(client)["send"] = _guarded(self, asynchronous=isinstance(client, httpx.AsyncClient))

    def check(self) -> None:
        """Raise `ContractBrokenError` where a clause was broken, an unwaived SHOULD included."""
        with self._lock:
            if self.ledger.failing:
                broken = ", ".join(verdict.clause.id for verdict in self.ledger.failing)
                raise ContractBrokenError("\n".join([f"the contract is broken: {broken}", *self._lines]))

    def stop(self) -> None:
        """Leave the client as it was."""
        if vars(self._client).pop("send", None):
            for event, hook in self._hooks.items():
                self._client.event_hooks[event].remove(hook)
        if self._log:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self.stop()
        if kind is None:
            self.check()

    # -- what the hooks call ------------------------------------------------------------------------------

    def _begin(self, request: httpx.Request) -> None:
        request.extensions = {**request.extensions, _SENT: time.monotonic()}

    def _answered(self, response: httpx.Response, raw: bytes, *, whole: bool) -> None:
        """Take in an answer once its body has passed; a body that was not read to its end is none."""
        body = self._decoded(response, raw) if whole else None
        fields = tuple((n.decode("latin-1"), v.decode("utf-8", "replace")) for n, v in response.headers.raw)
        self._take(response.request, status=response.status_code, answer_headers=Headers(fields), answer=body)

    def _decoded(self, response: httpx.Response, raw: bytes) -> bytes | None:
        """The body with its codings undone, as it is where they cannot be; `None` where it is a bomb."""
        try:
            return decoded(raw, response.headers.get("content-encoding", ""), self._bounds.watched_bytes)
        except TooLargeError:
            return None
        except UndecodableError:
            # Perhaps a coding that only the client itself has offered, with a decoder that it brought.
            with suppress(httpx.DecodingError):
                return httpx.Response(response.status_code, headers=response.headers, content=raw).content
            return raw

    def _failed(self, request: httpx.Request, error: Exception) -> None:
        """Take in a request without an answer; the client's own time-out is no time-out of ours."""
        lost = isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError)
        never_stood = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        kind: FailureKind = "refused" if never_stood else "reset" if lost else "abandoned"
        self._take(request, failure=Failure(kind, type(error).__name__))

    def _take(self, request: httpx.Request, **outcome: Any) -> None:
        now = time.monotonic()
        sent_at = request.extensions.get(_SENT, now)
        fields = tuple((n.decode("latin-1"), v.decode("latin-1")) for n, v in request.headers.raw)
        entry = Entry(
            name=f"request {self._count + 1}",
            method=request.method,
            url=str(request.url),
            headers=Headers(fields),
            body=_sent_body(request),
            sent_unix=self._unix + sent_at,
            answered_unix=self._unix + now,
            own={"sent_at": sent_at},
            **outcome,
        )
        with self._lock:
            exchange = self._recogniser.exchange(entry)
            if exchange is not None:
                self._judged(exchange, entry.name)

    def _judged(self, exchange: Exchange, name: str) -> None:
        self._count += 1
        self.exchanges.append(exchange)
        if self._log:
            self._log(exchange)
        held, rulings = self._judge.judge(exchange)
        self.ledger.enter(rulings, name, held)
        self.ledger.account(exchange, "watch")
        self._note(self.findings, breaches_of(self._client_judge.judge(exchange).rulings))
        for ruling in rulings:
            for breach in ruling.breaches:
                known = len(self.breaches)
                self._note(self.breaches, [(ruling.clause.id, breach)])
                if len(self.breaches) > known:
                    self._tell(ruling, breach, exchange, name)

    def _note(self, kept: list[tuple[str, Breach]], found: list[tuple[str, Breach]]) -> None:
        """Keep the first of each clause."""
        for clause_id, breach in found:
            if sum(clause_id == known for known, _ in kept) < self._bounds.watched_breaches:
                kept.append((clause_id, breach))

    def _tell(self, ruling: Ruling, breach: Breach, exchange: Exchange, name: str) -> None:
        if not self.ledger.verdicts[ruling.clause.id].forgives(breach):
            self._lines += terminal.breach_lines(breach_document(ruling.clause, breach, exchange, name))


def watch(
    client: httpx.Client | httpx.AsyncClient, target: Target | None = None, *, report: Path | None = None
) -> Watch:
    """Judge everything that a client sends to the gateway from now on, until the `with` block ends.

    `target` gives terms, waivers and the base URL (see `Target.load`); `report`: a directory to which the
    exchanges are written as JSON lines, for `generations-contract audit`. Leaving the block raises
    `ContractBrokenError` where the contract was broken.
    """
    if not CLAUSES:
        raise RuntimeError("no clause is registered")
    return Watch(client, target, report)


def _sent_body(request: httpx.Request) -> bytes | None:
    """The body of a request, where it was not streamed."""
    try:
        return request.content
    except httpx.RequestNotRead:
        return None


# -- httpx ------------------------------------------------------------------------------------------------


class _Tee(httpx.SyncByteStream, httpx.AsyncByteStream):
    """A response stream that also keeps its bytes, and tells when it is closed."""

    def __init__(self, stream: Any, most: int, done: Callable[[bytes, bool], None]) -> None:
        self._stream, self._done, self._kept, self._most = stream, done, bytearray(), most
        self._whole = self._told = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._keep(chunk)
            yield chunk
        self._whole = self._most > 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._keep(chunk)
            yield chunk
        self._whole = self._most > 0

    def _keep(self, chunk: bytes) -> None:
        """Keep the bytes, or none at all once they are too many: then the body is not in the recording."""
        self._kept += chunk
        if len(self._kept) > self._most:
            self._kept, self._most = bytearray(), 0

    def close(self) -> None:
        self._stream.close()
        self._tell()

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._tell()

    def _tell(self) -> None:
        if not self._told:
            self._told = True
            self._done(bytes(self._kept), self._whole)


def _hooks(watch: Watch, *, asynchronous: bool) -> dict[str, Callable[..., Any]]:
    def answered(response: httpx.Response) -> None:
        with suppress(httpx.ResponseNotRead):
            # A mock may give a response whose body never passes through a stream.
            watch._answered(response, response.content, whole=True)
            return
        response.stream = _Tee(
            response.stream,
            watch._bounds.watched_bytes,
            lambda raw, whole: watch._answered(response, raw, whole=whole),
        )

    async def begin_later(request: httpx.Request) -> None:
        watch._begin(request)

    async def answered_later(response: httpx.Response) -> None:
        answered(response)

    if asynchronous:
        return {"request": begin_later, "response": answered_later}
    return {"request": watch._begin, "response": answered}


def _guarded(watch: Watch, *, asynchronous: bool) -> Callable[..., Any]:
    """The client's `send`, which also tells of requests that end without an answer."""

    def send(request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            response: httpx.Response = watch._send(request, **options)
        except httpx.RequestError as error:
            watch._failed(error.request, error)
            raise
        return response

    async def send_later(request: httpx.Request, **options: Any) -> httpx.Response:
        try:
            return await watch._send(request, **options)  # type: ignore[no-any-return]
        except httpx.RequestError as error:
            watch._failed(error.request, error)
            raise

    return send_later if asynchronous else send
