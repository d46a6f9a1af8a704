"""Money and patience: nothing is ever set aside beyond a limit, by however many workers."""

import multiprocessing
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from generations_contract.money import Budget, BudgetExceededError


@pytest.fixture(params=["alone", "shared"])
def shared(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """No file, or a file that workers share."""
    return tmp_path / "budget.json" if request.param == "shared" else None


def test_budget_refuses_beyond_the_generations(shared: Path | None) -> None:
    """The limit itself is allowed; one more is not, and the message names the limit."""
    budget = Budget(max_generations=2, shared=shared)
    budget.reserve(0.1)
    budget.reserve(0.1)
    with pytest.raises(BudgetExceededError, match=r"max_generations = 2 is used up"):
        budget.reserve(0)
    assert budget.spent == pytest.approx((2, 0.2))


def test_budget_refuses_beyond_the_cost(shared: Path | None) -> None:
    """The last cent can be spent, sums of cents too; a cent more cannot."""
    budget = Budget(max_cost_usd=0.3, shared=shared)
    for _ in range(3):
        budget.reserve(0.1)
    with pytest.raises(BudgetExceededError, match=r"\$0\.31 would exceed max_cost_usd = 0\.3"):
        budget.reserve(0.01)
    budget.reserve(0)
    assert budget.spent == pytest.approx((4, 0.3))


def test_budget_is_over_when_its_time_is() -> None:
    """Seconds count from the making of the budget, on the clock that it was given."""
    clock = iter([100.0, 109.9, 110.0])
    budget = Budget(max_time_s=10, now=lambda: next(clock))
    budget.check_time()
    with pytest.raises(BudgetExceededError, match="max_time_s = 10 is over"):
        budget.check_time()


def test_budget_sees_a_pause_that_outlives_it() -> None:
    """A pause that fits is taken; one that would end when nothing may be sent any more is refused at once."""
    budget = Budget(max_time_s=10, now=lambda: 100.0)
    budget.check_time(9.9)
    with pytest.raises(BudgetExceededError, match=r"a pause of 600 s would exceed max_time_s = 10"):
        budget.check_time(600)


def test_budget_is_without_limits_by_default(shared: Path | None) -> None:
    """In virtual time a generation is only arithmetic."""
    budget = Budget(shared=shared)
    budget.reserve(1e9)
    budget.reserve(1e9)
    assert budget.spent == (2, 2e9)


def test_budget_gives_back_what_was_refused(shared: Path | None) -> None:
    """A creation that the gateway did not accept costs nothing."""
    budget = Budget(max_generations=1, max_cost_usd=1, shared=shared)
    budget.reserve(1)
    budget.refused(1)
    assert budget.spent == (0, 0)
    budget.reserve(1)


def test_budget_takes_the_true_cost_for_the_reserved(shared: Path | None) -> None:
    """What turned out cheaper leaves room, what turned out dearer takes it."""
    budget = Budget(max_cost_usd=1, shared=shared)
    budget.reserve(0.5)
    budget.billed(0.5, 0.04, "veo-3")
    budget.reserve(0.96)
    budget.billed(0.96, 2.0, "veo-3")
    with pytest.raises(BudgetExceededError, match=r"\$2\.04 would exceed"):
        budget.reserve(0)
    assert budget.spent == pytest.approx((2, 2.04))


def test_budget_counts_what_should_have_been_refused(shared: Path | None) -> None:
    """An invalid request that the gateway accepted cost a generation all the same."""
    budget = Budget(max_generations=1, shared=shared)
    budget.unexpected(0.04)
    with pytest.raises(BudgetExceededError):
        budget.reserve(0)


# -- what should be refused, and is accepted


def test_unexpected_is_free_while_all_are_refused(shared: Path | None) -> None:
    """With nothing to spend any number of requests that are refused is sent, one after the other."""
    budget = Budget(max_generations=0, max_cost_usd=0, shared=shared)
    for turn in range(20):
        assert budget.reserve_unexpected([f"x.{turn} on veo-3"], 0.4)
        budget.settle_unexpected([f"x.{turn} on veo-3"], 0.4, "refused")
    assert budget.spent == (0, 0)


def test_unexpected_waits_for_another_where_both_would_break_a_limit(shared: Path | None) -> None:
    """Two under way could both be accepted: beyond the limits only one is, so that one alone can surprise."""
    budget = Budget(max_generations=1, shared=shared)
    assert budget.reserve_unexpected(["x.a"], 0.4)
    assert not budget.reserve_unexpected(["x.b"], 0.4)
    budget.settle_unexpected(["x.a"], 0.4, "refused")
    assert budget.reserve_unexpected(["x.b"], 0.4)


def test_unexpected_acceptance_is_paid_for_once(shared: Path | None) -> None:
    """What one acceptance has proved is not paid for again; another clause, or model, still is."""
    budget = Budget(max_generations=10, shared=shared)
    assert budget.reserve_unexpected(["x.a on veo-3", "x.b on veo-3"], 0.4)
    assert not budget.reserve_unexpected(["x.a on veo-3"], 0.4)
    budget.settle_unexpected(["x.a on veo-3", "x.b on veo-3"], 0.4, "accepted")
    with pytest.raises(BudgetExceededError, match="one like it was accepted, and paid for"):
        budget.reserve_unexpected(["x.b on veo-3"], 0.4)
    assert budget.reserve_unexpected(["x.b on flux"], 0.4)
    assert budget.reserve_unexpected(["x.b on veo-3", "x.c on veo-3"], 0.4)


@pytest.mark.parametrize("limits", [{"max_generations": 4}, {"max_cost_usd": 1.6}])
def test_unexpected_leaves_half_of_the_budget(shared: Path | None, limits: dict[str, float]) -> None:
    """However many clauses a target breaks: half of the limits is kept for what comes after."""
    budget = Budget(**limits, shared=shared)  # type: ignore[arg-type]
    for what in ("x.a", "x.b"):
        assert budget.reserve_unexpected([what], 0.4)
        budget.settle_unexpected([what], 0.4, "accepted")
    with pytest.raises(BudgetExceededError, match="the rest is kept for the other checks"):
        budget.reserve_unexpected(["x.c"], 0.4)
    budget.reserve(0.4)
    budget.reserve(0.4)
    with pytest.raises(BudgetExceededError):
        budget.reserve(0.4)


def test_unexpected_after_a_surprise_keeps_to_the_limits(shared: Path | None) -> None:
    """Only the very first acceptance can go beyond a limit; from then on nothing is sent without money."""
    budget = Budget(max_cost_usd=0.05, shared=shared)
    assert budget.reserve_unexpected(["x.a"], 0.4)
    budget.settle_unexpected(["x.a"], 0.4, "accepted")
    with pytest.raises(BudgetExceededError, match="max_cost_usd"):
        budget.reserve_unexpected(["x.b"], 0.01)


def test_unexpected_whose_answer_is_lost_shows_nothing_and_keeps_its_money(shared: Path | None) -> None:
    """It may be tried again as long as half of the limits allows it, and the message counts it."""
    budget = Budget(max_generations=4, shared=shared)
    for _ in range(2):
        assert budget.reserve_unexpected(["x.a"], 0.4)
        budget.settle_unexpected(["x.a"], 0.4, "lost")
    assert not budget.paid_for(["x.a"])
    assert budget.spent == pytest.approx((2, 0.8))
    with pytest.raises(BudgetExceededError, match=r"used up \(0 times, 2 answers lost\)"):
        budget.reserve_unexpected(["x.a"], 0.4)


def test_claim_is_made_once(shared: Path | None) -> None:
    """Whoever comes first has it, among all workers."""
    one, two = Budget(shared=shared), Budget(shared=shared)
    assert one.claim("replay x.a")
    assert not (two if shared else one).claim("replay x.a")
    assert two.claim("replay x.b")


def test_budget_of_two_workers_is_one(tmp_path: Path) -> None:
    """Budgets over one file spend together; what one sets aside the other sees."""
    one, two = (Budget(max_generations=2, shared=tmp_path / "budget.json") for _ in range(2))
    one.reserve(0.1)
    two.reserve(0.2)
    assert one.spent == two.spent == pytest.approx((2, 0.3))
    for each in (one, two):
        with pytest.raises(BudgetExceededError):
            each.reserve(0)


def _spend(shared: Path, attempts: int) -> int:
    """How many reservations one process gets out of a shared budget."""
    budget, got = Budget(max_generations=50, shared=shared), 0
    for _ in range(attempts):
        try:
            budget.reserve(0.01)
        except BudgetExceededError:
            continue
        got += 1
    return got


def test_budget_holds_across_processes(tmp_path: Path) -> None:
    """Four processes that want forty generations each get fifty altogether, not one more or less."""
    shared = tmp_path / "budget.json"
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        got = pool.starmap(_spend, [(shared, 40)] * 4)
    assert sum(got) == 50
    assert Budget(shared=shared).spent == pytest.approx((50, 0.5))


_CENTS = st.integers(0, 60).map(lambda cents: cents / 100)


class BudgetMachine(RuleBasedStateMachine):
    """Reservations, refusals and bills in any order, beside plain lists of what is open and what is paid."""

    LIMITS = (5, 1.0)

    def __init__(self) -> None:
        super().__init__()
        self.budget = Budget(max_generations=self.LIMITS[0], max_cost_usd=self.LIMITS[1])
        self.open: list[float] = []
        self.paid: list[float] = []

    @rule(cost=_CENTS)
    def reserve(self, cost: float) -> None:
        """A reservation is granted exactly when both limits allow it."""
        fits = len(self.open) + len(self.paid) < 5 and sum(self.open + self.paid) + cost <= 1.0 + 1e-9
        try:
            self.budget.reserve(cost)
        except BudgetExceededError:
            assert not fits
        else:
            assert fits
            self.open.append(cost)

    @precondition(lambda self: self.open)
    @rule()
    def refuse(self) -> None:
        """The gateway accepted nothing."""
        self.budget.refused(self.open.pop())

    @precondition(lambda self: self.open)
    @rule(part=st.sampled_from([0.0, 0.5, 1.0]))
    def bill(self, part: float) -> None:
        """The true cost is at most what was reserved."""
        reserved = self.open.pop(0)
        self.budget.billed(reserved, reserved * part, "veo-3")
        self.paid.append(reserved * part)

    @invariant()
    def never_above_its_limits(self) -> None:
        """What is set aside and paid stays within both limits, and is what the list says."""
        generations, cost_usd = self.budget.spent
        assert generations == len(self.open) + len(self.paid) <= self.LIMITS[0]
        assert cost_usd == pytest.approx(sum(self.open + self.paid))
        assert cost_usd <= self.LIMITS[1] + 1e-6


TestBudgetMachine = BudgetMachine.TestCase
TestBudgetMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
