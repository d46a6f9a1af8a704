"""The fault catalogue, the benign variants, and the matrix that holds them against the suite.

The whole matrix is a command (`python -m tests.matrix`); here a few stand for all.
"""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from generations_contract.clauses import CLAUSES
from generations_contract.gateway.tampers import FAULTS, VARIANTS
from generations_contract.judging.verdict import SECTIONS
from tests.matrix import perform
from tests.support.outcomes import Outcome, Play, idle_probes, problems, table

BREAKABLE = {each.id for each in CLAUSES.values() if each.level != "OPEN"}
# Some conditional ones of several sections; the matrix plays them all, and `.ci/run` the matrix.
TELLING = (
    "auth-foreign-read-cached",
    "lifecycle-third-poll-stale",
    "wait-end-at-window-end-late",
    "billing-settled-later",
)


def test_every_clause_is_broken_by_a_fault() -> None:
    """Every MUST and SHOULD clause is declared by some fault, and no other id is declared."""
    declared = {clause_id for each in FAULTS.values() for clause_id in each.breaks}
    assert declared == BREAKABLE


@pytest.mark.parametrize("name", sorted(FAULTS))
def test_fault_is_named_for_its_section(name: str) -> None:
    """The first word of a name is a section, one sentence tells the lie, no other fault tells the same."""
    fault = FAULTS[name]
    assert name.partition("-")[0] in SECTIONS
    assert fault.sentence.endswith((".", '."'))
    assert [each for each in FAULTS.values() if each.sentence == fault.sentence] == [fault]


@pytest.mark.parametrize("name", TELLING)
def test_fault_breaks_exactly_what_it_declares(name: str) -> None:
    """The broken clauses of a whole campaign are those that the fault names, no more and no less."""
    outcome = perform(Play("fault", (name,), FAULTS[name].breaks))
    assert (outcome.missed, outcome.besides, outcome.stumbles) == ([], [], []), outcome.words


def test_honest_gateway_is_left_in_peace() -> None:
    """Nothing breaks, and every clause that can be broken was exercised."""
    outcome = perform(Play("honest"), "respx")
    assert (outcome.broken, outcome.stumbles) == ({}, [])
    assert outcome.exercised >= BREAKABLE


@given(st.sets(st.sampled_from(sorted(VARIANTS)), min_size=2, max_size=20))
@settings(
    # A campaign each: a few fixed sets here, and none is shrunk; `python -m tests.matrix` has the time for more.
    max_examples=2,
    derandomize=True,
    deadline=None,
    phases=(Phase.generate,),
    suppress_health_check=[HealthCheck.too_slow],
)
def test_variants_stay_benign_in_company(names: set[str]) -> None:
    """Any variants together raise no breach."""
    outcome = perform(Play("variant", tuple(sorted(names))), "respx")
    assert (outcome.words, outcome.stumbles) == ({}, [])


def _outcome(*broken: str, declared: str = "a.one", kind: str = "fault", by: str = "test_a::p") -> Outcome:
    play = Play(kind, ("auth-x",), frozenset({declared} if kind == "fault" else ()))  # type: ignore[arg-type]
    return Outcome(
        play, {each: [(by, None)] for each in broken}, words=dict.fromkeys(broken, "words"), exchanges=1
    )


@pytest.mark.parametrize(
    ("outcome", "line"),
    [
        (_outcome(), "NOT CAUGHT  auth-x: declared a.one"),
        (_outcome("b.two"), "NOT CAUGHT  auth-x: declared a.one"),
        (_outcome("a.one", "b.two"), "BESIDES     auth-x: b.two (words)"),
        (_outcome("b.two", kind="variant"), "FALSE ALARM auth-x: b.two (words)"),
    ],
)
def test_matrix_names_what_is_wrong(outcome: Outcome, line: str) -> None:
    """A fault that is missed, a clause broken besides, and a false alarm each have a line."""
    assert line in list(problems([outcome], whole=False))


def test_matrix_names_what_never_shows() -> None:
    """A fault or variant that changes nothing in any case proves nothing."""
    idle = _outcome(kind="variant")
    idle.exchanges = 0
    assert "NEVER SHOWS auth-x: changes nothing in any case" in list(problems([idle], whole=False))


def test_matrix_is_silent_where_all_is_exact() -> None:
    """A fault that breaks what it declares is no problem, and is counted as caught and exact."""
    outcome = _outcome("a.one")
    assert list(problems([outcome], whole=False)) == []
    assert f"{'auth':<12}{1:>8}{1:>8}{1:>8}" in list(table([outcome]))


def test_matrix_misses_clauses_that_no_fault_breaks() -> None:
    """In a whole matrix each clause that can be broken must have been."""
    lines = list(problems([_outcome("a.one")], whole=True))
    assert {line.rpartition(" ")[2] for line in lines} == BREAKABLE


def test_matrix_names_idle_probes() -> None:
    """A probe that caught nothing is told from one that was never the only one."""
    both = _outcome("a.one")
    both.broken["a.one"] = [("test_a::p", None), ("test_a::q", "x")]
    never, shared = idle_probes([both, _outcome("a.one")])
    assert "test_a::p" not in never
    assert shared == ["test_a::q"]
