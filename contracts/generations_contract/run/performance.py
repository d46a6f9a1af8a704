"""What came of a script that was played: its exchanges, what was judged of them, and why it ended."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import Breach, Clause, Ruling
from generations_contract.scripts.script import Script

T = TypeVar("T")


@dataclass
class Performance(Generic[T]):
    """What came of a script: its exchanges, the judgement on them, what it returned or why it ended.

    `about`: the clauses that it is about. `stopped_because`: why it, or some of its requests, was not sent;
    `target_lost_because`: the same where the target is gone, and with it the run. `lost_because`: why the network,
    or something on the way, left it without an answer; `excused`: exchanges (by `id`) that are nobody's fault.
    `unsent`: how many requests the budget kept back, by reason. `again` begins it anew, to see whether it ends the
    same; `due`: it is such a replay, which ends when these clauses are broken again. `unconfirmed`: clauses of
    timing that it broke once, when there was no money to look again.
    """

    name: str
    section: str
    about: tuple[str, ...] = ()
    again: "Callable[[], Script[Any]] | None" = None
    due: frozenset[str] = frozenset()
    exchanges: list[Exchange] = field(default_factory=list)
    held: list[Clause] = field(default_factory=list)
    rulings: list[Ruling] = field(default_factory=list)
    result: T | None = None
    stopped_because: str | None = None
    target_lost_because: str | None = None
    lost_because: str | None = None
    excused: set[int] = field(default_factory=set)
    error: BaseException | None = None
    notes: list[str] = field(default_factory=list)
    unsent: Counter[str] = field(default_factory=Counter)
    unconfirmed: set[str] = field(default_factory=set)

    @property
    def breaches(self) -> list[tuple[Ruling, Breach]]:
        """Every breach with its ruling."""
        return [(ruling, breach) for ruling in self.rulings for breach in ruling.breaches]

    @property
    def broken(self) -> set[str]:
        """Ids of the clauses that it broke."""
        return {ruling.clause.id for ruling in self.rulings if ruling.breaches}

    @property
    def exercised(self) -> set[str]:
        """Ids of the clauses that applied to at least one exchange."""
        return {each.id for each in self.held} | {ruling.clause.id for ruling in self.rulings}

    @property
    def silence(self) -> list[Exchange]:
        """Exchanges that ended without an answer, unless the script itself hung up, or the way is to blame."""
        return [
            each
            for each in self.exchanges
            if each.failure and each.failure.kind != "abandoned" and id(each) not in self.excused
        ]

    def excuse(self, exchange: Exchange, why: str = "") -> None:
        """An exchange came to nothing on the way; `why`, where it was not made good."""
        self.excused.add(id(exchange))
        self.lost_because = why or self.lost_because
