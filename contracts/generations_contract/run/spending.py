"""Leads the creations of scripts through a budget: who may send at once, who must wait, who is left out.

What a creation costs, and what its answer does to the budget, is `money`'s. A creation that the document
allows is paid: no money, no request, and the script ends. One that it refuses is free as long as the gateway
refuses it (`money.budget` has the rule for one that does not); one that the budget keeps back is answered with
an "unsent" exchange, so that the script goes on to what may still be asked. In virtual time everything is
sent, and only counted.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from generations_contract.api.schema import REQUEST, accepts
from generations_contract.clauses.facts.request import reading
from generations_contract.exchange.exchange import Exchange, Failure
from generations_contract.money import Budget, BudgetExceededError, Purchase
from generations_contract.scripts.script import Create, Pause, Script, Step
from generations_contract.wire.client import Client

# How long to wait until it may be known what came of somebody else's creation.
_PAID_TURN_S: Final = 0.25
_UNEXPECTED_TURN_S: Final = 0.02
# How a model that the target does not have is refused (request.unknown-model).
_NO_SUCH_MODEL: Final = frozenset({400, 403, 404})


# Whether a step that was lost may be sent again, asked before each time.
MayAgain: TypeAlias = Callable[[], bool]
# Sends a step, and again where it is lost and may be.
Send: TypeAlias = Callable[[Step, MayAgain], Script[Any]]


def always() -> bool:
    """What only reads may be sent again and again."""
    return True


def never() -> bool:
    """What may be paid for is sent once."""
    return False


def _once(step: Step, _: MayAgain) -> Script[Any]:
    """Send a step as it is, whatever comes of it."""
    return (yield step)


class Spending:
    """Leads the steps of scripts through a budget. Thread-safe."""

    def __init__(self, budget: Budget, client: Client, *, virtual: bool) -> None:
        self.budget = budget
        self._client, self._virtual = client, virtual
        self._lock = threading.Lock()
        # By generation id; where an answer named none, by what tells its exchange from all others that are kept.
        self._open: dict[str, tuple[Purchase, Exchange]] = {}
        self._met: dict[str, set[str]] = {}

    def lead(
        self, step: Step, about: Sequence[str], *, again: bool = False, send: Send = _once
    ) -> Script[Any]:
        """One step within the budget; `about`: what its script is about, at least one name.

        `again`: it may be known to be accepted, and then its money is reserved. Raises `BudgetExceededError`.
        """
        # A pause that nothing may follow is not worth its time.
        self.budget.check_time(step.seconds if isinstance(step, Pause) else 0.0)
        if not isinstance(step, Create):
            return (yield from send(step, always))
        purchase = Purchase(self.budget, self._client.target, step.body)
        free = not step.may_cost or (isinstance(step.body, Mapping) and not accepts(REQUEST, step.body))
        if free and not (again and self.budget.paid_for(self._shows(step, about))):
            return (yield from self._try(step, purchase, about, send))
        return (yield from self._pay(step, purchase, send))

    def settle(self, exchange: Exchange) -> None:
        """Once a generation's cost is known it takes the place of the reservation."""
        with self._lock:
            purchase, _ = self._open.get(str(exchange.generation_id), (None, None))
            if purchase is not None:
                purchase.seen(exchange)
                if not purchase.open:
                    del self._open[str(exchange.generation_id)]

    def unbilled_usd(self, created: Exchange) -> float | None:
        """What is still set aside for the generation that a live target may have made of this, if so."""
        with self._lock:
            purchase, _ = self._open.get(_key(created), (None, None))
            return None if self._virtual or purchase is None else purchase.price_usd

    @property
    def unbilled(self) -> list[tuple[str, str]]:
        """(id, account) of the generations whose bill was not seen."""
        with self._lock:
            return [
                (created.generation_id, created.account)
                for _, created in self._open.values()
                if created.generation_id is not None
            ]

    @property
    def never_accepted(self) -> set[str]:
        """Models of which good requests were refused as bad ones, and none was accepted."""
        with self._lock:
            return {model for model, outcomes in self._met.items() if outcomes == {"refused"}}

    def _pay(self, step: Create, purchase: Purchase, send: Send) -> Script[Exchange]:
        while True:
            try:
                purchase.reserve()
                break
            except BudgetExceededError:
                if self._virtual or not self.budget.undecided:
                    raise
            # Somebody else's creation may yet be refused, and its reservation given back.
            yield Pause(_PAID_TURN_S)
            self.budget.check_time()
        created = yield from self._send(step, purchase, send, never)
        if created.generation_id is not None or created.status in _NO_SUCH_MODEL:
            with self._lock:
                outcome = "refused" if created.generation_id is None else "accepted"
                self._met.setdefault(str(created.model), set()).add(outcome)
        return created

    def _try(self, step: Create, purchase: Purchase, about: Sequence[str], send: Send) -> Script[Exchange]:
        """Send what should be refused, where it is worth the money that it costs if it is not."""
        if not self._virtual:
            shows = self._shows(step, about)
            try:
                while not purchase.reserve_unexpected(shows):
                    yield Pause(_UNEXPECTED_TURN_S)
                    self.budget.check_time()
            except BudgetExceededError as limit:
                return self._unsent(step, str(limit))
        return (yield from self._send(step, purchase, send, purchase.reserve_again))

    def _send(self, step: Create, purchase: Purchase, send: Send, may_again: MayAgain) -> Script[Exchange]:
        try:
            created: Exchange = yield from send(step, may_again)
        except BaseException:
            # The script was stopped meanwhile: others wait to hear of it.
            purchase.answered(None)
            raise
        purchase.answered(created)
        if purchase.open:
            with self._lock:
                self._open[_key(created)] = purchase, created
        return created

    def _shows(self, step: Create, about: Sequence[str]) -> list[str]:
        """What its acceptance would show, and of which model: only those of the target are told apart.

        That is what the request violates; where nobody can say, what its script is about.
        """
        unsent = self._unsent(step, "not yet")
        violated = sorted(reading(unsent).violations)
        model = unsent.model if unsent.modality else "no known model"
        return [f"{each} on {model}" for each in violated or about]

    def _unsent(self, step: Create, why: str) -> Exchange:
        return self._client.record(
            self._client.prepare(step), Failure("unsent", why), sent_at=0.0, answered_at=0.0
        )


def _key(created: Exchange) -> str:
    """The generation's id; where none was told, what tells this exchange from all others that are kept."""
    return created.generation_id or f"#{id(created)}"
