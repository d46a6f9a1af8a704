"""Which cases a fault can show itself in: those in which it would change anything an honest gateway does.

Mutation testing calls this weak mutation: where a mutant changes no value, it needs no run. The honest campaign
is played once, and at every hook each fault and variant is asked, aside, what it would make of the honest
value. A case in which it leaves every value as it is goes as it goes with the honest gateway, which is
played whole; so the matrix leaves it out (`--whole` plays it all the same).

What is asked aside must not act: a fault that does more than return a value (it keeps a timeline, takes a
record away, sets something in the call, fails) counts as one that shows, and its notes are its own.
"""

import copy
import math
from collections.abc import Iterable
from dataclasses import fields
from types import MappingProxyType
from typing import Any

from generations_contract.gateway.call import Call, State, Tamper
from generations_contract.gateway.hooks import HOOKS, Fault
from generations_contract.gateway.jobs import Job
from generations_contract.run.campaign import Campaign
from generations_contract.scripts.probe import Probe

Case = tuple[Probe, str | None]
# A case by the names of probe and case; those in which something shows.
Name = tuple[str, str | None]
Telling = set[Name]
MOST_CASES = 25


def thinned(telling: Telling) -> Telling:
    """The same with at most `MOST_CASES` of each probe, evenly spread: a fault that shows in all shows in these."""
    by_probe: dict[str, list[Name]] = {}
    for case in sorted(telling, key=str):
        by_probe.setdefault(case[0], []).append(case)
    return {each for cases in by_probe.values() for each in cases[:: math.ceil(len(cases) / MOST_CASES)]}


class _Aside(Call):
    """A call for tampers that are only asked; whether one of them acted shows in `acted`."""

    __slots__ = ("acted",)

    acted: bool

    def keep(self, job: Job) -> None:  # noqa: ARG002 - it is not kept
        """Remember that the tamper wants another timeline kept."""
        self.acted = True


class Onlooker:
    """Asks every tamper at every hook of an honest gateway, and notes the cases in which one would lie."""

    def __init__(self, tampers: Iterable[Fault]) -> None:
        self.shows: dict[str, Telling] = {}
        self.case: Name = ("", None)
        self._at: dict[str, list[tuple[str, tuple[Tamper, ...]]]] = {hook: [] for hook in HOOKS}
        self._notes: dict[str, dict[str, Any]] = {}
        self._stand_in: State | None = None
        for each in tampers:
            self.shows[each.name], self._notes[each.name] = set(), {}
            for hook, told in each.hooks.items():
                self._at[hook].append((each.name, told))

    def as_fault(self) -> Fault:
        """Itself as a tamper of an honest gateway: it looks, and leaves every value as it is."""
        return Fault(
            "onlooker", "Looks on.", frozenset(), {hook: (self._looking_at(hook),) for hook in HOOKS}
        )

    def look_at(self, campaign: Campaign, cases: Iterable[Case]) -> dict[str, Telling]:
        """Play the campaign, which has this as its gateway's tamper; fault or variant -> where it shows."""
        for probe, case_id in cases:
            self.case = (probe.name, case_id)
            performance = campaign.run(probe, case_id)
            if performance.error or performance.silence:
                raise AssertionError(f"{performance.name}: looking on disturbed it") from performance.error
        return self.shows

    def _looking_at(self, hook: str) -> Tamper:
        def look(call: Call, value: Any) -> Any:
            before = _snapshot(value)
            state = self._state_aside(call.state)
            aside = _aside(call, state)
            for name, tampers in self._at[hook]:
                state.memory = self._notes[name]
                if not _same(_told(tampers, aside, value), value):
                    self.shows[name].add(self.case)
                if _acted(aside, call):
                    self.shows[name].add(self.case)
                    aside = _aside(call, state)
            if value != before:
                raise AssertionError(f"a tamper at the hook {hook!r} changes its value in place")
            return value

        return look

    def _state_aside(self, state: State) -> State:
        """A stand-in with notes of its own, from which nothing can be taken away."""
        if self._stand_in is None:
            self._stand_in = copy.copy(state)
            self._stand_in.records = MappingProxyType(state.records)  # type: ignore[assignment]
        return self._stand_in


_CALL_FIELDS = tuple(each.name for each in fields(Call))
_FAILED = object()


def _aside(call: Call, state: State) -> _Aside:
    aside = object.__new__(_Aside)
    for each in _CALL_FIELDS:
        setattr(aside, each, getattr(call, each))
    aside.state, aside.acted = state, False
    return aside


def _acted(aside: _Aside, call: Call) -> bool:
    """Whether a tamper has done more than answer."""
    return (
        aside.acted
        or aside.model is not call.model
        or aside.wait_s is not call.wait_s
        or aside.asked is not call.asked
        or aside.record is not call.record
        or aside.account is not call.account
        or aside.document is not call.document
    )


def _told(tampers: tuple[Tamper, ...], aside: _Aside, value: Any) -> Any:
    """What a fault's tampers make of a value; in the honest flow of things some can only fail."""
    try:
        for tamper in tampers:
            value = tamper(aside, value)
    except Exception:
        return _FAILED
    return value


def _snapshot(value: Any) -> Any:
    """A copy of what could be changed in place; what is nested too deeply for that is believed in."""
    try:
        return copy.deepcopy(value) if isinstance(value, list | dict) else value
    except RecursionError:
        return value


def _same(told: Any, value: Any) -> bool:
    """Whether a value was left as it is; `True` is no 1."""
    try:
        return told is value or (told == value and repr(told) == repr(value))
    except RecursionError:
        return False
