"""Exchanges whose times can be read in two ways: judged in both, and only what both say counts.

A recording of another tool does not always tell when a request left, and a client's own queue may lie between. What
a clause finds against one reading alone is no breach, and what it holds in one alone does not count as held.
"""

from collections.abc import Iterable

from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Clause, Judgement
from generations_contract.judging.judge import Judge, Memory


class TwoReadings:
    """Judges each exchange in both readings of its times; `disputed`: ids of clauses that depend on which.

    `clauses`, `memory_s`: as of `Judge`. `twice=False`: no exchange has a second reading, so one judge is enough. Not
    thread-safe.
    """

    def __init__(
        self,
        clauses: Iterable[Clause] | None = None,
        memory_s: float = float("inf"),
        *,
        twice: bool = True,
    ) -> None:
        memory, chosen = Memory(), None if clauses is None else list(clauses)
        self._usual = Judge(chosen, memory_s, memory)
        self._other = Judge(chosen, memory_s, memory) if twice else None
        self.disputed: set[str] = set()

    def judge(self, exchange: Exchange, otherwise: Exchange | None = None) -> Judgement:
        """The judgement of an exchange; `otherwise` is the same with its times read in the other way."""
        usual = self._usual.judge(exchange)
        if self._other is None:
            return usual
        other = self._other.judge(exchange if otherwise is None else otherwise)
        said = _spoken(other)
        agreed = Judgement(
            [each for each in usual.held if said.get(each.id) is False],
            [each for each in usual.rulings if said.get(each.clause.id) == bool(each.breaches)],
        )
        self.disputed |= (_spoken(usual) | said).keys() - _spoken(agreed).keys()
        return agreed


def _spoken(judgement: Judgement) -> dict[str, bool]:
    """The clauses that had something to say, and whether it was a breach."""
    held = {each.id: False for each in judgement.held}
    return held | {each.clause.id: bool(each.breaches) for each in judgement.rulings}
