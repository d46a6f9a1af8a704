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
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from typing import Any, Final, NamedTuple

import tests.matrix  # noqa: F401 - which imports all probes
from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange, Headers, Request, Response
from generations_contract.gateway import default_catalogue
from generations_contract.gateway.doors.profile import key_variables
from generations_contract.gateway.tampers import FAULTS
from generations_contract.own_client import embedded
from generations_contract.recordings.codec import from_dict, to_dict
from generations_contract.report.snippet import pytest_file
from generations_contract.run.campaign import Campaign
from generations_contract.run.performance import Performance
from generations_contract.scripts.probe import DEPTHS, PROBES
from generations_contract.wire.stage import DirectStage, HttpStage, Stage
from tests.served import SLACK_S, live_target, serving
from tests.support.impact import Case

# Gateways at once; each mostly waits.
AT_ONCE = 10
# A fault that shows as soon as this (virtual seconds) is taken without a look at others.
SOON_S = 4.0
# So many cases of a probe are tried.
CASES = 12
# What has not answered by then is held beyond every window.
LONGEST_S = 75.0
# Deadlines of the profile here, seconds: jobs that never end are told from slow ones in the time of a test.
DEADLINES: Final = {"image_deadline_s": 15.0, "video_deadline_s": 40.0}
# Where the case that is soonest in virtual time breaks nothing over HTTP, or only sometimes: fault, probe, case.
PREFERRED: Final = {
    "lifecycle.resumable": ("lifecycle-lost-after-drop", "test_lifecycle::test_a_dropped_poll_loses_nothing"),
    "lifecycle.unique-ids": (
        "lifecycle-prompt-not-in-key",
        "test_lifecycle::test_creations_at_once_are_told_apart",
    ),
    "lifecycle.forward-only": ("lifecycle-pollers-disagree", "test_wait::test_wait_zero_creates_and_returns"),
    "lifecycle.terminal-final": (
        "lifecycle-completed-at-is-now",
        "test_lifecycle::test_many_pollers_see_one_history",
    ),
    "headers.cache-non-terminal": (
        "headers-running-cacheable",
        "test_wait::test_windows_are_kept_to_the_letter",
    ),
    # That a limit is never met takes more requests than anybody reads.
    "errors.rate-limited": ("errors-rate-own-code", "test_errors::test_an_account_over_its_rate_is_told_so"),
    "errors.failed-resource": (
        "errors-provider-down-internal",
        "test_response::test_a_failed_generation_has_the_one_shape",
    ),
    "wait.wakes": ("wait-ticks-of-five", "test_lifecycle::test_many_pollers_see_one_history"),
}
# Jobs last as long as they last, and a machine may be busy: so often is a snippet run.
TRIES: Final = 3
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
    if clause_id in PREFERRED:
        return Demonstration(clause_id, *PREFERRED[clause_id], None, 10.0)
    faults = sorted((name for name, each in FAULTS.items() if clause_id in each.breaks), key=_breadth)
    for cases in (_about(clause_id), _cases()):
        found: list[Demonstration] = []
        for shown in filter(None, (_shown(clause_id, name, cases) for name in faults)):
            found.append(shown)
            if shown.after_s <= SOON_S:
                break
        if soonest := min(found, key=lambda each: each.after_s, default=None):
            return soonest
    raise AssertionError(f"no fault and case found that break {clause_id}")


def _shown(clause_id: str, fault: str, cases: Sequence[Case]) -> Demonstration | None:
    """The first case that shows a fault."""
    for probe, case in cases:
        stage = DirectStage(_eager(embedded.target()), embedded.gateway([FAULTS[fault]]))
        if clause_id in _until_broken(stage, clause_id, probe.name, case)[1].broken:
            return Demonstration(clause_id, fault, probe.name, case, round(stage.now(), 1))
    return None


def _breadth(name: str) -> tuple[int, str]:
    return len(FAULTS[name].breaks), name


@cache
def _cases() -> list[Case]:
    """Every case that the target allows; what costs nothing first."""
    target = embedded.target()
    offered = [each for each in PROBES.values() if not each.lacks(target)]
    in_order = sorted(offered, key=lambda each: DEPTHS.index(each.depth))
    return [(probe, case) for probe in in_order for case in probe.cases or (None,)]


def _about(clause_id: str) -> list[Case]:
    """Cases about a clause, the first few of each probe."""
    about = [each for each in _cases() if clause_id in (*each[0].clauses, *each[0].clauses_of(each[1]))]
    return [each for at, each in enumerate(about) if at < CASES or each[0] is not about[at - CASES][0]]


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
    outcome.source = pytest_file(breach, [to_dict(each) for each in performance.exchanges])
    with ThreadPoolExecutor(3) as pool:
        answer = pool.submit(by_shell, outcome.line)
        faulty = pool.submit(_tried, outcome.source, lambda said: said.startswith("AssertionError"))
        held = pool.submit(_tried, outcome.source.replace(url, honest), lambda said: said == "")
        outcome.answer, outcome.faulty, outcome.honest = answer.result(), faulty.result(), held.result()
    return outcome


def _tried(source: str, good: Callable[[str], bool]) -> str:
    said = ""
    for _ in range(TRIES):
        said = by_python(source)
        if good(said):
            break
    return said


def by_shell(line: str) -> Exchange | None:
    """The answer that a curl line gets, as an exchange; `None` where the shell or curl failed."""
    try:
        done = subprocess.run(
            ["sh", "-c", line], capture_output=True, check=False, timeout=LONGEST_S, env=os.environ | KEYS
        )
    except subprocess.TimeoutExpired:
        return None
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
        try:
            test()
        finally:
            module.teardown_module()
    except Exception as error:
        return "".join(traceback.format_exception_only(error)).strip()[:600]
    return ""


def main(pattern: str = "*") -> None:
    """Tell what came of the clauses that fit."""
    began = time.perf_counter()
    chosen = demonstrations(pattern)
    sys.stdout.write(f"chosen in {time.perf_counter() - began:.0f} s\n")
    for each in outcomes(chosen):
        judged, answer = each.judged, each.answer
        sys.stdout.write(f"{' '.join(map(str, each.demonstration))}\n  # {each.line}\n{each.source}\n")
        sys.stdout.write(f"  judged {judged and judged.response}\n  curl   {answer and answer.response}\n")
        sys.stdout.write(f"  faulty {each.faulty!r}\n  honest {each.honest!r}\n")
    sys.stdout.write(f"{time.perf_counter() - began:.0f} s\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
