"""What a profile promises and what does not come: unmet, and no plain breach; ends that nothing explains."""

from typing import Any

import pytest

from generations_contract.exchange.exchange import Exchange
from tests.clauses.stories import (
    CANCELLING,
    FAILING,
    IMAGE,
    REJECTED,
    REJECTED_IMAGE,
    RESTRICTED,
    STALLED,
    VIDEO,
    body,
    get,
    is_unmet,
    post,
    resource,
    story,
    under,
    verdict,
)

COMPLETES, RATE = "lifecycle.completes", "errors.rate-limited"
PICTURE = body(images=["https://images.example/cat.png", REJECTED_IMAGE])


def failed(code: str) -> dict[str, Any]:
    """A failed generation with a code."""
    return resource("failed", error={"code": code, "message": "No."})


# A clause, a creation that is bound to meet its code, and an answer by which the promise is not kept.
UNMET = [
    ("errors.insufficient-quota", post("queued", account="exhausted")),
    ("errors.model-unavailable", post("queued", body(RESTRICTED))),
    ("errors.content-policy", post("completed", body(prompt=REJECTED))),
    ("errors.content-policy", post("completed", PICTURE)),
    ("errors.provider-unavailable", post(resource("completed", model=FAILING), body(FAILING))),
    ("errors.provider-timeout", post(resource("completed", model=STALLED), body(STALLED))),
]
WRONG = [
    ("errors.insufficient-quota", post("403", account="exhausted")),
    ("errors.model-unavailable", post("404", body(RESTRICTED))),
    ("errors.content-policy", post("400", body(prompt=REJECTED))),
    ("errors.content-policy", post("cancelled", body(prompt=REJECTED))),
    ("errors.content-policy", post(failed("internal_error"), PICTURE)),
    ("errors.provider-unavailable", post("504", body(FAILING))),
    ("errors.provider-timeout", post(failed("provider_unavailable"), body(STALLED))),
]


@pytest.mark.parametrize(("clause_id", "exchange"), UNMET)
def test_promised_failure_that_does_not_come_is_unmet(clause_id: str, exchange: Exchange) -> None:
    """The target simply goes on: nothing is wrong to the letter, but the profile says otherwise."""
    assert verdict(clause_id, exchange) == "breaks"
    assert is_unmet(clause_id, exchange)


@pytest.mark.parametrize(("clause_id", "exchange"), WRONG)
def test_promised_failure_in_another_form_is_a_breach(clause_id: str, exchange: Exchange) -> None:
    """A wrong code or status, and a cancellation, are no promise unkept."""
    assert verdict(clause_id, exchange) == "breaks"
    assert not is_unmet(clause_id, exchange)


def test_rejected_picture_is_bound_to_fail_where_pictures_are_taken() -> None:
    """A model that no trait names may ignore pictures, or refuse them."""
    elsewhere = body(VIDEO, images=[REJECTED_IMAGE])
    for answer in ("completed", "400", "422"):
        assert verdict("errors.content-policy", post(answer, elsewhere)) == "silent"
    assert verdict("errors.content-policy", post("422", PICTURE)) == "holds"


# What only some models take -> whether a refusal that blames nobody, the field, another one breaks the clause.
SOME = [
    (body(VIDEO, images=["https://images.example/cat.png"]), "input.images", "silent"),
    (body(IMAGE, negative_prompt="fog"), "input.negative_prompt", "silent"),
    (body(IMAGE, images=["https://images.example/cat.png"]), "input.images", "breaks"),
    (body(VIDEO, duration=8), "input.duration", "breaks"),
    (body(IMAGE, seed=7), "input.seed", "breaks"),
]


@pytest.mark.parametrize(("sent", "param", "expected"), SOME)
def test_what_only_some_models_take_may_be_refused(sent: Any, param: str, expected: str) -> None:
    """Unless the profile's traits name the model, or the refusal blames something else."""
    told = (400, {"error": {"code": "invalid_input", "message": "No.", "param": param}})
    assert verdict("request.documented-accepted", post(told, sent)) == expected
    assert verdict("request.documented-accepted", post("400", sent)) == expected
    assert verdict("request.documented-accepted", post("completed", sent)) == "holds"
    other = (400, {"error": {"code": "invalid_input", "message": "No.", "param": "model"}})
    assert verdict("request.documented-accepted", post(other, sent)) == "breaks"


