"""The kill matrix: every fault caught, exactly by the clauses that it names; every variant left in peace.

`python -m tests.matrix` plays the whole campaign (all probes, all cases) once for the honest gateway and once
for each fault and each variant, in virtual time, and holds what broke against what the fault declares. It
fails for a fault that is not caught, for a clause broken besides, for a clause that no fault breaks, and for
any breach of an honest gateway or a variant. `--http` plays the same over real HTTP; see `tests.served`.
"""

import argparse
import gc
import itertools
import multiprocessing
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fnmatch import fnmatch
from importlib import import_module
from pkgutil import iter_modules
from typing import Literal

import contracts.probes
from contracts import embedded
from contracts.campaign import Campaign, Performance
from contracts.clauses import CLAUSES
from contracts.gateway.faults import FAULTS, VARIANTS
from contracts.gateway.variants import http
from contracts.judge import Judge, Memory
from contracts.probe import DEPTHS, PROBES
from contracts.stage import DirectStage, RespxStage, Stage
from tests.impact import Name, Onlooker, Rehearsal, Telling, thinned

Kind = Literal["honest", "fault", "variant"]
STAGES = {"direct": DirectStage, "respx": RespxStage}
PROCESSES = 2
# More time (seconds) and more ids than any rehearsal takes.
SCENE_S, SCENE_IDS = 200_000.0, 10_000
# What campaigns say is mostly what the honest one says: words that one of them was judged by serve them all.
_MEMORY = Memory(most=50_000)

for _module in iter_modules(contracts.probes.__path__):
    import_module(f"contracts.probes.{_module.name}")


@dataclass(frozen=True)
class Play:
    """One gateway to play the campaign on, by the names of its tampers, and the clauses that must break."""

    kind: Kind
    names: tuple[str, ...] = ()
    declared: frozenset[str] = frozenset()

    @property
    def section(self) -> str:
        """The section of the contract that a fault belongs to: the first word of its name."""
        return self.names[0].partition("-")[0] if self.kind == "fault" else self.kind

    def __str__(self) -> str:
        return "+".join(self.names) or "honest"


@dataclass
class Outcome:
    """What came of a play: clause id -> the rehearsals that caught a breach of it, with the first one's words.

    `lasted_s`: how long each rehearsal took on the stage's own clock.
    """

    play: Play
    broken: dict[str, list[Name]] = field(default_factory=dict)
    lasted_s: dict[Name, float] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    exercised: set[str] = field(default_factory=set)
    stumbles: list[str] = field(default_factory=list)
    exchanges: int = 0
    generations: int = 0
    cost_usd: float = 0.0
    seconds: float = 0.0

    @property
    def missed(self) -> list[str]:
        """Clauses that should have broken."""
        return sorted(self.play.declared - self.broken.keys())

    @property
    def besides(self) -> list[str]:
        """Clauses that should not have broken."""
        return sorted(self.broken.keys() - self.play.declared)

    @property
    def caught(self) -> bool:
        """Whether any of the declared clauses broke."""
        return bool(self.play.declared & self.broken.keys())

    @property
    def exact(self) -> bool:
        """Whether exactly the declared clauses broke, and no script stumbled."""
        return not self.missed and not self.besides and not self.stumbles

    def take(self, performance: Performance[object], name: Name) -> None:
        """Enter what a rehearsal brought to light."""
        self.exchanges += len(performance.exchanges)
        self.exercised |= performance.exercised
        if performance.error is not None:
            self.stumbles.append(f"{performance.name}: {performance.error!r}")
        for ruling, breach in performance.breaches:
            names = self.broken.setdefault(ruling.clause.id, [])
            if name not in names:
                names.append(name)
            words = f"{performance.name}: expected {breach.expected}; was {breach.actual}"
            self.words.setdefault(ruling.clause.id, words)


def plays(pattern: str = "*", kind: Kind | None = None) -> list[Play]:
    """The honest gateway, every variant and every fault whose name fits, or those of one kind."""
    every = [
        Play("honest"),
        *(Play("variant", (name,)) for name in VARIANTS),
        *(Play("fault", (name,), each.breaks) for name, each in FAULTS.items()),
    ]
    globs = pattern.split(",")
    return [play for play in every if kind in (None, play.kind) and any(fnmatch(str(play), g) for g in globs)]


