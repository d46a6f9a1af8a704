"""A probe: a script that means to exercise certain clauses of the contract, and says what it needs for that.

`@probe(...)` turns a generator function `test_…(target[, case])` into a pytest test that plays the script on
the campaign's stage, and registers it, so that a campaign can also run without pytest. A probe judges
nothing: it provokes. One that passes without exercising its clauses is a defect, and fails.
"""

import functools
import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from generations_contract.api.target import Target
from generations_contract.scripts.script import Script

Depth = Literal["free", "quick", "standard", "deep"]
DEPTHS: Final[tuple[Depth, ...]] = ("free", "quick", "standard", "deep")

ScriptOf: TypeAlias = Callable[..., Script[Any]]


@dataclass(frozen=True)
class Probe:
    """A script with what it is for.

    `needs`: what the profile must name ("models.video", "keys.other"). `depth`: the shallowest run that
    plays it; "free" probes create no accepted generation. `cases`: id -> value, one script each. `promised`: those
    of its clauses of which a profile that names what it needs promises a case. `first`: it is played before all
    others, because it is short, and the money that it needs where a promise is not kept shall still be there.
    """

    name: str
    clauses: tuple[str, ...]
    script: ScriptOf = field(repr=False)
    needs: tuple[str, ...] = ()
    depth: Depth = "standard"
    cases: Mapping[str, Any] | None = field(default=None, repr=False)
    promised: tuple[str, ...] = ()
    first: bool = False

    @property
    def section(self) -> str:
        """The section of the contract that the probe belongs to: its module's name."""
        return self.script.__module__.rpartition("test_")[2]

    def lacks(self, target: Target) -> list[str]:
        """What it needs and the profile does not name."""
        return [need for need in self.needs if not target.offers(need)]

    def start(self, target: Target, case_id: str | None = None) -> Script[Any]:
        """The script for a target (and a case), not yet begun."""
        return self.script(target) if self.cases is None else self.script(target, self.cases[str(case_id)])

    def clauses_of(self, case_id: str | None) -> tuple[str, ...]:
        """The clauses that the case itself is about; at least one of them must be exercised."""
        case = self.cases[case_id] if self.cases is not None and case_id is not None else None
        single = getattr(case, "clause", None)
        return tuple(getattr(case, "clauses", None) or ((single,) if single else ()))

    def unmet(self, case_id: str | None, exercised: Collection[str]) -> list[str]:
        """The clauses that a performance should have exercised and did not."""
        named = self.clauses_of(case_id)
        missing = [clause for clause in self.clauses if clause not in exercised]
        return missing if any(clause in exercised for clause in named) else [*missing, *named]


PROBES: Final[dict[str, Probe]] = {}


def probe(
    *clauses: str,
    needs: Sequence[str] = (),
    depth: Depth = "standard",
    cases: Mapping[str, Any] | None = None,
    promised: Sequence[str] = (),
    first: bool = False,
) -> Callable[[ScriptOf], Callable[..., None]]:
    """Make a probe of a generator function `(target)`, or `(target, case)` where there are cases."""

    def register(script: ScriptOf) -> Callable[..., None]:
        name = f"{script.__module__.rpartition('.')[2]}::{script.__name__}"
        made = Probe(name, clauses, script, tuple(needs), depth, cases, tuple(promised), first)
        PROBES[name] = made
        return _as_test(made)

    return register


def _as_test(made: Probe) -> Callable[..., None]:
    def test(generations_campaign: Any, case_id: str | None = None) -> None:
        generations_campaign.play(made, case_id)

    functools.update_wrapper(test, made.script)
    # pytest reads the signature to find fixtures: it must see the test's, not the script's.
    del test.__wrapped__  # type: ignore[attr-defined]
    parameters = [inspect.Parameter("generations_campaign", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    if made.cases is not None:
        parameters.append(inspect.Parameter("case_id", inspect.Parameter.POSITIONAL_OR_KEYWORD))
    test.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    test.probe = made  # type: ignore[attr-defined]
    return test
