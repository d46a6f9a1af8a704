"""What a process may ask its operating system for: open files and memory; where there are no such limits, nothing.

Only this module knows that Windows has no `resource`. Whoever is imported on the way to a command asks here.
"""

import contextlib
import sys
from typing import Final

try:
    import resource
except ModuleNotFoundError:
    resource = None  # type: ignore[assignment]  # Windows

UNLIMITED: Final = sys.maxsize


def open_files() -> int:
    """How many files this process may have open; `UNLIMITED` where nobody says."""
    return int(resource.getrlimit(resource.RLIMIT_NOFILE)[0]) if resource else UNLIMITED


def raise_open_files() -> int:
    """Allow as many open files as the system grants; how many that is, `UNLIMITED` where nobody says."""
    if not resource:
        return UNLIMITED
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return int(hard)


def limit_memory(most: int) -> None:
    """Let an allocation beyond so many bytes fail with `MemoryError`, where the system can do that."""
    if not resource:
        return
    with contextlib.suppress(ValueError, OSError):
        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
