"""What a contract run can be told: one table, for pytest (`--contract-NAME`) and for `check` (`--NAME`).

Names, kinds of value and help only; what an option does is in `run`. Imported by every pytest that has the
plugin installed, so it imports next to nothing.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

# The value of an option that was given without one.
ALL: Final = "all"

OPTIONS: Final[Mapping[str, Mapping[str, Any]]] = {
    "target": {
        "metavar": "PROFILE",
        "help": "profile of the gateway under test (TOML), or its base URL with the key in GATEWAY_API_KEY; "
        "default: the embedded reference gateway in virtual time",
    },
    "schemas": {
        "metavar": "DIR",
        "type": Path,
        "help": "judge by this version of the schemas: a directory with the four files, or an OpenAPI 3.1 "
        "document (default: the profile's [target] schemas, else the suite's own)",
    },
    "document": {
        "metavar": "DATE",
        "help": "measure by the contract of that date: clauses younger than it are played and told, and not counted "
        "(default: the profile's [target] document, else all of them count)",
    },
    "depth": {
        "choices": ("free", "quick", "standard", "deep"),
        "help": "how much to do: free (no accepted generation), quick, standard (default for a target), "
        "deep (default for the embedded gateway)",
    },
    "clause": {
        "action": "append",
        "default": [],
        "metavar": "ID",
        "help": "play only what means to exercise this clause; may be given more than once",
    },
    "require-exercised": {
        "nargs": "?",
        "const": ALL,
        "metavar": "IDS",
        "help": "fail where one of these clauses is not exercised: ids or patterns, by commas (alone: all of them)",
    },
    "seed": {
        "default": 0,
        "metavar": "N",
        "help": "what is drawn at random, and the embedded gateway's jobs, follow from it (default: 0); "
        "random: a new one, which is printed",
    },
    "report": {
        "metavar": "DIR",
        "type": Path,
        "help": "write report.html, verdicts.json, junit.xml, summary.md and traffic.har there",
    },
    "baseline": {
        "metavar": "FILE",
        "type": Path,
        "help": "accept the breaches that this file lists; fail on new ones, and on listed ones that are gone",
    },
    "memory": {
        "metavar": "FILE",
        "type": Path,
        "help": "remember this run of a live target there, and look at what earlier runs have left: their generations "
        "are fetched again, and what changed is told (no keys, signatures or prompts; keep it in a CI cache)",
    },
    "stage": {
        "choices": ("respx", "direct"),
        "default": "respx",
        "help": "how the embedded gateway is reached: through httpx and respx (default), or directly",
    },
    "fault": {
        "action": "append",
        "default": [],
        "metavar": "NAME",
        "help": "let the embedded gateway lie in this way (see `generations-contract faults`)",
    },
}
# Names of before 0.2, which other people's conftest files may use for options of their own.
OLD_NAMES: Final = ("target", "depth", "fault")


def add_schemas_option(parser: Any) -> None:
    """The option `schemas` on the parser of a command that judges without pytest, under both names."""
    parser.add_argument("--schemas", flag("schemas"), dest="schemas", **OPTIONS["schemas"])


def flag(name: str) -> str:
    """The option as pytest has it."""
    return f"--contract-{name}"
