"""One scenario, played: a gateway for it, the client's process in a folder of its own, and what was seen of both."""

import asyncio
import hashlib
import socket
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from generations_contract.api.terms import Terms, Watched
from generations_contract.api.usage import UsageError
from generations_contract.clients.door import Door
from generations_contract.clients.process import Client, trace_in
from generations_contract.clients.record import VARIABLE, Recorder
from generations_contract.clients.scenario import Scenario
from generations_contract.exchange.ended import HANGING, KILLED, Ended
from generations_contract.exchange.exchange import Exchange, Request
from generations_contract.gateway import Catalogue, Gateway, default_catalogue
from generations_contract.gateway.catalogue import Account, Model
from generations_contract.gateway.doors.server import open_door

PROMPT: Final = "A lighthouse above the clouds, at dawn"
KEY: Final = "ze_client_Tq5wRz8KdNy2MvXa"
BAD_KEY: Final = "ze_nobody_Hf3sLb7PcUe9JgWo"
# The document's own examples, so that a client that knows models by name knows these.
MODELS: Final = {"image": "flux-1.1-pro", "video": "veo-3"}
PRICES_USD: Final = {"image": 0.04, "video": 0.4}
# How long after what is allowed to it the judge ends a client.
PATIENCE_S: Final = 2.0
_BEFORE_DEADLINE_S: Final = 1.0
# A poll that is held for so long is under way.
_HELD_S: Final = 0.3
_STARTING_S: Final = 10.0
_SETTLING_S: Final = 3.0
_SEEN_S: Final = 0.02
# How often a busy machine is looked for, and what is the ordinary grain of an event loop.
_TICK_S: Final = 0.1
_ON_TIME_S: Final = 0.005


@dataclass
class Played:
    """What came of a scenario. `ends`: of each run of the client; `output`: what it wrote.

    `generations` and `billed_usd` are the gateway's own ledger's; times of exchanges count from the start.
    """

    scenario: Scenario
    exchanges: list[Exchange]
    ends: list[Ended]
    output: str
    took_s: float
    generations: int
    billed_usd: float
    agents: list[str] = field(default_factory=list)
    folder: Path | None = None

    @property
    def requests(self) -> int:
        """How many requests came."""
        return sum(each.ended is None for each in self.exchanges)


def catalogue_of(scenario: Scenario) -> Catalogue:
    """What the gateway of a scenario offers: one model of each modality, as the scenario has it, and one account."""
    offered = default_catalogue()
    models = {}
    for modality, name in MODELS.items():
        row = offered.models[name]
        change = {
            "queued_s": (scenario.queued_s, scenario.queued_s),
            "running_s": (scenario.running_s, scenario.running_s),
            "price_usd": PRICES_USD[modality],
            "outcome": scenario.outcome,
            "failure_shows_as": "http" if scenario.as_http else "resource",
            "side": 64,
            "duration_s": 1.0,
            "durations_s": (),
        }
        models[name] = Model.model_validate(row.model_dump() | change)
    house = offered.house
    if scenario.auto_s is not None:
        house = house.model_copy(update={"auto_image_s": scenario.auto_s, "auto_video_s": scenario.auto_s})
    return Catalogue(house=house, accounts={"client": Account(name="client", key=KEY)}, models=models)


