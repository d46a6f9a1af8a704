"""The gateway's answers over time: waiting, timelines, headers by state."""

import json

import pytest

from generations_contract.gateway import Gateway
from tests.gateway.gateway_helpers import Desk, code, header, media, read, with_models

# Timelines without jitter: queued for 1 s, then running until the tenth.
STEADY = with_models(
    {
        "flux-1.1-pro": {"queued_s": (1, 1), "running_s": (9, 9)},
        "veo-3": {"queued_s": (1, 1), "running_s": (9, 9)},
        "flaky-provider": {"queued_s": (1, 1), "running_s": (9, 9)},
        "stalled-provider": {"queued_s": (1, 1), "running_s": (9, 9)},
        "marathon-image": {"queued_s": (1, 1), "running_s": (999, 999)},
        "marathon-video": {"queued_s": (1, 1), "running_s": (999, 999)},
    }
)


@pytest.fixture
def desk() -> Desk:
    """A desk at a gateway whose jobs take ten seconds."""
    return Desk(Gateway(STEADY))


@pytest.mark.parametrize(
    ("wait", "at", "status"),
    [
        (0, 0.0, "queued"),
        (0.5, 0.5, "queued"),
        (1, 1.0, "running"),
        (9.999, 9.999, "running"),
        (10, 10.0, "completed"),
        (10.5, 10.0, "completed"),
        (60, 10.0, "completed"),
        ("auto", 10.0, "completed"),
    ],
)
def test_create_waits_until_the_end_or_the_window(desk: Desk, wait: object, at: float, status: str) -> None:
    """POST answers when the job ends or when `wait` is over, whichever comes first."""
    reply = desk.create(wait=wait)
    assert (reply.at, read(reply)["status"]) == (at, status)


@pytest.mark.parametrize(
    ("now", "wait", "at", "status"),
    [
        (0.0, None, 0.0, "queued"),
        (0.0, "0", 0.0, "queued"),
        (0.0, "0.5", 0.5, "queued"),
        (0.0, "5e-1", 0.5, "queued"),
        (5.0, "1", 6.0, "running"),
        (5.0, "5", 10.0, "completed"),
        (5.0, "60", 10.0, "completed"),
        (10.0, "60", 10.0, "completed"),
        (99.0, "60", 99.0, "completed"),
    ],
)
def test_fetch_waits_until_the_end_or_the_window(
    desk: Desk, now: float, wait: str | None, at: float, status: str
) -> None:
    """GET does the same, and without `wait` answers at once."""
    id_ = read(desk.create(wait=0))["id"]
    reply = desk.fetch(id_, wait, now=now)
    assert (reply.at, read(reply)["status"]) == (at, status)


@pytest.mark.parametrize(
    "wait", ["-1", "-0.001", "60.001", "61", "nan", "inf", "auto", "", "5s", "0x5", "1_0"]
)
def test_fetch_refuses_a_wait_out_of_range(desk: Desk, wait: str) -> None:
    """GET's `wait` is a number of seconds from 0 to 60 and nothing else."""
    id_ = read(desk.create(wait=0))["id"]
    reply = desk.fetch(id_, wait, now=0)
    assert (reply.status, read(reply)["error"]["param"]) == (400, "wait")


@pytest.mark.parametrize(("model", "window"), [("marathon-image", 60.0), ("marathon-video", 0.5)])
def test_auto_is_long_for_images_and_short_for_videos(desk: Desk, model: str, window: float) -> None:
    """`auto`, and leaving `wait` out, picks the window by modality."""
    assert desk.create(model, wait="auto").at == desk.create(model).at == window


def test_instant_job_is_queued_when_nobody_waits() -> None:
    """POST with wait 0 says queued, however fast the job."""
    assert read(Desk().create("instant-image", wait=0))["status"] == "queued"


def test_resource_that_is_not_final_has_explicit_nulls(desk: Desk) -> None:
    """What is not there yet is null, as in the document's example of a running generation."""
    shown = read(desk.create(wait=2))
    assert shown | {"id": "", "created_at": ""} == {
        "id": "",
        "object": "generation",
        "status": "running",
        "model": "flux-1.1-pro",
        "created_at": "",
        "completed_at": None,
        "output": None,
        "usage": None,
        "error": None,
    }


def test_resource_never_changes_once_final(desk: Desk) -> None:
    """POST and two GETs of a finished generation give the same bytes."""
    created = desk.create(n=3)
    id_ = read(created)["id"]
    assert created.body == desk.fetch(id_, now=10).body == desk.fetch(id_, 60, now=1000).body
    assert read(created)["usage"] == {"cost_usd": 0.12}
    assert read(created)["completed_at"] == "2026-04-18T12:00:10.000Z"
    assert len({entry["url"] for entry in media(created)}) == 3


