"""The money of one creation: what it may cost, whether it can have made a generation, what its bill says.

The only place that knows these three; the contract run, load and drift all spend through it. Limits are
`budget`'s, and nothing is sent from here.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import N_MAX, N_MIN
from generations_contract.exchange import parsing
from generations_contract.exchange.exchange import Exchange
from generations_contract.money.budget import Budget, Fate

# A generation that claims to cost more has no credible cost.
MOST_USD: Final = 1e6
# Answers of somebody on the way who gave up waiting: 408, 504, and what proxies add to the registered 500s.
_GAVE_UP: Final = frozenset({408, 504, *range(505, 600)})
# Answers to a creation after which a generation may have been made, though none is named: a provider failed, too.
_PERHAPS_MADE: Final = _GAVE_UP | {422, 500, 502}
# Failures of requests that never reached the gateway.
_NEVER_OUT: Final = frozenset({"refused", "dns", "tls", "unsafe", "unsent"})


class Purchase:
    """The money of one creation: reserve it, send the request, tell what was `answered`, and what is `seen` later.

    `price_usd`: what is set aside. `open`: whether it stays so, because nobody has seen the bill. Not thread-safe.
    """

    def __init__(self, budget: Budget, target: Target, body: Mapping[str, Any] | bytes) -> None:
        self._budget = budget
        asked = parsing.json_document(body) if isinstance(body, bytes) else body
        document = asked if isinstance(asked, Mapping) else {}
        self._model = str(document.get("model"))
        self.price_usd = _assets(target, document) * max(
            target.price_usd(self._model), budget.dearest_usd(self._model)
        )
        self.open = False
        self._reserved = False
        self._repeats = 0
        self._about: Sequence[str] | None = None
        self._generation_id: str | None = None

    def reserve(self) -> None:
        """Set the price aside; raises `BudgetExceededError` where that breaks a limit."""
        self._budget.reserve(self.price_usd)
        self._reserved = True

    def reserve_unexpected(self, about: Sequence[str]) -> bool:
        """Set the price aside of a request that should be refused: `Budget.reserve_unexpected`."""
        self._reserved = self._budget.reserve_unexpected(about, self.price_usd)
        self._about = about
        return self._reserved

    def reserve_again(self) -> bool:
        """Set the price aside once more, because the answer was lost; whether there is room for that.

        Once it is refused, it was refused each time. Otherwise each may have made a generation.
        """
        more = self._about is None or self._budget.reserve_again(self.price_usd)
        self._repeats += more and self._about is not None
        return more

    def answered(self, created: Exchange | None) -> None:
        """What came of the creation; `None`: its sender was stopped, and nobody knows.

        Where nothing was reserved an acceptance counts all the same.
        """
        fate = _fate(created, unexpected=self._about is not None)
        if self._reserved and self._about is not None:
            self._budget.settle_unexpected(self._about, self.price_usd, fate)
            for _ in range(self._repeats):
                self._budget.settle_unexpected((), self.price_usd, "refused" if fate == "refused" else "lost")
        elif self._reserved and fate == "refused":
            self._budget.refused(self.price_usd)
        elif self._reserved:
            self._budget.accepted()
        elif fate == "accepted":
            self._budget.unexpected(self.price_usd)
        self.open = fate == "accepted" or (self._reserved and fate == "lost")
        if created is not None:
            self._generation_id = created.generation_id
            self.seen(created)

    def seen(self, exchange: Exchange) -> None:
        """Settle once an answer about the generation shows its end, and what it costs."""
        if not self.open or exchange.generation_id != self._generation_id or not exchange.terminal:
            return
        cost = billed_usd(exchange)
        if cost is not None:
            self.open = False
            self._budget.billed(self.price_usd, cost, self._model, len(exchange.media))


def nothing_made(created: Exchange) -> bool:
    """Whether a creation certainly made no generation: it never got out, or was refused for good reason."""
    if created.failure is not None:
        return created.failure.kind in _NEVER_OUT
    return not created.ok and created.status not in _PERHAPS_MADE


def billed_usd(exchange: Exchange) -> float | None:
    """What the answer says that its generation cost: a finite amount that is not below 0, else `None`.

    Anything else must not reach a sum of money: a negative cost would buy more generations.
    """
    usage = (exchange.resource or {}).get("usage")
    cost = usage.get("cost_usd") if isinstance(usage, dict) else None
    if isinstance(cost, bool) or not isinstance(cost, int | float) or not 0 <= cost <= MOST_USD:
        return None
    return float(cost)


def _fate(created: Exchange | None, *, unexpected: bool) -> Fate:
    if created is None:
        return "lost"
    if created.generation_id is not None:
        return "accepted"
    if nothing_made(created):
        return "refused"
    # Any error that the gateway itself answers refuses what should be refused: a 500, and a 422 all the more.
    return "refused" if unexpected and not _lost_on_the_way(created) else "lost"


def _lost_on_the_way(created: Exchange) -> bool:
    """Whether what the gateway itself would have said is not known."""
    return created.status in _GAVE_UP or (
        created.resource is None if created.ok else created.response is None
    )


def _assets(target: Target, document: Mapping[str, Any]) -> int:
    """How many assets a creation may be billed for; a video is one, whatever `n` says."""
    count = document.get("n", 1)
    several = isinstance(count, int | float) and N_MIN <= count <= N_MAX
    return int(count) if several and target.modalities.get(str(document.get("model"))) != "video" else 1
