"""Every printed reproduction, run: a breach of each clause, its curl line by `sh`, its snippet as Python.

For each clause a fault is chosen that breaks it, and the case that shows it soonest in virtual time; then the
served gateway with that fault is played over HTTP until the clause breaks, and what a report would print is
run against it. `python -m tests.report.reproductions 'wait.*'` tells what came of some clauses.
"""

import os
import subprocess
import sys
import time
import traceback
import types
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from typing import Any, Final, NamedTuple

import tests.matrix  # noqa: F401 - which imports all probes
from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange, Headers, Request, Response
from generations_contract.gateway import default_catalogue
from generations_contract.gateway.doors.profile import key_variables
from generations_contract.gateway.tampers.faults import FAULTS
from generations_contract.own_client import embedded
from generations_contract.recordings.codec import from_dict, to_dict
from generations_contract.report.snippet import pytest_file
from generations_contract.run.campaign import Campaign, Performance
from generations_contract.scripts.probe import DEPTHS, PROBES
from generations_contract.wire.stage import DirectStage, HttpStage, RespxStage, Stage
from tests.served import SLACK_S, live_target, serving

# Gateways at once; each mostly waits.
AT_ONCE = 10
# A case that shows a breach as soon as this (virtual seconds) is taken without a look at others.
SOON_S = 3.0
# Deadlines of the profile here, seconds: jobs that never end are told from slow ones in the time of a test.
DEADLINES: Final = {"image_deadline_s": 15.0, "video_deadline_s": 40.0}
KEYS: Final = key_variables(default_catalogue())


class Demonstration(NamedTuple):
    """A clause, a fault that breaks it, and the case that shows it after so many virtual seconds."""

    clause: str
    fault: str
    probe: str
    case: str | None
    after_s: float


@dataclass
class Outcome:
    """What the reproductions of a breach did: exceptions of the snippet as text, "" where it passed."""

    demonstration: Demonstration
    judged: Exchange | None = None
    line: str = ""
    answer: Exchange | None = None
    faulty: str = "not run"
    honest: str = "not run"
    source: str = ""
    expected: str = ""
    actual: str = ""


def demonstrations(pattern: str = "*") -> list[Demonstration]:
    """For each clause that can break, the soonest case found."""
    return [
        _chosen(each.id) for each in CLAUSES.values() if each.level != "OPEN" and fnmatch(each.id, pattern)
    ]


def outcomes(chosen: Sequence[Demonstration]) -> list[Outcome]:
    """Play and reproduce all, the clauses of one fault on one gateway; the longest first."""
    os.environ.update(KEYS)
    by_fault: dict[str, list[Demonstration]] = {}
    for each in chosen:
        by_fault.setdefault(each.fault, []).append(each)
    longest_first = sorted(by_fault.values(), key=lambda several: -sum(each.after_s for each in several))
    with serving([]) as honest, ThreadPoolExecutor(AT_ONCE) as pool:
        return [
            each
            for several in pool.map(lambda found: list(_on_one(found, honest)), longest_first)
            for each in several
        ]


def _chosen(clause_id: str) -> Demonstration:
    best: Demonstration | None = None
    for name in sorted((name for name, each in FAULTS.items() if clause_id in each.breaks), key=_breadth):
        for probe, case in _cases(clause_id):
            is_about = clause_id in (*probe.clauses, *probe.clauses_of(case))
            if best is not None and (best.after_s <= SOON_S or not is_about):
                break
            for kind in (DirectStage, RespxStage):
                stage = kind(_eager(embedded.target()), embedded.gateway([FAULTS[name]]))
                performance = _until_broken(stage, clause_id, probe.name, case)[1]
                if clause_id in performance.broken:
                    found = Demonstration(clause_id, name, probe.name, case, round(stage.now(), 1))
                    best = found if best is None or found.after_s < best.after_s else best
                    break
                if kind is DirectStage and not name.startswith(("response-json", "media")):
                    break
    if best is None:
        raise AssertionError(f"no fault and case found that break {clause_id}")
    return best


def _breadth(name: str) -> tuple[int, str]:
    return len(FAULTS[name].breaks), name


