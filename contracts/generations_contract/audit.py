"""Recorded traffic judged by the same clauses, nothing sent: `generations-contract audit FILE`.

The loop is the campaign's: exchanges in the order of their answers, one judge, one ledger. A recording of
parallel workers in virtual time holds several worlds with a clock each; every world has a judge of its own.
"""

import argparse
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from generations_contract.api import schema_files
from generations_contract.api.target import Target
from generations_contract.api.usage import UsageError
from generations_contract.api.vocabulary import STATUS_OF_CODE
from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
from generations_contract.document.states import frozen
from generations_contract.exchange.exchange import LOST, Exchange
from generations_contract.judging.baseline import Baseline
from generations_contract.judging.clause import Clause
from generations_contract.judging.ledger import Ledger
from generations_contract.judging.readings import TwoReadings
from generations_contract.options import add_schemas_option
from generations_contract.recordings import traffic
from generations_contract.recordings.codec import to_dict
from generations_contract.recordings.entry import Entry
from generations_contract.recordings.files import read
from generations_contract.recordings.recognition import WITHOUT_PROFILE, Recogniser
from generations_contract.report import bundle, terminal
from generations_contract.report import json as json_report

SECTION = "audit"
EXIT_BROKEN = 1
# Whose clauses are asked.
SIDES: Final[Mapping[str, tuple[Mapping[str, Clause], ...]]] = {
    "gateway": (CLAUSES,),
    "client": (CLIENT_CLAUSES,),
    "both": (CLAUSES, CLIENT_CLAUSES),
}
_SHOWN_BREACHES = 2


@dataclass
class Audit:
    """What came of a recording: its ledger, the exchanges judged, what was left out and why.

    `otherwise`: by label, exchanges whose times can be read in a second way.
    """

    ledger: Ledger
    exchanges: list[tuple[str, Exchange]] = field(default_factory=list)
    skipped: Counter[str] = field(default_factory=Counter)
    otherwise: dict[str, Exchange] = field(default_factory=dict)


def audit(
    entries: list[Entry],
    target: Target | None = None,
    *,
    name: str = "recording",
    baseline: Baseline | None = None,
    side: str = "gateway",
) -> Audit:
    """Judge recorded entries; `name` stands in the evidence. Reasons for clauses left open are filled in.

    `side`: who is judged, "gateway", "client" or "both".
    """
    recogniser = Recogniser(target)
    recogniser.look_ahead(entries)
    ledger = Ledger(
        target.profile.waive if target else WITHOUT_PROFILE,
        baseline=baseline,
        document=frozen(target.profile.target.document) if target else None,
        clauses=[each for one in SIDES[side] for each in one.values()],
    )
    made = Audit(ledger, skipped=recogniser.skipped)
    known: set[tuple[object, ...]] = set()
    for entry in sorted(entries, key=lambda each: each.answered_unix):
        exchange = recogniser.exchange(entry)
        if exchange is not None and _again(entry, known):
            made.skipped["recorded twice"] += 1
        elif exchange is not None:
            label = f"{name}, {entry.name}"
            made.exchanges.append((label, exchange))
            if (other := recogniser.otherwise(entry, exchange)) is not None:
                made.otherwise[label] = other
    worlds = {
        label: str(entry.own.get("world", "")) for entry in entries for label in [f"{name}, {entry.name}"]
    }
    whole = list(made.exchanges)
    _leave_out_losses(made)
    disputed: set[str] = set()
    for clauses in SIDES[side]:
        # Whether a creation was sent again after its answer was lost is what the client is asked.
        disputed |= judge(made, worlds, clauses, made.exchanges if clauses is CLAUSES else whole)
    for _, exchange in made.exchanges:
        ledger.account(exchange, SECTION)
    unexercised = {each for each, verdict in ledger.verdicts.items() if not verdict.exercised}
    ledger.excuse(
        sorted(unexercised & disputed), "its times can be read in two ways, and this depends on which"
    )
    ledger.excuse(sorted(unexercised - disputed), "the recording holds no case of it")
    return made


def _again(entry: Entry, known: set[tuple[object, ...]]) -> bool:
    """Whether the very same stands in somebody else's recording already, as where two were put together."""
    if "kind" in entry.own:
        return False
    same = (
        entry.method,
        entry.url,
        entry.body,
        entry.sent_unix,
        entry.answered_unix,
        entry.status,
        entry.answer,
    )
    if same in known:
        return True
    known.add(same)
    return False


def _leave_out_losses(made: Audit) -> None:
    """A connection that the network lost is nobody's breach where the very same was asked for again, and answered."""
    answered = {
        (each.request.method, each.request.url): each.answered_at
        for _, each in made.exchanges
        if each.response is not None
    }
    lost = [
        (label, each)
        for label, each in made.exchanges
        if each.failure is not None
        and each.failure.kind in LOST
        and answered.get((each.request.method, each.request.url), 0.0) > each.answered_at
    ]
    if lost:
        made.skipped["lost on the way, and asked again"] += len(lost)
        made.exchanges = [each for each in made.exchanges if each not in lost]


