"""One script's requests: sent, counted, measured and handed to the judge, one after the other.

`Session.send` carries a scenario's step over the wire; everything a run knows begins here. It runs thousands
of times a second: what need not be made for each poll is not.

Polls started while the population was still being built up are counted and judged like all others, but their
*times* are kept apart: spawning thousands of users delays the first polls of each by up to a second, and that
is this generator's doing.
"""

import errno
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.exchange.exchange import Exchange, Failure, Response
from generations_contract.money import Purchase
from generations_contract.scripts.script import Create, Download, Fetch, Raw
from generations_load.judging.observer import Observer
from generations_load.judging.polls import (
    FAILURES,
    Outcome,
    early_by_s,
    explains,
    outcome_of,
    overshoot_s,
    server_hold_s,
)
from generations_load.measure.totals import FINISHED, OVERDUE, STARTED, UNFINISHED
from generations_load.transport.wire import Sending

_SCARCE: Final = {
    errno.EMFILE: "connection.no_descriptor",
    errno.ENFILE: "connection.no_descriptor",
    errno.EADDRNOTAVAIL: "connection.no_port",
}
NAMES: Final = {"create": GENERATIONS_PATH, "fetch": GENERATIONS_PATH + "/{id}", "download": "media"}


class PollFailedError(Exception):
    """A poll without an answer, or with an error nobody asked for."""


class Sends(Protocol):
    """What carries a prepared request to the target (`client.Transport`)."""

    def send(self, sending: Sending) -> Response | Failure:
        """The whole answer, or why there is none."""


@dataclass(slots=True)
class _Story:
    """What a session knows of one generation; times on the observer's clock."""

    asked_at: float
    model: str
    polls: int = 0
    ended_at: float | None = None


def unable(failure: Failure) -> str | None:
    """The counter of what this machine ran out of, where that is why there was no connection."""
    if failure.kind != "refused":
        return None
    return next((name for number, name in _SCARCE.items() if f"[Errno {number}]" in failure.detail), None)


