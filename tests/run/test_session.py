"""A contract run under pytest: which tests fail and why, which are skipped and why; what the report says."""

import json
import sys

import pytest

from generations_contract.clauses import CLAUSES
from tests.run.runs import PROBES_OF_A_RUN, Run, one, reasons, states
from tests.support import sockets
from tests.support.exchanges import MINIMAL_PROFILE

pytest_plugins = ["pytester", "tests.run.runs"]


@pytest.mark.parametrize("stage", ["respx", "direct"])
def test_honest_gateway_passes(run: Run, stage: str) -> None:
    """Every probe passes, the table is printed, the report says what was held and what was not exercised."""
    result, report = run(PROBES_OF_A_RUN, "--contract-stage", stage)
    result.assert_outcomes(passed=4)
    assert result.ret == 0
    assert (report["outcome"], report["stage"], report["counts"]["broken"]) == ("passed", stage, 0)
    assert states(report)["lifecycle.not-found"] == "held"
    assert states(report)["errors.content-policy"] == "not exercised"
    assert set(states(report)) == set(CLAUSES)
    result.stdout.fnmatch_lines(["*generations contract: the embedded reference gateway*depth deep*"])
    result.stdout.fnmatch_lines(["*lifecycle.not-found*MUST*held ×*", "*clauses: * 0 broken*"])


def test_broken_clause_fails_the_test_and_the_run(run: Run) -> None:
    """A lie of the gateway is a failed test with both sides and a curl line, and stands in the report."""
    result, report = run(PROBES_OF_A_RUN, "--contract-fault", "headers-terminal-no-store", "-k", "life")
    result.assert_outcomes(failed=1, deselected=3)
    assert result.ret == 1
    assert report["outcome"] == "broken"
    assert states(report)["headers.cache-terminal"] == "broken"
    result.stdout.fnmatch_lines(
        ["headers.cache-terminal (MUST): *", "  expected *", "  actual *", "  repeat *curl *"]
    )
    result.stdout.fnmatch_lines(["*headers.cache-terminal*BROKEN ×*"])
    result.stdout.no_fnmatch_line("*Traceback*")


@pytest.mark.parametrize(
    ("depth", "played", "left_out"), [("free", 1, 3), ("quick", 2, 2), ("standard", 3, 1), ("deep", 4, 0)]
)
def test_depth_leaves_out_what_is_deeper(run: Run, depth: str, played: int, left_out: int) -> None:
    """Depth "free" creates nothing; what a depth leaves out is said clause by clause."""
    result, report = run(PROBES_OF_A_RUN, "--contract-depth", depth)
    result.assert_outcomes(passed=played, deselected=left_out)
    assert sum(report["generations"].values()) == played - 1
    assert ("left out by depth free" in reasons(report, "wait.zero-create")) is (depth == "free")


def test_what_costs_nothing_comes_first(run: Run) -> None:
    """Free probes are played before any money is spent, whatever their place in the module."""
    paid = one('"wait.zero-create"', "yield Create(target.request(wait=0))").replace("test_one", "test_paid")
    free = one('"lifecycle.not-found", depth="free"', 'yield Fetch("gen_x", intent="unknown-id")')
    result, _ = run(paid + free.replace("test_one", "test_free"), "-v")
    result.stdout.fnmatch_lines(["*::test_free PASSED*", "*::test_paid PASSED*"])


DRAWN = """
import pytest
from hypothesis import given
from hypothesis import strategies as st
from generations_contract.scripts import drawn
from generations_contract.scripts.script import Create, Fetch, once, until_terminal

def follow(target, n):
    last = yield from until_terminal((yield Create(target.request(n=n))))
    yield Fetch(last.generation_id)

@pytest.mark.generations_contract("response.schema", depth="standard")
def test_a(generations_campaign):
    generations_campaign.perform(follow(generations_campaign.target, 1), "response.schema")

@pytest.mark.generations_contract("response.schema", depth="deep")
@drawn
@given(n=st.integers(1, 3))
def test_b(generations_campaign, n):
    generations_campaign.perform(follow(generations_campaign.target, n), "response.schema")
"""


