"""What one edit of a schema changes: every edit of `evolution_edits`, in the schema files alone.

`python -m tests.evolution` prints a row an edit: how many requests are sent that were not sent before, which clauses
a gateway breaks that does not follow, and whether one that does is left in peace. It fails where an edit sends
nothing new and breaks nothing, where what should break holds, and where a gateway that follows breaks anything.

Each campaign plays in a process of its own, because a process knows one version of the schemas.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
PROCESSES: Final = 2
WAYS: Final = ("follow", "stray")
# The sections of probes that send what an edit of the request, or of an answer, is about. Downloads are no matter of
# schemas, and pictures and clips take most of a campaign's time.
SECTIONS: Final = {
    "request": frozenset({"auth", "errors", "request", "response", "strict", "wait"}),
    "answer": frozenset({"auth", "billing", "errors", "headers", "lifecycle", "response", "wait"}),
}
ALL: Final = frozenset().union(*SECTIONS.values())
# What makes two prompts of one script differ.
_TAKE: Final = re.compile(rb", take [0-9a-z-]+")


@dataclass(frozen=True)
class Played:
    """What came of a campaign: digests of the requests sent, and broken clauses with how often."""

    sent: frozenset[str]
    broken: dict[str, int]


def play(name: str, way: str, sections: Collection[str] = ALL) -> Played:
    """Play the probes of these sections in this process, on a gateway that follows the edit, or strays from it."""
    from generations_contract.own_client import embedded
    from generations_contract.run.campaign import Campaign
    from generations_contract.wire.stage import DirectStage
    from tests.evolution_edits import EDITS
    from tests.matrix import cases

    edit = next((each for each in EDITS if each.name == name), None)
    tampers = () if edit is None else edit.follows() if way == "follow" else edit.stray()
    campaign = Campaign(DirectStage(embedded.target(), embedded.gateway(tampers)))
    sent: set[str] = set()
    broken: dict[str, int] = {}
    for probe, case_id in cases(campaign.stage):
        if probe.section not in sections:
            continue
        performance = campaign.run(probe, case_id)
        if performance.error is not None:
            raise performance.error
        for ruling, _ in performance.breaches:
            broken[ruling.clause.id] = broken.get(ruling.clause.id, 0) + 1
        sent.update(_digest(each.request.body) for each in performance.exchanges if each.kind == "create")
    return Played(frozenset(sent), broken)


def _digest(body: bytes) -> str:
    return hashlib.blake2b(_TAKE.sub(b"", body), digest_size=8).hexdigest()


def played_aside(
    name: str, way: str, sections: Collection[str] = ALL, directory: Path | None = None
) -> Played:
    """Play in a process of its own, by the schemas of a directory; by the suite's own where there is none."""
    environment = dict(os.environ)
    if directory is not None:
        environment["GENERATIONS_CONTRACT_SCHEMAS"] = str(directory)
    command = [sys.executable, "-m", "tests.evolution", "--play", name, "--way", way]
    command += ["--sections", ",".join(sorted(sections))]
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{name}, {way}: {ran.stderr[-2000:]}")
    told = json.loads(ran.stdout)
    return Played(frozenset(told["sent"]), told["broken"])


@dataclass(frozen=True)
class Outcome:
    """What an edit changed, and what is wrong with that."""

    name: str
    anew: int
    no_more: int
    strays: dict[str, int]
    follows: dict[str, int]
    wrong: tuple[str, ...]


def evolve(name: str, before: Played | None = None, *, whole: bool = False) -> Outcome:
    """Make the edit of that name, and play it both ways; `before` is the campaign without it.

    `whole`: the probes of all sections, and not only of those that send what the edit is about.
    """
    from generations_contract.api.schema_files import NAMES, SUFFIX, load
    from tests.evolution_edits import EDITS, text_of

    edit = next(each for each in EDITS if each.name == name)
    with tempfile.TemporaryDirectory() as directory:
        schemas = {each: load(each) for each in NAMES}
        edit.apply(schemas)
        for each, schema in schemas.items():
            (Path(directory) / f"{each}{SUFFIX}").write_text(text_of(schema), "utf-8")
        sections = ALL if whole else SECTIONS[edit.about]
        before = before or played_aside("", WAYS[0], sections)
        follow, stray = (played_aside(name, way, sections, Path(directory)) for way in WAYS)
    wrong = [f"not broken by what strays: {clause}" for clause in sorted(edit.breaks - stray.broken.keys())]
    wrong += [f"broken by what follows: {clause} x{count}" for clause, count in follow.broken.items()]
    return Outcome(
        name,
        len(follow.sent - before.sent),
        len(before.sent - follow.sent),
        stray.broken,
        follow.broken,
        tuple(wrong),
    )


def evolve_all(names: Sequence[str], processes: int = PROCESSES, *, whole: bool = False) -> list[Outcome]:
    """Make these edits, some at a time."""
    from tests.evolution_edits import EDITS

    about = {each.name: each.about for each in EDITS}
    with ThreadPoolExecutor(processes) as pool:
        kinds = list(SECTIONS)
        wanted = [ALL if whole else SECTIONS[kind] for kind in kinds]
        before = dict(
            zip(kinds, pool.map(lambda sections: played_aside("", WAYS[0], sections), wanted), strict=True)
        )
        return list(pool.map(lambda name: evolve(name, before[about[name]], whole=whole), names))


def table(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'edit':<34}{'sent anew':>10}{'no more':>9}  a gateway that follows; what one breaks that does not"
    for each in outcomes:
        state = "breaks " + ", ".join(each.follows) if each.follows else "quiet"
        broken = ", ".join(f"{clause} x{count}" for clause, count in sorted(each.strays.items()))
        yield f"{each.name:<34}{each.anew:>10}{each.no_more:>9}  {state}; {broken or 'nothing'}"
        yield from (f"    {line}" for line in each.wrong)


def main(arguments: Sequence[str] | None = None) -> int:
    """Play all edits, or those named; 0 where nothing is wrong."""
    from tests.evolution_edits import EDITS

    parser = argparse.ArgumentParser(prog="python -m tests.evolution", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these edits")
    parser.add_argument("--whole", action="store_true", help="the probes of all sections, for every edit")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--sections", default=",".join(sorted(ALL)), help=argparse.SUPPRESS)
    parser.add_argument("--play", metavar="EDIT", help=argparse.SUPPRESS)
    parser.add_argument("--way", choices=WAYS, default=WAYS[0], help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.play is not None:
        played: dict[str, Any] = vars(play(options.play, options.way, options.sections.split(",")))
        print(json.dumps({**played, "sent": sorted(played["sent"])}))
        return 0
    known = [each.name for each in EDITS]
    if unknown := set(options.names) - set(known):
        parser.error(f"no such edit: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    outcomes = evolve_all(options.names or known, options.processes, whole=options.whole)
    print("\n".join(table(outcomes)))
    wrong = sum(len(each.wrong) for each in outcomes)
    print(f"{len(outcomes)} edits, {wrong} problems")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