def test_traits_decide_for_ratio_duration_and_resolution() -> None:
    """On a model that no trait names, a value of the document's own may be outside its set."""
    for sent in (body(VIDEO, duration=8), body(VIDEO, resolution="720p"), body(VIDEO, aspect_ratio="16:9")):
        bare = under(post("400", sent), timed=frozenset(), resolved=frozenset(), proportioned=frozenset())
        assert verdict("request.documented-accepted", bare) == "silent"


def limited(accepted: int, refused: int, status: str = "400", every_s: float = 0.5) -> list[Exchange]:
    """Calls of the limited account, one after the other, the good ones last."""
    answers = [status] * refused + ["queued"] * accepted
    sent = [body(wait=61)] * refused + [body(wait=0)] * accepted
    return [
        post(answer, asked, at=every_s * turn, account="limited")
        for turn, (answer, asked) in enumerate(zip(answers, sent, strict=True))
    ]


def test_account_that_is_never_limited_is_unmet() -> None:
    """Sixty creations in a minute, ten of them accepted, and no 429."""
    assert is_unmet(RATE, limited(10, 50))


@pytest.mark.parametrize(
    "calls",
    [
        limited(9, 60),  # a limit may count good requests only
        limited(10, 20),
        limited(10, 50, every_s=1.5),
        [*limited(0, 1, "429"), *limited(10, 60)],
        [each for each in limited(10, 60) if each.status == 400],
    ],
    ids=["few good ones", "few", "slow", "limited before", "no good one"],
)
def test_limit_may_be_higher_or_count_otherwise(calls: list[Exchange]) -> None:
    """What proves nothing about a low limit is no promise unkept."""
    assert verdict(RATE, calls) == "silent"


# How a sound creation ends -> what the clause says.
ENDS = [
    (story("+completed@0-1"), "holds"),
    (story("+queued@0-0 completed@1-2"), "holds"),
    (story("+queued@0-0 cancelled@1-2"), "breaks"),
    (story("+queued@0-0 abandoned@0-1 cancelled@1-2"), "silent"),  # lifecycle.resumable's
    (story(f"+queued@0-0/model={CANCELLING} cancelled@1-2/model={CANCELLING}"), "silent"),
    ([post(failed("internal_error"))], "breaks"),
    ([post("queued"), get(failed("internal_error"), at=1)], "breaks"),
    ([post(failed("provider_unavailable"))], "silent"),
    ([post(failed("content_policy"))], "silent"),
    ([post(failed("internal_error"), body(FAILING))], "silent"),
    ([post(failed("internal_error"), body(prompt=REJECTED))], "silent"),
    ([post("cancelled", body(n=99))], "silent"),
    ([get("cancelled")], "silent"),
]


@pytest.mark.parametrize(("exchanges", "expected"), ENDS)
def test_sound_creation_ends_in_no_failure_of_the_gateways_own(
    exchanges: list[Exchange], expected: str
) -> None:
    """Not cancelled and no `internal_error`, without a cause that profile or request give."""
    assert verdict(COMPLETES, exchanges) == expected


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ("500", "no id"),
        (
            (500, {"error": {"code": "internal_error", "message": "No."}, "request_id": "r1"}),
            "an id in the body",
        ),
        (
            (502, {"error": {"code": "provider_unavailable", "message": "gen_01HXY9 failed"}}),
            "an id in the body",
        ),
        ((500, b"<html>"), "no id"),
    ],
)
def test_support_id_is_recorded(answer: Any, told: str) -> None:
    """Of every 5xx: whether there is something to tell a support desk."""
    assert verdict("errors.support-id", get(answer)).endswith(f"names {told}")
    named = get("500", headers={"X_Request_Id": "abc"})
    assert verdict("errors.support-id", named) == "a 500: names an id in a header"


def test_failure_like_a_500_is_a_server_error() -> None:
    """Also where it shows as a failed generation."""
    assert verdict("errors.no-server-error", get(failed("internal_error"))) == "breaks"
    assert verdict("errors.no-server-error", get(failed("provider_timeout"))) == "holds"
