"""Over a whole run: a target that is lost, a run that takes for ever, answers that fill the memory.

What one exchange may take is `bounds` and `transport`; what a clause says is none of this module's business.
A row of silence only raises a suspicion. Some gateways hang up on whatever
they do not like, so the stage asks a plain question before it gives the target up.
"""

from threading import Lock

from generations_contract.exchange.exchange import Failure, Kind, Response
from generations_contract.wire.bounds import Bounds

# What is as short as this can come as often as a run sends requests.
_SHORT_BYTES = 64 * 1024
# A parsed array or object takes at least as much more than its bracket.
_NODE_BYTES = 64


class RunHealth:
    """Counts what a run has met; `lost`: why the target counts as lost, if it does. Thread-safe.

    Nothing is sent from `ends_at` on, by the clock of `over`.
    """

    def __init__(self, bounds: Bounds, ends_at: float = float("inf")) -> None:
        self._bounds = bounds
        self._ends_at = ends_at
        self._kept = 0
        self._unanswered = 0
        self._heard_at: float | None = None
        self.lost: str | None = None
        self._lock = Lock()

    def over(self, now: float) -> str | None:
        """Why nothing more is sent, `None` while the run may go on."""
        if self.lost is None and now >= self._ends_at:
            return "the time of the run is over ([limits] max_time_s, and the longest deadline after it)"
        return self.lost

    def keep(self, kind: Kind, outcome: Response | Failure) -> Response | Failure:
        """The outcome, or a failure in the place of an answer that would fill the memory."""
        if isinstance(outcome, Failure) or len(outcome.body) <= _SHORT_BYTES:
            return outcome
        nodes = 0 if kind == "download" else outcome.body.count(b"[") + outcome.body.count(b"{")
        with self._lock:
            total = self._kept + len(outcome.body) + _NODE_BYTES * nodes
            if total > self._bounds.kept_bytes:
                most = self._bounds.kept_bytes
                return Failure("too-large", f"all answers of the run together take more than {most} bytes")
            self._kept = total
        return outcome

    def suspicious(self, kind: Kind, outcome: Response | Failure, now: float) -> bool:
        """Whether so many API requests in a row, for so long, had no answer that the target may be lost."""
        if kind == "download" or (isinstance(outcome, Failure) and outcome.kind == "abandoned"):
            return False
        with self._lock:
            if isinstance(outcome, Response) or self._heard_at is None:
                self._heard_at = now
            self._unanswered = self._unanswered + 1 if isinstance(outcome, Failure) else 0
            silent = now - self._heard_at >= self._bounds.silent_s
            return silent and self._unanswered >= self._bounds.unanswered

    def conclude(self, asked: Response | Failure) -> None:
        """Take the answer to the plain question: the target is lost, or the suspicion was wrong."""
        with self._lock:
            if isinstance(asked, Response):
                self._unanswered = 0
            elif self.lost is None:
                self.lost = (
                    f"the target stopped answering: {self._unanswered} requests in a row, "
                    f"and a plain GET ({asked.kind})"
                )
