"""Annotations of GitHub Actions: a broken clause as an error line that the platform shows with the run.

How such a line is written is `forms.github`'s.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generations_contract.forms import github
from generations_contract.judging.verdict import FAILING

# The platform shows ten errors of a step; the last of ours says how many there are.
_MOST = 10


def lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Workflow commands for the run (`json.document`)."""
    broken = [clause for clause in content["clauses"] if _fails(clause)]
    room = _MOST if len(broken) <= _MOST else _MOST - 1
    for clause in broken[:room]:
        breach = next((each for each in clause["breaches"] if not each["waived"]), None)
        told = f"expected {breach['expected']}; actual {breach['actual']}" if breach else clause["says"]
        times = clause["broken"] + clause["unmet"]
        yield _error(f"{clause['id']} ({clause['level']}) {clause['state']} ×{times}", told)
    if len(broken) > room:
        rest = ", ".join(clause["id"] for clause in broken[room:])
        yield _error(f"{len(broken) - room} more clauses fail", rest)
    for line in content["stale"]:
        yield _error("baseline", line)
    for line in content["network"]:
        if line.startswith("inconclusive"):
            yield _error("network", line)


def _fails(clause: Mapping[str, Any]) -> bool:
    return clause["state"] in FAILING or (clause["required"] and clause["state"] == "not exercised")


def _error(title: str, message: str) -> str:
    return github.command("error", [message], {"title": title}, 600)
