"""Workflow commands of GitHub Actions: a line that the platform shows with the run or at a line of a file.

Only the form lives here. No text can end the line or begin another command: line breaks and percent signs are
escaped as the platform asks, in properties colons and commas too.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

from generations_contract.forms.text import printable

Kind: TypeAlias = Literal["error", "warning", "notice"]


def wanted(environment: Mapping[str, str]) -> bool:
    """Whether this process runs in GitHub Actions; anywhere else such a line is noise."""
    return environment.get("GITHUB_ACTIONS") == "true"


def command(
    kind: Kind, lines: Sequence[str], properties: Mapping[str, str | int], longest: int | None = None
) -> str:
    """An annotation; `longest` cuts each of its lines, `properties` are the platform's (title, file, line)."""
    told = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items())
    return f"::{kind} {told}::{data(lines, longest)}"


def data(lines: Sequence[str], longest: int | None = None) -> str:
    """Lines as the text of a command, or as one line of the log."""
    return "%0A".join(printable(line, longest).replace("%", "%25") for line in lines)


def _property(text: str) -> str:
    return printable(text, None).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
