"""Section `wait`, one client at a time, and several that show something of each other."""

from typing import Any

import pytest

from tests.clauses.stories import IMAGE, VIDEO, body, get, post, resource, story, under, verdict

HISTORIES = [
    ("wait.zero-create", "+queued@0-0.5", "holds"),
    ("wait.zero-create", "+queued@0-0.6", "breaks"),
    ("wait.zero-create", "+running@0-0", "breaks"),
    ("wait.zero-create", "+completed@0-0", "breaks"),
    ("wait.zero-create", "+failed@0-0", "holds"),
    ("wait.zero-create", "+running@0-0/w1", "silent"),
    ("wait.zero-create", "+400@0-0", "silent"),
    ("wait.never-late", "running@0-60.5", "holds"),
    ("wait.never-late", "running@0-60.6", "breaks"),
    ("wait.never-late", "+running@0-5.6/w5", "breaks"),
    ("wait.never-late", "completed@0-5.4/w5", "holds"),
    ("wait.never-late", "404@0-5.6/w5", "breaks"),
    ("wait.never-late", "timeout@0-75", "breaks"),
    ("wait.never-late", "abandoned@0-75", "silent"),
    ("wait.never-late", "reset@0-75", "silent"),
    ("wait.never-late", "running@0-75/w61", "silent"),
    ("wait.never-late", "running@0-1/bare", "silent"),
    ("wait.never-late", "+running@0-70/auto", "silent"),
    ("wait.never-early", "running@0-59.95", "holds"),
    ("wait.never-early", "running@0-59.9", "breaks"),
    ("wait.never-early", "+queued@0-4/w5", "breaks"),
    ("wait.never-early", "completed@0-1", "silent"),
    ("wait.never-early", "+queued@0-0", "silent"),
    ("wait.never-early", "+running@0-1/auto", "silent"),
    ("wait.never-early", "404@0-1", "silent"),
    # wakes: others tell when the job ended
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 completed@0-9.5", "holds"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 completed@0-9.6", "breaks"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 completed@0-60", "breaks"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 running@0-60", "breaks"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 running@0-9.3/w9.3", "holds"),
    ("wait.wakes", "+queued@0-0 completed@0-9 completed@0-9", "holds"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 timeout@0-75", "breaks"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0 abandoned@0-75", "silent"),
    ("wait.wakes", "+queued@0-0 completed@0-9", "holds"),
    ("wait.wakes", "+queued@0-0 running@0-60", "silent"),
    ("wait.wakes", "+queued@0-0 completed@9-9/w0/id=gen_2 completed@0-60", "silent"),
    ("wait.wakes", "+completed@0-9/w60", "holds"),
    ("wait.wakes", "+completed@0-20/w20", "silent"),
    ("wait.wakes", "+completed@0-20/w20 +completed@0-30/w30/id=gen_2 +completed@0-40/w40/id=gen_3", "breaks"),
    ("wait.wakes", "+completed@0-20/w20 +completed@0-9/w30/id=gen_2 +completed@0-40/w40/id=gen_3", "silent"),
    ("wait.wakes", "+completed@0-20/w20 +completed@0-20/w20/id=gen_2 +completed@0-20/w20/id=gen_3", "silent"),
    ("wait.terminal-at-once", "completed@0-9 completed@9-9.5", "holds"),
    ("wait.terminal-at-once", "completed@0-9 completed@9-9.6", "breaks"),
    ("wait.terminal-at-once", "completed@0-9 completed@9-69", "breaks"),
    ("wait.terminal-at-once", "completed@0-9 timeout@9-84", "breaks"),
    ("wait.terminal-at-once", "completed@0-9 completed@8-9", "silent"),
    ("wait.terminal-at-once", "running@0-9 completed@9-69", "silent"),
    ("wait.terminal-at-once", "completed@0-9 400@9-9/w61", "silent"),
    ("wait.get-default", "running@0-0.5/bare", "holds"),
    ("wait.get-default", "running@0-0.6/bare", "breaks"),
    ("wait.get-default", "completed@0-60/bare", "breaks"),
    ("wait.get-default", "timeout@0-15/bare", "breaks"),
    ("wait.get-default", "running@0-5/w5", "silent"),
    ("wait.fractional", "running@0-1.5/w1.5", "holds"),
    ("wait.fractional", "running@0-1/w1.5", "breaks"),
    ("wait.fractional", "running@0-2.1/w1.5", "breaks"),
    ("wait.fractional", "+running@0-0.5/w0.5", "holds"),
    ("wait.fractional", "+running@0-0/w0.5", "breaks"),
    ("wait.fractional", "+queued@0-0 400@0-0/w0.5", "breaks"),
    ("wait.fractional", "400@0-0/w0.5", "silent"),
    ("wait.fractional", "completed@0-0/w0.5", "silent"),
    ("wait.fractional", "running@0-1/w1", "silent"),
    ("wait.auto-cap", "+running@0-60.5/auto", "holds"),
    ("wait.auto-cap", "+running@0-60.6/auto", "breaks"),
    ("wait.auto-cap", "+running@0-60.6/bare", "breaks"),
    ("wait.auto-cap", "+timeout@0-75/auto", "breaks"),
    ("wait.auto-cap", "+running@0-70/w60", "silent"),
    # auto-default: left out is "auto"
    ("wait.auto-default", "+running@0-30/auto +running@0-30.4/bare", "holds"),
    ("wait.auto-default", "+running@0-30/auto +running@40-40/bare", "breaks"),
    ("wait.auto-default", "+running@0-0/bare +running@1-31/auto", "breaks"),
    ("wait.auto-default", "+running@0-30/auto +completed@40-95/bare", "breaks"),
    ("wait.auto-default", "+running@0-30/auto +completed@40-49/bare", "holds"),
    ("wait.auto-default", "+running@0-30/auto +running@0-32/bare", "holds"),
    ("wait.auto-default", "+running@0-30/auto +running@0-10/auto +running@0-10/bare", "silent"),
    ("wait.auto-default", "+running@0-30/auto +running@0-0/bare/model=veo-3", "silent"),
    ("wait.auto-default", "+running@0-30/auto +running@0-30/w30", "silent"),
    # auto-modality: longer on images
    ("wait.auto-modality", "+running@0-50/auto +running@0-10/bare/model=veo-3", "holds"),
    ("wait.auto-modality", "+running@0-10/auto +running@0-50/auto/model=veo-3", "breaks"),
    ("wait.auto-modality", "+running@0-10/auto +running@0-10/auto/model=veo-3", "breaks"),
    ("wait.auto-modality", "+running@0-10/auto +completed@0-40/auto/model=veo-3", "breaks"),
    ("wait.auto-modality", "+completed@0-9/auto +running@0-10/auto/model=veo-3", "silent"),
    ("wait.auto-modality", "+running@0-10/auto", "silent"),
]  # fmt: skip


