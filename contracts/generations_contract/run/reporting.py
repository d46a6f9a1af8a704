"""How a run tells its outcome: the record of its traffic, the report directory, the table on the terminal.

`session` decides what happened; nothing is judged here. Reports are written whatever happened, by one
process: parallel workers only record their traffic.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from generations_contract.api import schema_files
from generations_contract.api.usage import UsageError
from generations_contract.forms import github
from generations_contract.forms.text import printable
from generations_contract.judging.ledger import Ledger
from generations_contract.recordings import traffic
from generations_contract.report import annotations, bundle, terminal
from generations_contract.report import json as json_report
from generations_contract.run.progress import Board, Observed, Screen, Ticker
from generations_contract.wire.stage import Stage

_ALARM = {"red": True, "bold": True}
_COLOURS = {"held": {"green": True}, "broken": _ALARM, "unmet": _ALARM, "waived": {"yellow": True}}


@dataclass
class Reporting:
    """The reports of one run. `target`: its address; `stage`: "http", "respx" or "direct".

    `screen`: where waits are told.
    """

    ledger: Ledger
    target: str
    stage: str
    directory: Path | None = None
    screen: Screen | None = None
    _ticker: Ticker | None = None

    def watched(self, stage: Stage, reporter: pytest.TerminalReporter | None) -> Stage:
        """The stage, with its waits told on the terminal where it plays in real time and there is one."""
        if stage.virtual or reporter is None or self.screen is None:
            return stage
        board = Board()
        self._ticker = Ticker(board, reporter, self.screen)
        self._ticker.start()
        return Observed(stage, board)

    def waiting(self, what: str) -> AbstractContextManager[None]:
        """While the block runs, the run waits for `what`."""
        return self._ticker.waiting(what) if self._ticker else nullcontext()

    def recorded(self, stage: Stage) -> Stage:
        """The stage, with a record of all exchanges where reports are asked for."""
        if self.directory is None:
            return stage
        # Parallel workers in virtual time have a clock, and a gateway, each.
        world = os.environ.get("PYTEST_XDIST_WORKER", "") if stage.virtual else ""
        try:
            return traffic.Recorded(stage, traffic.TrafficLog(self.directory, world))
        except OSError as error:
            raise self._unwritable(error) from None

    def write(self, outcome: str, note: str | None) -> None:
        """Write every form of report; raises `UsageError` where the directory cannot be written."""
        if self._ticker:
            self._ticker.stop()
        if self.directory is None:
            return
        try:
            bundle.write(self.directory, self._content(outcome, note), traffic.gather(self.directory))
            traffic.clear(self.directory)
        except OSError as error:
            raise self._unwritable(error) from None

    def show(self, reporter: pytest.TerminalReporter, where: str, note: str | None) -> None:
        """Print the clause table, the counts, and what CI makes annotations of."""
        version = schema_files.version()
        schemas = "" if version.label == schema_files.OWN else f", schemas {version.label}"
        document = f", the contract of {self.ledger.document}" if self.ledger.document else ""
        reporter.section(f"generations contract: {where}{schemas}{document}", bold=True)
        for text, state in terminal.table(self.ledger):
            reporter.write_line(f"  {text}", **_COLOURS.get(state, {}))
        for verdict in self.ledger.verdicts.values():
            for line in verdict.remarks:
                reporter.write_line(f"  note: {line}")
        for line in version.notes:
            reporter.write_line(f"  note: {line}")
        for line in terminal.summary(self.ledger):
            reporter.write_line(line, bold=True)
        for line in self.ledger.stale:
            reporter.write_line(line, red=True, bold=True)
        for line in filter(None, (note, *self.ledger.network.lines(self.ledger.exercised))):
            reporter.write_line(printable(line, 1000), yellow=True)
        if github.wanted(os.environ):
            for line in annotations.lines(self._content("broken", note)):
                reporter.write_line(line)
        if self.directory:
            reporter.write_line(f"report: {self.directory}")

    def _content(self, outcome: str, note: str | None) -> dict[str, Any]:
        return json_report.document(
            self.ledger, target=self.target, stage=self.stage, outcome=outcome, note=note
        )

    def _unwritable(self, error: OSError) -> UsageError:
        return UsageError(f"--contract-report {self.directory}: cannot be written: {error.strerror or error}")
