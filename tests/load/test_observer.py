"""`generations_load.judging.observer`: counting, times apart from start-up, breaches as failed requests, the budget."""

from collections.abc import Callable
from typing import Any

import pytest

from generations_contract.exchange.exchange import Failure, Headers, Response
from generations_contract.money import Budget, BudgetExceededError
from generations_contract.own_client import embedded
from generations_contract.scripts.script import Create, Fetch
from generations_contract.wire.client import Client
from generations_load.judging.load_judge import Explainer, LoadJudge, all_clauses, choose
from generations_load.judging.observer import UNTOLD, Observer, ObserverContext
from generations_load.measure.metrics import Recorder
from generations_load.play.session import Session
from generations_load.transport.wire import Wire

RUNNING = (
    b'{"id":"gen_1","object":"generation","status":"running","model":"runway-gen4",'
    b'"created_at":"2026-04-18T12:00:00Z"}'
)
HEADERS = Headers((("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Retry-After", "1")))


class Desk:
    """An observer on a clock of its own; `answers` is what the wire gives, after how many seconds."""

    def __init__(
        self,
        budget: Budget | None = None,
        lag_s: float = 0.0,
        steady_from: float = 0.0,
        *,
        embedded_gateway: bool = False,
        young: frozenset[str] = frozenset(),
    ) -> None:
        self.now = 100.0
        self.lag_s = lag_s
        self.fired: list[dict[str, Any]] = []
        self.answer: Callable[[], tuple[float, Response | Failure]] = lambda: (4.01, self.running())
        client = Client(embedded.target("load-"))
        around = ObserverContext(
            now=lambda: self.now,
            unix=lambda: 1_776_513_600 + self.now,
            lag_s=lambda: self.lag_s,
            fire=lambda **event: self.fired.append(event),
            budget=budget,
            embedded=embedded_gateway,
            young=young,
        )
        self.recorder = Recorder()
        judge = LoadJudge(choose(all_clauses()))
        self.observer = Observer(Wire(client), self.recorder, judge, Explainer(str), around)
        self.observer.steady_from = steady_from
        self.session = Session(self.observer, self)

    def running(self) -> Response:
        """A held poll's answer."""
        return Response(200, HEADERS, RUNNING)

    def send(self, _sending: Any) -> Response | Failure:
        """The wire: time passes, then there is an answer."""
        elapsed, outcome = self.answer()
        self.now += elapsed
        return outcome

    def failed(self) -> list[str]:
        """The failed requests: the clauses that they broke, else their names."""
        failed = [event for event in self.fired if event["exception"]]
        broken = [str(event["exception"]).partition(": expected")[0] for event in failed]
        return [
            clause if "." in clause else event["name"] for clause, event in zip(broken, failed, strict=True)
        ]


def test_full_window_is_counted_and_measured() -> None:
    """One started, one finished, one full, an overshoot of 10 ms, one successful request."""
    desk = Desk()
    desk.session.send(Fetch("gen_1", wait=4))
    tick = desk.recorder.cut(0)
    assert {name: tick.counts[name] for name in ("poll.started", "poll.finished", "outcome.full")} == {
        "poll.started": 1,
        "poll.finished": 1,
        "outcome.full": 1,
    }
    assert tick.histograms["poll.overshoot_s"].max == pytest.approx(0.01)
    assert desk.failed() == []


def test_polls_of_the_startup_are_counted_but_not_timed() -> None:
    """Sent before the population stood: judged and counted, its overshoot kept apart."""
    desk = Desk(steady_from=1_000.0)
    desk.session.send(Fetch("gen_1", wait=4))
    tick = desk.recorder.cut(0)
    assert tick.counts["poll.during_startup"] == tick.counts["contract.judged"] == 1
    assert "poll.overshoot_s" not in tick.histograms
    assert tick.histograms["startup.overshoot_s"].total == 1


def test_breach_of_a_clause_that_is_too_young_is_waived() -> None:
    """Measured by an older contract, it is counted as waived and fails nothing, a MUST too."""
    desk = Desk(young=frozenset({"wait.never-late"}))
    desk.answer = lambda: (6.0, desk.running())
    desk.session.send(Fetch("gen_1", wait=4))
    assert desk.failed() == []
    assert desk.recorder.cut(0).counts["contract.waived"] == 1


