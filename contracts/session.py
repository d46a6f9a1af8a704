"""One contract run under pytest: opens the stage, plays probes, fails tests on breaches, tells the verdict.

`plugin` is the thin door through which pytest calls this. What decides about a clause is in `clause`; what
decides about a test is here: broken clauses, silence, and probes that pass without exercising anything fail.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from contracts import embedded
from contracts.budget import Budget
from contracts.campaign import Campaign, Performance
from contracts.clauses import CLAUSES
from contracts.exchange import Exchange
from contracts.preflight import check_reachable
from contracts.probe import DEPTHS, Depth, Probe
from contracts.report import json as json_report
from contracts.report import terminal
from contracts.script import Script
from contracts.stage import DirectStage, HttpStage, RespxStage, Stage
from contracts.target import Target, UsageError
from contracts.verdict import Ledger, breach_document

__all__ = ["Session", "UsageError"]

T = TypeVar("T")

# Real-time probes mostly wait; more of them at once would make a small machine measure itself.
WORKERS = 12
# In virtual time money is no matter, and a stage in virtual time needs no allowance for a busy machine.
_COLOURS = {"held": {"green": True}, "broken": {"red": True, "bold": True}, "waived": {"yellow": True}}


class Session:
    """A contract run: its target, its campaign, its ledger and how it ended."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._named: str | None = config.getoption("--target")
        self._report: Path | None = config.getoption("--contract-report")
        self._faults = embedded.faults(config.getoption("--fault"))
        if self._named and self._faults:
            raise UsageError(
                "--fault is for the embedded gateway; leave --target out, or serve the fault there"
            )
        self.target = self._find_target()
        self.depth: Depth = config.getoption("--depth") or ("standard" if self._named else "deep")
        self.ledger = Ledger(self.target.profile.waive)
        self._campaign: Campaign | None = None
        self._note: str | None = None
        self._floor_s = 0.0

    # -- before the run -----------------------------------------------------------------------------------

    def preflight(self) -> None:
        """Make sure that the target answers and takes the key; ends the run with exit code 4 if not."""
        if self._is_worker:
            return
        try:
            check_reachable(self.target)
        except UsageError as error:
            self._note = str(error)
            self.ledger.excuse(CLAUSES, "the target cannot be used")
            self._write("unusable")
            raise pytest.UsageError(str(error)) from None

    def arrange(self, items: Sequence[pytest.Item]) -> tuple[list[pytest.Item], list[pytest.Item]]:
        """(items in the order to run, items that the depth leaves out); what costs nothing comes first."""
        deepest = DEPTHS.index(self.depth)
        kept = [item for item in items if _depth_of(item) <= deepest]
        left_out = [item for item in items if _depth_of(item) > deepest]
        for item in left_out:
            self.ledger.excuse(_clauses_of(item), f"left out by --depth {self.depth}")
        return sorted(kept, key=_depth_of), left_out

    def open(self, items: Sequence[pytest.Item]) -> None:
        """Open the stage; on a real clock, begin to play the scripts of all collected probes."""
        stage = self._stage()
        self._campaign = Campaign(stage, ledger=self.ledger, budget=self._budget())
        if not stage.virtual:
            ours = [item for item in items if hasattr(_function(item), "probe")]
            plan = [(_function(item).probe, _case_of(item)) for item in ours]
            usable = [(probe, case) for probe, case in plan if not probe.lacks(self.target)]
            self._campaign.begin(usable, WORKERS)

    # -- during the run -----------------------------------------------------------------------------------

    @property
    def stage(self) -> Stage:
        """The stage on which scripts play."""
        return self._open.stage

    def play(self, probe: Probe, case_id: str | None = None) -> None:
        """Play a probe as a test: skips for what the profile does not name, fails on what is wrong."""
        lacking = probe.lacks(self.target)
        meant = probe.clauses_of(case_id)
        if lacking:
            reason = f"the profile names no {' and no '.join(lacking)}"
            self.ledger.excuse(meant, reason)
            pytest.skip(f"not exercised: {reason}")
        self._judge(self._open.run(probe, case_id), meant)

    def perform(self, script: Script[T], *meant: str) -> T | None:
        """Play a script within a test; `meant` are the clauses that it must exercise."""
        test = os.environ.get("PYTEST_CURRENT_TEST", "script").partition(" ")[0]
        module, _, name = test.rpartition("::")
        section = Path(module).stem.removeprefix("test_")
        performance = self._open.perform(script, f"{Path(module).stem}::{name}", section)
        self._judge(performance, meant)
        return performance.result

    def close(self) -> None:
        """Close the stage."""
        self._open.stage.close()

    # -- after the run ------------------------------------------------------------------------------------

    def lost_worker(self) -> None:
        """A parallel worker died, and its part of the ledger with it."""
        self._note = "a parallel worker was lost: its part of the run is missing here"

    def finish(self, exit_status: int) -> None:
        """Write the reports, whatever happened."""
        if exit_status == pytest.ExitCode.INTERRUPTED:
            self._note = "interrupted: what had been judged by then is here"
            self.ledger.excuse(
                (v.clause.id for v in self.ledger.verdicts.values() if not v.exercised), "interrupted"
            )
        self._write("broken" if self.ledger.broken else "interrupted" if self._note else "passed")

    def show(self, reporter: pytest.TerminalReporter) -> None:
        """Print the clause table and the counts."""
        reporter.section(f"generations contract: {self._where}", bold=True)
        for text, state in terminal.table(self.ledger):
            reporter.write_line(f"  {text}", **_COLOURS.get(state, {}))
        for verdict in self.ledger.verdicts.values():
            for note in verdict.notes:
                reporter.write_line(f"  note: {note}")
        for line in terminal.summary(self.ledger):
            reporter.write_line(line, bold=True)
        if self._note:
            reporter.write_line(self._note, yellow=True)
        if self._report:
            reporter.write_line(f"report: {self._report}")

    # -- inside -------------------------------------------------------------------------------------------

    @property
    def _is_worker(self) -> bool:
        return hasattr(self._config, "workerinput")

    @property
    def _open(self) -> Campaign:
        if self._campaign is None:
            raise RuntimeError("the campaign fixture opens the stage")
        return self._campaign

    @property
    def _where(self) -> str:
        place = self.target.base_url if self._named else "the embedded reference gateway, virtual time"
        return f"{place}, depth {self.depth}"

    def _find_target(self) -> Target:
        nonce = f"{secrets.token_hex(3)}-" if self._named else f"{os.environ.get('PYTEST_XDIST_WORKER', '')}-"
        if self._named is None:
            return embedded.target(nonce)
        if "://" in self._named:
            return Target.at(self._named, os.environ, nonce)
        return Target.load(Path(self._named), os.environ, nonce)

    def _stage(self) -> Stage:
        if self._named:
            self._floor_s = check_reachable(self.target)
            return HttpStage(self.target, floor_s=self._floor_s)
        kind = DirectStage if self._config.getoption("--contract-stage") == "direct" else RespxStage
        return kind(self.target, embedded.gateway(self._faults))

    def _budget(self) -> Budget:
        if not self._named:
            return Budget()
        limits = self.target.profile.limits
        return Budget(
            max_generations=limits.max_generations,
            max_cost_usd=limits.max_cost_usd,
            max_time_s=limits.max_time_s,
            now=time.monotonic,
            shared=self._shared_file,
        )

    @property
    def _shared_file(self) -> Path | None:
        run = os.environ.get("PYTEST_XDIST_TESTRUNUID")
        if run is None:
            return None
        return Path(self._config.cache.mkdir("contract-budget")) / f"{run}.json"

    def _judge(self, performance: Performance[Any], meant: Sequence[str]) -> None:
        """Fail, skip or pass the running test by what came of a script."""
        unmet = [clause_id for clause_id in meant if clause_id not in performance.exercised]
        if performance.error is not None:
            self.ledger.excuse(unmet, f"{performance.name} could not go on")
            if not performance.breaches and not performance.silence:
                raise performance.error
        if lines := list(self._counted_breaches(performance)):
            pytest.fail("\n".join(lines), pytrace=False)
        if performance.silence:
            reason = _silence(performance.silence)
            self.ledger.excuse(unmet, reason)
            pytest.fail(f"{performance.name}: {reason}", pytrace=False)
        if performance.cut:
            self.ledger.excuse(unmet or meant, performance.cut)
            pytest.skip(f"not exercised: {performance.cut}")
        if unmet:
            reason = f"{performance.name} met no case of it here"
            self.ledger.excuse(unmet, reason)
            if self._named or self._faults:
                pytest.skip(f"not exercised: {', '.join(unmet)}: the target gave no case of it")
            pytest.fail(f"{performance.name} passed without exercising {', '.join(unmet)}", pytrace=False)

    def _counted_breaches(self, performance: Performance[Any]) -> Any:
        for ruling, breach in performance.breaches:
            level = breach.level or ruling.clause.level
            if level == "SHOULD" and ruling.clause.id in self.target.profile.waive:
                continue
            document = breach_document(ruling.clause, breach, ruling.exchange, performance.name)
            yield from terminal.breach_lines(document)

    def _write(self, outcome: str) -> None:
        if self._report is None or self._is_worker:
            return
        self._report.mkdir(parents=True, exist_ok=True)
        stage = "http" if self._named else self._config.getoption("--contract-stage")
        content = json_report.document(
            self.ledger, target=self.target.base_url, stage=stage, outcome=outcome, note=self._note
        )
        json_report.write(self._report / "verdicts.json", content)