def rehearsals(stage: Stage) -> Iterator[Rehearsal]:
    """Every probe that the stage's target allows, with each of its cases; what costs nothing comes first.

    In virtual time each begins with a moment and with ids of its own, whatever was played or left out before.
    """
    scenes = itertools.count()
    for probe in sorted(PROBES.values(), key=lambda each: DEPTHS.index(each.depth)):
        if not probe.lacks(stage.client.target):
            for case_id in probe.cases or (None,):
                if isinstance(stage, DirectStage):
                    scene = next(scenes)
                    stage.jump(scene * SCENE_S)
                    stage.gateway.planner.count = scene * SCENE_IDS
                yield probe, case_id


@contextmanager
def opened(play: Play, stage_name: str, memory: Memory | None = None) -> Iterator[Campaign]:
    """A campaign on a fresh gateway in virtual time."""
    stage = STAGES[stage_name](embedded.target(), embedded.gateway(embedded.faults(play.names)))
    yield Campaign(stage, judge=Judge(memory=memory))
    stage.close()


def perform(play: Play, stage_name: str = "direct", telling: Telling | None = None) -> Outcome:
    """Play the campaign, or only the telling rehearsals, of a probe with many cases a part of them.

    What does not come out as declared is played once more, whole, before it is called so.
    """
    began = time.perf_counter()
    with opened(play, stage_name, _MEMORY) as ready:
        outcome = campaign(play, ready, None if telling is None else thinned(telling))
    if telling is not None and not outcome.exact:
        outcome = perform(play, stage_name)
    outcome.seconds = time.perf_counter() - began
    return outcome


def campaign(play: Play, ready: Campaign, telling: Telling | None = None) -> Outcome:
    """Play every probe of an opened campaign, or the telling ones."""
    outcome = Outcome(play)
    for probe, case_id in rehearsals(ready.stage):
        name = (probe.name, case_id)
        if telling is None or name in telling:
            began = ready.stage.now()
            outcome.take(ready.run(probe, case_id), name)
            outcome.lasted_s[name] = ready.stage.now() - began
    outcome.generations = sum(ready.ledger.generations.values())
    outcome.cost_usd = sum(ready.ledger.cost_usd.values())
    return outcome


def shows_of_all() -> dict[str, Telling]:
    """The rehearsals in which each fault and each variant shows; the honest gateway's words are remembered."""
    onlooker = Onlooker([*FAULTS.values(), *VARIANTS.values()])
    stage = RespxStage(embedded.target(), embedded.gateway([onlooker.as_fault()]))
    shows = onlooker.look_at(Campaign(stage), rehearsals(stage))
    stage.close()
    with opened(Play("honest"), "direct", _MEMORY) as ready:
        campaign(Play("honest"), ready)
    return shows


def _about_http(play: Play) -> bool:
    return play.kind == "honest" or any(name in http.NAMES for name in play.names)


def _perform(job: tuple[Play, str, Telling | None]) -> Outcome:
    return perform(*job)


def perform_all(
    chosen: Sequence[Play], stage_name: str, processes: int = PROCESSES, *, whole: bool = False
) -> Iterator[Outcome]:
    """Play them side by side, outcomes as they come; what is about HTTP goes through httpx."""
    shows = {} if whole else shows_of_all()
    # What is remembered now is the workers' too; nobody needs to look through it for garbage.
    gc.collect()
    gc.freeze()
    jobs = [(play, "respx" if _about_http(play) else stage_name, shows.get(str(play))) for play in chosen]
    with multiprocessing.get_context("fork").Pool(min(processes, len(jobs) or 1)) as pool:
        yield from pool.imap_unordered(_perform, jobs)


# ---- the report


