"""`generations_load.plan.shapes`: stages, arrivals and the breakpoint search, without a clock."""

from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generations_contract.api.usage import UsageError
from generations_load.plan.shapes import Arrivals, Breakpoint, Course, Plan, Search

STAGES = {
    "constant": ('kind = "constant"\nlevel = 20\nfor_s = 10', {0: 20, 9.9: 20, 10: None}),
    "soak": ('kind = "soak"\nlevel = 5\nfor_s = 3600', {3599: 5, 3600: None}),
    "ramp": ('kind = "ramp"\nstart = 0\nend = 100\nfor_s = 50', {0: 0, 25: 50, 50: None}),
    "steps": ('kind = "steps"\nstart = 10\nend = 30\nby = 10\neach_s = 5', {0: 10, 5: 20, 14: 30, 15: None}),
    "spike": (
        'kind = "spike"\nlevel = 10\npeak = 90\nbefore_s = 5\npeak_s = 2\nafter_s = 5',
        {4: 10, 5: 90, 6.9: 90, 7: 10, 12: None},
    ),
}


@pytest.mark.parametrize("name", STAGES)
def test_stage_has_its_level_at_each_time(name: str) -> None:
    """Every kind of stage has the level that its table says, and then it is over."""
    text, levels = STAGES[name]
    course = Plan.parse(f"[[stage]]\n{text}").course
    assert {at: course.level(at) for at in levels} == levels


def test_stages_follow_one_another() -> None:
    """Two stages of one file make one course."""
    text = "\n".join(f"[[stage]]\n{STAGES[name][0]}" for name in ("constant", "ramp"))
    course = Plan.parse(text).course
    assert (course.level(5), course.level(35), course.level(60), course.seconds) == (20, 50, None, 60)


def test_even_arrivals_keep_the_rate() -> None:
    """100 a second, evenly: 100 a second, 10 ms apart, for each of four workers a quarter."""
    course = Course([(2.0, 100.0, 100.0)])
    whole = list(course.arrivals("even", Random(1)))  # noqa: S311
    assert len(whole) == 200
    assert all(later - earlier == pytest.approx(0.01) for earlier, later in pairwise(whole))
    assert len(list(course.arrivals("even", Random(1), share=0.25))) == 50  # noqa: S311


@given(st.sampled_from(["even", "poisson"]), st.integers(0, 1_000))
def test_arrivals_come_in_order_within_the_course(kind: Arrivals, seed: int) -> None:
    """Whatever the stages, arrivals are in order and inside the course."""
    course = Course([(3.0, 0.0, 20.0), (2.0, 20.0, 20.0), (3.0, 20.0, 0.0)])
    found = list(course.arrivals(kind, Random(seed)))  # noqa: S311
    assert found == sorted(found)
    assert all(0 <= at <= course.seconds for at in found)


def test_ramp_of_arrivals_is_no_staircase() -> None:
    """From 0 to 200 a second over 10 s: the k-th arrival comes when the integral of the rate reaches k."""
    found = list(Course([(10.0, 0.0, 200.0)]).arrivals("even", Random(1)))  # noqa: S311
    assert len(found) == 1000
    assert found[249] == pytest.approx((249.5 / 10) ** 0.5, rel=1e-6)


def test_poisson_arrivals_have_their_mean_and_variance() -> None:
    """The counts of many seconds have a mean of the rate, and a variance of it too."""
    found = list(Course([(400.0, 50.0, 50.0)]).arrivals("poisson", Random(7)))  # noqa: S311
    counts = [0] * 400
    for at in found:
        counts[int(at)] += 1
    mean = sum(counts) / len(counts)
    variance = sum((count - mean) ** 2 for count in counts) / len(counts)
    assert mean == pytest.approx(50, rel=0.03)
    assert variance == pytest.approx(50, rel=0.25)


@given(st.floats(10, 5_000), st.floats(1.1, 3))
def test_breakpoint_search_finds_the_highest_good_level(truth: float, factor: float) -> None:
    """A system that holds up to some level: the search ends within its precision of it, in few levels."""
    search = Search(Breakpoint(start=10, limit=5_000, factor=factor, precision=0.05))
    tried = 1
    while search.judged(held=search.level <= truth) is not None:
        tried += 1
        assert tried < 120
    assert search.good <= truth
    if search.bad is not None:
        assert truth <= search.bad
        assert search.bad - search.good <= max(1.0, 0.05 * search.bad)
    else:
        assert search.good == 5_000


def test_breakpoint_search_says_when_the_first_level_fails() -> None:
    """Nothing holds at all: the highest good level is 0 or all but nothing."""
    search = Search(Breakpoint(start=8, limit=100))
    while search.judged(held=False) is not None:
        pass
    assert search.outcome()["highest_good"] == 0


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[[stage]]\nkind = 'wave'", "wave"),
        ("[[stage]]\nkind = 'constant'\nlevel = -1\nfor_s = 1", "greater than 0"),
        ("[population]\nkindness = 'open'", "kindness"),
        ("[[stage", "is no TOML"),
        ("[[stage]]\nkind='soak'\nlevel=1\nfor_s=1\n[breakpoint]\nstart=1\nlimit=2", "keep one"),
    ],
)
def test_wrong_plan_is_one_line(text: str, complaint: str) -> None:
    """A plan that cannot be used is refused with one line that names the place."""
    with pytest.raises(UsageError, match=complaint) as caught:
        Plan.parse(text, name="plan.toml")
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith("plan.toml: ")


def test_missing_plan_is_one_line(tmp_path: Path) -> None:
    """A file that is not there is named."""
    with pytest.raises(UsageError, match="cannot be read"):
        Plan.load(tmp_path / "none.toml")


@pytest.mark.parametrize("path", sorted(Path("loadtests/plans").glob("*.toml")), ids=lambda path: path.stem)
def test_shipped_plan_can_be_read(path: Path) -> None:
    """Every plan beside the locustfile is valid and has stages or a search."""
    plan = Plan.load(path)
    assert plan.stage or plan.breakpoint or plan.mix