def _function(item: pytest.Item) -> Any:
    return getattr(item, "function", None)


def _case_of(item: pytest.Item) -> str | None:
    callspec = getattr(item, "callspec", None)
    return callspec.params.get("case_id") if callspec else None


def _depth_of(item: pytest.Item) -> int:
    probe: Probe | None = getattr(_function(item), "probe", None)
    if probe is not None:
        return DEPTHS.index(probe.depth)
    marker = item.get_closest_marker("contract")
    return DEPTHS.index(marker.kwargs.get("depth", "standard")) if marker else 0


def _clauses_of(item: pytest.Item) -> tuple[str, ...]:
    probe: Probe | None = getattr(_function(item), "probe", None)
    if probe is not None:
        return probe.clauses_of(_case_of(item))
    marker = item.get_closest_marker("contract")
    return marker.args if marker else ()


def _silence(exchanges: Sequence[Exchange]) -> str:
    """Why there was no answer, once per kind: "no answer: reset ×3 (at 0.2 s: …)"."""
    by_kind: dict[str, list[Exchange]] = {}
    for exchange in exchanges:
        by_kind.setdefault(exchange.failure.kind if exchange.failure else "", []).append(exchange)
    parts = [
        f"{kind} ×{len(those)}, first after {those[0].elapsed_s:.2f} s"
        + (f" ({those[0].failure.detail})" if those[0].failure else "")
        for kind, those in by_kind.items()
    ]
    return f"no answer: {'; '.join(parts)}"
