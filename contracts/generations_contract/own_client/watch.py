"""`generations_contract.watch(client)`: a team's own httpx client, judged by the contract in passing.

Whatever the client sends to a `/v1/generations` is recorded and judged; nothing is sent, changed or delayed. How a
client is listened to is `tap`'s; here are the judge, its ledger and what is kept of days of traffic.
"""

import time
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Final, Self

import httpx

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.document.states import frozen
from generations_contract.exchange.exchange import Exchange, Headers
from generations_contract.judging.clause import Breach, Ruling, breaches_of
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.readings import TwoReadings
from generations_contract.judging.verdict import breach_document
from generations_contract.own_client.tap import Heard, Tap
from generations_contract.recordings.entry import Entry
from generations_contract.recordings.recognition import WITHOUT_PROFILE, Recogniser
from generations_contract.recordings.traffic import TrafficLog
from generations_contract.report import terminal
from generations_contract.wire.bounds import BOUNDS, Bounds
from generations_contract.wire.decoding import TooLargeError, UndecodableError, decoded

# What the client itself did for less than this is no reading of its own (seconds).
_INSTANT_S: Final = 0.001


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
        self._judge = TwoReadings(memory_s=bounds.watched_memory_s)
        self._recogniser, self._lock = Recogniser(target, watched=True), RLock()
        self._log = TrafficLog(report) if report else None
        self._lines: list[str] = []
        # Wall clock and monotonic clock at one moment: durations are of the one, dates of the other.
        self._unix = time.time() - time.monotonic()
        self._tap = Tap(client, self._take, bounds.watched_bytes)

    def check(self) -> None:
        """Raise `ContractBrokenError` where a clause was broken, an unwaived SHOULD included."""
        with self._lock:
            if self.ledger.failing:
                broken = ", ".join(verdict.clause.id for verdict in self.ledger.failing)
                raise ContractBrokenError("\n".join([f"the contract is broken: {broken}", *self._lines]))

    def stop(self) -> None:
        """Leave the client as it was."""
        self._tap.close()
        if self._log:
            self._log.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: BaseException | TracebackType | None) -> None:
        self.stop()
        if kind is None:
            self.check()

    # -- what the tap tells -------------------------------------------------------------------------------

    def _take(self, heard: Heard) -> None:
        """Take in a request that has ended; a body that was not read to its end is none."""
        headers = Headers(heard.answer_headers)
        failure = heard.failure
        entry = Entry(
            name=f"request {self._count + 1}",
            method=heard.method,
            url=heard.url,
            headers=Headers(heard.headers),
            body=heard.body,
            sent_unix=self._unix + heard.sent_at,
            answered_unix=self._unix + heard.answered_at,
            status=0 if failure else heard.status,
            answer_headers=headers,
            answer=b"" if failure else self._decoded(heard.answer, headers),
            failure=failure,
            otherwise=self._otherwise(heard),
            own={"sent_at": heard.sent_at},
        )
        with self._lock:
            exchange = self._recogniser.exchange(entry)
            if exchange is not None:
                self._judged(exchange, self._recogniser.otherwise(entry, exchange), entry.name)

    def _otherwise(self, heard: Heard) -> tuple[float, float] | None:
        """The earliest moments that the client's own doings leave possible, where they took any time."""
        if heard.idle_s < _INSTANT_S and not heard.queued:
            return None
        answered = self._unix + heard.answered_at - heard.idle_s
        return answered if heard.queued else min(answered, self._unix + heard.sent_at), answered

    def _decoded(self, raw: bytes | None, headers: Headers) -> bytes | None:
        """The body with its codings undone, as it is where they cannot be; `None` where it is a bomb."""
        if raw is None:
            return None
        try:
            return decoded(raw, headers.get("content-encoding") or "", self._bounds.watched_bytes)
        except TooLargeError:
            return None
        except UndecodableError:
            # Perhaps a coding that only the client itself has offered, with a decoder that it brought.
            with suppress(httpx.DecodingError):
                return httpx.Response(200, headers=list(headers), content=raw).content
            return raw

    def _judged(self, exchange: Exchange, otherwise: Exchange | None, name: str) -> None:
        self._count += 1
        self.exchanges.append(exchange)
        if self._log:
            self._log(exchange)
        held, rulings = self._judge.judge(exchange, otherwise)
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
