"""The past made of what is remembered: before the run, marked, and addressed as what it was made of."""

import pytest

from generations_contract.api.terms import Terms
from generations_contract.clauses.facts.assets import addresses
from generations_contract.exchange.signed_urls import expires_unix
from generations_contract.memory.past import REMEMBERED, exchanges_of
from tests.memory.memory_helpers import SIGNED, UNIX, completed, life, remembered
from tests.support.exchanges import ORIGIN, answered


@pytest.mark.parametrize(
    ("began_unix", "created", "seen"),
    [
        (UNIX + 3 * 3600, 100.0 - 3 * 3600, 100.0 - 3 * 3600 + 9),
        # The other machine's clock is ahead: what is remembered is earlier all the same.
        (UNIX - 50.0, 98.0, 99.0),
        (UNIX + 5.0, 95.0, 99.0),
    ],
)
def test_past_lies_before_the_run_on_its_own_clock(began_unix: float, created: float, seen: float) -> None:
    """Moments of the calendar become seconds of this run's clock, all before its first request."""
    first = answered(at=(100.0, 100.0), answered_unix=began_unix)
    known = remembered(0, created_unix=UNIX, seen_unix=UNIX + 9)
    creation, last = exchanges_of(known, first, ORIGIN, Terms())
    assert (creation.answered_at, last.answered_at) == pytest.approx((created, seen))
    assert last.answered_unix - last.answered_at == pytest.approx(began_unix - 100.0)
    assert {creation.intent, last.intent} == {REMEMBERED}


@pytest.mark.parametrize(
    "url",
    [SIGNED, "https://cdn.test/a/gen_1.png?sig=x", "https://cdn.test/t0ken/gen_1.png", "https://cdn.test/0f9e/x", "https://cdn.test?x=1"],
)  # fmt: skip
def test_past_addresses_the_same_assets(url: str) -> None:
    """Whatever of a URL was kept, it is compared as if all of it had been."""
    seen = answered(completed(output={"media": [{"type": "image", "url": url}]}), answered_unix=UNIX)
    (known,) = life(seen).generations()
    first = answered(answered_unix=UNIX + 9000)
    _, last = exchanges_of(known, first, ORIGIN, Terms())
    assert addresses(last) == addresses(seen)
    assert expires_unix(last.media[0]["url"]) in (expires_unix(url), None)


def test_past_tells_the_state_that_was_seen() -> None:
    """The creation of the model asked for, and the last sight with cost and code; an odd id stays one segment."""
    known = remembered(id="a/b?c", status="failed", code="content_policy", cost_usd=0.0)
    creation, last = exchanges_of(known, answered(answered_unix=UNIX), ORIGIN, Terms())
    assert (creation.ok, creation.model, creation.state, creation.generation_id) == (
        True,
        "flux-1.1-pro",
        "queued",
        "a/b?c",
    )
    assert (last.state, last.code, last.generation_id) == ("failed", "content_policy", "a/b?c")
