"""The contract under load: every answer is judged, by a stated choice of the clauses, in little time.

Which clauses are chosen, how often a breach is explained, and what is remembered for how long is decided
here; what a clause says is not. Clauses that look at everything any client ever did (grouped by "everyone")
would cost more with every poll and are left out, by rule and by name in the report.

A *timing* clause is only called broken when this generator was fit at that
moment. A poll answered on time that a busy generator picked up late is the generator's fault; it is counted
as doubtful, never as a breach, and never silently. The same holds for the embedded gateway, which shares the
machine, and stamps by how much it was later than it had planned.
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import generations_contract.clauses  # noqa: F401 - registers them, before locust forks workers that must not stall
from generations_contract.clauses.facts.groups import (
    creator,
    creator_or_reader,
    limited_account,
    purchases,
    waiters,
)
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.clause import CLAUSES, Breach, Clause, Earlier, Group, alone, generation
from generations_contract.judging.judge import NOTHING, Judge, Views
from generations_contract.recordings.codec import curl
from generations_load.judging.repeats import LastCleanPoll, knowable

EXPLAINED_PER_SECOND: Final = 5
EXPLAINED_IN_ALL: Final = 200
# A loop that lagged more than this may have picked an answer up late enough to look like a breach.
_DOUBT_LAG_S: Final = 0.1
# So many creations of a model are kept, to be compared with one another.
_PEERS: Final = 100
# Clauses that ask an account's past for its accepted requests only, at what price they may be.
_BY_ACCOUNT: Final = (creator, creator_or_reader, purchases, limited_account)


@dataclass(frozen=True)
class ClauseSelection:
    """The clauses judged under load, and those left out with the reason."""

    judged: tuple[Clause, ...]
    left_out: dict[str, str] = field(default_factory=dict)


def choose(clauses: Iterable[Clause]) -> ClauseSelection:
    """The clauses for a load run out of all clauses."""
    judged, left_out = [], {}
    for each in clauses:
        if each.level == "OPEN":
            left_out[each.id] = "records what the document leaves open; nothing to judge"
        elif each.on <= {"download", "other"}:
            left_out[each.id] = "about downloads or other paths, which the load scenarios do not visit"
        elif each.by not in (alone, generation, waiters, *_BY_ACCOUNT):
            left_out[each.id] = "compares everybody with everybody: its cost grows with every poll"
        else:
            judged.append(each)
    return ClauseSelection(tuple(judged), left_out)


class LoadJudge(Judge):
    """A judge that answers with breaches only, counts what it exercised, and forgets.

    Of an account's past it keeps the newest accepted creation of each model, nothing else: enough to tell
    whether a refusal had another reason, and it does not grow.

    A poll that is told in time what the latest clean one was told is waved through (`repeats`); a test
    holds this against the whole judge.
    """

    def __init__(self, choice: ClauseSelection, *, short_cut: bool = True) -> None:
        super().__init__(choice.judged)
        self._tally: dict[tuple[str, ...], int] = {}
        self._accepted: dict[Hashable, dict[str | None, Exchange]] = {}
        self._creations: dict[str | None, list[Exchange]] = {}
        self._short_cut = short_cut
        self._known: dict[str, LastCleanPoll] = {}

    def breaches(self, exchange: Exchange) -> list[tuple[Clause, Breach]]:
        """The breaches that an exchange shows. `recall` was called before anybody read its answer."""
        known = exchange.__dict__.pop(_TOLD, None)
        if known is not None and known.certainly_clean(exchange):
            self._tally[known.asked] += 1
            return []
        name = exchange.generation_id
        view = NOTHING if name is None else self._remember(generation, name, exchange)
        # Waiters of a poll are those of its generation.
        views: Views = {generation: view, waiters: view} if exchange.kind == "fetch" else {generation: view}
        # Words are not remembered: under load the same ones come with another `Date`.
        judged = self._ask(exchange, self._settle(exchange), views)
        found = [(each.clause, breach) for each in judged.rulings for breach in each.breaches]
        names = tuple([each.id for each in judged.held] + [each.clause.id for each in judged.rulings])
        self._tally[names] = self._tally.get(names, 0) + 1
        if exchange.kind == "create":
            if exchange.ok:
                self._accepted.setdefault(creator(exchange), {})[exchange.model] = exchange
        elif self._short_cut:
            # What came first, or overlapped others, was held against less than the next poll will be.
            self._note(exchange, names, clean=not found and len(view) > 0 and not view.meanwhile)
        return found

    def recall(self, exchange: Exchange) -> bool:
        """Whether an answer says what the latest clean one said; then take over what was read from it."""
        name = exchange.generation_id if exchange.kind == "fetch" else None
        known = self._known.get(name) if name else None
        if known is None or not known.says_the_same(exchange):
            return False
        exchange.__dict__[_TOLD] = known
        return True

    def forget(self, generation_id: str) -> None:
        """Drop what is remembered of a generation."""
        self._known.pop(generation_id, None)
        super().forget(generation_id)

    @property
    def exercised(self) -> dict[str, int]:
        """How often each clause was exercised."""
        found: dict[str, int] = {}
        for names, times in self._tally.items():
            for name in names:
                found[name] = found.get(name, 0) + times
        return found

    @property
    def remembered(self) -> int:
        """How many generations are kept in mind."""
        return len(self._history)

    def _note(self, exchange: Exchange, asked: tuple[str, ...], *, clean: bool) -> None:
        """Keep a clean answer in mind, so that the same one need not be judged whole again."""
        name = exchange.generation_id
        if not name:
            return
        history = self._history.get((generation, name))
        self._known.pop(name, None)
        if clean and history and history[-1] is exchange and knowable(exchange):
            self._known[name] = LastCleanPoll(exchange, asked, history)

    def _look_back(self, group: Group, exchange: Exchange) -> Earlier:
        """What is kept of the past where not all of it is."""
        return self._peers(exchange) if group is waiters else self._past(group(exchange), exchange)

    def _peers(self, exchange: Exchange) -> Earlier:
        """The newest creations of the same model, in the order of their answers."""
        peers = self._creations.setdefault(exchange.model, [])
        before = bisect_right(peers, exchange.sent_at, key=lambda each: each.answered_at)
        view = Earlier(tuple(peers), before, len(peers))
        peers.append(exchange)
        del peers[:-_PEERS]
        return view

    def _past(self, key: Hashable | None, exchange: Exchange) -> Earlier:
        accepted = [
            each for each in self._accepted.get(key, {}).values() if each.answered_at <= exchange.sent_at
        ]
        return Earlier(sorted(accepted, key=lambda each: each.answered_at))


_TOLD: Final = "generations_load.judging.load_judge.told"


class Explainer:
    """Tells breaches in full, at most some per second and some in all: a flood must not bury the run."""

    def __init__(
        self,
        conceal: Callable[[str], str],
        per_second: int = EXPLAINED_PER_SECOND,
        in_all: int = EXPLAINED_IN_ALL,
    ) -> None:
        self._conceal = conceal
        self._per_second = per_second
        self._left = in_all
        self._second = -1
        self._told = 0

    def explain(self, clause: Clause, breach: Breach, exchange: Exchange) -> dict[str, Any] | None:
        """The breach with its generation and a curl line; `None` when enough were explained."""
        second = int(exchange.answered_at)
        if second != self._second:
            self._second, self._told = second, 0
        if self._told >= self._per_second or self._left <= 0:
            return None
        self._told += 1
        self._left -= 1
        return {
            "clause": clause.id,
            "level": breach.level or clause.level,
            "says": clause.says,
            "generation": exchange.generation_id,
            "expected": self._conceal(breach.expected),
            "actual": self._conceal(breach.actual),
            "curl": self._conceal(curl(exchange, longest=400)),
        }


def sentence(story: dict[str, Any]) -> str:
    """A story as the one line that locust shows."""
    return (
        f"expected {story['expected']}; actual {story['actual']}; "
        f"generation {story['generation']}; {story['curl']}"
    )


def doubtful(clause: Clause, late_s: float) -> bool:
    """Whether a breach may be the lateness of this machine: of the generator, or of what it started."""
    return clause.timing and late_s > _DOUBT_LAG_S


def all_clauses() -> Iterable[Clause]:
    """Every clause of the contract."""
    return CLAUSES.values()
