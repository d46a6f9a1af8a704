"""What creations cost: set aside before they are sent, given back when refused, settled when the bill is known.

A creation that the document allows is *paid*: no money, no request, and the script ends. One that it refuses
is a *venture*: free as long as the gateway refuses it (`budget` has the rule for one that does not). A
venture that the budget keeps back is answered with an "unsent" exchange, so that the script goes on to what
may still be asked. In virtual time everything is sent, and only counted.
"""

import threading
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from generations_contract.api.schema import REQUEST, accepts
from generations_contract.clauses.facts.request import reading
from generations_contract.costs import billed_usd, nothing_made
from generations_contract.exchange import parsing
from generations_contract.exchange.exchange import Exchange, Failure
from generations_contract.money import Budget, BudgetExceededError
from generations_contract.scripts.script import Create, Pause, Script, Step
from generations_contract.wire.client import Client

# How long to wait until it may be known what came of somebody else's creation.
_PAID_TURN_S: Final = 0.25
_VENTURE_TURN_S: Final = 0.02
# How a model that the target does not have is refused (request.unknown-model).
_NO_SUCH_MODEL: Final = frozenset({400, 403, 404})


class _Owed(NamedTuple):
    """What is set aside for a generation, by the exchange that made it, or may have made it."""

    usd: float
    created: Exchange


class Spending:
    """Leads the steps of scripts through a budget. Thread-safe."""

    def __init__(self, budget: Budget, client: Client, *, virtual: bool) -> None:
        self.budget = budget
        self._client, self._virtual = client, virtual
        self._lock = threading.Lock()
        self._open: dict[str, _Owed] = {}
        self._dearest: dict[str, float] = {}
        self._met: dict[str, set[str]] = {}

    def lead(self, step: Step, aims: Sequence[str], *, again: bool = False) -> Script[Any]:
        """One step within the budget; `aims`: what it is about, at least one name.

        `again`: it may be known to be accepted, and then its money is reserved. Raises `BudgetExceededError`.
        """
        # A pause that nothing may follow is not worth its time.
        self.budget.check_time(step.seconds if isinstance(step, Pause) else 0.0)
        if not isinstance(step, Create):
            return (yield step)
        free = not step.may_cost or (isinstance(step.body, Mapping) and not accepts(REQUEST, step.body))
        if free and not (again and self.budget.proved(self._proves(step, aims))):
            return (yield from self._venture(step, aims))
        return (yield from self._pay(step))

    def settle(self, exchange: Exchange) -> None:
        """Once a generation's cost is known it takes the place of the reservation."""
        cost = billed_usd(exchange)
        if not exchange.terminal or cost is None:
            return
        with self._lock:
            owed = self._open.pop(str(exchange.generation_id), None)
            if owed is None:
                return
            each = cost / max(1, len(exchange.media))
            model = str(owed.created.model)
            self._dearest[model] = max(self._dearest.get(model, 0.0), each)
        self.budget.billed(owed.usd, cost)

    def unbilled_usd(self, created: Exchange) -> float | None:
        """What is still set aside for the generation that a live target may have made of this, if so."""
        with self._lock:
            owed = self._open.get(_key(created))
            return None if self._virtual or owed is None else owed.usd

    @property
    def unbilled(self) -> list[tuple[str, str]]:
        """(id, account) of the generations whose bill was not seen."""
        with self._lock:
            return [
                (key, owed.created.account) for key, owed in self._open.items() if not key.startswith("#")
            ]

    @property
    def never_accepted(self) -> set[str]:
        """Models of which good requests were refused as bad ones, and none was accepted."""
        with self._lock:
            return {model for model, outcomes in self._met.items() if outcomes == {"refused"}}

    def _pay(self, step: Create) -> Script[Exchange]:
        price = self._price(step)
        while True:
            try:
                self.budget.reserve(price)
                break
            except BudgetExceededError:
                if self._virtual or not self.budget.undecided:
                    raise
            # Somebody else's creation may yet be refused, and its reservation given back.
            yield Pause(_PAID_TURN_S)
            self.budget.check_time()
        created: Exchange = yield step
        refused = created.response is not None and created.generation_id is None
        if created.generation_id is not None or created.status in _NO_SUCH_MODEL:
            with self._lock:
                outcome = "refused" if refused else "accepted"
                self._met.setdefault(str(created.model), set()).add(outcome)
        if nothing_made(created):
            self.budget.refused(price)
        else:
            # Without an id nobody knows: what may have been made stays reserved.
            self.budget.accepted()
            if not self._virtual or not refused:
                self._owe(created, price)
        return created

    def _venture(self, step: Create, aims: Sequence[str]) -> Script[Exchange]:
        price = self._price(step)
        if self._virtual:
            created: Exchange = yield step
            if created.generation_id is not None:
                self.budget.unexpected(price)
            return created
        proves = self._proves(step, aims)
        try:
            while not self.budget.venture(proves, price):
                yield Pause(_VENTURE_TURN_S)
                self.budget.check_time()
        except BudgetExceededError as limit:
            return self._unsent(step, str(limit))
        accepted = False
        try:
            created = yield step
            accepted = created.generation_id is not None
        finally:
            self.budget.ventured(proves, price, accepted=accepted)
        if accepted:
            self._owe(created, price)
        return created

    def _proves(self, step: Create, aims: Sequence[str]) -> list[str]:
        """What its acceptance would prove, and of which model: only those of the target are told apart.

        That is what the request violates; where nobody can say, what its script is about.
        """
        violated = sorted(reading(self._unsent(step, "not yet")).violations)
        model = _asked(step).get("model")
        known = isinstance(model, str) and self._client.terms.modality(model) is not None
        return [f"{aim} on {model if known else 'no known model'}" for aim in violated or aims]

    def _unsent(self, step: Create, why: str) -> Exchange:
        return self._client.record(
            self._client.prepare(step), Failure("unsent", why), sent_at=0.0, answered_at=0.0
        )

    def _owe(self, created: Exchange, price: float) -> None:
        with self._lock:
            self._open[_key(created)] = _Owed(price, created)
        self.settle(created)

    def _price(self, step: Create) -> float:
        """What a creation may cost, by the profile, or by what the model turned out to cost."""
        asked = _asked(step)
        model, count = str(asked.get("model")), asked.get("n", 1)
        several = isinstance(count, int | float) and 1 <= count <= 10
        assets = int(count) if several and self._client.terms.modality(model) != "video" else 1
        return assets * max(self._client.target.price_usd(model), self._dearest.get(model, 0.0))


def _asked(step: Create) -> Mapping[str, Any]:
    body = parsing.json_document(step.body) if isinstance(step.body, bytes) else step.body
    return body if isinstance(body, Mapping) else {}


def _key(created: Exchange) -> str:
    """The generation's id; where none was told, what tells this exchange from all others that are kept."""
    return created.generation_id or f"#{id(created)}"
