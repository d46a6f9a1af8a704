"""Runs that are not green by accident: promises not kept, and clauses that were to be exercised without fail."""

import pytest

from tests.run.runs import PROBES_OF_A_RUN, Run, one, states

pytest_plugins = ["pytester", "tests.run.runs"]

# A job that is over at once, where the profile promises one that takes several seconds.
_PROMISED = '"wait.never-early", needs=("models.slow",), promised=("wait.never-early",)'
ASKS_IN_VAIN = one(_PROMISED, 'yield Create(target.request("instant-image", wait=60))')
REFUSED = one(_PROMISED, 'yield Create(target.request("gated-model", wait=60))')
FAILED = one(_PROMISED, "yield Create(target.request(target.models.failing, wait=60))")
MEETS_IT = one('"wait.never-early"', "yield Create(target.request(target.models.slow, wait=1))").replace(
    "test_one", "test_other"
)


def test_promise_that_is_not_kept_is_unmet(run: Run) -> None:
    """The profile names a slow model, the run asked, and no window elapsed: exit 1, in the words of the profile."""
    result, report = run(ASKS_IN_VAIN, "--contract-fault", "headers-terminal-no-store")
    assert result.ret == 1
    assert (report["outcome"], report["counts"]["unmet"]) == ("unmet", 1)
    assert states(report)["wait.never-early"] == "unmet"
    result.stdout.fnmatch_lines(
        ["*wait.never-early *UNMET ×1: [[]models] slow: a model whose jobs take several seconds*"]
    )


@pytest.mark.parametrize("probe", [REFUSED, FAILED], ids=["refused", "failed"])
def test_promise_is_not_broken_by_what_came_before(run: Run, probe: str) -> None:
    """A creation that is refused, or whose provider fails, says nothing of how long jobs take."""
    _, report = run(probe, "--contract-fault", "headers-terminal-no-store")
    assert states(report)["wait.never-early"] == "not exercised"


def test_promise_that_another_script_meets_is_kept(run: Run) -> None:
    """Whichever script gets the case: the promise is the profile's, not a script's."""
    result, report = run(ASKS_IN_VAIN + MEETS_IT, "--contract-fault", "headers-terminal-no-store")
    assert result.ret == 0
    assert states(report)["wait.never-early"] == "held"


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