def problems(outcomes: Iterable[Outcome], *, whole: bool) -> Iterator[str]:
    """One line for each thing that is not as it should be."""
    seen = list(outcomes)
    for outcome in seen:
        name = str(outcome.play)
        if outcome.play.kind == "fault" and not outcome.caught:
            yield f"NOT CAUGHT  {name}: declared {', '.join(sorted(outcome.play.declared))}"
        elif outcome.missed:
            yield f"NOT BROKEN  {name}: {', '.join(outcome.missed)}"
        for clause_id in outcome.besides:
            label = "BESIDES    " if outcome.play.kind == "fault" else "FALSE ALARM"
            yield f"{label} {name}: {clause_id} ({outcome.words[clause_id]})"
        for stumble in outcome.stumbles:
            yield f"STUMBLED    {name}: {stumble}"
        if not outcome.exchanges:
            yield f"NEVER SHOWS {name}: changes nothing in any rehearsal"
    if whole:
        broken = {clause_id for outcome in seen for clause_id in outcome.broken}
        for clause_id, each in CLAUSES.items():
            if each.level != "OPEN" and clause_id not in broken:
                yield f"NO FAULT    breaks {clause_id}"


def idle_probes(outcomes: Iterable[Outcome]) -> tuple[list[str], list[str]]:
    """Probes that never catch anything, and probes that are never the only one to catch something."""
    catching: set[str] = set()
    alone: set[str] = set()
    for outcome in outcomes:
        for names in outcome.broken.values():
            probes = {probe for probe, _ in names}
            catching |= probes
            alone |= probes if len(probes) == 1 else set()
    return sorted(PROBES.keys() - catching), sorted(catching - alone)


def table(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Faults caught and exact by section, variants clean."""
    faults: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    for outcome in outcomes:
        section = outcome.play.section
        faults[section] += 1
        caught[section] += outcome.caught
        exact[section] += outcome.exact
    yield f"{'section':<12}{'faults':>8}{'caught':>8}{'exact':>8}"
    sections = sorted(faults.keys() - {"honest", "variant"})
    for section in sections:
        yield f"{section:<12}{faults[section]:>8}{caught[section]:>8}{exact[section]:>8}"
    total = [sum(count[section] for section in sections) for count in (faults, caught, exact)]
    yield f"{'all':<12}{total[0]:>8}{total[1]:>8}{total[2]:>8}"
    yield f"variants clean: {exact['variant']} of {faults['variant']}"
    yield f"honest gateway clean: {exact['honest']} of {faults['honest']}"


def report(outcomes: list[Outcome], elapsed_s: float, *, whole: bool) -> bool:
    """Print the matrix; true where nothing is wrong."""
    lines = list(problems(sorted(outcomes, key=lambda each: str(each.play)), whole=whole))
    _say(*lines, "", *table(outcomes))
    if whole:
        never, shared = idle_probes(outcomes)
        _say(*(f"never catches anything: {name}" for name in never))
        _say(f"{len(shared)} probes are never the only one to catch something")
    exchanges = sum(outcome.exchanges for outcome in outcomes)
    busy_s = sum(outcome.seconds for outcome in outcomes)
    each_s = busy_s / max(1, len(outcomes))
    _say(f"{elapsed_s:.1f} s, {exchanges} exchanges, {each_s:.2f} s a campaign, {len(lines)} problems")
    return not lines


def _say(*lines: str) -> None:
    sys.stdout.writelines(f"{line}\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; 0 where all faults are caught, all exact and all else clean."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--kind", choices=("honest", "fault", "variant"), help="only the plays of this kind")
    parser.add_argument("--only", default="*", metavar="GLOB,…", help="only what fits by name")
    parser.add_argument("--stage", choices=sorted(STAGES), default="direct", help="how faults are played")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--whole", action="store_true", help="also the rehearsals in which nothing can show")
    options = parser.parse_args(arguments)
    chosen = plays(options.only, options.kind)
    began = time.perf_counter()
    outcomes = list(perform_all(chosen, options.stage, options.processes, whole=options.whole))
    good = report(outcomes, time.perf_counter() - began, whole=len(chosen) == len(plays()))
    return 0 if good and outcomes else 1


if __name__ == "__main__":
    sys.exit(main())
