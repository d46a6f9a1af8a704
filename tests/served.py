"""The matrix and the patience of the suite over real HTTP: a served gateway, a live campaign, real time.

`python -m tests.served --slice 3/10` plays a tenth of the faults and variants (CI takes another tenth each
day); `--only` chooses by name. `python -m tests.served --honest 50 --busy` plays the honest gateway again and
again (`tests.honest`), while other processes keep both cores busy: not one breach is allowed.
Campaigns mostly wait, so several play side by side, each in a process of its own; a timing breach is called one
only where it happens twice (see `generations_contract.run.campaign`). A fault that does not come out as declared is played once
more, by itself: it shall not be the other campaigns that made it late.

What a fault is played in was found out in virtual time: the cases in which it shows, those of minutes and
hours only where nothing shorter breaks a clause that the fault declares.
"""

import argparse
import multiprocessing
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from generations_contract.api.target import Target
from generations_contract.gateway import default_catalogue
from generations_contract.gateway.doors import profile
from generations_contract.gateway.tampers import VARIANTS
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.wire.preflight import check_reachable
from generations_contract.wire.stage import DirectStage, HttpStage
from tests import honest
from tests.matrix import campaign, cases, plays, shows_of_all
from tests.support.impact import Telling
from tests.support.outcomes import Outcome, Play, report

# So many campaigns at once, and so many probes of each: together they leave a small machine some air.
CAMPAIGNS = 2
PROBES_AT_ONCE = 8
BUSY_PROCESSES = 2
# Rehearsals of at most so many seconds are played as a matter of course.
SHORT_S = 5.0
TENTHS = 10
# Jobs that never end are told from slow ones after the document's deadlines: ten minutes. What lasts longer than
# half an hour is known from virtual time alone.
LONGEST_S = 1800.0
# A live profile's allowance by default, the quickest round trip, and some air: what is late by less may not be seen.
SLACK_S = 0.8


