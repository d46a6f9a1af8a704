"""Times of a HAR, as tools write them: what can be read in two ways is judged only where both agree."""

from pathlib import Path
from typing import Any

import pytest

from generations_contract.recordings.clocks import moments, started_unix
from tests.recordings.har_helpers import audited, broken, done, entry

POLL = "https://gw.example/v1/generations/gen_1?wait=5"
MITMPROXY = {"connect": 309.0, "ssl": 359.0, "send": 2.0, "receive": 3.0, "wait": 190.0}


@pytest.mark.parametrize(
    ("time", "timings", "usual", "otherwise"),
    [
        # ssl within connect, as HAR 1.2 has it (Chrome, Charles, WebPageTest), or sent before the start.
        (1200, {"connect": 900, "ssl": 700, "send": 0, "wait": 300, "receive": 0}, (0.9, 1.2), (0.0, 0.3)),
        # ssl beside connect (Firefox, mitmproxy).
        (863, MITMPROXY, (0.668, 0.863), (0.0, 0.195)),
        # No time but the parts; no parts but the time.
        (None, {"blocked": -1, "send": 1, "wait": 63_000, "receive": 2}, (0.0, 63.003), None),
        (40, {}, (0.0, 0.04), None),
        (40, None, (0.0, 0.04), None),
        (7200, {"blocked": 7100}, (7.1, 7.2), (0.0, 0.1)),
        # What does not add up is read in both ways: the shorter ends last, the longer begins first.
        (300, {"send": 0, "wait": 0, "receive": 0}, (0.3, 0.3), (0.0, 0.3)),
        (900, {"wait": 300}, (0.6, 0.9), (0.0, 0.9)),
        # Nothing is known of its length.
        (None, {}, (0.0, 0.0), (0.0, 3600.0)),
        (-1, {"send": -1, "wait": -1, "receive": -1}, (0.0, 0.0), (0.0, 3600.0)),
        ("x", {"wait": None}, (0.0, 0.0), (0.0, 3600.0)),
        (float("nan"), {"wait": float("inf")}, (0.0, 0.0), (0.0, 3600.0)),
        ("40.5", {"wait": "40.5"}, (0.0, 0.0405), None),
    ],
    ids=str,
)
def test_moments_have_the_readings_that_the_parts_allow(
    time: Any, timings: Any, usual: tuple[float, float], otherwise: tuple[float, float] | None
) -> None:
    """What lies between sending and the whole answer is one length, wherever the connection's time was put."""
    found = moments(0.0, {"time": time, "timings": timings})
    assert found.usual == pytest.approx(usual, abs=1e-6)
    assert (found.otherwise is None) == (otherwise is None)
    if otherwise is not None:
        assert found.otherwise == pytest.approx(otherwise, abs=1e-6)


@pytest.mark.parametrize(
    ("written", "unix"),
    [
        ("2026-04-18T12:00:00.000Z", 1776513600),
        ("2026-04-18T14:00:00+0200", 1776513600),
        ("2026-04-18T14:00:00.123456789+02:00", 1776513600.123456),
        ("2026-04-18T12:00:00", 1776513600),
        (1776513600000, 1776513600),
        (1776513600.5, 1776513600.5),
        ("yesterday", None),
        ("20260418", None),
        ("2026-13-45T00:00:00Z", None),
        (None, None),
        (True, None),
        ({}, None),
    ],
    ids=str,
)
def test_start_is_read_in_every_usual_form(written: Any, unix: float | None) -> None:
    """A moment with or without fractions and offset, or a number as JavaScript has it; else there is none."""
    assert started_unix(written) == (None if unix is None else pytest.approx(unix, abs=1e-3))


@pytest.mark.parametrize(
    "timings",
    [
        {"connect": 309.0, "ssl": 5359.0, "send": 2.0, "receive": 3.0, "wait": 190.0},
        {"blocked": 100, "dns": 100, "connect": 5400, "ssl": 5300, "send": 0, "wait": 200, "receive": 0},
        {"blocked": 5600, "send": 0, "wait": 200, "receive": 63},
        {"connect": 5663, "ssl": 5000, "wait": 200},
    ],
    ids=str,
)
def test_audit_does_not_count_the_handshake_as_the_gateways(
    tmp_path: Path, timings: dict[str, float]
) -> None:
    """A request that needed seconds for its connection, however the tool writes that, was answered at once."""
    fetched = entry(body=done(), time=sum(timings.values()), timings=timings)
    within = entry(body=done(), at_s=20, time=5863, timings=timings)
    assert broken(audited(tmp_path, fetched, within)) == set()


@pytest.mark.parametrize("time", [None, -1, float("nan")])
def test_audit_judges_words_where_it_does_not_know_the_time(tmp_path: Path, time: Any) -> None:
    """Without a length no clause about time is held or broken, and says why; what was said is judged all the same."""
    poll = entry(url=POLL, body=done(status="done"), time=time)
    made = audited(tmp_path, poll)
    assert "response.schema" in broken(made)
    verdict = made.ledger.verdicts["wait.never-late"]
    assert not verdict.exercised
    assert "two ways" in " ".join(verdict.reasons)


def test_audit_without_a_start_goes_by_the_answers_date(tmp_path: Path) -> None:
    """An entry that does not say when it began has the answer's `Date`, and no order among the others."""
    poll = entry(body=done(status="done"), startedDateTime=None)
    poll["response"]["headers"].append({"name": "Date", "value": "Sat, 18 Apr 2026 12:00:00 GMT"})
    made = audited(tmp_path, entry(body=done()), poll)
    assert "response.schema" in broken(made)
    assert "lifecycle.terminal-final" not in broken(made)


@pytest.mark.parametrize("late_s", [5.6, 20.0])
def test_audit_still_finds_a_poll_that_is_late_in_both_readings(tmp_path: Path, late_s: float) -> None:
    """Where every reading is beyond the window the poll was late, handshake or not."""
    timings = {"connect": 300, "ssl": 200, "send": 0, "wait": late_s * 1000, "receive": 0}
    for time in (sum(timings.values()), sum(timings.values()) - 200):
        made = audited(tmp_path, entry(url=POLL, body=done(), time=time, timings=timings))
        assert "wait.never-late" in broken(made)
