"""`generations-contract client -- CMD ARGS…`: options, exit codes, and what stands on the terminal."""

import argparse
import asyncio
import os
import sys
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from generations_contract.api.usage import UsageError
from generations_contract.clients import campaign, report, serving
from generations_contract.clients.judging import Judged, judge
from generations_contract.clients.mending import mend
from generations_contract.clients.play import Played
from generations_contract.clients.process import command_line
from generations_contract.clients.scenarios import SCENARIOS
from generations_contract.forms.text import printable
from generations_contract.report import terminal

EXIT_FOUND: Final = 1
EXIT_USAGE: Final = 4
EXIT_NOTHING: Final = 6
EXIT_CRASHED: Final = 70
_SHOWN: Final = 2


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `client`."""
    parser.add_argument(
        "--scenario", action="append", default=[], metavar="NAME", help="play this one; repeatable"
    )
    parser.add_argument("--scenarios", action="store_true", help="list the scenarios, and play none")
    parser.add_argument(
        "--contract-report", "--report", dest="report", type=Path, metavar="DIR", help="write reports"
    )
    parser.add_argument(
        "--deadline",
        type=float,
        metavar="S",
        help="outer deadline in the scenario that never ends (default: 9)",
    )
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="scenarios side by side (default: three a core)"
    )
    parser.add_argument(
        "--serve", action="store_true", help="instead: stay up, play one after the other, keep a journal"
    )
    parser.add_argument("--port", type=int, default=8080, help="of --serve (default: %(default)s)")
    parser.add_argument("command", nargs="*", metavar="-- CMD ARGS", help="the client, in any language")


def run(options: argparse.Namespace) -> int:
    """Judge a client; 0: nothing found, 1: something is, 4 (`UsageError`): it cannot run, 6: it sent nothing.

    70 where the judge itself fails: none of the others would be true.
    """
    try:
        return _run(options)
    except UsageError:
        raise
    except Exception:
        traceback.print_exc()
        return EXIT_CRASHED


def _run(options: argparse.Namespace) -> int:
    if options.scenarios:
        return _list()
    if options.serve:
        return serving.start(options)
    if not options.command:
        raise UsageError("no client: write its command after --, as in `client -- python my_client.py`")
    if (options.jobs is not None and options.jobs < 1) or (
        options.deadline is not None and options.deadline < 2
    ):
        raise UsageError("--jobs is 1 at the least, and --deadline 2 s")
    command = command_line(options.command)
    wanted = campaign.chosen(options.scenario, options.deadline)
    jobs = options.jobs or 3 * (os.cpu_count() or 1)
    with tempfile.TemporaryDirectory(prefix="clients-", ignore_cleanup_errors=True) as base:
        try:
            played = asyncio.run(campaign.play_all(wanted, command, Path(base), jobs, _progress))
        except ExceptionGroup as group:
            if usage := group.subgroup(UsageError):
                raise next(_leaves(usage)) from None
            raise
        judged = judge(played)
        _say(_lines(judged, played))
        if options.report:
            report.write(options.report, judged, played, options.command)
            _say([f"report: {options.report}"])
    return _exit_code(judged, played)


def _exit_code(judged: Judged, played: list[Played]) -> int:
    if not any(each.requests for each in played):
        _say([_sent_nothing(played[0])])
        return EXIT_NOTHING
    if judged.ledger.failing:
        return EXIT_FOUND
    if played[0].ends[-1].code != 0:
        raise UsageError(campaign.why_plain_failed(played[0]))
    return 0


def _sent_nothing(plain: Played) -> str:
    why = "it ended well" if plain.ends[-1].code == 0 else campaign.why_plain_failed(plain)
    return f"nothing to judge: no request came; does the client use GATEWAY_URL? ({why})"


def _leaves(group: BaseExceptionGroup[UsageError]) -> Iterator[UsageError]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _leaves(each)
        else:
            yield each


def _list() -> int:
    width = max(map(len, SCENARIOS))
    _say(f"{name:{width}}  {each.sentence}" for name, each in SCENARIOS.items())
    return 0


def _progress(played: Played) -> None:
    end = played.ends[-1]
    came = "ended by the judge" if end.code is None else f"exit code {end.code}"
    line = f"  {played.scenario.name}: {played.requests} requests, {came}, {played.took_s:.1f} s"
    sys.stderr.write(line + "\n")
    sys.stderr.flush()


def _lines(judged: Judged, played: list[Played]) -> Iterator[str]:
    agents = [agent for each in played for agent in each.agents]
    for verdict in judged.ledger.failing:
        for breach in _telling(verdict.breaches):
            yield f"{breach['clause']} ({breach['level']}): {breach['says']}"
            yield f"  expected  {breach['expected']}"
            yield f"  actual    {breach['actual']}"
            yield f"  scenario  {breach['probe']}: {SCENARIOS[breach['probe']].sentence}"
            yield from (f"  exchange  {terminal.exchange_line(each)}" for each in breach["exchanges"][-2:])
        advice = mend(verdict.clause.id, agents)
        yield f"  mend      {advice['says']}"
        yield from (f"            {line}" for line in advice["snippet"].splitlines())
        yield ""
    for text, _ in terminal.table(judged.ledger):
        yield f"  {text}"
    for each in played:
        if broken := sorted({clause_id for clause_id, _ in judged.findings[each.scenario.name]}):
            yield f"  {each.scenario.name}: {', '.join(broken)}"
    if played[0].ends[-1].code != 0:
        yield f"only the plain scenario was played: {campaign.why_plain_failed(played[0])}"
    yield from terminal.summary(judged.ledger)


def _telling(breaches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A few breaches of a clause: the weightier first, then others than those told already."""
    by_weight = sorted(breaches, key=lambda each: each["level"] != "MUST")
    different = {(each["level"], each["actual"].partition(":")[0]): each for each in reversed(by_weight)}
    return list(reversed(different.values()))[:_SHOWN]


def _say(lines: Iterator[str] | list[str]) -> None:
    for line in lines:
        sys.stdout.write(printable(line, None) + "\n")
