"""`drift`: where the answers come from (a recording, or a live gateway) and where the findings go.

What counts as drift is decided in `drift`, and what a creation costs in `money`. Against a live gateway a handful
of requests is sent, the free ones first, all of them within the profile's budget; what it does not allow is left
out and said.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from generations_contract.api.openapi_schemas import OpenApi
from generations_contract.api.schema_files import directory
from generations_contract.api.schema_names import DIALECT, SUFFIX, address
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import GENERATIONS_PATH
from generations_contract.audit import SECTION, Audit, audit, judge
from generations_contract.exchange.exchange import Exchange
from generations_contract.judging.ledger import Ledger
from generations_contract.money import Budget, BudgetExceededError
from generations_contract.options import add_schemas_option
from generations_contract.recordings.files import read
from generations_contract.regression.drift import Drift, Finding, Observed
from generations_contract.regression.report.phrases import printable, shortened
from generations_contract.regression.sources import load
from generations_contract.regression.versions.document import Contract
from generations_contract.run.spending import Spending
from generations_contract.scripts.script import Create, Fetch, Raw, Script, once, through, until_terminal
from generations_contract.wire.preflight import check_usable
from generations_contract.wire.stage import HttpStage, Stage

EXIT_OF: Final = {"breaking": 1, "policy": 3}
UNKNOWN_ID: Final = "gen_00000000000000000000000000"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `drift`."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument(
        "--har", type=Path, metavar="FILE", help="recorded traffic: HAR, or JSON lines of exchanges"
    )
    source.add_argument("--target", metavar="PROFILE", help="a gateway: its profile, or its base URL")
    add_schemas_option(parser)
    parser.add_argument("--contract", metavar="SPEC", help="as for diff (default: the schemas judged by)")
    parser.add_argument(
        "--observations", type=Path, metavar="FILE", help="OPEN behaviours seen before, to compare with"
    )
    parser.add_argument("--update", action="store_true", help="write what was seen now to --observations")
    parser.add_argument("--json", action="store_true", help="as JSON, bodies whole")
    parser.add_argument(
        "--fail-on",
        default="breaking",
        metavar="LEVELS",
        help="breaking, policy, both, or none (default: %(default)s)",
    )


def run(options: argparse.Namespace) -> int:
    """Compare answers with the contract; 0: nothing that fails, 1: breaking, 3: policy, 4 (`UsageError`)."""
    fail_on = _levels(options.fail_on)
    if options.update and options.observations is None:
        raise UsageError("--update: name the file with --observations")
    drift = Drift(_of_the_resource(load(options.contract or str(directory()))))
    before = _observations(options.observations, needed=not options.update)
    made, left_out = _recorded(options.har) if options.har else _played(options.target)
    for _, exchange in made.exchanges:
        drift.see(exchange)
    if not drift.answers:
        raise UsageError(f"{options.har or options.target}: holds no answer of the two operations")
    now = observed(made.ledger)
    drift.behaviours(before, now)
    found = drift.findings()
    sys.stdout.write(_json(drift, found) if options.json else _text(drift, found, left_out))
    if options.update:
        _update(options.observations, now)
    levels = {finding.level for finding in found}
    return next((code for level, code in EXIT_OF.items() if level in fail_on and level in levels), 0)


def _of_the_resource(contract: Contract) -> Contract:
    """The contract by whose schemas answers are judged: of a document, those of this resource alone."""
    if contract.schema_files or contract.openapi is None:
        return contract
    schemas = OpenApi(contract.label, contract.openapi).schemas()
    files = {
        f"{name}{SUFFIX}": {"$schema": DIALECT, "$id": address(name), **schemas[name]} for name in schemas
    }
    return Contract(contract.label, files)


def _levels(text: str) -> tuple[str, ...]:
    named = tuple(part.strip() for part in text.split(","))
    if named in (("both",), ("none",)):
        return tuple(EXIT_OF) if named == ("both",) else ()
    if set(named) - set(EXIT_OF):
        raise UsageError(f"--fail-on {text}: name breaking, policy, both or none")
    return named


def observed(ledger: Ledger) -> dict[str, dict[str, list[str]]]:
    """The behaviours that a run has observed, by clause and subject."""
    return {
        name: {subject: sorted(seen) for subject, seen in verdict.observed.items()}
        for name, verdict in ledger.verdicts.items()
        if verdict.observed
    }


def _observations(path: Path | None, *, needed: bool) -> Observed:
    if path is None or (not needed and not path.exists()):
        return {}
    try:
        data = json.loads(path.read_text("utf-8"))
        return {
            str(c): {str(s): [str(b) for b in seen] for s, seen in found.items()} for c, found in data.items()
        }
    except OSError as error:
        raise UsageError(f"--observations {path}: {error.strerror}; make it with --update") from error
    except (ValueError, AttributeError, TypeError) as error:
        raise UsageError(
            f"--observations {path}: is no file of observations; make it with --update"
        ) from error


def _update(path: Path, now: Observed) -> None:
    try:
        path.write_text(json.dumps(now, indent=1, sort_keys=True) + "\n", "utf-8")
    except OSError as error:
        raise UsageError(f"--observations {path}: cannot be written: {error.strerror}") from error


def _recorded(path: Path) -> tuple[Audit, list[str]]:
    made = audit(read(path), name=path.name)
    return made, [f"{count} {reason}" for reason, count in sorted(made.skipped.items())]


def _played(named: str) -> tuple[Audit, list[str]]:
    target = Target.at(named, os.environ) if "://" in named else Target.load(Path(named), os.environ)
    stage = HttpStage(target, floor_s=check_usable(target).floor_s)
    limits = target.profile.limits
    budget = Budget(
        max_generations=limits.max_generations,
        max_cost_usd=limits.max_cost_usd,
        max_time_s=limits.max_time_s,
        now=stage.now,
    )
    try:
        return play(target, stage, budget)
    finally:
        stage.close()


def play(target: Target, stage: Stage, budget: Budget) -> tuple[Audit, list[str]]:
    """Send a handful of requests, the free ones first; the exchanges judged, and what was left out."""
    made = Audit(Ledger(target.profile.waive))
    left_out: list[str] = []
    spending = Spending(budget, stage.client, virtual=stage.virtual)

    def see(exchange: Exchange) -> None:
        made.exchanges.append(("drift", exchange))
        spending.settle(exchange)

    def perform(script: Script[Exchange], what: str) -> None:
        try:
            last = stage.perform(through(script, lambda step: spending.lead(step, ("drift",))), see)
        except BudgetExceededError as error:
            left_out.append(f"{what}: {error}")
            return
        if last.failure is not None and last.failure.kind == "unsent":
            left_out.append(f"{what}: {last.failure.detail}")

    for script in _free(target):
        perform(script, "a request that should be refused")
    for model in (target.models.image, target.models.video):
        if model:
            perform(_generation(target, model), f"a generation of {model}")
    if not any(exchange.response for _, exchange in made.exchanges):
        raise UsageError(f"{target.base_url}: does not answer")
    judge(made, {})
    for _, exchange in made.exchanges:
        made.ledger.account(exchange, SECTION)
    return made, left_out


def _free(target: Target) -> Iterable[Script[Exchange]]:
    """Requests that no gateway charges for: each is refused."""
    yield once(Create({**target.request(), "unexpected": 1}))
    yield once(Create(target.request(), credential="unknown"))
    yield once(Fetch(UNKNOWN_ID, intent="unknown-id"))
    yield once(Fetch(UNKNOWN_ID, wait=61, intent="unknown-id"))
    # What the document leaves open: how it is answered is compared with the run before.
    yield once(Fetch(UNKNOWN_ID, query="unexpected=1", intent="unknown-id"))
    yield once(Raw("DELETE", GENERATIONS_PATH))


def _generation(target: Target, model: str) -> Script[Exchange]:
    """One generation from its creation to its end."""
    created: Exchange = yield Create(target.request(model, wait=0))
    # A short window first, so that a job that takes its time is seen running.
    last = yield from until_terminal(created, wait=lambda turn: 60 if turn else 1)
    if last.generation_id:
        yield Fetch(last.generation_id, wait="auto", give_up_after_s=5)
    return last


def _text(drift: Drift, found: list[Finding], left_out: list[str]) -> str:
    marks = {"breaking": "✗", "policy": "!", "coverage": "·"}
    lines = []
    for finding in found:
        place = f"{finding.unit}{'#' + finding.pointer if finding.pointer else ''}"
        times = f" ({finding.count} times)" if finding.count > 1 else ""
        lines.append(f"{marks[finding.level]} {finding.id}  {place}  {finding.text}{times}")
        if finding.level == "breaking" and finding.body is not None:
            lines.append(f"    {json.dumps(shortened(finding.body), ensure_ascii=False)}")
    lines += [f"left out: {reason}" for reason in left_out]
    counts = [f"{sum(f.level == level for f in found)} {level}" for level in marks]
    lines.append(f"{drift.answers} answers compared with {drift.contract.label}: {', '.join(counts)}")
    return "\n".join(printable(line) for line in lines) + "\n"


def _json(drift: Drift, found: list[Finding]) -> str:
    data = {
        "answers": drift.answers,
        "contract": drift.contract.label,
        "findings": [_record(one) for one in found],
    }
    return json.dumps(data, indent=2) + "\n"


def _record(finding: Finding) -> dict[str, Any]:
    names = ("id", "level", "unit", "pointer", "schema_pointer", "text", "count", "body", "fingerprint")
    return {name: getattr(finding, name) for name in names}
