"""A gateway that stays up for whoever develops a client: `client --serve`, and `serve --scenario` or `--client-log`.

It plays one scenario after the other, a creation each, or the one that the request names as its model; or always the
same. What was seen and found stands at `/__journal`. Every generation is one play, judged by itself.
"""

import argparse
import asyncio
import contextlib
import json
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from generations_contract.api.terms import Terms, Watched
from generations_contract.api.usage import UsageError
from generations_contract.clients.door import Door
from generations_contract.clients.journal import JOURNAL_PATH, journal, page
from generations_contract.clients.play import KEY, catalogue_of, listener
from generations_contract.clients.record import Recorder
from generations_contract.clients.scenario import Scenario
from generations_contract.clients.scenarios import FIRST, SCENARIOS
from generations_contract.gateway import Catalogue, Gateway
from generations_contract.gateway.answers import encode
from generations_contract.gateway.catalogue import Account, faster
from generations_contract.gateway.doors.asgi import Message, Receive, Send, read_body
from generations_contract.gateway.doors.browser import for_browsers
from generations_contract.gateway.doors.server import open_door

# A creation that comes so long after the last request of a play begins another one.
_QUIET_S: Final = 60.0
_MOST_PLAYS: Final = 200
# What no command starts is played by nobody: there is nothing to kill, no key to change, no port to open late.
_PLAYED: Final = [
    name
    for name, each in SCENARIOS.items()
    if not (each.killed_in_fetch or each.listens_after_s or each.bad_key)
]


