"""What comes to nothing on the way: sent again or not, told or excused, and when the gateway is to blame after all."""

from collections.abc import Callable
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.clauses import CLAUSES
from generations_contract.exchange.exchange import Exchange, Failure, Headers, Response
from generations_contract.gateway import Gateway
from generations_contract.judging.judge import Judge
from generations_contract.judging.ledger import Ledger
from generations_contract.money import Budget
from generations_contract.own_client import embedded
from generations_contract.run.campaign import Campaign
from generations_contract.run.conclusion import conclude
from generations_contract.run.performance import Performance
from generations_contract.scripts.probe import Probe
from generations_contract.scripts.script import Create, Fetch, Pause, Script, until_terminal
from generations_contract.wire.client import Outgoing
from tests.run.live_helpers import SeeminglyReal, accepted

# What comes instead of an answer, and how many seconds after the request; `None`: the answer itself.
Spoilt = tuple[Response | Failure, float] | None
Spoil = Callable[[Outgoing, float, int], Spoilt]
RESET = Failure("reset", "gone")
HTML = Headers((("Content-Type", "text/html"),))
NGINX = b"<html><center><h1>502 Bad Gateway</h1></center><hr><center>nginx</center></html>"
SOME_PAGE = b"<html><h1>Service unavailable</h1></html>"


class Way(SeeminglyReal):
    """A stage with a way on which things are lost: the gateway has got the request, and its answer is spoilt."""

    def __init__(self, target: Target, gateway: Gateway, spoil: Spoil) -> None:
        super().__init__(target, gateway)
        self.spoil, self.sent = spoil, 0

    def _deliver(self, outgoing: Outgoing, now: float) -> tuple[Response | Failure, float]:
        self.sent += 1
        outcome, at = super()._deliver(outgoing, now)
        spoilt = self.spoil(outgoing, now, self.sent)
        return (outcome, at) if spoilt is None else (spoilt[0], now + spoilt[1])


def over(spoil: Spoil, *faults: str, **limits: Any) -> Campaign:
    """A campaign over such a way, judged by the whole contract."""
    stage = Way(embedded.target(), embedded.gateway(embedded.faults(faults)), spoil)
    return Campaign(stage, judge=Judge(CLAUSES.values()), ledger=Ledger(), budget=Budget(**limits))


def played(campaign: Campaign, script: Script[Any]) -> Performance[Any]:
    """What comes of a script, when all that is left to decide was decided."""
    performance = campaign.perform(script, "test_it", "wait", ("strict.top-level",))
    conclude(campaign, replay=False)
    return performance


def told(campaign: Campaign) -> list[str]:
    """What the run says of the network."""
    return campaign.ledger.network.lines(campaign.ledger.exercised)


def broken(campaign: Campaign) -> list[str]:
    """Ids of the broken clauses."""
    return [each.clause.id for each in campaign.ledger.failing]


def first(count: int, outcome: Response | Failure = RESET, age_s: float = 0.0) -> Spoil:
    """The first requests come to nothing."""
    return lambda _, __, nth: (outcome, age_s) if nth <= count else None


def _free() -> Script[None]:
    target = embedded.target()
    yield Fetch("gen_never", intent="unknown-id")
    yield Create({**target.request(wait=0), "colour": 1})


def _life(wait: float = 20) -> Script[Exchange]:
    created = yield Create(embedded.target().request("marathon-image", wait=0))
    return (yield from until_terminal(created, wait=wait))


@pytest.mark.parametrize("kind", ["reset", "refused", "dns", "tls"])
@pytest.mark.parametrize("times", [1, 3])
def test_free_requests_that_are_lost_are_sent_again(kind: Any, times: int) -> None:
    """A few times, until they come through: no silence, no breach, one line."""
    campaign = over(first(times, Failure(kind)))
    performance = played(campaign, _free())
    assert (performance.silence, broken(campaign), performance.lost_because) == ([], [], None)
    assert "strict.top-level" in performance.exercised
    lost = (
        "1 connection was lost, and asked again" if times == 1 else "3 connections were lost, all asked again"
    )
    assert told(campaign) == [lost]


