"""Where a fault can get at the gateway: the seams, the call they are given, and the registry of tampers.

At each of its decisions the core asks `value = at("seam", call, value)`. A tamper is `(call, value) ->
value`; the honest gateway has none, and its seams cost a dictionary look-up. No fault stands here: see
`faults`.

The seams, in the order in which a request meets them:

| seam         | value                      | what it decides |
|---|---|---|
| credentials  | AccountBook or None        | whose key it is (`call.account`) |
| rate         | int or None                | Retry-After of the 429, None admits (POST) |
| document     | the parsed JSON body       | what validation sees (POST; None if it was no JSON object) |
| lookup       | Record or None             | the generation that a GET finds (`call.record`) |
| problem      | Problem or None            | each refusal found; once more, with None, when there is none |
| asked        | CreateRequest              | what is made of the valid body (POST) |
| job          | Job                        | the timeline that is fixed (POST), or that is looked at (GET) |
| window       | float                      | the effective wait window, seconds |
| answer_at    | float                      | when to answer |
| moment       | float                      | the moment whose snapshot is shown |
| resource     | dict                       | the JSON of a 2xx |
| problem_body | (status, dict)             | status and envelope of a refusal |
| headers      | list of (name, value)      | the headers of any API answer |
| reply        | Reply                      | the whole answer: status, bytes, moment |
| signature    | bool                       | whether a media URL is good |
| asset        | Reply                      | the answer to a download |
| dropped      | Job                        | the client hung up while held: the timeline from then on |

A tamper that lifts a refusal (`problem` -> None) is answered as a lenient gateway would: `models.read_leniently`
reads what can be read. `call.keep(job)` replaces the timeline for good at any seam; what `job` returns on
POST and what `dropped` returns is kept, what `job` returns on GET is only shown.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from generations_contract.gateway.accounts import AccountBook
from generations_contract.gateway.catalogue import Model
from generations_contract.gateway.holds import Holds
from generations_contract.gateway.jobs import Job
from generations_contract.gateway.models import CreateRequest
from generations_contract.gateway.wire import Request

if TYPE_CHECKING:
    from generations_contract.gateway.core import Gateway

SEAMS: Final = (
    "credentials",
    "rate",
    "document",
    "lookup",
    "problem",
    "asked",
    "job",
    "window",
    "answer_at",
    "moment",
    "resource",
    "problem_body",
    "headers",
    "reply",
    "signature",
    "asset",
    "dropped",
)

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
class Call:
    """One request on its way through the gateway: all that a tamper may want to look at.

    Counts begin at 1. `nth_post` and `nth_get` are the gateway's, `nth_poll` is this generation's.
    """

    gateway: "Gateway"
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
    reply_at: float = 0.0

    @property
    def job(self) -> Job:
        """The generation's timeline. Only where there is one: from the seam `job` on."""
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
        return self.gateway.holds.count(self.now)

    @property
    def held_here(self) -> int:
        """The same, of this generation only."""
        return self.record.holds.count(self.now) if self.record else 0

    @property
    def memory(self) -> dict[str, Any]:
        """Notes that a tamper keeps from call to call, the gateway's own; choose a key of your own."""
        return self.gateway.memory


@dataclass(frozen=True, slots=True)
class Fault:
    """One named lie (or, with nothing in `breaks`, one named liberty) and the seams it is told at."""

    name: str
    sentence: str
    breaks: frozenset[str]
    seams: dict[str, tuple[Tamper, ...]] = field(repr=False, compare=False)

    def also(self, at: str) -> Callable[[Tamper], Tamper]:
        """Tell the same lie at a further seam."""

        def add(tamper: Tamper) -> Tamper:
            _add(self.seams, at, tamper)
            return tamper

        return add


def _add(table: dict[str, tuple[Tamper, ...]], seam: str, tamper: Tamper) -> None:
    if seam not in SEAMS:
        raise ValueError(f"no seam {seam!r}; there are: {', '.join(SEAMS)}")
    table[seam] = (*table.get(seam, ()), tamper)


FAULTS: Final[dict[str, Fault]] = {}
VARIANTS: Final[dict[str, Fault]] = {}


def fault(name: str, *, breaks: set[str], at: str) -> Callable[[Tamper], Fault]:
    """Register the decorated tamper as a fault; its docstring's first line is the sentence shown."""
    if not breaks:
        raise ValueError(f"fault {name!r} breaks nothing; is it a variant?")
    return _register(FAULTS, name, frozenset(breaks), at)


def variant(name: str, *, at: str) -> Callable[[Tamper], Fault]:
    """Register the decorated tamper as a benign variant: a liberty that the contract allows."""
    return _register(VARIANTS, name, frozenset(), at)


def _register(
    registry: dict[str, Fault], name: str, breaks: frozenset[str], at: str
) -> Callable[[Tamper], Fault]:
    if name in FAULTS or name in VARIANTS:
        raise ValueError(f"{name!r} is taken")

    def register(tamper: Tamper) -> Fault:
        sentence = (tamper.__doc__ or "").strip().partition("\n")[0]
        if not sentence:
            raise ValueError(f"{name!r} needs a docstring of one sentence")
        table: dict[str, tuple[Tamper, ...]] = {}
        _add(table, at, tamper)
        registry[name] = Fault(name, sentence, breaks, table)
        return registry[name]

    return register
