"""A memory file on disk: read, changed under a lock, replaced whole.

A file that is damaged is set aside, so that a CI cache heals by itself; one of another target, or of a newer
version, is left alone: `UsageError`. Two runs at once lose nothing of each other.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from pydantic import ValidationError

from generations_contract.api.usage import UsageError
from generations_contract.memory.form import FORMAT, Memory

LONGEST_BYTES: Final = 4_000_000
LOCK_S: Final = 10.0


def named(base_url: str) -> str:
    """How a memory names its target: host, port and path, as they stand in the base URL."""
    parts = urlsplit(base_url)
    host = (parts.hostname or "") + (f":{parts.port}" if parts.port else "")
    return f"{host}{parts.path.rstrip('/')}"[:200]


class MemoryFile:
    """A memory of one target. `told`: what had to be said while it was read or written."""

    def __init__(self, path: Path, base_url: str) -> None:
        self.path, self._target = path, named(base_url)
        self.told: list[str] = []

    def read(self) -> Memory:
        """What is remembered, nothing where there is no file yet; raises `UsageError` in one line."""
        with self._locked():
            return self._read()

    def change(self, change: Callable[[Memory], Memory]) -> Memory:
        """Change what is remembered by then, and write it; raises `UsageError` in one line."""
        with self._locked():
            changed = change(self._read())
            fresh = self.path.with_name(f"{self.path.name}.{os.getpid()}.new")
            text = json.dumps({"format": FORMAT} | changed.model_dump(exclude_defaults=True), indent=1)
            fresh.write_text(text + "\n", encoding="utf-8")
            fresh.replace(self.path)
            return changed

    @contextmanager
    def _locked(self) -> Iterator[None]:
        # Costly to import, and of use to runs with a memory alone.
        from filelock import FileLock, Timeout

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(f"{self.path}.lock", timeout=LOCK_S):
                yield
        except Timeout:
            raise UsageError(
                f"{self._name} is locked by another run for {LOCK_S:g} s; give each a file"
            ) from None
        except (OSError, ValueError) as error:
            why = getattr(error, "strerror", None) or error
            raise UsageError(f"{self._name} cannot be used: {why}") from None

    def _read(self) -> Memory:
        if not self.path.exists():
            return Memory(target=self._target)
        text = self.path.read_bytes()[: LONGEST_BYTES + 1]
        try:
            document = json.loads(text)
            version = document["format"]
            if isinstance(version, int) and version > FORMAT:
                raise UsageError(
                    f"{self._name} is of a newer version of the suite; give this one another file"
                )
            found = Memory.model_validate_json(text)
        except (ValueError, KeyError, TypeError, RecursionError, ValidationError):
            return self._set_aside()
        if found.target != self._target:
            raise UsageError(
                f"{self._name} is about {found.target}, and this run is about {self._target}; give each a file"
            )
        return found

    def _set_aside(self) -> Memory:
        aside = self.path.with_name(f"{self.path.name}.damaged")
        self.path.replace(aside)
        self.told.append(f"{self._name} is damaged; it was set aside as {aside.name}, and a new one is begun")
        return Memory(target=self._target)

    @property
    def _name(self) -> str:
        return f"--memory {self.path}:"
