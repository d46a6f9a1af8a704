"""What `clauses`, `faults` and `rules` print: everything of a kind that there is, as a table or as JSON.

The catalogues are imported when they are asked for, because a command must be quick to complain.
"""

import argparse
import json
from collections.abc import Mapping, Sequence


def clauses(options: argparse.Namespace) -> int:
    """Print the clauses of both sides, or with `--dates` the states of the contract."""
    from generations_contract.clauses import CLAUSES, CLIENT_CLAUSES
    from generations_contract.document.states import states

    if options.dates:
        dated = [{"date": date, "clauses": ids} for date, ids in states().items()]
        shown = [{**each, "clauses": f"{len(each['clauses'])} clauses"} for each in dated[:1]] + dated[1:]
        _print(dated if options.json else shown, ("date", "clauses"), as_json=options.json)
        return 0
    rows = [
        {"id": each.id, "level": each.level, "section": each.section, "says": each.says}
        for each in [*CLAUSES.values(), *CLIENT_CLAUSES.values()]
    ]
    _print(rows, ("id", "level", "says"), as_json=options.json)
    return 0


def faults(options: argparse.Namespace) -> int:
    """Print the faults and the benign variants of the reference gateway."""
    from generations_contract.gateway.tampers import FAULTS, VARIANTS

    rows = [
        {"name": each.name, "kind": kind, "breaks": sorted(each.breaks), "says": each.sentence}
        for kind, registry in (("fault", FAULTS), ("variant", VARIANTS))
        for each in registry.values()
    ]
    _print(rows, ("name", "kind", "breaks", "says"), as_json=options.json)
    return 0


def rules(options: argparse.Namespace) -> int:
    """Print the rules by which `diff` tells changes."""
    from generations_contract.regression.verdicts.rules import rules as known

    rows = [
        {
            "name": each.name,
            "severity": each.severity,
            "breaks": each.whom,
            "step": each.step,
            "says": each.reason,
        }
        for each in known().values()
    ]
    _print(rows, ("name", "severity", "says"), as_json=options.json)
    return 0


def _print(rows: Sequence[Mapping[str, object]], columns: Sequence[str], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(rows, indent=1, ensure_ascii=False))  # noqa: T201
        return
    cells = [[_cell(row[column]) for column in columns] for row in rows]
    widths = [max((len(line[i]) for line in cells), default=0) for i in range(len(columns) - 1)]
    for line in cells:
        print("  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[-1]]))  # noqa: T201


def _cell(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
