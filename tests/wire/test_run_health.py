"""Over a whole run: when a target counts as lost, when time is over, and what fills the memory."""

import pytest

from generations_contract.exchange.exchange import Failure, Response
from generations_contract.wire.bounds import Bounds
from generations_contract.wire.run_health import RunHealth

BOUNDS = Bounds(unanswered=3, silent_s=0, kept_bytes=1_000_000)
SILENCE = Failure("timeout", "no answer")
ANSWER = Response(404)


def suspicions(*outcomes: Response | Failure) -> list[bool]:
    """After which outcomes the plain question is asked."""
    watch = RunHealth(BOUNDS)
    return [watch.suspicious("fetch", each, 0) for each in outcomes]


@pytest.mark.parametrize(
    ("outcomes", "asked"),
    [
        ([SILENCE] * 4, [False, False, True, True]),
        ([SILENCE, SILENCE, ANSWER, SILENCE, SILENCE, SILENCE], [False] * 5 + [True]),
        ([Failure("abandoned")] * 4, [False] * 4),
        ([SILENCE, SILENCE, Failure("abandoned"), SILENCE], [False] * 3 + [True]),
    ],
)
def test_row_of_silence_raises_a_suspicion(outcomes: list[Response | Failure], asked: list[bool]) -> None:
    """So many requests without an answer, with none in between; what the client gave up itself is neither."""
    assert suspicions(*outcomes) == asked


def test_short_silence_raises_no_suspicion() -> None:
    """An outage of some seconds is waited out, however many requests fall into it."""
    watch = RunHealth(Bounds(unanswered=3, silent_s=20))
    assert not watch.suspicious("fetch", ANSWER, 100)
    assert not any(watch.suspicious("fetch", SILENCE, 101 + turn) for turn in range(9))
    assert watch.suspicious("fetch", SILENCE, 120)


def test_downloads_say_nothing_about_the_target() -> None:
    """Storage may be elsewhere."""
    watch = RunHealth(BOUNDS)
    assert not any(watch.suspicious("download", SILENCE, 0) for _ in range(9))


def test_plain_question_decides() -> None:
    """An answer ends the suspicion; silence means that the target is lost, and the reason says how it looked."""
    watch = RunHealth(BOUNDS)
    for _ in range(3):
        watch.suspicious("create", SILENCE, 0)
    watch.conclude(ANSWER)
    assert watch.over(0) is None
    assert not watch.suspicious("create", SILENCE, 0)
    for _ in range(3):
        watch.suspicious("create", SILENCE, 0)
    watch.conclude(Failure("refused"))
    assert watch.over(0) == "the target stopped answering: 4 requests in a row, and a plain GET (refused)"


def test_time_of_a_run_ends() -> None:
    """From its end on nothing is sent, and the reason names the limit."""
    watch = RunHealth(BOUNDS, ends_at=60)
    assert watch.over(59.9) is None
    assert "max_time_s" in str(watch.over(60))


def test_answers_that_would_fill_the_memory_become_failures() -> None:
    """Large answers count together, parsed JSON more than its bytes; small ones always pass."""
    watch = RunHealth(BOUNDS)
    large, small = Response(200, body=b"x" * 400_000), Response(200, body=b"x" * 1000)
    assert [isinstance(watch.keep("fetch", large), Failure) for _ in range(3)] == [False, False, True]
    assert watch.keep("fetch", small) is small
    assert watch.keep("fetch", SILENCE) is SILENCE
    arrays = Response(200, body=b"[" * 70_000)
    assert isinstance(RunHealth(BOUNDS).keep("fetch", arrays), Failure)
    assert RunHealth(BOUNDS).keep("download", arrays) is arrays
