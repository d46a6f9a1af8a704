"""The notebook: what the next run will know, and what it must never know."""

import json
from typing import Any

import pytest

from generations_contract.exchange.exchange import Failure
from generations_contract.memory.form import Memory
from generations_contract.memory.notebook import mark_of
from tests.memory.memory_helpers import KEYS, SIGNED, UNIX, completed, life
from tests.support.exchanges import KEY, answered, resource


def test_notebook_takes_down_the_end_of_a_generation() -> None:
    """Models, states, moments, cost; of assets what they are, where, and how long the URL claims to live."""
    (seen,) = life(answered(completed(), answered_unix=UNIX + 9)).generations()
    assert (seen.id, seen.account, seen.asked_model, seen.status) == (
        "gen_1",
        "main",
        "flux-1.1-pro",
        "completed",
    )
    assert (seen.created_unix, seen.seen_unix, seen.cost_usd) == (UNIX, UNIX + 9, 0.04)
    (entry,) = seen.media
    assert (entry.url, entry.signed, entry.expires_unix) == ("https://cdn.test/a/gen_1.png", True, 1790003600)
    assert (entry.type, entry.width) == ("image", 64)


def test_notebook_holds_no_secret() -> None:
    """No key, no signature, no prompt, no query, nothing that an answer says besides."""
    url = f"https://user:{KEY}@cdn.test/gen_1.png?{SIGNED.partition('?')[2]}&token={KEY}"
    media = [{"type": "image", "url": url, "prompt": "a secret plan"}]
    ended = completed(output={"media": media}, error={"code": "content_policy", "message": "a secret plan"})
    seen = life(answered(ended, answered_unix=UNIX + 9)).generations()
    text = Memory(target="x", generations=seen).model_dump_json()
    assert "cdn.test/gen_1.png" in text
    for secret in (KEY, "Signature", "REDACTED", "secret", "?", "token"):
        assert secret not in text, secret


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://cdn.test/signed-path-token/gen_1.png", "https://cdn.test/gen_1.png"),
        ("https://cdn.test/0f9e8d7c6b5a/signed", "https://opaque.invalid/"),
        ("https://[", "https://opaque.invalid/"),
        (5, None),
        (None, None),
    ],
)
def test_path_that_may_be_a_signature_is_left_out(url: object, kept: str | None) -> None:
    """Without a query the signature may stand in the path: of it the file's name stays, where there is one."""
    (seen,) = life(
        answered(completed(output={"media": [{"type": "image", "url": url}]}), answered_unix=UNIX)
    ).generations()
    assert seen.media[0].url == kept


def test_notebook_keeps_the_first_sight_of_an_end() -> None:
    """What a generation turns into afterwards is a breach of this run, and not what the next compares with."""
    answers = (
        answered(completed(), answered_unix=UNIX + 1),
        answered(resource("failed"), answered_unix=UNIX + 2),
    )
    assert [each.status for each in life(*answers).generations()] == ["completed"]
    assert [
        each.status for each in life(answered(resource("running"), answered_unix=UNIX + 1)).generations()
    ] == ["running"]


@pytest.mark.parametrize(
    "answer",
    [
        answered(completed(), account="other", answered_unix=UNIX),
        answered(completed(), credential="prefix", answered_unix=UNIX),
        answered(completed(), path="/v1/generations/gen_2", answered_unix=UNIX),
        answered(completed()),
        answered({"error": {"code": "not_found", "message": "no"}}, status=404, answered_unix=UNIX),
        answered(resource("sleeping"), answered_unix=UNIX),
    ],
)
def test_what_is_no_sight_of_ones_own_is_left_out(answer: Any) -> None:
    """Another account's look, another key's, one of an unknown generation, one without a date, a refusal."""
    assert [each.status for each in life(answer).generations()] == ["queued"]


def test_answer_that_never_came_is_left_out() -> None:
    """A poll that was lost says nothing of the generation."""
    lost = answered(completed())
    object.__setattr__(lost, "response", None)
    object.__setattr__(lost, "failure", Failure("reset"))
    assert [each.status for each in life(lost).generations()] == ["queued"]


@pytest.mark.parametrize(
    "members",
    [
        {"completed_at": "x" * 500}, {"created_at": "\ud800"}, {"usage": {"cost_usd": 1e400}},
        {"output": {"media": [{"url": "https://cdn.test/a.png", "width": 10**400}] * 40}},
        {"output": {"media": "none"}}, {"usage": []}, {"model": ["x"]}, {"error": {"code": "x" * 500}},
    ],
)  # fmt: skip
def test_absurd_answers_are_taken_as_far_as_they_go(members: dict[str, Any]) -> None:
    """What does not fit is left out; nothing is thrown, and the file can be written and read."""
    body = json.dumps(completed(**members)).encode()
    seen = life(answered(body, answered_unix=UNIX + 1)).generations()
    memory = Memory(target="x", generations=seen)
    assert Memory.model_validate_json(json.dumps(memory.model_dump())) == memory


def test_mark_of_a_key_tells_no_key() -> None:
    """Six digits: another key is noticed, and millions of keys have the same."""
    assert len(mark_of(KEY)) == 6
    assert mark_of(KEY) != mark_of(KEY + "x")
    assert mark_of(KEY) == life().generations()[0].key
    assert KEYS["main"] == KEY
