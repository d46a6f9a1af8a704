"""The contract under load: every answer is judged, by a stated choice of the clauses, in little time.

Which clauses are chosen, how often a breach is explained, and what is remembered for how long is decided here;
what a clause says is not. Clauses that look at everything any client ever did (grouped by "everyone") would
cost more with every poll and are left out, by rule and by name in the report.

The one decision worth knowing: a *timing* clause is only called broken when this generator was fit at that
moment. A poll answered on time that a busy generator picked up late is the generator's fault; it is counted
as doubtful, never as a breach, and never silently.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import contracts.clauses  # noqa: F401 - registers them, before locust forks workers that must not stall
from contracts.clause import CLAUSES, MOOT, Breach, Clause, Earlier, Judge, alone, generation
from contracts.exchange import Exchange
from contracts.recording import curl

EXPLAINED_PER_SECOND: Final = 5
EXPLAINED_IN_ALL: Final = 200
# A loop that lagged more than this may have picked an answer up late enough to look like a breach.
_DOUBT_LAG_S: Final = 0.1
# Generations whose end was seen long ago are forgotten, even when a script never came back to them.
_REMEMBERED: Final = 20_000


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
        elif each.by not in (alone, generation):
            left_out[each.id] = "compares everybody with everybody: its cost grows with every poll"
        else:
            judged.append(each)
    return Choice(tuple(judged), left_out)


class LoadJudge(Judge):
    """A judge that answers with breaches only, counts what it exercised, and forgets."""

    def __init__(self, choice: Choice) -> None:
        super().__init__(choice.judged)
        self.exercised: dict[str, int] = {}
        self._ended: OrderedDict[str, None] = OrderedDict()

    def breaches(self, exchange: Exchange) -> list[tuple[Clause, Breach]]:
        """The breaches that an exchange shows."""
        view = self._remember(generation, exchange)
        nothing, exercised, found = _NOTHING, self.exercised, []
        for each in self._by_kind[exchange.kind]:
            if not each.when(exchange):
                continue
            for finding in each.check(exchange, view if each.by is generation else nothing):
                if isinstance(finding, Breach):
                    found.append((each, finding))
                elif finding is MOOT:
                    break
            else:
                exercised[each.id] = exercised.get(each.id, 0) + 1
        return found

    def ended(self, generation_id: str) -> None:
        """The last poll of a generation is over: forget it once others have ended after it."""
        self._ended[generation_id] = None
        if len(self._ended) > _REMEMBERED:
            self.forget(self._ended.popitem(last=False)[0])

    def forget(self, generation_id: str) -> None:
        """Forget a generation now."""
        self._ended.pop(generation_id, None)
        super().forget(generation_id)

    @property
    def remembered(self) -> int:
        """How many generations are kept in mind."""
        return len(self._history)


_NOTHING = Earlier()


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
