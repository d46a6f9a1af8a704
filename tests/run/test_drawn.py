"""Random tests of a run: a failure is told as the simplest request, with how to repeat it, and is never skipped."""

import json
import re
import shlex
import sys
from itertools import takewhile
from pathlib import Path
from typing import Any

import pytest

from tests.run.runs import Run, reasons, states
from tests.support.stages import served

pytest_plugins = ["pytester", "tests.run.runs"]

HEAD = """
import pytest
from hypothesis import given, seed, settings
from hypothesis import strategies as st
from generations_contract.scripts import drawn
from generations_contract.scripts.script import Create, Fetch, once, until_terminal
from generations_contract.strategies import EXAMPLE_BASES, documented_requests

def follow(target, n):
    last = yield from until_terminal((yield Create(target.request(n=n))))
    yield Fetch(last.generation_id)

def unknown():
    yield Fetch("gen_x", intent="unknown-id")
"""
DOCUMENTED = (
    HEAD
    + """
@pytest.mark.generations_contract("request.documented-accepted", depth="deep")
@drawn
@given(body=documented_requests(EXAMPLE_BASES[0]))
def test_documented(generations_campaign, body):
    generations_campaign.perform(once(Create(body)), "response.model-echo")
"""
)
# The simplest of the numbers meets no terminal answer: hypothesis tries it while it makes a failure simpler.
COUNTED = (
    HEAD
    + """
@pytest.mark.generations_contract("headers.cache-terminal", depth="deep")
@drawn
@given(n=st.integers(0, 9))
def test_counted(generations_campaign, n):
    script = follow(generations_campaign.target, n) if n > {least} else unknown()
    generations_campaign.perform(script, "headers.cache-terminal")
"""
)
NO_STORE = ("--contract-fault", "headers-terminal-no-store")
FRACTION = ("--contract-fault", "request-wait-fraction-refused")


def told(result: pytest.RunResult) -> list[str]:
    """The lines up to the short summary, in which pytest says it all once more where it takes itself to be in CI."""
    return list(takewhile(lambda each: "short test summary info" not in each, result.outlines))


def requests(result: pytest.RunResult) -> list[dict[str, Any]]:
    """The requests that failures are shown with."""
    lines = [line for line in told(result) if line.startswith("  request ")]
    return [json.loads(line.removeprefix("  request   ")) for line in lines]


def line(result: pytest.RunResult, label: str) -> str:
    """The one line of a failure that has this label."""
    [found] = [each for each in told(result) if each.startswith(f"  {label} ")]
    return found.removeprefix(f"  {label}").strip()


def test_failure_is_told_as_the_simplest_request(run: Run) -> None:
    """Both sides, the JSON body and nothing else of what was drawn, a curl line; no traceback, no `data.draw`."""
    result, report = run(DOCUMENTED, *FRACTION, "--contract-stage", "direct")
    result.assert_outcomes(failed=1)
    assert states(report)["request.documented-accepted"] == "broken"
    for body in requests(result):
        assert (body.keys(), len(body["input"]["prompt"])) == ({"model", "input", "wait"}, 1)
        assert body["wait"] % 1
    result.stdout.fnmatch_lines(
        [
            "request.documented-accepted (MUST): *",
            "  request   {?model?:*",
            "  expected  accepted: the document allows it",
            "  actual    400 invalid_input",
            "  repeat    curl *",
            "  drawn     made as simple as it gets; * examples broke a clause",
        ]
    )
    whole = result.stdout.str()
    assert not re.search(r"Traceback|Falsifying|Failing test case|data\(|Draw 1|Flaky", whole)


def test_failure_says_the_command_that_repeats_it(run: Run, pytester: pytest.Pytester) -> None:
    """The line that is printed, run as it stands, ends with the same request."""
    module = COUNTED.replace("{least}", "1")
    first, _ = run(module, *NO_STORE, "--contract-stage", "direct", "--contract-seed", "3")
    program, *arguments = shlex.split(line(first, "again"))
    assert program == "pytest"
    again = pytester.run(
        sys.executable, "-m", "pytest", "-p", "generations_contract.plugin", "-p", "no:locust", *arguments
    )
    again.assert_outcomes(failed=1)
    assert requests(again) == requests(first) != []
    assert "seed 3" in again.stdout.str()


@pytest.mark.parametrize("stage", ["respx", "direct"])
def test_failure_is_not_skipped_for_what_a_simpler_example_does_not_meet(run: Run, stage: str) -> None:
    """The example that meets no case of a clause is one of many: hypothesis goes on, and the test fails."""
    result, report = run(COUNTED.replace("{least}", "1"), *NO_STORE, "--contract-stage", stage)
    result.assert_outcomes(failed=1)
    assert states(report)["headers.cache-terminal"] == "broken"
    assert [body["n"] for body in requests(result)] == [2]
    result.stdout.fnmatch_lines(
        ["headers.cache-terminal (MUST): *", "  drawn     made as simple as it gets; *"]
    )


def test_what_was_known_to_be_broken_fails_too(run: Run) -> None:
    """Shown as it was drawn, and not made simpler: hypothesis had something else to look for."""
    deterministic = """
@pytest.mark.generations_contract("headers.cache-terminal", depth="free")
def test_before(generations_campaign):
    generations_campaign.perform(follow(generations_campaign.target, 1), "headers.cache-terminal")
"""
    module = COUNTED.replace("{least}", "1").replace("@drawn", "@settings(drawn, max_examples=12)")
    result, report = run(module + deterministic, *NO_STORE)
    result.assert_outcomes(failed=2)
    share = line(result, "drawn")
    assert share.startswith("as it was drawn: known to be broken before this test began; ")
    [(broke, examples)] = re.findall(r"(\d+) of (\d+) examples", share)
    assert 0 < int(broke) <= int(examples) <= 12
    assert states(report)["headers.cache-terminal"] == "broken"


