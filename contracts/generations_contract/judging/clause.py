"""A clause: one sentence of the contract that judges one exchange in the light of earlier ones.

A clause is a generator `check(exchange, earlier)` that yields what it finds: `Breach` or `Observation`. Its
`when` stands apart, so that "does not apply" is counted and never mistaken for "holds"; a check that finds
nothing to compare with yields `MOOT`, which means the same. Clauses are pure: what happened is in the exchanges,
what the target offers is in `exchange.terms`. No clause stands here, and nothing judges: that is `judge`.

`earlier` holds the exchanges of the same group that were answered *before this one was sent*. Nothing that
overlaps is compared by accident; `earlier.meanwhile` holds what was answered while this one was under way, for
the few clauses that are about overlap.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias, overload

from generations_contract.exchange.exchange import Exchange, Kind

Level = Literal["MUST", "SHOULD", "OPEN"]


@dataclass(frozen=True)
class Breach:
    """What a clause found against an exchange: expected and actual, with numbers and units.

    `level` is set where a part of a MUST clause is only a SHOULD (or the other way round). `against` are the
    earlier exchanges that the finding rests on. `unmet`: nothing was done wrong to the letter, but a case that the
    profile or the document promises, and that was asked for, did not come (contract, "unmet").
    """

    expected: str
    actual: str
    against: tuple[Exchange, ...] = ()
    level: Literal["MUST", "SHOULD"] | None = None
    unmet: bool = False


@dataclass(frozen=True)
class Observation:
    """What a target does where the document is silent: `subject` ("n: 1.0") -> `behaviour` ("accepted")."""

    subject: str
    behaviour: str


@dataclass(frozen=True)
class Moot:
    """Nothing to judge by: seen in the light of earlier exchanges the clause did not apply after all.

    `when` sees one exchange only; without this a clause that compares would count every exchange that has
    nothing to be compared with as one at which it held.
    """


MOOT: Final = Moot()

Finding: TypeAlias = Breach | Observation
Findings: TypeAlias = Iterator[Finding | Moot]


class History(list[Exchange]):
    """Exchanges of one group in the order of their answers, and where the first of a kind stands among them.

    It only grows at its end; whoever inserts elsewhere makes another one.
    """

    __slots__ = ("_marks",)

    def __init__(self, exchanges: Iterable[Exchange] = ()) -> None:
        super().__init__(exchanges)
        self._marks: dict[Callable[[Exchange], object], tuple[int, bool]] = {}

    def first(self, wanted: Callable[[Exchange], object], before: int) -> Exchange | None:
        """The first among the first `before`; what has been looked at is not looked at again."""
        index, found = self._marks.get(wanted, (0, False))
        if not found and index < before:
            index, found = self._search(wanted, index)
            self._marks[wanted] = (index, found)
        return self[index] if found and index < before else None

    def _search(self, wanted: Callable[[Exchange], object], start: int) -> tuple[int, bool]:
        for index in range(start, len(self)):
            if wanted(self[index]):
                return index, True
        return len(self), False


class Earlier(Sequence[Exchange]):
    """Exchanges of one group answered before some exchange was sent, in the order of their answers."""

    __slots__ = ("_all", "_before", "_until")

    def __init__(
        self, exchanges: Sequence[Exchange] = (), before: int | None = None, until: int | None = None
    ) -> None:
        self._all = exchanges if isinstance(exchanges, History) else History(exchanges)
        self._before = len(exchanges) if before is None else before
        self._until = self._before if until is None else until

    @overload
    def __getitem__(self, index: int) -> Exchange: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...
    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        if isinstance(index, slice):
            return [self._all[i] for i in range(*index.indices(self._before))]
        if not -self._before <= index < self._before:
            raise IndexError(index)
        return self._all[index % self._before]

    def __len__(self) -> int:
        return self._before

    def __iter__(self) -> Iterator[Exchange]:
        for index in range(self._before):
            yield self._all[index]

    @property
    def meanwhile(self) -> Sequence[Exchange]:
        """Exchanges of the group that were answered while this one was under way."""
        return self._all[self._before : self._until]

    def last(self, wanted: Callable[[Exchange], object]) -> Exchange | None:
        """The latest exchange for which `wanted` is true."""
        exchanges = self._all
        for index in range(self._before - 1, -1, -1):
            if wanted(exchanges[index]):
                return exchanges[index]
        return None

    def first(self, wanted: Callable[[Exchange], object]) -> Exchange | None:
        """The first exchange for which `wanted`, a function that stays the same, is true; soon found again."""
        return self._all.first(wanted, self._before)


Check: TypeAlias = Callable[[Exchange, Earlier], Iterable[Finding | Moot]]
Group: TypeAlias = Callable[[Exchange], Hashable | None]


def generation(exchange: Exchange) -> Hashable | None:
    """Group: all exchanges about one generation, whoever made them (the default)."""
    return exchange.generation_id


def everyone(_: Exchange) -> Hashable:
    """Group: all exchanges with the target."""
    return "everyone"


def alone(_: Exchange) -> Hashable | None:
    """Group: none; the clause looks at one exchange only."""
    return None


@dataclass(frozen=True)
class Clause:
    """One sentence of the contract. `says` is the document's sentence, `section` the contract's section.

    `on`: kinds of exchange that it may concern; `when`: whether it applies; `by`: what `earlier` is grouped
    by (`None` as a group: nothing is kept). `when` and `by` never ask when something was said; a check may.
    `timing`: judged on durations, so that a breach on a real network is retried once before it is called one.
    `timed`: no duration decides, but the check of one exchange alone still asks when that was, as by its date.
    """

    id: str
    level: Level
    says: str
    on: frozenset[Kind]
    when: Callable[[Exchange], object]
    check: Check = field(repr=False)
    by: Group = generation
    timing: bool = False
    timed: bool = False

    @property
    def by_words(self) -> bool:
        """Whether what one exchange says decides it, whenever that was said and whatever came before."""
        return self.by is alone and not (self.timing or self.timed)

    @property
    def section(self) -> str:
        """The section of the contract: the part of the id before the dot."""
        return self.id.partition(".")[0]


CLAUSES: Final[dict[str, Clause]] = {}
# The section about the other side, whoever uses the API: judged where a client is, and never held against a gateway.
CLIENT: Final = "client"
CLIENT_CLAUSES: Final[dict[str, Clause]] = {}

API: Final[tuple[Kind, ...]] = ("create", "fetch")


def clause(
    clause_id: str,
    level: Level,
    *,
    says: str,
    when: Callable[[Exchange], object],
    on: Iterable[Kind] = API,
    by: Group = generation,
    timing: bool = False,
    timed: bool = False,
) -> Callable[[Check], Check]:
    """Register a generator as the check of a clause; raises `ValueError` for a second owner of an id.

    `timed` adds to `by=alone` only: a clause that looks back is asked of every exchange anyway, and so is a
    `timing` one. `tests/judging/test_declarations.py` holds it against what checks ask for.
    """
    if timed and (timing or by is not alone):
        raise ValueError(f"clause {clause_id}: `timed` says nothing beside `timing` or a group")

    registry = CLIENT_CLAUSES if clause_id.startswith(f"{CLIENT}.") else CLAUSES

    def register(check: Check) -> Check:
        if clause_id in registry:
            raise ValueError(f"clause {clause_id} has two owners")
        registry[clause_id] = Clause(clause_id, level, says, frozenset(on), when, check, by, timing, timed)
        return check

    return register


def stated(clause_id: str, level: Level, says: str) -> Clause:
    """A clause of which only the words are known here: another process has it, and judges by it."""
    return Clause(
        clause_id, level, says, frozenset(), lambda _exchange: False, lambda _exchange, _earlier: ()
    )


class Ruling(NamedTuple):
    """What one clause found in one exchange to which it applied; no finding means that it held."""

    clause: Clause
    exchange: Exchange
    findings: tuple[Finding, ...] = ()

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """The breaches among the findings."""
        if not self.findings:
            return ()
        return tuple(finding for finding in self.findings if isinstance(finding, Breach))


class Judgement(NamedTuple):
    """What all clauses say of one exchange: those that held, and what the others found."""

    held: list[Clause]
    rulings: list[Ruling]


def breaches_of(rulings: Iterable[Ruling]) -> list[tuple[str, Breach]]:
    """(clause id, breach) of every breach among the rulings."""
    return [(ruling.clause.id, breach) for ruling in rulings for breach in ruling.breaches]
