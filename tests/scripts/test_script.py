"""Scripts: the small ones that others are made of, driven by hand with literal answers."""

from collections.abc import Iterable
from typing import Any

import pytest

from generations_contract.api.terms import Terms
from generations_contract.exchange.exchange import Exchange
from generations_contract.scripts.script import (
    Create,
    Fetch,
    Pause,
    Script,
    Step,
    Together,
    after,
    create_and_follow,
    once,
    until_terminal,
)
from tests.support.exchanges import answered, resource

RUNNING = answered(resource("running"), at=(0, 60))
DONE = answered(resource("completed"), at=(60, 65))
LOST = answered(resource("running", generation_id=""), kind="create")
REFUSED = answered({"error": {"code": "not_found"}}, status=404, at=(60, 60))


def _played(script: Script[Any], answers: Iterable[Any]) -> tuple[list[Step], Any]:
    """The steps of a script when it is given these answers, and what it returned."""
    steps: list[Step] = []
    turn = iter(answers)
    try:
        step = next(script)
        while True:
            steps.append(step)
            step = script.send(next(turn))
    except StopIteration as stop:
        return steps, stop.value


def test_once_is_one_step() -> None:
    """The answer to the step is what the script returns."""
    assert _played(once(Fetch("a")), [DONE]) == ([Fetch("a")], DONE)


def test_after_begins_later() -> None:
    """A pause, then the script, and its result."""
    assert _played(after(2, once(Fetch("a"))), [None, DONE]) == ([Pause(2), Fetch("a")], DONE)


@pytest.mark.parametrize(
    ("seen", "answers", "waits"),
    [
        (DONE, [], []),
        (RUNNING, [DONE], [60]),
        (RUNNING, [RUNNING, RUNNING, DONE], [60, 60, 60]),
        (RUNNING, [REFUSED], [60]),
        (REFUSED, [], []),
        (LOST, [], []),
        (answered(b"<html>"), [], []),
        (answered(resource("RUNNING")), [], []),
    ],
    ids=[
        "terminal",
        "one poll",
        "three",
        "then refused",
        "refused",
        "no id",
        "no resource",
        "no legal status",
    ],
)
def test_until_terminal_ends_with_the_first_that_is_not_running(
    seen: Exchange, answers: list[Exchange], waits: list[float]
) -> None:
    """It polls the id while the state is known and not terminal, and returns the last exchange."""
    steps, last = _played(until_terminal(seen), answers)
    assert steps == [Fetch("gen_1", wait=wait) for wait in waits]
    assert last is (answers[-1] if answers else seen)


def test_until_terminal_never_polls_in_a_hot_loop() -> None:
    """Between polls that nobody held there is a pause, which grows to two seconds; none after the last."""
    quick = answered(resource("running"), at=(1, 1.1))
    steps, last = _played(until_terminal(quick, wait=0), [quick, None] * 12 + [REFUSED])
    pauses = [step.seconds for step in steps if isinstance(step, Pause)]
    assert pauses == pytest.approx([min(2.0, 0.2 * turn) for turn in range(1, 13)])
    assert (steps[-1], last) == (Fetch("gen_1", wait=0), REFUSED)


@pytest.mark.parametrize("late_s", [0.0, 0.01, 0.4])
def test_until_terminal_asks_once_more_when_the_deadline_is_over(late_s: float) -> None:
    """Overdue is what a poll shows that was sent after the deadline; on a real clock each answer is a little late."""
    turn_s = 60 + late_s
    stuck = [answered(resource("running"), at=(turn_s * turn, turn_s * (turn + 1))) for turn in range(1, 100)]
    begun = answered(resource("running"), at=(0, turn_s))
    due_at = begun.answered_at + Terms().image_deadline_s + Terms().allowance_s
    steps, last = _played(until_terminal(begun), stuck)
    assert last.sent_at > due_at >= stuck[len(steps) - 2].sent_at


def test_until_terminal_varies_its_wait() -> None:
    """The wait may depend on the turn; the account is the one that it is asked for."""
    steps, _ = _played(
        until_terminal(RUNNING, wait=lambda turn: 2**turn, account="other"), [RUNNING, RUNNING, DONE]
    )
    assert steps == [Fetch("gen_1", wait=wait, account="other") for wait in (1, 2, 4)]


def test_create_and_follow_returns_both_ends() -> None:
    """The creation's exchange and the last one, by one account."""
    body = {"model": "m", "input": {"prompt": "x"}}
    steps, (created, last) = _played(create_and_follow(body, wait=5, account="other"), [RUNNING, DONE])
    assert steps == [Create(body, account="other"), Fetch("gen_1", wait=5, account="other")]
    assert (created, last) == (RUNNING, DONE)


def test_together_of_is_together() -> None:
    """Scripts one by one, or as a tuple."""
    one, two = once(Fetch("a")), once(Fetch("b"))
    assert Together.of(one, two) == Together((one, two))
    assert Together().scripts == ()
