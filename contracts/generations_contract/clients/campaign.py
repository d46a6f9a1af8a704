"""All chosen scenarios with one client: the plain one first, then side by side."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from generations_contract.api.usage import UsageError
from generations_contract.clients.play import Play, Played
from generations_contract.clients.process import wanted_variable
from generations_contract.clients.scenario import Scenario
from generations_contract.clients.scenarios import FIRST, SCENARIOS

Told = Callable[[Played], None]


def chosen(names: Sequence[str], deadline_s: float | None) -> list[Scenario]:
    """The scenarios of these names, all where none is named, the plain one always; raises `UsageError`."""
    unknown = [name for name in names if name not in SCENARIOS]
    if unknown:
        raise UsageError(f"--scenario {unknown[0]}: is unknown; there are: {', '.join(SCENARIOS)}")
    # A scenario whose twin is not played has nothing to be compared with.
    pairs = {SCENARIOS[name].pair for name in names} - {""}
    wanted = [
        each
        for each in SCENARIOS.values()
        if not names or each.name in {*names, FIRST} or (each.pair in pairs and not each.altered)
    ]
    short = {"endless", "silent"}
    return [
        replace(each, deadline_s=deadline_s) if deadline_s is not None and each.name in short else each
        for each in wanted
    ]


async def play_all(
    scenarios: Sequence[Scenario], command: Sequence[str], base: Path, jobs: int, told: Told
) -> list[Played]:
    """Play them; where the client fails in the first, that one alone is what was played."""
    first, *others = sorted(scenarios, key=lambda each: each.name != FIRST)
    plain = await Play(first, command, base).run()
    told(plain)
    if plain.ends[-1].code != 0:
        return [plain]
    room = asyncio.Semaphore(jobs)

    async def one(scenario: Scenario) -> Played:
        # Who only waits takes no room.
        async with _NoRoom() if scenario.patient else room:
            played = await Play(scenario, command, base).run()
        told(played)
        return played

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(each)) for each in sorted(others, key=lambda each: not each.patient)]
    return [plain, *(task.result() for task in tasks)]


class _NoRoom:
    async def __aenter__(self) -> None: ...
    async def __aexit__(self, *_: object) -> None: ...


def why_plain_failed(played: Played) -> str:
    """One line about a client that fails where nothing is the matter."""
    end = played.ends[-1]
    lines = [line.strip() for line in played.output.splitlines() if line.strip()]
    last = f"; its last words: {lines[-1][:200]}" if lines else ""
    came = "did not end in time" if end.code is None else f"ended with exit code {end.code}"
    wanted = wanted_variable(played.output)
    if wanted and not wanted.startswith("GATEWAY_"):
        return f"the client needs the environment variable {wanted}: set it; what the judge gives is GATEWAY_…{last}"
    return f"the client {came} in the plain scenario, where nothing is the matter{last}"
