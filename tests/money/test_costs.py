"""`money.purchase`: which creations certainly made nothing, and which bills are amounts of money."""

import pytest

from generations_contract.exchange.exchange import Exchange, Failure, FailureKind, Request, Response
from generations_contract.money import billed_usd, nothing_made

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
