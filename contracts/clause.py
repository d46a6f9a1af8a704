"""A clause: one sentence of the contract that judges one exchange in the light of earlier ones.

A clause is a generator `check(exchange, earlier)` that yields what it finds: `Breach` or `Observation`. Its
`when` stands apart, so that "does not apply" is counted and never mistaken for "holds"; a check that finds
nothing to compare with yields `MOOT`, which means the same. Clauses are pure:
what happened is in the exchanges, what the target offers is in `exchange.terms`.

The one decision worth knowing: `earlier` holds the exchanges of the same group that were answered *before
this one was sent*. Nothing that overlaps is compared by accident; `earlier.meanwhile` holds what was answered
while this one was under way, for the few clauses that are about overlap.
"""

from bisect import bisect_right, insort
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias, overload

from contracts.exchange import Exchange, Kind

Level = Literal["MUST", "SHOULD", "OPEN"]


@dataclass(frozen=True)
class Breach:
    """What a clause found against an exchange: expected and actual, with numbers and units.

    `level` is set where a part of a MUST clause is only a SHOULD (or the other way round). `against` are the
    earlier exchanges that the finding rests on.
    """

    expected: str
    actual: str
    against: tuple[Exchange, ...] = ()
    level: Literal["MUST", "SHOULD"] | None = None


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


class Earlier(Sequence[Exchange]):
    """Exchanges of one group answered before some exchange was sent, in the order of their answers."""

    __slots__ = ("_all", "_before", "_until")

    def __init__(
        self, exchanges: Sequence[Exchange] = (), before: int | None = None, until: int | None = None
    ) -> None:
        self._all = exchanges
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
        """The first exchange for which `wanted` is true."""
        exchanges = self._all
        for index in range(self._before):
            if wanted(exchanges[index]):
                return exchanges[index]
        return None


_NOTHING: Final = Earlier()

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
    by (`None` as a group: nothing is kept). `timing`: judged on durations, so that a breach on a real network
    is retried once before it is called one.
    """

    id: str
    level: Level
    says: str
    on: frozenset[Kind]
    when: Callable[[Exchange], object]
    check: Check = field(repr=False)
    by: Group = generation
    timing: bool = False

    @property
    def section(self) -> str:
        """The section of the contract: the part of the id before the dot."""
        return self.id.partition(".")[0]


CLAUSES: Final[dict[str, Clause]] = {}

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
) -> Callable[[Check], Check]:
    """Register a generator as the check of a clause; a second owner of an id is an error."""

    def register(check: Check) -> Check:
        if clause_id in CLAUSES:
            raise ValueError(f"clause {clause_id} has two owners")
        CLAUSES[clause_id] = Clause(clause_id, level, says, frozenset(on), when, check, by, timing)
        return check

    return register


class Ruling(NamedTuple):
    """What one clause says of one exchange to which it applied; no finding means that it held."""

    clause: Clause
    exchange: Exchange
    findings: tuple[Finding, ...] = ()

    @property
    def breaches(self) -> tuple[Breach, ...]:
        """The breaches among the findings."""
        if not self.findings:
            return ()
        return tuple(finding for finding in self.findings if isinstance(finding, Breach))


class Judge:
    """Judges exchanges in the order of their answers, and remembers what later rulings need.

    `memory_s`: what has been quiet for so long is forgotten, so that a run of days takes no more room than
    one of hours. By default nothing is: a generation may be read again much later. Not thread-safe: callers
    serialise.
    """

    def __init__(self, clauses: Iterable[Clause] | None = None, memory_s: float = float("inf")) -> None:
        self._memory_s = memory_s
        self._trim_at = memory_s
        chosen = list(CLAUSES.values() if clauses is None else clauses)
        self._by_kind: dict[Kind, list[Clause]] = {
            kind: [each for each in chosen if kind in each.on]
            for kind in ("create", "fetch", "download", "other")
        }
        self._groups = {each.by for each in chosen} - {alone}
        self._history: dict[tuple[Group, Hashable], list[Exchange]] = {}

    def judge(self, exchange: Exchange) -> list[Ruling]:
        """The rulings of every clause that applies to this exchange."""
        if exchange.answered_at >= self._trim_at:
            self._trim(exchange.answered_at)
        views: dict[Group, Earlier] = {alone: _NOTHING}
        for group in self._groups:
            views[group] = self._remember(group, exchange)
        rulings = []
        for each in self._by_kind[exchange.kind]:
            if each.when(exchange):
                findings: list[Finding] = []
                for finding in each.check(exchange, views[each.by]):
                    if isinstance(finding, Moot):
                        break
                    findings.append(finding)
                else:
                    rulings.append(Ruling(each, exchange, tuple(findings)))
        return rulings

    def forget(self, generation_id: str) -> None:
        """Drop what is remembered of a generation (long runs)."""
        self._history.pop((generation, generation_id), None)

    @property
    def remembered(self) -> int:
        """How many exchanges are kept in mind, one that several groups hold counted for each."""
        return sum(map(len, self._history.values()))

    def _trim(self, now: float) -> None:
        """Forget generations that have been quiet for long, and of all other groups what is old."""
        oldest = now - self._memory_s
        for place, history in list(self._history.items()):
            if place[0] is not generation:
                # Another list, because views of this one may still be looked at.
                self._history[place] = history = history[_until(history, oldest) :]
            if not history or history[-1].answered_at < oldest:
                del self._history[place]
        self._trim_at = now + self._memory_s / 4

    def _remember(self, group: Group, exchange: Exchange) -> Earlier:
        key = group(exchange)
        if key is None:
            return _NOTHING
        history = self._history.setdefault((group, key), [])
        before, until = _until(history, exchange.sent_at), _until(history, exchange.answered_at)
        # The view is taken of the list as it is now: what is inserted later comes at or after `until`,
        # but for answers that a busy thread records late.
        view = Earlier(history[:] if until < len(history) else history, before, until)
        if until < len(history):
            insort(history, exchange, key=_answered_at)
        else:
            history.append(exchange)
        return view


def _until(history: Sequence[Exchange], moment: float) -> int:
    """How many were answered until then; mostly all of them."""
    if not history or history[-1].answered_at <= moment:
        return len(history)
    return bisect_right(history, moment, key=_answered_at)


def _answered_at(exchange: Exchange) -> float:
    return exchange.answered_at


def breaches_of(rulings: Iterable[Ruling]) -> list[tuple[str, Breach]]:
    """(clause id, breach) of every breach among the rulings."""
    return [(ruling.clause.id, breach) for ruling in rulings for breach in ruling.breaches]
