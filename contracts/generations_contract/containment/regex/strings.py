"""One string under many constraints: found, proved impossible, or left open.

Patterns and lengths are decided exactly; formats are tried out on samples, because they are no regular
languages. The search walks all automata side by side, one character a layer, so what it finds is shortest.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from generations_contract.containment.regex.expressions import UnsupportedPatternError
from generations_contract.containment.regex.languages import (
    Language,
    language,
    matches,
    representatives,
    words,
)

WORK_MAX: Final = 80_000
LENGTH_MAX: Final = 1_000_000
LONGEST: Final = 32_000_000  # what can still be shown, checked twice and made smaller
STRETCHED: Final = 40  # from here on it is worth a try
# Of each format two that every checker accepts, in the plainest form.
FORMAT_SAMPLES: Final = (
    "2026-04-18T12:00:00Z", "2026-04-18", "12:00:00Z", "P1D", "a@b.co", "b.co", "127.0.0.1", "::1",
    "https://b.co/a.png", "/a", "1/a", "123e4567-e89b-12d3-a456-426614174000", "{a}", "^a$", "#a",
    "2026-04-19T12:00:00Z", "2026-04-19", "12:00:01Z", "P2D", "b@b.co", "c.co", "127.0.0.2", "::2",
    "https://b.co/b.png", "/b", "2/b", "123e4567-e89b-12d3-a456-426614174001", "{b}", "^b$", "#b",
)  # fmt: skip
GENERAL_SAMPLES: Final = (
    *FORMAT_SAMPLES, "", "a", "0", "16:9", "1024x1024", "auto", "aa", "A", "é", "1.5", " ", "720p",
    "not a date", "2026-13-45", "http://", "a b", "\U0001f600", "https://b.co", "(", "-1", "a@", "P",
)  # fmt: skip


class ImpossibleError(Exception):
    """No string meets the constraints: proved."""


class UndecidedError(Exception):
    """Whether a string meets the constraints could not be decided."""


@dataclass(frozen=True)
class StringGoal:
    """What a string must and must not be; lengths in code points."""

    low: int = 0
    high: int | None = None
    patterns: frozenset[str] = frozenset()
    not_patterns: frozenset[str] = frozenset()
    formats: frozenset[str] = frozenset()
    not_formats: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()

    @property
    def is_contradictory(self) -> bool:
        """Whether two constraints contradict each other as they stand."""
        return (
            (self.high is not None and self.low > self.high)
            or bool(self.patterns & self.not_patterns)
            or bool(self.formats & self.not_formats)
        )


def find_string(
    goal: StringGoal,
    has_format: Callable[[str, str], bool | None],
    searches: Callable[[str, str], bool],
    hints: tuple[str, ...] = (),
) -> str:
    """A string that meets the goal, the plainest known.

    `has_format(format, text)` says whether the text is of the format, and `None` for an unknown one;
    `searches(pattern, text)` is asked only about patterns that are no regular language.
    Raises `ImpossibleError` (proved) or `UndecidedError`.
    """
    if goal.is_contradictory:
        raise ImpossibleError
    if goal.low > LONGEST:
        raise UndecidedError
    try:
        languages = [language(pattern) for pattern in sorted(goal.patterns)]
        refused = [language(pattern) for pattern in sorted(goal.not_patterns)]
    except UnsupportedPatternError:
        return _sampled(goal, has_format, searches, hints)
    if goal.patterns:
        # What an example says reads better than the shortest string, where it does as well.
        for text in hints:
            if _meets(goal, text, has_format, searches):
                return text
    known = [form for form in goal.formats | goal.not_formats if has_format(form, "a") is not None]
    if any(has_format(form, "a") is None for form in goal.not_formats):
        raise ImpossibleError  # an unknown format refuses nothing
    if known:
        return _sampled(goal, has_format, searches, hints)
    return _walked(goal, languages, refused)


def _sampled(
    goal: StringGoal,
    has_format: Callable[[str, str], bool | None],
    searches: Callable[[str, str], bool],
    hints: tuple[str, ...],
) -> str:
    for text in _candidates(goal, hints):
        if _meets(goal, text, has_format, searches):
            return text
    raise UndecidedError


def _meets(
    goal: StringGoal,
    text: str,
    has_format: Callable[[str, str], bool | None],
    searches: Callable[[str, str], bool],
) -> bool:
    return (
        goal.low <= len(text)
        and (goal.high is None or len(text) <= goal.high)
        and text not in goal.excluded
        and all(has_format(form, text) is not False for form in goal.formats)
        and all(has_format(form, text) is False for form in goal.not_formats)
        and all(_found(pattern, text, searches) for pattern in goal.patterns)
        and not any(_found(pattern, text, searches) for pattern in goal.not_patterns)
    )


def _candidates(goal: StringGoal, hints: tuple[str, ...]) -> Iterator[str]:
    yield from hints
    yield from GENERAL_SAMPLES
    for sample in ("a", "https://b.co/"):
        yield sample.ljust(goal.low, "a")
    try:
        yield _walked(goal, [language(pattern) for pattern in sorted(goal.patterns)], [])
    except (UnsupportedPatternError, ImpossibleError, UndecidedError):
        return


def _found(pattern: str, text: str, searches: Callable[[str, str], bool]) -> bool:
    try:
        return matches(pattern, text)
    except UnsupportedPatternError:
        return searches(pattern, text)


def _walked(goal: StringGoal, languages: list[Language], refused: list[Language]) -> str:
    """The shortest string in every language and in none of the refused, within the lengths."""
    if not languages and not refused and not goal.excluded:
        return "a" * goal.low
    barred = [*refused, words(goal.excluded)] if goal.excluded else refused
    try:
        return _Layers(goal, _Walk(tuple(languages), tuple(barred))).string()
    except UnsupportedPatternError:  # what looks around may turn out too large on the way
        raise UndecidedError from None


_States = tuple[frozenset[int], ...]


class _Walk:
    """All automata of one goal, walked side by side."""

    def __init__(self, wanted: tuple[Language, ...], barred: tuple[Language, ...]) -> None:
        self.searchers = [member for one in (*wanted, *barred) for member in one.members]
        self.groups: list[tuple[range, bool]] = []
        place = 0
        for one, sign in [*((one, True) for one in wanted), *((one, False) for one in barred)]:
            self.groups.append((range(place, place + len(one.members)), sign))
            place += len(one.members)
        # A wanted automaton that must accept and has no state left never will.
        self.vital = [
            index for members, sign in self.groups for index in members if sign and self.searchers[index][1]
        ]
        self.alphabet = representatives((*wanted, *barred))

    def start(self) -> _States:
        """Where every automaton stands before the first character."""
        return tuple(searcher.start() for searcher, _ in self.searchers)

    def step(self, states: _States, code: int) -> _States | None:
        """Where they stand after one more, or nothing when a wanted pattern can no longer match."""
        after = tuple(
            searcher.step(held, code) for (searcher, _), held in zip(self.searchers, states, strict=True)
        )
        return after if all(after[index] for index in self.vital) else None

    def accepts(self, states: _States, *, at_start: bool) -> bool:
        """Whether the string may end here."""
        ends = [
            searcher.ends(held, at_start=at_start) is wanted
            for (searcher, wanted), held in zip(self.searchers, states, strict=True)
        ]
        return all(all(ends[index] for index in members) is sign for members, sign in self.groups)


_Step = dict[_States, tuple[_States, int]]


class _Layers:
    """The walk, all strings of one length at a time.

    Below the least length, layers that come back are used to skip whole rounds. From there on, nothing is
    looked at twice; so the search ends, and an end without a find is a proof.
    """

    def __init__(self, goal: StringGoal, walk: _Walk) -> None:
        self.goal, self.walk, self.work = goal, walk, 0
        # One entry a character: how each state of that length was first reached.
        self.steps: list[_Step] = []

    def string(self) -> str:
        """The shortest string. Raises `ImpossibleError` or `UndecidedError`."""
        goal = self.goal
        if goal.low > LENGTH_MAX:
            raise UndecidedError
        if goal.low > STRETCHED and (text := self.stretched()) is not None:
            return text
        layer = [self.walk.start()]
        seen: dict[frozenset[_States], int] = {}
        visited: set[_States] = set()
        while layer and (goal.high is None or len(self.steps) <= goal.high):
            length = len(self.steps)
            if length >= goal.low:
                for states in layer:
                    if self.walk.accepts(states, at_start=length == 0):
                        return self.spelled(states)
            # The start is like no later layer: there an anchored ^ still holds.
            if length >= goal.low and length:
                # Long enough: to be somewhere later is never better than to have been there.
                layer = [states for states in layer if states not in visited]
                visited.update(layer)
            elif length:
                before = seen.get(frozenset(layer))
                if before is not None and self.skip(length - before):
                    seen.clear()
                    continue
                seen[frozenset(layer)] = length
            layer = self.advance(layer)
        raise ImpossibleError

    def stretched(self) -> str | None:
        """A long string made of a short one, by repeating a character that leads nowhere else."""
        try:
            short = _Layers(replace(self.goal, low=0, high=None), self.walk).string()
        except (ImpossibleError, UndecidedError):
            return None
        missing, states = self.goal.low - len(short), self.walk.start()
        if missing <= 0:
            return short
        for place, character in enumerate(short, 1):
            states = self.walk.step(states, ord(character)) or states
            head, rest = short[:place], short[place:]
            for code in self.walk.alphabet:
                once = self.walk.step(states, code)
                if once is not None and self.walk.step(once, code) == once and self.ends(once, rest):
                    return head + chr(code) * missing + rest
        return None

    def ends(self, states: _States, rest: str) -> bool:
        """Whether the rest leads from these states to an end."""
        for character in rest:
            following = self.walk.step(states, ord(character))
            if following is None:
                return False
            states = following
        return self.walk.accepts(states, at_start=False)

    def advance(self, layer: list[_States]) -> list[_States]:
        """The layer that is one character longer, the plainest first."""
        step: _Step = {}
        for states in layer:
            self.work += len(self.walk.alphabet)
            if self.work > WORK_MAX:
                raise UndecidedError
            for code in self.walk.alphabet:
                if (reached := self.walk.step(states, code)) is not None:
                    step.setdefault(reached, (states, code))
        self.steps.append(step)
        return list(step)

    def skip(self, period: int) -> bool:
        """Repeat the last round until it is nearly long enough; whether there was room for one."""
        rounds = (self.goal.low - len(self.steps)) // period
        self.steps += self.steps[-period:] * rounds
        return rounds > 0

    def spelled(self, states: _States) -> str:
        """The string that leads to a state of the last layer."""
        text = []
        for step in reversed(self.steps):
            states, code = step[states]
            text.append(chr(code))
        return "".join(reversed(text))
