"""`wait.no-cadence`: a poll at once after an elapsed one, and when a refusal says nothing of its pace."""

import pytest

from tests.clauses.stories import get, story, verdict

CADENCE = "wait.no-cadence"
# A history -> what the clause says of its last word. Windows are of five seconds.
ROWS = [
    ("+queued@0-0 running@1-6/w5 running@6-11/w5", "holds"),
    ("+queued@0-0 running@1-6/w5 completed@6-7/w5", "holds"),
    ("+queued@0-0 running@1-6/w5 429@6-6.1/w5", "breaks"),
    ("+queued@0-0 running@1-6/w5 running@6-6.1/w5", "breaks"),
    # No poll with a window came before, or not at once, or none that elapsed.
    ("+queued@0-0 429@1-1.1/w5", "silent"),
    ("+queued@0-0 running@1-1.1/w0 429@1.1-1.2/w5", "silent"),
    ("+queued@0-0 running@1-6/w5 429@9-9.1/w5", "silent"),
    ("+queued@0-0 running@1-2/w5 running@2-2.1/w5", "silent"),
    ("+queued@0-0 running@1-6/w5/id=gen_2 429@6-6.1/w5", "silent"),
    ("+queued@0-0 running@1-6/w5 429@6-6.1/w0", "silent"),
    ("+queued@0-0 running@1-6/w5 429@6-6.1/w5/by=limited", "silent"),
    ("+queued@0-0 running@1-6/w5 503:busy@6-6.1/w5", "silent"),
    # The account met its limit with something else as well.
    ("+queued@0-0 +429@0.5-0.6 running@1-6/w5 429@6-6.1/w5", "silent"),
    ("+queued@0-0 429@0.5-0.6/w0 running@1-6/w5 429@6-6.1/w5", "silent"),
    ("+queued@0-0 +429@0.5-0.6/by=other running@1-6/w5 429@6-6.1/w5", "breaks"),
]


@pytest.mark.parametrize(("history", "expected"), ROWS)
def test_next_poll_is_held_like_the_one_before(history: str, expected: str) -> None:
    """Whatever Retry-After said: no 429, no answer at once; an account's own limit is no cadence."""
    assert verdict(CADENCE, story(history)) == expected


def test_short_window_proves_nothing() -> None:
    """What is answered within the slack of its window was held as long as anybody can tell."""
    polls = [get("running", wait, at=at, until=at + 0.6) for wait, at in ((0.4, 0), (0.4, 0.6))]
    assert verdict(CADENCE, polls) == "silent"
