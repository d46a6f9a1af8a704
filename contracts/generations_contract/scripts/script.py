"""What one client does, as a generator: it yields steps and receives exchanges.

No I/O, no clock, no judgement lives here. A driver (`stage`, or the load tests) carries the steps out; the
same script runs in virtual time, over real HTTP and under load.
"""

from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar

from generations_contract.api.vocabulary import WAIT_MAX_S
from generations_contract.exchange.credentials import BEARER
from generations_contract.exchange.exchange import Asset, Exchange

ReturnT = TypeVar("ReturnT")

# The least time between two polls of a script that follows a generation.
BREATH_S: Final = 0.2


@dataclass(frozen=True)
class Create:
    """`POST /v1/generations`. `body`: a mapping, sent as JSON, or the very bytes.

    `account` is a label of the profile's keys, `credential` a name in `credentials.CREDENTIALS`.
    `give_up_after_s`: hang up when no answer came by then, on purpose. `paid`: whether a gateway may accept
    it, so that its cost must be reserved; by default what is given as a mapping is, and bytes are not.
    """

    body: Mapping[str, Any] | bytes
    account: str = "main"
    credential: str = BEARER
    give_up_after_s: float | None = None
    content_type: str = "application/json"
    intent: str = ""
    paid: bool | None = None

    @property
    def may_cost(self) -> bool:
        """Whether money must be set aside before it is sent."""
        wanted = isinstance(self.body, Mapping) if self.paid is None else self.paid
        return wanted and self.credential == BEARER


@dataclass(frozen=True)
class Fetch:
    """`GET /v1/generations/{id}`; `wait=None` leaves the parameter out; `query` adds raw parameters."""

    generation_id: str
    wait: float | str | None = None
    account: str = "main"
    credential: str = BEARER
    give_up_after_s: float | None = None
    query: str = ""
    intent: str = ""


@dataclass(frozen=True)
class Raw:
    """Any other request below the target's base URL; `path` begins with a slash."""

    method: str
    path: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    account: str = "main"
    credential: str = BEARER
    intent: str = ""


@dataclass(frozen=True)
class Download:
    """GET the URL of a media entry, without the API key."""

    url: str
    asset: Asset
    intent: str = ""


@dataclass(frozen=True)
class Pause:
    """Do nothing for some seconds."""

    seconds: float


@dataclass(frozen=True)
class Together:
    """Run several scripts at the same time; answers with the tuple of what they return, in order."""

    scripts: tuple["Script[Any]", ...] = field(default=())

    @classmethod
    def of(cls, *scripts: "Script[Any]") -> "Together":
        """The scripts given one by one."""
        return cls(scripts)


Step: TypeAlias = Create | Fetch | Raw | Download | Pause | Together
Script: TypeAlias = Generator[Step, Any, ReturnT]


def through(script: Script[ReturnT], carry_out: Callable[[Step], Script[Any]]) -> Script[ReturnT]:
    """The same script, each single step taken by `carry_out(step)`, which may yield others around it.

    Scripts that run together are led through it as well; the steps that `carry_out` yields are not.
    """
    value: Any = None
    while True:
        try:
            step = script.send(value)
        except StopIteration as stop:
            result: ReturnT = stop.value
            return result
        if isinstance(step, Together):
            value = yield Together(tuple(through(each, carry_out) for each in step.scripts))
        else:
            value = yield from carry_out(step)


def once(step: Step) -> "Script[Exchange]":
    """The script of a single step."""
    answer: Exchange = yield step
    return answer


def after(seconds: float, script: "Script[ReturnT]") -> "Script[ReturnT]":
    """A script that begins later."""
    yield Pause(seconds)
    return (yield from script)


def until_terminal(
    seen: Exchange, *, wait: float | Callable[[int], float] = WAIT_MAX_S, account: str = "main"
) -> "Script[Exchange]":
    """Fetch the generation of `seen` until it is terminal, an answer is none of a resource, or it is overdue.

    Begins with what has been seen: a terminal exchange is returned at once. Overdue is what a poll that was sent
    after the profile's deadline still shows unfinished; the deadline counts from the answer of `seen`.
    """
    due_at = seen.answered_at + seen.terms.deadline_s(seen.modality) + seen.terms.allowance_s
    generation_id, turn = seen.generation_id, 0
    while generation_id and seen.state and not seen.terminal and seen.sent_at <= due_at:
        seen = yield Fetch(generation_id, wait=wait(turn) if callable(wait) else wait, account=account)
        turn += 1
        if seen.state and not seen.terminal and seen.elapsed_s < BREATH_S:
            # Nobody held this poll (wait 0, or a gateway that ignores it): never ask in a hot loop.
            yield Pause(min(2.0, BREATH_S * turn))
    return seen


def create_and_follow(
    body: Mapping[str, Any], *, wait: float = WAIT_MAX_S, account: str = "main"
) -> "Script[tuple[Exchange, Exchange]]":
    """Create, then fetch until terminal: (the POST's exchange, the last exchange)."""
    created: Exchange = yield Create(body, account=account)
    return created, (yield from until_terminal(created, wait=wait, account=account))