def test_breach_fails_the_request_that_showed_it() -> None:
    """A poll that is answered 2 s late is one failed GET, for wait.never-late, with a curl line."""
    desk = Desk()
    desk.answer = lambda: (6.0, desk.running())
    desk.session.send(Fetch("gen_1", wait=4))
    (event,) = desk.fired
    assert (event["request_type"], event["name"]) == ("GET", "/v1/generations/{id}")
    assert str(event["exception"]).startswith("wait.never-late: expected ")
    assert "curl" in str(event["exception"])
    assert desk.recorder.cut(0).counts["breach.wait.never-late"] == 1


@pytest.mark.parametrize(
    ("lag_s", "steady_from", "counter"),
    [(0.4, 0.0, "contract.doubtful"), (0.0, 1_000.0, "contract.during_startup")],
)
def test_late_generator_blames_nobody(lag_s: float, steady_from: float, counter: str) -> None:
    """When the generator lagged, or was still spawning, a timing breach is counted apart."""
    desk = Desk(lag_s=lag_s, steady_from=steady_from)
    desk.answer = lambda: (6.0, desk.running())
    desk.session.send(Fetch("gen_1", wait=4))
    tick = desk.recorder.cut(0)
    assert tick.counts[counter] == 1
    assert "contract.breaches" not in tick.counts
    assert desk.failed() == []


@pytest.mark.parametrize(
    ("stamp", "own", "told"),
    [
        ("hold;dur=4001.0", True, "contract.doubtful"),  # on time, but picked up late by somebody
        ("hold;dur=5990.0, late;dur=1990.0", True, "contract.doubtful"),  # its process had no core
        ("hold;dur=5990.0", True, "contract.breaches"),  # a lie that was told on purpose
        ("hold;dur=4001.0", False, "contract.breaches"),  # what a target says of itself excuses nothing
        ("", True, "contract.breaches"),
    ],
)
def test_starved_embedded_gateway_is_doubtful_and_a_target_is_not(stamp: str, own: bool, told: str) -> None:
    """Two seconds late: excused where our own gateway shows that this machine kept it from its core."""
    desk = Desk(embedded_gateway=own)
    fields = (*HEADERS.fields, *([("Server-Timing", stamp)] if stamp else []))
    desk.answer = lambda: (6.0, Response(200, Headers(fields), RUNNING))
    desk.session.send(Fetch("gen_1", wait=4))
    counts = desk.recorder.cut(0).counts
    assert [name for name in ("contract.doubtful", "contract.breaches") if name in counts] == [told]


def test_breach_that_quotes_a_gateway_commands_no_runner() -> None:
    """Locust prints the texts of failed requests; CI runners obey what looks like a command in them."""
    desk = Desk()
    desk.answer = lambda: (0.001, Response(200, HEADERS, RUNNING.replace(b"running", b"##[error]")))
    desk.session.send(Fetch("gen_1", wait=0))
    texts = [str(event["exception"]) for event in desk.fired if event["exception"]]
    assert any("[error]" in text for text in texts)
    assert not any("##[" in text for text in texts)


@pytest.mark.parametrize("place", ["X-Debug", "Date", "Server-Timing", "body"])
@pytest.mark.parametrize("polls", [1, 3])
def test_key_that_is_echoed_anywhere_is_a_breach(place: str, polls: int) -> None:
    """In any header field or in the body, also after clean answers of the same words; and it is told to nobody."""
    desk = Desk()
    key = embedded.target("load-").keys["main"]
    for _ in range(polls - 1):
        desk.session.send(Fetch("gen_1", wait=4))
    assert desk.failed() == []
    field = () if place == "body" else ((place, f"for {key};"),)
    body = RUNNING.replace(b'"gen_1"', b'"gen_1","note":"%s"' % key.encode()) if place == "body" else RUNNING
    desk.answer = lambda: (4.01, Response(200, Headers((*HEADERS.fields, *field)), body))
    exchange = desk.session.send(Fetch("gen_1", wait=4))
    assert desk.failed() == ["auth.key-never-echoed"]
    assert key not in repr((exchange, desk.fired, desk.recorder.stories))


def test_page_of_a_proxy_is_a_cut_and_no_breach() -> None:
    """What nginx answers in the gateway's place is told as in the contract suite: the poll was cut."""
    desk = Desk()
    page = b"<html><hr><center>nginx/1.25</center></html>"
    desk.answer = lambda: (4.0, Response(504, Headers((("Content-Type", "text/html"),)), page))
    desk.session.send(Fetch("gen_1", wait=10))
    counts = desk.recorder.cut(0).counts
    assert counts["outcome.cut"] == 1
    assert "contract.breaches" not in counts


