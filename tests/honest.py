"""How often an honest gateway is called broken: whole runs of `check --target`, counted, with an upper bound.

`python -m tests.served --honest N` plays them, each on a gateway of its own, served, with what such a run plays by
default. Of N runs without a false alarm nobody may say that there are none: the table says how many there are at
the most, with 95 % confidence (Clopper and Pearson, exact), per run and per judgement of each timing clause.
"""

import json
import math
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

from generations_contract.clauses import CLAUSES
from tests.support.stages import served

CONFIDENCE: Final = 0.95
# What is kept of a run that is not clean: its last lines.
KEPT_CHARACTERS: Final = 600


class Run(NamedTuple):
    """What is kept of one run: how often each timing clause was judged and broken, and what was wrong with it.

    `once`: timing breaches that did not happen again when they were looked at again, and were not counted.
    """

    code: int
    judged: Counter[str]
    broken: Counter[str]
    once: Counter[str]
    seconds: float = 0.0
    told: str = ""


def at_most(breaches: int, judgements: int, confidence: float = CONFIDENCE) -> float:
    """The upper bound of a rate of which so many breaches were seen in so many judgements."""
    if breaches >= judgements:
        return 1.0
    low, high = breaches / judgements, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (
            (middle, high) if _so_few(breaches, judgements, middle) > 1 - confidence else (low, middle)
        )
    return high


def _so_few(breaches: int, judgements: int, rate: float) -> float:
    """How likely so few breaches, or fewer, are at a rate: the binomial distribution."""
    if rate >= 1.0:
        return 0.0
    whole = math.lgamma(judgements + 1)
    return math.fsum(
        math.exp(
            whole
            - math.lgamma(count + 1)
            - math.lgamma(judgements - count + 1)
            + (count * math.log(rate) if count else 0.0)
            + (judgements - count) * math.log1p(-rate)
        )
        for count in range(breaches + 1)
    )


def play(seed: int) -> Run:
    """One run of `check --target` on an honest gateway whose jobs follow from the seed."""
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as place, served(Path(place), "--seed", str(seed)) as target:
        keys = {target.variables[label]: key for label, key in target.keys.items()}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
        command = [sys.executable, "-m", "generations_contract.cli", "check", "--target", "served.toml"]
        ended = subprocess.run(
            [*command, "--report", "report"],
            cwd=place, env={**environment, **keys}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        verdicts = Path(place) / "report" / "verdicts.json"
        clauses = json.loads(verdicts.read_text("utf-8"))["clauses"] if verdicts.exists() else []
        told = "" if ended.returncode == 0 else (ended.stdout + ended.stderr)[-KEPT_CHARACTERS:]
    return counted(ended.returncode, clauses, time.perf_counter() - began, told)


def counted(code: int, clauses: Sequence[dict[str, Any]], seconds: float = 0.0, told: str = "") -> Run:
    """What a run's `verdicts.json` ("clauses") says of the timing clauses, and of all that broke."""
    timing = [each for each in clauses if each["id"] in CLAUSES and CLAUSES[each["id"]].timing]
    once = {each["id"]: sum("not repeated" in note for note in each["notes"]) for each in timing}
    return Run(
        code,
        Counter({each["id"]: each["exercised"] for each in timing}),
        Counter(
            {each["id"]: each["broken"] + each["unmet"] for each in clauses if each["broken"] + each["unmet"]}
        ),
        Counter({name: count for name, count in once.items() if count}),
        seconds,
        told,
    )


def table(runs: Sequence[Run], load: str) -> Iterator[str]:
    """The rates as Markdown: of runs, then of each timing clause; `load` is what the machine did besides."""
    alarms = sum(run.code != 0 for run in runs)
    python, cores = platform.python_version(), os.cpu_count()
    now = datetime.now(UTC)
    yield f"Measured on {now.day} {now:%B %Y}: {cores} cores, Python {python}, {platform.system()}; {load}."
    yield ""
    yield "| honest gateway | judgements | false alarms | at most, 95 % | late once, and not again |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    once = sum(sum(run.once.values()) for run in runs)
    yield f"| **runs of `check --target`** | {len(runs)} | {alarms} | {_percent(alarms, len(runs))} | {once} |"
    for clause_id in (each.id for each in CLAUSES.values() if each.timing):
        judged, broken, seen = (
            sum(tally[clause_id] for tally in tallies)
            for tallies in (
                [run.judged for run in runs],
                [run.broken for run in runs],
                [run.once for run in runs],
            )
        )
        bound = _percent(broken, judged) if judged else "not judged"
        yield f"| {clause_id} | {judged} | {broken} | {bound} | {seen} |"
    seconds = sorted(run.seconds for run in runs)
    yield ""
    yield f"A run took {seconds[0]:.0f} to {seconds[-1]:.0f} s, {seconds[len(seconds) // 2]:.0f} s in the median."


def _percent(breaches: int, judgements: int) -> str:
    return f"{100 * at_most(breaches, judgements):.2g} %"


def kept(path: Path | None) -> list[Run]:
    """The runs that stand in a file, a line of JSON each; none where there is no file."""
    if path is None or not path.exists():
        return []
    rows = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    tallies = ("judged", "broken", "once")
    return [Run(**{**row, **{name: Counter(row[name]) for name in tallies}}) for row in rows]


def state(times: int, at_once: int, besides: str, keep: Path | None = None) -> bool:
    """Play so many runs, so many at once, and print the table; whether there was no false alarm.

    Those that are kept in the file `keep` count too, and the new ones are added to it: hundreds take hours.
    """
    runs = kept(keep)
    first, times = len(runs), len(runs) + times
    with ThreadPoolExecutor(at_once) as pool:
        for done in as_completed([pool.submit(play, seed) for seed in range(first, times)]):
            run = done.result()
            runs.append(run)
            if keep is not None:
                with keep.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(run._asdict()) + "\n")
            broken = "".join(f", {name} ×{count}" for name, count in run.broken.items())
            sys.stderr.write(
                f"run {len(runs)} of {times}: exit code {run.code}{broken}, {run.seconds:.0f} s\n{run.told}"
            )
    average = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    load = f"{at_once} runs at once{besides}, load averages at the end {average}"
    sys.stdout.writelines(f"{line}\n" for line in table(runs, load))
    return all(run.code == 0 for run in runs)
