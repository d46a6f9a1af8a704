"""Section `lifecycle`: literal histories, and what each clause says of their last word."""

from typing import Any

import pytest

from tests.clauses.stories import ID, body, entry, get, post, resource, stamp, story, verdict

HISTORIES = [
    # forward-only: real-time order, whoever looks
    ("lifecycle.forward-only", "+queued@0-0 running@1-2 completed@3-4", "holds"),
    ("lifecycle.forward-only", "+queued@0-0 queued@1-2 queued@3-4", "holds"),
    ("lifecycle.forward-only", "+completed@0-0 completed@1-1", "holds"),
    ("lifecycle.forward-only", "+running@0-0 queued@1-2", "breaks"),
    ("lifecycle.forward-only", "+queued@0-0 completed@1-2 running@3-4", "breaks"),
    ("lifecycle.forward-only", "+queued@0-0 completed@1-2 running@3-4/by=other", "breaks"),
    ("lifecycle.forward-only", "+queued@0-0 failed@1-2 completed@3-4", "holds"),
    ("lifecycle.forward-only", "+queued@0-0 completed@1-5 running@4-6", "holds"),  # it was sent before
    ("lifecycle.forward-only", "+queued@0-0 completed@1-5 running@3-6 running@5-7", "breaks"),
    ("lifecycle.forward-only", "+completed@0-0/id=gen_2 running@1-2", "silent"),
    ("lifecycle.forward-only", "+queued@0-0 404@1-2", "silent"),
    # terminal-final
    ("lifecycle.terminal-final", "+queued@0-0 completed@1-2 completed@3-4", "holds"),
    ("lifecycle.terminal-final", "+queued@0-0 running@1-2 completed@3-4", "silent"),
    ("lifecycle.terminal-final", "+queued@0-0 completed@1-2 failed@3-4", "breaks"),
    ("lifecycle.terminal-final", "+queued@0-0 completed@1-2 running@3-4", "breaks"),
    ("lifecycle.terminal-final", "+cancelled@0-0 cancelled@1-2", "holds"),
    ("lifecycle.terminal-final", "+completed@0-0/cost=0.04 completed@1-2/cost=0.05", "breaks"),
    # resumable
    ("lifecycle.resumable", "+queued@0-0 running@0-0/w0", "holds"),
    ("lifecycle.resumable", "+queued@0-0 abandoned@0-3 running@3-4", "holds"),
    ("lifecycle.resumable", "+queued@0-0 404@1-1", "breaks"),
    ("lifecycle.resumable", "+queued@0-0 abandoned@0-3 404@3-4", "breaks"),
    ("lifecycle.resumable", "+queued@0-0 410:gone@9000-9001", "breaks"),
    ("lifecycle.resumable", "+queued@0-0 403@1-1", "breaks"),
    ("lifecycle.resumable", "+queued@0-0 502@1-9", "holds"),
    ("lifecycle.resumable", "+queued@0-0 502@1-9 failed@9-9", "holds"),
    ("lifecycle.resumable", "+queued@0-0 502@1-9 502@9-9", "breaks"),
    ("lifecycle.resumable", "+queued@0-0 504@1-9 504@2-9", "holds"),
    ("lifecycle.resumable", "+queued@0-0 failed@1-9 504@9-9", "breaks"),
    ("lifecycle.resumable", "+queued@0-0 429@1-1", "silent"),
    ("lifecycle.resumable", "+queued@0-0 503:busy@1-1", "silent"),
    ("lifecycle.resumable", "+queued@0-0 reset@1-1", "silent"),
    ("lifecycle.resumable", "+queued@0-0 404@1-1/by=other", "silent"),
    ("lifecycle.resumable", "+queued@0-0 401@1-1/key=missing", "silent"),
    ("lifecycle.resumable", "+queued@0-0 400@1-1/w61", "silent"),
    ("lifecycle.resumable", "404@1-1", "silent"),
    ("lifecycle.resumable", "+queued@0-0/by=other running@1-1/by=other", "holds"),
    # not-found
    ("lifecycle.not-found", "404@0-0.5/never", "holds"),
    ("lifecycle.not-found", "404@0-0.6/never", "breaks"),
    ("lifecycle.not-found", "404@0-60/never", "breaks"),
    ("lifecycle.not-found", "404@0-0/bare/never", "holds"),
    ("lifecycle.not-found", "completed@0-0/never", "breaks"),
    ("lifecycle.not-found", "400@0-0/never", "breaks"),
    ("lifecycle.not-found", "404:gone@0-0/never", "breaks"),
    ("lifecycle.not-found", "400@0-0/never/w61", "silent"),
    ("lifecycle.not-found", "429@0-0/never", "silent"),
    ("lifecycle.not-found", "401@0-0/never/key=missing", "silent"),
    ("lifecycle.not-found", "404@0-0", "silent"),
    # terminates: 300 s for images, 600 s for videos
    ("lifecycle.terminates", "+queued@0-0 completed@290-299", "holds"),
    ("lifecycle.terminates", "+queued@0-0 running@290-300", "silent"),
    ("lifecycle.terminates", "+queued@0-0 running@301-302", "breaks"),
    ("lifecycle.terminates", "+queued@0-0 completed@9000-9000", "holds"),
    ("lifecycle.terminates", "+queued@0-0/model=veo-3 running@301-302/model=veo-3", "silent"),
    ("lifecycle.terminates", "+queued@0-0/model=veo-3 running@601-602/model=veo-3", "breaks"),
    ("lifecycle.terminates", "+queued@0-50 running@301-302", "silent"),
    ("lifecycle.terminates", "running@9000-9001", "silent"),
    # repeatable-read
    ("lifecycle.repeatable-read", "+queued@0-0 completed@1-2 completed@3-4", "holds"),
    ("lifecycle.repeatable-read", "+completed@0-0 completed@1-2", "silent"),
    ("lifecycle.repeatable-read", "completed@0-1 completed@1-2/cost=0.05", "breaks"),
    ("lifecycle.repeatable-read", "completed@0-1 failed@1-2", "silent"),
    # unique-ids: the words of a story send equal bodies, so sharing an id is deduplication
    ("lifecycle.unique-ids", "+queued@0-0 +queued@1-1/id=gen_2", "holds"),
    ("lifecycle.unique-ids", "+queued@0-0 +queued@1-1", "holds"),
    ("lifecycle.unique-ids", "+queued@0-0 +queued@1-1/w5", "breaks"),
    ("lifecycle.unique-ids", "+queued@0-2 +queued@1-3/w5", "breaks"),
    ("lifecycle.unique-ids", "+queued@0-0 +400@1-1", "silent"),
]  # fmt: skip


