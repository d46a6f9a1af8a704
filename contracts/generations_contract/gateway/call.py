"""One request on its way through the gateway, and what the gateway knows from one request to the next.

`State` outlives requests, a `Record` is what it keeps of one generation, a `Call` is one request with what
has been found out about it, a `Reply` is its answer. These are values and short readings of them: what is
answered, and when, is decided in `core` and `checks`, and no fault stands here (see `hooks`).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, TypeVar

from generations_contract.gateway.accounts import AccountBook
from generations_contract.gateway.catalogue import Catalogue, Model
from generations_contract.gateway.jobs import Holds, Job, Planner
from generations_contract.gateway.media import Signer
from generations_contract.gateway.models import CreateRequest
from generations_contract.gateway.wire import Headers, Request

T = TypeVar("T")
Operation = Literal["create", "fetch", "download", "other"]
Tamper = Callable[["Call", Any], Any]


@dataclass(slots=True)
class Record:
    """What the gateway keeps of a generation: its timeline, whose it is, and who polls it."""

    job: Job
    model: Model
    account: AccountBook
    polls: int = 0
    holds: Holds = field(default_factory=Holds)


@dataclass(slots=True)
class State:
    """All that the gateway knows. `epoch` is the Unix time at `now == 0`; `posts` and `gets` count requests."""

    catalogue: Catalogue
    epoch: float
    books: list[AccountBook]
    planner: Planner
    signer: Signer
    tampers: dict[str, tuple[Tamper, ...]] = field(default_factory=dict)  # hook -> in order
    records: dict[str, Record] = field(default_factory=dict)  # id -> record, the oldest first
    holds: Holds = field(default_factory=Holds)
    memory: dict[str, Any] = field(default_factory=dict)  # notes that tampers keep from call to call
    posts: int = 0
    gets: int = 0

    def owner_of(self, asset_name: str) -> Record | None:
        """The generation that an asset of that name would belong to (its name begins with the id)."""
        return self.records.get(asset_name.rpartition(".")[0].partition("-")[0])


@dataclass(slots=True)
class Call:
    """One request: all that a check or a tamper may want to look at.

    Counts begin at 1. `nth_post` and `nth_get` are the gateway's, `nth_poll` is this generation's.
    """

    state: State
    request: Request
    now: float
    operation: Operation
    nth_post: int = 0
    nth_get: int = 0
    nth_poll: int = 0
    account: AccountBook | None = None
    document: Any = None  # the JSON body as sent, None until it is read
    asked: CreateRequest | None = None
    model: Model | None = None
    record: Record | None = None
    wait_s: float | None = None  # the window asked for, "auto" and defaults resolved

    def at(self, hook: str, value: T) -> T:
        """The value as the tampers at that hook leave it."""
        for tamper in self.state.tampers.get(hook, ()):
            value = tamper(self, value)
        return value

    @property
    def job(self) -> Job:
        """The generation's timeline. Only where there is one: from the hook `job` on."""
        if self.record is None:
            raise LookupError("this call has no generation yet")
        return self.record.job

    def keep(self, job: Job) -> None:
        """Replace the timeline that the gateway keeps."""
        if self.record is not None:
            self.record.job = job

    @property
    def held(self) -> int:
        """How many answers the gateway is holding back right now, this one not counted."""
        return self.state.holds.count(self.now)

    @property
    def held_here(self) -> int:
        """The same, of this generation only."""
        return self.record.holds.count(self.now) if self.record else 0

    @property
    def memory(self) -> dict[str, Any]:
        """Notes that a tamper keeps from call to call, the gateway's own; choose a key of your own."""
        return self.state.memory


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, due at `at` (seconds, the clock of `now`). `call` is the way back for `Gateway.dropped`.

    A reply says when it is to be sent, so that holding a poll is the adapter's business alone and costs
    nothing in virtual time.
    """

    at: float
    status: int
    headers: Headers
    body: bytes
    call: Call | None = field(default=None, repr=False, compare=False)
