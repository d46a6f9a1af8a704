"""Section `response`: what each state holds, and every liberty that a backend has."""

from typing import Any

import pytest

from tests.clauses.stories import IMAGE, VIDEO, body, entry, get, post, resource, stamp, verdict

OUTPUT_OF = {"media": [entry()]}

# clause, what a GET answers, what the clause says of it
ROWS: list[tuple[str, Any, str]] = [
    ("response.schema", "queued", "holds"),
    ("response.schema", resource("completed") | {"colour": 1, "error": None}, "holds"),
    ("response.schema", resource("running", completed_at=..., output=..., usage=..., error=...), "holds"),
    ("response.schema", resource(created_at="2026-04-18 12:00:00"), "holds"),
    ("response.schema", resource("completed", output=None, usage=None), "holds"),
    ("response.schema", resource(id=...), "breaks"),
    ("response.schema", resource(id=7), "breaks"),
    ("response.schema", resource(object="job"), "breaks"),
    ("response.schema", resource(status="done"), "breaks"),
    ("response.schema", resource(created_at=1745000000), "breaks"),
    ("response.schema", resource(output={"media": [entry(width="1024")]}), "breaks"),
    ("response.schema", resource(output={"media": [entry(url=...)]}), "breaks"),
    ("response.schema", (200, [resource()]), "breaks"),
    ("response.schema", (204, b""), "breaks"),
    ("response.schema", (200, b"<html>"), "breaks"),
    ("response.schema", (200, {"error": {"code": "x", "message": "y"}}), "silent"),
    ("response.schema", "404", "silent"),
    ("response.completed-at", "completed", "holds"),
    ("response.completed-at", resource("running", completed_at=...), "holds"),
    ("response.completed-at", resource("running", completed_at=stamp(1)), "breaks"),
    ("response.completed-at", resource("failed", completed_at=None), "breaks"),
    ("response.completed-at", resource("cancelled", completed_at=...), "breaks"),
    ("response.completed-at", resource(completed_at=stamp(-1)), "breaks"),
    ("response.completed-at", resource(created_at=stamp(9.7), completed_at=stamp(9)), "holds"),
    ("response.completed-at", resource(created_at=stamp(9.0004), completed_at=stamp(9.0)), "holds"),
    ("response.completed-at", resource(completed_at="2026-04-18T14:00:01+02:00"), "holds"),
    ("response.completed-at", resource(completed_at="2026-04-18T12:00:01+02:00"), "breaks"),
    ("response.output", "completed", "holds"),
    ("response.output", resource("running", output=...), "holds"),
    ("response.output", resource(output=None), "breaks"),
    ("response.output", resource(output={"media": []}), "breaks"),
    ("response.output", resource("running", output=OUTPUT_OF), "breaks"),
    ("response.output", resource("failed", output=OUTPUT_OF), "breaks"),
    ("response.usage", "completed", "holds"),
    ("response.usage", resource("cancelled", usage={"cost_usd": 0, "seconds": 8}), "holds"),
    ("response.usage", resource("failed", usage={"cost_usd": 0.0}), "holds"),
    ("response.usage", resource("running", usage=...), "holds"),
    ("response.usage", resource(usage=None), "breaks"),
    ("response.usage", resource(usage={"cost_usd": "0.04"}), "breaks"),
    ("response.usage", resource(usage={"cost_usd": True}), "breaks"),
    ("response.usage", resource(usage={"cost_usd": -0.01}), "breaks"),
    ("response.usage", resource("cancelled", usage={}), "breaks"),
    ("response.usage", resource("running", usage={"cost_usd": 0}), "breaks SHOULD"),
    ("response.timestamps", "completed", "holds"),
    *[
        ("response.timestamps", resource(created_at=text), "holds")
        for text in (stamp(0, "+00:00"), stamp(0.123456), "2026-04-18T14:00:00.5+02:00", "20260418T120000Z")
    ],
    ("response.timestamps", resource(created_at="2016-12-31T23:59:60Z"), "holds"),
    ("response.timestamps", resource(created_at="yesterday"), "breaks"),
    ("response.timestamps", resource(created_at="2026-13-18T12:00:00Z"), "breaks"),
    ("response.timestamps", resource(completed_at="1745000000"), "breaks"),
    ("response.timestamps", resource(created_at="2026-04-18T12:00:00"), "breaks SHOULD"),
    ("response.timestamps", resource(created_at=stamp(3600 + 30)), "holds"),
    ("response.timestamps", resource(created_at=stamp(3600 + 90)), "breaks SHOULD"),
    ("response.error", "failed", "holds"),
    ("response.error", resource("completed", error=...), "holds"),
    ("response.error", resource("failed", error=None), "breaks"),
    ("response.error", resource("failed", error={"code": "oops", "message": "x"}), "breaks"),
    ("response.error", resource("failed", error={"code": "provider_timeout", "message": " "}), "breaks"),
    ("response.error", resource("failed", error={"code": ["x"], "message": "x"}), "breaks"),
    ("response.error", resource("failed", error={"code": "provider_timeout", "message": "x", "y": 1}), "holds"),
    ("response.error", resource("completed", error={"code": "provider_timeout", "message": "x"}), "breaks"),
    ("response.media-type", "completed", "holds"),
    ("response.media-type", resource(output={"media": [entry(type="video")]}), "breaks"),
    ("response.media-type", resource(output={"media": [entry(duration_seconds=1)]}), "breaks SHOULD"),
    ("response.media-type", resource(model=VIDEO), "holds"),
    ("response.media-type", resource(model="another"), "silent"),
    ("response.additive-fields", resource(colour=1), "field colour: present"),
    ("response.additive-fields", resource(output={"media": [entry(size=1)]}), "field output.media[].size: present"),
    ("response.additive-fields", "completed", "holds"),
]  # fmt: skip


