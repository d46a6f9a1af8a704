"""Annotations of GitHub Actions: a broken clause as an error line that the platform shows with the run.

Only in Actions: anywhere else such a line is noise. The text of a gateway cannot end the line or begin
another command, because line breaks and percent signs are escaped as the platform asks.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from generations_contract.forms.text import printable

# The platform shows ten errors of a step; the last of ours says how many there are.
_MOST = 10


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether this process runs in GitHub Actions."""
    return environment.get("GITHUB_ACTIONS") == "true"


def lines(content: Mapping[str, Any]) -> Iterator[str]:
    """Workflow commands for the run (`json.document`)."""
    broken = [clause for clause in content["clauses"] if clause["state"] == "broken"]
    room = _MOST if len(broken) <= _MOST else _MOST - 1
    for clause in broken[:room]:
        breach = next((each for each in clause["breaches"] if not each["waived"]), None)
        told = f"expected {breach['expected']}; actual {breach['actual']}" if breach else clause["says"]
        yield _error(f"{clause['id']} ({clause['level']}) broken ×{clause['broken']}", told)
    if len(broken) > room:
        rest = ", ".join(clause["id"] for clause in broken[room:])
        yield _error(f"{len(broken) - room} more clauses are broken", rest)
    for line in content["stale"]:
        yield _error("baseline", line)


def _error(title: str, message: str) -> str:
    return f"::error title={_escaped(title, property_value=True)}::{_escaped(printable(message, 600))}"


def _escaped(text: str, *, property_value: bool = False) -> str:
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if property_value else text
