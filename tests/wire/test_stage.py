"""The stages: one script gives the same exchanges directly, through httpx and respx, and over real HTTP."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.exchange.credentials import CREDENTIALS
from generations_contract.exchange.exchange import Asset, Exchange, Failure
from generations_contract.gateway import Call, Fault
from generations_contract.scripts.script import (
    Create,
    Download,
    Fetch,
    Pause,
    Raw,
    Script,
    Together,
    after,
    once,
    until_terminal,
)
from generations_contract.wire.bounds import BOUNDS
from generations_contract.wire.stage import DirectStage, HttpStage, RespxStage, Stage, StageClosedError
from tests.support import sockets
from tests.support.stages import play, served, virtual

# On real HTTP, a shared machine may take this much longer than virtual time.
TOLERANCE_S = 1.0
HEADERS = ("content-type", "cache-control", "retry-after", "location")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A reference gateway on a socket."""
    with served(tmp_path_factory.mktemp("gateway")) as target:
        yield target


@pytest.fixture(params=["direct", "respx", "http"])
def stage(request: pytest.FixtureRequest, live: Target) -> Iterator[Stage]:
    """Each stage in turn."""
    kinds: dict[str, Callable[[], Stage]] = {
        "direct": lambda: virtual(DirectStage),
        "respx": lambda: virtual(RespxStage),
        "http": lambda: HttpStage(live),
    }
    made = kinds[request.param]()
    yield made
    made.close()


def _image(**top: Any) -> dict[str, Any]:
    return {"model": "flux-1.1-pro", "input": {"prompt": "a lighthouse"}, **top}


def _life() -> Script[None]:
    """A generation from its creation to its picture."""
    created = yield Create(_image(wait=0, n=2))
    yield Fetch(created.generation_id, wait=0.3)
    last = yield from until_terminal(created)
    yield Fetch(created.generation_id)
    for index, entry in enumerate(last.media):
        yield Download(entry["url"], Asset(last.generation_id or "", index, entry))
    yield Download(last.media[0]["url"].partition("?")[0], Asset(last.generation_id or "", 0, last.media[0]))


def _refusals() -> Script[None]:
    """Every kind of refusal, and bodies and addresses that must arrive byte for byte."""
    for body in (b"", b"{", b"[]", b'{"model": NaN}', "\N{SNOWMAN}".encode(), b"\xff"):
        yield Create(body)
    yield Create({**_image(), "colour": "red"})
    yield Create(_image(wait=61))
    yield Create(_image(), content_type="")
    yield Create({"model": "gated-model", "input": {"prompt": "x"}})
    yield Create({"model": "flux-1.1-pro", "input": {"prompt": "\N{GRINNING FACE}" * 8001}})
    for generation_id in ("gen_never", "a/b", "..", "\N{SNOWMAN}", "%2e%2e", "?", ""):
        yield Fetch(generation_id, intent="unknown-id")
    yield Fetch("gen_never", wait="x")
    yield Raw("DELETE", "/v1/generations/gen_never")
    yield Raw("GET", "/v1/nothing-here?x=%2F")
    yield Raw("PUT", "/v1/generations", body=b"{}", headers=(("Content-Type", "application/json"),))


def _credentials() -> Script[None]:
    for credential in CREDENTIALS:
        yield Create(b"{", credential=credential)
        yield Fetch("gen_never", credential=credential)


def _accounts() -> Script[None]:
    for account in ("exhausted", "other", "limited", "limited", "limited", "limited", "limited", "limited"):
        yield Create(_image(wait=0), account=account)


def _failing() -> Script[None]:
    for model in ("flaky-provider", "stalled-provider", "cancelling-model", "squeamish-model"):
        created = yield Create({"model": model, "input": {"prompt": "x"}, "wait": 5})
        if created.generation_id:
            yield Fetch(created.generation_id, wait=5)


@pytest.fixture(scope="module", params=[_life, _refusals, _credentials, _accounts, _failing])
def three(request: pytest.FixtureRequest, live: Target) -> dict[str, list[Exchange]]:
    """The exchanges of one script on all three stages."""
    stages: dict[str, Stage] = {
        "direct": virtual(DirectStage), "respx": virtual(RespxStage), "http": HttpStage(live)
    }  # fmt: skip
    exchanges = {name: play(stage, request.param())[1] for name, stage in stages.items()}
    for stage in stages.values():
        stage.close()
    return exchanges


@pytest.mark.parametrize("other", ["respx", "http"])
def test_three_stages_give_the_same_exchanges(three: dict[str, list[Exchange]], other: str) -> None:
    """Status, state, code, shape and the documented headers are equal, one by one."""
    assert [_facts(each) for each in three[other]] == [_facts(each) for each in three["direct"]]


def test_three_stages_send_the_same_requests(three: dict[str, list[Exchange]]) -> None:
    """What was recorded as sent is the same, to the byte, apart from the origin and the ids."""
    direct, respx, http = (
        [
            (each.kind, each.request.method, each.request.body, each.account, each.credential)
            for each in exchanges
        ]
        for exchanges in three.values()
    )
    assert direct == respx == http


def test_virtual_stages_are_equal_to_the_instant(three: dict[str, list[Exchange]]) -> None:
    """With respx between, nothing changes at all but the headers that httpx adds to answers."""
    for direct, respx in zip(three["direct"], three["respx"], strict=True):
        assert (respx.sent_at, respx.answered_at) == (direct.sent_at, direct.answered_at)
        assert respx.request.url.partition("?")[0] == direct.request.url.partition("?")[0]
        assert _facts(respx) == _facts(direct)


