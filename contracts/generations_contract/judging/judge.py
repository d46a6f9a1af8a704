"""The judge: which clauses apply to an exchange, and what each finds in the light of earlier ones.

No clause lives here, and nothing about what a finding means. Most of what clauses say follows from the *words* of
an exchange alone, whenever they were said and whatever came before (`Clause.by_words`): that is found out once for
the same words (`Memory`). Only the other clauses are asked again, each with its view of the past.
"""

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Iterable, Sequence
from typing import Any, Final, NamedTuple, TypeAlias

from generations_contract.api.terms import Terms
from generations_contract.exchange.exchange import Exchange
from generations_contract.exchange.fact import SHARED
from generations_contract.judging.clause import (
    API,
    CLAUSES,
    Clause,
    Earlier,
    Finding,
    Group,
    History,
    Judgement,
    Moot,
    Ruling,
    alone,
    generation,
)

NOTHING: Final = Earlier()
# Exchanges whose words are remembered, and the longest body among them: a poll is answered with the same bytes
# again and again.
WORDS_MAX: Final = 4096
BODY_MAX_BYTES: Final = 8 * 1024


class Settled(NamedTuple):
    """What the words of an exchange decide of the clauses that apply to it.

    `held` and `found` (with findings) are decided, whenever it was said; `ask` must be asked for every exchange.
    """

    held: list[Clause]
    found: list[tuple[Clause, tuple[Finding, ...]]]
    ask: list[Clause]


class _Reading(NamedTuple):
    """All that words decide: the facts derived from them, the groups with their key, and what clauses say."""

    facts: dict[str, Any]
    groups: list[tuple[Group, Hashable]]
    settled: Settled


# What a clause sees of the past, by its group.
Views: TypeAlias = dict[Group, Earlier]


class Memory:
    """What words decided before, for one set of clauses and one target's terms; the newest `most` are kept."""

    def __init__(self, most: int = WORDS_MAX) -> None:
        self.most = most
        self._terms: Terms | None = None
        self._readings: OrderedDict[Hashable, _Reading] = OrderedDict()

    @property
    def words(self) -> tuple[Hashable, ...]:
        """The words that are remembered, those not heard for longest first."""
        return tuple(self._readings)

    def recall(self, words: Hashable, terms: Terms) -> _Reading | None:
        """What these words decided the last time."""
        if terms is not self._terms:
            if terms != self._terms:
                self._readings.clear()
            self._terms = terms
        found = self._readings.get(words)
        if found is not None:
            self._readings.move_to_end(words)
        return found

    def keep(self, words: Hashable, reading: _Reading) -> None:
        """Remember what words decide, and let go of what was not heard for longest."""
        self._readings[words] = reading
        if len(self._readings) > self.most:
            self._readings.popitem(last=False)


