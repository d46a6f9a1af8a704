"""How long a user of a closed population waits after a setback, so that a sick target is not hammered.

Pure: no clock and no sleeping here. A setback is a script that ended with a failed request, or with one that
was told to slow down. Users who met it together must not come back together, so every pause is drawn by
chance; an open population never waits, because that is what it is for.
"""

from random import Random
from typing import Final

from generations_contract.exchange.exchange import Exchange

FIRST_S: Final = 0.5
LONGEST_S: Final = 15.0
# Beyond this nobody waits in one piece, whatever a target says.
_DAY_S: Final = 86_400.0


class Backoff:
    """One user's patience: the pause doubles with every setback in a row, up to `LONGEST_S`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._setbacks = 0

    def success(self) -> None:
        """A script came to its end: the next setback is a first one."""
        self._setbacks = 0

    def setback_s(self, exchange: Exchange | None, now: float) -> float:
        """Seconds from `now` until the next script may begin; never before `Retry-After` is over.

        `exchange` is the one that failed, if there is one; `now` is on its clock.
        """
        step = min(LONGEST_S, FIRST_S * 2.0 ** min(self._setbacks, 10))
        self._setbacks += 1
        told: float | None = exchange.retry_after_s if exchange is not None else None
        if exchange is None or told is None:
            return step * self._random.uniform(0.5, 1)
        due = exchange.answered_at + min(_DAY_S, told)
        return max(0.0, due - now) + step * self._random.uniform(0, 1)
