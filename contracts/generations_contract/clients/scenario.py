"""The noun scenario: what the gateway and the wire do to one client, as a value.

Nothing is served here. An `Act` is what happens to a request beside the gateway's plain answer to it.
"""

from dataclasses import dataclass, field
from typing import Final, Literal

from generations_contract.api.vocabulary import Modality
from generations_contract.gateway.hooks import Fault

Happening = Literal[
    "lost", "page", "refusal", "silent", "heartbeat", "buffered", "closing", "redirect", "expired"
]
Operation = Literal["create", "fetch", "download"]
# Whatever the number of the request.
EVERY: Final = 0


@dataclass(frozen=True)
class Act:
    """What happens to a request.

    `lost`: its connection is reset after `after_s`; `page`: somebody between answers with HTML; `refusal`: the
    envelope with `code`. `made`: whether the gateway had the request all the same. Times in seconds.
    """

    how: Happening
    status: int = 0
    code: str = ""
    message: str = ""
    after_s: float = 0.0
    made: bool = False
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Rule:
    """To which request an act happens: the `first` to the `last` of an operation, counted from 1."""

    operation: Operation
    act: Act
    first: int = 1
    last: int = 1

    def meets(self, operation: str, number: int) -> bool:
        """Whether the request with that number is one of them."""
        return operation == self.operation and (self.last == EVERY or self.first <= number <= self.last)


@dataclass(frozen=True)
class Scenario:
    """One row of the table. Times in seconds.

    `shows`: the clauses that it can show broken. `deadline_s`: what the client is told as its outer deadline.
    `listens_after_s`: until then connections are refused. `killed_in_fetch`: the client is killed in its first poll
    that is held, and started once more. `grace_s`: how long after its deadline the client may end. `pair` names twins,
    of which one is `altered`. `tampers`: how the gateway itself differs. `patient`: it only waits, and takes no room.
    """

    name: str
    sentence: str
    shows: tuple[str, ...]
    modality: Modality = "image"
    queued_s: float = 0.2
    running_s: float = 0.6
    outcome: str = "completed"
    as_http: bool = False
    auto_s: float | None = None
    deadline_s: float = 20.0
    listens_after_s: float = 0.0
    bad_key: bool = False
    killed_in_fetch: bool = False
    patient: bool = False
    # "Within about two seconds after": and one for the process to go, on a busy machine.
    grace_s: float = 3.0
    pair: str = ""
    altered: Literal["", "messages", "additions"] = ""
    rules: tuple[Rule, ...] = ()
    tampers: tuple[Fault, ...] = field(default=(), repr=False)

    def act(self, operation: str, number: int) -> Act | None:
        """What happens to the request with that number, if anything."""
        return next((rule.act for rule in self.rules if rule.meets(operation, number)), None)
