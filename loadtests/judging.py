"""The contract under load: every answer is judged, by a stated choice of the clauses, in little time.

Which clauses are chosen, how often a breach is explained, and what is remembered for how long is decided
here; what a clause says is not. Clauses that look at everything any client ever did (grouped by "everyone")
would cost more with every poll and are left out, by rule and by name in the report.

The one decision worth knowing: a *timing* clause is only called broken when this generator was fit at that
moment. A poll answered on time that a busy generator picked up late is the generator's fault; it is counted
as doubtful, never as a breach, and never silently.
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import contracts.clauses  # noqa: F401 - registers them, before locust forks workers that must not stall
from contracts.clause import CLAUSES, MOOT, Breach, Clause, Earlier, alone, generation
from contracts.clauses.headers import limited_account
from contracts.clauses.judging import creator
from contracts.clauses.pollers import waiters
from contracts.exchange import Exchange, Headers
from contracts.judge import Judge
from contracts.recording import curl

EXPLAINED_PER_SECOND: Final = 5
EXPLAINED_IN_ALL: Final = 200
# A loop that lagged more than this may have picked an answer up late enough to look like a breach.
_DOUBT_LAG_S: Final = 0.1
# So many creations of a model are kept, to be compared with one another.
_PEERS: Final = 100
# Clauses that ask an account's past for one thing only: was a request like this ever accepted?
_BY_ACCOUNT: Final = (creator, limited_account)


@dataclass(frozen=True)
class Choice:
    """The clauses judged under load, and those left out with the reason."""

    judged: tuple[Clause, ...]
    left_out: dict[str, str] = field(default_factory=dict)


def choose(clauses: Iterable[Clause]) -> Choice:
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
    return Choice(tuple(judged), left_out)


class LoadJudge(Judge):
    """A judge that answers with breaches only, counts what it exercised, and forgets.

    Of an account's past it keeps the newest accepted creation of each model, nothing else: enough to tell
    whether a refusal had another reason, and it does not grow.

    A lone poller's answer that says, to the byte, what its latest clean one said can only be wrong in its
    times: then only the clauses that look at times are asked again. A test holds this against the whole
    judge.
    """

    def __init__(self, choice: Choice, *, short_cut: bool = True) -> None:
        super().__init__(choice.judged)
        self.exercised: dict[str, int] = {}
        self._accepted: dict[Hashable, dict[str | None, Exchange]] = {}
        self._creations: dict[str | None, list[Exchange]] = {}
        self._short_cut = short_cut
        self._clean: dict[str, Exchange] = {}
        self._timed = [each for each in self._by_kind["fetch"] if _looks_at_times(each)]
        self._timeless = [each for each in self._by_kind["fetch"] if not _looks_at_times(each)]
        self._repeated: dict[str, list[str]] = {}

    def breaches(self, exchange: Exchange) -> list[tuple[Clause, Breach]]:
        """The breaches that an exchange shows."""
        name = exchange.generation_id
        latest = exchange.__dict__.get(_LATEST)
        view = self._remember(generation, exchange.generation_id, exchange)
        if latest is not None and name and len(view) and view[-1] is latest and not view.meanwhile:
            found = self._ask(self._timed, exchange, view)
            self._count(self._repeated[name])
            self._shorten(name, exchange, latest)
        else:
            found = self._whole(exchange, view)
        if name and self._short_cut and exchange.kind == "fetch":
            if found:
                self._clean.pop(name, None)
            else:
                self._clean[name] = exchange
        return found

    def recall(self, exchange: Exchange) -> None:
        """Where an answer says what the latest clean one said, take over what was read from it.

        To be called before anybody reads the answer; the same bytes need not be parsed again, nor kept twice.
        """
        name = exchange.generation_id if exchange.kind == "fetch" else None
        latest = self._clean.get(name) if name else None
        if latest is not None and repeats(exchange, latest):
            facts, known = exchange.__dict__, latest.__dict__
            for fact in _FACTS:
                if fact in known:
                    facts[fact] = known[fact]
            facts[_LATEST] = latest
            latest.__dict__.pop(_LATEST, None)  # no chain back to the first

    def forget(self, generation_id: str) -> None:
        """Drop what is remembered of a generation."""
        self._clean.pop(generation_id, None)
        self._repeated.pop(generation_id, None)
        super().forget(generation_id)

    @property
    def remembered(self) -> int:
        """How many generations are kept in mind."""
        return len(self._history)

    def _whole(self, exchange: Exchange, view: Earlier) -> list[tuple[Clause, Breach]]:
        if exchange.kind != "fetch":
            found = self._ask(self._by_kind[exchange.kind], exchange, view)
            if exchange.kind == "create" and exchange.ok:
                self._accepted.setdefault(creator(exchange), {})[exchange.model] = exchange
            return found
        asked: list[str] = []
        found = self._ask(self._timed, exchange, view) + self._ask(self._timeless, exchange, view, asked)
        if exchange.generation_id and self._short_cut:
            self._repeated[exchange.generation_id] = asked
        return found

    def _ask(
        self, clauses: Iterable[Clause], exchange: Exchange, view: Earlier, asked: list[str] | None = None
    ) -> list[tuple[Clause, Breach]]:
        # Waiters of a poll are those of its generation.
        views = {alone: _NOTHING, generation: view}
        if exchange.kind == "fetch":
            views[waiters] = view
        exercised, found = self.exercised, []
        for each in clauses:
            if not each.when(exchange):
                continue
            past = views.get(each.by)
            if past is None:
                past = (
                    self._peers(exchange) if each.by is waiters else self._past(each.by(exchange), exchange)
                )
                views[each.by] = past
            for finding in each.check(exchange, past):
                if isinstance(finding, Breach):
                    found.append((each, finding))
                elif finding is MOOT:
                    break
            else:
                exercised[each.id] = exercised.get(each.id, 0) + 1
                if asked is not None:
                    asked.append(each.id)
        return found

    def _shorten(self, name: str, exchange: Exchange, latest: Exchange) -> None:
        """Of a run of equal answers only the newest is kept: long jobs do not fill the memory."""
        history = self._history[generation, name]
        if len(history) > 1 and history[-1] is exchange and history[-2] is latest:
            history.drop(len(history) - 2)

    def _count(self, names: Iterable[str]) -> None:
        for name in names:
            self.exercised[name] += 1

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


def repeats(exchange: Exchange, latest: Exchange) -> bool:
    """Whether two polls asked the same and were told the same, but for the time of day."""
    now, then = exchange.response, latest.response
    return (
        now is not None
        and then is not None
        and now.body == then.body
        and exchange.request.query == latest.request.query
        and now.status == then.status
        and exchange.account == latest.account
        and exchange.credential == latest.credential
        and exchange.intent == latest.intent
        and exchange.echoed == latest.echoed
        and _lasting(now.headers) == _lasting(then.headers)
    )


def _lasting(headers: Headers) -> list[tuple[str, str]]:
    return [each for each in headers.fields if each[0] not in _FLEETING]


def _looks_at_times(clause: Clause) -> bool:
    return clause.timing or clause.id in _TIMED


_NOTHING: Final = Earlier()
# Clauses that look at times without being about them.
_TIMED: Final = frozenset({"lifecycle.terminates", "headers.retry-after", "headers.rate-limit"})
_LATEST: Final = "loadtests.judging.latest"
# Header fields that differ from answer to answer and that no clause looks at.
_FLEETING: Final = frozenset({"date", "Date", "server-timing", "Server-Timing"})
# Derived facts of an exchange that only its response (and its unchanged request) decide.
_FACTS: Final = (
    "json", "resource", "state", "media", "problem", "code", "sent_wait", "window_s", "model",
    "generation_id", "sent", "sent_object", "sent_input",
    "contracts.clauses.windows.wait_text", "contracts.clauses.windows.window_s",
)  # fmt: skip


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


def told(story: dict[str, Any]) -> str:
    """A story as the one line that locust shows."""
    return (
        f"expected {story['expected']}; actual {story['actual']}; "
        f"generation {story['generation']}; {story['curl']}"
    )


def doubtful(clause: Clause, lag_s: float) -> bool:
    """Whether a breach may be this generator's own lateness."""
    return clause.timing and lag_s > _DOUBT_LAG_S


def all_clauses() -> Iterable[Clause]:
    """Every clause of the contract."""
    return CLAUSES.values()
