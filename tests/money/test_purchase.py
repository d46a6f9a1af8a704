"""`money.purchase`: which creations certainly made nothing, and which bills are amounts of money."""

from dataclasses import replace
from typing import Any

import pytest

from generations_contract.exchange.exchange import Exchange, Failure, FailureKind, Request, Response
from generations_contract.money import Budget, Purchase, billed_usd, nothing_made
from tests.support.exchanges import example_target

REQUEST = Request("POST", "http://t/v1/generations", "/v1/generations")


def created(status: int, body: bytes = b"{}") -> Exchange:
    """An answered creation."""
    return Exchange("create", REQUEST, 0.0, 1.0, Response(status, body=body))


@pytest.mark.parametrize(
    ("kind", "certain"),
    [
        ("refused", True),
        ("dns", True),
        ("tls", True),
        ("reset", False),
        ("timeout", False),
        ("garbage", False),
    ],
)
def test_costs_of_a_failure_depend_on_whether_it_got_out(kind: FailureKind, certain: bool) -> None:
    """Without a connection nothing was asked for; once it was sent, nobody knows."""
    assert nothing_made(Exchange("create", REQUEST, 0.0, 1.0, failure=Failure(kind))) is certain


@pytest.mark.parametrize(
    ("status", "certain"),
    [
        (400, True),
        (401, True),
        (429, True),
        (503, True),
        (422, False),
        (500, False),
        (502, False),
        (408, False),
        (524, False),
        (200, False),
    ],
)
def test_costs_of_an_answer_depend_on_whether_a_provider_was_asked(status: int, certain: bool) -> None:
    """A refusal made nothing; a provider that failed, or a success without an id, may have."""
    assert nothing_made(created(status)) is certain


@pytest.mark.parametrize(
    ("cost", "usd"),
    [("0.04", 0.04), ("0", 0.0), ("-1", None), ("true", None), ('"1"', None), ("1e9", None), ("null", None)],
)
def test_costs_are_amounts_of_money_or_nothing(cost: str, usd: float | None) -> None:
    """What is no amount never reaches a sum."""
    assert billed_usd(created(200, b'{"usage":{"cost_usd":%s}}' % cost.encode())) == usd


@pytest.mark.parametrize(
    ("body", "usd"),
    [
        ({"model": "flux-1.1-pro"}, 0.04),
        ({"model": "flux-1.1-pro", "n": 3}, 0.12),
        (b'{"model":"flux-1.1-pro","n":3}', 0.12),
        ({"model": "flux-1.1-pro", "n": -5}, 0.04),
        ({"model": "flux-1.1-pro", "n": 0}, 0.04),
        ({"model": "flux-1.1-pro", "n": 11}, 0.04),
        ({"model": "flux-1.1-pro", "n": True}, 0.04),
        ({"model": "flux-1.1-pro", "n": float("nan")}, 0.04),
        ({"model": "flux-1.1-pro", "n": "3"}, 0.04),
        ({"model": "veo-3", "n": 3}, 0.4),
        ({"model": ["veo-3"]}, 0.1),
        ({}, 0.1),
        (b"{", 0.1),
        (b"[]", 0.1),
    ],
    ids=str,
)
def test_price_is_the_models_for_each_asset(body: Any, usd: float) -> None:
    """A video is one asset, a count that is none counts as one, and what names no model has the default price."""
    prices = {"flux-1.1-pro": 0.04, "veo-3": 0.4, "default": 0.1}
    target = example_target()
    target = replace(target, profile=target.profile.model_copy(update={"prices": prices}))
    assert Purchase(Budget(), target, body).price_usd == pytest.approx(usd)


@pytest.mark.parametrize(
    ("answer", "kept"),
    [
        (created(200, b'{"id":"gen_1"}'), 1),
        (Exchange("create", REQUEST, 0.0, 1.0, failure=Failure("reset")), 1),
        (Exchange("create", REQUEST, 0.0, 1.0, failure=Failure("timeout")), 1),
        (Exchange("create", REQUEST, 0.0, 1.0, failure=Failure("abandoned")), 1),
        (None, 1),
        (created(200, b"<html>"), 1),
        (created(504), 1),
        (created(408), 1),
        (Exchange("create", REQUEST, 0.0, 1.0, failure=Failure("refused")), 0),
        (created(200, b'{"error":{"code":"invalid_input"}}'), 0),
        (created(400), 0),
        (created(422), 0),
        (created(500), 0),
    ],
    ids=lambda value: str(getattr(value, "status", None) or getattr(value, "failure", value)),
)
def test_unexpected_keeps_its_money_where_the_answer_is_lost(answer: Exchange | None, kept: int) -> None:
    """What should be refused is free where the gateway says no, in whatever words; not where nobody knows."""
    budget = Budget()
    purchase = Purchase(budget, example_target(), {"model": "flux-1.1-pro"})
    assert purchase.reserve_unexpected(["x.a"])
    purchase.answered(answer)
    assert (budget.spent[0], purchase.open, budget.undecided) == (kept, bool(kept), False)
