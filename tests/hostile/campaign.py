"""A whole campaign against a gateway that goes bad on the way: a proxy that is honest for a while.

No test stands here. The suite runs as a user runs it, in a process of its own, against the reference gateway.
"""

import itertools
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from generations_contract.gateway import default_catalogue
from generations_contract.gateway.doors import profile
from tests.hostile.wire import Connection, Manner, serving
from tests.support.stages import ROOT, served


@dataclass
class Run:
    """How a campaign ended: exit code, all it printed, its verdicts, and the seconds it took."""

    code: int
    output: str
    verdicts: dict[str, Any]
    seconds: float
    reports: set[str]

    @property
    def note(self) -> str:
        """Why the run is not whole, as the report says it."""
        return str(self.verdicts.get("note") or "")


def campaign(directory: Path, manner: Manner, after: int, *options: str, limit_s: float = 300) -> Run:
    """Run contract tests against a gateway whose connections beyond `after` are treated in this manner."""
    with served(directory) as honest, serving(_turning(honest.base_url, manner, after)) as server:
        text = (directory / "served.toml").read_text(encoding="utf-8")
        turned = directory / "turned.toml"
        turned.write_text(re.sub(r"base_url = .*", f'base_url = "{server.url}"', text), encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
        report = directory / "report"
        options = ("--contract-target", str(turned), "--contract-report", str(report), *options)
        began = time.monotonic()
        done = subprocess.run(
            [*command, *options],
            cwd=ROOT,
            env=_environment(),
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
        seconds = time.monotonic() - began
    verdicts = json.loads((report / "verdicts.json").read_text(encoding="utf-8"))
    names = {path.name for path in report.iterdir()}
    return Run(done.returncode, done.stdout + done.stderr, verdicts, seconds, names)


def _environment() -> dict[str, str]:
    return dict(os.environ) | profile.key_variables(default_catalogue())


def _turning(base_url: str, manner: Manner, after: int) -> Manner:
    count = itertools.count(1)
    where = urlsplit(base_url)

    def turning(connection: Connection) -> None:
        if next(count) > after:
            manner(connection)
            return
        with socket.create_connection((where.hostname or "", where.port or 80), timeout=10) as gateway:
            _forward(connection, gateway)

    return turning


def _forward(connection: Connection, gateway: socket.socket) -> None:
    """One request there and one answer back; the client has one exchange per connection."""
    connection.socket.settimeout(0.05)
    gateway.settimeout(0.05)
    ways: list[tuple[Callable[[int], bytes], Callable[[bytes], None]]] = [
        (connection.socket.recv, gateway.sendall),
        (gateway.recv, connection.socket.sendall),
    ]
    while not connection.server.over.is_set():
        for receive, send in ways:
            try:
                data = receive(65536)
            except TimeoutError:
                continue
            if not data:
                return
            send(data)