@pytest.mark.parametrize(
    ("options", "outcomes", "told"),
    [
        ((), {"failed": 1}, "*passed without exercising headers.cache-terminal*"),
        (NO_STORE, {"skipped": 1}, "*not exercised: headers.cache-terminal: the target gave no case of it*"),
    ],
    ids=["honest", "lenient"],
)
def test_what_no_example_met_is_told_once(
    run: Run, options: tuple[str, ...], outcomes: dict[str, int], told: str
) -> None:
    """All examples are played before a test is said to have met no case of its clause."""
    module = COUNTED.replace("{least}", "9").replace("@drawn", "@settings(drawn, max_examples=10)")
    result, report = run(module, *options)
    result.assert_outcomes(**outcomes)
    assert report["exchanges"] == 10
    assert reasons(report, "headers.cache-terminal") == ["test_wait::test_counted met no case of it here"]
    result.stdout.fnmatch_lines([told])


def test_failure_that_does_not_repeat_is_told_as_it_was(run: Run) -> None:
    """What happens only once is a breach, not hypothesis' `Flaky`."""
    module = (
        HEAD
        + """
played = []

@pytest.mark.generations_contract("headers.cache-terminal", depth="deep")
@drawn
@given(n=st.integers(1, 9))
def test_once(generations_campaign, n):
    played.append(n)
    script = follow(generations_campaign.target, n) if len(played) == 1 else unknown()
    generations_campaign.perform(script)
"""
    )
    result, _ = run(module, *NO_STORE)
    result.assert_outcomes(failed=1)
    assert len(requests(result)) == 1
    assert line(result, "drawn").startswith("as it was drawn: sent again it did not fail, or otherwise; ")
    result.stdout.fnmatch_lines(["headers.cache-terminal (MUST): *", "  expected *", "  actual *"])
    assert "Flaky" not in result.stdout.str()


def test_each_section_is_made_simple_by_itself(run: Run) -> None:
    """A second failure does not take the place of the first one: both are shown, each with its own request."""
    module = (
        HEAD
        + """
def refused(target, n):
    yield from until_terminal((yield Create(target.request(n=n, inputs={"seed": 0}))))

@pytest.mark.generations_contract("headers.cache-terminal", depth="deep")
@drawn
@given(n=st.integers(1, 9))
def test_two(generations_campaign, n):
    generations_campaign.perform((refused if n < 4 else follow)(generations_campaign.target, n))
"""
    )
    result, _ = run(module, *NO_STORE, "--contract-fault", "request-seed-zero-refused")
    result.assert_outcomes(failed=1)
    assert sorted(body["n"] for body in requests(result)) == [1, 4]
    result.stdout.fnmatch_lines_random(
        ["headers.cache-terminal (MUST): *", "request.documented-accepted (MUST): *"]
    )


def test_what_else_fails_stands_below_what_is_the_contracts(run: Run) -> None:
    """A breach and the test's own assertion, found by the same test: both are told, the breach first."""
    module = (
        HEAD
        + """
@pytest.mark.generations_contract("headers.cache-terminal", depth="deep")
@drawn
@given(n=st.integers(1, 9))
def test_both(generations_campaign, n):
    generations_campaign.perform(follow(generations_campaign.target, n) if n < 4 else unknown())
    assert n < 6
"""
    )
    result, _ = run(module, *NO_STORE)
    result.assert_outcomes(failed=1)
    assert [body["n"] for body in requests(result)] == [1]
    result.stdout.fnmatch_lines(
        ["headers.cache-terminal (MUST): *", "  again *", "AssertionError: *", "*n=6*"]
    )


def test_a_tests_own_assertion_is_hypothesis_own(run: Run) -> None:
    """What is not the contract's stays as hypothesis tells it, with the values that were drawn."""
    result, _ = run(
        HEAD
        + """
@pytest.mark.generations_contract("headers.cache-terminal", depth="deep")
@drawn
@given(n=st.integers(0, 99))
def test_own(generations_campaign, n):
    assert n < 50
"""
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 50 < 50", "*Failing test case: test_own(*", "*n=50*"])


LIVE = (
    HEAD
    + """
@pytest.mark.generations_contract("headers.cache-terminal", depth="deep")
@drawn
@given(n=st.integers(1, 3))
def test_live(generations_campaign, n):
    target = generations_campaign.target
    generations_campaign.perform(follow(target, n))
    {check}
"""
)


@pytest.mark.parametrize(
    ("fault", "check", "told"),
    [
        (
            "headers-terminal-no-store",
            "",
            [
                "headers.cache-terminal (*): *",
                "  drawn     as it was drawn: a live target is sent nothing more *",
            ],
        ),
        ("", "assert n > 3", ["*assert * > 3*", "*a live target is sent nothing more *", "*again: pytest *"]),
    ],
    ids=["breach", "assertion"],
)
def test_live_target_is_sent_nothing_more_once_a_test_has_failed(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, check: str, told: list[str]
) -> None:
    """The first failing example is shown as it is: one generation, whatever failed, and no `Flaky`."""
    with served(tmp_path, *(["--fault", fault] if fault else [])) as target:
        for label, key in target.keys.items():
            monkeypatch.setenv(target.variables[label], key)
        profile = str(tmp_path / "served.toml")
        result, report = run(
            LIVE.replace("{check}", check), "--contract-target", profile, "--contract-depth", "deep"
        )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(told)
    assert "Flaky" not in result.stdout.str()
    assert report["generations"] == {"wait": 1}
