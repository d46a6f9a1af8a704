"""`python -m tests.rival`: run the rival and this suite against every fault and variant, write the table.

`--only GLOB` for some; `--write README.md` replaces what stands between `<!-- rival -->` and
`<!-- /rival -->`. Outcomes are kept in `--keep FILE` as they come, and a second run goes on from there.
"""

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from generations_contract.gateway import default_catalogue
from tests.matrix import as_in_ci, perform_all, plays
from tests.rival import settings
from tests.rival.table import Row, markdown
from tests.support.outcomes import Outcome, Play

LONGEST_RUN_S = 300
MARKS = ("<!-- rival -->", "<!-- /rival -->")


@dataclass
class Attempt:
    """What the rival made of one gateway: whether it complained, how long it took, what it had accepted."""

    name: str
    complained: bool
    seconds: float
    generations: int
    cost_usd: float


def attempt(play: Play, folder: Path) -> Attempt:
    """Serve a gateway, let the rival at it, read the gateway's bill."""
    tool = str(Path(sys.executable).with_name("schemathesis"))
    told = [f"--{play.kind}={name}" for name in play.names]
    gateway = [sys.executable, "-m", "generations_contract.gateway", "--port", "0", "--seed", "0"]
    with subprocess.Popen(
        [*gateway, "--catalogue", str(folder / "catalogue.toml"), *told], stdout=subprocess.PIPE, text=True
    ) as process:
        line = process.stdout.readline() if process.stdout else ""
        key = next(iter(default_catalogue().accounts.values())).key
        command = settings.command(tool, folder / "openapi.yaml", line.rpartition(" ")[2].strip(), key)
        began = time.perf_counter()
        with tempfile.TemporaryDirectory() as own:
            complained = _complains(command, own)
        seconds = time.perf_counter() - began
        process.send_signal(signal.SIGINT)
        bill = process.communicate(timeout=30)[0]
    found = re.findall(r": (\d+) generations accepted, ([\d.]+) USD", bill)
    return Attempt(
        str(play), complained, seconds, sum(int(n) for n, _ in found), sum(float(usd) for _, usd in found)
    )


def _complains(command: Sequence[str], folder: str) -> bool:
    """Whether the rival ends with a failure (exit code 1); anything else but success is our mistake.

    One that a gateway keeps waiting beyond `LONGEST_RUN_S` has found nothing by then.
    """
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_RUN_S, check=False,
            env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the rival could not run: {done.stdout[-500:]} {done.stderr[-500:]}")
    return done.returncode == 1


def attempts(chosen: Sequence[Play], keep: Path, workers: int) -> dict[str, Attempt]:
    """The rival's attempts, each kept as it ends; those that are kept already are not repeated."""
    known = {}
    if keep.exists():
        lines = keep.read_text(encoding="utf-8").splitlines()
        known = {one.name: one for one in (Attempt(**json.loads(line)) for line in lines)}
    with tempfile.TemporaryDirectory() as name, ThreadPoolExecutor(workers) as pool, keep.open("a") as log:
        folder = Path(name)
        settings.write_document(folder / "openapi.yaml")
        settings.write_catalogue(folder / "catalogue.toml")
        due = [pool.submit(attempt, play, folder) for play in chosen if str(play) not in known]
        for future in as_completed(due):
            done = future.result()
            known[done.name] = done
            log.write(json.dumps(asdict(done)) + "\n")
            log.flush()
    return known


def rows(
    chosen: Sequence[Play], theirs: dict[str, Attempt], ours: dict[str, Outcome], paid: dict[str, Outcome]
) -> list[Row]:
    """One row for each gateway; `ours` by the deepest campaign, `paid` as a live target gets it."""
    return [
        Row(
            kind=play.kind,
            section=play.section,
            theirs=theirs[str(play)].complained,
            ours=bool(ours[str(play)].broken),
            their_seconds=theirs[str(play)].seconds,
            ours_paid=bool(paid[str(play)].broken),
            our_paid_seconds=paid[str(play)].seconds,
            their_generations=theirs[str(play)].generations,
            their_cost_usd=theirs[str(play)].cost_usd,
            our_generations=paid[str(play)].generations,
            our_cost_usd=paid[str(play)].cost_usd,
        )
        for play in chosen
    ]


def write(readme: Path, text: str) -> None:
    """Put the table between its marks."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(MARKS[0])
    _, mark, after = rest.partition(MARKS[1])
    if not mark:
        raise SystemExit(f"{readme}: put {MARKS[0]} and {MARKS[1]} where the table shall stand")
    readme.write_text(f"{before}{MARKS[0]}\n{text}\n{mark}{after}", encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run both, print the table, write it where asked."""
    parser = argparse.ArgumentParser(prog="python -m tests.rival", description=__doc__)
    parser.add_argument("--only", default="*", metavar="GLOB")
    parser.add_argument("--workers", type=int, default=2, help="runs of the rival side by side")
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "rival.jsonl")
    parser.add_argument("--write", type=Path, metavar="README")
    options = parser.parse_args(arguments)
    if shutil.which("schemathesis", path=str(Path(sys.executable).parent)) is None:
        raise SystemExit("tests.rival: schemathesis is not installed: pip install -e '.[bench]'")
    chosen = plays(options.only)
    theirs = attempts(chosen, options.keep, options.workers)
    ours, paid = (
        {str(outcome.play): outcome for outcome in perform_all(chosen, "direct", plan=plan)}
        for plan in (None, as_in_ci())
    )
    text = markdown(rows(chosen, theirs, ours, paid), version("schemathesis"), datetime.now(UTC).date())
    sys.stdout.write(f"{text}\n")
    if options.write:
        write(options.write, text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
