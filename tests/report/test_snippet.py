"""The stand-alone test of a breach: it fails where the gateway lies and passes where it does not."""

import ast
import types
from typing import Any

import pytest

from generations_contract.clauses import CLAUSES
from generations_contract.own_client.mount import mounted
from generations_contract.report.snippet import checks, pytest_file
from tests.report.report_helpers import HOSTILE, hostile_run, short_run

# A fault that the short run meets, and the clause whose snippet is tried.
TRIED = (
    ("strict-top-dropped", "strict.top-level"),
    ("headers-terminal-no-store", "headers.cache-terminal"),
    ("headers-running-cacheable", "headers.cache-non-terminal"),
    ("headers-no-retry-after", "headers.retry-after"),
    ("billing-by-the-read", "billing.stable"),
    ("wait-get-ignored", "wait.never-early"),
    ("lifecycle-id-changes-case", "lifecycle.identity"),
    ("lifecycle-unknown-id-400", "lifecycle.not-found"),
    ("errors-flat", "errors.envelope"),
)


def run(source: str, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Run the one test of a file as pytest would."""
    monkeypatch.setenv("GATEWAY_API_KEY", key)
    module = types.ModuleType("snippet")
    exec(compile(source, "snippet.py", "exec"), module.__dict__)  # noqa: S102 - this is what is tested
    [test] = [value for name, value in vars(module).items() if name.startswith("test_")]
    test()


def first_breach(fault: str, clause: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The first breach of a clause that a fault breaks, and all exchanges of the run."""
    ledger, exchanges = short_run([fault])
    return ledger.verdicts[clause].breaches[0], exchanges


@pytest.mark.parametrize(("fault", "clause"), TRIED)
def test_snippet_fails_on_the_fault_and_passes_without(
    fault: str, clause: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same file, with httpx alone, tells the faulty gateway from the honest one."""
    source = pytest_file(*first_breach(fault, clause))
    with mounted() as honest:
        run(source, monkeypatch, honest.api_key)
    with mounted(faults=[fault]) as faulty, pytest.raises((AssertionError, KeyError)):
        run(source, monkeypatch, faulty.api_key)


def test_snippet_begins_with_the_creation_of_the_generation() -> None:
    """A breach of a GET creates a generation of its own, and asks for that one's id."""
    source = pytest_file(*first_breach("headers-terminal-no-store", "headers.cache-terminal"))
    assert 'id_0 = answer_0.body["id"]' in source
    assert "/v1/generations/{id_0}" in source


def test_snippet_of_hostile_answers_is_only_data() -> None:
    """Whatever a gateway wrote ends neither a comment nor a string of the file."""
    ledger, exchanges = hostile_run()
    source = pytest_file(ledger.verdicts["response.schema"].breaches[0], exchanges)
    tree = ast.parse(source)
    [test] = [
        node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")
    ]
    calls = {ast.unparse(node.func) for node in ast.walk(test) if isinstance(node, ast.Call)}
    assert calls <= {"call", "isinstance", "answer.body.get"}
    assert source.isprintable() or set(source) - {"\n"} <= {each for each in source if each.isprintable()}
    assert HOSTILE not in source


def test_snippet_checks_are_of_clauses_and_parse() -> None:
    """Every entry of the table is of a clause that exists, once, and is Python."""
    for clause, python in checks().items():
        assert clause in CLAUSES or clause.startswith("media."), clause
        ast.parse(python.strip("\n"))


def test_snippet_shows_overlapping_requests_as_such() -> None:
    """Requests that were under way together are sent from a pool."""
    ledger, exchanges = short_run(["billing-by-the-read"])
    breach = dict(ledger.verdicts["billing.stable"].breaches[0])
    first, last = breach["exchanges"][0], dict(breach["exchanges"][-1])
    last["sent_at"] = first["sent_at"] - 0.5
    source = pytest_file({**breach, "exchanges": [first, last]}, exchanges)
    # The recorded answers show the end, so this run's are read until they do.
    assert source.count("pool.submit(until_ended, 'GET'") == 2
    ast.parse(source)
