"""Drivers: what runs together overlaps, nothing else does, and answers are seen in their order."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from generations_contract.exchange.exchange import Exchange, Request
from generations_contract.scripts.driver import See, ThreadDriver, VirtualDriver, Wire
from generations_contract.scripts.script import (
    Create,
    Fetch,
    Pause,
    Raw,
    Script,
    Step,
    Together,
    after,
    once,
)


def _held(step: Wire, now: float) -> Exchange:
    """What a gateway that holds every poll to the end of its window would have answered."""
    wait = step.wait if isinstance(step, Fetch) else 0
    return Exchange(
        "fetch", Request("GET", "https://gateway.test/x", _name(step)), now, now + float(wait or 0)
    )


def _name(step: Wire) -> str:
    return (
        step.generation_id if isinstance(step, Fetch) else step.path if isinstance(step, Raw) else "download"
    )


def _virtual() -> VirtualDriver:
    return VirtualDriver(_held)


def _threads() -> ThreadDriver:
    """A thread driver whose wire and whose pauses take no time: only order and results are looked at."""
    return ThreadDriver(lambda step: _held(step, 0.0), lambda _: None)


def _poll(name: str, *waits: float) -> Script[list[str]]:
    seen = []
    for wait in waits:
        answer = yield Fetch(name, wait=wait)
        seen.append(f"{answer.request.path}@{answer.sent_at:g}-{answer.answered_at:g}")
    return seen


def _returning(value: object) -> Script[object]:
    """A script that ends at once."""
    yield from ()
    return value


def _perform(
    script: Script[Any], driver: VirtualDriver | None = None
) -> tuple[Any, list[tuple[str, float, float]]]:
    seen: list[tuple[str, float, float]] = []
    result = (driver or _virtual()).perform(
        script, lambda each: seen.append((each.request.path, each.sent_at, each.answered_at))
    )
    return result, seen


def _steps(*steps: Step) -> Script[list[Any]]:
    answers = []
    for step in steps:
        answers.append((yield step))  # noqa: PERF401 - a comprehension cannot yield
    return answers


def test_virtual_steps_follow_each_other() -> None:
    """Each request is sent when the answer before it is there, and a pause takes its time."""
    result, seen = _perform(_steps(Fetch("a", 5), Pause(2), Fetch("b", 1)))
    assert seen == [("a", 0, 5), ("b", 7, 8)]
    assert [type(answer).__name__ for answer in result] == ["Exchange", "NoneType", "Exchange"]


def test_virtual_together_overlaps() -> None:
    """Scripts that run together are sent at one time; answers are seen in the order in which they come."""
    result, seen = _perform(_steps(Together.of(_poll("slow", 60), _poll("quick", 1, 1)), Fetch("last", 0)))
    assert seen == [("quick", 0, 1), ("quick", 1, 2), ("slow", 0, 60), ("last", 60, 60)]
    assert result[0] == (["slow@0-60"], ["quick@0-1", "quick@1-2"])


def test_virtual_together_nests() -> None:
    """What runs together may itself run things together; each level waits for its own only."""

    def inner() -> Script[str]:
        yield Together.of(_poll("b", 3), _poll("c", 5))
        yield Fetch("after-inner", 1)
        return "inner"

    result, seen = _perform(_steps(Together.of(inner(), _poll("a", 4), after(2, _poll("d", 1)))))
    assert seen == [("b", 0, 3), ("d", 2, 3), ("a", 0, 4), ("c", 0, 5), ("after-inner", 5, 6)]
    assert result == [("inner", ["a@0-4"], ["d@2-3"])]


def test_virtual_ties_keep_the_order_of_sending() -> None:
    """What is answered at the same moment is seen in the order in which it was asked for: runs repeat."""
    script = [Together(tuple(_poll(f"p{turn}", 1) for turn in range(50)))]
    _, seen = _perform(_steps(*script))
    assert [name for name, *_ in seen] == [f"p{turn}" for turn in range(50)]


def test_virtual_hours_take_no_time() -> None:
    """A thousand pollers of an hour each are arithmetic."""
    driver = _virtual()
    _, seen = _perform(
        _steps(Together(tuple(_poll(f"p{turn}", *[60.0] * 60) for turn in range(100)))), driver
    )
    assert len(seen) == 6000
    assert driver.now == 3600
    assert [answered for *_, answered in seen] == sorted(answered for *_, answered in seen)


@pytest.mark.parametrize("pause_s", [0, -1, -1e9])
def test_virtual_clock_never_goes_back(pause_s: float) -> None:
    """A pause of less than nothing is none."""
    _, seen = _perform(_steps(Fetch("a", 5), Pause(pause_s), Fetch("b", 0)))
    assert seen == [("a", 0, 5), ("b", 5, 5)]


def test_virtual_clock_goes_on_between_scripts() -> None:
    """A driver performs one script after another on one clock."""
    driver = _virtual()
    _perform(_steps(Pause(10)), driver)
    _, seen = _perform(_steps(Fetch("a", 1)), driver)
    assert seen == [("a", 10, 11)]


def test_virtual_error_of_a_branch_ends_the_script() -> None:
    """What a script raises is raised where it was performed, not swallowed, and not lost in a branch."""

    def failing() -> Script[None]:
        yield Fetch("b", 1)
        raise LookupError("the script's own")

    with pytest.raises(LookupError, match="the script's own"):
        _perform(_steps(Together.of(_poll("a", 5), failing())))


def test_virtual_error_of_the_wire_reaches_the_caller() -> None:
    """An error of `send` is the stage's defect: it is raised."""

    def broken(step: Wire, now: float) -> Exchange:
        raise OSError(f"{step} at {now}")

    with pytest.raises(OSError, match="Fetch"):
        VirtualDriver(broken).perform(once(Fetch("a")), lambda _: None)


