"""The kill matrix: every fault caught, exactly by the clauses that it names; every variant left in peace.

`python -m tests.matrix` plays the whole campaign (all probes, all cases) once for the honest gateway and once
for each fault and each variant, in virtual time, and holds what broke against what the fault declares. It
fails for a fault that is not caught, for a clause broken besides, for a clause that no fault breaks, and for
any breach of an honest gateway or a variant. `--http` plays the same over real HTTP; see `tests.served`.
"""

import argparse
import itertools
import multiprocessing
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatch
from importlib import import_module
from pkgutil import iter_modules

import generations_contract.probes
from generations_contract.gateway.tampers import FAULTS, VARIANTS
from generations_contract.gateway.tampers.variants import http
from generations_contract.judging.judge import Judge, Memory
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.run.gc_tuning import settle
from generations_contract.scripts.probe import DEPTHS, PROBES
from generations_contract.wire.stage import DirectStage, RespxStage, Stage
from tests.support.impact import Case, Onlooker, Telling, thinned
from tests.support.outcomes import Kind, Outcome, Play, report

STAGES = {"direct": DirectStage, "respx": RespxStage}
PROCESSES = 2
# More time (seconds) and more ids than any case takes.
SCENE_S, SCENE_IDS = 200_000.0, 10_000
# What campaigns say is mostly what the honest one says: words that one of them was judged by serve them all.
_MEMORY = Memory(most=50_000)

for _module in iter_modules(generations_contract.probes.__path__):
    import_module(f"generations_contract.probes.{_module.name}")


def plays(pattern: str = "*", kind: Kind | None = None) -> list[Play]:
    """The honest gateway, every variant and every fault whose name fits, or those of one kind."""
    every = [
        Play("honest"),
        *(Play("variant", (name,)) for name in VARIANTS),
        *(Play("fault", (name,), each.breaks) for name, each in FAULTS.items()),
    ]
    globs = pattern.split(",")
    return [play for play in every if kind in (None, play.kind) and any(fnmatch(str(play), g) for g in globs)]


def cases(stage: Stage) -> Iterator[Case]:
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
                    stage.gateway.state.planner.count = scene * SCENE_IDS
                yield probe, case_id


def everything() -> Telling:
    """Every case there is."""
    return {(each.name, case_id) for each in PROBES.values() for case_id in each.cases or (None,)}


def as_in_ci() -> Telling:
    """What a run on a live target plays by default."""
    standard = DEPTHS.index("standard")
    return {name for name in everything() if DEPTHS.index(PROBES[name[0]].depth) <= standard}


@contextmanager
def opened(play: Play, stage_name: str, memory: Memory | None = None) -> Iterator[Campaign]:
    """A campaign on a fresh gateway in virtual time."""
    stage = STAGES[stage_name](embedded.target(), embedded.gateway(embedded.faults(play.names)))
    yield Campaign(stage, judge=Judge(memory=memory))
    stage.close()


def perform(play: Play, stage_name: str = "direct", plan: Telling | None = None) -> Outcome:
    """Play the campaign, or the cases of a plan."""
    began = time.perf_counter()
    with opened(play, stage_name, _MEMORY) as ready:
        outcome = campaign(play, ready, plan)
    outcome.seconds = time.perf_counter() - began
    return outcome


def campaign(play: Play, ready: Campaign, plan: Telling | None = None) -> Outcome:
    """Play every probe of an opened campaign, or those of a plan."""
    outcome = Outcome(play)
    for probe, case_id in cases(ready.stage):
        name = (probe.name, case_id)
        if plan is None or name in plan:
            began = ready.stage.now()
            outcome.take(ready.run(probe, case_id), name)
            outcome.lasted_s[name] = ready.stage.now() - began
    ready.ledger.settle()
    outcome.settle(ready.ledger)
    outcome.generations = sum(ready.ledger.generations.values())
    outcome.cost_usd = sum(ready.ledger.cost_usd.values())
    return outcome


def shows_of_all() -> dict[str, Telling]:
    """The cases in which each fault and each variant shows; the honest gateway's words are remembered."""
    onlooker = Onlooker([*FAULTS.values(), *VARIANTS.values()])
    stage = RespxStage(embedded.target(), embedded.gateway([onlooker.as_fault()]))
    shows = onlooker.look_at(Campaign(stage), cases(stage))
    stage.close()
    with opened(Play("honest"), "direct", _MEMORY) as ready:
        campaign(Play("honest"), ready)
    return shows


def _about_http(play: Play) -> bool:
    return play.kind == "honest" or any(name in http.NAMES for name in play.names)


def _perform(job: tuple[Play, str, Telling | None]) -> Outcome:
    return perform(*job)


def _perform_telling(job: tuple[Play, str, Telling]) -> Outcome:
    """Play the telling cases; what does not come out as declared is played whole before it is called so."""
    play, stage_name, telling = job
    outcome = perform(play, stage_name, thinned(telling))
    return outcome if outcome.exact else perform(play, stage_name)


def perform_all(
    chosen: Sequence[Play],
    stage_name: str,
    processes: int = PROCESSES,
    *,
    plan: Telling | None = None,
) -> Iterator[Outcome]:
    """Play them side by side, outcomes as they come; what is about HTTP goes through httpx.

    Without a `plan` each is played in the cases in which it shows.
    """
    shows = shows_of_all() if plan is None else {}
    # What is remembered now is the workers' too, and nobody looks through it.
    settle()
    stages = ["respx" if _about_http(play) else stage_name for play in chosen]
    with multiprocessing.get_context("fork").Pool(min(processes, len(chosen) or 1)) as pool:
        if plan is not None:
            yield from pool.imap_unordered(
                _perform, [(*each, plan) for each in zip(chosen, stages, strict=True)]
            )
            return
        known = [(play, stage, shows.get(str(play))) for play, stage in zip(chosen, stages, strict=True)]
        yield from pool.imap_unordered(_perform, [each for each in known if each[2] is None])
        yield from pool.imap_unordered(_perform_telling, [each for each in known if each[2] is not None])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the matrix; 0 where all faults are caught, all exact and all else clean."""
    parser = argparse.ArgumentParser(prog="python -m tests.matrix", description=__doc__)
    parser.add_argument("--kind", choices=("honest", "fault", "variant"), help="only the plays of this kind")
    parser.add_argument("--only", default="*", metavar="GLOB,…", help="only what fits by name")
    parser.add_argument("--stage", choices=sorted(STAGES), default="direct", help="how faults are played")
    parser.add_argument("--processes", type=int, default=PROCESSES)
    parser.add_argument("--whole", action="store_true", help="also the cases in which nothing can show")
    options = parser.parse_args(arguments)
    chosen = plays(options.only, options.kind)
    began = time.perf_counter()
    outcomes = list(
        perform_all(chosen, options.stage, options.processes, plan=everything() if options.whole else None)
    )
    good = report(outcomes, time.perf_counter() - began, whole=len(chosen) == len(plays()))
    return 0 if good and outcomes else 1


if __name__ == "__main__":
    sys.exit(main())