@pytest.mark.parametrize(("clause_id", "text", "expected"), HISTORIES)
def test_history_is_judged_in_real_time_order(clause_id: str, text: str, expected: str) -> None:
    """What the clause says of the answer that came last."""
    assert verdict(clause_id, story(text)) == expected


def url(text: str, *, index: int = 0) -> dict[str, Any]:
    """A completed resource with one entry at a URL."""
    return resource(output={"media": [entry(index, url=text)]})


SIGNED = "https://media.example/gen_1/0.png?sig="
# first answer, second answer, terminal-final, repeatable-read
CHANGES: list[tuple[Any, Any, str, str]] = [
    (url(SIGNED + "a"), url(SIGNED + "b"), "holds", "holds"),
    (url(SIGNED + "a"), url("https://other.example/gen_1/0.png?sig=a"), "holds", "holds"),
    (url(SIGNED + "a"), url("https://media.example/gen_9/0.png?sig=a"), "breaks", "breaks"),
    (url("https://m.example/aaa/0.png"), url("https://m.example/bbb/0.png"), "holds", "holds"),
    (url("https://m.example/aaa/0.png"), url("https://m.example/bbb/1.png"), "breaks", "breaks"),
    (url("https://m.example/t/c2lnbmF0dXJl"), url("https://m.example/t/b3RoZXI"), "holds", "holds"),
    (resource(), resource(output={"media": [entry(0), entry(1)]}), "breaks", "breaks"),
    (
        resource(output={"media": [entry(0), entry(1)]}),
        resource(output={"media": [entry(1), entry(0)]}),
        "holds",
        "breaks",
    ),
    (resource(), resource(completed_at="2026-04-18T14:00:09+02:00"), "holds", "holds"),
    (resource(), resource(completed_at=stamp(9.4)), "holds", "holds"),
    (resource(completed_at=stamp(9.4)), resource(completed_at=stamp(9.8)), "breaks", "breaks"),
    (resource(), resource(completed_at=stamp(19)), "breaks", "breaks"),
    (resource(), resource(completed_at=None), "breaks", "breaks"),
    (resource(), resource(error=..., request_id="r2"), "holds", "holds"),
    (resource(), resource(output={"media": [entry(format="webp")]}), "holds", "breaks"),
    (
        resource("failed"),
        resource("failed", error={"code": "provider_timeout", "message": "Other words."}),
        "holds",
        "breaks",
    ),
    (
        resource("failed"),
        resource("failed", error={"code": "internal_error", "message": "It took too long."}),
        "breaks",
        "breaks",
    ),
]


@pytest.mark.parametrize(("first", "second", "final", "repeatable"), CHANGES)
def test_end_stays_as_it_was(first: Any, second: Any, final: str, repeatable: str) -> None:
    """Two GETs of a terminal generation, by the MUST and by the SHOULD."""
    reads = [get(first), get(second, at=1)]
    assert verdict("lifecycle.terminal-final", reads) == final
    assert verdict("lifecycle.repeatable-read", reads) == repeatable


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("queued", "completed", "holds"),
        ("queued", resource(id="gen_2"), "breaks"),
        ("queued", resource(model="veo-3"), "breaks"),
        ("queued", resource(object="job"), "breaks"),
        ("queued", resource(created_at=stamp(2)), "breaks"),
        ("queued", resource(created_at="2026-04-18T14:00:00+02:00"), "holds"),
        (resource("queued", created_at=stamp(0.123456)), resource(created_at=stamp(0.123)), "holds"),
        (resource("queued", created_at=stamp(0.5)), resource(created_at=stamp(0)), "holds"),
        (resource("queued", created_at=stamp(0.5)), resource(created_at=stamp(0.7)), "breaks"),
        ("queued", "404", "silent"),
    ],
)
def test_identity_is_the_first_answers(first: Any, second: Any, expected: str) -> None:
    """Moments are compared, not their texts, as far as the coarser of them tells."""
    assert verdict("lifecycle.identity", [post(first), get(second, at=1)]) == expected


def test_answer_for_another_model_belongs_to_another_request() -> None:
    """A listed model that was not asked for; an unlisted one is only a wrong echo."""
    assert verdict("lifecycle.unique-ids", post(resource("queued", model="veo-3"))) == "breaks"
    assert verdict("lifecycle.unique-ids", post(resource("queued", model="FLUX"))) == "holds"
    shared = [post("queued", body(prompt="one")), post("queued", body(prompt="two"), at=0.0)]
    assert verdict("lifecycle.unique-ids", shared) == "breaks"
    assert shared[1].generation_id == ID
