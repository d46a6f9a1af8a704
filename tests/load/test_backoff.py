"""`generations_load.plan.backoff`: pauses after setbacks grow, are bounded, differ, and honour Retry-After."""

from random import Random

from generations_contract.exchange.exchange import Exchange, Headers, Request, Response
from generations_load.plan.backoff import FIRST_S, LONGEST_S, Backoff

REQUEST = Request("POST", "http://t/v1/generations", "/v1/generations")


def told(seconds: str, answered_at: float = 100.0) -> Exchange:
    """A creation that was told to slow down."""
    response = Response(429, Headers((("Retry-After", seconds),)))
    return Exchange("create", REQUEST, answered_at, answered_at, response, answered_unix=1_776_513_600)


def test_pauses_grow_to_a_bound_and_begin_anew_after_a_success() -> None:
    """Each pause is between half of its step and all of it; steps double, and end at the longest."""
    backoff = Backoff(Random(1))  # noqa: S311
    pauses = [backoff.setback_s(None, 0.0) for _ in range(60)]
    for turn, pause in enumerate(pauses):
        step = min(LONGEST_S, FIRST_S * 2**turn)
        assert step / 2 <= pause <= step
    backoff.success()
    assert backoff.setback_s(None, 0.0) <= FIRST_S


def test_users_who_failed_together_do_not_come_back_together() -> None:
    """A hundred users, turned away at the same moment: their pauses are spread over the step."""
    chance = Random(2)  # noqa: S311
    pauses = sorted(Backoff(chance).setback_s(told("3"), 100.0) for _ in range(100))
    assert pauses[0] >= 3
    assert pauses[-1] - pauses[0] > FIRST_S / 2


def test_retry_after_counts_from_the_answer() -> None:
    """Whoever has waited for it already, in the script, does not wait for it again."""
    backoff = Backoff(Random(3))  # noqa: S311
    assert 30 <= backoff.setback_s(told("30"), 100.0) <= 30 + FIRST_S
    assert backoff.setback_s(told("30"), 131.0) <= 2 * FIRST_S


def test_retry_after_of_a_century_is_a_number_that_can_be_slept() -> None:
    """What a target says is bounded; what is no time at all counts for nothing."""
    assert Backoff(Random(4)).setback_s(told("9" * 30), 100.0) < 100_000  # noqa: S311
    assert Backoff(Random(4)).setback_s(told("soon"), 100.0) <= FIRST_S  # noqa: S311