@pytest.mark.parametrize("operation", ["create", "fetch"])
@pytest.mark.parametrize(
    ("wait", "cache", "retry"),
    [(0, "no-store", "1"), (2, "no-store", "1"), (60, "private, max-age=60", None)],
)
def test_headers_follow_the_state(
    desk: Desk, operation: str, wait: int, cache: str, retry: str | None
) -> None:
    """Final answers may be cached for a minute; others may not, and say when to come again."""
    reply = desk.create(wait=wait)
    if operation == "fetch":
        reply = desk.fetch(read(reply)["id"], wait, now=0)
    assert (header(reply, "cache-control"), header(reply, "retry-after")) == (cache, retry)
    assert header(reply, "server-timing") == f"hold;dur={reply.at * 1000:.3f}"


def test_provider_failure_shows_as_status_while_the_create_waits(desk: Desk) -> None:
    """A POST that waits gets 502; the generation it made is named, and found failed afterwards."""
    reply = desk.create("flaky-provider")
    assert (reply.at, reply.status, code(reply)) == (10.0, 502, "provider_unavailable")
    later = desk.send("GET", header(reply, "location") or "", now=11)
    assert (later.status, read(later)["status"]) == (200, "failed")
    assert (code(later), read(later)["usage"]) == ("provider_unavailable", {"cost_usd": 0.0})


@pytest.mark.parametrize(
    ("model", "status", "error"),
    [
        ("stalled-provider", "failed", "provider_timeout"),
        ("squeamish-model", "failed", "content_policy"),
        ("cancelling-model", "cancelled", None),
    ],
)
def test_unhappy_end_shows_as_resource(desk: Desk, model: str, status: str, error: str | None) -> None:
    """A job can end badly in every documented way, and then has no output and costs nothing."""
    shown = read(desk.create(model, wait=60))
    assert (shown["status"], shown["error"] and shown["error"]["code"]) == (status, error)
    assert (shown["output"], shown["usage"]) == (None, {"cost_usd": 0.0})


def test_dropped_poll_changes_nothing(desk: Desk) -> None:
    """A client that hangs up leaves the job as it was, and is no longer counted as held."""
    created = desk.create(wait=60)
    assert desk.gateway.state.holds.count(1) == 1
    desk.gateway.dropped(created, 2.0)
    assert desk.gateway.state.holds.count(3) == 0
    assert desk.fetch(read(created)["id"], 60, now=4.0).body == created.body


def test_timelines_are_reproducible_and_seeded() -> None:
    """The same seed gives the same answers; another seed gives other ids and times."""
    replies = [[Desk(Gateway(seed=seed)).create("veo-3", wait=60) for _ in range(2)] for seed in (1, 1, 2)]
    assert replies[0] == replies[1]
    assert {reply.at for reply in replies[0]}.isdisjoint({reply.at for reply in replies[2]})


def test_ids_are_unique_and_look_the_part() -> None:
    """Ten thousand ids: `gen_` and 26 characters of a ULID, no two alike."""
    desk = Desk()
    ids = {read(desk.create("sketch-free", wait=0, now=i / 100))["id"] for i in range(10_000)}
    assert len(ids) == 10_000
    assert {len(id_) for id_ in ids} == {30}


def test_ledger_counts_accepted_generations_and_dollars(desk: Desk) -> None:
    """Refusals cost nothing and are not entered."""
    desk.create(n=2)
    desk.create("sketch-free")
    desk.create(n=11)
    line = desk.gateway.ledger[0]
    assert (line.account, line.generations, line.cost_usd) == ("main", 2, 0.08)


def test_generation_is_forgotten_after_a_day() -> None:
    """A finished generation stays for hours, and gives its room back after a day."""
    desk = Desk()
    ids = [read(desk.create(now=0))["id"] for _ in range(2)]
    assert desk.fetch(ids[0], now=80_000).status == 200
    desk.create(now=90_000)
    assert [desk.fetch(id_, now=90_000).status for id_ in ids] == [404, 404]


def test_body_is_compact_utf_8_json(desk: Desk) -> None:
    """What is sent is plain JSON, typed as such."""
    reply = desk.create()
    assert header(reply, "content-type") == "application/json"
    assert json.dumps(read(reply), separators=(",", ":"), ensure_ascii=False).encode() == reply.body
