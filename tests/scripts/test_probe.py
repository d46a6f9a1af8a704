"""Probes: what a decorated script becomes, what it needs, and what it must have exercised."""

import contextlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import pytest

import generations_contract.probes
from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.scripts.probe import DEPTHS, PROBES, Probe, probe
from generations_contract.scripts.script import Fetch, Script
from tests.support.exchanges import ENVIRONMENT, MINIMAL_PROFILE, answered, example_target, resource


@dataclass(frozen=True)
class _Case:
    """A case that names clauses of its own, as the rows of the boundary table do."""

    clause: str | None = None
    clauses: tuple[str, ...] = ()


def _script(target: Target, case: object = None) -> Script[None]:
    """Fetches one id."""
    yield Fetch(f"{target.models.image}/{case}")


def _made(*clauses: str, needs: tuple[str, ...] = (), cases: dict[str, Any] | None = None) -> Probe:
    return Probe("test_wait::test_it", clauses, _script, needs, cases=cases)


@pytest.fixture
def decorated() -> Iterator[Callable[..., Callable[..., None]]]:
    """The decorator, with the registry put back afterwards."""
    before = dict(PROBES)
    yield lambda *clauses, **options: probe(*clauses, **options)(_script)
    PROBES.clear()
    PROBES.update(before)


def test_probe_registers_itself_under_module_and_name(decorated: Callable[..., Any]) -> None:
    """The registry knows it, with all that the decorator said."""
    test = decorated("wait.never-late", needs=["keys.other"], depth="deep", cases={"a": 1})
    made = PROBES["test_probe::_script"]
    assert test.probe is made
    assert (made.clauses, made.needs, made.depth, made.cases) == (
        ("wait.never-late",),
        ("keys.other",),
        "deep",
        {"a": 1},
    )
    assert made.section == "probe"


@pytest.mark.parametrize(
    ("cases", "parameters"),
    [(None, ["generations_campaign"]), ({"a": 1}, ["generations_campaign", "case_id"])],
)
def test_probe_looks_like_a_test_to_pytest(
    decorated: Callable[..., Any], cases: dict[str, Any] | None, parameters: list[str]
) -> None:
    """Its signature asks for the campaign (and a case), its name and sentence are the script's."""
    test = decorated("x.y", cases=cases)
    assert list(inspect.signature(test).parameters) == parameters
    assert (test.__name__, test.__doc__) == ("_script", "Fetches one id.")
    assert not inspect.isgeneratorfunction(test)


def test_probe_starts_its_script_for_a_case() -> None:
    """Without cases the script gets the target alone; with cases the value of the one that is asked for."""
    target = example_target()
    assert next(_made("x.y").start(target)) == Fetch("flux-1.1-pro/None")
    assert next(_made("x.y", cases={"a": 1, "b": 2}).start(target, "b")) == Fetch("flux-1.1-pro/2")
    with pytest.raises(KeyError):
        _made("x.y", cases={"a": 1}).start(target, "c")


def test_probe_lacks_what_the_profile_does_not_name() -> None:
    """Everything that it needs and that is missing, in its order."""
    minimal = Target.parse(MINIMAL_PROFILE, ENVIRONMENT)
    needing = _made("x.y", needs=("models.image", "models.video", "keys.other"))
    assert needing.lacks(minimal) == ["models.video", "keys.other"]
    assert needing.lacks(example_target()) == []


CASES: dict[str, Any] = {
    "plain": 5,
    "one": _Case("x.one"),
    "some": _Case(clauses=("x.one", "x.two")),
    "none": _Case(),
}


@pytest.mark.parametrize(
    ("case_id", "named"),
    [(None, ()), ("plain", ()), ("one", ("x.one",)), ("some", ("x.one", "x.two")), ("none", ())],
)
def test_case_names_its_own_clauses(case_id: str | None, named: tuple[str, ...]) -> None:
    """A row of a table may be about clauses that its probe does not name."""
    assert _made("x.y", cases=CASES).clauses_of(case_id) == named


@pytest.mark.parametrize(
    ("case_id", "exercised", "unmet"),
    [
        ("plain", {"x.y", "x.z"}, []),
        ("plain", {"x.y"}, ["x.z"]),
        ("plain", set(), ["x.y", "x.z"]),
        ("some", {"x.y", "x.z", "x.two"}, []),
        ("some", {"x.y", "x.z"}, ["x.one", "x.two"]),
        ("some", {"x.two"}, ["x.y", "x.z"]),
        ("some", set(), ["x.y", "x.z", "x.one", "x.two"]),
    ],
)
def test_probe_must_exercise_what_it_names(case_id: str, exercised: set[str], unmet: list[str]) -> None:
    """All of its own clauses, and at least one of the case's."""
    assert _made("x.y", "x.z", cases=CASES).unmet(case_id, exercised) == unmet


def test_depths_go_from_shallow_to_deep() -> None:
    """What costs nothing comes first."""
    assert DEPTHS == ("free", "quick", "standard", "deep")


@pytest.fixture(scope="module")
def of_the_suite() -> dict[str, Probe]:
    """Every probe of the suite, by its name."""
    for module in pkgutil.iter_modules(generations_contract.probes.__path__):
        import_module(f"generations_contract.probes.{module.name}")
    return {
        name: each
        for name, each in PROBES.items()
        if each.script.__module__.startswith("generations_contract.probes.")
    }


def test_probes_of_the_suite_name_what_exists(of_the_suite: dict[str, Probe]) -> None:
    """A misspelt clause or need would be a probe that is never missed: each of them is known."""
    target = example_target()
    for name, made in of_the_suite.items():
        cases = list(made.cases) if made.cases is not None else [None]
        named = {*made.clauses, *(clause for case in cases for clause in made.clauses_of(case))}
        assert named, name
        assert named <= CLAUSES.keys(), name
        for need in made.needs:
            assert target.offers(need) in (True, False), name


def test_probes_of_the_suite_belong_to_their_section(of_the_suite: dict[str, Probe]) -> None:
    """What a probe costs is counted for a section of the contract: its module is named after one."""
    sections = {each.section for each in CLAUSES.values()}
    assert {made.section for made in of_the_suite.values()} <= sections | {"populations"}


@pytest.mark.parametrize(
    ("generation_id", "asked"),
    [("gen_01HZX3T9K2M4N5P6Q7R8S9T0V1", 2), ("eu-west-production-1234", 0), ("gen_17", 0)],
)
def test_ids_that_count_up_are_not_cut_short(generation_id: str, asked: int) -> None:
    """What is left of one is another generation of the same account, and an honest gateway shows it."""
    probe_of_ids = PROBES["test_auth::test_an_existing_generation_is_read_only_with_its_key"]
    script, steps = probe_of_ids.start(example_target()), []
    answer = None
    with contextlib.suppress(StopIteration):
        while True:
            steps.append(script.send(answer))
            answer = answered(resource("completed", generation_id), kind="create")
    assert sum(isinstance(each, Fetch) and each.intent == "unknown-id" for each in steps) == asked