@pytest.mark.parametrize(("clause_id", "answer", "expected"), ROWS)
def test_resource_is_judged_by_its_state(clause_id: str, answer: Any, expected: str) -> None:
    """One answer of a GET, one word of the clause."""
    assert verdict(clause_id, get(answer)) == expected


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        ("application/json", "holds"),
        ("application/json; charset=utf-8", "holds"),
        ("application/problem+json", "holds"),
        ("Application/JSON", "holds"),
        ("text/plain", "breaks"),
        (..., "breaks"),
    ],
)
def test_every_answer_says_that_it_is_json(content_type: Any, expected: str) -> None:
    """Errors too; a redirect is no answer of the API."""
    for answer in ("completed", "404", "500"):
        assert verdict("response.json", get(answer, headers={"Content-Type": content_type})) == expected
    assert verdict("response.json", get((302, b""), headers={"Content-Type": content_type})) == "silent"


def test_model_is_echoed_byte_for_byte() -> None:
    """On POST by its own request, on GET by the creation's; without a creation nothing is known."""
    other = resource(model="FLUX-1.1-pro")
    assert verdict("response.model-echo", post("queued")) == "holds"
    assert verdict("response.model-echo", post(other)) == "breaks"
    assert verdict("response.model-echo", [post("queued"), get("completed", at=1)]) == "holds"
    assert verdict("response.model-echo", [post("queued"), get(other, at=1)]) == "breaks"
    assert verdict("response.model-echo", get(other)) == "silent"
    assert verdict("response.model-echo", post("400", b"{")) == "silent"
    assert verdict("response.model-echo", post(resource(model="?"), body("\ud800"))) == "silent"


@pytest.mark.parametrize(
    ("n", "model", "count", "expected"),
    [
        (1, IMAGE, 1, "holds"),
        (4, IMAGE, 4, "holds"),
        (4, IMAGE, 1, "breaks"),
        (1, IMAGE, 2, "breaks"),
        (4, VIDEO, 1, "holds"),
        (4, VIDEO, 4, "breaks"),
        (2, VIDEO, 2, "holds"),
        (11, IMAGE, 11, "silent"),
        (1.0, IMAGE, 1, "silent"),
        (2, "another", 1, "silent"),
    ],
)
def test_every_image_asked_for_is_one_entry(n: Any, model: str, count: int, expected: str) -> None:
    """The number is the creation's, on POST and on GET alike."""
    media = [entry(index, model=model) for index in range(count)]
    done = resource(model=model, output={"media": media})
    assert verdict("response.media-count", post(done, body(model, n=n))) == expected
    queued = post(resource("queued", model=model), body(model, n=n))
    assert verdict("response.media-count", [queued, get(done, at=1)]) == expected
    assert verdict("response.media-count", get(done)) == "silent"


def test_one_image_is_made_when_n_is_left_out() -> None:
    """The default of n is 1."""
    two = resource(output={"media": [entry(0), entry(1)]})
    assert verdict("response.media-count", post(two)) == "breaks"


SAME = [
    ("queued", "completed", "holds"),
    ("queued", resource("running", completed_at=...), "holds"),
    ("completed", resource(error=...), "holds"),
    ("completed", resource(colour=1), "holds"),
    ("completed", resource(usage={"cost_usd": 9}), "holds"),
    ("completed", resource(usage=None), "breaks"),
    ("completed", resource(output={"media": [entry(format=...)]}), "breaks"),
    ("completed", resource(output={"media": [entry(width=512)]}), "breaks"),
    (resource(output={"media": [entry(width=None)]}), resource(output={"media": [entry(width=...)]}), "holds"),
    ("queued", resource(model=...), "breaks"),
    ("queued", resource(created_at=None), "breaks"),
    ("422", "failed", "silent"),
]  # fmt: skip


@pytest.mark.parametrize(("first", "second", "expected"), SAME)
def test_post_and_get_have_one_form(first: Any, second: Any, expected: str) -> None:
    """Which fields are set, and how the entries describe the assets; values are other clauses'."""
    assert verdict("response.same-shape", [post(first), get(second, at=1)]) == expected