@pytest.mark.parametrize(("chosen", "failed", "most"), [("test_a or test_b", 2, 8), ("test_b", 1, 99)])
def test_what_was_known_to_be_broken_is_not_shrunk(run: Run, chosen: str, failed: int, most: int) -> None:
    """A test that draws at random fails in any case; what a test before it has shown it only counts."""
    result, report = run(DRAWN, "--contract-fault", "headers-terminal-no-store", "-k", chosen)
    result.assert_outcomes(failed=failed, deselected=2 - failed)
    assert states(report)["headers.cache-terminal"] == "broken"
    assert report["exchanges"] <= most


def test_idle_probe_fails(run: Run) -> None:
    """A probe that passes without exercising what it names is a defect of the suite."""
    result, report = run(
        one('"wait.wakes", "lifecycle.not-found"', 'yield Fetch("gen_never", intent="unknown-id")')
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_wait::test_one passed without exercising wait.wakes*"])
    assert report["outcome"] == "failed"
    assert reasons(report, "wait.wakes") == ["test_wait::test_one met no case of it here"]


def test_error_of_a_script_fails_its_test(run: Run) -> None:
    """A defect of a probe is shown with its traceback, and what it did not reach has that for a reason."""
    result, report = run(one('"wait.wakes"', 'yield Fetch("gen_never"); raise LookupError("my own")'))
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*LookupError: my own*"])
    assert report["outcome"] == "failed"
    assert reasons(report, "wait.wakes") == ["test_wait::test_one could not go on"]


def test_unknown_clause_of_a_probe_is_told(run: Run) -> None:
    """A misspelt id in a decorator cannot pass for a clause that was exercised."""
    result, _ = run(one('"wait.wakse"', 'yield Fetch("gen_never")'))
    assert result.ret != 0
    assert "wait.wakse" in result.stdout.str() + result.stderr.str()


def test_cases_are_tests_of_their_own(run: Run) -> None:
    """Each case is played by itself, under its id."""
    arguments = '"lifecycle.not-found", depth="free", cases={"zero": 0, "long": 60}'
    result, report = run(
        one(arguments, 'yield Fetch("gen_x", wait=wait, intent="unknown-id")', ", wait"), "-v"
    )
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["*::test_one?zero?*", "*::test_one?long?*"])
    assert report["exchanges"] == 2


