"""Runs that are not green by accident: promises not kept, and clauses that were to be exercised without fail."""

import pytest

from tests.run.runs import PROBES_OF_A_RUN, Run, one, states

pytest_plugins = ["pytester", "tests.run.runs"]

# A probe that asks the account with a low limit for nothing that could meet it.
ASKS_IN_VAIN = one(
    '"errors.rate-limited", needs=("keys.limited",), promised=("errors.rate-limited",)',
    'yield Fetch("gen_x", account="limited", intent="unknown-id")',
)
MEETS_IT = one(
    '"errors.rate-limited", needs=("keys.limited",)',
    'yield from (Create(b"{}", account="limited") for _ in range(8))',
).replace("test_one", "test_other")


def test_promise_that_is_not_kept_is_unmet(run: Run) -> None:
    """The profile names a limited key, the run asked, no 429 came: exit 1, in the words of the profile."""
    result, report = run(ASKS_IN_VAIN, "--contract-fault", "headers-terminal-no-store")
    assert result.ret == 1
    assert (report["outcome"], report["counts"]["unmet"]) == ("unmet", 1)
    assert states(report)["errors.rate-limited"] == "unmet"
    result.stdout.fnmatch_lines(
        ["*errors.rate-limited *UNMET ×1: [[]keys] limited_env: an account with a low rate limit*"]
    )


def test_promise_that_another_script_meets_is_kept(run: Run) -> None:
    """Whichever script gets the case: the promise is the profile's, not a script's."""
    result, report = run(ASKS_IN_VAIN + MEETS_IT, "--contract-fault", "headers-terminal-no-store")
    assert result.ret == 0
    assert states(report)["errors.rate-limited"] == "held"


@pytest.mark.parametrize(
    ("required", "code"),
    [
        ("all", 1),
        ("lifecycle.not-found", 0),
        ("lifecycle.not-found,errors.content-policy", 1),
        ("errors.*", 1),
    ],
)
def test_required_clause_must_be_exercised(run: Run, required: str, code: int) -> None:
    """All, ids or patterns: what is not exercised then fails the run, and says so."""
    result, report = run(PROBES_OF_A_RUN, f"--contract-require-exercised={required}")
    assert result.ret == code
    assert report["outcome"] == ("broken" if code else "passed")
    if code:
        assert states(report)["errors.content-policy"] == "not exercised"
        result.stdout.fnmatch_lines(["*errors.content-policy *REQUIRED, AND not exercised*"])


def test_required_clause_that_is_none_is_told(run: Run) -> None:
    """A misspelt id would require nothing, silently."""
    result, _ = run(PROBES_OF_A_RUN, "--contract-require-exercised=lifecycle.not-fond")
    assert result.ret == 4
    result.stderr.fnmatch_lines(["*lifecycle.not-fond: is unknown; did you mean lifecycle.not-found?*"])
