"""Requests that come to nothing on the way: which are sent again, and when the gateway is to blame after all.

A connection that is lost, and a page that something on the way writes in the gateway's place, are nobody's breach.
What costs nothing is sent again, after small pauses; a creation that may be paid for is not. What never comes through
is looked at beside a plain question: where that is answered, the gateway hangs up on this kind of request, and its
silence is told; where it is not, the way is gone, and the run waits until it is back, or ends. A held poll that ends
at the same age as others did was cut by a proxy, whatever that is called. In virtual time nothing is lost.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from generations_contract.exchange.exchange import LOST, Exchange
from generations_contract.judging.network import Network
from generations_contract.run.performance import Performance
from generations_contract.run.spending import MayAgain, never
from generations_contract.scripts.script import Fetch, Pause, Script, Step
from generations_contract.wire import proxies
from generations_contract.wire.bounds import Bounds
from generations_contract.wire.stage import PLAIN_QUESTION, TargetLostError

# While the way is gone a request waits so long between two attempts (seconds).
_PATIENCE_S: Final = 2.0
# So often in a row sending again was in vain, though the gateway answered others: it hangs up on purpose.
_HOPELESS: Final = 5
# Ages at which polls are cut are equal within this, seconds or share; so many polls of equal age are no chance.
_AGE_S, _AGE_SHARE = 0.3, 0.03
_EQUAL_AGES: Final = 3
_PAID: Final = "its creation was lost on the way, and is not sent again, because it may be paid for"
_CUT: Final = "a held poll was cut on the way"
_BARRED: Final = "something on the way answered in the gateway's place"


@dataclass
class Desk:
    """Where one script's exchanges go: `own` judges an exchange after all, `performance` is what it plays for."""

    performance: Performance[Any]
    own: Callable[[Exchange], None]


