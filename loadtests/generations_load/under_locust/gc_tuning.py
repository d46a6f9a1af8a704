"""Keeps Python's garbage collector from stopping the world while thousands of users hold polls.

A pass over what ten thousand users keep takes a third of a second: it looks like a slow server, and puts
polls in step for the rest of the run. Almost nothing here needs it, for what is dropped is freed by its
reference count. So everything is taken out of the collector's sight once a second, and it works only where
it is worth the pause: when most users are gone, and when memory grows although users do not.
"""

import gc
from typing import Final

from generations_contract.run.gc_tuning import settle

# Memory that grows by this factor without new users is taken for garbage.
_MUCH_MORE: Final = 1.5


def collect() -> None:
    """Collect everything, then leave what remains alone; hardly ever look at anything by itself."""
    settle(100_000, 50, 1_000)


def freeze() -> None:
    """Take what exists out of the collector's sight; nothing is looked at."""
    gc.freeze()


class Collecting:
    """Decides, once a second, what the collector does. Begins by collecting."""

    def __init__(self) -> None:
        collect()
        self._most_users = 0
        self._limit_bytes = float("inf")

    def every_second(self, users: int, memory_bytes: float) -> None:
        """So many users there are now, and so much memory they take."""
        if users > self._most_users:
            self._most_users, self._limit_bytes = users, memory_bytes * _MUCH_MORE
        elif users < self._most_users / 2 or memory_bytes > self._limit_bytes:
            collect()
            self._most_users, self._limit_bytes = users, memory_bytes * _MUCH_MORE
        freeze()