@dataclass
class Mock:
    """All plays of a mock; `always`: the one scenario that it plays, "" for one after the other."""

    origins: tuple[str, str, str]
    always: str = ""
    speed: float = 1.0
    began: float = field(default_factory=time.monotonic)
    unix: float = field(default_factory=time.time)
    plays: list[Door] = field(default_factory=list)
    turn: int = 0

    def clock(self) -> float:
        """Seconds since the start."""
        return time.monotonic() - self.began

    async def api(self, scope: Message, receive: Receive, send: Send) -> None:
        """The API's origin: the journal, and the play that a request belongs to."""
        if scope["path"] == JOURNAL_PATH:
            await self._journal(scope, send)
            return
        body = await read_body(receive)
        await self._play(scope, body).at(0)(scope, _replayed(body, receive), send)

    async def media(self, scope: Message, receive: Receive, send: Send) -> None:
        """The media origin."""
        name = scope["path"].rpartition("/")[2]
        door = next((each for each in self._newest() if name in each.recorder.assets), None)
        await (door or self._play(scope, b"")).at(1 if self._at_home(scope) else 2)(scope, receive, send)

    def _at_home(self, scope: Message) -> bool:
        host: str = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        return host == self.origins[1].partition("://")[2]

    def _newest(self) -> Iterator[Door]:
        return reversed(self.plays)

    def _play(self, scope: Message, body: bytes) -> Door:
        if scope["method"] == "POST":
            return self._for_creation(body)
        id_ = scope["path"].rpartition("/")[2]
        known = next((each for each in self._newest() if id_ in each.gateway.state.records), None)
        return known or (self.plays[-1] if self.plays else self._begin(self.always or FIRST))

    def _for_creation(self, body: bytes) -> Door:
        with contextlib.suppress(ValueError, AttributeError):
            model = json.loads(body).get("model")
            if model in _PLAYED:
                return self._going_on(model) or self._begin(model)
        if self.always:
            return self._going_on(self.always) or self._begin(self.always)
        if self.plays and (door := self._going_on(self.plays[-1].scenario.name)):
            return door
        self.turn += 1
        return self._begin(_PLAYED[(self.turn - 1) % len(_PLAYED)])

    def _going_on(self, name: str) -> Door | None:
        """The latest play of a scenario, where it is not over and not long ago: this is a creation sent again."""
        door = next((each for each in self._newest() if each.scenario.name == name), None)
        if door is None or not door.recorder.exchanges:
            return None
        last = door.recorder.exchanges[-1]
        over = any(each.terminal for each in door.recorder.exchanges)
        return None if over or self.clock() - last.answered_at > _QUIET_S else door

    def _begin(self, name: str) -> Door:
        scenario = SCENARIOS[name]
        gateway = Gateway(self._catalogue(scenario), origin=self.origins[1], epoch=self.unix, tampers=scenario.tampers,
                          seed=len(self.plays) + self.turn)  # fmt: skip
        terms = Terms(watched=Watched())
        door = Door(scenario, gateway, Recorder(KEY, self.unix), self.clock, terms, self.origins)
        self.plays = [*self.plays[-_MOST_PLAYS:], door]
        return door

    def _catalogue(self, scenario: Scenario) -> Catalogue:
        """What the scenario offers, its own name as a model, and the demonstration key."""
        offered = catalogue_of(scenario)
        named = next(model for model in offered.models.values() if model.modality == scenario.modality)
        models = {**offered.models, scenario.name: named.model_copy(update={"id": scenario.name})}
        accounts = {"client": Account(name="client", key=KEY)}
        return faster(Catalogue(house=offered.house, accounts=accounts, models=models), self.speed)

    async def _journal(self, scope: Message, send: Send) -> None:
        seen = [
            (each.scenario.name, each.recorder.exchanges) for each in self.plays if each.recorder.exchanges
        ]
        agents = [agent for each in self.plays for agent in each.recorder.agents]
        content = journal(seen, agents)
        html = b"text/html" in dict(scope["headers"]).get(b"accept", b"")
        body = page(content).encode() if html else encode(content)
        kind = b"text/html; charset=utf-8" if html else b"application/json"
        fields = [
            (b"Content-Type", kind),
            (b"Content-Length", str(len(body)).encode()),
            (b"Cache-Control", b"no-store"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": fields})
        await send({"type": "http.response.body", "body": body})


def _replayed(body: bytes, receive: Receive) -> Receive:
    """The body once more, then whatever else comes."""
    told = False

    async def again() -> Message:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def add_options(parser: argparse.ArgumentParser) -> None:
    """What a mock is told, beside how a gateway is served."""
    parser.add_argument(
        "--scenario", metavar="NAME", help="play this scenario for every creation (see `client`)"
    )
    parser.add_argument(
        "--client-log",
        action="store_true",
        help=f"show what clients sent, and what is found, at {JOURNAL_PATH}",
    )


def wanted(options: argparse.Namespace) -> bool:
    """Whether a mock is asked for, and not the gateway alone."""
    return bool(options.scenario or options.client_log)


def run(options: argparse.Namespace) -> int:
    """Serve a mock until SIGINT or SIGTERM; raises `UsageError` for what it cannot play."""
    scenario = getattr(options, "scenario", None)
    scenario = scenario[-1] if isinstance(scenario, list) and scenario else scenario or ""
    if getattr(options, "client_log", False) and not scenario:
        scenario = FIRST
    if scenario and scenario not in _PLAYED:
        raise UsageError(f"--scenario {scenario}: cannot be served; there are: {', '.join(_PLAYED)}")
    asyncio.run(_serve(options.host, options.port, scenario, options.speed))
    return 0


async def _serve(host: str, port: int, scenario: str, speed: float) -> None:
    sockets = [listener(host, port), listener(host, 0), listener(host, 0)]
    name = "127.0.0.1" if host in ("0.0.0.0", "::") else host  # noqa: S104
    origins = [f"http://{name}:{each.getsockname()[1]}" for each in sockets]
    mock = Mock((origins[0], origins[1], origins[2]), scenario, speed)
    apps = (mock.api, mock.media, mock.media)
    servers = [await open_door(for_browsers(app), each) for app, each in zip(apps, sockets, strict=True)]
    ending = asyncio.Event()
    for signal_ in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            asyncio.get_running_loop().add_signal_handler(signal_, ending.set)
    played = scenario or "one scenario after the other"
    _say(f"listening on {origins[0]}, key {KEY}, playing {played}; journal at {origins[0]}{JOURNAL_PATH}")
    await ending.wait()
    for server in servers:
        server.close()


def _say(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):
        sys.stdout.write(line + "\n")
        sys.stdout.flush()


def start(options: argparse.Namespace) -> int:
    """`client --serve`: the options that it has no parser for are those of a mock on the usual port."""
    return run(argparse.Namespace(**{"host": "127.0.0.1", "speed": 1.0, "client_log": False} | vars(options)))