def test_flood_of_breaches_is_told_in_few_texts() -> None:
    """A hundred breaches within a second: five in full, the rest under one text."""
    desk = Desk()
    desk.answer = lambda: (0.001, Response(200, HEADERS, b'{"id": 1}'))
    for _ in range(100):
        desk.session.send(Fetch("gen_1", wait=0))
    texts = [str(event["exception"]) for event in desk.fired]
    assert all("response.schema: " in text for text in texts)
    assert len(texts) == 100
    assert len(set(texts)) <= 6
    assert any(text.endswith(UNTOLD) for text in texts)


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit])
def test_poll_in_flight_at_the_stop_is_unfinished(stop: type[BaseException]) -> None:
    """A poll that is killed under way is recorded with its age, and passes the kill on."""
    desk = Desk()

    def killed() -> tuple[float, Response | Failure]:
        desk.now += 5.5
        raise stop

    desk.answer = killed
    with pytest.raises(stop):
        desk.session.send(Fetch("gen_1", wait=4))
    tick = desk.recorder.cut(0)
    assert tick.counts == {"poll.started": 1, "poll.unfinished": 1, "poll.overdue": 1}
    assert tick.histograms["poll.unfinished_age_s"].max == pytest.approx(5.5)
    # It is 1.5 s late already: the objectives must see at least that.
    assert tick.histograms["poll.overshoot_s"].max == pytest.approx(1.5)


def test_wake_delay_is_measured_between_pollers() -> None:
    """Two pollers held on one generation: the second one saw the end 30 ms after the first."""
    desk = Desk()
    body = RUNNING.replace(b"running", b"cancelled").removesuffix(b"}")
    body += b',"completed_at":"2026-04-18T12:00:09Z","usage":{"cost_usd":0}}'
    desk.answer = lambda: (2.0, Response(200, HEADERS, body))
    first = desk.session.send(Fetch("gen_1", wait=4))
    assert first.terminal
    desk.now -= 1.0  # the second poll was sent while the first was held
    desk.answer = lambda: (1.03, Response(200, HEADERS, body))
    desk.session.send(Fetch("gen_1", wait=4))
    assert desk.recorder.cut(0).histograms["poll.wake_delay_s"].max == pytest.approx(0.03)


def test_budget_is_reserved_before_sending() -> None:
    """The second creation would break the limit: it is not sent, and nothing is counted as started."""
    desk = Desk(Budget(max_generations=1, max_cost_usd=10))
    body = embedded.target("load-").request("runway-gen4", wait=4)
    desk.session.send(Create(body))
    with pytest.raises(BudgetExceededError):
        desk.session.send(Create(body))
    assert desk.recorder.cut(0).counts["poll.started"] == 1


def test_refused_creation_gives_its_reservation_back() -> None:
    """What the gateway did not accept is not billed."""
    budget = Budget(max_generations=1, max_cost_usd=10)
    desk = Desk(budget)
    error = b'{"error":{"code":"rate_limited","message":"slow down"}}'
    desk.answer = lambda: (0.01, Response(429, HEADERS, error))
    desk.session.send(Create(embedded.target("load-").request("runway-gen4", wait=4)))
    assert budget.spent == (0, pytest.approx(0))
    assert desk.recorder.cut(0).counts["outcome.limited"] == 1
    assert desk.session.setback is not None


@pytest.mark.parametrize(
    ("outcome", "kept"),
    [
        (Failure("refused"), 0),
        (Failure("dns"), 0),
        (Failure("tls"), 0),
        (Failure("reset"), 1),
        (Failure("timeout"), 1),
        (Response(400, HEADERS, b"{}"), 0),
        (Response(502, HEADERS, b"{}"), 1),
        (Response(200, HEADERS, b"{}"), 1),
    ],
    ids=lambda value: getattr(value, "kind", None) or getattr(value, "status", None) or f"keeps-{value}",
)
def test_reservation_is_freed_where_nothing_can_have_been_made(outcome: Any, kept: int) -> None:
    """What never got out, or was refused, costs nothing; what may have made a generation stays set aside."""
    budget = Budget(max_generations=5, max_cost_usd=10)
    desk = Desk(budget)
    desk.answer = lambda: (0.01, outcome)
    desk.session.send(Create(embedded.target("load-").request("runway-gen4", wait=0)))
    assert budget.spent[0] == kept