@pytest.mark.parametrize(("clause_id", "text", "expected"), HISTORIES)
def test_holds_are_judged_by_the_clients_clock(clause_id: str, text: str, expected: str) -> None:
    """What the clause says of the answer that came last."""
    wanted = {"holds_not": "silent", "holds": "holds"}.get(expected, expected)
    assert verdict(clause_id, story(text)) == wanted


# A quick call while a poll is held, then the poll: what a serial server does to it, and what a slow one does.
INDEPENDENCE = [
    ("beside", "404@0-0/never running@1-31/w30 running@2-2/w0", "holds"),
    ("blocked", "running@0-0/w0 running@1-31/w30 running@2-31/w0", "breaks"),
    ("blocked, no history", "running@1-31/w30 running@2-31/w0", "breaks"),
    ("blocked short poll", "running@0-0/w0 running@1-31/w30 running@2-36/w5", "breaks"),
    ("blocked creation", "+queued@0-0 running@1-31/w30 +queued@2-31.1/id=gen_2", "breaks"),
    ("blocked until the job ended", "running@0-0/w0 completed@1-20/w60 completed@2-20/w0", "breaks"),
    ("a late window at the end of a poll", "completed@0-20/w60 running@18-20/w0.2", "breaks"),
    (
        "windows late while the poll is held",
        "completed@0-20/w60 running@2-4/w0.2 running@18-20/w0.2",
        "holds",
    ),
    ("a slow server", "running@0-3/w0 running@4-37/w30 running@5-38/w0", "holds"),
    ("slow all along", "running@0-20/w0 running@21-51/w30 running@25-51/w0", "holds"),
    ("late for itself", "running@0-0/w0 running@1-31/w30 running@2-5/w0", "holds"),
    ("alone", "running@0-30/w30", "silent"),
    ("nobody is held", "running@0-0/w0 running@0-0.4/w0", "silent"),
    ("cut short", "running@0-30/w30 running@40-43/w30 running@42.9-42.9/w0", "breaks"),
    ("cut short by an end", "running@0-30/w30 running@40-43/w30 running@41-43/w2", "breaks"),
    ("early by itself", "running@0-15/w30 running@40-55/w30 running@54.9-54.9/w0", "holds"),
    ("early by a cap", "running@0-15/w30 running@40-55/w30 running@41-55/w14", "holds"),
    ("early, and never seen whole", "running@40-43/w30 running@42.9-42.9/w0", "holds"),
]


