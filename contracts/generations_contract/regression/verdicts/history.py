"""A contract over several versions: what each of them brought, sorted by whom it helps and whom it breaks.

Which versions there are is found in `changelog`.
"""

from dataclasses import dataclass

from generations_contract.regression.verdicts.change import BREAKING, UNDECIDED, Change
from generations_contract.regression.verdicts.review import Review


@dataclass(frozen=True)
class Version:
    """One version on the way: what people call it, its day (`YYYY-MM-DD`), and how it is read."""

    name: str
    day: str
    spec: str


@dataclass(frozen=True)
class Release:
    """What one version brought; `problem` where it, or the one before it, cannot be read."""

    version: Version
    review: Review | None
    problem: str = ""

    def broke(self) -> list[Change]:
        """What breaks, or may break, whoever goes on as before; accepted or not."""
        return [c for c in self._changes() if (c.found or c.level) in (BREAKING, UNDECIDED)]

    def added(self) -> list[Change]:
        """What there is more of, and breaks nobody."""
        return [c for c in self._changes() if c.id.endswith("-added") and c not in self.broke()]

    def changed(self) -> list[Change]:
        """All the rest."""
        return [c for c in self._changes() if c not in self.broke() and c not in self.added()]

    def _changes(self) -> list[Change]:
        return self.review.changes if self.review else []
