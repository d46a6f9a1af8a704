"""A few rows of the matrix of clients, in a few scenarios; `python -m tests.clients` plays all of it."""

import asyncio
import shutil
from pathlib import Path

import pytest

from generations_contract.clients.campaign import chosen, play_all
from generations_contract.clients.judging import judge
from tests.clients.rows import OTHER_TOOLS, Row, careful

SCENARIOS = ["poll-502-page", "creation-lost", "dead-url", "redirect"]
ROWS = [row for row in careful(Path("nowhere"), build_first=False) if row.name != "go"]


def _broken(row: Row, base: Path) -> set[str]:
    played = asyncio.run(play_all(chosen(SCENARIOS, None), row.command, base, 6, lambda _: None))
    assert played[0].ends[-1].code == 0, played[0].output
    return judge(played).broken


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_careful_client_in_any_tool_is_quiet(row: Row, tmp_path: Path) -> None:
    """Nothing is found; a tool that this machine lacks is told."""
    if row.missing:
        pytest.skip(row.missing)
    assert _broken(row, tmp_path) == set()


@pytest.mark.parametrize("name", ["curl-retry", "node-one-header-for-all"])
def test_careless_client_in_another_tool_is_told(name: str, tmp_path: Path) -> None:
    """Exactly its clause."""
    [(command, clause)] = [row[1:] for row in OTHER_TOOLS if row[0] == name]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    assert _broken(Row(name, command, command[0]), tmp_path) == {f"client.{clause}"}