@pytest.mark.parametrize(("name", "text", "expected"), INDEPENDENCE)
def test_polls_are_independent(name: str, text: str, expected: str) -> None:
    """Blocking and shortening are told from slowness and from earliness of a server's own."""
    told = [verdict("wait.independent", story(text)[: count + 1]) for count in range(len(story(text)))]
    if expected == "breaks":
        assert "breaks" in told, name
    else:
        assert told[-1] == expected, name
        assert "breaks" not in told, name


BAD_WAITS = [
    "-1",
    "-0.001",
    "61",
    "60.001",
    "600",
    "1e3",
    "ten",
    "5s",
    "1,5",
    "true",
    "null",
    "NaN",
    "Infinity",
]


@pytest.mark.parametrize("wait", BAD_WAITS)
def test_get_refuses_a_wait_out_of_range(wait: str) -> None:
    """400 `invalid_input`; unknown ids and strangers may hear 404, limits come first."""
    first = post("queued")
    for answer, expected in (
        ("400", "holds"), ("completed", "breaks"), ("400:oops", "breaks"), ("422:bad", "breaks"),
        ("500", "breaks"), ("404", "breaks"), ("429", "silent"), ("timeout", "silent"),
    ):  # fmt: skip
        assert verdict("wait.get-range", [first, get(answer, wait, at=1)]) == expected
    assert verdict("wait.get-range", get("404", wait, intent="unknown-id")) == "silent"
    assert verdict("wait.get-range", [first, get("404", wait, at=1, account="other")]) == "silent"
    assert verdict("wait.get-range", get("401", wait, credential="missing")) == "silent"


@pytest.mark.parametrize(
    "wait", ["0", "60", "0.5", "60.0", "-0", "1e1", "%2B5", "5%20", "0x10", "1_0", "", "auto"]
)
def test_odd_spellings_of_a_wait_are_left_in_peace(wait: str) -> None:
    """A generous parser may read them; no timing is judged by them either."""
    assert verdict("wait.get-range", [post("queued"), get("completed", wait, at=1)]) == "silent"
    if not wait.replace(".", "").isdigit():
        assert verdict("wait.never-early", get("running", wait)) == "silent"
        assert verdict("wait.never-late", get("running", wait, until=9)) in ("silent", "breaks")


def test_two_waits_in_one_query_mean_nothing() -> None:
    """Which of them counts is nobody's to say."""
    both = get("running", query="wait=60&wait=0", until=1)
    for clause_id in ("wait.never-early", "wait.never-late", "wait.get-default", "wait.get-range"):
        assert verdict(clause_id, both) == "silent"


def test_auto_on_get_is_recorded() -> None:
    """Accepted or refused, no clause minds."""
    assert verdict("wait.get-auto", get("running", "auto")) == "GET with wait=auto: accepted"
    assert verdict("wait.get-auto", get("400", "auto")) == "GET with wait=auto: 400 invalid_input"


def sent_twice(wait: Any) -> bytes:
    """A body that says `wait` twice."""
    return f'{{"model": "{IMAGE}", "wait": 60, "wait": {wait}, "input": {{"prompt": "x"}}}}'.encode()


def test_ambiguous_creations_have_no_window() -> None:
    """A key that stands twice, another content type: no timing clause judges them."""
    for odd in (
        post("running", sent_twice(0), until=30),
        post("running", until=30, content_type="text/plain"),
    ):
        for clause_id in ("wait.zero-create", "wait.never-late", "wait.never-early", "wait.auto-cap"):
            assert verdict(clause_id, odd) == "silent"


def test_allowance_is_slack_and_floor() -> None:
    """The floor of the round trip is granted besides the slack."""
    late = post(resource("queued", model=VIDEO), body(VIDEO, wait=0), until=0.9)
    assert verdict("wait.zero-create", late) == "breaks"
    assert verdict("wait.zero-create", under(late, floor_s=0.4)) == "holds"
