"""All chosen scenarios with one client: the plain one first, then side by side."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from generations_contract.api.usage import UsageError
from generations_contract.clients.play import Play, Played
from generations_contract.clients.process import wanted_variable
from generations_contract.clients.scenario import Scenario
from generations_contract.clients.scenarios import ENDLESS, FIRST, SCENARIOS

Told = Callable[[Played], None]
# A creation that asks to be held for longer than this only waits, in whatever scenario.
_WAITS_S: Final = 5.0


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
    return [
        replace(each, deadline_s=deadline_s) if deadline_s is not None and each.name == ENDLESS else each
        for each in wanted
    ]


def _polled(scenario: Scenario, window_s: float) -> Scenario:
    """The scenario for a client whose creation is held for so long: its job outlives that, so that it is polled."""
    if scenario.patient or scenario.modality != "video" or not window_s:
        return scenario
    return replace(
        scenario,
        running_s=scenario.running_s + window_s,
        deadline_s=scenario.deadline_s + window_s,
        patient=window_s > _WAITS_S,
    )


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
    created = next((each for each in plain.exchanges if each.kind == "create"), None)
    window_s = (created.asked_window_s if created is not None else None) or 0.0
    others = [_polled(each, window_s) for each in others]

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
