"""Live runs on a bad network: an honest gateway, served, behind a proxy that loses and delays connections.

`python -m tests.chaos` plays five whole runs, as a user plays them, with 1 % of the connections lost and 80 ms ± 40 ms
added each way. Each must end with exit code 0, no failed test, and one line that sums up what was lost. The profile
has money for more generations than a run needs: what is lost of those that are paid for stays set aside, and is begun
anew at the end.
`--runs`, `--share`, `--depth` play others; each run has a seed of its own, from `--seed` on.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from generations_contract.gateway import default_catalogue
from generations_contract.gateway.doors import profile
from tests import ROOT
from tests.support.chaos import Chaos, bad_network
from tests.support.stages import served


@dataclass
class Run:
    """How a run ended: exit code, all it printed, its verdicts, and how long it took."""

    code: int
    output: str
    verdicts: dict[str, Any]
    seconds: float

    @property
    def lines(self) -> list[str]:
        """What the run tells of the network."""
        told: list[str] = self.verdicts.get("network", [])
        return told


def run(directory: Path, url: str, *options: str) -> Run:
    """Check the gateway of `directory`'s profile at another address, by the command that a user has."""
    text = (directory / "served.toml").read_text(encoding="utf-8")
    turned, report = directory / "turned.toml", directory / "report"
    text = re.sub(r"base_url = .*", f'base_url = "{url}"', text)
    turned.write_text(re.sub(r"max_generations = .*", "max_generations = 40", text), encoding="utf-8")
    command = [sys.executable, "-m", "generations_contract.cli", "check", "--target", str(turned)]
    began = time.monotonic()
    done = subprocess.run(
        [*command, "--report", str(report), *options],
        cwd=ROOT,
        env=dict(os.environ) | profile.key_variables(default_catalogue()),
        capture_output=True,
        text=True,
        check=False,
    )
    written = report / "verdicts.json"
    verdicts = json.loads(written.read_text(encoding="utf-8")) if written.exists() else {}
    return Run(done.returncode, done.stdout + done.stderr, verdicts, time.monotonic() - began)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play the runs; 0 where each of them ended with 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.01, help="of connections that are lost")
    parser.add_argument("--depth", default="standard")
    options = parser.parse_args(arguments)
    codes = []
    for seed in range(options.seed, options.seed + options.runs):
        with tempfile.TemporaryDirectory() as place, served(Path(place)) as target:
            with bad_network(target.base_url, Chaos(options.share, seed=seed)) as chaos:
                ended = run(Path(place), chaos.url, "--depth", options.depth)
            counts = ended.verdicts.get("counts", {})
            sys.stdout.write(
                f"run {seed}: exit {ended.code}, {counts}, {ended.verdicts.get('exchanges')} exchanges, "
                f"{ended.seconds:.0f} s, {chaos.lost} connections dropped; {' | '.join(ended.lines)}\n"
            )
            if ended.code:
                sys.stdout.write(ended.output[-6000:])
            sys.stdout.flush()
        codes.append(ended.code)
    return int(any(codes))


if __name__ == "__main__":
    sys.exit(main())
