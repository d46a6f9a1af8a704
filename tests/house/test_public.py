"""What other repositories build on: the names are kept, and each says what it is and of which types.

A name that is to go, or to come, goes or comes here as well: on purpose.
"""

import inspect
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

import generations_contract
from generations_contract import plugin
from generations_contract.api.target import Target

PUBLIC = {
    "generations_contract": {"watch"},
    "generations_contract.strategies": {
        "BOUNDARIES", "EXAMPLE_BASES", "MUTATIONS", "OPEN_QUESTIONS", "PAIRWISE", "Base", "Mutation", "Question",
        "Refused", "Row", "documented_requests", "encode", "prompts", "refused_requests", "undisputed_prompts", "violations",
    },
    "generations_contract.scripts": {
        "Create", "Depth", "Download", "Fetch", "Pause", "Probe", "Raw", "Script", "Step", "Together", "after",
        "create_and_follow", "drawn", "once", "probe", "until_terminal",
    },
    "generations_contract.judging": {
        "CLAUSES", "MOOT", "Breach", "Clause", "Earlier", "Findings", "Judge", "Judgement", "Observation", "alone",
        "clause", "everyone", "generation",
    },
    "generations_contract.exchange": {"Exchange", "Failure", "Headers", "Request", "Response"},
    "generations_contract.gateway": {
        "HOOKS", "Call", "Catalogue", "CatalogueError", "Fault", "Gateway", "Reply", "Request", "default_catalogue",
        "fault", "load", "variant",
    },
    "generations_load.scenarios": {"SCENARIOS", "Scenario", "Setting", "scenario"},
}  # fmt: skip
# Not imported here: locust would patch this process. `test_examples` runs a locustfile that has it.
UNDER_LOCUST = "generations_load.under_locust.locustfile"
FIXTURES = {"generations_campaign": "Iterator[Session]", "generations_gateway": "Iterator[MountedGateway]"}
MARKERS = ("generations_contract", "generations_gateway")
# Said by the gateway's own table of hooks, and by its names.
SAID_ELSEWHERE = {"HOOKS"}


def _parts(thing: Any, name: str) -> Iterator[tuple[str, Any]]:
    """A public thing, and where it is a class, its public methods and properties."""
    yield name, thing
    if inspect.isclass(thing):
        for key, value in vars(thing).items():
            raw = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
            if inspect.isfunction(raw) and not key.startswith("_"):
                yield f"{name}.{key}", raw


def _unannotated(function: Any) -> list[str]:
    """Parameters without a type, and "return"."""
    signature = inspect.signature(function)
    bare = [
        each.name
        for each in signature.parameters.values()
        if each.annotation is each.empty and each.name not in ("self", "cls")
    ]
    return bare + (["return"] if signature.return_annotation is signature.empty else [])


@pytest.mark.parametrize("module", PUBLIC)
def test_public_names_are_those_that_were_promised(module: str) -> None:
    """None is gone and none came by accident; every module is in the table of the package, and in the README."""
    assert set(import_module(module).__all__) == PUBLIC[module]
    assert f"`{module}`" in (generations_contract.__doc__ or "")
    readme = Path(__file__).parents[2].joinpath("README.md").read_text(encoding="utf-8")
    assert f"`{module}`" in readme


@pytest.mark.parametrize(
    ("module", "name"), [(module, name) for module, names in PUBLIC.items() for name in sorted(names)]
)
def test_public_name_says_what_it_is(module: str, name: str) -> None:
    """Functions, classes and their methods have a docstring and types; other names stand in their module's docstring."""
    home: ModuleType = import_module(module)
    thing = getattr(home, name)
    thing = getattr(thing, "__wrapped__", thing)  # what is cached is a function all the same
    if not (inspect.isclass(thing) or inspect.isfunction(thing)):
        assert f"`{name}" in (home.__doc__ or "") or name in SAID_ELSEWHERE
        return
    for label, part in _parts(thing, name):
        assert (part.__doc__ or "").strip(), label
        if inspect.isfunction(part):
            assert _unannotated(part) == [], label


@pytest.mark.parametrize(
    "part", [part for _, part in _parts(Target, "Target")], ids=lambda part: part.__name__
)
def test_target_says_what_it_is(part: Any) -> None:
    """What probes and scenarios are given is documented and typed as the rest is."""
    assert (part.__doc__ or "").strip()
    assert not inspect.isfunction(part) or _unannotated(part) == []


def test_fixtures_and_markers_say_what_they_are(pytestconfig: pytest.Config) -> None:
    """`pytest --fixtures` and `pytest --markers` tell the same."""
    for name, returns in FIXTURES.items():
        function = getattr(plugin, name).__wrapped__
        assert (function.__doc__ or "").strip()
        assert function.__annotations__["return"] == returns
        assert f"`{name}`" in (generations_contract.__doc__ or "")
    told = {line.partition("(")[0]: line.partition(": ")[2] for line in pytestconfig.getini("markers")}
    assert all(told[name] for name in MARKERS)


def test_both_packages_are_typed() -> None:
    """Type checkers of other repositories read the annotations; what only locust may import is in the table too."""
    assert f"`{UNDER_LOCUST}`" in (generations_contract.__doc__ or "")
    for package in ("generations_contract", "generations_load"):
        assert Path(str(import_module(package).__file__)).with_name("py.typed").exists()
