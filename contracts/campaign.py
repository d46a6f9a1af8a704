"""A campaign: probes played on a stage, every exchange judged, the outcome entered in one ledger.

This is the loop that pytest, the fault matrix and the command line share. No verdict is made here and no
output either: a `Performance` tells what happened, and the caller decides what to do about it.
"""

import threading
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Any, Generic, TypeVar

from contracts import parsing
from contracts.budget import Budget, BudgetExceededError
from contracts.clause import Breach, Ruling
from contracts.clauses import CLAUSES
from contracts.exchange import Exchange
from contracts.judge import Judge
from contracts.probe import Probe
from contracts.schema import REQUEST, accepts
from contracts.script import Create, Pause, Script, Step, through
from contracts.stage import Stage, StageClosedError
from contracts.verdict import Ledger, billed_usd

T = TypeVar("T")

# A 429 that is not the subject is waited out, this often and each time no longer than this.
PATIENT_TURNS = 5
LONGEST_PAUSE_S = 60.0


@dataclass
class Performance(Generic[T]):
    """What came of a script: its exchanges, the rulings on them, what it returned or why it ended."""

    name: str
    section: str
    exchanges: list[Exchange] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    result: T | None = None
    cut: str | None = None
    lost: bool = False
    error: BaseException | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def breaches(self) -> list[tuple[Ruling, Breach]]:
        """Every breach with its ruling."""
        return [(ruling, breach) for ruling in self.rulings if ruling.findings for breach in ruling.breaches]

    @property
    def exercised(self) -> set[str]:
        """Ids of the clauses that applied to at least one exchange."""
        return {ruling.clause.id for ruling in self.rulings}

    @property
    def silence(self) -> list[Exchange]:
        """Exchanges that ended without an answer, unless the script itself hung up."""
        return [each for each in self.exchanges if each.failure and each.failure.kind != "abandoned"]