def test_marked_tests_play_scripts_of_their_own(run: Run) -> None:
    """A test that is no single script performs some, names its clauses, and is judged in the same way."""
    result, report = run(
        """
        import pytest
        from generations_contract.scripts.script import Fetch, once

        @pytest.mark.generations_contract("lifecycle.not-found", depth="free")
        def test_good(generations_campaign):
            never = Fetch("gen_x", intent="unknown-id")
            assert generations_campaign.perform(once(never), "lifecycle.not-found").status == 404

        @pytest.mark.generations_contract("wait.wakes", depth="free")
        def test_idle(generations_campaign):
            generations_campaign.perform(once(Fetch("gen_x")), "wait.wakes")
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    assert report["exchanges"] == 2


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--contract-fault", "no-such-lie"], "ERROR: fault no-such-lie: is unknown; *"),
        (["--contract-target", "nope.toml"], "ERROR: nope.toml: cannot be read: No such file or directory"),
        (
            ["--contract-target", "wrong.toml"],
            "ERROR: wrong.toml: ?limits? max_cost is unknown; did you mean max_cost_usd?",
        ),
        (
            ["--contract-target", "waiving.toml"],
            'ERROR: ?waive? "errors.no-leek" is no clause; did you mean errors.no-leak?',
        ),
        (
            ["--contract-target", "keyless.toml"],
            "ERROR: keyless.toml: set the environment variable MY_KEY to the main API key",
        ),
        (
            ["--contract-target", "ftp://gateway.test"],
            "ERROR: ftp://gateway.test: is neither a profile file nor *",
        ),
        (
            ["--contract-target", "UNUSED"],
            "ERROR: http://127.0.0.1:* cannot be used: nothing listens there *",
        ),
        (
            ["--contract-target", "x.toml", "--contract-fault", "headers-terminal-no-store"],
            "ERROR: a fault is for the embedded *",
        ),
    ],
    ids=["fault", "no file", "unknown key", "unknown waiver", "no API key", "no URL", "unreachable", "both"],
)
def test_wrong_usage_is_one_line(run: Run, pytester: pytest.Pytester, options: list[str], line: str) -> None:
    """Exit code 4, one line that names what to change, nothing played, no traceback."""
    profiles = {
        "wrong": MINIMAL_PROFILE + "[limits]\nmax_cost = 1.0\n",
        "waiving": MINIMAL_PROFILE + '[waive]\n"errors.no-leek" = "why"\n',
        "keyless": MINIMAL_PROFILE.replace("[models]", 'api_key_env = "MY_KEY"\n[models]'),
    }
    for name, text in profiles.items():
        (pytester.path / f"{name}.toml").write_text(text, encoding="utf-8")
    options = [sockets.unused() if option == "UNUSED" else option for option in options]
    result, _ = run(PROBES_OF_A_RUN, *options)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "INTERNALERROR" not in output
    result.stderr.fnmatch_lines([line])


def test_unusable_target_leaves_a_report(run: Run) -> None:
    """A run that could not begin is not mistaken for one that passed."""
    _, report = run(PROBES_OF_A_RUN, "--contract-target", sockets.unused())
    assert report["outcome"] == "unusable"
    assert "nothing listens there" in report["note"]
    assert set(states(report).values()) == {"not exercised"}


def test_collecting_sends_nothing(run: Run) -> None:
    """`--collect-only` needs no target that answers."""
    result, report = run(PROBES_OF_A_RUN, "--collect-only", "-q", "--contract-target", sockets.unused())
    assert result.ret == 0
    assert "exchanges" not in report or report["exchanges"] == 0


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (
            ["--contract-clause", "wait.wakse"],
            "ERROR: clause wait.wakse: is unknown; did you mean wait.wakes?",
        ),
        (["--contract-fault", "no-such-lie"], "ERROR: fault no-such-lie: is unknown; *"),
        (["--contract-baseline", "nope.toml"], "ERROR: nope.toml: cannot be read: *"),
        (
            ["--contract-document", "1999-01-01"],
            "ERROR: --document 1999-01-01: is before the first state of *",
        ),
    ],
)
def test_wrong_usage_of_parallel_workers_is_one_line(run: Run, options: list[str], line: str) -> None:
    """Said before any worker is started: from one it would be an internal error."""
    result, _ = run(PROBES_OF_A_RUN, *options, "-n", "2")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([line])
    assert "INTERNALERROR" not in result.stdout.str() + result.stderr.str()


OWN = """
import pytest
from generations_contract.judging import Breach, alone, clause
from generations_contract.scripts import Create, probe

@clause("house.created", "MUST", says="we say so", when=lambda exchange: exchange.kind == "create", by=alone)
def created(exchange, earlier):
    if exchange.status != 201:
        yield Breach("201", str(exchange.status))

@probe("house.created", cases={str(turn): turn for turn in range(4)})
def test_one(target, _):
    yield Create(target.request(wait=0))
"""


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
def test_clause_of_a_test_module_is_in_the_table_of_all_workers(
    pytester: pytest.Pytester, workers: tuple[str, ...]
) -> None:
    """Though the process that writes the table has never imported it."""
    pytester.makepyfile(test_own=OWN)
    code = pytester.run(
        sys.executable, "-m", "pytest", "-p", "generations_contract.plugin", "-p", "no:locust", "test_own.py", *workers,
        "--contract-report", "report", "--contract-clause", "house.created",
    )  # fmt: skip
    assert code.ret == 1
    code.stdout.fnmatch_lines(["*house.created*MUST*BROKEN ×4 of 4*"])
    report = json.loads((pytester.path / "report" / "verdicts.json").read_text("utf-8"))
    assert states(report)["house.created"] == "broken"
