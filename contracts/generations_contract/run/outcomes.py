"""What becomes of a test by what came of its scripts: it passes, fails, or is skipped.

What decides about a clause is in `clause`. What decides about a test is here: broken clauses, silence, and scripts
that end without exercising what they are for.
"""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from generations_contract.api.promises import promised
from generations_contract.api.vocabulary import COMPLETED
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.baseline import Baseline
from generations_contract.judging.ledger import Ledger, Promise
from generations_contract.judging.verdict import breach_document
from generations_contract.report import terminal
from generations_contract.run.performance import Performance
from generations_contract.scripts.probe import Probe


class FoundError(Exception):
    """Why a test fails: what a performance has shown. `breaches`: JSON documents, none where there was silence."""

    def __init__(
        self, performance: Performance[Any], breaches: Sequence[dict[str, Any]] = (), silence: str = ""
    ) -> None:
        blocks = [list(terminal.breach_lines(each)) for each in breaches] or [[silence]]
        super().__init__("\n".join(line for block in blocks for line in block))
        self.performance = performance
        self.breaches = breaches


@dataclass(frozen=True)
class Outcomes:
    """The rules of one run. `lenient`: a target may give no case of a clause, and nobody is to blame for that."""

    ledger: Ledger
    waive: Container[str]
    baseline: Baseline | None
    lenient: bool

    def failure(
        self, performance: Performance[Any], unmet: Sequence[str], known: Container[str] = ()
    ) -> FoundError | None:
        """Why the running test fails, if it does. `unmet`: what it meant to exercise and did not.

        Raises the script's own error where that is all there is to tell, and skips what was stopped. Clauses that
        are `known` to be broken do not count here.
        """
        if not (performance.error or performance.stopped_because or performance.lost_because):
            self.ledger.played.add(performance.name)
        if performance.error is not None:
            self.ledger.excuse(unmet, f"{performance.name} could not go on")
            if not (performance.breaches or performance.silence or performance.lost_because):
                raise performance.error
        if found := [each for each in self.counted(performance) if each["clause"] not in known]:
            return FoundError(performance, found)
        if performance.silence:
            reason = _silence(performance.silence)
            self.ledger.excuse(unmet, reason)
            self.ledger.network.remark(f"{performance.name}: {reason}")
            return FoundError(performance, silence=f"{performance.name}: {reason}")
        lost = self.ledger.network.gone or (performance.lost_because if unmet else None)
        if lost and (performance.lost_because or performance.stopped_because):
            judged = [each for each in unmet if self.ledger.verdicts[each].clause.level != "OPEN"]
            self.ledger.network.starve(judged, lost)
        if why := performance.stopped_because or (performance.lost_because if unmet else None):
            self.ledger.excuse(unmet, why)
            self.ledger.left_out[why] += 1
            pytest.skip(f"not exercised: {why}")
        return None

    def exercised(self, name: str, unmet: Sequence[str]) -> None:
        """Fail the running test, or skip it, where it meant to exercise clauses that count and did not."""
        unmet = [each for each in unmet if not self.ledger.verdicts[each].young]
        if not unmet:
            return
        self.ledger.excuse(unmet, f"{name} met no case of it here")
        if self.lenient:
            pytest.skip(f"not exercised: {', '.join(unmet)}: the target gave no case of it")
        pytest.fail(f"{name} passed without exercising {', '.join(unmet)}", pytrace=False)

    def miss(self, performance: Performance[Any], unmet: Sequence[str], probe: Probe) -> None:
        """Note cases that the profile promises by what it names; another script may get them yet.

        Where nothing completed the target was not asked: a refusal, or a provider's failure, came before.
        """
        if not any(each.state == COMPLETED for each in performance.exchanges):
            return
        actual = f"asked for by {len(performance.exchanges)} requests, and never given"
        for clause_id in unmet:
            if clause_id in probe.promised:
                promise = Promise(clause_id, ", ".join(map(promised, probe.needs)), actual)
                self.ledger.miss(promise, performance.exchanges[-1], performance.name)

    def counted(self, performance: Performance[Any]) -> list[dict[str, Any]]:
        """The breaches as JSON documents, without those that the profile waives or the baseline lists."""
        return [
            breach_document(ruling.clause, breach, ruling.exchange, performance.name)
            for ruling, breach in performance.breaches
            if not ((breach.level or ruling.clause.level) == "SHOULD" and ruling.clause.id in self.waive)
            and not self.ledger.verdicts[ruling.clause.id].young
            and not (self.baseline and self.baseline.why(ruling.clause.id, breach) is not None)
        ]


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
