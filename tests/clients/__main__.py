"""`python -m tests.clients`: the exactness matrix of clients. Careful ones are quiet, careless ones told by exactly theirs."""

import argparse
import asyncio
import os
import sys
import tempfile
from collections import defaultdict
from fnmatch import fnmatch
from pathlib import Path

from generations_contract.clients.campaign import chosen, play_all
from generations_contract.clients.judging import judge
from generations_contract.clients.scenarios import SCENARIOS
from tests.clients.rows import Row, careful, careless

MINUTES = {name for name, each in SCENARIOS.items() if each.deadline_s > 30}


# Clause -> the scenarios that showed it broken, over all rows.
SHOWN: defaultdict[str, set[str]] = defaultdict(set)


async def told(row: Row, jobs: int, minutes: bool) -> tuple[set[str], list[str]]:
    """The clauses that the row breaks, and a line for each finding."""
    names = [name for name in SCENARIOS if minutes or name not in MINUTES]
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as base:
        played = await play_all(chosen(names, None), row.command, Path(base), jobs, lambda _: None)
        judged = judge(played)
    lines = [
        f"    {name}: {clause_id}: {breach.actual}"
        for name, findings in judged.findings.items()
        for clause_id, breach in findings
    ]
    for name, findings in judged.findings.items():
        for clause_id, _ in findings:
            SHOWN[clause_id].add(name)
    if played[0].ends[-1].code != 0:
        lines.append(f"    plain: exit code {played[0].ends[-1].code}: {played[0].output[-300:]}")
        if not judged.broken:
            return {"fails in the plain scenario"}, lines
    return judged.broken, lines


async def matrix(rows: list[Row], side_by_side: int, jobs: int, careful_minutes: bool) -> int:
    """Play all rows; how many were not as they should be. What is not installed here is told, and not played."""
    room, wrong = asyncio.Semaphore(side_by_side), 0

    async def one(row: Row) -> bool:
        if row.missing:
            print(f"MISSING {row.name}: {row.missing}", flush=True)
            return True
        async with room:
            minutes = row.minute or (careful_minutes and not row.breaks)
            broken, lines = await told(row, jobs, minutes)
        good = broken == row.breaks
        print(
            f"{'ok   ' if good else 'WRONG'} {row.name}: {', '.join(sorted(broken)) or 'quiet'}", flush=True
        )
        if not good:
            print(
                f"    expected {', '.join(sorted(row.breaks)) or 'quiet'}", *lines[:12], sep="\n", flush=True
            )
        return good

    outcomes = await asyncio.gather(*map(one, rows))
    wrong = outcomes.count(False)
    played = sum(not row.missing for row in rows)
    print(f"{played} of {len(rows)} clients played, {wrong} not as they should be")
    for clause_id, names in sorted(SHOWN.items()):
        several = f"{len(names)} scenarios" if len(names) > 1 else "one scenario only"
        print(f"  {clause_id} was shown by {several}: {', '.join(sorted(names))}")
    return wrong


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="rows by name, with wildcards; default: all")
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--side-by-side", type=int, default=2, help="clients at a time")
    parser.add_argument("--jobs", type=int, default=3 * (os.cpu_count() or 1))
    parser.add_argument(
        "--quick", action="store_true", help="careful ones without the scenarios of a whole minute"
    )
    parser.add_argument("--only", choices=("careful", "careless"))
    parser.add_argument("--every", action="store_true", help="a tool that is not installed is an error")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as build:
        rows = [*(careful(Path(build)) if options.only != "careless" else ())]
        rows += careless() if options.only != "careful" else ()
        wanted = [
            row for row in rows if not options.names or any(fnmatch(row.name, name) for name in options.names)
        ]
        wrong = sum(bool(row.missing) for row in wanted) if options.every else 0
        for _ in range(options.times):
            wrong += asyncio.run(matrix(wanted, options.side_by_side, options.jobs, not options.quick))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
