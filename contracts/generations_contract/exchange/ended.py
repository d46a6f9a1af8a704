"""How a client's process ended: what is known of it beside what it sent.

A value only. It stands in an exchange of its own, the last one of a client, of which nothing was sent.
"""

from dataclasses import dataclass
from typing import Final, Literal

# How a request is noted that stood open when the judge ended the client: because its time was over, or on purpose.
HANGING: Final = "it hung until the judge ended the client"
KILLED: Final = "the judge killed the client"


@dataclass(frozen=True)
class Ended:
    """The end of a client that was given a deadline; times in seconds.

    `code`: its exit code, `None` where the judge had to end it; `lasted_s`: from its first request on, `allowed_s`: how
    long it may. `assets`: how many of those that it was told of lie in its folder, `unclear` where other files do.
    `trace`: the first line of a stack trace that it printed. `resumes`: the id that it was polling when it was killed,
    in an earlier run. `pair`: a name that it shares with its twin, which met the same without the `altered` part.
    """

    code: int | None
    deadline_s: float
    lasted_s: float
    allowed_s: float = 0.0
    assets: int = 0
    unclear: bool = False
    trace: str = ""
    resumes: str = ""
    pair: str = ""
    altered: Literal["", "messages", "additions"] = ""
    did: tuple[str, ...] = ()