def judge(
    made: Audit,
    worlds: Mapping[str, str],
    clauses: Mapping[str, Clause] = CLAUSES,
    exchanges: Iterable[tuple[str, Exchange]] | None = None,
) -> set[str]:
    """Judge the exchanges of an audit, or others, in the order of their answers, each world by itself.

    Gives the ids of clauses of which something depended on how the times of the recording are read.
    """
    judges: dict[str, TwoReadings] = {}
    ordered = sorted(made.exchanges if exchanges is None else exchanges, key=lambda each: each[1].answered_at)
    for label, exchange in ordered:
        judge = judges.setdefault(
            worlds.get(label, ""), TwoReadings(clauses.values(), twice=bool(made.otherwise))
        )
        judged = judge.judge(exchange, made.otherwise.get(label))
        made.ledger.enter(judged.rulings, label, judged.held)
    return {each for judge in judges.values() for each in judge.disputed}


# -- the command ------------------------------------------------------------------------------------------


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `audit`."""
    parser.add_argument("file", type=Path, help="HAR (browser, proxy, this suite) or JSON lines of exchanges")
    parser.add_argument(
        "--target",
        metavar="PROFILE",
        help="profile of the gateway (its keys need not be set), or its base URL",
    )
    parser.add_argument(
        "--side", choices=tuple(SIDES), default="gateway", help="who is judged (default: %(default)s)"
    )
    add_schemas_option(parser)
    parser.add_argument(
        "--contract-report", "--report", dest="report", type=Path, metavar="DIR", help="write reports"
    )
    parser.add_argument("--contract-baseline", "--baseline", dest="baseline", type=Path, metavar="FILE",
                        help="accept the breaches that this file lists")  # fmt: skip


def run(options: argparse.Namespace) -> int:
    """Audit a file and print the verdict; 0: nothing broken, 1: something is, 4 (`UsageError`): unusable."""
    target = _target(options.target)
    baseline = Baseline.load(options.baseline) if options.baseline else None
    if options.report:
        _prepared(options.report)
    entries = read(options.file)
    made = audit(entries, target, name=options.file.name, baseline=baseline, side=options.side)
    if not made.exchanges:
        where = f"below {target.base_url}" if target else "to …/v1/generations"
        raise UsageError(
            f"{options.file}: holds no request {where} that can be judged{_left_out(made.skipped)}"
        )
    if target is not None and not any(_of_this_api(exchange) for _, exchange in made.exchanges):
        raise UsageError(
            f"{options.file}: nothing recorded below {target.base_url} is an answer of this API: "
            "check [target] base_url, and what answered there"
        )
    wrong = made.ledger.wrong
    if options.report:
        content = json_report.document(
            made.ledger,
            target=target.base_url if target else options.file.name,
            stage="audit",
            outcome=wrong or "passed",
            note=f"{len(made.exchanges)} recorded exchanges judged{_left_out(made.skipped)}",
        )
        documents = (traffic.shortened(to_dict(exchange)) for _, exchange in made.exchanges)
        try:
            bundle.write(options.report, content, documents)
        except OSError as error:
            raise _unwritable(options.report, error) from None
    _print(made, options)
    return EXIT_BROKEN if wrong else 0


def _prepared(report: Path) -> None:
    """Find out before anything is judged that reports can be written there; raises `UsageError`."""
    try:
        traffic.prepare(report)
    except OSError as error:
        raise _unwritable(report, error) from None


def _unwritable(report: Path, error: OSError) -> UsageError:
    return UsageError(f"--report {report}: cannot be written: {error.strerror or error}; name a directory")


def _of_this_api(exchange: Exchange) -> bool:
    """Whether only this API gives such an answer: a generation, or a refusal with the status of its code."""
    code = exchange.code
    return exchange.state is not None or (code is not None and STATUS_OF_CODE.get(code) == exchange.status)


def _target(named: str | None) -> Target | None:
    if named is None:
        return None
    environment = _Keyless(os.environ)
    return Target.at(named, environment) if "://" in named else Target.load(Path(named), environment)


class _Keyless(dict[str, str]):
    """The environment, in which a key that is not set is no problem: nothing will be sent."""

    def get(self, name: str, _default: str | None = None) -> str:  # type: ignore[override]
        return super().get(name) or f"$unset-{name}"

    def __missing__(self, name: str) -> str:
        return f"$unset-{name}"


def _left_out(skipped: Mapping[str, int]) -> str:
    told = [f"{count} {reason}" for reason, count in sorted(skipped.items())]
    return f" (left out: {', '.join(told)})" if told else ""


def _print(made: Audit, options: argparse.Namespace) -> None:
    for line in _lines(made):
        sys.stdout.write(line.encode("utf-8", "replace").decode() + "\n")
    sys.stdout.write(f"{len(made.exchanges)} exchanges judged{_by_schemas()}{_left_out(made.skipped)}\n")
    if options.report:
        sys.stdout.write(f"report: {options.report}\n")


def _by_schemas() -> str:
    label = schema_files.version().label
    return "" if label == schema_files.OWN else f" by the schemas {label}"


def _lines(made: Audit) -> Iterable[str]:
    for verdict in made.ledger.failing:
        counted = [breach for breach in verdict.breaches if not breach["waived"]]
        for breach in counted[:_SHOWN_BREACHES]:
            yield from terminal.breach_lines(breach)
            yield f"  seen in   {breach['probe']}"
            yield ""
    for text, _ in terminal.table(made.ledger):
        yield f"  {text}"
    for note in schema_files.version().notes:
        yield f"  note: {note}"
    yield from made.ledger.stale
    yield from terminal.summary(made.ledger)
