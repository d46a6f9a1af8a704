"""One contract run under pytest: opens the stage, plays probes, fails tests on breaches, tells the verdict.

`plugin` is the thin door through which pytest calls this. What decides about a clause is in `clause`, what decides
about a test in `outcomes`; tests for which hypothesis draws are led by `drawn`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest

from generations_contract.api.promises import missing
from generations_contract.api.usage import UsageError
from generations_contract.clauses import CLAUSES
from generations_contract.document.states import frozen
from generations_contract.judging.baseline import Baseline
from generations_contract.judging.ledger import Ledger
from generations_contract.money import Budget
from generations_contract.options import flag
from generations_contract.own_client import embedded
from generations_contract.run import drawn, repeat, selection, setting, workers
from generations_contract.run.campaign import Campaign
from generations_contract.run.conclusion import conclude
from generations_contract.run.gc_tuning import settle
from generations_contract.run.outcomes import Outcomes
from generations_contract.run.performance import Performance
from generations_contract.run.progress import Screen
from generations_contract.run.recollection import Recollection
from generations_contract.run.reporting import Reporting
from generations_contract.run.seeds import Seeds
from generations_contract.scripts.probe import Depth, Probe
from generations_contract.scripts.script import Script
from generations_contract.wire.preflight import check_usable
from generations_contract.wire.stage import Stage

T = TypeVar("T")

# How a run ends of which too much was lost on the way; beside pytest's own exit codes.
INCONCLUSIVE: Final = 6
# Real-time probes mostly wait; more of them at once would make a small machine measure itself.
WORKERS = 12
LATE_WORKERS = 3


class Session:
    """A contract run: its target, its campaign, its ledger and how it ended."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._named: str | None = config.getoption(flag("target"))
        self._faults = embedded.faults(config.getoption(flag("fault")))
        if self._named and self._faults:
            raise UsageError("a fault is for the embedded gateway: serve it, or leave the target out")
        self.target = setting.find_target(self._named)
        self.depth: Depth = config.getoption(flag("depth")) or ("standard" if self._named else "deep")
        selection.check_waivers(self.target.profile.waive)
        self._required = selection.required_patterns(config.getoption(flag("require-exercised")))
        known: Path | None = config.getoption(flag("baseline"))
        self.baseline = Baseline.load(known, by_kind=bool(self._named)) if known else None
        asked: str | None = config.getoption(flag("document"))
        dated = frozen(asked, "--document") if asked else frozen(self.target.profile.target.document)
        self.ledger = Ledger(self.target.profile.waive, baseline=self.baseline, document=dated)
        self._memory = Recollection(config.getoption(flag("memory")), self.target, live=bool(self._named))
        kind = "http" if self._named else config.getoption(flag("stage"))
        screen = Screen(sys.stdout) if self._named else None
        self._reporting = Reporting(
            self.ledger, self.target.base_url, kind, config.getoption(flag("report")), screen
        )
        self._campaign: Campaign | None = None
        self._note: str | None = None
        self.unwritten = False
        self._seeds = Seeds.of(config)
        lenient = bool(self._named or self._faults)
        self._outcomes = Outcomes(self.ledger, self.target.profile.waive, self.baseline, lenient)
        self._drawn: drawn.Drawn | None = None
        self._received: set[str] = set()
        mine: dict[str, Any] | None = getattr(config, "workerinput", None)
        self._keeper = workers.Keeper(mine["testrunuid"], mine["workerid"]) if mine else None

    # -- before the run -----------------------------------------------------------------------------------

    def preflight(self) -> None:
        """Make sure that the target answers and takes the key; ends the run with exit code 4 if not."""
        if self._is_worker:
            return
        try:
            check_usable(self.target)
        except UsageError as error:
            self._note = str(error)
            self.ledger.excuse(CLAUSES, "the target cannot be used")
            self._write("unusable")
            raise pytest.UsageError(str(error)) from None

    def expect_workers(self) -> None:
        """Before parallel workers are started: raises `UsageError` for a clause that the contract has not.

        One of a section of somebody's own may be known to the workers only, which import the tests.
        """
        named: list[str] = self._config.getoption(flag("clause"))
        selection.known_clauses(filter(selection.is_of_the_contract, named))

    def arrange(self, items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
        """(items in the order to run, items that the depth leaves out); what costs nothing comes first."""
        drawn.seed(items, self._seeds.drawn)
        # A conftest of the items, or their module, may have brought clauses of its own.
        self.ledger.admit(CLAUSES.values())
        named: list[str] = self._config.getoption(flag("clause"))
        wanted = named if self._is_worker else selection.known_clauses(named)
        return selection.arrange(items, self.depth, self.target, self.ledger, wanted)

    def open(self, items: Sequence[pytest.Item]) -> None:
        """Open the stage; on a real clock, begin to play the scripts of all collected probes.

        Not in a parallel worker: it collects all probes as well, and is given only some of them to play.
        """
        settle()
        terminal_reporter = self._config.pluginmanager.getplugin("terminalreporter")
        stage = self._reporting.watched(self._reporting.recorded(self._stage()), terminal_reporter)
        stage = self._memory.noted(stage)
        budget = setting.live_budget(self.target) if self._named else Budget()
        self._campaign = Campaign(stage, ledger=self.ledger, budget=budget)
        if not stage.virtual and not self._is_worker:
            usual, late = (selection.plan(items, self.target, late=late) for late in (False, True))
            self._campaign.begin(usual, WORKERS, late, LATE_WORKERS)

    # -- during the run -----------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """The stage on which scripts play."""
        return self._open.stage

    def play(self, probe: Probe, case_id: str | None = None) -> None:
        """Play a probe as a test: skips for what the profile does not name, fails on what is wrong."""
        lacking = probe.lacks(self.target)
        if lacking:
            reason = "; ".join(map(missing, lacking))
            self.ledger.excuse((*probe.clauses, *probe.clauses_of(case_id)), reason)
            pytest.skip(f"not exercised: {reason}")
        with self._reporting.waiting(probe.name):
            performance = self._open.run(probe, case_id)
        self._settle(performance, probe.unmet(case_id, performance.exercised), probe)

    def perform(self, script: Script[T], *meant: str) -> T | None:
        """Play a script within a test; `meant` are the clauses that it, or any example of it, must exercise."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "script").partition(" ")[0]
        module, _, name = test.rpartition("::")
        section = Path(module).stem.removeprefix("test_")
        performance = self._open.perform(script, f"{Path(module).stem}::{name}", section, meant)
        if self._drawn is None:
            self._settle(performance, [each for each in meant if each not in performance.exercised])
        else:
            self._note = performance.target_lost_because or self._note
            self._drawn.take(performance, meant)
        return performance.result

    @contextmanager
    def drawing(self, item: pytest.Function) -> Iterator[None]:
        """While hypothesis plays the examples of a test; any other test is left alone."""
        if not drawn.is_random(item):
            yield
            return
        known = frozenset(each.clause.id for each in self.ledger.failing)
        again = repeat.command(item, self._seeds)
        self._drawn = drawn.Drawn(self._outcomes, known, live=bool(self._named), again=again)
        target = self.target
        if not self._named:
            # Prompts that are the same whichever parallel worker plays the test.
            self.target = embedded.target(f"{item.name}-")
        try:
            with self._drawn.told(item.function):
                yield
        finally:
            self._drawn, self.target = None, target

    def conclude(self) -> None:
        """When every test is played: replay on a live target what broke, ask for the bills that are open."""
        if self._campaign is not None:
            with self._reporting.waiting("what broke to be replayed, and open bills"):
                # At no cost means that what a target accepts all the same is not bought a second time.
                conclude(self._campaign, replay=self.depth != "free")
                self._memory.look_back(self._campaign, self._config.getoption(flag("clause")))

    def close(self) -> None:
        """Close the stage; the next run will know what this one made, however it ended."""
        self._open.stage.close()
        self._memory.keep()

    # -- after the run ------------------------------------------------------------------------------------

    def receive(self, worker: str, ledger: Mapping[str, Any] | None) -> None:
        """Take a parallel worker's part of the ledger; without one it died."""
        if ledger is None:
            self._note = f"the parallel worker {worker} was lost, and with it what it judged last"
        else:
            self.ledger.merge(ledger)
            self._received.add(worker)

    def keep(self, *, last: bool = False) -> None:
        """In a parallel worker: leave a copy of its part of the ledger, should it not come to hand it over."""
        if self._keeper is not None:
            self._keeper.keep(self.ledger.to_dict, last=last)

    def gather(self, run: str) -> None:
        """Take what parallel workers have left that did not hand it over; only when all of them are gone."""
        for ledger in workers.left_ledgers(run, self._received):
            self.ledger.merge(ledger)
        workers.forget(run)

    def finish(self, exit_status: int) -> None:
        """Write the reports, whatever happened."""
        if exit_status == pytest.ExitCode.INTERRUPTED:
            self._note = "interrupted: what had been judged by then is here"
            self.ledger.excuse(
                (v.clause.id for v in self.ledger.verdicts.values() if not v.exercised), "interrupted"
            )
        self.ledger.require(self._required)
        if exit_status != pytest.ExitCode.INTERRUPTED and not self.ledger.network.gone:
            # Of a run that was cut short nobody can say what never came.
            self.ledger.settle()
        self._memory.compare(self.ledger)
        failed = exit_status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED)
        lost = "inconclusive" if self.inconclusive and not failed else None
        wrong = lost or ("interrupted" if self._note else "failed" if failed else "passed")
        self._write(self.ledger.wrong or wrong)

    @property
    def inconclusive(self) -> bool:
        """Whether too much was lost on the way to say that the contract holds."""
        return bool(self.ledger.network.inconclusive(self.ledger.exercised))

    def show(self, reporter: pytest.TerminalReporter) -> None:
        """Print the clause table and the counts."""
        self._reporting.show(reporter, self._where, self._note)
        for line in self._memory.told:
            reporter.write_line(line, yellow=True)

    # -- inside -------------------------------------------------------------------------------------------

    @property
    def _is_worker(self) -> bool:
        return hasattr(self._config, "workerinput")

    @property
    def _open(self) -> Campaign:
        if self._campaign is None:
            raise RuntimeError("the fixture generations_campaign opens the stage")
        return self._campaign

    @property
    def _where(self) -> str:
        place = self.target.base_url if self._named else "the embedded reference gateway, virtual time"
        return f"{place}, depth {self.depth}, {self._seeds}"

    def _stage(self) -> Stage:
        if self._named:
            return setting.live_stage(self.target, self.ledger.network)
        kind: str = self._config.getoption(flag("stage"))
        return setting.embedded_stage(kind, self.target, self._faults, self._seeds.contract)

    def _settle(
        self, performance: Performance[Any], unmet: Sequence[str], probe: Probe | None = None
    ) -> None:
        self._note = performance.target_lost_because or self._note
        if failure := self._outcomes.failure(performance, unmet):
            pytest.fail(str(failure), pytrace=False)
        if probe is not None:
            self._outcomes.miss(performance, unmet, probe)
        self._outcomes.exercised(performance.name, unmet)

    def _write(self, outcome: str) -> None:
        if self._is_worker:
            return
        try:
            self._reporting.write(outcome, self._note)
        except UsageError as error:
            self._note, self.unwritten = str(error), True
