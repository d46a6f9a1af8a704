"""The tables about clients: scenarios, advice, and the clients of the matrix."""

from pathlib import Path

import pytest

from generations_contract.clauses import CLIENT_CLAUSES
from generations_contract.clients.campaign import chosen
from generations_contract.clients.mending import advices, language, mend
from generations_contract.clients.scenarios import ALWAYS, SCENARIOS, showing
from tests.clients.rows import CAREFUL, careful, careless


def test_every_clause_has_scenarios_and_advice() -> None:
    """No clause that nothing shows, none that nobody says how to mend, and no advice for others."""
    assert {each for row in SCENARIOS.values() for each in row.shows} | {*ALWAYS} <= CLIENT_CLAUSES.keys()
    assert all(showing(each) for each in CLIENT_CLAUSES)
    assert advices().keys() == CLIENT_CLAUSES.keys()


def test_scenarios_fit_into_a_minute_and_a_half() -> None:
    """The longest one ends in time, for a client that takes its deadline."""
    assert max(each.deadline_s for each in SCENARIOS.values()) <= 85
    assert len({each.sentence for each in SCENARIOS.values()}) == len(SCENARIOS)


def test_altered_scenario_is_played_with_its_twin() -> None:
    """Without it there would be nothing to compare with."""
    assert [each.name for each in chosen(["quota-reworded"], None)] == ["plain", "quota", "quota-reworded"]


@pytest.mark.parametrize(
    ("agent", "spoken"),
    [
        ("python-requests/2.32", "python"), ("curl/8.5.0", "curl"), ("node", "javascript"), ("Wget/1.21", "curl"),
        ("Mozilla/5.0 (X11)", "javascript"), ("Go-http-client/1.1", "python"),
    ],
)  # fmt: skip
def test_advice_is_in_the_clients_language(agent: str, spoken: str) -> None:
    """By what its requests call themselves."""
    assert language([agent]) == spoken
    assert mend("client.gives-window", [agent])["language"] == spoken


def test_every_careless_client_breaks_something() -> None:
    """Thirty and more, each with clauses that there are; and no clause that none of them breaks."""
    rows = list(careless())
    assert len(rows) >= 30
    assert {each for row in rows for each in row.breaks} == CLIENT_CLAUSES.keys()


def test_every_careful_client_is_in_the_matrix(tmp_path: Path) -> None:
    """A file of `careful/` that no row names would be played by nobody."""
    named = {Path(word).name for row in careful(tmp_path, build_first=False) for word in row.command}
    there = {path.name for path in CAREFUL.iterdir() if path.is_file()}
    assert there - named <= {"client.go"}
