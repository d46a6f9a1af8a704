"""A client as a process: started in its folder, its output kept, ended with all its children.

Nothing is judged here. Whatever the command starts is one process group, and ends with it.
"""

import asyncio
import os
import re
import shutil
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from generations_contract.api.usage import UsageError

_KEPT_BYTES: Final = 64 * 1024
# How uncaught errors begin in the output of the usual languages.
_TRACES: Final = re.compile(
    r"^(?:Traceback \(most recent call last\):|.*\n?\s+at .+\(?(?:node:|file:///|/).+:\d+:\d+\)?$"
    r"|panic: .+|goroutine \d+ \[running\]:|Exception in thread .+|PHP Fatal error: .+|Fatal error: Uncaught .+"
    r"|.+\.rb:\d+:in .+\(.*(?:Error|Exception).*\)$|\S+Error: .+\n\s+at .+)",
    re.MULTILINE,
)
_PYTHON_ERROR: Final = re.compile(r"^(\w[\w.]*(?:Error|Exception|Timeout|Interrupt)\b.*)$", re.MULTILINE)
_WANTED: Final = re.compile(
    r"KeyError: '([A-Z][A-Z0-9_]+)'|\b([A-Z][A-Z0-9_]+): (?:unbound variable|parameter (?:null or )?not set)"
    r"|(?:missing|set|required|undefined)\D{0,40}?\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)"
    r"|\b([A-Z][A-Z0-9]*_[A-Z0-9_]+)\b.{0,40}(?:not set|missing|required|undefined)"
)


def command_line(command: Sequence[str]) -> list[str]:
    """The command as it runs in any folder: the program found, files that it names by their whole path."""
    program = shutil.which(command[0]) or (command[0] if Path(command[0]).is_file() else None)
    if program is None:
        raise UsageError(
            f"{command[0]}: no such program; what stands after -- is the command that runs the client"
        )
    files = [str(Path(each).resolve()) if not each.startswith("-") and Path(each).exists() else each
             for each in command[1:]]  # fmt: skip
    return [str(Path(program).absolute()), *files]


@dataclass
class Client:
    """A running client; `output` is what it wrote so far, both streams together."""

    process: asyncio.subprocess.Process
    log: Path

    @classmethod
    async def start(
        cls, command: Sequence[str], folder: Path, log: Path, environment: Mapping[str, str]
    ) -> "Client":
        """Start it; raises `UsageError` where it cannot be started."""
        with log.open("ab") as sink:
            try:
                process = await asyncio.create_subprocess_exec(
                    *command,
                    cwd=folder,
                    env={**os.environ, **_without_proxy(), **environment},
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=sink,
                    stderr=sink,
                    start_new_session=True,
                )
            except OSError as error:
                raise UsageError(f"{command[0]}: cannot be started: {error.strerror or error}") from None
        return cls(process, log)

    async def ended(self, within_s: float) -> int | None:
        """Its exit code; `None` where it had to be ended after that time."""
        try:
            async with asyncio.timeout(within_s):
                code = await self.process.wait()
        except TimeoutError:
            return None
        self._end_group()  # children that it left behind
        return code

    async def kill(self) -> None:
        """End it and its children, at once."""
        if self.process.returncode is None:
            self._end_group()
        await self.process.wait()

    def _end_group(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            if sys.platform == "win32":
                self.process.kill()
            else:  # not `process.kill`: it asks for the exit code, which then is lost to whoever waits for it
                os.killpg(self.process.pid, signal.SIGKILL)

    @property
    def output(self) -> str:
        """The end of what it wrote."""
        return self.log.read_bytes()[-_KEPT_BYTES:].decode("utf-8", "replace")


def trace_in(output: str) -> str:
    """One line about the stack trace in an output, "" where there is none."""
    found = _TRACES.search(output)
    if found is None:
        return ""
    error = _PYTHON_ERROR.findall(output[found.start() :])
    return (error[-1] if error else found.group().strip().splitlines()[0])[:160]


def wanted_variable(output: str) -> str:
    """The environment variable that an output misses, "" where it names none."""
    found = _WANTED.search(output)
    return next(filter(None, found.groups()), "") if found else ""


def _without_proxy() -> dict[str, str]:
    """The gateway is on this machine: no proxy lies between, whatever the environment says of the world outside."""
    local = ",".join(
        filter(None, (os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "127.0.0.1,localhost"))
    )
    return {"NO_PROXY": local, "no_proxy": local}
