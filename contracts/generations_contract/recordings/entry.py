"""A recorded request and its outcome, whoever recorded it: what all readers of recordings make, and nothing else.

An entry holds keys and signatures as the recording does: it is never printed, written or kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from generations_contract.exchange.exchange import Failure, Headers


@dataclass(frozen=True)
class Entry:
    """A request and its outcome as recorded, secrets included; times in Unix seconds.

    `body` and `answer` are `None` where the recording left them out. `otherwise`: when it was sent and answered
    where the recording can be read in two ways. `doubt`: why it says nothing about the gateway, if so; an entry
    without a `url` could not be read at all. `own`: what this suite itself had noted (`codec.EXTRAS`), empty for
    anybody else's recording.
    """

    name: str
    method: str
    url: str
    headers: Headers
    body: bytes | None
    sent_unix: float
    answered_unix: float
    status: int = 0
    answer_headers: Headers = field(default_factory=Headers)
    answer: bytes | None = b""
    failure: Failure | None = None
    otherwise: tuple[float, float] | None = None
    doubt: str | None = None
    own: Mapping[str, Any] = field(default_factory=dict)

    def __repr__(self) -> str:
        return f"Entry({self.name})"


def unread(name: str, doubt: str) -> Entry:
    """What stands for an entry of which nothing could be read, and why."""
    return Entry(name, "", "", Headers(), None, 0.0, 0.0, answer=None, doubt=doubt)
