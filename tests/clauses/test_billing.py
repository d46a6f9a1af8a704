"""Section `billing`, and what a field costs that a model ignores: bills held against each other."""

import json
from typing import Any

import pytest

from generations_contract.exchange.exchange import Exchange
from tests.clauses.stories import IMAGE, VIDEO, body, entry, get, post, resource, verdict

IGNORED, PRICING = "request.irrelevant-ignored", "billing.pricing"


def bought(number: int, cost: float, model: str = VIDEO, entries: int = 1, **asked: Any) -> Exchange:
    """A creation that is answered with the completed generation, and its bill."""
    media = [entry(index, model=model) for index in range(entries)]
    shown = resource(
        "completed", id=f"gen_{number}", model=model, output={"media": media}, usage={"cost_usd": cost}
    )
    sent = body(model, prompt=f"a lighthouse, take {number}", wait=30, **asked)
    return post(shown, sent, at=10 * number, until=10 * number + 5)


# The bills of plain requests, then what is asked for besides and its bill -> what the clause says of that.
PAID = [
    ([0.4, 0.4], {"n": 3}, 1.2, "breaks SHOULD"),
    ([0.4, 0.4], {"n": 3}, 0.4, "holds"),
    ([0.4, 0.4], {"n": 3}, 0.2, "holds"),
    ([0.4, 0.4], {"size": "1024x1024"}, 0.6, "breaks SHOULD"),
    # Nothing to go by: one price only, prices that differ, a rounding, something else that may cost more.
    ([0.4], {"n": 3}, 1.2, "holds"),
    ([], {"n": 3}, 1.2, "holds"),
    ([0.4, 0.5], {"n": 3}, 1.2, "holds"),
    ([0.4, 0.4], {"n": 3}, 0.41, "holds"),
    ([0.4, 0.4], {"n": 3, "duration": 8}, 1.2, "silent"),
]


@pytest.mark.parametrize(("plain", "asked", "cost", "expected"), PAID)
def test_what_is_ignored_is_not_paid_for(
    plain: list[float], asked: dict[str, Any], cost: float, expected: str
) -> None:
    """Dearer than at least two equal requests without it, which cost alike: a SHOULD; else nothing is said."""
    story = [bought(number, each) for number, each in enumerate(plain)]
    first = bought(9, cost, **asked)
    assert first.response is not None
    again = get(json.loads(first.response.body), id="gen_9", at=first.answered_at + 2)
    # A first sum may be an estimate: only one that was told again, and is the same, says what anything costs.
    assert verdict(IGNORED, [*story, first]) == ("silent" if expected == "silent" else "holds")
    said = verdict(IGNORED, [*story, first, again])
    assert said == (expected if expected.startswith("breaks") else "silent")


def test_prices_that_vary_among_equal_requests_say_nothing() -> None:
    """Where another kind of request has no one price, the model is paid by the work."""
    varied = [bought(1, 0.5, seed=1, negative_prompt="fog"), bought(2, 0.7, negative_prompt="fog")]
    plain = [bought(3, 0.4), bought(4, 0.4)]
    assert verdict(IGNORED, [*varied, *plain, bought(9, 1.2, n=3)]) == "holds"


def test_pricing_tells_one_asset_several_and_a_second() -> None:
    """By model: an asset, n of them in portions of one, a second of a clip."""
    one = bought(1, 0.04, IMAGE)
    assert verdict(PRICING, one) == f"one asset of {IMAGE}: 0.04 USD"
    assert verdict(PRICING, [one, bought(2, 0.4, IMAGE, 10, n=10)]) == f"10 assets of {IMAGE}: 10 times one"
    assert verdict(PRICING, [one, bought(2, 0.04, IMAGE, 10, n=10)]) == f"10 assets of {IMAGE}: 1 times one"
    assert verdict(PRICING, bought(2, 0.4, IMAGE, 10, n=10)) == "silent"
    assert verdict(PRICING, bought(1, 0.4)) == f"a second of {VIDEO}: 0.05 USD"