def test_repeated_request_is_timed_by_its_own_start() -> None:
    """A poll that was lost after four seconds, and is held for its whole window then, is not late."""
    campaign = over(lambda sent, _, nth: (RESET, 4.0) if nth == 2 and "wait=20" in sent.url else None)
    performance = played(campaign, _life())
    assert (performance.silence, broken(campaign)) == ([], [])
    assert performance.result.terminal
    assert "wait.never-late" in performance.exercised


def test_client_that_hung_up_lost_nothing() -> None:
    """What is abandoned on purpose is not sent again."""

    def script() -> Script[None]:
        created = yield Create(embedded.target().request("marathon-image", wait=0))
        yield Fetch(created.generation_id, wait=20, give_up_after_s=0.5)

    campaign = over(lambda *_: None)
    performance = played(campaign, script())
    assert [each.failure.kind for each in performance.exchanges if each.failure] == ["abandoned"]
    assert told(campaign) == []


def test_paid_creation_that_is_lost_is_not_sent_again() -> None:
    """The gateway gets it once, its money stays set aside, and nobody is to blame; alone it proves nothing."""
    target = embedded.target()
    campaign = over(first(1), max_generations=5)
    performance = played(campaign, iter_of(Create(target.request(wait=0))))
    assert (accepted(campaign), campaign.spending.budget.spent[0]) == (1, 1)
    assert (performance.silence, broken(campaign)) == ([], [])
    assert "is not sent again, because it may be paid for" in str(performance.lost_because)
    lost, inconclusive = told(campaign)
    assert (
        lost
        == "1 connection was lost: 1 creation not, for it may be paid already (what was set aside stays so)"
    )
    assert inconclusive.startswith(
        "inconclusive: 1 creation had no answer, while next to nothing else was lost"
    )


def test_lost_probe_is_begun_anew_at_the_end() -> None:
    """With money of its own, where nothing else has exercised what it is about; the first one's stays set aside."""

    def life(target: Target) -> Script[None]:
        yield Create(target.request(wait=0))

    campaign = over(first(1), max_generations=5)
    campaign.run(Probe("test_wait::test_it", ("wait.zero-create",), life))
    assert "wait.zero-create" not in campaign.ledger.exercised
    conclude(campaign)
    assert "wait.zero-create" in campaign.ledger.exercised
    assert accepted(campaign) == campaign.spending.budget.spent[0] == 2


def test_gateway_that_hangs_up_on_one_kind_of_request_is_no_network() -> None:
    """It answers a plain question beside: after the repeats its silence is told, and counts as no loss."""
    target = embedded.target()
    campaign = over(lambda sent, _, __: (RESET, 0.0) if b"colour" in sent.body else None)
    performance = played(campaign, iter_of(Create({**target.request(wait=0), "colour": 1})))
    assert len(performance.silence) == 4
    assert (performance.lost_because, told(campaign)) == (None, [])


def test_hanging_up_again_and_again_is_soon_asked_once_more_only() -> None:
    """Where repeating was in vain for a while it is hardly worth the time."""

    def script() -> Script[None]:
        for turn in range(8):
            yield Fetch(f"gen_{turn}", intent="unknown-id")

    campaign = over(lambda sent, _, __: (RESET, 0.0) if "gen_preflight" not in sent.url else None)
    performance = played(campaign, script())
    assert len(performance.silence) == 5 * 4 + 3 * 2


def test_short_outage_is_waited_out() -> None:
    """For ten seconds nothing comes through: what is free waits, and nothing is left out."""
    campaign = over(lambda _, now, __: (RESET, 0.0) if now < 10 else None)
    performance = played(campaign, _free())
    assert (performance.silence, performance.stopped_because) == ([], None)
    assert told(campaign)[0].endswith("all asked again")


@pytest.mark.parametrize(
    ("outcome", "how"),
    [
        (RESET, "reset"),
        (Response(502, HTML, NGINX), "nginx with 502"),
        (Response(503, HTML, SOME_PAGE), "503"),
        (Response(403, HTML, SOME_PAGE), "403"),
        (Response(429, Headers((("Content-Type", "text/plain"),)), b"slow down"), "429"),
    ],
    ids=["reset", "nginx", "unknown page", "firewall", "limiter"],
)
def test_target_that_is_gone_ends_the_run(outcome: Response | Failure, how: str) -> None:
    """From the third request on nothing but that comes: told once, no breach, and the run says too little."""
    campaign = over(lambda _, __, nth: (outcome, 0.0) if nth > 2 else None)
    performance = played(campaign, _free_for_long())
    assert performance.target_lost_because == campaign.ledger.network.gone
    assert campaign.ledger.network.gone.endswith(f"nothing came but {how}")
    assert (performance.silence, broken(campaign)) == ([], [])
    assert told(campaign)[-1].startswith("inconclusive: ")


