"""A campaign: probes played on a stage, every exchange judged, the outcome entered in one ledger.

The loop that pytest, the fault matrix and the command line share. No verdict is made here and no output either:
a `Performance` tells what happened, and the caller decides what to do about it.
"""

import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import Any, TypeAlias, TypeVar

from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Ruling
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.money import Budget, BudgetExceededError
from generations_contract.run.generations import Generations
from generations_contract.run.losses import Desk, Losses
from generations_contract.run.performance import Performance
from generations_contract.run.spending import MayAgain, Spending
from generations_contract.scripts.probe import Probe
from generations_contract.scripts.script import Create, Pause, Script, Step, after, through, until_terminal
from generations_contract.wire.stage import Stage, StageClosedError, TargetLostError

T = TypeVar("T")
# Probes with their cases, in the order to play.
Plan: TypeAlias = Iterable[tuple[Probe, str | None]]

# A 429 that is not the subject is waited out, this often and each time no longer than this.
PATIENT_TURNS = 5
LONGEST_PAUSE_S = 60.0
# After what was late once it is looked at again so much later.
_CALM_S = 3.0


class _SeenAgainError(Exception):
    """A replay has shown what it was to show."""


class Campaign:
    """Plays probes and scripts on a stage. Thread-safe where the stage plays in real time.

    `broken`: on a live target, the performances that broke a clause; `lost`: those that lost something on the way.
    """

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
        self.spending = Spending(budget or Budget(), stage.client, virtual=stage.virtual)
        self.losses = Losses(self.ledger.network, stage.client.bounds, virtual=stage.virtual)
        self._judge = judge or Judge(CLAUSES.values())
        self._lock = threading.RLock()
        self._background: dict[tuple[str, str | None], _Pending] = {}
        self._doubtful: dict[str, tuple[list[Ruling], str]] = {}
        self.broken: list[Performance[Any]] = []
        self.generations = Generations(self.target, self.ledger)
        self.lost: list[Performance[Any]] = []

    def run(self, probe: Probe, case_id: str | None = None) -> Performance[Any]:
        """Play a probe (or wait for its end, where it already plays) and enter the outcome."""
        pending = self._background.pop((probe.name, case_id), None)
        performance = pending.wait() if pending else self._played_twice_if_timing(probe, case_id)
        self._enter(performance)
        return performance

    def perform(
        self,
        script: Script[T],
        name: str,
        section: str,
        about: Iterable[str] = (),
        due: frozenset[str] = frozenset(),
    ) -> Performance[T]:
        """Play any script under a name and enter the outcome."""
        performance = self._play(script, Performance(name, section, tuple(about), due=due))
        performance.again = _resending(performance)
        self._enter(performance)
        return performance

    def begin(self, plan: Plan, workers: int, late: Plan = (), late_workers: int = 1) -> None:
        """Start to play probes in the background, in their order, some at a time: they mostly wait.

        Those that are to be played `first` are; those that are `late` begin when all others are played.
        """
        usual = list(plan)
        begun, rest = ([each for each in usual if each[0].first == first] for first in (True, False))
        phases = [(self._queued(begun), 1), (self._queued(rest), workers), (self._queued(late), late_workers)]
        together = threading.Barrier(workers)

        def work(turn: int) -> None:
            for queue, most in phases:
                if turn < most:
                    self._drain(queue)
                together.wait()

        for turn in range(workers):
            threading.Thread(target=work, args=(turn,), daemon=True).start()

    def _queued(self, plan: Plan) -> "SimpleQueue[_Pending]":
        queue: SimpleQueue[_Pending] = SimpleQueue()
        for probe, case_id in plan:
            pending = self._background[(probe.name, case_id)] = _Pending(probe, case_id)
            queue.put(pending)
        return queue

    def _drain(self, queue: "SimpleQueue[_Pending]") -> None:
        with suppress(Empty):
            while True:
                pending = queue.get_nowait()
                pending.settle(self._played_twice_if_timing(pending.probe, pending.case_id))

    def _played_twice_if_timing(self, probe: Probe, case_id: str | None) -> Performance[Any]:
        """Play a probe; on a real clock a timing breach is called one only if it happens twice."""
        name = probe.name if case_id is None else f"{probe.name}[{case_id}]"
        about = probe.clauses_of(case_id) or probe.clauses

        def begin() -> Script[Any]:
            return probe.start(self.target, case_id)

        first = self._play(begin(), Performance(name, probe.section, about, begin))
        if self.stage.virtual:
            return first
        suspects = {ruling.clause.id for ruling, _ in first.breaches if ruling.clause.timing}
        if not suspects:
            return first
        # A machine or a network that is busy now may be so for a moment longer.
        later = after(_CALM_S, begin())
        second = self._play(later, Performance(name, probe.section, about, begin))
        once = suspects - second.broken
        if second.stopped_because or second.error or second.lost_because:
            # Nobody knows whether it would have happened again: kept until another script meets it, too.
            second.unconfirmed = once
            second.stopped_because, second.error = first.stopped_because, first.error
            second.target_lost_because = first.target_lost_because
        else:
            second.notes += [
                f"{ruling.clause.id}: not repeated, so not counted: {breach.actual} ({name})"
                for ruling, breach in first.breaches
                if ruling.clause.id in once
            ]
        gone = once - second.unconfirmed
        kept = [ruling for ruling in first.rulings if not ruling.breaches or ruling.clause.id not in gone]
        second.held = first.held + second.held
        second.rulings = kept + second.rulings
        second.exchanges = first.exchanges + second.exchanges
        second.excused |= first.excused
        second.lost_because = second.lost_because or first.lost_because
        return second

    def begin_anew(self, first: Performance[Any]) -> None:
        """Play a script anew that lost something on the way; what it shows of timing it shows once only."""
        if first.again is not None:
            again = Performance[Any](first.name, first.section, first.about, first.again)
            performance = self._play(first.again(), again)
            performance.unconfirmed = {
                each.clause.id for each, _ in performance.breaches if each.clause.timing
            }
            self._enter(performance)

    def settle(self) -> None:
        """When all is played: judge what only later requests could show to be the gateway's own."""
        for exchange, performance in self.losses.settle():
            held, rulings = self._judge.judge(exchange)
            self.ledger.enter(rulings, performance.name, held)

    def _doubt(self, performance: Performance[Any]) -> None:
        """Set aside what was seen once and could not be looked at again, unless another script has met it."""
        for clause_id in sorted(performance.unconfirmed):
            if clause_id in self._doubtful:
                rulings, name = self._doubtful.pop(clause_id)
                self.ledger.enter(rulings, name)
                continue
            doubted = [each for each in performance.rulings if each.breaches and each.clause.id == clause_id]
            performance.rulings = [each for each in performance.rulings if each not in doubted]
            self._doubtful[clause_id] = doubted, performance.name
            actual = doubted[0].breaches[0].actual
            performance.notes.append(
                f"{clause_id}: seen once, without money to look again, so not counted: {actual} ({performance.name})"
            )

    def _play(self, script: Script[T], performance: Performance[T]) -> Performance[T]:
        def judge(exchange: Exchange) -> None:
            with self._lock:
                held, rulings = self._judge.judge(exchange)
                performance.held += held
                performance.rulings += rulings

        desk = Desk(performance, judge)

        def take(step: Step) -> Script[Any]:
            return self._within_budget(step, desk)

        def see(exchange: Exchange) -> None:
            with self._lock:
                performance.exchanges.append(exchange)
                if not self.losses.questionable(exchange):
                    judge(exchange)
                self.spending.settle(exchange)

        try:
            performance.result = self.stage.perform(through(script, take), see)
        except BudgetExceededError as limit:
            performance.stopped_because = str(limit)
        except _SeenAgainError:
            pass
        except StageClosedError as closed:
            performance.target_lost_because = str(closed) or None
            performance.stopped_because = performance.target_lost_because or "interrupted"
            if isinstance(closed, TargetLostError):
                self.losses.end(str(closed), desk)
        except Exception as error:
            performance.error = error
        return performance

    def _within_budget(self, step: Step, desk: Desk) -> Script[Any]:
        """One step within the budget; a 429 is waited out where it is not the subject."""
        performance = desk.performance
        if performance.due and performance.due <= performance.broken:
            raise _SeenAgainError
        again = bool(performance.due)
        about = performance.about or (performance.name,)

        def send(one: Step, may_again: MayAgain) -> Script[Any]:
            return self.losses.send(one, may_again, desk)

        value = yield from self.spending.lead(step, about, again=again, send=send)
        for _ in range(PATIENT_TURNS):
            if not _slowed_down(value):
                break
            yield Pause(min(value.retry_after_s or 1.0, LONGEST_PAUSE_S))
            value = yield from self.spending.lead(step, about, again=again, send=send)
        if isinstance(value, Exchange) and value.failure and value.failure.kind == "unsent":
            performance.stopped_because = value.failure.detail
            performance.unsent[value.failure.detail] += 1
        return value

    def _enter(self, performance: Performance[Any]) -> None:
        with self._lock:
            self._doubt(performance)
            self.ledger.enter(performance.rulings, performance.name, performance.held)
            for exchange in performance.exchanges:
                self.generations.see(exchange, performance.name)
                self.ledger.account(exchange, performance.section, self.spending.unbilled_usd(exchange))
            for why, count in performance.unsent.items():
                self.ledger.withhold(performance.about, why, count)
            if performance.breaches and not self.stage.virtual:
                self.broken.append(performance)
            if performance.lost_because and not performance.due:
                self.lost.append(performance)
            for note in performance.notes:
                self.ledger.verdicts[note.partition(":")[0]].notes.append(note)


def _slowed_down(answer: Any) -> bool:
    """Whether an answer is a 429 to an account that has no low limit by design, and for no other reason."""
    if not isinstance(answer, Exchange) or answer.status != 429 or answer.account == "limited":
        return False
    return answer.code == "rate_limited" or answer.code not in STATUS_OF_CODE


def _resending(performance: Performance[Any]) -> Callable[[], Script[Any]] | None:
    """For a script that cannot begin anew, being drawn: what it created when a clause broke, created again."""
    found = next((ruling.exchange for ruling, _ in performance.breaches), None)
    if found is None or found.kind != "create":
        return None

    def again() -> Script[Any]:
        kind = found.request.headers.get("content-type") or ""
        given = (found.request.body, found.account, found.credential)
        yield from until_terminal((yield Create(*given, content_type=kind, intent=found.intent)))

    return again


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
