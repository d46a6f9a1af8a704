"""What one client does: scripts of `generations_contract.scripts.script` steps, chosen by tag, name or weight.

One module per scenario, found by listing the package, so that a new one needs no second edit. A scenario is
a generator function `(setting) -> Script[None]` under `@scenario(...)`. No locust, no clock and no I/O in
here: the same scripts run under locust, in virtual time in the tests, and wherever else a script runs.

A locustfile of one's own registers its scenarios the same way: `@scenario(*tags, weight=..., needs=..., **numbers)` on
a generator function of a `Setting`. `SCENARIOS` holds each `Scenario` by its name.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from pkgutil import iter_modules
from random import Random
from typing import Any, Final, TypeAlias

from generations_contract.api.target import Target
from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.scripts.script import Script

__all__ = ["SCENARIOS", "Scenario", "Setting", "scenario"]

# Of any number of a scenario, be it seconds or polls.
_LONGEST: Final = 1e9


@dataclass(frozen=True)
class Setting:
    """Where a scenario plays: the target, chance, and the numbers of the load plan's table for it."""

    target: Target
    random: Random
    numbers: Mapping[str, float] = field(default_factory=dict)

    def number(self, name: str, default: float) -> float:
        """A number of the plan's `[scenario.NAME]` table, else the default."""
        return self.numbers.get(name, default)

    @property
    def image(self) -> str:
        """The profile's image model."""
        return self.target.models.image

    @property
    def video(self) -> str:
        """The profile's video model."""
        return self.target.models.video or self.image

    @property
    def slow(self) -> str:
        """A model whose jobs take a while, else the video model."""
        return self.target.models.slow or self.video


Play: TypeAlias = Callable[[Setting], Script[None]]


@dataclass(frozen=True)
class Scenario:
    """A script with what it is called and needs. `weight`: its share in the mix; `numbers`: what may be set.

    `needs` are entries of the profile ("models.video", "keys.limited"); without them it is left out.
    """

    name: str
    says: str
    play: Play
    tags: frozenset[str]
    weight: int
    needs: tuple[str, ...]
    numbers: Mapping[str, float]


SCENARIOS: Final[dict[str, Scenario]] = {}


def scenario(*tags: str, weight: int, needs: Iterable[str] = (), **numbers: float) -> Callable[[Play], Play]:
    """Register a script as a scenario, named as its function with dashes; a second owner is an error."""

    def register(play: Play) -> Play:
        name = play.__name__.replace("_", "-")
        known = SCENARIOS.get(name)
        # A module that is imported again (a test may forget the first time) is the same owner.
        if known is not None and known.play.__module__ != play.__module__:
            raise ValueError(f"scenario {name} has two owners")
        says = (play.__doc__ or "").partition("\n")[0]
        defaults = dict(numbers)

        @wraps(play)
        def with_defaults(setting: Setting) -> Script[None]:
            merged: dict[str, Any] = {**defaults, **setting.numbers}
            return play(Setting(setting.target, setting.random, merged))

        SCENARIOS[name] = Scenario(name, says, with_defaults, frozenset(tags), weight, tuple(needs), defaults)
        return play

    return register


def load() -> dict[str, Scenario]:
    """All scenarios of this package."""
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return SCENARIOS


def check_numbers(numbers: Mapping[str, Mapping[str, float]]) -> None:
    """Raise `ValueError` for a number of a scenario that there is not, or that cannot be."""
    known = load()
    for name, table in numbers.items():
        if name not in known:
            raise ValueError(f"no scenario is called {name!r}; there are: {', '.join(sorted(known))}")
        for key, number in table.items():
            if key not in known[name].numbers:
                there = ", ".join(sorted(known[name].numbers))
                raise ValueError(f"scenario.{name}: {key} is unknown; there are: {there}")
            longest = WAIT_MAX_S if key == "wait_s" else _LONGEST
            if not 0 <= number <= longest:
                raise ValueError(f"scenario.{name}: {key} = {number:g} is not between 0 and {longest:g}")


def by_tags(names: Iterable[str], tags: Iterable[str], excluded: Iterable[str]) -> dict[str, str]:
    """Scenarios that tags leave out, and why; raises `ValueError` for a tag that no scenario has."""
    known, wanted, unwanted = load(), set(tags), set(excluded)
    there = {tag for each in known.values() for tag in (each.name, *each.tags)}
    for tag in sorted((wanted | unwanted) - there):
        raise ValueError(f"no scenario has the tag {tag!r}; there are: {', '.join(sorted(there))}")
    left_out = {}
    for name in names:
        own = {name, *known[name].tags}
        if wanted and not own & wanted:
            left_out[name] = f"has none of the tags {', '.join(sorted(wanted))}"
        elif own & unwanted:
            left_out[name] = f"has the tag {', '.join(sorted(own & unwanted))}, which is excluded"
    return left_out


def choose(
    target: Target, names: Iterable[str] = (), weights: Mapping[str, float] | None = None
) -> tuple[dict[str, float], dict[str, str]]:
    """(scenario -> weight, left out -> reason) for a target; raises `ValueError` for an unknown name."""
    known, wanted, weights = load(), tuple(names), weights or {}
    for name in (*wanted, *weights):
        if name not in known:
            raise ValueError(f"no scenario is called {name!r}; there are: {', '.join(sorted(known))}")
    chosen, left_out = {}, {}
    for name, each in known.items():
        missing = [need for need in each.needs if not target.offers(need)]
        weight = weights.get(name, 0 if weights and not wanted else each.weight)
        if wanted and name not in wanted:
            continue
        if missing:
            left_out[name] = f"the profile names no {', '.join(missing)}"
        elif weight > 0 or wanted:
            chosen[name] = weight or 1.0
    return chosen, left_out