def _cases(clause_id: str) -> Iterator[tuple[Any, str | None]]:
    """All cases, those about a clause first."""
    target = embedded.target()
    offered = sorted(
        (each for each in PROBES.values() if not each.lacks(target)),
        key=lambda each: DEPTHS.index(each.depth),
    )
    every = [(probe, case) for probe in offered for case in probe.cases or (None,)]
    about = [(probe, case) for probe, case in every if clause_id in (*probe.clauses, *probe.clauses_of(case))]
    yield from about
    yield from (each for each in every if each not in about)


def _eager(target: Target) -> Target:
    """The target with the allowance of real time and short deadlines."""
    limits = target.profile.limits.model_copy(update={"wait_slack_s": SLACK_S, **DEADLINES})
    return replace(target, profile=target.profile.model_copy(update={"limits": limits}))


def _until_broken(
    stage: Stage, clause_id: str, probe: str, case: str | None
) -> tuple[Campaign, Performance[Any]]:
    campaign, played = Campaign(stage), PROBES[probe]
    script = played.start(stage.client.target, case)
    return campaign, campaign.perform(script, probe, played.section, played.clauses, frozenset({clause_id}))


def _on_one(several: Sequence[Demonstration], honest: str) -> Iterator[Outcome]:
    with serving([several[0].fault]) as url:
        for each in several:
            yield _reproduced(each, url, honest)


def _reproduced(demonstration: Demonstration, url: str, honest: str) -> Outcome:
    outcome = Outcome(demonstration)
    stage = HttpStage(_eager(live_target(url)))
    campaign, performance = _until_broken(
        stage, demonstration.clause, demonstration.probe, demonstration.case
    )
    stage.close()
    breaches = campaign.ledger.verdicts[demonstration.clause].breaches
    if not breaches:
        outcome.faulty = f"no breach over HTTP: {performance.error!r}"
        return outcome
    breach = breaches[0]
    outcome.judged, outcome.line = from_dict(breach["exchanges"][-1]), breach["curl"]
    outcome.expected, outcome.actual = breach["expected"], breach["actual"]
    outcome.answer = by_shell(outcome.line)
    outcome.source = pytest_file(breach, [to_dict(each) for each in performance.exchanges])
    outcome.faulty = by_python(outcome.source)
    outcome.honest = by_python(outcome.source.replace(url, honest))
    return outcome


def by_shell(line: str) -> Exchange | None:
    """The answer that a curl line gets, as an exchange; `None` where the shell or curl failed."""
    done = subprocess.run(
        ["sh", "-c", line], capture_output=True, check=False, timeout=100, env=os.environ | KEYS
    )
    head, _, body = done.stdout.partition(b"\r\n\r\n")
    words = head.split(None, 2)
    if done.returncode or done.stderr or len(words) < 2:
        return None
    fields = (row.partition(": ") for row in head.decode("latin-1").split("\r\n")[1:])
    headers = Headers(tuple((name, value) for name, _, value in fields))
    kind = "create" if " -X POST " in line else "fetch"
    return Exchange(kind, Request("", "", ""), 0, 1, Response(int(words[1]), headers, body))


def by_python(source: str) -> str:
    """What the one test of a file raised, as text; "" where it passed."""
    module = types.ModuleType("snippet")
    try:
        exec(compile(source, "snippet.py", "exec"), module.__dict__)  # noqa: S102 - this is what is tested
        [test] = [value for name, value in vars(module).items() if name.startswith("test_")]
        test()
    except Exception as error:
        return "".join(traceback.format_exception_only(error)).strip()[:600] or type(error).__name__
    return ""


def main(pattern: str = "*") -> None:
    """Tell what came of the clauses that fit."""
    began = time.perf_counter()
    chosen = demonstrations(pattern)
    sys.stdout.write(f"chosen in {time.perf_counter() - began:.0f} s\n")
    for each in outcomes(chosen):
        judged = each.judged and (each.judged.status, each.judged.code or each.judged.state)
        curled = each.answer and (each.answer.status, each.answer.code or each.answer.state)
        good = each.faulty.startswith("AssertionError") and not each.honest
        sys.stdout.write(
            f"{'ok  ' if good else 'BAD '} {'' if judged == curled else 'CURL '}{tuple(each.demonstration)}\n    {each.expected} / {each.actual}\n    judged {judged} curl {curled}\n    faulty {each.faulty[:300]}\n    honest {each.honest[:300]}\n"
        )
        if dump := os.environ.get("DUMP"):
            with open(f"{dump}/{each.demonstration.clause}.py", "w") as file:
                file.write(f"# {each.line}\n{each.source}")
    sys.stdout.write(f"{time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
