"""Contract runs of their own: a module of probes, played by pytest inside this process."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import generations_contract.run.session  # noqa: F401 - a run inside would else register the clauses a second time
from generations_contract.scripts.probe import PROBES
from tests.support.exchanges import ENVIRONMENT

PROBES_OF_A_RUN = '''
"""Probes of a run of its own."""
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, until_terminal

@probe("lifecycle.not-found", depth="free")
def test_free(target):
    """Costs nothing."""
    yield Fetch("gen_never", intent="unknown-id")

@probe("wait.zero-create", "headers.cache-terminal")
def test_life(target):
    """One generation."""
    created = yield Create(target.request(wait=0))
    last = yield from until_terminal(created)
    yield Fetch(created.generation_id)

@probe("auth.foreign-generation", needs=("keys.other",), depth="quick")
def test_foreign(target):
    """Needs another account."""
    created = yield Create(target.request(wait=0))
    yield Fetch(created.generation_id, account="other")

@probe("wait.never-late", depth="deep")
def test_deep(target):
    """For virtual time."""
    yield Create(target.request("marathon-image", wait=60))
'''
ONE = '''
from generations_contract.scripts.probe import probe
from generations_contract.scripts.script import Create, Fetch, Pause, Raw

@probe({arguments})
def test_one(target{case}):
    """One probe."""
    {body}
'''
Run = Callable[..., tuple[pytest.RunResult, dict[str, Any]]]


@pytest.fixture
def run(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Play a module of probes in a run of its own: what pytest says, and `verdicts.json`."""
    before = dict(PROBES)
    for variable, key in ENVIRONMENT.items():
        monkeypatch.setenv(variable, key)
    monkeypatch.delenv("PYTEST_XDIST_TESTRUNUID", raising=False)

    def made(probes: str, *options: str) -> tuple[pytest.RunResult, dict[str, Any]]:
        pytester.makepyfile(test_wait=probes)
        plugins = ("-p", "generations_contract.plugin", "-p", "no:cacheprovider", "-p", "no:locust", "-rs")
        result = pytester.runpytest_inprocess(*plugins, "--contract-report", "report", *options)
        report = pytester.path / "report" / "verdicts.json"
        return result, json.loads(report.read_text(encoding="utf-8")) if report.exists() else {}

    yield made
    PROBES.clear()
    PROBES.update(before)


def one(arguments: str, body: str, case: str = "") -> str:
    """A module with one probe of these decorator's arguments and this body."""
    return ONE.format(arguments=arguments, body=body, case=case)


def states(report: dict[str, Any]) -> dict[str, str]:
    """Clause id -> state."""
    return {clause["id"]: clause["state"] for clause in report["clauses"]}


def reasons(report: dict[str, Any], clause_id: str) -> list[str]:
    """Why a clause was not exercised, or not everywhere."""
    return next(clause["reasons"] for clause in report["clauses"] if clause["id"] == clause_id)