@dataclass
class Session:
    """One script's requests; `close` lets go of what is remembered for it.

    `setback`: the last request, where it failed or was told to slow down. `purchases`: those whose bill was not
    seen yet, by generation id.
    """

    observer: Observer
    transport: Sends
    stories: dict[str, _Story] = field(default_factory=dict)
    purchases: dict[str, Purchase] = field(default_factory=dict)
    setback: Exchange | None = None
    _latest: tuple[Any, Sending] | None = None

    def send(self, step: Create | Fetch | Raw | Download) -> Exchange:
        """Carry out one step; raises `BudgetExceededError` before a creation that goes beyond the budget."""
        observer, around = self.observer, self.observer.around
        purchase = self._reserve(step)
        sending = self._prepared(step)
        recorder = observer.recorder
        recorder.count(STARTED)
        sent_at = around.now()
        try:
            outcome = self.transport.send(sending)
        except BaseException:
            # Killing thousands of users takes a while, which is no age of a poll.
            self._unfinished(step, max(0.0, min(around.now(), observer.steady_until) - sent_at), sent_at)
            raise
        recall = observer.recall if around.judging else None
        exchange = observer.wire.record(sending, outcome, sent_at, around.now(), around.unix(), recall)
        recorder.count(FINISHED)
        self._settle(exchange, purchase)
        came_to = self._measure(exchange)
        judged = around.judging and exchange.kind != "download"
        broken = observer.judged(exchange) if judged else None
        failed = PollFailedError(explains(exchange, came_to)) if came_to in FAILURES else None
        around.fire(
            request_type=exchange.request.method,
            name=NAMES.get(exchange.kind, "other"),
            response_time=exchange.elapsed_s * 1000,
            response_length=len(exchange.response.body) if exchange.response else 0,
            exception=broken or failed,
            context={},
        )
        return exchange

    def _prepared(self, step: Create | Fetch | Raw | Download) -> Sending:
        """The request of a step; most steps are the one before once more."""
        latest = self._latest
        if latest is not None and (latest[0] is step or latest[0] == step):
            return latest[1]
        sending = self.observer.wire.prepare(step)
        self._latest = (step, sending)
        return sending

    def close(self) -> None:
        """The script is over: its generations are forgotten."""
        for generation_id in self.stories:
            self.observer.judge.forget(generation_id)

    def _measure(self, exchange: Exchange) -> Outcome:
        """Count an answer and its times; returns its outcome."""
        outcome = outcome_of(exchange)
        recorder = self.observer.recorder
        recorder.count(f"outcome.{outcome}")
        steady = self.observer.timed(exchange.sent_at, exchange.answered_at)
        if steady:
            self._times(exchange, outcome)
        elif exchange.sent_at >= self.observer.steady_from:
            recorder.count("poll.during_stop")
        else:
            recorder.count("poll.during_startup")
            sample = overshoot_s(exchange, outcome)
            if sample is not None:
                recorder.sample("startup.overshoot_s", sample)
        failed = outcome in FAILURES
        self.setback = exchange if failed or outcome == "limited" else None
        if failed:
            recorder.count("errors")
        if exchange.failure is not None and (want := unable(exchange.failure)):
            recorder.count(want)
        if exchange.generation_id and exchange.kind in ("create", "fetch"):
            self._story(exchange, exchange.generation_id, steady=steady)
        return outcome

    def _times(self, exchange: Exchange, outcome: str) -> None:
        sample, elapsed = self.observer.recorder.sample, exchange.elapsed_s
        if exchange.response is None:
            if outcome == "gave-up" and exchange.asked_window_s is not None:
                sample("poll.overshoot_s", elapsed - exchange.asked_window_s)
            return
        sample("poll.latency_s", elapsed)
        if outcome == "instant":
            sample("poll.instant_s", elapsed)
        elif outcome == "refused":
            sample("poll.refusal_s", elapsed)
        else:
            over = overshoot_s(exchange, outcome)  # type: ignore[arg-type]
            early = early_by_s(exchange, outcome) if over is None else None  # type: ignore[arg-type]
            if over is not None:
                sample("poll.overshoot_s", over)
            elif early is not None:
                sample("poll.early_s", early)
        hold = server_hold_s(exchange)
        if hold is not None:
            sample("generator.error_s", elapsed - hold)

    def _story(self, exchange: Exchange, generation_id: str, *, steady: bool) -> None:
        story = self.stories.get(generation_id)
        if story is None:
            story = self.stories[generation_id] = _Story(exchange.sent_at, exchange.model or "unknown")
        story.polls += exchange.kind == "fetch"
        if not exchange.terminal:
            return
        sample = self.observer.recorder.sample
        if story.ended_at is None:
            story.ended_at = exchange.answered_at
            self.observer.recorder.count("generation.ended")
            if steady:
                sample("generation.polls", story.polls)
                taken = exchange.answered_at - story.asked_at
                sample("generation.time_to_terminal_s", taken)
                sample(f"generation.time_to_terminal_s[{story.model}]", taken)
        elif exchange.sent_at < story.ended_at and steady:
            sample("poll.wake_delay_s", exchange.answered_at - story.ended_at)

    def _unfinished(self, step: Any, age_s: float, sent_at: float) -> None:
        recorder = self.observer.recorder
        recorder.count(UNFINISHED)
        recorder.sample("poll.unfinished_age_s", age_s)
        wait = step.wait if isinstance(step, Fetch) else None
        # What is already late will be later still: its age is a lower bound that the SLOs must see.
        if isinstance(wait, int | float) and age_s > wait and sent_at >= self.observer.steady_from:
            recorder.sample("poll.overshoot_s", age_s - wait)
            recorder.count(OVERDUE)

    def _reserve(self, step: Any) -> Purchase | None:
        budget = self.observer.around.budget
        if budget is None or not isinstance(step, Create):
            return None
        purchase = Purchase(budget, self.observer.wire.client.target, step.body)
        purchase.reserve()
        return purchase

    def _settle(self, exchange: Exchange, purchase: Purchase | None) -> None:
        generation_id = exchange.generation_id or ""
        if purchase is not None:
            purchase.answered(exchange)
            if purchase.open and generation_id:
                self.purchases[generation_id] = purchase
        elif known := self.purchases.get(generation_id):
            known.seen(exchange)
            if not known.open:
                del self.purchases[generation_id]