class Campaign:
    """Plays probes and scripts on a stage. Thread-safe where the stage plays in real time."""

    def __init__(
        self,
        stage: Stage,
        *,
        judge: Judge | None = None,
        ledger: Ledger | None = None,
        budget: Budget | None = None,
    ) -> None:
        self.stage = stage
        self.target = stage.client.target
        self.ledger = ledger or Ledger(self.target.profile.waive)
        self.budget = budget or Budget()
        self._judge = judge or Judge(CLAUSES.values())
        self._lock = threading.RLock()
        self._background: dict[tuple[str, str | None], _Pending] = {}
        self._reserved: dict[str, tuple[float, str]] = {}
        self._dearest: dict[str, float] = {}
        self._accepts_anything = False

    def run(self, probe: Probe, case_id: str | None = None) -> Performance[Any]:
        """Play a probe (or wait for its end, where it already plays) and enter the outcome."""
        pending = self._background.pop((probe.name, case_id), None)
        performance = pending.wait() if pending else self._rehearsed(probe, case_id)
        self._enter(performance)
        return performance

    def perform(self, script: Script[T], name: str, section: str) -> Performance[T]:
        """Play any script under a name and enter the outcome."""
        performance = self._play(script, name, section)
        self._enter(performance)
        return performance

    def begin(self, plan: Iterable[tuple[Probe, str | None]], workers: int) -> None:
        """Start to play probes in the background, in their order, some at a time: they mostly wait."""
        queue: SimpleQueue[_Pending] = SimpleQueue()
        for probe, case_id in plan:
            pending = _Pending(probe, case_id)
            self._background[(probe.name, case_id)] = pending
            queue.put(pending)

        def work() -> None:
            while True:
                try:
                    pending = queue.get_nowait()
                except Empty:
                    return
                pending.settle(self._rehearsed(pending.probe, pending.case_id))

        for _ in range(workers):
            threading.Thread(target=work, daemon=True).start()

    def _rehearsed(self, probe: Probe, case_id: str | None) -> Performance[Any]:
        """Play a probe; on a real clock a timing breach is called one only if it happens twice."""
        name = probe.name if case_id is None else f"{probe.name}[{case_id}]"
        first = self._play(probe.start(self.target, case_id), name, probe.section)
        if self.stage.virtual:
            return first
        suspects = {ruling.clause.id for ruling, _ in first.breaches}
        timing = all(ruling.clause.timing for ruling, _ in first.breaches)
        if not suspects or not timing:
            return first
        second = self._play(probe.start(self.target, case_id), name, probe.section)
        if second.cut or second.error:
            return first
        repeated = suspects & {ruling.clause.id for ruling, _ in second.breaches}
        second.notes += [
            f"{ruling.clause.id}: not repeated, so not counted: {breach.actual} ({name})"
            for ruling, breach in first.breaches
            if ruling.clause.id not in repeated
        ]
        kept = [ruling for ruling in first.rulings if not ruling.breaches or ruling.clause.id in repeated]
        second.rulings = kept + second.rulings
        second.exchanges = first.exchanges + second.exchanges
        return second

    def _play(self, script: Script[T], name: str, section: str) -> Performance[T]:
        performance: Performance[T] = Performance(name, section)

        def see(exchange: Exchange) -> None:
            with self._lock:
                performance.exchanges.append(exchange)
                performance.rulings += self._judge.judge(exchange)
                self._settle(exchange)

        try:
            performance.result = self.stage.perform(through(script, self._mannered), see)
        except BudgetExceededError as limit:
            performance.cut = str(limit)
        except StageClosedError as closed:
            performance.cut = str(closed) or "interrupted"
            performance.lost = bool(str(closed))
        except Exception as error:
            performance.error = error
        return performance

    def _mannered(self, step: Step) -> Script[Any]:
        """One step within the budget; a 429 is waited out where it is not the subject."""
        value = yield from self._sent(step)
        for _ in range(PATIENT_TURNS):
            if not _slowed_down(value):
                break
            yield Pause(min(value.retry_after_s or 1.0, LONGEST_PAUSE_S))
            value = yield from self._sent(step)
        return value

    def _sent(self, step: Step) -> Script[Any]:
        """One step, within the budget."""
        self.budget.check_time()
        if not isinstance(step, Create):
            return (yield step)
        reserved = self._price(step) if self._may_cost(step) else None
        while reserved is not None:
            try:
                self.budget.reserve(reserved)
                break
            except BudgetExceededError:
                if self.stage.virtual or not self.budget.undecided:
                    raise
            # Somebody else's creation may yet be refused, and its reservation given back.
            yield Pause(0.25)
        created: Exchange = yield step
        self._decided(created, reserved)
        return created

    def _may_cost(self, step: Create) -> bool:
        """Whether money must be set aside: what the document refuses is free until a live target accepts some."""
        refused = not step.may_cost or (isinstance(step.body, Mapping) and not accepts(REQUEST, step.body))
        return not refused or (self._accepts_anything and step.credential == "bearer")

    def _price(self, step: Create) -> float:
        """What a creation may cost, by the profile, or by what the model turned out to cost."""
        body = parsing.json_document(step.body) if isinstance(step.body, bytes) else step.body
        asked = body if isinstance(body, Mapping) else {}
        model, count = str(asked.get("model")), asked.get("n", 1)
        several = isinstance(count, int | float) and 1 <= count <= 10
        assets = int(count) if several and self.stage.client.terms.modality(model) != "video" else 1
        return assets * max(self.target.price_usd(model), self._dearest.get(model, 0.0))

    def _decided(self, created: Exchange, reserved_usd: float | None) -> None:
        """Keep the reservation of an accepted creation, give back that of a refused one."""
        generation_id = created.generation_id
        if reserved_usd is None:
            if generation_id is not None:
                reserved_usd = self._price(Create(created.request.body))
                self.budget.unexpected(reserved_usd)
                self._accepts_anything = not self.stage.virtual
        elif generation_id is None and created.response is not None:
            self.budget.refused(reserved_usd)
        else:
            # Without an answer nobody knows: what may have been accepted stays reserved.
            self.budget.accepted()
        if generation_id is not None:
            with self._lock:
                self._reserved[generation_id] = (reserved_usd or 0.0, str(created.model))
            self._settle(created)

    def _settle(self, exchange: Exchange) -> None:
        """Once a generation's cost is known it takes the place of the reservation."""
        cost = billed_usd(exchange)
        if not exchange.terminal or cost is None:
            return
        with self._lock:
            reserved, model = self._reserved.pop(str(exchange.generation_id), (None, ""))
            if reserved is not None:
                each = cost / max(1, len(exchange.media))
                self._dearest[model] = max(self._dearest.get(model, 0.0), each)
        if reserved is not None:
            self.budget.billed(reserved, cost)

    def _enter(self, performance: Performance[Any]) -> None:
        with self._lock:
            self.ledger.enter(performance.rulings, performance.name)
            for exchange in performance.exchanges:
                self.ledger.account(exchange, performance.section)
            for note in performance.notes:
                self.ledger.verdicts[note.partition(":")[0]].notes.append(note)


def _slowed_down(answer: Any) -> bool:
    """Whether an answer is a 429 to an account that has no low limit by design."""
    return isinstance(answer, Exchange) and answer.status == 429 and answer.account != "limited"


class _Pending:
    """A probe that plays, or will play, in the background."""

    def __init__(self, probe: Probe, case_id: str | None) -> None:
        self.probe, self.case_id = probe, case_id
        self._performances: SimpleQueue[Performance[Any]] = SimpleQueue()

    def settle(self, performance: Performance[Any]) -> None:
        self._performances.put(performance)

    def wait(self) -> Performance[Any]:
        while True:
            # In small portions, so that Ctrl-C reaches the main thread.
            with suppress(Empty):
                return self._performances.get(timeout=0.2)