class Play:
    """One scenario with one client; `clock` counts from its making."""

    def __init__(self, scenario: Scenario, command: Sequence[str], base: Path) -> None:
        self.scenario, self._command = scenario, command
        self.folder, self._log = base / scenario.name / "folder", base / scenario.name / "output.txt"
        self._began = time.monotonic()
        self._unix = time.time()
        key = BAD_KEY if scenario.bad_key else KEY
        self.recorder = Recorder(key, self._unix)
        self._late_s = 0.0

    def clock(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self._began

    async def run(self) -> Played:
        """Serve, start the client, wait for its end; raises `UsageError` where it cannot be started."""
        self.folder.mkdir(parents=True, exist_ok=True)
        async with AsyncExitStack() as stack:
            sockets = [listener() for _ in range(3)]
            for each in sockets:
                stack.callback(each.close)
            origins = tuple(f"http://127.0.0.1:{each.getsockname()[1]}" for each in sockets)
            gateway = Gateway(
                catalogue_of(self.scenario),
                origin=origins[1],
                epoch=self._unix,
                tampers=self.scenario.tampers,
            )
            watched = Watched(self.scenario.deadline_s - _BEFORE_DEADLINE_S)
            door = Door(self.scenario, gateway, self.recorder, self.clock, Terms(watched=watched))
            door.origins = (origins[0], origins[1], origins[2])
            for index in (1, 2):
                stack.push_async_callback(_closed, await open_door(door.at(index), sockets[index]))
            clocked = asyncio.create_task(self._clocked())
            stack.callback(clocked.cancel)
            opening = asyncio.create_task(self._open(door, sockets[0], stack))
            ends = await self._runs(door, opening)
            line = gateway.ledger[0]
        output = self._log.read_text("utf-8", "replace") if self._log.exists() else ""
        return Played(
            self.scenario, self.recorder.exchanges, ends, output, self.clock(), line.generations, line.cost_usd,
            self.recorder.agents, self.folder,
        )  # fmt: skip

    async def _open(self, door: Door, listener: socket.socket, stack: AsyncExitStack) -> None:
        await asyncio.sleep(self.scenario.listens_after_s)
        stack.push_async_callback(_closed, await open_door(door.at(0), listener))

    async def _runs(self, door: Door, opening: "asyncio.Task[None]") -> list[Ended]:
        if not self.scenario.listens_after_s:
            await opening
        environment = {
            "GATEWAY_URL": door.origins[0],
            VARIABLE: self.recorder.key,
            "GATEWAY_MODEL": MODELS[self.scenario.modality],
            "GATEWAY_PROMPT": PROMPT,
            "GATEWAY_DEADLINE_S": f"{self.scenario.deadline_s:g}",
        }
        ends = []
        client = await Client.start(self._command, self.folder, self._log, environment)
        try:
            resumes = await self._killed(door, client) if self.scenario.killed_in_fetch else ""
            if resumes:
                ends.append(self._end(Ended(None, self.scenario.deadline_s, 0.0), door.terms))
                client = await Client.start(self._command, self.folder, self._log, environment)
            ends.append(await self._last_end(door, client, resumes))
        finally:
            await client.kill()
            opening.cancel()
        return ends

    async def _killed(self, door: Door, client: Client) -> str:
        """Kill the client while it is held in a poll; the id that it polled, "" where it never was."""
        waiting = asyncio.create_task(door.held.wait())
        ending = asyncio.create_task(client.process.wait())
        within_s = self.scenario.deadline_s + _STARTING_S
        await asyncio.wait({waiting, ending}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
        waiting.cancel()
        if not door.held.is_set() or ending.done():
            return ""
        await asyncio.sleep(_HELD_S)
        if ending.done():
            return ""
        door.over = KILLED
        await client.kill()
        await self._settled(door)
        door.over, door.first_at = "", None
        last = next((each for each in reversed(self.recorder.exchanges) if each.kind == "fetch"), None)
        return (last.generation_id or "") if last is not None and last.failure is not None else ""

    async def _last_end(self, door: Door, client: Client, resumes: str) -> Ended:
        code = await self._awaited(door, client)
        if code is None:
            door.over = HANGING
            await client.kill()
        ended_at = self.clock()
        await self._settled(door)
        lasted_s = ended_at - (door.first_at or 0.0)
        return self._end(self._ended(code, lasted_s, self._allowed_s(door), resumes), door.terms)

    async def _settled(self, door: Door) -> None:
        """Wait until the gateway has seen that the connections of the client ended, a while at the most."""
        until = self.clock() + _SETTLING_S
        await asyncio.sleep(_SEEN_S)
        while door.under_way and self.clock() < until:
            await asyncio.sleep(_SEEN_S)

    async def _awaited(self, door: Door, client: Client) -> int | None:
        """Wait until what is allowed to it is over, counted from its first request, and a while longer."""
        while True:
            first = door.first_at if door.first_at is not None else _STARTING_S
            left_s = first + self._allowed_s(door) + PATIENCE_S - self.clock()
            if left_s <= 0:
                return None
            if (code := await client.ended(left_s)) is not None:
                return code

    def _allowed_s(self, door: Door) -> float:
        """How long a client may last: longer on a machine that is busy, by what the gateway itself sees of that."""
        slow_start_s = (door.first_at or 0.0) / 2
        return self.scenario.deadline_s + self.scenario.grace_s + self._late_s + slow_start_s

    async def _clocked(self) -> None:
        """Add up how late this process itself is woken: so late may be whoever shares the machine with it."""
        while True:
            due = self.clock() + _TICK_S
            await asyncio.sleep(_TICK_S)
            self._late_s += max(0.0, self.clock() - due - _ON_TIME_S)

    def _ended(self, code: int | None, lasted_s: float, allowed_s: float, resumes: str) -> Ended:
        scenario, seen = self.scenario, self.recorder.exchanges
        saved, others = self._saved()
        trace = trace_in(self._log.read_text("utf-8", "replace")) if code not in (0, None) else ""
        return Ended(
            code=code,
            deadline_s=scenario.deadline_s,
            lasted_s=lasted_s,
            allowed_s=allowed_s,
            assets=len(saved),
            unclear=others and any(each.kind == "download" and each.ok for each in seen),
            trace=trace,
            resumes=resumes,
            pair=scenario.pair,
            altered=scenario.altered,
            did=_did(seen),
        )

    def _saved(self) -> tuple[set[str], bool]:
        """The assets that lie in the folder, and whether anything else does."""
        saved, others = set[str](), False
        for path in self.folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                name = self.recorder.digests.get(hashlib.sha256(path.read_bytes()).hexdigest())
                saved |= {name} if name else set()
                others = others or (name is None and path.stat().st_size > 0)
        return saved, others

    def _end(self, ended: Ended, terms: Terms) -> Ended:
        """Enter the end as the last thing that was seen of the client."""
        now = self.clock()
        request = Request("", self.scenario.name, "")
        made = Exchange("other", request, now, now, terms=terms, ended=ended, answered_unix=self._unix + now)
        self.recorder.add(made)
        return ended


def _did(exchanges: Sequence[Exchange]) -> tuple[str, ...]:
    """What a client asked for, as far as it does not depend on the moment."""
    creations = sum(each.kind == "create" for each in exchanges)
    downloads = {each.request.path for each in exchanges if each.kind == "download"}
    made = "created once" if creations == 1 else "created several times"
    told = ((made, creations), (f"downloaded {len(downloads)}", downloads))
    return tuple(words for words, seen in told if seen)


def listener(host: str = "127.0.0.1", port: int = 0) -> socket.socket:
    """A port, bound and not listened at: who connects is refused; raises `UsageError` where it cannot be had."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        made.bind((host, port))
    except (OSError, OverflowError) as error:
        made.close()
        raise UsageError(
            f"cannot listen on {host} port {port}: {getattr(error, 'strerror', None) or error}"
        ) from None
    return made


async def _closed(server: asyncio.Server) -> None:
    server.close()


def at_times(exchange: Exchange, moment: float) -> Exchange:
    """The exchange as if it had been at that moment: twins lie one after the other."""
    return replace(exchange, sent_at=moment, answered_at=moment)
