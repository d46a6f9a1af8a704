"""What one client does, as a generator without I/O, and how such a script is driven.

A script yields steps and is sent the `Exchange` of each: `Create` (POST), `Fetch` (GET, held for `wait` seconds), `Raw`
(any other request), `Download` (a media URL), `Pause` (seconds), `Together` (several scripts at the same time); any of
them is a `Step`, and a `Script` is the generator. `once`, `after`, `until_terminal` and `create_and_follow` are scripts
of one or two lines. `@probe(...)` makes a contract test of a script; a `Probe` is what it registers, `Depth` says how
shallow a run plays it. `drawn` are hypothesis' settings for a contract test that draws at random.
"""

from typing import TYPE_CHECKING, Any

from generations_contract.scripts.probe import Depth, Probe, probe
from generations_contract.scripts.script import (
    Create,
    Download,
    Fetch,
    Pause,
    Raw,
    Script,
    Step,
    Together,
    after,
    create_and_follow,
    once,
    until_terminal,
)

if TYPE_CHECKING:
    from generations_contract.scripts.examples import drawn

__all__ = [
    "Create",
    "Depth",
    "Download",
    "Fetch",
    "Pause",
    "Probe",
    "Raw",
    "Script",
    "Step",
    "Together",
    "after",
    "create_and_follow",
    "drawn",
    "once",
    "probe",
    "until_terminal",
]


def __getattr__(name: str) -> Any:
    """Import `drawn` when it is first asked for: load tests do without hypothesis."""
    if name == "drawn":
        from generations_contract.scripts.examples import drawn

        return drawn
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
