"""The embedded default: the reference gateway as a process of its own, on another core, for this run only.

Starting, asking for its address and stopping; nothing about load. It is stopped by its own process handle,
and with the run, however that ends.
"""

import atexit
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from generations_contract.api.usage import UsageError

_START_S: Final = 20.0
_PR_SET_PDEATHSIG: Final = 1  # prctl(2)


@dataclass
class EmbeddedGateway:
    """A served reference gateway: where it is, its profile, and the environment variables with its keys."""

    address: str
    profile: str
    environment: dict[str, str]
    process: "subprocess.Popen[str]" = field(repr=False)

    def stop(self) -> str:
        """Stop it; returns what it printed at its end (the bill)."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            printed, _ = self.process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            printed, _ = self.process.communicate()
        return printed


def start(faults: Iterable[str] = (), catalogue: str | None = None, *, pin: bool = True) -> EmbeddedGateway:
    """Serve the reference gateway on a free port; raises `UsageError` with its complaint."""
    descriptor, name = tempfile.mkstemp(suffix=".toml", prefix="gateway-")
    os.close(descriptor)
    path = Path(name)
    command = [sys.executable, "-m", "generations_contract.gateway", "--port", "0", "--write-profile", name]
    for fault in faults:
        command += ["--fault", fault]
    if catalogue:
        command += ["--catalogue", catalogue]
    process = subprocess.Popen(  # noqa: S603 - our own module
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=end_with_parent,
        start_new_session=True,  # Ctrl-C is for whoever asks it questions: it is stopped after them
    )
    try:
        address, keys = _read_start(process)
        profile = path.read_text(encoding="utf-8")
    finally:
        path.unlink(missing_ok=True)
    if pin:
        _share_cores(process.pid)
    gateway = EmbeddedGateway(address, profile, keys, process)
    atexit.register(_stop_if_ours, gateway, os.getpid())
    return gateway


def end_with_parent() -> None:
    """In a new process: a parent that is killed takes it along (Linux; elsewhere only a parent that ends)."""
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))


def _stop_if_ours(gateway: EmbeddedGateway, owner: int) -> None:
    # A forked worker inherits the hook, but not the gateway.
    if os.getpid() == owner and gateway.process.poll() is None:
        gateway.stop()


def _read_start(process: "subprocess.Popen[str]") -> tuple[str, dict[str, str]]:
    keys, lines, deadline = {}, [], time.monotonic() + _START_S
    while time.monotonic() < deadline:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            break
        text = line.strip()
        lines.append(text)
        if text.startswith("export "):
            name, _, key = text.removeprefix("export ").partition("=")
            keys[name] = key
        if text.startswith("listening on "):
            return text.removeprefix("listening on "), keys
    process.kill()
    raise UsageError(f"the embedded gateway did not start: {lines[-1] if lines else 'it said nothing'}")


def _share_cores(pid: int) -> None:
    """The gateway gets the last core, this process the others: neither disturbs what it measures."""
    with contextlib.suppress(AttributeError, OSError):
        cores = sorted(os.sched_getaffinity(0))
        if len(cores) >= 2:
            os.sched_setaffinity(pid, {cores[-1]})
            os.sched_setaffinity(0, set(cores[:-1]))
