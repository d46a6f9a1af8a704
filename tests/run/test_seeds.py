"""The seeds of a run: which decides what, that they are printed, and that a run is repeated by them exactly."""

import json
import re
import sys
from pathlib import Path

import pytest
from hypothesis import core

from generations_contract.api.usage import UsageError
from generations_contract.run.seeds import Seeds, parse
from tests.run.runs import Run

pytest_plugins = ["pytester", "tests.run.runs"]

DRAWING = """
import pytest
from hypothesis import given, seed, settings
from generations_contract.scripts import drawn
from generations_contract.scripts.script import Create, once
from generations_contract.strategies import EXAMPLE_BASES, documented_requests

@pytest.mark.generations_contract("request.documented-accepted", depth="deep")
@settings(drawn, max_examples=8{settings})
@given(body=documented_requests(EXAMPLE_BASES[0]))
{seed}
def test_drawn(generations_campaign, body):
    generations_campaign.perform(once(Create(body)))

@pytest.mark.generations_contract("request.documented-accepted", depth="deep")
@settings(drawn, max_examples=8)
@given(body=documented_requests(EXAMPLE_BASES[1]))
def test_prompted(generations_campaign, body):
    prompt = generations_campaign.target.prompt()
    generations_campaign.perform(once(Create({**body, "input": {**body["input"], "prompt": prompt}})))
"""
PLAIN = DRAWING.replace("{settings}", "").replace("{seed}\n", "")


@pytest.fixture(autouse=True)
def _seed_of_these_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run inside sets hypothesis' own seed for its whole process."""
    monkeypatch.setattr(core, "global_force_seed", core.global_force_seed)


def bodies() -> list[str]:
    """What the last run has posted, in an order that parallel workers do not change."""
    har = json.loads(Path("report/traffic.har").read_text(encoding="utf-8"))
    asked = [entry["request"] for entry in har["log"]["entries"]]
    return sorted(each["postData"]["text"] for each in asked if each["method"] == "POST")


@pytest.mark.parametrize(("given", "number"), [(0, 0), ("7", 7), ("-3", -3), (str(2**70), 2**70)])
def test_seed_is_a_whole_number(given: int | str, number: int) -> None:
    """Of any size, from the command line or as a parallel worker gets it."""
    assert parse(given) == number


@pytest.mark.parametrize("given", ["x", "", "1.5", "0x10", "Random", "9" * 5000])
def test_anything_else_is_no_seed(given: str) -> None:
    """One line that says what would be one, however long the value is."""
    with pytest.raises(UsageError, match="^seed '.*': is neither a whole number nor random$") as refused:
        parse(given)
    assert len(str(refused.value)) < 100


def test_random_seed_is_another_one_each_time() -> None:
    """Short enough to be typed, and not one of a few."""
    drawn = {parse("random") for _ in range(20)}
    assert len(drawn) == 20
    assert all(0 <= each < 2**32 for each in drawn)


@pytest.mark.parametrize(
    ("seeds", "drawn", "told"),
    [
        (Seeds(4), 4, "seed 4"),
        (Seeds(4, 4), 4, "seed 4, hypothesis seed 4"),
        (Seeds(0, 7), 7, "seed 0, hypothesis seed 7"),
        (Seeds(0, "spring"), "spring", "seed 0, hypothesis seed spring"),
    ],
)
def test_hypothesis_seed_decides_what_is_drawn(seeds: Seeds, drawn: int | str, told: str) -> None:
    """Where it is given; where not, the contract's seed is for both. Hypothesis takes any text for a seed."""
    assert (seeds.drawn, str(seeds)) == (drawn, told)


def test_same_seed_posts_the_same_requests(pytester: pytest.Pytester) -> None:
    """On both stages, by two workers, and whichever of the two options says it; another seed posts others.

    In processes of their own: hypothesis also draws constants that stand in modules which happen to be loaded.
    """
    pytester.makepyfile(PLAIN)
    posted = {}
    for options in (
        "--contract-stage=direct",
        "--contract-stage=respx",
        "--contract-stage=direct -n 2",
        "--contract-stage=direct --contract-seed=5",
        "--contract-stage=direct --hypothesis-seed=5",
        "--contract-stage=direct --hypothesis-seed=0 --contract-seed=5",
    ):
        result = pytester.runpytest_subprocess("--contract-report=report", *options.split())
        result.assert_outcomes(passed=2)
        posted[options] = bodies()
    first, respx, workers, five, hypothesis_five, both = posted.values()
    assert len(set(first)) > 8
    assert first == respx == workers == both
    assert five == hypothesis_five != first


def test_seeds_stand_beside_target_and_depth(run: Run) -> None:
    """Both where there are two."""
    result, _ = run(PLAIN, "--contract-seed", "5", "--hypothesis-seed", "6")
    result.stdout.fnmatch_lines(["*embedded reference gateway*, depth deep, seed 5, hypothesis seed 6*"])


def test_random_seed_is_one_for_all_workers_and_repeats_the_run(run: Run) -> None:
    """It is told before and after; given as a number it draws the same once more."""
    first, _ = run(PLAIN, "--contract-seed", "random", "-n", "2")
    first.assert_outcomes(passed=2)
    posted = bodies()
    [told] = set(re.findall(r"seed (\d+)", first.stdout.str()))
    first.stdout.fnmatch_lines(
        [f"generations contract: --contract-seed {told}", f"*depth deep, seed {told}*"]
    )
    again, _ = run(PLAIN, "--contract-seed", told)
    again.assert_outcomes(passed=2)
    assert bodies() == posted


@pytest.mark.parametrize(
    ("settings", "seed", "same"),
    [(", derandomize=True", "", False), ("", "@seed(99)", True)],
    ids=["derandomize", "@seed"],
)
def test_seed_of_the_run_and_what_a_test_says_itself(run: Run, settings: str, seed: str, same: bool) -> None:
    """It draws anew where a profile derandomizes, as hypothesis' does in CI; a `@seed` of the author's stays."""
    module = DRAWING.replace("{settings}", settings).replace("{seed}", seed)
    posted = []
    for number in ("1", "2"):
        result, _ = run(module, "--contract-seed", number, "-k", "test_drawn", "--contract-stage", "direct")
        result.assert_outcomes(passed=1, deselected=1)
        posted.append(bodies())
    assert (posted[0] == posted[1]) is same


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["alone", "two workers"])
@pytest.mark.parametrize("given", ["x", "1.5"])
def test_wrong_seed_is_wrong_usage(run: Run, given: str, workers: tuple[str, ...]) -> None:
    """One line, exit code 4, nothing played."""
    result, report = run(PLAIN, "--contract-seed", given, *workers)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert [each for each in result.errlines if each] == [
        f"ERROR: seed '{given}': is neither a whole number nor random"
    ]
    assert report == {}


def test_check_takes_a_random_seed(pytester: pytest.Pytester) -> None:
    """As `pytest` does; the seed that it draws is printed."""
    command = ("check", "--seed", "random", "--depth", "free", "--", "-k", "test_no_key", "-p", "no:locust")
    result = pytester.run(sys.executable, "-m", "generations_contract.cli", *command)
    assert result.ret == 0
    assert len(set(re.findall(r"seed (\d+)", result.stdout.str()))) == 1