@contextmanager
def serving(names: Sequence[str], *options: str) -> Iterator[str]:
    """The address of a gateway with these tampers, served by a process of its own on a free port."""
    told = [f"--{'variant' if name in VARIANTS else 'fault'}={name}" for name in names]
    command = [sys.executable, "-m", "generations_contract.gateway", "--port", "0", *told, *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        line = process.stdout.readline() if process.stdout else ""
        if "listening on " not in line:
            process.kill()
            raise RuntimeError(f"the gateway does not listen: {line!r}")
        try:
            yield line.rpartition(" ")[2].strip()
        finally:
            process.terminate()
            process.wait(10)


def live_target(url: str) -> Target:
    """The profile of a gateway that is served at an address; its further models known as to the embedded."""
    catalogue = default_catalogue()
    keys = profile.key_variables(catalogue)
    made = Target.parse(profile.profile_toml(catalogue, url), keys, f"{os.getpid()}-", name="served")
    limits = made.profile.limits.model_copy(update={"max_time_s": LONGEST_S})
    return replace(
        made,
        profile=made.profile.model_copy(update={"limits": limits}),
        reference={name: each.modality for name, each in catalogue.models.items()},
    )


class Plan(NamedTuple):
    """A play, what of it is worth real time, and how many seconds that takes where nothing runs beside it."""

    play: Play
    telling: Telling
    lasts_s: float = 0.0


def patiently(play: Play, telling: Telling | None) -> Outcome:
    """Play a plan in virtual time with the allowances of real time: what is late by less is not seen there."""
    target = embedded.target()
    limits = target.profile.limits.model_copy(update={"wait_slack_s": SLACK_S})
    stage = DirectStage(
        replace(target, profile=target.profile.model_copy(update={"limits": limits})),
        embedded.gateway(embedded.faults(play.names)),
    )
    return campaign(play, Campaign(stage), telling)


def planned(play: Play, telling: Telling | None) -> Plan:
    """Short telling cases, and the shortest that break what those leave whole."""
    virtual = patiently(play, telling)
    lasted_s = virtual.lasted_s
    chosen = {name for name, seconds in lasted_s.items() if seconds <= SHORT_S}
    for clause_id in play.declared:
        breaking = virtual.broken.get(clause_id, [])
        if breaking and chosen.isdisjoint(breaking):
            chosen.add(min(breaking, key=lambda name: lasted_s[name]))
    # Some faults show only after what another case did: the next longer ones are played as well.
    further = sorted(lasted_s.keys() - chosen, key=lambda name: lasted_s[name])
    while further and play.declared - patiently(play, chosen).broken.keys():
        chosen.add(further.pop(0))
    return Plan(play, chosen, max((lasted_s[name] for name in chosen), default=0.0))


def perform_live(plan: Plan) -> Outcome:
    """Play a plan over HTTP on a gateway of its own."""
    began, outcome = time.perf_counter(), Outcome(plan.play)
    with serving(plan.play.names) as url:
        target = live_target(url)
        stage = HttpStage(target, floor_s=check_reachable(target))
        opened = Campaign(stage)
        due = [(probe, case_id) for probe, case_id in cases(stage) if (probe.name, case_id) in plan.telling]
        opened.begin(due, PROBES_AT_ONCE)
        for probe, case_id in due:
            outcome.take(opened.run(probe, case_id), (probe.name, case_id))
        stage.close()
    outcome.seconds = time.perf_counter() - began
    return outcome


def tenth(chosen: Sequence[Play], part: str) -> list[Play]:
    """The k-th of n parts, by "k/n"; "today" is a tenth that goes round with the days."""
    number, count = datetime.now(UTC).toordinal() % TENTHS, TENTHS
    if part != "today":
        first, _, last = part.partition("/")
        number, count = int(first) % int(last), int(last)
    return list(chosen[number::count])


def _spin() -> None:
    while True:
        sum(range(10_000))


@contextmanager
def busy(processes: int) -> Iterator[None]:
    """Other processes keep the cores busy meanwhile."""
    spinning = [multiprocessing.Process(target=_spin, daemon=True) for _ in range(processes)]
    for process in spinning:
        process.start()
    try:
        yield
    finally:
        for process in spinning:
            process.terminate()


def _told(outcome: Outcome) -> Outcome:
    state = "as declared" if outcome.exact else f"missed {outcome.missed}, besides {outcome.besides}"
    sys.stderr.write(f"{outcome.play}: {state}, {outcome.exchanges} exchanges, {outcome.seconds:.0f} s\n")
    return outcome


def main(arguments: Sequence[str] | None = None) -> int:
    """Play over HTTP; 0 where everything broke as declared, and nothing else."""
    parser = argparse.ArgumentParser(prog="python -m tests.served", description=__doc__)
    parser.add_argument("--only", default="*", metavar="GLOB", help="only the plays whose name fits")
    parser.add_argument("--slice", default="today", metavar="K/N", help='a part, or "today" (default)')
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="count on from these honest runs, and add to them"
    )
    parser.add_argument("--honest", type=int, metavar="TIMES", help="the honest gateway, so often")
    parser.add_argument("--busy", action="store_true", help="keep both cores busy with other processes")
    parser.add_argument("--campaigns", type=int, default=CAMPAIGNS, help="how many at once")
    parser.add_argument(
        "--longest", type=float, default=LONGEST_S, help="leave out what lasts longer, seconds"
    )
    options = parser.parse_args(arguments)
    if options.honest:
        with busy(BUSY_PROCESSES if options.busy else 0):
            besides = f" beside {BUSY_PROCESSES} busy processes" if options.busy else ""
            return 0 if honest.state(options.honest, options.campaigns, besides, options.keep) else 1
    chosen = tenth(plays(options.only), options.slice)
    began = time.perf_counter()
    with ProcessPoolExecutor(options.campaigns) as pool:
        shows = shows_of_all()
        plans = list(pool.map(planned, chosen, [shows.get(str(play)) for play in chosen]))
        left_out = sorted(str(plan.play) for plan in plans if plan.lasts_s > options.longest)
        if left_out:
            sys.stderr.write(f"left out, longer than {options.longest:g} s: {', '.join(left_out)}\n")
        # The longest first: at the end nobody waits for one that began late.
        longest_first = sorted(
            (plan for plan in plans if plan.lasts_s <= options.longest), key=lambda plan: -plan.lasts_s
        )
        with busy(BUSY_PROCESSES if options.busy else 0):
            playing = {pool.submit(perform_live, plan): plan for plan in longest_first}
            outcomes = [(playing[done], _told(done.result())) for done in as_completed(playing)]
    final = [
        outcome if outcome.exact or plan.play.kind != "fault" else _told(perform_live(plan))
        for plan, outcome in outcomes
    ]
    return 0 if report(final, time.perf_counter() - began, whole=False) and final else 1


if __name__ == "__main__":
    sys.exit(main())