class Judge:
    """Judges exchanges in the order of their answers, and remembers what later rulings need.

    `memory_s`: what has been quiet for so long is forgotten, so that a run of days takes no more room than
    one of hours. By default nothing is: a generation may be read again much later. `memory` may be shared by
    judges of the same clauses, one after the other. Not thread-safe: callers serialise.
    """

    def __init__(
        self,
        clauses: Iterable[Clause] | None = None,
        memory_s: float = float("inf"),
        memory: Memory | None = None,
    ) -> None:
        self._memory_s = memory_s
        self._trim_at = memory_s
        self._memory = memory or Memory()
        chosen = list(CLAUSES.values() if clauses is None else clauses)
        # Side by side, because looking up what a clause has would cost as much as most of them.
        self._by_kind = {
            kind: [(each, each.when, each.by_words) for each in chosen if kind in each.on]
            for kind in ("create", "fetch", "download", "other")
        }
        self._groups = {each.by for each in chosen} - {alone}
        self._history: dict[tuple[Group, Hashable], History] = {}

    def judge(self, exchange: Exchange) -> Judgement:
        """The judgement of all clauses that apply to this exchange."""
        if exchange.answered_at >= self._trim_at:
            self._trim(exchange.answered_at)
        reading = self._read(exchange)
        views = {group: self._remember(group, key, exchange) for group, key in reading.groups}
        return self._ask(exchange, reading.settled, views)

    def forget(self, generation_id: str) -> None:
        """Drop what is remembered of a generation (long runs)."""
        self._history.pop((generation, generation_id), None)

    @property
    def remembered(self) -> int:
        """How many exchanges are kept in mind, one that several groups hold counted for each."""
        return sum(map(len, self._history.values()))

    def _read(self, exchange: Exchange) -> _Reading:
        """What the words of the exchange decide, recalled or found out."""
        words = _words(exchange)
        known = None if words is None else self._memory.recall(words, exchange.terms)
        if known is not None:
            exchange.__dict__[SHARED] = known.facts
            return known
        facts: dict[str, Any] = {}
        if words is not None:
            exchange.__dict__[SHARED] = facts
        groups = [(by, key) for by in self._groups if (key := by(exchange)) is not None]
        reading = _Reading(facts, groups, self._settle(exchange))
        if words is not None:
            self._memory.keep(words, reading)
        return reading

    def _settle(self, exchange: Exchange) -> Settled:
        """Which clauses apply, and what those say that nothing but the words decides."""
        settled = Settled([], [], [])
        for each, when, by_words in self._by_kind[exchange.kind]:
            if not when(exchange):
                continue
            if not by_words:
                settled.ask.append(each)
                continue
            findings = _findings(each, exchange, NOTHING)
            if findings:
                settled.found.append((each, findings))
            elif findings is not None:
                settled.held.append(each)
        return settled

    def _ask(self, exchange: Exchange, settled: Settled, views: Views) -> Judgement:
        """The judgement of this exchange: what its words settle, and what the clauses say that must be asked."""
        held = settled.held.copy()
        rulings = [Ruling(each, exchange, findings) for each, findings in settled.found]
        for each in settled.ask:
            earlier = views.get(each.by)
            if earlier is None:
                earlier = views[each.by] = self._look_back(each.by, exchange)
            findings = _findings(each, exchange, earlier)
            if findings:
                rulings.append(Ruling(each, exchange, findings))
            elif findings is not None:
                held.append(each)
        return Judgement(held, rulings)

    def _look_back(self, _group: Group, _exchange: Exchange) -> Earlier:
        """The past of an exchange that belongs to no group of this kind."""
        return NOTHING

    def _trim(self, now: float) -> None:
        """Forget generations that have been quiet for long, and of all other groups what is old."""
        oldest = now - self._memory_s
        for place, history in list(self._history.items()):
            if place[0] is not generation:
                # Another list, because views of this one may still be looked at.
                self._history[place] = history = History(history[_until(history, oldest) :])
            if not history or history[-1].answered_at < oldest:
                del self._history[place]
        self._trim_at = now + self._memory_s / 4

    def _remember(self, group: Group, key: Hashable, exchange: Exchange) -> Earlier:
        place = (group, key)
        history = self._history.get(place)
        if history is None:
            history = self._history[place] = History()
        before, until = _until(history, exchange.sent_at), _until(history, exchange.answered_at)
        view = Earlier(history, before, until)
        if until < len(history):
            # An answer that a busy thread records late: views of the list as it was may still be looked at.
            self._history[place] = History([*history[:until], exchange, *history[until:]])
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


def _findings(each: Clause, exchange: Exchange, earlier: Earlier) -> tuple[Finding, ...] | None:
    """What a clause finds; `None` where it turns out to be moot."""
    findings: tuple[Finding, ...] = ()
    for finding in each.check(exchange, earlier):
        if isinstance(finding, Moot):
            return None
        findings = (*findings, finding)
    return findings


def _words(exchange: Exchange) -> Hashable | None:
    """Everything that was said, and nothing of when; `None` where remembering it is not worth its room."""
    request, response = exchange.request, exchange.response
    if exchange.kind not in API or exchange.asset is not None or len(request.body) > BODY_MAX_BYTES:
        return None
    if response is not None and len(response.body) > BODY_MAX_BYTES:
        return None
    answer = None if response is None else (response.status, response.headers.fields, response.body)
    return (
        exchange.kind, exchange.account, exchange.credential, exchange.intent, exchange.echoed,
        request.method, request.url, request.path, request.query, request.headers.fields, request.body,
        answer, exchange.failure,
    )  # fmt: skip