class Losses:
    """Sends the steps of scripts, and decides over those that come to nothing on the way. Thread-safe."""

    def __init__(self, network: Network, bounds: Bounds, *, virtual: bool) -> None:
        self.network = network
        self._bounds, self._virtual = bounds, virtual
        self._lock = threading.Lock()
        self._in_vain = 0
        self._heard_at: float | None = None
        self._longest_s = 0.0
        # Held requests that ended early, that showed an age at which all end, and that are not decided over.
        self._early: list[Exchange] = []
        self._shown: list[Exchange] = []
        self._doubtful: list[tuple[Exchange, Desk, bool]] = []

    def questionable(self, exchange: Exchange) -> bool:
        """Whether it may have come to nothing on the way, so that nobody judges it before that is found out."""
        if self._virtual:
            return False
        if exchange.failure is not None:
            return exchange.failure.kind in LOST
        limited = exchange.account == "limited" and exchange.status == 429
        return exchange.kind != "download" and not limited and proxies.foreign(exchange)

    def send(self, step: Step, may_again: MayAgain, desk: Desk) -> Script[Any]:
        """Send a step, and again where it is lost and that may be."""
        if self.network.gone:
            raise TargetLostError(self.network.gone)
        answer = yield step
        if self._virtual or not isinstance(answer, Exchange):
            return answer
        self._count(paid=may_again is never)
        if self._heard(answer):
            return answer
        if _ended_early(answer):
            with self._lock:
                self._early.append(answer)
            if self._cut(answer):
                self._excuse_cut(answer, desk)
                return answer
        elif answer.response is not None and (yield from self._answers_others(desk)):
            desk.own(answer)
            return answer
        if may_again is never:
            return self._left([answer], desk)
        return (yield from self._again(step, may_again, [answer], desk))

    def settle(self) -> Iterator[tuple[Exchange, Performance[Any]]]:
        """When all is played: the held requests that only others could tell of, and that were not cut as they were."""
        for exchange, desk, came_through in self._doubtful:
            if self._cut(exchange):
                self._excuse_cut(exchange, desk)
            elif exchange.response is not None:
                yield exchange, desk.performance
            elif came_through:
                self.network.again += 1
            else:
                self.network.kept += 1
        self._doubtful.clear()

    def end(self, why: str, desk: Desk) -> None:
        """The target is lost: what a script had not got an answer to is nobody's fault."""
        with self._lock:
            self.network.gone = self.network.gone or why
        for each in desk.performance.exchanges:
            if self.questionable(each) and id(each) not in desk.performance.excused:
                desk.performance.excuse(each, why)
                self.network.vain += 1

    # -- sending again ------------------------------------------------------------------------------------

    def _again(self, step: Step, may_again: MayAgain, lost: list[Exchange], desk: Desk) -> Script[Any]:
        """Send again what was lost, until it comes through, is given up, or the way is gone for good."""
        turn = 0
        while True:
            pauses = self._bounds.pauses_s[: 1 if self._in_vain >= _HOPELESS else None]
            if turn < len(pauses):
                yield Pause(pauses[turn])
                turn += 1
            elif not pauses or (yield from self._answers_others(desk)):
                return self._give_up(lost, desk)
            else:
                self._end_if_gone(lost)
                yield Pause(_PATIENCE_S)
                turn = 0
            if not may_again():
                return self._left(lost, desk)
            answer: Exchange = yield step
            if self._heard(answer):
                self._made_good(lost, desk)
                return answer
            lost.append(answer)
            if _ended_early(answer) and _same_age(answer, lost[-2]) and not self._outlived(answer):
                with self._lock:
                    self._shown.append(answer)
                for each in lost:
                    self._excuse_cut(each, desk)
                return answer

    def _answers_others(self, desk: Desk) -> Script[bool]:
        """Whether the gateway itself answers a plain question, which costs nothing."""
        plain: Exchange = yield Fetch(PLAIN_QUESTION)
        if self._heard(plain) and plain.response is not None:
            return True
        desk.performance.excuse(plain)
        return False

    def _made_good(self, lost: list[Exchange], desk: Desk) -> None:
        """The way lost it, and what was sent again came through. Of a held poll only others tell whether it was cut."""
        plain = [each for each in lost if not _ended_early(each)]
        for each in lost:
            desk.performance.excuse(each)
        with self._lock:
            self._in_vain = 0
            self._doubtful += [(each, desk, True) for each in lost if _ended_early(each)]
            self.network.again += len(plain)
            self.network.pages.update(filter(None, map(proxies.written_by, plain)))

    def _give_up(self, lost: list[Exchange], desk: Desk) -> Exchange:
        """It never came through, though others do: a known product bars it, or the gateway hangs up on it."""
        barred = proxies.product_of(lost[-1])
        with self._lock:
            self._in_vain += 1
            self.network.barred.update([barred] if barred else [])
        for each in lost:
            if barred:
                desk.performance.excuse(each, _BARRED)
            else:
                desk.own(each)
        return lost[-1]

    def _left(self, lost: list[Exchange], desk: Desk) -> Exchange:
        """A creation that is not sent again: its money stays set aside."""
        answer = lost[-1]
        page = proxies.written_by(answer)
        for each in lost:
            desk.performance.excuse(each, _PAID)
        with self._lock:
            if _ended_early(answer):
                self._doubtful.append((answer, desk, False))
            else:
                self.network.kept += 1
                self.network.pages.update([page] if page else [])
        return answer

    def _end_if_gone(self, lost: list[Exchange]) -> None:
        """Raise `TargetLostError` where nothing of the gateway has been heard for too long."""
        last = lost[-1]
        with self._lock:
            heard_at = self._heard_at if self._heard_at is not None else lost[0].sent_at
            self._heard_at = heard_at
            if last.answered_at - heard_at < self._bounds.silent_s:
                return
        silent_s = last.answered_at - heard_at
        raise TargetLostError(
            f"the target stopped answering: for {silent_s:.0f} s nothing came but {_how(last)}"
        )

    # -- cuts ---------------------------------------------------------------------------------------------

    def _cut(self, exchange: Exchange) -> bool:
        """Whether a held request that ended early was cut for its age, as others were."""
        if self._outlived(exchange):
            return False
        with self._lock:
            shown = any(_same_age(exchange, each) for each in self._shown)
            return shown or sum(_same_age(exchange, each) for each in self._early) >= _EQUAL_AGES

    def _outlived(self, exchange: Exchange) -> bool:
        """Whether another request was held for longer and then answered: nothing on the way ends them at this age."""
        return self._longest_s > exchange.elapsed_s + max(_AGE_S, _AGE_SHARE * exchange.elapsed_s)

    def _excuse_cut(self, exchange: Exchange, desk: Desk) -> None:
        desk.performance.excuse(exchange, _CUT)
        with self._lock:
            self.network.cuts.append((exchange.elapsed_s, exchange.longest_window_s or 0.0, _how(exchange)))

    # -- what was heard -----------------------------------------------------------------------------------

    def _heard(self, exchange: Exchange) -> bool:
        """Whether the gateway itself has answered, or nobody was asked: remembered as a sign of life."""
        if self.questionable(exchange):
            return False
        if exchange.response is not None and exchange.kind != "download":
            with self._lock:
                self._heard_at = max(self._heard_at or 0.0, exchange.answered_at)
                self._longest_s = max(self._longest_s, exchange.elapsed_s)
        return True

    def _count(self, *, paid: bool) -> None:
        with self._lock:
            self.network.paid += paid
            self.network.free += not paid


def _ended_early(exchange: Exchange) -> bool:
    """Whether a request ended while it was held, well before its window did."""
    window_s = exchange.longest_window_s or 0.0
    return proxies.YOUNGEST_CUT_S <= exchange.elapsed_s < window_s - _AGE_S


def _same_age(one: Exchange, other: Exchange) -> bool:
    longer_s = max(one.elapsed_s, other.elapsed_s)
    return _ended_early(other) and abs(one.elapsed_s - other.elapsed_s) <= max(_AGE_S, _AGE_SHARE * longer_s)


def _how(exchange: Exchange) -> str:
    return proxies.product_of(exchange) or (
        exchange.failure.kind if exchange.failure else str(exchange.status)
    )
