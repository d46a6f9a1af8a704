"""The stages that tests play on: the embedded gateway in virtual time, and one served over real HTTP."""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Exchange
from generations_contract.gateway import Fault
from generations_contract.own_client import embedded
from generations_contract.scripts.script import Script
from generations_contract.wire.stage import DirectStage, RespxStage, Stage
from tests import ROOT


def virtual(kind: type[DirectStage] = RespxStage, tampers: Sequence[Fault] = ()) -> Stage:
    """A stage in virtual time with a gateway of its own."""
    return kind(embedded.target(), embedded.gateway(tampers))


@contextmanager
def served(directory: Path, *options: str) -> Iterator[Target]:
    """The target of a reference gateway that is served by a process of its own while the block runs."""
    profile = directory / "served.toml"
    command = [
        sys.executable,
        "-m",
        "generations_contract.gateway",
        "--port",
        "0",
        "--seed",
        "0",
        "--write-profile",
        str(profile),
    ]
    with subprocess.Popen([*command, *options], cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        keys = {}
        for line in process.stdout:
            if line.startswith("listening"):
                break
            if line.startswith("  export "):
                variable, _, key = line.removeprefix("  export ").strip().partition("=")
                keys[variable] = key
        try:
            yield Target.load(profile, {**os.environ, **keys})
        finally:
            process.terminate()
            process.communicate(timeout=20)


def play(stage: Stage, script: Script[Any]) -> tuple[Any, list[Exchange]]:
    """What a script returns on a stage, and the exchanges in the order in which they were seen."""
    seen: list[Exchange] = []
    return stage.perform(script, seen.append), seen