def test_real_time_is_virtual_time_and_a_little_more(three: dict[str, list[Exchange]]) -> None:
    """Holds last as long over real HTTP as in virtual time, within what a busy machine adds."""
    for direct, http in zip(three["direct"], three["http"], strict=True):
        assert abs(http.elapsed_s - direct.elapsed_s) < TOLERANCE_S


def _facts(exchange: Exchange) -> dict[str, Any]:
    headers = {name: exchange.header(name) for name in HEADERS}
    if headers["location"]:
        headers["location"] = "a generation"
    shape = sorted(exchange.json) if isinstance(exchange.json, dict) else type(exchange.json).__name__
    return {
        "status": exchange.status, "state": exchange.state, "code": exchange.code, "model": exchange.model,
        "shape": shape, "media": len(exchange.media), "failure": exchange.failure, **headers,
    }  # fmt: skip


def test_together_overlaps(stage: Stage) -> None:
    """Ten polls that hold for 0.6 s take 0.6 s, not six seconds, on every stage."""

    def script() -> Script[tuple[Exchange, ...]]:
        created = yield Create({"model": "runway-gen4", "input": {"prompt": "x"}, "wait": 0})
        polls = tuple(once(Fetch(created.generation_id, wait=0.6)) for _ in range(10))
        answers: tuple[Exchange, ...] = yield Together(polls)
        return answers

    answers, seen = play(stage, script())
    first, last = min(each.sent_at for each in answers), max(each.answered_at for each in answers)
    assert 0.6 - 0.05 <= last - first < 0.6 + TOLERANCE_S
    assert {each.state for each in answers} <= {"queued", "running"}
    assert len(seen) == 11


def test_giving_up_is_told_from_no_answer(stage: Stage) -> None:
    """A poller that hangs up gets an exchange that says so, at the moment at which it hung up."""

    def script() -> Script[tuple[Exchange, Exchange]]:
        created = yield Create({"model": "runway-gen4", "input": {"prompt": "x"}, "wait": 0})
        left = yield Fetch(created.generation_id, wait=30, give_up_after_s=0.3)
        return left, (yield Fetch(created.generation_id, wait=0))

    (left, after_it), _ = play(stage, script())
    assert left.failure == Failure("abandoned", "hung up after 0.3 s")
    assert 0.3 - 0.05 <= left.elapsed_s < 0.3 + TOLERANCE_S
    assert after_it.state in {"queued", "running"}


def test_clock_of_the_stage_is_the_clock_of_its_exchanges(stage: Stage) -> None:
    """`now` lies between what was answered before and what is sent after."""
    _, (first,) = play(stage, once(Fetch("gen_never")))
    between = stage.now()
    _, (second,) = play(stage, after(0.05, once(Fetch("gen_never"))))
    assert first.answered_at <= between <= second.sent_at - 0.04
    assert abs(second.answered_unix - first.answered_unix - (second.answered_at - first.answered_at)) < 0.1


@pytest.mark.parametrize("kind", [DirectStage, RespxStage])
def test_an_endless_hold_times_out_in_virtual_time(kind: type[DirectStage]) -> None:
    """A gateway that never answers is met after the window and the grace; its job hears of the hanging up."""
    dropped: list[float] = []

    def hear(call: Call, job: Any) -> Any:
        dropped.append(call.now)
        return job

    never = Fault(
        "never", "Nothing is answered.", frozenset({"wait.never-late"}),
        {"answer_at": (lambda _, due: due + 1e9,), "dropped": (hear,)},
    )  # fmt: skip
    stage = virtual(kind, [never])
    _, (created, raw) = play(stage, _endless())
    assert created.failure == Failure("timeout", f"no answer within {5 + BOUNDS.grace_s:g} s")
    assert (created.sent_at, created.answered_at) == (0, 5 + BOUNDS.grace_s)
    assert dropped == [5 + BOUNDS.grace_s]
    assert raw.status == 404


def _endless() -> Script[None]:
    yield Create(_image(wait=5))
    yield Raw("GET", "/v1/nothing-here")


def test_http_stage_times_out_on_silence(live: Target) -> None:
    """Over real HTTP a server that says nothing is a failure at the moment at which patience ends."""
    with sockets.listening(sockets.silent) as url:
        table = live.profile.target.model_copy(update={"base_url": url})
        profile = live.profile.model_copy(update={"target": table})
        stage = HttpStage(Target(profile, live.keys, live.variables))
        _, (only,) = play(stage, once(Fetch("gen_1", give_up_after_s=0.1)))
        stage.close()
    assert only.failure is not None
    assert only.failure.kind == "abandoned"
    assert only.elapsed_s >= 0.1


def test_closing_the_http_stage_ends_those_who_pause(live: Target) -> None:
    """An interrupted run does not wait for scripts that pause, and sends nothing more."""
    stage = HttpStage(live)
    errors: list[BaseException] = []

    def pausing() -> None:
        try:
            play(stage, after(3600, once(Fetch("gen_1"))))
        except StageClosedError as error:
            errors.append(error)

    thread = threading.Thread(target=pausing)
    thread.start()
    stage.close()
    thread.join(timeout=20)
    assert not thread.is_alive()
    assert len(errors) == 1
    with pytest.raises(StageClosedError):
        play(stage, once(Fetch("gen_1")))


def test_virtual_days_take_no_time() -> None:
    """A generation is created after a day's pause, and followed for its two minutes."""

    def script() -> Script[Exchange]:
        yield Pause(86400)
        created = yield Create({"model": "marathon-image", "input": {"prompt": "x"}, "wait": 60})
        return (yield from until_terminal(created))

    stage = virtual()
    last, _ = play(stage, script())
    assert last.state == "completed"
    assert 86400 + 80 < stage.now() < 86400 + 120
