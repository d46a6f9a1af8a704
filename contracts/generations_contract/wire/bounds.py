"""How much the suite takes from a server before it gives up: seconds, bytes and hops, in one place.

Nothing here is a clause. A bound lies far beyond everything that the document allows, so that only a broken
or a hostile server meets it; every bound ends in a `Failure` that says which one it was.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Bounds:
    """What one exchange, and what a whole run, may take. Seconds, bytes, counts.

    `pauses_s`: before each time that a request is sent again whose connection was lost. `grace_s`: how long a
    client waits beyond what it asked for; well above any slack, because "no answer" must mean it. `connect_s`: a
    connection and its TLS handshake, each. `answer_bytes` and `media_bytes`: an API answer and a download, decoded.
    `hops`: redirects of a download. `unanswered`: exchanges in a row without any answer, and `silent_s` without one,
    until the target counts as lost. `kept_bytes`: what all answers of a run may take in memory. Of a client that is
    watched, for how long is not known: `watched_bytes`, of one answer; `watched_exchanges`, the latest that are kept;
    `watched_breaches`, the first of each clause; `watched_memory_s`, how long a generation that is quiet is remembered.
    """

    pauses_s: tuple[float, ...] = (0.1, 0.4, 1.5)
    grace_s: float = 15.0
    connect_s: float = 10.0
    download_s: float = 120.0
    answer_bytes: int = 4 * 1024 * 1024
    media_bytes: int = 256 * 1024 * 1024
    hops: int = 5
    unanswered: int = 24
    silent_s: float = 20.0
    kept_bytes: int = 1024 * 1024 * 1024
    watched_bytes: int = 64 * 1024 * 1024
    watched_exchanges: int = 10_000
    watched_breaches: int = 20
    watched_memory_s: float = 3600.0


BOUNDS: Final = Bounds()