def _free_for_long() -> Script[None]:
    for _ in range(4):
        yield from _free()
        yield Pause(1)


def _cutting(page: Response | Failure, age_s: float) -> Spoil:
    """A proxy that ends what is held for longer than this."""

    def spoil(sent: Outgoing, _: float, __: int) -> Spoilt:
        held = "wait=20" in sent.url or b'"wait":20' in sent.body
        return (page, age_s) if held else None

    return spoil


@pytest.mark.parametrize(
    "page",
    [
        Response(504, Headers((("Server", "Caddy"),)), b""),
        Response(504, Headers((("Content-Type", "application/json"),)), b'{"message": "Timed out"}'),
        Response(499, HTML, SOME_PAGE),
        Response(504, HTML, NGINX),
        RESET,
    ],
    ids=["caddy", "json", "499", "nginx", "reset"],
)
def test_polls_that_end_at_one_age_are_cut_on_the_way(page: Response | Failure) -> None:
    """Whatever the product is called: told once, with age and remedy, and no breach of the gateway."""

    def script() -> Script[None]:
        created = yield Create(embedded.target().request("marathon-image", wait=0))
        for _ in range(3):
            yield Fetch(created.generation_id, wait=20)
        yield Create(embedded.target().request("marathon-image", wait=20))

    campaign = over(_cutting(page, 5.0))
    performance = played(campaign, script())
    assert (performance.silence, broken(campaign)) == ([], [])
    cut, inconclusive = told(campaign)
    assert cut.startswith("held polls are cut on the way: 6 of windows of 20 s ended without an answer")
    assert "at the age of 5.0 s" in cut
    assert "raise the idle time-out" in cut
    assert inconclusive.startswith("inconclusive: ")


@pytest.mark.parametrize(
    ("spoil", "clause"),
    [
        (lambda sent, _, __: (Response(503, HTML, SOME_PAGE), 0.0) if b"colour" in sent.body else None, "no-server-error"),
        (lambda sent, _, __: (Response(502, HTML, SOME_PAGE), 0.0) if "gen_never" in sent.url else None, "envelope"),
        (lambda _, __, nth: (Response(504, HTML, SOME_PAGE), 3.0) if nth == 2 else None, "envelope"),
    ],
    ids=["to an unknown key", "to an unknown id", "once, to a held poll"],
)  # fmt: skip
def test_strange_page_of_a_gateway_that_answers_others_is_its_own(spoil: Spoil, clause: str) -> None:
    """The plain question beside is answered as ever, or other polls are held for longer: a breach, as it was."""

    def script() -> Script[None]:
        created = yield Create(embedded.target().request("marathon-image", wait=0))
        yield Fetch(created.generation_id, wait=20)
        yield from _free()

    campaign = over(spoil)
    played(campaign, script())
    assert f"errors.{clause}" in broken(campaign)


def test_repeats_of_what_should_be_refused_are_reserved_for() -> None:
    """It is accepted, and its answer lost, each time: no more is made than half of the limit."""
    target = embedded.target()
    campaign = over(
        lambda sent, _, __: (RESET, 0.0) if sent.body else None, "strict-top-dropped", max_generations=4
    )
    played(campaign, iter_of(Create({**target.request(wait=0), "colour": 1})))
    assert accepted(campaign) == campaign.spending.budget.spent[0] == 2


def test_what_is_refused_in_the_end_costs_nothing() -> None:
    """The money that was set aside for each time is free again."""
    campaign = over(first(3), max_generations=8)
    played(campaign, _free())
    assert campaign.spending.budget.spent == (0, 0)


def iter_of(step: Any) -> Script[Any]:
    """The script of a single step."""
    return (yield step)
