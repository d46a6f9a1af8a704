"""One place judges every answer of a process, and tells of breaches.

No request is sent or measured here (`session` does), no verdict given on the run as a whole, and neither
locust nor a report is known.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from generations_contract.exchange.exchange import Exchange
from generations_contract.forms.text import printable
from generations_contract.judging.clause import Breach, Clause
from generations_contract.money import Budget
from generations_load.judging.load_judge import Explainer, LoadJudge, doubtful, sentence
from generations_load.judging.polls import unplanned_s
from generations_load.measure.metrics import Recorder
from generations_load.transport.wire import Wire

UNTOLD: Final = "more of the same; explained are at most some a second"
# Reading a clock for every judgement would cost a tenth of it.
_TIMED_EACH: Final = 8


class ContractBreachError(AssertionError):
    """A clause of the contract is broken: what locust shows as a failed request."""


@dataclass
class ObserverContext:
    """What an observer needs of its process: clocks in seconds, the loop's lag, who is told of requests.

    `waived`: clauses of which a SHOULD does not count; `young`: clauses of which nothing does.
    `embedded`: the target is a reference gateway on this machine, started for this run.
    """

    now: Callable[[], float]
    unix: Callable[[], float]
    lag_s: Callable[[], float]
    fire: Callable[..., None]
    budget: Budget | None = None
    waived: frozenset[str] = frozenset()
    young: frozenset[str] = frozenset()
    judging: bool = True
    embedded: bool = False


class Observer:
    """Everything that one process sees.

    Polls sent from `steady_from` on and answered until `steady_until` count for latencies: spawning users,
    and stopping them, keeps this process busy.
    """

    def __init__(
        self,
        wire: Wire,
        recorder: Recorder,
        judge: LoadJudge,
        explainer: Explainer,
        surroundings: ObserverContext,
    ) -> None:
        self.wire, self.recorder, self.judge, self.explainer = wire, recorder, judge, explainer
        self.around = surroundings
        self.steady_from = self.steady_until = float("inf")
        self.judging_s = 0.0
        self._turn = 0

    def timed(self, sent_at: float, answered_at: float) -> bool:
        """Whether a poll's times are the target's, and not those of spawning and stopping."""
        return sent_at >= self.steady_from and answered_at <= self.steady_until

    def recall(self, exchange: Exchange) -> bool:
        """The first half of judging, before anybody reads an answer: whether it is the latest once more."""
        self._turn += 1
        if self._turn % _TIMED_EACH:
            return self.judge.recall(exchange)
        before = self.around.now()
        told = self.judge.recall(exchange)
        self._spent(self.around.now() - before)
        return told

    def judged(self, exchange: Exchange) -> ContractBreachError | None:
        """Judge an exchange; what it broke is why the request has failed."""
        if self._turn % _TIMED_EACH:
            found = self.judge.breaches(exchange)
        else:
            before = self.around.now()
            found = self.judge.breaches(exchange)
            self._spent(self.around.now() - before)
        self.recorder.count("contract.judged")
        # An answer breaks a clause once, in however many places.
        once = {each[0].id: each for each in reversed(found)}.values() if found else ()
        told = [words for clause, breach in once if (words := self._breach(clause, breach, exchange))]
        return ContractBreachError("; ".join(told)) if told else None

    def _spent(self, seconds: float) -> None:
        # Beyond a millisecond somebody else had the core.
        self.judging_s += _TIMED_EACH * min(0.001, seconds)

    def _breach(self, clause: Clause, breach: Breach, exchange: Exchange) -> str | None:
        """What is told of a breach, where it counts."""
        count = self.recorder.count
        waived = (breach.level or clause.level) == "SHOULD" and clause.id in self.around.waived
        if waived or clause.id in self.around.young:
            count("contract.waived")
            return None
        if clause.timing and not self.timed(exchange.sent_at, exchange.answered_at):
            count(
                "contract.during_startup" if exchange.sent_at < self.steady_from else "contract.during_stop"
            )
            return None
        unplanned = unplanned_s(exchange) if self.around.embedded else 0.0
        if doubtful(clause, max(unplanned, self.around.lag_s())):
            count("contract.doubtful")
            return None
        count("contract.breaches")
        count(f"breach.{clause.id}")
        story = self.explainer.explain(clause, breach, exchange)
        if story:
            self.recorder.stories.append(story)
        return f"{clause.id}: {printable(sentence(story)) if story else UNTOLD}"