@pytest.mark.parametrize("driver", [_virtual, _threads])
@pytest.mark.parametrize(
    ("script", "result"),
    [
        (lambda: _returning(5), 5),
        (lambda: _steps(Together()), [()]),
        (lambda: _steps(Pause(1)), [None]),
        (lambda: _steps(Together.of(_returning(1), _returning(2), _returning(3))), [(1, 2, 3)]),
        (
            lambda: _steps(Together.of(_steps(Together.of(_returning("x"))), _returning("y"))),
            [([("x",)], "y")],
        ),
        (lambda: _steps(Together(tuple(_returning(turn) for turn in range(200)))), [tuple(range(200))]),
    ],
    ids=["nothing", "nobody together", "pause", "three", "nested", "two hundred"],
)
def test_both_drivers_return_what_scripts_return(
    driver: Callable[[], Any], script: Callable[[], Script[Any]], result: object
) -> None:
    """Results of what ran together come in the order of the scripts, whoever ends first."""
    assert driver().perform(script(), lambda _: None) == result


@pytest.mark.parametrize("driver", [_virtual, _threads])
def test_both_drivers_show_every_exchange(driver: Callable[[], Any]) -> None:
    """`see` gets each exchange exactly once, nested ones too."""
    seen: list[Exchange] = []
    script = _steps(
        Together.of(_poll("a", 0, 0), _steps(Together.of(_poll("b", 0), _poll("c", 0)))), Create({})
    )
    answers = driver().perform(script, seen.append)
    assert sorted(each.request.path for each in seen) == ["a", "a", "b", "c", "download"]
    assert answers[1] is seen[-1]


def test_threads_really_overlap() -> None:
    """Ten polls that wait for each other all come back: each has a thread of its own."""
    barrier = threading.Barrier(10, timeout=20)

    def send(step: Wire) -> Exchange:
        barrier.wait()
        return _held(step, 0.0)

    seen: list[Exchange] = []
    script = _steps(Together(tuple(_poll(f"p{turn}", 1) for turn in range(10))))
    ThreadDriver(send, lambda _: None).perform(script, seen.append)
    assert len(seen) == 10


def test_threads_show_one_exchange_at_a_time() -> None:
    """A judge is not thread-safe and need not be: two branches never show theirs at once."""
    inside, most = [0], [0]

    def see(_: Exchange) -> None:
        inside[0] += 1
        most[0] = max(most[0], inside[0])
        sum(range(1000))
        inside[0] -= 1

    script = _steps(Together(tuple(_poll(f"p{turn}", *[0.0] * 20) for turn in range(8))))
    _threads().perform(script, see)
    assert (inside, most) == ([0], [1])


def test_threads_pause_as_long_as_asked() -> None:
    """Pauses go to the stage's own sleep, never negative ones."""
    slept: list[float] = []
    driver = ThreadDriver(lambda step: _held(step, 0.0), slept.append)
    driver.perform(_steps(Pause(1.5), Pause(-1)), lambda _: None)
    assert slept == [1.5, 0.0]


@pytest.mark.parametrize("error", [LookupError, KeyboardInterrupt])
def test_threads_error_of_a_branch_is_raised_by_the_whole(error: type[BaseException]) -> None:
    """After all branches have ended the first error is raised in the caller's thread."""
    ended = threading.Event()

    def failing() -> Script[None]:
        yield Fetch("a")
        raise error("the branch's own")

    def other() -> Iterator[Step]:
        yield Fetch("b")
        ended.set()

    see: See = lambda _: None  # noqa: E731
    with pytest.raises(error, match="the branch's own"):
        _threads().perform(_steps(Together.of(failing(), other())), see)  # type: ignore[arg-type]
    assert ended.is_set()
