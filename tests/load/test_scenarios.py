"""`generations_load.scenarios`: each plays to its end in virtual time, and does what it says."""

from random import Random
from typing import Any

import pytest

from generations_contract.api.target import Target
from generations_contract.exchange.exchange import Exchange
from generations_contract.own_client import embedded
from generations_contract.wire.stage import DirectStage
from generations_load.judging.polls import outcome_of
from generations_load.scenarios import SCENARIOS, Setting, check_numbers, choose, load

NAMES = sorted(load())
FOR_IMAGES = {name: each.weight for name, each in load().items() if set(each.needs) <= {"models.image"}}
MINIMAL = '[target]\nbase_url = "http://gateway.test"\n[models]\nimage = "flux-1.1-pro"'


def play(name: str, seed: int = 1, **numbers: float) -> list[Exchange]:
    """The exchanges of one scenario against the honest gateway, in virtual time."""
    target, seen = embedded.target("load-"), list[Exchange]()
    stage = DirectStage(target, embedded.gateway())
    stage.perform(SCENARIOS[name].play(Setting(target, Random(seed), numbers)), seen.append)  # noqa: S311
    return seen


@pytest.mark.parametrize("name", NAMES)
def test_scenario_plays_to_its_end(name: str) -> None:
    """Requests are sent, none fails, and every one has an outcome that was meant."""
    seen = play(name)
    assert seen
    assert {outcome_of(each) for each in seen} <= {
        "instant",
        "woken",
        "full",
        "refused",
        "limited",
        "abandoned",
    }


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"strict-input"}))
def test_scenario_follows_its_generation_to_the_end(name: str) -> None:
    """What is created is seen to end: no scenario leaves a job that it made behind."""
    assert any(each.terminal for each in play(name))


@pytest.mark.parametrize("name", NAMES)
def test_scenario_says_what_it_is(name: str) -> None:
    """A sentence, a weight, tags and what the profile must offer."""
    each = SCENARIOS[name]
    assert each.says.endswith(".")
    assert each.weight > 0
    assert each.tags
    assert each.needs


@pytest.mark.parametrize("wait_s", [1.0, 60.0])
def test_full_window_holds_the_whole_window(wait_s: float) -> None:
    """Every poll but the first asks for exactly the window; while the job runs it is held to its end."""
    polls = [each for each in play("full-window", wait_s=wait_s) if each.kind == "fetch"]
    assert all(each.asked_window_s == wait_s for each in polls[1:])
    held = [each.elapsed_s for each in polls[1:] if not each.terminal]
    assert held == [pytest.approx(wait_s)] * len(held)


def test_fan_out_holds_many_polls_on_one_generation() -> None:
    """Twelve pollers overlap on one id, all of them see its end, and a witness saw it with short polls."""
    seen = [each for each in play("fan-out", pollers=12, wait_s=60, spread_s=0.5) if each.kind == "fetch"]
    held = [each for each in seen if each.asked_window_s == 60]
    assert len({each.generation_id for each in seen}) == 1
    assert len(held) == 12
    assert max(each.sent_at for each in held) < min(each.answered_at for each in held)
    assert all(each.terminal for each in held)
    assert sum(each.asked_window_s == 0 for each in seen) > 5


def test_abandoned_poll_is_resumed() -> None:
    """One poll is dropped by the client; the same id is then polled to its end."""
    seen = play("abandon-resume")
    dropped = [each for each in seen if each.failure and each.failure.kind == "abandoned"]
    assert len(dropped) == 1
    assert seen[-1].terminal
    assert seen[-1].generation_id == dropped[0].generation_id


def test_rate_limited_client_honours_retry_after() -> None:
    """Several clients of the limited account: after a 429 each waits at least as long as it was told."""
    target, seen = embedded.target("load-"), list[Exchange]()
    stage = DirectStage(target, embedded.gateway())

    def one_after_another() -> Any:
        for turn in range(8):
            yield from SCENARIOS["rate-limited"].play(Setting(target, Random(turn), {"attempts": 2}))  # noqa: S311

    stage.perform(one_after_another(), seen.append)
    creations = [each for each in seen if each.kind == "create"]
    limited = [index for index, each in enumerate(creations[:-1]) if each.status == 429]
    assert limited
    for index in limited:
        told = float(creations[index].header("retry-after") or "nan")
        assert creations[index + 1].sent_at - creations[index].answered_at >= told


def test_strict_input_is_never_accepted() -> None:
    """Each of its requests is refused, so it costs nothing; they differ from one another."""
    seen = [each for seed in range(6) for each in play("strict-input", seed)]
    assert {each.status for each in seen} == {400, 404}
    assert len({each.request.body for each in seen}) > 5


@pytest.mark.parametrize(
    ("names", "weights", "expected"),
    [
        ((), {}, FOR_IMAGES),
        (("image-auto",), {}, {"image-auto": 30}),
        ((), {"image-auto": 1, "video-poll": 1}, {"image-auto": 1}),
    ],
    ids=["all", "by name", "by weight"],
)
def test_choice_is_what_the_profile_offers(
    names: tuple[str, ...], weights: dict[str, float], expected: dict[str, float]
) -> None:
    """A profile with an image model only: the rest is left out, each with the reason."""
    target = Target.parse(MINIMAL, {"GATEWAY_API_KEY": "ze_test_key_0001"})
    chosen, left_out = choose(target, names, weights)
    assert chosen == expected
    assert all("the profile names no" in reason for reason in left_out.values())


@pytest.mark.parametrize(
    ("name", "key", "number", "complaint"),
    [
        ("full-windw", "wait_s", 1.0, "no scenario is called 'full-windw'"),
        (
            "full-window",
            "wait",
            1.0,
            "scenario.full-window: wait is unknown; there are: polls, wait_s",
        ),
        ("full-window", "wait_s", 61.0, "wait_s = 61 is not between 0 and 60"),
        ("fan-out", "pollers", float("inf"), "pollers = inf is not between"),
        ("fan-out", "look_s", float("nan"), "look_s = nan is not between"),
    ],
)
def test_number_of_a_scenario_that_cannot_be_is_named(
    name: str, key: str, number: float, complaint: str
) -> None:
    """A typo in a plan is refused before the run; otherwise the default would be used in silence."""
    with pytest.raises(ValueError, match=complaint):
        check_numbers({name: {key: number}})


def test_unknown_scenario_is_named() -> None:
    """A typo is refused, with the names that there are."""
    with pytest.raises(ValueError, match=r"no scenario is called 'image_auto'; there are: .*image-auto"):
        choose(embedded.target("load-"), ["image_auto"])
